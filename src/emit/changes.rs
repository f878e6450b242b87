//! `unitlint diff`: what changed from one state of units to another, for people and for programs.

mod human;
mod markdown;

pub use human::human;
pub use markdown::markdown;

use super::cat;
use super::check::{self, finding, for_whom};
use super::json::Json;
use super::style::{Look, Paint, clean, path, shorten};
use crate::engine::diff::{Delta, Difference, Held, Idle, SettingChange, Sheet, Standing, UnitChange};
use crate::engine::score::tenths;
use crate::rule::{Finding, Rule};
use crate::target::Target;
use crate::text::Loc;
use crate::vocab::value::Value;
use std::fmt::Write as _;
use std::io::{self, Write};

/// So many words of a list are shown to people; the others are counted.
const WORDS: usize = 6;

/// A value as it is written, else in the notation of unit files.
fn value(held: &Held) -> String {
    match &held.written {
        Some(text) => text.to_string(),
        None => cat::notation(held.key, &held.value).filter(|v| !v.is_empty()).unwrap_or_else(|| "(none)".into()),
    }
}

/// A value as far as a person reads it.
fn shown(held: &Held, width: usize) -> String {
    shorten(&clean(&value(held)), width).into_owned()
}

/// Two values as far as a person reads them. Where they begin alike and are long, the beginning goes: what differs is seen.
fn apart(old: &Held, new: &Held, width: usize) -> (String, String) {
    let (old, new) = (value(old), value(new));
    let alike = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).count();
    let long = old.chars().count().max(new.chars().count()) > width;
    let skip = if long { alike.saturating_sub(width / 2) } else { 0 };
    let cut = |text: &str| {
        let rest: String = text.chars().skip(skip).collect();
        shorten(&clean(&if skip > 0 { format!("…{rest}") } else { rest }), width).into_owned()
    };
    (cut(&old), cut(&new))
}

/// What came and what went, where that says it better than both values: the two have something in common.
fn delta(change: &SettingChange) -> Option<&Delta> {
    let delta = change.delta.as_ref()?;
    match &change.new.as_ref()?.value {
        Value::List(list) => (list.len() > delta.added.len()).then_some(delta),
        Value::Prefixes(list) => (list.len() > delta.added.len()).then_some(delta),
        _ => Some(delta),
    }
}

/// `+a +b -c and 3 more`
fn words(delta: &Delta) -> String {
    let signed = |sign: char, list: &[String]| list.iter().map(|w| format!("{sign}{w}")).collect::<Vec<_>>();
    let all = [signed('+', &delta.added), signed('-', &delta.removed)].concat();
    let mut out: Vec<String> = all.iter().take(WORDS).map(|w| shorten(&clean(w), 60).into_owned()).collect();
    match all.len().saturating_sub(WORDS) {
        0 => {}
        more => out.push(format!("and {more} more")),
    }
    out.join(" ")
}

/// The score of a side, or why it has none.
fn score(sheet: &Sheet) -> String {
    match sheet.exposure {
        Some(exposure) => tenths(exposure),
        None if sheet.refused.is_empty() => "no score".into(),
        None => shorten(&clean(&sheet.refused), 60).into_owned(),
    }
}

/// The resource scores of a unit in both states, where they differ.
fn resources(unit: &UnitChange) -> Option<(String, String)> {
    match unit.resources() {
        (Some(old), Some(new)) if old != new => Some((tenths(old), tenths(new))),
        _ => None,
    }
}

/// `better by 1.1`; nothing where it is as it was.
fn verdict(rise: Option<i64>) -> Option<(Look, String)> {
    let by = |n: i64| tenths(n.unsigned_abs() as u32);
    match rise {
        Some(n) if n > 0 => Some((Look::Bad, format!("worse by {}", by(n)))),
        Some(n) if n < 0 => Some((Look::Good, format!("better by {}", by(n)))),
        _ => None,
    }
}

/// What a check costs on one side.
fn cost(standing: &Standing) -> String {
    match (standing.cost, standing.badness) {
        (Some(cost), _) => tenths(cost),
        (None, Some(_)) => "ok".into(),
        (None, None) => "-".into(),
    }
}

/// What a check says of one side.
fn meaning(rule: &Rule, standing: &Standing) -> &'static str {
    match standing.is_set() {
        Some(true) => rule.good,
        Some(false) => rule.message(standing.state),
        None => "does not apply any more",
    }
}

