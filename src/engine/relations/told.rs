//! What is said of a relation that is not kept: both values, who decides them, and what would keep it.

use super::Failure;
use super::held::{Held, How};
use super::seen::{Presence, Seen};
use super::within;
use crate::engine::check;
use crate::rule::relation::{Amount, Comparison, Of, Op, Relation, Right, Setting, Units, Verdict};
use crate::rule::{Finding, Fix, Note, Rule};
use crate::text::Loc;
use crate::vocab::key;
use std::sync::Arc;

/// So many units are told one by one.
const SHOWN: usize = 3;

pub(super) fn finding(rule: &'static Rule, relation: &Relation, failure: &Failure<'_>, seen: &Seen) -> Finding {
    let left = &failure.left;
    let unit = left.unit;
    let nothing = check::nothing(rule, unit.scope, unit.path.clone());
    let mut found = Finding { unit: unit.name.to_string(), message: message(failure), ..nothing };
    let old = unit.old.iter().find(|(_, new, _)| *new == left.key && left.own.is_none());
    let slice = left.by.as_ref().and_then(|by| by.at.as_ref());
    found.at = left.own.or(slice).or(old.map(|(.., at)| at)).or(unit.header.as_ref()).cloned();
    if let Some((old, new, at)) = old {
        let what = format!("{}= is of cgroup v1; only {}= is compared", old.name(), new.name());
        let here = found.at.as_ref().is_some_and(|found| same(found, at));
        found.notes.push(if here { Note::new(what) } else { Note::on(at.clone(), what) });
    }
    for held in std::iter::once(left).chain(failure.rights.iter().take(SHOWN)) {
        found.notes.extend(notes(held, found.at.as_ref(), std::ptr::eq(held, left)));
    }
    match &found.at {
        Some(_) => found.notes.extend(reason(rule, relation).map(|why| Note::on(relation.at.clone(), why))),
        // what has no file is pointed at where it is asked for
        None => {
            found.path = relation.at.path().to_owned();
            found.at = Some(within(&relation.at, relation.text, &failure.comparison.left.at));
            found.notes.extend(reason(rule, relation).map(Note::new));
        }
    }
    found.notes.extend(help(failure, seen).map(Note::new));
    let others: Vec<&Comparison> = relation.any.iter().filter(|c| !std::ptr::eq(*c, failure.comparison)).collect();
    for other in others {
        found.notes.push(Note::new(format!("or with {}", demanded(other))));
    }
    found.fixes.extend(rule.fix.map(|fix| Fix::line(fix.line(), fix.safety)));
    found
}

/// What the relation is for.
pub(super) fn reason(rule: &Rule, relation: &Relation) -> Option<String> {
    let why = if relation.because.is_empty() { rule.summary } else { relation.because };
    Some(format!("what has to hold: {why}")).filter(|_| !why.is_empty())
}

fn message(failure: &Failure<'_>) -> String {
    let Failure { comparison, left, rights, open } = failure;
    let what = comparison.left.told();
    let value = phrase(left);
    let right = match &comparison.right {
        Right::Literals(values) => {
            let all: Vec<&str> = values.iter().map(|(_, text)| &**text).collect();
            all.join(", ")
        }
        Right::Setting(right) if comparison.op == Op::Disjoint => return overlap(&what, left, rights, right),
        Right::Setting(right) => theirs(left, rights, right),
    };
    if *open {
        return format!(
            "{what} is {value}, and only the machine knows whether that is {} {right}",
            wanted(comparison.op)
        );
    }
    let not = match comparison.op {
        Op::Less => "not less than",
        Op::AtMost => "more than",
        Op::Equal => "not",
        Op::Other => "which it may not be:",
        Op::AtLeast => "less than",
        Op::More => "not more than",
        Op::In => "none of",
        Op::Disjoint => "not apart from",
        Op::Within => "not within",
    };
    format!("{what} is {value}, {not} {right}")
}

/// A value with who decides it.
fn phrase(held: &Held<'_>) -> String {
    let value = held.told();
    if !held.parts.is_empty() {
        return format!("{value} ({})", held.parts.join(" + "));
    }
    match &held.by {
        Some(by) => match by.how {
            How::Limit => format!("{value}, the limit of {}", by.slice),
            How::Promise if by.at.is_none() => format!("{value} in effect, for {} keeps nothing for it", by.slice),
            How::Promise => format!("{value} in effect, all that {} keeps for it", by.slice),
            How::Passed => format!("{value}, what {} keeps for it", by.slice),
            How::Set => format!("{value}, that of {}", by.slice),
            How::Weight => format!("{value}, that of its slice {}", by.slice),
        },
        None if held.own.is_some() || held.amount.is_none() || held.key == key::SLICE => value,
        None if held.unit.presence == Presence::DropIns && !held.unit.is_made() => {
            format!("{value} (not set in drop-ins)")
        }
        None => format!("{value} (not set)"),
    }
}

