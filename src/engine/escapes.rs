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
    let lines = closing(unit, &open.iter().map(|(_, escape, _)| *escape).collect::<Vec<_>>());
    found.fixes.extend(lines.into_iter().map(|line| Fix::line(line, Safety::Unsafe)));
    Some(found)
}

/// The lines that close all ways: again and again the one that closes most of those that are left.
fn closing(unit: &Unit, open: &[Escape]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut candidates: Vec<&str> = Vec::new();
    for line in open.iter().flat_map(|e| e.closes) {
        if !candidates.contains(line) {
            candidates.push(line);
        }
    }
    let left = |lines: &[String]| {
        let with = extended(unit, lines);
        open.iter().filter(|e| !e.undone(&with).is_empty()).count()
    };
    let mut now = open.len();
    while now > 0 {
        let with = |line: &str| left(&[lines.as_slice(), &[line.to_owned()]].concat());
        // the order of the candidates decides between equals: the cheapest stand first
        let best = candidates.iter().map(|line| (with(line), *line)).min_by_key(|(n, _)| *n);
        let Some((then, line)) = best.filter(|(then, _)| *then < now) else { break };
        lines.push(line.to_owned());
        now = then;
    }
    lines
}
