//! `unitlint check`: which rules speak, and what they say of a unit.

use super::score::{self, Part, Score, place};
use super::suppress::{self, Date};
use super::{Policy, loader, path_down};
use crate::rule::{self, Check, Finding, Fix, Group, Level, Note, Rule, Verdict};
use crate::unit::{From, State, Unit};
use crate::vocab::KeyId;
use crate::vocab::value::Outcome;

/// Which rules speak.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    select: Vec<Wanted>,
    ignore: Vec<Wanted>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    All,
    Group(Group),
    Rule(&'static str),
}

impl Wanted {
    fn parse(word: &str) -> Result<Self, String> {
        if word == "all" {
            return Ok(Self::All);
        }
        if let Some(group) = Group::named(word) {
            return Ok(Self::Group(group));
        }
        rule::find(word).map(|r| Self::Rule(r.id)).ok_or_else(|| {
            let names = rule::RULES.iter().map(|r| r.id).chain(Group::ALL.iter().map(|g| g.word()));
            let hint = crate::suggest::nearest(word, names).map_or(String::new(), |n| format!("; did you mean {n}?"));
            format!("{word} is neither a rule nor a group{hint} (unitlint rules lists them)")
        })
    }

    fn means(self, rule: &Rule) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => rule.group == group,
            Self::Rule(id) => rule.id == id,
        }
    }
}

impl Selection {
    /// From the words of the command line; no word means the default.
    ///
    /// # Errors
    /// A sentence for the user about a word that is no rule.
    pub fn parse(select: &[String], ignore: &[String]) -> Result<Self, String> {
        let all = |words: &[String]| words.iter().map(|w| Wanted::parse(w.trim())).collect::<Result<Vec<_>, _>>();
        Ok(Self { select: all(select)?, ignore: all(ignore)? })
    }

    /// Whether a rule speaks. The checks of the exposure score speak as one, unless they are asked for.
    pub fn has(&self, rule: &Rule) -> bool {
        let wanted = if self.select.is_empty() {
            rule.exposure.is_none() && rule.status == rule::Status::Stable && rule.level > Level::Allow
        } else {
            let as_sum = matches!(rule.check, Check::ExposureScore);
            self.select.iter().any(|w| w.means(rule) && !(as_sum && *w == Wanted::Group(Group::Exposure)))
        };
        wanted && !self.ignore.iter().any(|w| w.means(rule))
    }
}

/// What was found about a unit.
pub struct Report {
    /// the unit
    pub unit: Unit,
    /// its exposure, where it has one
    pub score: Option<Score>,
    /// in the order of the rules
    pub findings: Vec<Finding>,
    /// how many findings a comment took away
    pub suppressed: usize,
}

/// Runs the selected rules on a unit.
pub fn check(unit: Unit, selection: &Selection, policy: &Policy, today: Option<Date>) -> Report {
    let scored = unit.state == State::Loaded && unit.kind().has_exec_context();
    let score = scored.then(|| Score::of(&unit, policy));
    let mut findings = Vec::new();
    for problem in &unit.problems {
        if let Some(rule) = loader::rule_for(&unit, problem).filter(|r| selection.has(r)) {
            findings.push(loader::finding(rule, &unit, problem));
        }
    }
    let plain = rule::RULES.iter().filter(|r| scored && r.exposure.is_none() && selection.has(r));
    for (rule, verdict) in plain.filter_map(|r| Some((r, rule::judge(r, &unit)?))) {
        if verdict.badness.is_some_and(|b| b > 0) {
            findings.push(judged(rule, &unit, verdict));
        }
    }
    if let Some(score) = &score {
        for part in score.parts.iter().filter(|p| p.is_set() == Some(false) && selection.has(p.rule)) {
            findings.push(exposure(&unit, score, part));
        }
        if let Some(rule) = rule::RULES.iter().find(|r| matches!(r.check, Check::ExposureScore) && selection.has(r)) {
            findings.extend(sum(rule, &unit, score, policy));
        }
    }
    let (findings, suppressed) = suppress::apply(&unit, findings, selection, today);
    Report { unit, score, findings, suppressed }
}

pub(super) fn finding(rule: &'static Rule, unit: &Unit, message: String) -> Finding {
    Finding {
        rule,
        level: rule.level,
        unit: unit.name.to_string(),
        scope: unit.scope,
        path: unit.path.clone(),
        at: None,
        message,
        notes: Vec::new(),
        fixes: Vec::new(),
        verify: None,
    }
}

/// A declarative check that found something.
fn judged(rule: &'static Rule, unit: &Unit, verdict: Verdict) -> Finding {
    let mut found = finding(rule, unit, rule.message(verdict.state).to_owned());
    found.at = place(unit, verdict.key);
    found.notes.extend(history(unit, verdict.key));
    if let Some(fix) = rule.fix {
        found.fixes.push(Fix { title: fix.set.to_owned(), safety: fix.safety, edits: Vec::new() });
    }
    found
}

/// A check that costs something.
fn exposure(unit: &Unit, score: &Score, part: &Part) -> Finding {
    let mut found = judged(part.rule, unit, part.verdict);
    let cost = score.cost(part).unwrap_or_default();
    found.notes.insert(0, Note::new(format!("it adds {} to the exposure", score::tenths(cost))));
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

/// The score of a unit with the cheapest next steps.
fn sum(rule: &'static Rule, unit: &Unit, score: &Score, policy: &Policy) -> Option<Finding> {
    if score.exposure < 50 {
        return None;
    }
    let mut found = finding(rule, unit, format!("exposure {} {}", score::tenths(score.exposure), score.level()));
    found.at = score::missing(unit);
    if let Some((lines, end)) = path_down::outlook(unit, score, policy) {
        let n = lines.len();
        found.notes.push(Note::new(format!(
            "{} directive{} that seldom break{} a service: {} to {}",
            crate::text::count_word(n),
            if n == 1 { "" } else { "s" },
            if n == 1 { "s" } else { "" },
            score::tenths(score.exposure),
            score::tenths(end)
        )));
        found.fixes.extend(lines.into_iter().map(|title| Fix {
            title,
            safety: rule::Safety::Unsafe,
            edits: Vec::new(),
        }));
    }
    Some(found)
}
