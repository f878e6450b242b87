//! `unitlint check`: which rules speak, and what they say of a unit.

use super::interest::Interest;
use super::path_down::Outlook;
use super::score::{self, Part, Score, place};
use super::suppress::{self, Silenced};
use super::{Baseline, Bounds, Scores, Session, escapes, loader, resources};
use crate::evidence::System;
use crate::rule::{self, Check, Finding, Fix, Hit, Note, Rule, Verdict, Verify};
use crate::unit::{From, State, Unit};
use crate::vocab::KeyId;
use crate::vocab::Scope;
use crate::vocab::value::Outcome;
use std::path::PathBuf;
use std::sync::Arc;

/// What was found about a unit.
pub struct Report {
    /// the unit
    pub unit: Box<Unit>,
    /// its exposure, where it has one
    pub score: Option<Score>,
    /// what bounds it, where anything can be asked of it
    pub bounds: Option<Bounds>,
    /// in the order of the rules
    pub findings: Vec<Finding>,
    /// how many findings a comment took away
    pub suppressed: usize,
    /// what was silenced, where the session keeps it
    pub silenced: Vec<Silenced>,
    /// comments about rules that look at several units: whether they do something is known at the end
    pub(super) open: Vec<suppress::Open>,
}

/// From here on the rule about the score speaks, in tenths.
pub(super) const EXPOSED: u32 = 50;

/// Runs the selected rules on a unit of whose system nothing is known. For many units a [`Checker`] costs less.
pub fn check(unit: Unit, session: &Session) -> Report {
    Checker::new(session).check(unit, &System::unknown())
}

/// The rules of a session that look at one unit, chosen once for all units.
pub struct Checker<'s> {
    session: &'s Session,
    rules: Vec<&'static Rule>,
    interest: Interest,
    ways: escapes::Ways,
    lines: resources::Lines,
    /// some check of the exposure speaks for itself
    tells_parts: bool,
    /// some check of the resource score does
    tells_bounds: bool,
    scores: Scores<'s>,
}

