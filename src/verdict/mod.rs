//! What becomes of the directives of a unit on a machine: enforced, partly, skipped, refused at start, or unknown.
//!
//! Knows what systemd does when it starts a unit, and facts of a [`Host`]; that is why it stands before the rules, which
//! may ask it, and not with the probes in `live`. Must not look at the kernel or know a format. `needs` is the data: which
//! directive needs what.

mod files;
mod groups;
mod identity;
mod needs;
mod own;
mod paths;
mod privileges;
mod ruling;
mod start;
mod step;

pub use files::{Files, Look};
pub use ruling::{Kind, Ruling};
pub use step::Step;

use crate::host::{Host, Seen};
use crate::text::Loc;
use crate::unit::{At, Entry, FILTERED, State, Unit};
use crate::vocab::value::Outcome;
use crate::vocab::{Context, KeyId, Message, Repeat};
use needs::Need;
use start::Start;

/// An assignment that counts, and what becomes of it.
#[derive(Clone, Debug)]
pub struct Line {
    /// the directive
    pub name: String,
    /// what is known of it; nothing of what this systemd does not know
    pub key: Option<KeyId>,
    /// as it is written
    pub value: String,
    /// where
    pub at: Loc,
    /// what becomes of it
    pub ruling: Ruling,
    /// the unit is refused, and not because of it
    pub bystander: bool,
}

/// What becomes of a unit.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// whether it starts; `None` where nobody can tell
    pub starts: Option<bool>,
    /// how systemd says that it does not
    pub status: Option<&'static str>,
    /// why it does not
    pub why: Option<String>,
    /// every assignment that counts, in reading order
    pub lines: Vec<Line>,
    /// the directives of which nothing holds: all that counts of them is skipped, or would be if the unit started
    pub skipped: Vec<KeyId>,
}

/// The directives of which nothing holds.
fn skipped(lines: &[Line]) -> Vec<KeyId> {
    let skipped = |l: &&Line| l.ruling.kind == Kind::Skipped;
    let mut keys: Vec<KeyId> = lines.iter().filter(skipped).filter_map(|l| l.key).collect();
    keys.dedup();
    // of several lines some may hold
    keys.retain(|id| lines.iter().all(|l| l.key != Some(*id) || l.ruling.kind == Kind::Skipped));
    keys
}

/// Whether the manager of a user makes a namespace of users before all else.
pub fn begins_with_users(unit: &Unit) -> bool {
    Start::new(unit, &Host::default(), Files::unknown()).begins_with_users()
}

/// Whether privileges are kept while the user changes, because a filter is put on after that.
pub fn keeps_privileges(unit: &Unit) -> bool {
    Start::new(unit, &Host::default(), Files::unknown()).needs_kept_privileges()
}

/// What becomes of a unit on a machine.
pub fn judge(unit: &Unit, host: &Host, files: Files<'_>) -> Verdict {
    judge_and_try(unit, host, files, |_| {})
}

/// The same; a trial may know better what becomes of a line before it is worked out what becomes of the unit.
pub fn judge_and_try(unit: &Unit, host: &Host, files: Files<'_>, trial: impl FnOnce(&mut [Line])) -> Verdict {
    let mut verdict = Verdict { starts: None, status: None, why: None, lines: Vec::new(), skipped: Vec::new() };
    let refusal = match &unit.state {
        State::Loaded => None,
        State::Masked => Some((Step::Masked, "the unit is masked".to_owned())),
        State::NotFound => Some((Step::NotFound, "there is no such unit".to_owned())),
        State::Refused(why) => Some((Step::Load, why.clone())),
    };
    let start = Start::new(unit, host, files);
    for (id, entry) in effective(unit) {
        let Some(ruling) = start.rule(id, &entry) else { continue };
        verdict.lines.push(Line {
            name: id.name().to_owned(),
            key: Some(id),
            value: entry.text().to_owned(),
            at: entry.loc(),
            ruling,
            bystander: false,
        });
    }
    verdict.lines.extend(strangers(unit));
    trial(&mut verdict.lines);
    verdict.skipped = skipped(&verdict.lines);
    let worst = verdict.lines.iter().filter_map(|l| Some((l.ruling.step?, l.ruling.reason.clone(), l.name.clone())));
    let worst = worst.min_by_key(|(step, ..)| *step);
    let failed = refusal.or_else(|| worst.map(|(step, reason, key)| (step, format!("{key}=: {reason}"))));
    match failed {
        Some((step, why)) => {
            verdict.starts = Some(false);
            verdict.status = Some(step.status());
            for line in &mut verdict.lines {
                if line.ruling.kind != Kind::Refused {
                    line.bystander = true;
                    line.ruling.kind = Kind::Refused;
                    line.ruling.reason = format!("the unit does not start: {why}");
                }
            }
            verdict.why = Some(why);
        }
        None => {
            // that its files are there is taken for granted where nobody can look
            let open = |l: &Line| l.ruling.kind == Kind::Unknown && l.ruling.reason != ruling::ELSEWHERE;
            let fatal = |l: &Line| open(l) && l.key.is_some_and(may_be_fatal);
            verdict.starts = (!verdict.lines.iter().any(fatal)).then_some(true);
        }
    }
    verdict
}

