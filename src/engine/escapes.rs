//! Sandboxes that can be undone: each way out at the protection that it takes back, and all ways of a unit in one finding
//! with the fewest lines that close them.

use super::check::finding;
use super::score::place;
use crate::load;
use crate::rule::{Check, Escape, Finding, Fix, Note, Registry, Rule, Safety, in_force};
use crate::unit::{FILTERED, From, KeySet, REACHING, Unit};
use crate::vocab::KeyId;

/// `A=, B= and C=`
fn listed(keys: &[KeyId]) -> String {
    let names: Vec<String> = keys.iter().map(|k| format!("{}=", k.name())).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The key that is decided first in the files; what is only implied comes last.
fn first(unit: &Unit, keys: &[KeyId]) -> Option<KeyId> {
    keys.iter().copied().min_by_key(|key| unit.decisive(*key).map_or((u16::MAX, u32::MAX), |a| (a.file, a.key.start)))
}

/// The ways out that rules know.
#[derive(Debug)]
pub(super) struct Ways {
    all: Vec<(&'static Rule, Escape)>,
    /// what one of them takes back
    protections: KeySet,
    /// everything that says whether a way is open
    keys: KeySet,
}

/// A way that is open in a unit.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) rule: &'static Rule,
    escape: Escape,
    undone: Vec<KeyId>,
}

impl Ways {
    pub(super) fn of(rules: &Registry) -> Self {
        let way = |rule: &'static Rule| match rule.check {
            Check::Escape(escape) => Some((rule, escape)),
            _ => None,
        };
        let all: Vec<_> = rules.all().filter_map(way).collect();
        let undone = || all.iter().flat_map(|(_, escape)| escape.undoes).copied();
        let protections = undone().collect();
        let asked = all.iter().flat_map(|(_, escape)| escape.by).filter_map(|c| c.asks.key());
        let keys = KeySet::with_implying(asked.chain(undone()).chain(REACHING).chain(FILTERED));
        Self { all, protections, keys }
    }

    /// Those that are open in a unit, in the order of the rules.
    pub(super) fn open(&self, unit: &Unit) -> Vec<Open> {
        let in_force = in_force(unit, &self.protections);
        if in_force.is_empty() {
            return Vec::new();
        }
        let open = |(rule, escape): &(&'static Rule, Escape)| {
            let undone = escape.undone_of(unit, &in_force);
            (!undone.is_empty()).then_some(Open { rule, escape: *escape, undone })
        };
        self.all.iter().filter_map(open).collect()
    }

    /// All ways out of a unit's sandbox.
    pub(super) fn sum(&self, rule: &'static Rule, unit: &Unit, open: &[Open]) -> Option<Finding> {
        if open.iter().all(|o| o.escape.weak) {
            return None;
        }
        // what was added from evidence is worth what it is worth: nobody relies on it
        let asked = |key: &&KeyId| {
            let by = unit.setting(**key).map_or(**key, |s| if let From::Implied(by) = s.from { by } else { **key });
            unit.decisive(by).is_none_or(|a| !load::is_ours(&unit.files[usize::from(a.file)].source.bytes))
        };
        let mut undone: Vec<KeyId> = Vec::new();
        for key in open.iter().flat_map(|o| &o.undone).filter(asked) {
            if !undone.contains(key) {
                undone.push(*key);
            }
        }
        let first = first(unit, &undone)?;
        let n = open.len();
        let ways = format!("{} way{}", crate::text::count_word(n), if n == 1 { "" } else { "s" });
        let message = rule.message("").replace("{ways}", &ways).replace("{undone}", &listed(&undone));
        let mut found = finding(rule, unit, message);
        found.at = place(unit, first);
        found.notes.extend(open.iter().map(|o| Note::new(format!("{}: {}", o.rule.id, o.rule.summary))));
        let lines = self.closing(unit, open).lines();
        found.fixes.extend(lines.into_iter().map(|line| Fix::line(line, Safety::Unsafe)));
        Some(found)
    }

    /// The fewest lines that close the ways which are open, and those which the lines themselves would open.
    fn closing(&self, unit: &Unit, open: &[Open]) -> Closing {
        let mut closing = Closing::default();
        open.iter().for_each(|o| closing.add(&o.escape));
        // what closes one way may be a protection itself, which another way undoes
        for _ in 0..4 {
            let with = unit.sketch(&self.keys, &closing.lines());
            let before = closing.clone();
            let in_force = in_force(&with, &self.protections);
            let opened = |e: &Escape| !e.weak && !e.undone_of(&with, &in_force).is_empty();
            self.all.iter().filter(|(_, e)| opened(e)).for_each(|(_, e)| closing.add(e));
            if closing == before {
                break;
            }
        }
        closing
    }
}

impl Open {
    /// The finding at the protection that it takes back.
    pub(super) fn finding(&self, unit: &Unit, ways: &Ways) -> Option<Finding> {
        let first = first(unit, &self.undone)?;
        let mut found = finding(self.rule, unit, self.rule.message("").replace("{undone}", &listed(&self.undone)));
        found.at = place(unit, first);
        found.notes.extend(self.escape.by.iter().filter_map(|c| c.told(unit)).map(Note::new));
        let closes = |line: &&&str| self.escape.undone(&unit.sketch(&ways.keys, &[line])).is_empty();
        found.fixes.extend(self.escape.closes.iter().filter(closes).map(|line| Fix::line(*line, Safety::Unsafe)));
        Some(found)
    }
}

/// Lines that close ways out. Capabilities that are to go are one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Closing {
    capabilities: Vec<&'static str>,
    others: Vec<&'static str>,
}

const DROPS: &str = "CapabilityBoundingSet=~";

impl Closing {
    /// Closes a way with its cheapest line, unless another one does already.
    fn add(&mut self, escape: &Escape) {
        let dropped = |line: &str| line.split(' ').all(|cap| self.capabilities.contains(&cap));
        let done = |line: &&&'static str| match line.strip_prefix(DROPS) {
            Some(caps) => dropped(caps),
            None => self.others.contains(line),
        };
        if escape.closes.iter().any(|line| done(&line)) {
            return;
        }
        let Some(line) = escape.closes.first() else { return };
        match line.strip_prefix(DROPS) {
            Some(caps) => {
                let new: Vec<&'static str> = caps.split(' ').filter(|c| !self.capabilities.contains(c)).collect();
                self.capabilities.extend(new);
            }
            None => self.others.push(line),
        }
    }

    fn lines(&self) -> Vec<String> {
        let drops = (!self.capabilities.is_empty()).then(|| format!("{DROPS}{}", self.capabilities.join(" ")));
        drops.into_iter().chain(self.others.iter().map(|line| (*line).to_owned())).collect()
    }
}
