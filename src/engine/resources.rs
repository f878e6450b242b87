//! The resource score: what a unit may take of its machine unbounded. The model is ours, and lies in `rules/bounds/`: each
//! check has a weight, and each state of it a badness.

use super::check;
use super::score::{self, Part, Sums, tenths};
use crate::rule::{self, Finding, Given, Note, Resources, Rule, Step, bound};
use crate::text::count_word;
use crate::unit::Unit;
use crate::unit::cgroups::Manager;
use crate::vocab::cgroup::{old_keys, switched_off_by};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, UnitKind, lookup};

/// The bounds of a unit.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// tenths, 0 to 100
    pub overall: u32,
    /// the checks that apply, by rule
    pub parts: Vec<Part>,
    sums: Sums,
}

/// So many lines are proposed.
const MOST: usize = 3;

/// The lines that bound most, and where they lead.
#[derive(Clone, Debug)]
pub struct Way {
    /// the best first
    pub steps: Vec<&'static Step>,
    /// the score with all of them, in tenths, whatever numbers they have
    pub end: u32,
}

impl Bounds {
    /// Scores a unit; `None` where nothing can be asked of it.
    pub fn of(unit: &Unit, manager: &Manager) -> Option<Self> {
        let given = Given::of(unit, manager)?;
        let (mut parts, mut sums) = (Vec::with_capacity(16), Sums::default());
        for (rule, Resources { weight, range, .. }) in rule::bound_rules() {
            let Some(verdict) = bound(rule, &given) else { continue };
            let part = Part { rule, verdict, weight: u64::from(*weight), range: u64::from(*range) };
            sums.add(&part);
            parts.push(part);
        }
        (!parts.is_empty()).then(|| Self { overall: sums.overall(), parts, sums })
    }

    /// What a check adds, in tenths; `None` for a good one.
    pub fn cost(&self, part: &Part) -> Option<u32> {
        self.sums.cost(part)
    }

    /// The word for the score.
    pub fn level(&self) -> &'static str {
        level(self.overall)
    }

    /// The few lines that bound most. No check looks at what the line of another one sets, so that what each leaves can be
    /// added up; a test lays the lines over units and holds the promise against their score.
    pub fn way_down(&self, unit: &Unit) -> Option<Way> {
        let section = unit.kind().section();
        let is_set = |id| *unit.value(id) != Value::Unset;
        // a line that switches off an old one may take more than it gives
        let fits = |id: KeyId| id.key().known_to(unit.target.model) && !switched_off_by(id).any(is_set);
        let mut ranked: Vec<(&'static Step, Part, u64)> = Vec::with_capacity(self.parts.len());
        for part in self.parts.iter().filter(|p| p.is_set() == Some(false)) {
            let step_of = |r: &'static Resources| Some((r.step_against(part.verdict.state)?, r));
            let Some((step, resources)) = part.rule.resources.and_then(step_of) else { continue };
            let mut after = *part;
            after.verdict.badness = Some(resources.badness(step.state));
            let gain = part.weighted().saturating_sub(after.weighted());
            if gain > 0 && lookup(section, step.key()).is_some_and(fits) {
                ranked.push((step, after, gain));
            }
        }
        ranked.sort_by_key(|(.., gain)| std::cmp::Reverse(*gain));
        ranked.truncate(MOST);
        let mut sums = Sums::default();
        for part in &self.parts {
            let mended = ranked.iter().find(|(_, after, _)| std::ptr::eq(after.rule, part.rule));
            sums.add(mended.map_or(part, |(_, after, _)| after));
        }
        let (steps, end) = (ranked.iter().map(|(step, ..)| *step).collect(), sums.overall());
        (end < self.overall).then_some(Way { steps, end })
    }
}

/// From here on the rule about the score speaks, in tenths.
const SPEAKS: u32 = 50;

/// So many states of units are kept: most units of a system share a few.
const KEPT: usize = 128;

/// What is said of units that little bounds. Many are in the same state: what would bound them is worked out once.
#[derive(Default)]
pub(super) struct Lines(Vec<Known>);

struct Known {
    kind: UnitKind,
    /// the checks that apply, with their states
    parts: Vec<Part>,
    notes: Vec<Note>,
}

impl Known {
    fn is_of(&self, unit: &Unit, bounds: &Bounds) -> bool {
        let same = |a: &Part, b: &Part| {
            let (mine, theirs) = (a.verdict.state, b.verdict.state);
            std::ptr::eq(a.rule, b.rule) && (std::ptr::eq(mine, theirs) || mine == theirs)
        };
        self.kind == unit.kind()
            && self.parts.len() == bounds.parts.len()
            && self.parts.iter().zip(&bounds.parts).all(|(a, b)| same(a, b))
    }
}

impl Lines {
    /// Completes the finding about the score of a unit; `None` where it is good enough.
    pub(super) fn sum(&mut self, rule: &'static Rule, unit: &Unit, bounds: &Bounds) -> Option<Finding> {
        if bounds.overall < SPEAKS {
            return None;
        }
        let message = ["resources ", &tenths(bounds.overall), " ", bounds.level()].concat();
        let mut found = check::finding(rule, unit, message);
        found.at = score::missing(unit);
        // with keys of cgroup v1 it is not the states alone that count
        found.notes = match self.0.iter().position(|k| k.is_of(unit, bounds)) {
            _ if old_keys().any(|id| *unit.value(id) != Value::Unset) => notes(unit, bounds),
            Some(at) => {
                self.0[..=at].rotate_right(1);
                self.0[0].notes.clone()
            }
            None => {
                let notes = notes(unit, bounds);
                self.0.truncate(KEPT - 1);
                self.0.insert(0, Known { kind: unit.kind(), parts: bounds.parts.clone(), notes: notes.clone() });
                notes
            }
        };
        Some(found)
    }
}

/// The lines that would bound most. They are no fixes: most need a number that only the machine can tell.
fn notes(unit: &Unit, bounds: &Bounds) -> Vec<Note> {
    let Some(Way { steps, end }) = bounds.way_down(unit) else { return Vec::new() };
    let (lines, n) = (if steps.len() == 1 { "line" } else { "lines" }, count_word(steps.len()));
    let (now, then) = (tenths(bounds.overall), tenths(end));
    let head = format!("{n} {lines} with numbers of the unit's own: {now} to {then}");
    std::iter::once(head).chain(steps.iter().map(|s| s.told())).map(Note::new).collect()
}

/// The words for a score, each with the least tenths that it is for.
pub const LEVELS: [(u32, &str); 6] =
    [(90, "UNBOUNDED"), (70, "LOOSE"), (40, "PARTIAL"), (10, "BOUNDED"), (1, "TIGHT"), (0, "PERFECT")];

/// The word for a score in tenths.
pub fn level(overall: u32) -> &'static str {
    LEVELS.iter().find(|(least, _)| overall >= *least).map_or("", |(_, word)| word)
}
