//! From evidence to a drop-in: which directives a service cannot notice, which it might, and which are withheld, each with
//! what was seen. The promised score is that of the unit with the drop-in laid over it.

use super::judge::{Judge, Proof};
use super::{Change, dropin};
use crate::engine::{self, Plan, Score, Session};
use crate::evidence::{Act, Evidence, Inspector, System};
use crate::load::{self, Catalog, File};
use crate::rule::{Check, Rule, Safety};
use crate::tree::{Overlay, Tree};
use crate::unit::{State, Unit};
use crate::verdict::{self, Files, Kind};
use crate::vocab::name::UnitName;
use crate::vocab::value::Value;
use crate::vocab::{self, Scope, UnitKind, key};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A line of a drop-in.
#[derive(Clone, Debug)]
pub struct Line {
    /// the key
    pub key: &'static str,
    /// its value
    pub value: String,
    /// how sure it is
    pub safety: Safety,
    /// what speaks for it, or what might break; sentences without a full stop
    pub reasons: Vec<String>,
    /// the rules that it silences
    pub rules: Vec<&'static Rule>,
}

impl Line {
    /// `KEY=VALUE`
    pub fn text(&self) -> String {
        format!("{}={}", self.key, self.value)
    }
}

/// A directive that is not proposed.
#[derive(Clone, Debug)]
pub struct Withheld {
    /// the rule that asks for it
    pub rule: &'static Rule,
    /// why not; a sentence without a full stop
    pub why: String,
}

/// What can be done for a unit.
#[derive(Clone, Debug)]
pub struct Hardening {
    /// why nothing is done at all
    pub left_alone: Option<String>,
    /// in the order of the rules
    pub lines: Vec<Line>,
    /// what would help and is not done
    pub withheld: Vec<Withheld>,
    /// the exposure now, in tenths
    pub before: u32,
    /// with the lines
    pub after: u32,
    /// how the lines were tried on the running service, where they were; words for a comment
    pub proven: Option<String>,
}

/// The reason where a unit has no privileges that could be taken away.
pub const POWERLESS: &str = "has no privileges";

/// Where the drop-ins of units belong whose files are in this directory: the administrator's directory of its root, or beside
/// a file that has none.
pub fn home(dir: &Path, root: &Path) -> PathBuf {
    match load::unit_directory(dir) {
        Some(_) => root.join("etc/systemd/system"),
        None => dir.to_owned(),
    }
}

/// The drop-in of a unit there.
fn place(unit: &UnitName, home: &Path) -> PathBuf {
    home.join(format!("{unit}.d")).join(dropin::NAME)
}

/// How far to go.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// how sure a line has to be
    pub at_least: Safety,
    /// the exposure that is low enough, in tenths
    pub target: Option<u32>,
    /// the lines are going to be tried: those of which only a run can tell are worth it
    pub tried: bool,
}

/// Keys that no evidence speaks about and that a trial can: it leaves nothing behind where they break something.
const A_RUN_TELLS: [&str; 4] = ["KeyringMode", "NotifyAccess", "ProcSubset", "ProtectSystem"];

/// A service and what was worked out for it.
pub struct Hardened {
    /// the service
    pub unit: Unit,
    /// where its drop-in belongs
    pub place: PathBuf,
    /// the directory that no link may lead it out of: the root of the unit, or where its file is
    pub top: PathBuf,
    /// the lines
    pub hardening: Hardening,
    /// what they come from
    pub evidence: Evidence,
}

impl Hardened {
    /// The text of its drop-in.
    pub fn text(&self) -> String {
        dropin::text(&self.unit, &self.hardening, &self.evidence)
    }

    /// Whether a drop-in of ours is there of which nothing is left.
    pub fn is_outdated(&self, tree: &dyn Tree) -> bool {
        self.hardening.lines.is_empty()
            && tree.read(&self.place).is_ok_and(|bytes| load::is_ours(&bytes) && !load::is_proven(&bytes))
    }

    /// The file that is to be there.
    pub fn change(&self, tree: &dyn Tree) -> Change {
        let before = tree.read(&self.place).unwrap_or_default();
        let (shown, path) = (self.place.clone(), self.place.clone());
        Change { shown, path, before, after: self.text().into_bytes(), done: Vec::new() }
    }
}

