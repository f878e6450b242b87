//! Two states of units side by side: what changed in the effective settings, in the exposure and in what the rules say.
//! Plain data; knows no format.

mod attached;
mod setting;

pub use attached::{Attached, Idle};
pub use setting::{Area, Delta, Held, SettingChange};

use super::mark::marks;
use super::{Job, Part, Plan, Report, Score, Session, run};
use crate::rule::{Finding, Rule};
use crate::tree::Tree;
use crate::unit::State;
use crate::vocab::{Model, Scope};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What a check of the score says of one side.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// 0 is good; `None` where it does not apply
    pub badness: Option<u32>,
    /// what it costs, in tenths, where it is bad
    pub cost: Option<u32>,
    /// chooses the message
    pub state: &'static str,
}

impl Standing {
    /// Whether it is as it should be; `None` where it does not apply.
    pub fn is_set(&self) -> Option<bool> {
        self.badness.map(|b| b == 0)
    }
}

/// A unit of one side.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// its name
    pub name: String,
    /// whose manager
    pub scope: Scope,
    /// where it was found
    pub path: PathBuf,
    /// in tenths, where it has a score
    pub exposure: Option<u32>,
    /// the resource score in tenths, where it has one
    pub resources: Option<u32>,
    /// why the manager would not have it; empty where it would
    pub refused: String,
    /// by rule
    checks: Vec<(&'static Rule, Standing)>,
    /// sorted by key
    settings: Vec<Held>,
    /// what the rules say
    findings: Vec<Finding>,
    /// the profile that it is attached with
    attached: Option<Attached>,
    /// no link or file that never became one
    is_unit: bool,
}

/// One side.
#[derive(Debug, Default)]
pub struct Side {
    sheets: Vec<Sheet>,
    /// what could not be read; sentences for the user
    pub failures: BTreeSet<String>,
}

/// A check that is not what it was.
#[derive(Clone, Copy, Debug)]
pub struct CheckChange {
    /// whose check it is
    pub rule: &'static Rule,
    /// what it said
    pub old: Standing,
    /// what it says
    pub new: Standing,
}

impl CheckChange {
    /// By how many tenths it costs more.
    pub fn rise(&self) -> i64 {
        i64::from(self.new.cost.unwrap_or_default()) - i64::from(self.old.cost.unwrap_or_default())
    }
}

/// A unit in one side or both, and what changed.
#[derive(Clone, Debug, Default)]
pub struct UnitChange {
    /// how it was
    pub old: Option<Sheet>,
    /// how it is
    pub new: Option<Sheet>,
    /// the checks of the score that changed, what costs more first
    pub checks: Vec<CheckChange>,
    /// the settings that changed, by area and key
    pub settings: Vec<SettingChange>,
    /// what the rules say now and did not say before
    pub appeared: Vec<Finding>,
    /// what they said before
    pub gone: Vec<Finding>,
    /// the profile that the unit is attached with now, and what it does not reach
    pub attached: Option<Attached>,
}

impl UnitChange {
    /// How it is, or how it was.
    pub fn sheet(&self) -> Option<&Sheet> {
        self.new.as_ref().or(self.old.as_ref())
    }

    /// The exposure before and after.
    pub fn exposure(&self) -> (Option<u32>, Option<u32>) {
        let of = |sheet: &Option<Sheet>| sheet.as_ref().and_then(|s| s.exposure);
        (of(&self.old), of(&self.new))
    }

    /// The resource score before and after.
    pub fn resources(&self) -> (Option<u32>, Option<u32>) {
        let of = |sheet: &Option<Sheet>| sheet.as_ref().and_then(|s| s.resources);
        (of(&self.old), of(&self.new))
    }

    /// Whether the manager would have it on one side only.
    pub fn is_switched(&self) -> bool {
        let on = |sheet: &Option<Sheet>| sheet.as_ref().map(|s| s.refused.is_empty());
        matches!((on(&self.old), on(&self.new)), (Some(old), Some(new)) if old != new)
    }

    /// By how many tenths the exposure rose, where there is one before and after.
    pub fn rise(&self) -> Option<i64> {
        let (old, new) = self.exposure();
        Some(i64::from(new?) - i64::from(old?))
    }

    fn is_nothing(&self) -> bool {
        let (Some(old), Some(new)) = (&self.old, &self.new) else { return false };
        old.refused == new.refused
            && old.exposure == new.exposure
            && old.resources == new.resources
            && old.name == new.name
            && self.checks.is_empty()
            && self.settings.is_empty()
            && self.appeared.is_empty()
            && self.gone.is_empty()
            && self.attached.as_ref().is_none_or(|a| a.idle.is_empty())
    }
}

/// All that changed.
#[derive(Debug, Default)]
pub struct Difference {
    /// by name
    pub units: Vec<UnitChange>,
    /// how many units are as they were
    pub unchanged: usize,
}