/// `1 unit`, `2 units`
fn some(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

/// What became of all units, in a sentence without its end.
fn summary(difference: &Difference) -> String {
    let units = &difference.units;
    let all = units.len() + difference.unchanged;
    if units.is_empty() {
        return format!("Nothing changed in {}", some(all, "unit"));
    }
    let count = |f: &dyn Fn(&UnitChange) -> bool| units.iter().filter(|u| f(u)).count();
    let both = |u: &UnitChange| u.old.is_some() && u.new.is_some();
    let rise = |u: &UnitChange| u.rise().unwrap_or_default();
    let parts = [
        (count(&|u| rise(u) > 0), "worse"),
        (count(&|u| rise(u) < 0), "better"),
        (count(&|u| both(u) && rise(u) == 0 && !u.is_switched()), "changed with the same exposure"),
        (count(&UnitChange::is_switched), "switched on or off"),
        (count(&|u| u.old.is_none()), "new"),
        (count(&|u| u.new.is_none()), "gone"),
        (difference.unchanged, "unchanged"),
    ];
    let parts: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    let mut out = format!("{}: {}", some(all, "unit"), parts.join(", "));
    let (appeared, gone) = (difference.appeared().count(), units.iter().map(|u| u.gone.len()).sum::<usize>());
    let findings: Vec<String> = [(appeared, "new"), (gone, "gone")]
        .iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, what)| format!("{} {what}", some(*n, "finding")))
        .collect();
    if !findings.is_empty() {
        let _ = write!(out, "; {}", findings.join(", "));
    }
    out
}

/// `PATH:LINE:COLUMN`
fn place(f: &Finding) -> String {
    match &f.at {
        Some(at) => format!("{}:{}:{}", path(at.path()), at.start().line, at.start().column),
        None => path(&f.path),
    }
}

/// `shop.service:15`; the whole path stands in the head.
fn line_of(at: &Loc) -> String {
    let name = at.path().file_name().map_or_else(String::new, |n| clean(&n.to_string_lossy()).into_owned());
    format!("{name}:{}", at.line())
}

/// Where a setting is decided on both sides; empty where nothing decides.
struct Places(String, String);

impl Places {
    fn of(change: &SettingChange) -> Self {
        let of = |held: &Option<Held>| {
            let Some(held) = held else { return String::new() };
            let at = held.at.as_ref().map_or_else(|| "not written".to_owned(), line_of);
            match held.implied_by {
                Some(by) => format!("{at} (implied by {}=)", by.name()),
                None => at,
            }
        };
        Self(of(&change.old), of(&change.new))
    }

    /// Both, or the only one.
    fn joined(self, arrow: &str) -> String {
        match (self.0.is_empty(), self.1.is_empty()) {
            (false, false) if self.0 != self.1 => format!("{} {arrow} {}", self.0, self.1),
            (false, _) => self.0,
            (true, _) => self.1,
        }
    }
}

/// Why an assignment of the profile does nothing.
fn overruled(idle: &Idle) -> String {
    let at = line_of(&idle.by);
    match idle.implied_by {
        Some(by) => format!("{at} decides ({}=)", by.name()),
        None => format!("{at} counts"),
    }
}

/// The profile's assignments without effect.
fn idle(unit: &UnitChange) -> &[Idle] {
    unit.attached.as_ref().map_or(&[], |attached| &attached.idle)
}

/// One line a change, with the place of what is now in front.
pub fn concise(difference: &Difference, paint: Paint) -> String {
    let mut out = String::new();
    for unit in &difference.units {
        let Some(sheet) = unit.sheet() else { continue };
        let name = clean(&sheet.name);
        let mut line = |at: String, text: &str| {
            let _ = writeln!(out, "{}: {name}: {text}", paint.the(Look::Path, at));
        };
        match (&unit.old, &unit.new) {
            (Some(old), Some(new)) if score(old) != score(new) => {
                line(path(&new.path), &format!("exposure {} -> {}", score(old), score(new)));
            }
            (None, Some(new)) => line(path(&new.path), &format!("new unit, exposure {}", score(new))),
            (Some(old), None) => line(path(&old.path), &format!("unit is gone, exposure was {}", score(old))),
            _ => {}
        }
        if let Some((old, new)) = resources(unit) {
            line(path(&sheet.path), &format!("resources {old} -> {new}"));
        }
        for change in &unit.settings {
            let (key, old, new) = (change.name(), change.old.as_ref(), change.new.as_ref());
            let at = new.or(old).and_then(|h| h.at.as_ref());
            let at = at.map_or_else(|| path(&sheet.path), |at| format!("{}:{}", path(at.path()), at.line()));
            let text = match (delta(change), old, new) {
                (Some(delta), ..) => format!("{key}= {}", words(delta)),
                (None, Some(old), Some(new)) => {
                    let (old, new) = apart(old, new, 200);
                    format!("{key}={old} -> {new}")
                }
                (None, None, Some(new)) => format!("+ {key}={}", shown(new, 200)),
                (None, Some(old), None) => format!("- {key}={}", shown(old, 200)),
                (None, None, None) => continue,
            };
            line(at, &text);
        }
        for idle in idle(unit) {
            let at = format!("{}:{}", path(idle.at.path()), idle.at.line());
            let written = shorten(&clean(&idle.written), 200).into_owned();
            line(at, &format!("without effect: {}={written}, {}", idle.key.name(), overruled(idle)));
        }
        for (what, f) in unit.appeared.iter().map(|f| ("new", f)).chain(unit.gone.iter().map(|f| ("gone", f))) {
            let tag = paint.the(check::look(f.level), format!("{}[{}]", f.level.word(), f.rule.id));
            line(place(f), &format!("{what} {tag} {}", clean(&f.message)));
        }
    }
    out
}