/// The files as if these services had no drop-in of ours yet. One that was proven stays, unless `tried` says that it is to be
/// proven anew.
pub fn without_ours<'t>(tree: &'t dyn Tree, plan: &Plan, tried: bool) -> Overlay<&'t dyn Tree> {
    let mut out = Overlay::new(tree);
    let homes_of = |c: &Catalog| c.directories.iter().map(|dir| home(dir, &c.root)).collect();
    let homes: Vec<BTreeSet<PathBuf>> = plan.catalogs.iter().map(homes_of).collect();
    for job in plan.jobs.iter().filter(|job| job.name.kind() == UnitKind::Service) {
        for place in homes[job.catalog].iter().map(|home| place(&job.name, home)) {
            let is_to_go = |bytes: &[u8]| load::is_ours(bytes) && (tried || !load::is_proven(bytes));
            if tree.read(&place).is_ok_and(|bytes| is_to_go(&bytes)) {
                out = out.file(place, Vec::new());
            }
        }
    }
    out
}

/// Works out the lines for every service of a plan that has a score; what was read of one program serves all. Gives a
/// sentence for each file that cannot be read.
pub fn each(
    tree: &dyn Tree,
    plan: &Plan,
    session: &Session,
    wish: Wish,
    mut visit: impl FnMut(Hardened),
) -> BTreeSet<String> {
    let on = |c| System::of(tree, c).on(session.hosts.as_deref());
    let systems: Vec<System<'_>> = plan.catalogs.iter().map(on).collect();
    let mut inspectors: Vec<Inspector<'_>> = systems.iter().map(Inspector::new).collect();
    engine::each_job(tree, plan, |job, unit| {
        if unit.kind() != UnitKind::Service || unit.state != State::Loaded || unit.lone {
            return;
        }
        let score = Score::of(&unit, &session.policy);
        let evidence = inspectors[job.catalog].look(&unit);
        let hardening = harden(&unit, &score, session, &evidence, &systems[job.catalog], wish);
        let dir = unit.path.parent().unwrap_or(Path::new("."));
        let root = &plan.catalogs[job.catalog].root;
        let place = place(&unit.name, &home(dir, root));
        let top = if place.starts_with(dir) { dir.to_owned() } else { root.clone() };
        visit(Hardened { unit, place, top, hardening, evidence });
    })
}

/// Works out the lines for a unit.
pub fn harden(
    unit: &Unit,
    score: &Score,
    session: &Session,
    evidence: &Evidence,
    system: &System<'_>,
    wish: Wish,
) -> Hardening {
    let mut out = Hardening {
        left_alone: left_alone(unit, evidence),
        lines: Vec::new(),
        withheld: Vec::new(),
        before: score.exposure,
        after: score.exposure,
        proven: None,
    };
    if out.left_alone.is_some() {
        return out;
    }
    let judge = Judge::new(unit, evidence);
    for part in score.parts.iter().filter(|p| p.is_set() == Some(false)) {
        let Some(fix) = part.rule.fix else { continue };
        let mut withhold = |why: String| out.withheld.push(Withheld { rule: part.rule, why });
        if is_chosen(unit, fix.key) {
            withhold(format!("the unit sets {}= itself", fix.key));
            continue;
        }
        if let Check::CapabilityBoundingSet { caps } = part.rule.check
            && is_given(unit, caps)
        {
            withhold("the unit hands such a capability to its programs itself".into());
            continue;
        }
        let (mut reasons, mut doubts) = (Vec::new(), Vec::new());
        if fix.needs.is_empty() {
            let why = "no evidence can show that the service does without".to_owned();
            if !(wish.tried && A_RUN_TELLS.contains(&fix.key)) {
                withhold(why);
                continue;
            }
            doubts.push(why);
        }
        let value = judge.value(fix.key, fix.value);
        let mut disproved = None;
        for need in fix.needs {
            match judge.need(need, part.rule) {
                Proof::Proven(says) => reasons.extend(says.map(str::to_owned)),
                Proof::Open(why) => doubts.push(why),
                Proof::Disproved(why) => disproved = Some(why),
            }
        }
        if let Some(why) = disproved {
            withhold(why);
            continue;
        }
        let safety = if doubts.is_empty() { Safety::Safe } else { fix.safety };
        if safety < wish.at_least {
            withhold(doubts.swap_remove(0));
            continue;
        }
        let reasons = if doubts.is_empty() { reasons } else { doubts };
        join(&mut out.lines, Line { key: fix.key, value, safety, reasons, rules: vec![part.rule] });
    }
    out.withheld.extend(not_enforced(unit, system, &mut out.lines));
    out.after = settle(unit, score, session, evidence, &mut out.lines, wish.target);
    out
}