impl<'s> Checker<'s> {
    /// Chooses the rules.
    pub fn new(session: &'s Session) -> Self {
        let alone = |r: &&'static Rule| {
            let elsewhere = matches!(
                r.check,
                Check::Message { .. }
                    | Check::World(_)
                    | Check::Package(_)
                    | Check::Relation { .. }
                    | Check::Suppression
                    | Check::Configuration
            );
            !r.is_part() && !elsewhere && session.selection.has(r)
        };
        let rules: Vec<_> = session.rules.all().filter(alone).collect();
        Self {
            session,
            interest: Interest::of(&rules),
            rules,
            ways: escapes::Ways::of(&session.rules),
            lines: resources::Lines::default(),
            tells_parts: rule::exposure_rules().any(|(r, _)| session.selection.has(r)),
            tells_bounds: rule::bound_rules().any(|(r, _)| session.selection.has(r)),
            scores: Scores::new(&session.policy),
        }
    }

    /// Runs them on a unit of a system.
    pub fn check(&mut self, unit: Unit, system: &System<'_>) -> Report {
        self.check_all([(Box::new(unit), system)]).remove(0)
    }

    /// The same for several units, rule by rule: a rule that has just run costs less.
    pub fn check_all<'h>(&mut self, units: impl IntoIterator<Item = (Box<Unit>, &'h System<'h>)>) -> Vec<Report> {
        let mut all: Vec<Asked<'h>> = units.into_iter().map(Asked::new).collect();
        for asked in all.iter_mut().filter(|asked| asked.scored) {
            asked.score = Some(self.scores.of(&asked.unit));
        }
        for asked in all.iter_mut().filter(|asked| asked.scored) {
            asked.open = self.ways.open(&asked.unit);
        }
        for asked in &mut all {
            asked.bounds = Bounds::of(&asked.unit, asked.system.manager(asked.unit.target));
        }
        let mut wanted = self.interest.nobody();
        for Asked { unit, open, findings, .. } in &mut all {
            let mut teller = loader::Teller::new(unit);
            let selection = &self.session.selection;
            findings.extend(unit.problems.iter().filter_map(|problem| teller.finding(problem, selection)));
            wanted.add(&self.interest, unit, open.is_some());
        }
        for at in 0..self.rules.len() {
            all.iter_mut().zip(wanted.by(at)).filter(|(_, wanted)| *wanted).for_each(|(asked, _)| self.ask(at, asked));
        }
        all.into_iter().map(|asked| self.end(asked)).collect()
    }

    fn ask(&mut self, at: usize, asked: &mut Asked<'_>) {
        let rule = self.rules[at];
        let Asked { unit, system, loaded, score, bounds, open, findings, .. } = asked;
        if !rule.when.fits(unit) {
            return;
        }
        match rule.check {
            Check::Code(code) if *loaded => tell(rule, unit, code(unit), findings),
            Check::Files(code) if *loaded => tell(rule, unit, code(unit, system), findings),
            Check::Code(_) | Check::Files(_) => {}
            Check::Escape(_) => {
                findings.extend(open.as_ref().and_then(|open| self.ways.finding(rule, unit, open)));
            }
            Check::EscapeSum => findings.extend(open.as_ref().and_then(|open| self.ways.sum(rule, unit, open))),
            Check::ExposureScore => {
                findings.extend(score.as_ref().and_then(|score| self.sum(rule, unit, score)));
            }
            Check::ResourceScore => {
                findings.extend(bounds.as_ref().and_then(|b| self.lines.sum(rule, unit, b)));
            }
            _ if score.is_none() && !(*loaded && rule.check.key().is_some()) => {}
            _ => {
                let bad = rule::judge(rule, unit).filter(|v| v.badness.is_some_and(|b| b > 0));
                findings.extend(bad.map(|verdict| judged(rule, unit, verdict)));
            }
        }
    }

    /// A score that is bad, or worse than the one that is known, with the cheapest next steps.
    fn sum(&mut self, rule: &'static Rule, unit: &Unit, score: &Score) -> Option<Finding> {
        let above = |known: &Baseline| known.is_above(unit.name.as_str(), unit.scope, score.exposure);
        if score.exposure < EXPOSED && !self.session.baseline.as_ref().is_some_and(above) {
            return None;
        }
        let mut found = finding(rule, unit, ["exposure ", &score::tenths(score.exposure), " ", score.level()].concat());
        found.at = score::missing(unit);
        if let Some(Outlook { lines, end }) = self.scores.outlook(unit, score) {
            let n = lines.len();
            let (count, now, then) = (crate::text::count_word(n), score::tenths(score.exposure), score::tenths(end));
            let who = if n == 1 {
                " directive that seldom breaks a service: "
            } else {
                " directives that seldom break a service: "
            };
            found.notes.push(Note::new([&*count, who, &now, " to ", &then].concat()));
            found.fixes.extend(lines.into_iter().map(|line| Fix::line(line, rule::Safety::Unsafe)));
        }
        Some(found)
    }

    fn end(&self, asked: Asked<'_>) -> Report {
        let selection = &self.session.selection;
        let Asked { unit, score, bounds, mut findings, .. } = asked;
        if let Some(score) = score.as_ref().filter(|_| self.tells_parts) {
            for part in score.parts.iter().filter(|p| p.is_set() == Some(false) && selection.has(p.rule)) {
                findings.push(part_of(&unit, part, score.cost(part), "the exposure"));
            }
        }
        if let Some(bounds) = bounds.as_ref().filter(|_| self.tells_bounds) {
            for part in bounds.parts.iter().filter(|p| p.is_set() == Some(false) && selection.has(p.rule)) {
                let mut found = part_of(&unit, part, bounds.cost(part), "the resource score");
                let step = part.rule.resources.as_ref().and_then(|r| r.step_against(part.verdict.state));
                found.notes.extend(step.map(|s| Note::new(s.told())));
                findings.push(found);
            }
        }
        let mut silenced = Vec::new();
        let findings = suppress::settled(findings, self.session, &mut silenced);
        let suppress::Applied { findings, suppressed, open } =
            suppress::apply(&unit, findings, self.session, &mut silenced);
        Report { unit, score, bounds, findings, suppressed, silenced, open }
    }
}

/// A unit while rules are asked.
struct Asked<'h> {
    unit: Box<Unit>,
    system: &'h System<'h>,
    loaded: bool,
    /// it has an exposure
    scored: bool,
    score: Option<Score>,
    bounds: Option<Bounds>,
    /// the ways out of its sandbox, where there are any
    open: Option<Arc<escapes::Opened>>,
    findings: Vec<Finding>,
}

