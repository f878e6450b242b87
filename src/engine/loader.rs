//! What systemd's own loader says of a unit, as findings: each at the word it is about, with the next step, and with the
//! message that `systemd-analyze verify` would print.

use super::advice::{self, Place};
use super::{Plan, Selection, score};
use crate::load::{self, File};
use crate::rule::{self, Case, Check, Finding, Note, Rule, Verify};
use crate::text::Loc;
use crate::tree::{NodeKind, Tree};
use crate::unit::{At, Problem, Unit};
use crate::vocab::name::UnitName;
use crate::vocab::value::Outcome;
use crate::vocab::{Message, Scope, Section};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The rules of each message, in the order of the registry.
fn rules_of(message: Message) -> &'static [&'static Rule] {
    static TABLE: OnceLock<Vec<Vec<&'static Rule>>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let mut table: Vec<Vec<&'static Rule>> = Vec::new();
        for rule in &rule::RULES {
            if let Check::Message { messages, .. } = rule.check {
                for m in messages {
                    let at = *m as usize;
                    table.resize(table.len().max(at + 1), Vec::new());
                    table[at].push(rule);
                }
            }
        }
        table
    });
    table.get(message as usize).map_or(&[], Vec::as_slice)
}

/// After so many problems of a unit no more is guessed what was meant.
const HINTS: usize = 1000;

/// Tells the problems of a unit. Those of one line come together: what is known of the line is kept.
pub struct Teller<'u> {
    unit: &'u Unit,
    place: Option<Place<'u>>,
    told: usize,
}

impl<'u> Teller<'u> {
    /// Nothing told yet.
    pub fn new(unit: &'u Unit) -> Self {
        Self { unit, place: None, told: 0 }
    }

    /// A finding for a problem, if a rule that is selected speaks for it.
    pub fn finding(&mut self, problem: &Problem, selection: &Selection) -> Option<Finding> {
        let rules = rules_of(problem.message);
        if rules.is_empty() {
            return None;
        }
        self.go_to(problem);
        let place = self.place.as_ref().filter(|_| matches!(problem.at, At::Span { .. }));
        let rule = rule_for(rules, self.unit, problem, place);
        let rule = rule.filter(|r| selection.has(r))?;
        self.told += 1;
        Some(finding(rule, self.unit, problem, place, self.told <= HINTS))
    }

    fn go_to(&mut self, problem: &Problem) {
        let At::Span { file, span, .. } = problem.at else { return };
        if self.place.as_ref().is_none_or(|p| p.file != file || !(p.lines.start..p.lines.end).contains(&span.start)) {
            self.place = Place::of(self.unit, file, span);
        }
    }
}

/// The rule that speaks for a problem.
fn rule_for(
    rules: &[&'static Rule],
    unit: &Unit,
    problem: &Problem,
    place: Option<&Place<'_>>,
) -> Option<&'static Rule> {
    let case_of = |rule: &Rule| match rule.check {
        Check::Message { case, .. } => case,
        _ => Case::Any,
    };
    if rules.len() < 2 {
        return rules.first().copied();
    }
    let case = place.map_or(Case::Unknown, |p| p.case(unit, problem));
    let exact = rules.iter().find(|r| case_of(r) == case);
    exact.or_else(|| rules.iter().find(|r| matches!(case_of(r), Case::Any | Case::Unknown))).copied()
}

/// A finding for a problem, by a rule.
fn finding(
    rule: &'static Rule,
    unit: &Unit,
    problem: &Problem,
    place: Option<&Place<'_>>,
    with_advice: bool,
) -> Finding {
    let info = problem.message.info();
    let template = if rule.say.is_empty() { rule.message(info.id()) } else { rule.say };
    let mut found = super::check::finding(rule, unit, fill(template, unit, problem, place));
    found.at = match &problem.at {
        At::Span { file, span, .. } => Some(unit.loc(*file, *span)),
        At::Unit => culprit(unit, problem.message).or_else(|| score::missing(unit)),
    };
    if problem.message == Message::FatalConfiguration {
        let fatal = unit.settings().iter().flat_map(|s| &s.assignments).find(|a| a.outcome == Outcome::Fatal);
        found.notes.extend(fatal.map(|a| Note::on(unit.loc(a.file, a.whole()), "this line is fatal")));
    }
    if let Some(advice) = advice::on(unit, problem, place, found.at.as_ref()).filter(|_| with_advice) {
        found.notes.extend(advice.note.map(Note::new));
        found.fixes.extend(advice.fix);
    }
    found.notes.extend(effect(problem.message).map(Note::new));
    found.verify = verify(unit, problem);
    found
}