/// The values of the other side.
fn theirs(left: &Held<'_>, rights: &[Held<'_>], setting: &Setting) -> String {
    let key = if setting.key == left.key { "that".to_owned() } else { setting.told() };
    match rights {
        [one] => format!("{key} of {}, {}", one.unit.name, phrase(one)),
        many => format!("{key} of {}", listed(many, |held| format!("{} ({})", held.unit.name, held.told()))),
    }
}

fn overlap(what: &str, left: &Held<'_>, rights: &[Held<'_>], setting: &Setting) -> String {
    let have = if rights.len() == 1 { "has" } else { "have" };
    let common = |held: &Held<'_>| match (&left.amount, &held.amount) {
        (Some(Amount::Set(None)), Some(Amount::Set(None))) => "all as well".to_owned(),
        (_, Some(all @ Amount::Set(None))) => format!("{} of them", held.family.told(all)),
        (Some(ours), Some(theirs)) => ours.common(theirs).map_or_else(String::new, |both| left.family.told(&both)),
        _ => String::new(),
    };
    let key = if setting.key == left.key { String::new() } else { format!(" by {}", setting.told()) };
    let who = match rights {
        [one] => format!("{} {have} {}{key} too", one.unit.name, common(one)),
        many => format!(
            "{} {have} some of them{key} too",
            listed(many, |held| format!("{} ({})", held.unit.name, common(held)))
        ),
    };
    format!("{what} is {}, and {who}", phrase(left))
}

/// Some of several units, and how many there are besides.
fn listed(all: &[Held<'_>], one: impl Fn(&Held<'_>) -> String) -> String {
    let mut shown: Vec<String> = all.iter().take(SHOWN).map(one).collect();
    match all.len().saturating_sub(SHOWN) {
        0 => {
            let last = shown.pop().unwrap_or_default();
            if shown.is_empty() { last } else { format!("{} and {last}", shown.join(", ")) }
        }
        1 => format!("{} and one other", shown.join(", ")),
        n => format!("{} and {n} others", shown.join(", ")),
    }
}

/// Whether two places are one.
fn same(a: &Loc, b: &Loc) -> bool {
    Arc::ptr_eq(&a.source, &b.source) && a.span == b.span
}

/// Where it is said, unless the finding is there.
fn notes(held: &Held<'_>, at: Option<&Loc>, is_left: bool) -> Option<Note> {
    let is_there = |loc: &Loc| at.is_some_and(|at| same(at, loc));
    if let Some(by) = &held.by {
        let loc = by.at.clone().filter(|loc| !is_there(loc))?;
        return Some(Note::on(loc, format!("{} decides it for {}", by.slice, held.unit.name)));
    }
    let loc = held.own.filter(|loc| !is_there(loc) && !is_left)?;
    Some(Note::on(loc.clone(), format!("what {} has", held.unit.name)))
}

/// What an operator asks for.
fn wanted(op: Op) -> &'static str {
    match op {
        Op::Less => "less than",
        Op::AtMost => "at most",
        Op::Equal => "just",
        Op::Other => "other than",
        Op::AtLeast => "at least",
        Op::More => "more than",
        Op::In => "one of",
        Op::Disjoint => "none of",
        Op::Within => "within",
    }
}

/// What a comparison asks for, in its own words.
fn demanded(comparison: &Comparison) -> String {
    let units = |s: &Setting| match &s.units {
        Units::One(name) => name.to_string(),
        Units::Each { text, .. } => text.to_string(),
    };
    let right = match &comparison.right {
        Right::Literals(values) => values.iter().map(|(_, text)| &**text).collect::<Vec<_>>().join(", "),
        Right::Setting(setting) => format!("{} of {}", setting.told(), units(setting)),
    };
    format!("{} in {}", set(&comparison.left, comparison.op, &right), units(&comparison.left))
}

/// A setting as it is asked for: `MemoryHigh=1G`, `CPUWeight= more than 100`.
fn set(setting: &Setting, op: Op, value: &str) -> String {
    match op {
        Op::Equal => format!("{}{value}", setting.told()),
        _ => format!("{} {} {value}", setting.told(), wanted(op)),
    }
}