impl<'h> Asked<'h> {
    /// A unit of which nothing was asked yet.
    fn new((unit, system): (Box<Unit>, &'h System<'h>)) -> Self {
        let loaded = unit.state == State::Loaded;
        // drop-ins alone say nothing of the unit that they will be laid over
        let scored = loaded && unit.kind().has_exec_context() && !unit.lone;
        let (score, bounds, open, findings) = (None, None, None, Vec::new());
        Self { unit, system, loaded, scored, score, bounds, open, findings }
    }
}

/// A finding about a unit that says nothing yet but this.
pub(super) fn finding(rule: &'static Rule, unit: &Unit, message: String) -> Finding {
    Finding { unit: unit.name.to_string(), message, ..nothing(rule, unit.scope, unit.path.clone()) }
}

/// A finding that says nothing yet.
pub(super) fn nothing(rule: &'static Rule, scope: Scope, path: PathBuf) -> Finding {
    Finding {
        rule,
        level: rule.level,
        unit: String::new(),
        scope,
        path,
        at: None,
        message: String::new(),
        notes: Vec::new(),
        fixes: Vec::new(),
        verify: None,
    }
}

/// What a rule's own code found: nearly always nothing.
fn tell(rule: &'static Rule, unit: &Unit, hits: Vec<Hit>, findings: &mut Vec<Finding>) {
    if !hits.is_empty() {
        findings.extend(hits.into_iter().map(|hit| told(rule, unit, hit)));
    }
}

fn told(rule: &'static Rule, unit: &Unit, hit: Hit) -> Finding {
    with_hit(finding(rule, unit, String::new()), hit)
}

/// A finding with what a rule's own code says.
pub(super) fn with_hit(found: Finding, hit: Hit) -> Finding {
    let mut message = found.rule.message(hit.state).to_owned();
    for (name, text) in &hit.words {
        message = message.replace(&format!("{{{name}}}"), &loader::excerpt(text));
    }
    let level = hit.at_most.map_or(found.level, |most| found.level.min(most));
    // what is said of a command names the unit and no line
    let verify =
        hit.verify.map(|m| Verify { kind: m.info().kind(), file: None, line: None, unit: Some(found.unit.clone()) });
    Finding { level, message, at: hit.at, notes: hit.notes, fixes: hit.fixes, verify, ..found }
}

/// A declarative check that found something.
fn judged(rule: &'static Rule, unit: &Unit, verdict: Verdict) -> Finding {
    let mut found = finding(rule, unit, rule.message(verdict.state).to_owned());
    found.at = place(unit, verdict.key);
    found.notes.extend(history(unit, verdict.key));
    if let Some(fix) = rule.fix {
        found.fixes.push(Fix::line(fix.line(), fix.safety));
    }
    found
}

/// A check of a score that costs something.
fn part_of(unit: &Unit, part: &Part, cost: Option<u32>, score: &str) -> Finding {
    let mut found = judged(part.rule, unit, part.verdict);
    let cost = score::tenths(cost.unwrap_or_default());
    found.notes.insert(0, Note::new(format!("it adds {cost} to {score}")));
    found
}

/// The assignments before the deciding one, and what implies it.
fn history(unit: &Unit, key: KeyId) -> Vec<Note> {
    let Some(setting) = unit.setting(key) else { return Vec::new() };
    let last = match setting.from {
        From::Assigned(i) => i as usize,
        From::Implied(_) | From::Default => setting.assignments.len(),
    };
    let mut notes = Vec::new();
    if let From::Implied(by) = setting.from {
        notes.push(Note::new(format!("the value of {}= is implied by {}=", key.name(), by.name())));
    }
    for (i, a) in setting.assignments.iter().enumerate().filter(|(i, _)| *i != last) {
        let at = unit.loc(a.file, a.whole());
        let text = match a.outcome {
            Outcome::Ignored | Outcome::Fatal => "ignored here",
            Outcome::Reset => "reset here",
            Outcome::Set if i < last && matches!(setting.key.key().repeat, crate::vocab::Repeat::Last) => {
                "overridden: was set here"
            }
            Outcome::Set => "also set here",
        };
        notes.push(Note::on(at, text));
    }
    notes
}