/// Directives that this systemd does not know.
fn strangers(unit: &Unit) -> impl Iterator<Item = Line> + '_ {
    let unknown = unit.problems.iter().filter(|p| p.message == Message::UnknownKey);
    unknown.filter_map(|p| {
        let At::Span { file, span, .. } = p.at else { return None };
        let file = &unit.files[usize::from(file)];
        let item = file.syntax().items.iter().find(|i| i.span.start <= span.start && span.start < i.span.end)?;
        let (_, value) = item.entry(&file.source.bytes)?;
        let reason = format!("systemd {} does not know it", unit.target.systemd);
        Some(Line {
            name: p.about.clone(),
            key: None,
            value: value.text.to_string(),
            at: Loc { source: file.source.clone(), span },
            ruling: Ruling::skipped(reason, ruling::AS_READ),
            bystander: false,
        })
    })
}

/// Whether something unknown of a directive could keep the unit from starting: what systemd does without is no risk.
fn may_be_fatal(id: KeyId) -> bool {
    !matches!(id.key().context, Context::Cgroup | Context::Kill)
}

/// The assignments that count, in reading order, and those that systemd ignores.
fn effective(unit: &Unit) -> Vec<(KeyId, Entry<'_>)> {
    let mut out = Vec::new();
    for setting in unit.settings() {
        let all = &setting.assignments;
        let from = all.iter().rposition(|a| a.outcome == Outcome::Reset).map_or(0, |at| at + 1);
        let last = all.iter().rposition(|a| a.outcome == Outcome::Set);
        for (at, assignment) in all.iter().enumerate().skip(from) {
            let replaced = setting.key.key().repeat == Repeat::Last && last.is_some_and(|last| at < last);
            if !replaced {
                out.push((setting.key, unit.entry(assignment)));
            }
        }
    }
    out.sort_by_key(|(_, e)| (e.assignment.file, e.assignment.item));
    out
}

impl Start<'_> {
    /// What becomes of an assignment; `None` for what asks nothing of the machine.
    fn rule(&self, id: KeyId, entry: &Entry<'_>) -> Option<Ruling> {
        let needs = needs::of(id)?;
        if entry.assignment.outcome == Outcome::Ignored {
            return Some(Ruling::skipped("systemd ignores this line", ruling::AS_READ));
        }
        if entry.assignment.outcome == Outcome::Fatal {
            return Some(Ruling::refused(Step::Load, "systemd does not take this line", ruling::AS_READ));
        }
        let off = id.key().takes_boolean(self.unit.target.model) && !self.is_set(id);
        if off {
            return Some(Ruling::enforced("nothing is asked for", ""));
        }
        let one = |list: &&[Need]| Ruling::chain(list.iter().map(|need| self.need(*need, id, entry)).collect());
        let ruling = Ruling::all(needs.iter().map(one).collect());
        // what is put on a filter of system calls is put on after the user has changed
        let ruling = match self.keeps_privileges() {
            Some(lost) if FILTERED.contains(&id) => Ruling::all(vec![ruling, lost]),
            _ => ruling,
        };
        let sandbox = !matches!(id.key().context, Context::Cgroup | Context::Kill | Context::Service);
        Some(Self::over(ruling, if sandbox { self.bare() } else { None }))
    }

    fn need(&self, need: Need, id: KeyId, entry: &Entry<'_>) -> Ruling {
        match need {
            Need::Manager => Ruling::enforced("systemd does it itself", ""),
            Need::Kernel => Ruling::enforced("the kernel lets every process do that", ""),
            Need::Mounts => self.mounts_for(id),
            Need::FreshProc => self.own_proc(),
            Need::Paths => self.paths(entry, id),
            Need::Namespace(kind) => self.namespace(kind, Step::Namespaces),
            Need::Filter => self.filters(),
            Need::Drops(names) => {
                let mask = names.iter().filter_map(|n| crate::vocab::set::capability(n)).fold(0, |m, c| m | 1 << c);
                self.dropping(mask, id.name())
            }
            Need::Group(now, file, legacy, legacy_file) => self.attribute(now, legacy, file, legacy_file),
            Need::Packets => self.packets(),
            Need::Framework => self.framework(),
            Need::Module(module) => match &self.host.modules {
                Seen::Known { value, at } if value.iter().any(|m| m == module.word()) => {
                    Ruling::enforced(format!("{} is on", module.word()), at.clone())
                }
                Seen::Known { at, .. } => Ruling::skipped(format!("{} is not on", module.word()), at.clone()),
                unknown => Ruling::untold("the security modules", unknown),
            },
            Need::Pressure => match &self.host.pressure {
                Seen::Known { value: true, at } => Ruling::enforced("pressure is measured", at.clone()),
                Seen::Known { value: false, at } => Ruling::skipped("the kernel measures no pressure", at.clone()),
                unknown => Ruling::untold("whether pressure is measured", unknown),
            },
            Need::Since(major, minor) => match self.kernel(major, minor) {
                Ok((true, at)) => Ruling::enforced("the kernel is new enough", at),
                Ok((false, at)) => Ruling::skipped(format!("the kernel is older than {major}.{minor}"), at),
                Err(why) => Ruling::unknown(why),
            },
            Need::Own(own) => self.own(own, entry, id),
        }
    }
}