/// One document.
///
/// # Errors
/// Of the writer.
pub fn json(out: impl Write, difference: &Difference, target: &Target) -> io::Result<()> {
    let mut json = Json::new(out);
    super::head(&mut json);
    for_whom(&mut json, target);
    json.key("units").open(b'[');
    for unit in &difference.units {
        json_unit(&mut json, unit);
        json.flush_if_large()?;
    }
    let count = |f: &dyn Fn(&UnitChange) -> bool| difference.units.iter().filter(|u| f(u)).count() as i64;
    json.close(b']').key("summary").open(b'{').key("worse").number(count(&|u| u.rise().is_some_and(|r| r > 0)));
    json.key("better").number(count(&|u| u.rise().is_some_and(|r| r < 0)));
    json.key("new").number(count(&|u| u.old.is_none())).key("gone").number(count(&|u| u.new.is_none()));
    json.key("unchanged").number(difference.unchanged as i64).close(b'}').close(b'}');
    json.finish()
}

fn json_unit(json: &mut Json<impl Write>, unit: &UnitChange) {
    let Some(sheet) = unit.sheet() else { return };
    json.open(b'{').key("name").string(&sheet.name).key("scope").string(sheet.scope.word());
    for (key, side) in [("old", &unit.old), ("new", &unit.new)] {
        json.key(key);
        let Some(side) = side else {
            json.null();
            continue;
        };
        json.open(b'{').key("name").string(&side.name).key("path").path(&side.path);
        json.key("refused").optional((!side.refused.is_empty()).then_some(&*side.refused)).close(b'}');
    }
    for (name, (old, new)) in [("exposure", unit.exposure()), ("resources", unit.resources())] {
        json.key(name).open(b'{');
        for (key, score) in [("old", old), ("new", new)] {
            json.key(key);
            tenths_or_null(json, score);
        }
        json.close(b'}');
    }
    json.key("checks").open(b'[');
    for change in &unit.checks {
        json.open(b'{').key("rule").string(change.rule.id).key("id");
        json.optional(change.rule.exposure.as_ref().map(|e| e.id));
        for (key, standing) in [("old", &change.old), ("new", &change.new)] {
            json.key(key).open(b'{').key("set");
            match standing.is_set() {
                Some(set) => json.bool(set),
                None => json.null(),
            };
            json.key("exposure");
            tenths_or_null(json, standing.cost);
            json.close(b'}');
        }
        json.close(b'}');
    }
    json.close(b']').key("settings").open(b'[');
    unit.settings.iter().for_each(|change| json_setting(json, change));
    json.close(b']').key("findings").open(b'{');
    for (key, findings) in [("new", &unit.appeared), ("gone", &unit.gone)] {
        json.key(key).open(b'[');
        findings.iter().for_each(|f| finding(json, f));
        json.close(b']');
    }
    json.close(b'}').key("profile");
    match &unit.attached {
        Some(attached) => {
            json.open(b'{').key("path").path(&attached.path).key("without_effect").open(b'[');
            attached.idle.iter().for_each(|idle| json_idle(json, idle));
            json.close(b']').close(b'}')
        }
        None => json.null(),
    };
    json.close(b'}');
}

fn json_idle(json: &mut Json<impl Write>, idle: &Idle) {
    json.open(b'{').key("section").string(idle.section.word()).key("key").string(idle.key.name());
    json.key("written").string(&idle.written).key("line").number(idle.at.line());
    json.key("by").open(b'{').key("path").path(idle.by.path()).key("line").number(idle.by.line());
    json.key("implies").optional(idle.implied_by.map(|by| by.name())).close(b'}').close(b'}');
}

fn tenths_or_null(json: &mut Json<impl Write>, tenths: Option<u32>) {
    match tenths {
        Some(tenths) => json.tenths(tenths),
        None => json.null(),
    };
}

fn json_setting(json: &mut Json<impl Write>, change: &SettingChange) {
    let section = change.new.as_ref().or(change.old.as_ref()).map(|h| h.section.word());
    json.open(b'{').key("area").string(change.area.word()).key("section").optional(section);
    json.key("key").string(change.name());
    for (key, held) in [("old", &change.old), ("new", &change.new)] {
        json.key(key);
        let Some(held) = held else {
            json.null();
            continue;
        };
        json.open(b'{').key("value").optional(cat::notation(held.key, &held.value).as_deref());
        json.key("written").optional(held.written.as_deref()).key("path");
        match &held.at {
            Some(at) => json.path(at.path()).key("line").number(at.line()),
            None => json.null().key("line").null(),
        };
        json.key("implied_by").optional(held.implied_by.map(|by| by.name())).close(b'}');
    }
    let delta = change.delta.as_ref();
    for (key, list) in [("added", delta.map(|d| &d.added)), ("removed", delta.map(|d| &d.removed))] {
        json.key(key);
        let Some(list) = list else {
            json.null();
            continue;
        };
        json.open(b'[');
        for word in list {
            json.string(word);
        }
        json.close(b']');
    }
    json.close(b'}');
}
