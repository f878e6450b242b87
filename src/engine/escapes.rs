//! Sandboxes that can be undone: each way out at the protection that it takes back, and all ways of a unit in one finding
//! with the fewest lines that close them.

use super::check::finding;
use super::memo::Memo;
use super::score::place;
use crate::load;
use crate::rule::{Check, Escape, Finding, Fix, Note, Registry, Rule, Safety, in_force};
use crate::unit::{Drafts, FILTERED, From, KeySet, REACHING, Unit};
use crate::vocab::KeyId;
use std::sync::{Arc, OnceLock};

/// `A=, B= and C=`
fn listed(keys: &[KeyId]) -> String {
    let mut text = String::with_capacity(keys.len() * 24);
    for (n, key) in keys.iter().enumerate() {
        let before = match n {
            0 => "",
            _ if n + 1 == keys.len() => " and ",
            _ => ", ",
        };
        text.extend([before, key.name(), "="]);
    }
    text
}

/// The key that is decided first in the files; what is only implied comes last.
fn first(unit: &Unit, keys: &[KeyId]) -> Option<KeyId> {
    keys.iter().copied().min_by_key(|key| unit.decisive(*key).map_or((u16::MAX, u32::MAX), |a| (a.file, a.key.start)))
}

/// The ways out that rules know.
pub(super) struct Ways {
    all: Vec<(&'static Rule, Escape)>,
    /// what one of them takes back
    protections: KeySet,
    /// what is open, by everything that has a say in it
    known: Memo<Option<Arc<Opened>>>,
    drafts: Drafts,
}

/// The ways out of a sandbox.
#[derive(Debug)]
pub(super) struct Opened {
    ways: Vec<Open>,
    /// the fewest lines that close all of them, once they are asked for
    closing: OnceLock<Vec<String>>,
}

/// A way that is open in a unit.
#[derive(Debug)]
struct Open {
    rule: &'static Rule,
    escape: Escape,
    undone: Vec<KeyId>,
    /// the lines each of which closes it, once they are asked for
    closes: OnceLock<Vec<&'static str>>,
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
        Self { all, protections, known: Memo::new(keys), drafts: Drafts::default() }
    }

    /// Those that are open in a unit, in the order of the rules; `None` where there are none.
    pub(super) fn open(&mut self, unit: &Unit) -> Option<Arc<Opened>> {
        let in_force = in_force(unit, &self.protections);
        if in_force.is_empty() {
            return None;
        }
        // a profile of portable services is no setting
        let is_like_others = unit.profile.is_none();
        if let Some(known) = self.known.get(unit).filter(|_| is_like_others) {
            return known.clone();
        }
        let open = |(rule, escape): &(&'static Rule, Escape)| {
            let undone = escape.undone_of(unit, &in_force);
            (!undone.is_empty()).then(|| Open { rule, escape: *escape, undone, closes: OnceLock::new() })
        };
        let ways: Vec<Open> = self.all.iter().filter_map(open).collect();
        let opened = (!ways.is_empty()).then(|| Arc::new(Opened { ways, closing: OnceLock::new() }));
        if is_like_others {
            self.known.put(unit, opened.clone());
        }
        opened
    }

    /// The finding of a rule about one way out, at the protection that it takes back.
    pub(super) fn finding(&mut self, rule: &'static Rule, unit: &Unit, opened: &Opened) -> Option<Finding> {
        let open = opened.ways.iter().find(|o| std::ptr::eq(o.rule, rule))?;
        let first = first(unit, &open.undone)?;
        let mut found = finding(rule, unit, rule.message("").replace("{undone}", &listed(&open.undone)));
        found.at = place(unit, first);
        found.notes.extend(open.escape.by.iter().filter_map(|c| c.told(unit)).map(Note::new));
        let keys = *self.known.keys();
        let closes = open.closes.get_or_init(|| {
            let mut with = |line: &str| unit.sketch(&keys, &[line], &mut self.drafts);
            open.escape.closes.iter().filter(|line| open.escape.undone(&with(line)).is_empty()).copied().collect()
        });
        found.fixes.extend(closes.iter().map(|line| Fix::line(*line, Safety::Unsafe)));
        Some(found)
    }

    /// All ways out of a unit's sandbox.
    pub(super) fn sum(&mut self, rule: &'static Rule, unit: &Unit, opened: &Opened) -> Option<Finding> {
        let open = &opened.ways;
        if open.iter().all(|o| o.escape.weak) {
            return None;
        }
        // what was added from evidence is worth what it is worth: nobody relies on it
        let is_ours: Vec<bool> = unit.files.iter().map(|file| load::is_ours(&file.source.bytes)).collect();
        let asked = |key: &&KeyId| {
            let by = unit.setting(**key).map_or(**key, |s| if let From::Implied(by) = s.from { by } else { **key });
            unit.decisive(by).is_none_or(|a| !is_ours[usize::from(a.file)])
        };
        let mut undone: Vec<KeyId> = Vec::new();
        for key in open.iter().flat_map(|o| &o.undone).filter(asked) {
            if !undone.contains(key) {
                undone.push(*key);
            }
        }
        let first = first(unit, &undone)?;
        let n = open.len();
        let ways = [&*crate::text::count_word(n), if n == 1 { " way" } else { " ways" }].concat();
        let message = rule.message("").replace("{ways}", &ways).replace("{undone}", &listed(&undone));
        let mut found = finding(rule, unit, message);
        found.at = place(unit, first);
        found.notes.extend(open.iter().map(|o| Note::new([o.rule.id, ": ", o.rule.summary].concat())));
        let lines = opened.closing.get_or_init(|| self.closing(unit, open).lines());
        found.fixes.extend(lines.iter().map(|line| Fix::line(line.clone(), Safety::Unsafe)));
        Some(found)
    }

    /// The fewest lines that close the ways which are open, and those which the lines themselves would open.
    fn closing(&mut self, unit: &Unit, open: &[Open]) -> Closing {
        let (mut closing, keys) = (Closing::default(), *self.known.keys());
        open.iter().for_each(|o| closing.add(&o.escape));
        // what closes one way may be a protection itself, which another way undoes
        for _ in 0..4 {
            let with = unit.sketch(&keys, &closing.lines(), &mut self.drafts);
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
        let drops = (!self.capabilities.is_empty()).then(|| [DROPS, &self.capabilities.join(" ")].concat());
        drops.into_iter().chain(self.others.iter().map(|line| (*line).to_owned())).collect()
    }
}