impl Difference {
    /// What the rules say now and did not say before.
    pub fn appeared(&self) -> impl Iterator<Item = &Finding> {
        self.units.iter().flat_map(|u| &u.appeared)
    }

    /// The exposures that were not there before: of new units, and those that rose.
    pub fn exposures(&self) -> Vec<u32> {
        risen(self.units.iter().map(UnitChange::exposure))
    }

    /// The same of resource scores.
    pub fn resources(&self) -> Vec<u32> {
        risen(self.units.iter().map(UnitChange::resources))
    }

    /// Whether the exposure of some unit rose.
    pub fn is_worse(&self) -> bool {
        self.units.iter().any(|u| u.rise().is_some_and(|r| r > 0))
    }
}

/// The scores that were not there before.
fn risen(scores: impl Iterator<Item = (Option<u32>, Option<u32>)>) -> Vec<u32> {
    scores.filter(|(old, new)| old.is_none_or(|o| new.is_some_and(|n| n > o))).filter_map(|(_, new)| new).collect()
}

impl Sheet {
    fn of(report: Report) -> Self {
        let Report { unit, score, bounds, findings, .. } = report;
        let attached = unit.profile.filter(|_| unit.state == State::Loaded);
        let refused = match &unit.state {
            State::Loaded => String::new(),
            State::Masked => "masked".to_owned(),
            State::NotFound => "not found".to_owned(),
            State::Refused(why) => why.clone(),
        };
        Self {
            name: unit.name.to_string(),
            scope: unit.scope,
            exposure: score.as_ref().map(|s| s.exposure),
            resources: bounds.map(|b| b.overall),
            checks: score.as_ref().map(standings).unwrap_or_default(),
            settings: unit.settings().iter().filter_map(|s| Held::of(&unit, s)).collect(),
            refused,
            findings,
            attached: attached.map(|file| Attached::of(&unit, file)),
            is_unit: true,
            path: unit.path,
        }
    }

    /// Something that never became a unit, and that the rules speak of.
    fn without_unit(finding: &Finding) -> Self {
        Self {
            name: finding.unit.clone(),
            scope: finding.scope,
            path: finding.path.clone(),
            exposure: None,
            resources: None,
            refused: String::new(),
            checks: Vec::new(),
            settings: Vec::new(),
            findings: Vec::new(),
            attached: None,
            is_unit: false,
        }
    }
}

fn standings(score: &Score) -> Vec<(&'static Rule, Standing)> {
    let standing = |p: &Part| Standing { badness: p.verdict.badness, cost: score.cost(p), state: p.verdict.state };
    score.parts.iter().map(|p| (p.rule, standing(p))).collect()
}

impl Side {
    /// Looks at all units of a plan.
    pub fn look(tree: &dyn Tree, plan: &Plan, session: &Session) -> Self {
        let mut sheets: Vec<Sheet> = Vec::new();
        let rest = run(tree, plan, session, |report| sheets.push(Sheet::of(report)));
        let place = |s: &Sheet| (s.name.clone(), s.scope, s.path.clone());
        let mut places: BTreeMap<_, usize> = sheets.iter().enumerate().map(|(i, s)| (place(s), i)).collect();
        // a finding about a link names the link, and belongs to its unit all the same
        let names: BTreeMap<_, usize> =
            sheets.iter().enumerate().rev().map(|(i, s)| ((s.name.clone(), s.scope), i)).collect();
        for finding in rest.findings {
            let id = (finding.unit.clone(), finding.scope);
            let own = (finding.unit.clone(), finding.scope, finding.path.clone());
            let at = places.get(&own).or_else(|| names.get(&id)).copied().unwrap_or_else(|| {
                sheets.push(Sheet::without_unit(&finding));
                places.insert(own, sheets.len() - 1);
                sheets.len() - 1
            });
            sheets[at].findings.push(finding);
        }
        // the scores are told by themselves
        sheets.iter_mut().for_each(|s| s.findings.retain(|f| !f.rule.is_sum()));
        Self { sheets, failures: rest.failures }
    }
}

/// Limits a plan to units of these names. Gives back the names that it has none of.
pub fn only(plan: &mut Plan, names: &BTreeSet<String>) -> BTreeSet<String> {
    plan.jobs.retain(|job: &Job| names.contains(job.name.as_str()));
    plan.misnamed.clear();
    plan.broken.retain(|link| names.contains(link.name.as_str()));
    let there: BTreeSet<&str> = plan.jobs.iter().map(|job| job.name.as_str()).collect();
    names.iter().filter(|name| !there.contains(name.as_str())).cloned().collect()
}

/// How units of two sides find together.
#[derive(Clone, Copy, Debug)]
pub enum Pairing<'a> {
    /// by name and scope; several of one name by their paths below these directories
    ByName(&'a Path, &'a Path),
    /// each side has one unit, whatever they are called
    TheOnly,
}

/// A unit before and after.
type Pair = (Option<Sheet>, Option<Sheet>);