/// Takes away the lines that the machine refuses, or does not enforce, where it is known: the first would keep the service
/// from starting, the others promise what nobody keeps.
fn not_enforced(unit: &Unit, system: &System<'_>, lines: &mut Vec<Line>) -> Vec<Withheld> {
    let Some(hosts) = system.hosts else { return Vec::new() };
    let mut withheld = Vec::new();
    for lost in [Kind::Refused, Kind::Skipped] {
        let with = laid(unit, lines);
        let verdict = verdict::judge(&with, hosts.of(unit.scope), Files::of_system(system));
        let ours = verdict.lines.iter().filter(|l| l.at.path() == Path::new(dropin::NAME) && !l.bystander);
        for told in ours.filter(|l| l.ruling.kind == lost && l.ruling.is_of_machine()) {
            let Some(at) = lines.iter().position(|l| l.key == told.name && l.value == told.value) else { continue };
            let what = if lost == Kind::Refused { "does not start the service with it" } else { "does not enforce it" };
            let why = format!("{} {what}: {}", hosts.name, told.ruling.reason);
            withheld.extend(lines.remove(at).rules.into_iter().map(|rule| Withheld { rule, why: why.clone() }));
        }
    }
    withheld
}

/// Why a unit is not touched.
fn left_alone(unit: &Unit, evidence: &Evidence) -> Option<String> {
    if unit.kind() != UnitKind::Service || unit.lone || unit.state != State::Loaded {
        return Some("it is no service that is there".into());
    }
    if unit.unread {
        return Some("a drop-in of it cannot be read".into());
    }
    if unit.scope == Scope::User {
        return Some("what a user's manager can enforce depends on the machine".into());
    }
    if unit.files.iter().any(|f| load::is_proven(&f.source.bytes)) {
        return Some("its lines were proven by a run; `fix --prove` tries them anew".into());
    }
    if let Some(seen) = evidence.named("run-anything").or_else(|| evidence.named("containers")) {
        return Some(format!("it runs what its users tell it: {seen}"));
    }
    let input = unit.value(key::STANDARD_INPUT);
    let terminal = input.word().or(input.text()).is_some_and(|w| w.starts_with("tty"));
    if terminal {
        return Some("somebody works with it at a terminal".into());
    }
    if !unit.is_on(key::DEFAULT_DEPENDENCIES) {
        return Some("it runs before the system is set up or while it goes down".into());
    }
    evidence.programs.is_empty().then(|| match evidence.unseen.first() {
        Some(why) => format!("nothing is known of its programs: {why}"),
        None => "nothing is known of its programs".to_owned(),
    })
}

/// Whether the author wrote something about a key, and be it a mistake.
pub(super) fn is_chosen(unit: &Unit, key: &str) -> bool {
    vocab::lookup(unit.kind().section(), key).and_then(|id| unit.setting(id)).is_some_and(|s| !s.assignments.is_empty())
}

/// Whether the author gives one of these capabilities to the programs.
fn is_given(unit: &Unit, caps: u64) -> bool {
    matches!(unit.value(key::AMBIENT_CAPABILITIES), Value::Capabilities(given) if given & caps != 0)
}

/// Adds a line; those that take something away from one list are one.
fn join(lines: &mut Vec<Line>, line: Line) {
    let joins = |l: &&mut Line| {
        l.key == line.key
            && l.safety == line.safety
            && (l.value == line.value || (l.value.starts_with('~') && line.value.starts_with('~')))
    };
    let Some(known) = lines.iter_mut().find(joins) else {
        lines.push(line);
        return;
    };
    if known.value != line.value {
        known.value.push(' ');
        known.value.push_str(line.value.trim_start_matches('~'));
    }
    for reason in line.reasons {
        if !known.reasons.contains(&reason) {
            known.reasons.push(reason);
        }
    }
    known.rules.extend(line.rules);
}

