//! Sandboxes that can be undone: each way out at the protection that it takes back, and all ways of a unit in one finding
//! with the fewest lines that close them.

use super::check::finding;
use super::path_down::extended;
use super::score::place;
use crate::rule::{Check, Escape, Finding, Fix, Note, Registry, Rule, Safety};
use crate::unit::Unit;
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

/// A way out of a unit's sandbox, if there is one.
pub(super) fn one(rule: &'static Rule, unit: &Unit, escape: &Escape) -> Option<Finding> {
    let undone = escape.undone(unit);
    let first = first(unit, &undone)?;
    let mut found = finding(rule, unit, rule.message("").replace("{undone}", &listed(&undone)));
    found.at = place(unit, first);
    found.notes.extend(escape.by.iter().filter_map(|c| c.told(unit)).map(Note::new));
    let closes = |line: &&&str| escape.undone(&extended(unit, &[(**line).to_owned()])).is_empty();
    found.fixes.extend(escape.closes.iter().filter(closes).map(|line| Fix::line(*line, Safety::Unsafe)));
    Some(found)
}

/// The rules about ways out, each with its way.
fn ways(rules: &Registry) -> impl Iterator<Item = (&'static Rule, Escape)> + '_ {
    rules.all().filter_map(|rule| match rule.check {
        Check::Escape(escape) => Some((rule, escape)),
        _ => None,
    })
}

/// All ways out of a unit's sandbox.
pub(super) fn all(rule: &'static Rule, unit: &Unit, rules: &Registry) -> Option<Finding> {
    let open: Vec<(&Rule, Escape, Vec<KeyId>)> = ways(rules)
        .map(|(r, escape)| (r, escape, escape.undone(unit)))
        .filter(|(.., undone)| !undone.is_empty())
        .collect();
    if open.iter().all(|(_, escape, _)| escape.weak) {
        return None;
    }
    let mut undone: Vec<KeyId> = Vec::new();
    for key in open.iter().flat_map(|(.., undone)| undone) {
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
    found.notes.extend(open.iter().map(|(r, ..)| Note::new(format!("{}: {}", r.id, r.summary))));
    let mut closing = Closing::default();
    open.iter().for_each(|(_, escape, _)| closing.add(escape));
    // what closes one way may be a protection itself, which another way undoes
    for _ in 0..4 {
        let with = extended(unit, &closing.lines());
        let before = closing.clone();
        let opened = |e: &Escape| !e.weak && !e.undone(&with).is_empty();
        self::ways(rules).filter(|(_, e)| opened(e)).for_each(|(_, e)| closing.add(&e));
        if closing == before {
            break;
        }
    }
    let lines = closing.lines();
    found.fixes.extend(lines.into_iter().map(|line| Fix::line(line, Safety::Unsafe)));
    Some(found)
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