/// What changed from one side to the other.
pub fn compare(old: Side, new: Side, pairing: Pairing<'_>, model: Model) -> Difference {
    let mut pairs: Vec<Pair> = Vec::new();
    let mut groups: BTreeMap<(String, Scope), (Vec<Sheet>, Vec<Sheet>)> = BTreeMap::new();
    let id = |s: &Sheet| match pairing {
        Pairing::TheOnly if s.is_unit => (String::new(), Scope::System),
        _ => (s.name.clone(), s.scope),
    };
    old.sheets.into_iter().for_each(|s| groups.entry(id(&s)).or_default().0.push(s));
    new.sheets.into_iter().for_each(|s| groups.entry(id(&s)).or_default().1.push(s));
    groups.into_values().for_each(|(old, new)| pair(old, new, pairing, &mut pairs));
    let mut out = Difference::default();
    for (old, new) in pairs {
        let change = changes(old, new, model);
        if change.is_nothing() {
            out.unchanged += 1;
        } else {
            out.units.push(change);
        }
    }
    out
}

/// Pairs those of one name: first by path, then in their order.
fn pair(old: Vec<Sheet>, new: Vec<Sheet>, pairing: Pairing<'_>, pairs: &mut Vec<Pair>) {
    let tops = match pairing {
        Pairing::ByName(old, new) => (old, new),
        Pairing::TheOnly => (Path::new(""), Path::new("")),
    };
    let below = |s: &Sheet, top: &Path| s.path.strip_prefix(top).unwrap_or(&s.path).to_owned();
    let mut by_path: BTreeMap<PathBuf, Sheet> = old.into_iter().map(|s| (below(&s, tops.0), s)).collect();
    let mut left = Vec::new();
    for sheet in new {
        match by_path.remove(&below(&sheet, tops.1)) {
            Some(before) => pairs.push((Some(before), Some(sheet))),
            None => left.push(sheet),
        }
    }
    let mut gone = by_path.into_values();
    pairs.extend(left.into_iter().map(|sheet| (gone.next(), Some(sheet))));
    pairs.extend(gone.map(|sheet| (Some(sheet), None)));
}

fn changes(old: Option<Sheet>, new: Option<Sheet>, model: Model) -> UnitChange {
    let mut out = UnitChange { old, new, ..UnitChange::default() };
    out.attached = out.new.as_mut().and_then(|s| s.attached.take());
    let take = |sheet: &mut Option<Sheet>| sheet.as_mut().map(|s| std::mem::take(&mut s.findings)).unwrap_or_default();
    let (before, after) = (take(&mut out.old), take(&mut out.new));
    (out.gone, out.appeared) = without_equals(before, after);
    let (Some(old), Some(new)) = (&mut out.old, &mut out.new) else { return out };
    // what the manager would not have has nothing in effect
    if !old.refused.is_empty() || !new.refused.is_empty() {
        return out;
    }
    for (rule, now) in &new.checks {
        let then = old.checks.iter().find(|(r, _)| std::ptr::eq(*r, *rule));
        let changed = then.filter(|(_, then)| then.badness != now.badness);
        out.checks.extend(changed.map(|(_, then)| CheckChange { rule, old: *then, new: *now }));
    }
    out.checks.sort_by_key(|c| (std::cmp::Reverse(c.rise()), c.rule.id));
    let mut sides: BTreeMap<_, (Option<Held>, Option<Held>)> = BTreeMap::new();
    for held in std::mem::take(&mut old.settings) {
        let side = &mut sides.entry(held.key).or_default().0;
        *side = Some(held);
    }
    for held in std::mem::take(&mut new.settings) {
        let side = &mut sides.entry(held.key).or_default().1;
        *side = Some(held);
    }
    out.settings = sides.into_values().filter_map(|(old, new)| setting::change(old, new, model)).collect();
    out.settings.sort_by_key(|s| (s.area, s.name()));
    out
}

/// What only one of two lists has; the same fault on another line is the same.
fn without_equals(old: Vec<Finding>, new: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
    let ids = |list: &[Finding]| -> Vec<(String, String)> {
        marks(list).into_iter().map(|mark| (mark.rule, mark.about)).collect()
    };
    let (before, after) = (ids(&old), ids(&new));
    let mut counts: BTreeMap<&(String, String), usize> = BTreeMap::new();
    after.iter().for_each(|id| *counts.entry(id).or_default() += 1);
    let mut met = |id: &(String, String)| {
        let left = counts.get_mut(id).filter(|n| **n > 0);
        left.map(|n| *n -= 1).is_some()
    };
    let gone: Vec<Finding> = old.into_iter().zip(&before).filter(|(_, id)| !met(id)).map(|(f, _)| f).collect();
    // what is left of the counts was not there before; of equals the last ones are the new ones
    let found = new.into_iter().zip(&after).rev().filter(|(_, id)| met(id));
    let mut appeared: Vec<Finding> = found.map(|(f, _)| f).collect();
    appeared.reverse();
    (gone, appeared)
}