/// Something about a name, a link or a file that is not a unit's text.
struct Oddity {
    message: Message,
    /// the link or file
    about: String,
    unit: String,
    scope: Scope,
    path: PathBuf,
}

/// Findings about names and links that never become a unit.
pub fn scan(tree: &dyn Tree, plan: &Plan, selection: &Selection) -> Vec<Finding> {
    let name_of = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut all = Vec::new();
    for link in &plan.broken {
        let (name, path) = (link.name.to_string(), link.path.clone());
        all.push(Oddity { message: link.message, about: name.clone(), unit: name, scope: link.scope, path });
    }
    for file in &plan.misnamed {
        let (name, path) = (name_of(&file.path), file.path.clone());
        all.push(Oddity {
            message: Message::FileNameInvalid,
            about: name.clone(),
            unit: name,
            scope: file.scope,
            path,
        });
    }
    for catalog in &plan.catalogs {
        for dir in &catalog.dependency_directories {
            let owner = load::dependency_owner(&name_of(dir)).unwrap_or_default().to_owned();
            for entry in tree.list(dir).unwrap_or_default() {
                let path = dir.join(&entry.name);
                if let Some(message) = dependency_fault(tree, &path, entry.kind) {
                    all.push(Oddity {
                        message,
                        about: name_of(&path),
                        unit: owner.clone(),
                        scope: catalog.scope,
                        path,
                    });
                }
            }
        }
    }
    all.into_iter().filter_map(|odd| oddity(odd, selection)).filter_map(|f| selection.settle(f)).collect()
}

/// What systemd has against an entry of a `.wants` directory (`process_deps()`).
fn dependency_fault(tree: &dyn Tree, path: &Path, kind: NodeKind) -> Option<Message> {
    let file = path.file_name()?.to_str()?;
    match kind {
        NodeKind::Link => {}
        // an empty file masks the entry of a later directory
        NodeKind::File if tree.stat(path).is_ok_and(|s| s.size == 0) => return None,
        _ => return Some(Message::DepdirNotSymlink),
    }
    let Some(name) = UnitName::parse(file) else { return Some(Message::DepdirInvalidName) };
    let target = tree.read_link(path).ok()?;
    let target = target.file_name()?.to_str()?;
    let same = target == file || target == "null" || name.template().is_some_and(|t| t.as_str() == target);
    (!same).then_some(Message::DepdirDifferentName)
}

/// Findings about the permissions of a unit's files (`unit_file_perms_warn()`); systemd gives them no place.
pub fn modes(tree: &dyn Tree, unit: &Unit, selection: &Selection) -> Vec<Finding> {
    if rules_of(Message::FilePermissions).first().is_none_or(|r| !selection.has(r)) {
        return Vec::new();
    }
    let odd = |mode: u32| mode & 0o111 != 0 || mode & 0o002 != 0;
    let stat = |f: &File| f.stat.or_else(|| tree.stat(&f.source.path).ok());
    let bad = unit.files.iter().filter(|f| stat(f).is_some_and(|s| s.kind == NodeKind::File && odd(s.mode)));
    let found = bad.filter_map(|file| {
        let path = &file.source.path;
        let about = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (unit_name, path) = (unit.name.to_string(), path.clone());
        oddity(Oddity { message: Message::FilePermissions, about, unit: unit_name, scope: unit.scope, path }, selection)
    });
    found.map(|f| Finding { verify: None, ..f }).filter_map(|f| selection.settle(f)).collect()
}

