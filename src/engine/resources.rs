//! The resource score: what a unit may take of its machine unbounded. The model is ours, and lies in `rules/bounds/`: each
//! check has a weight, and each state of it a badness.

use super::score::{Part, Sums};
use crate::rule::{self, Given, Resources, Step, bound};
use crate::unit::Unit;
use crate::unit::cgroups::Manager;
use crate::vocab::cgroup::switched_off_by;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, lookup};

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
            let part = Part { rule, id: rule.id, verdict, weight: u64::from(*weight), range: u64::from(*range) };
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
            let Some((step, resources)) = part.rule.resources.as_ref().and_then(step_of) else { continue };
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

/// The words for a score, each with the least tenths that it is for.
pub const LEVELS: [(u32, &str); 6] =
    [(90, "UNBOUNDED"), (70, "LOOSE"), (40, "PARTIAL"), (10, "BOUNDED"), (1, "TIGHT"), (0, "PERFECT")];

/// The word for a score in tenths.
pub fn level(overall: u32) -> &'static str {
    LEVELS.iter().find(|(least, _)| overall >= *least).map_or("", |(_, word)| word)
}