/// What would keep the relation.
fn help(failure: &Failure<'_>, seen: &Seen) -> Option<String> {
    let Failure { comparison, left, rights, .. } = failure;
    let (op, value) = match &comparison.right {
        Right::Literals(values) => {
            let all: Vec<&str> = values.iter().map(|(_, text)| &**text).collect();
            (comparison.op, all.join(", "))
        }
        Right::Setting(_) if comparison.op == Op::Disjoint => return Some(apart(left, rights)),
        Right::Setting(_) => (comparison.op, left.family.told(extreme(comparison.op, rights)?)),
    };
    let set = set(&comparison.left, op, &value);
    if comparison.left.of == Of::Share {
        return Some(format!("it holds with {set}: unitlint tree {} shows among whom", left.unit.name));
    }
    let back = match (rights.as_slice(), &left.amount, turned(op)) {
        ([], ..) | (_, None, _) | (.., None) => String::new(),
        (rights, Some(ours), Some(turned)) => {
            let where_to = if let [one] = rights { place(one) } else { "in the others".to_owned() };
            let key = rights.first().map_or("", |r| r.key.name());
            format!("{key}= {} {} {where_to}", wanted(turned), left.family.told(ours))
        }
    };
    // nothing is below the least that a directive takes
    let end = left.key.key().range.map(|(least, most)| if op == Op::Less { least } else { most });
    let is_end = end.is_some_and(|end| value == end.to_string()) && matches!(op, Op::Less | Op::More);
    if is_end && !back.is_empty() {
        return Some(format!("it holds with {back}"));
    }
    let back = if back.is_empty() { back } else { format!(", or {back}") };
    let around = match &left.by {
        Some(by) if by.how == How::Promise => {
            let group = seen.group(left.unit)?;
            let slices = seen.cgroups.chain(group).skip(1).filter(|g| *g != seen.cgroups.root());
            let names: Vec<&str> = slices.map(|g| &*seen.cgroups.group(g).shown).collect();
            format!(" and in each slice around it: {}", names.join(", "))
        }
        Some(by) if by.how == How::Limit => format!(" and in {}", by.slice),
        _ => String::new(),
    };
    Some(format!("it holds with {set} {}{around}{back}", place(left)))
}

/// What an operator asks of the other side, where that is more or less.
fn turned(op: Op) -> Option<Op> {
    Some(match op {
        Op::Less => Op::More,
        Op::AtMost => Op::AtLeast,
        Op::AtLeast => Op::AtMost,
        Op::More => Op::Less,
        _ => return None,
    })
}

/// Where a unit can be given a setting.
fn place(held: &Held<'_>) -> String {
    let name = match &held.by {
        Some(by) if by.how == How::Weight => return format!("in {}", by.slice),
        _ => &held.unit.name,
    };
    match held.unit.presence {
        Presence::File => format!("in {name}"),
        _ => format!("in a drop-in for {name}"),
    }
}

/// Of several values the one that is the hardest to keep.
fn extreme<'h>(op: Op, rights: &'h [Held<'_>]) -> Option<&'h Amount> {
    let side = if matches!(op, Op::Less | Op::AtMost) { Op::Less } else { Op::More };
    rights.iter().filter_map(|r| r.amount.as_ref()).reduce(|best, other| match other.compare(side, best) {
        Verdict::Holds => other,
        _ => best,
    })
}

fn apart(left: &Held<'_>, rights: &[Held<'_>]) -> String {
    let key = left.key.name();
    if left.own.is_none() && left.by.is_none() {
        return format!("it holds when {key}= gives {} some of its own", left.unit.name);
    }
    let endless: Vec<&Held<'_>> = rights.iter().filter(|r| r.amount == Some(Amount::Set(None))).collect();
    let ours = left.by.as_ref().map_or(left.unit.name.as_str(), |by| &by.slice);
    match (endless.as_slice(), rights) {
        ([one], _) => {
            let (name, place, ours) = (&one.unit.name, place(one), left.told());
            format!("{name} may use all: it holds with {}= {place} that leaves out {ours}", one.key.name())
        }
        ([first, ..], _) => {
            format!("it holds with {}= in each of them that leaves out {}", first.key.name(), left.told())
        }
        ([], [one]) => format!("it holds when {ours} or {} leaves these to the other", one.unit.name),
        ([], _) => format!("it holds when {ours} leaves these to the others, or they to it"),
    }
}