/// Takes away what does not help, and gives the exposure with the rest.
fn settle(
    unit: &Unit,
    score: &Score,
    session: &Session,
    evidence: &Evidence,
    lines: &mut Vec<Line>,
    target: Option<u32>,
) -> u32 {
    for line in lines.iter_mut().filter(|l| l.key == "RestrictNamespaces" && l.rules.len() == 7) {
        line.value = "yes".into();
    }
    lines.retain(|l| {
        let with = laid(unit, std::slice::from_ref(l));
        with.state == State::Loaded && with.problems.len() <= unit.problems.len()
    });
    quiet(unit, session, lines);
    let policy = &session.policy;
    let sum = |lines: &[Line]| Score::of(&laid(unit, lines), policy);
    // what a service gains by setuid programs it must not lose by another directive
    let needs_privileges = evidence.named("setuid-programs").is_some() || !evidence.unseen.is_empty();
    if needs_privileges && unit.may_gain_privileges() {
        while !laid(unit, lines).may_gain_privileges() && lines.pop().is_some() {}
    }
    let mut at = 0;
    let mut now = sum(lines).weighted();
    while at < lines.len() {
        let line = lines.remove(at);
        let without = sum(lines).weighted();
        if without > now {
            lines.insert(at, line);
            at += 1;
        } else {
            now = without;
        }
    }
    if let Some(target) = target {
        enough(lines, target, score.exposure, &|lines| Score::of(&laid(unit, lines), policy));
    }
    if sum(lines).exposure > score.exposure {
        lines.clear();
    }
    if lines.iter().any(|l| l.key == "SystemCallFilter")
        && matches!(unit.value(key::SYSTEM_CALL_ERROR_NUMBER), Value::Unset)
    {
        let reasons = vec!["a call that is refused fails, and does not kill".to_owned()];
        let at = lines.iter().position(|l| l.key == "SystemCallFilter").map_or(0, |i| i + 1);
        let line = Line {
            key: "SystemCallErrorNumber",
            value: "EPERM".into(),
            safety: Safety::Safe,
            reasons,
            rules: Vec::new(),
        };
        lines.insert(at, line);
    }
    sum(lines).exposure
}

/// Takes away the lines that another rule would speak about.
fn quiet(unit: &Unit, session: &Session, lines: &mut Vec<Line>) {
    let spoken = |lines: &[Line]| -> BTreeSet<&'static str> {
        engine::check(laid(unit, lines), session).findings.iter().map(|f| f.rule.id).collect()
    };
    let before = spoken(&[]);
    while spoken(lines).difference(&before).next().is_some() {
        let new = |lines: &[Line]| spoken(lines).difference(&before).count();
        let now = new(lines);
        let without = |i: usize| [&lines[..i], &lines[i + 1..]].concat();
        match (0..lines.len()).find(|i| new(&without(*i)) < now) {
            Some(i) => lines.remove(i),
            // several lines together: the last is the newest
            None if lines.is_empty() => return,
            None => lines.remove(lines.len() - 1),
        };
    }
}

/// Keeps the lines that pay most until the exposure is low enough.
fn enough(lines: &mut Vec<Line>, target: u32, now: u32, sum: &dyn Fn(&[Line]) -> Score) {
    let mut rest = std::mem::take(lines);
    let mut exposure = now;
    while exposure > target && !rest.is_empty() {
        let with = |i: usize| [lines.as_slice(), &rest[i..=i]].concat();
        let best = (0..rest.len()).min_by_key(|i| sum(&with(*i)).weighted()).unwrap_or_default();
        lines.push(rest.remove(best));
        exposure = sum(lines).exposure;
    }
}

/// The unit with the lines in a drop-in that says where it comes from.
fn laid(unit: &Unit, lines: &[Line]) -> Unit {
    let mut text = format!("# {}\n[{}]\n", load::OURS, unit.kind().section().word());
    lines.iter().for_each(|line| text.extend([&line.text(), "\n"]));
    unit.with_dropin(File::new(dropin::NAME, text.into_bytes()))
}

/// The exposure of a unit with some lines, in tenths.
pub fn exposure_with(unit: &Unit, lines: &[Line], session: &Session) -> u32 {
    Score::of(&laid(unit, lines), &session.policy).exposure
}

/// The acts that a rule file may ask about, for the test of the rule files.
pub fn is_need(word: &str) -> bool {
    let known: BTreeSet<&str> = ["calls", "families", "namespaces", "unprivileged"].into();
    known.contains(word) || word.strip_prefix("no-").is_some_and(|act| Act::named(act).is_some())
}