fn oddity(odd: Oddity, selection: &Selection) -> Option<Finding> {
    let rule = rules_of(odd.message).first().copied().filter(|r| selection.has(r))?;
    let info = odd.message.info();
    let template = if rule.say.is_empty() { rule.message(info.id()) } else { rule.say };
    Some(Finding {
        rule,
        level: rule.level,
        message: template.replace("{about}", &odd.about).replace("{unit}", &odd.unit),
        verify: Some(Verify { kind: info.kind(), file: None, line: None, unit: Some(odd.unit.clone()) }),
        unit: odd.unit,
        scope: odd.scope,
        path: odd.path,
        at: None,
        notes: effect(odd.message).map(Note::new).into_iter().collect(),
        fixes: Vec::new(),
    })
}

/// The assignment that gets a unit refused, where one does and not a missing one.
fn culprit(unit: &Unit, message: Message) -> Option<Loc> {
    use crate::vocab::key;
    let id = match message {
        Message::ServiceMultipleExecstart => key::EXEC_START,
        Message::OneshotRestart => key::RESTART,
        Message::OneshotRestartForce => key::RESTART_FORCE_EXIT_STATUS,
        Message::OneshotExittypeCgroup => key::EXIT_TYPE,
        Message::DbusWithoutBusname | Message::ForkingPrivatePids => key::TYPE_SERVICE,
        Message::PamKillMode => key::KILL_MODE,
        Message::DynamicuserUserManager | Message::DynamicuserHomeWorkdir => key::DYNAMIC_USER,
        Message::WorkdirApiVfs => key::WORKING_DIRECTORY,
        Message::PrivatePidsPam | Message::PrivatePidsNonService => key::PRIVATE_PIDS,
        Message::PrivateUsersManagedUser | Message::UsernsPathPrivateUsers => key::PRIVATE_USERS,
        Message::MountNameMismatch | Message::MountApiFs | Message::AutomountRoot => key::WHERE,
        Message::SocketAcceptService | Message::SocketAcceptNonStream => key::ACCEPT,
        Message::SocketMaxConnections => key::MAX_CONNECTIONS,
        Message::SocketSymlinks => key::SYMLINKS,
        Message::AutomountReservedOption => key::EXTRA_OPTIONS,
        _ => return None,
    };
    let a = unit.setting(id)?.assignments.last()?;
    Some(unit.loc(a.file, a.whole()))
}

/// What systemd does about it, where that is one thing and not one of several.
fn effect(message: Message) -> Option<String> {
    let effect = message.info().effect();
    let plain = !matches!(effect, "" | "none" | "kept" | "accepted")
        && !effect.contains([';', ':'])
        && !effect.contains("fatal");
    plain.then(|| format!("effect: {effect}"))
}

fn fill(template: &str, unit: &Unit, problem: &Problem, place: Option<&Place<'_>>) -> String {
    let section = place.and_then(|p| p.section).map_or("", Section::word);
    template
        .replace("{about}", &excerpt(problem.about.trim()))
        .replace("{key}", &excerpt(place.map_or("", |p| &p.key)))
        .replace("{section}", section)
        .replace("{new}", place.and_then(|p| p.id).map_or("", |id| id.key().replacement()))
        .replace("{unit}", unit.name.as_str())
        .replace("{systemd}", &unit.target.systemd.to_string())
}

/// A word as it is put into a message: whoever writes a megabyte finds it at its place.
pub(super) fn excerpt(word: &str) -> Cow<'_, str> {
    match word.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &word[..end]).into(),
        None => word.into(),
    }
}

/// The message as systemd prints it; `None` where it prints none, or names neither file nor unit.
fn verify(unit: &Unit, problem: &Problem) -> Option<Verify> {
    let kind = problem.message.info().kind();
    // these carry no place at all
    let nowhere = matches!(problem.message, Message::UserRelaxed | Message::OnFailureIsolate);
    if kind.is_empty() || nowhere || !problem.message.said_by(unit.target.model) {
        return None;
    }
    // what is said of the loaded unit names no line
    let of_file = !matches!(problem.message.info().stage(), "read" | "load" | "scan" | "verify" | "transaction");
    Some(match &problem.at {
        At::Span { file, line, .. } if of_file => {
            let path = unit.files[usize::from(*file)].source.path.clone();
            Verify { kind, file: Some(path), line: Some(*line), unit: None }
        }
        _ => Verify { kind, file: None, line: None, unit: Some(unit.name.to_string()) },
    })
}
