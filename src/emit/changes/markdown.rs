//! Changes of units as a comment on a pull request: a table of units, then the details of each, folded. Nothing from a file
//! means anything to Markdown or HTML, and nobody is called by a word that begins with `@`.

use super::{
    Places, apart, cost, delta, idle, line_of, meaning, overruled, place, score, shorten, shown, some, summary,
    verdict, words,
};
use crate::emit::markdown::{ROOM, cell, code, html, sentence};
use crate::engine::diff::{Area, Difference, Held, SettingChange, Sheet, UnitChange};
use crate::engine::score::level;
use crate::rule::Finding;
use crate::vocab::Scope;
use std::fmt::Write as _;

/// Values are shown up to this width.
const VALUE: usize = 120;

/// All that changed.
pub fn markdown(difference: &Difference) -> String {
    let mut out = String::from("<!-- unitlint diff -->\n");
    let _ = writeln!(out, "### {}\n", summary(difference));
    if difference.units.is_empty() {
        return out;
    }
    // what a reviewer has to see comes first, and is there even when not all fits
    let mut units: Vec<&UnitChange> = difference.units.iter().collect();
    units.sort_by_key(|u| (std::cmp::Reverse(u.rise()), std::cmp::Reverse(u.appeared.len())));
    out.push_str("| unit | before | | after | exposure |\n| --- | --- | :---: | --- | --- |\n");
    let mut left_out = 0;
    for change in &units {
        let row = row(change);
        if out.len() + row.len() < ROOM / 2 {
            out.push_str(&row);
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        let _ = writeln!(out, "\n{} more.", some(left_out, "unit"));
    }
    let (mut without, mut details) = (0, String::new());
    for change in units {
        details.clear();
        unit(&mut details, change);
        if out.len() + details.len() < ROOM {
            out.push_str(&details);
        } else {
            without += 1;
        }
    }
    if without > 0 {
        let _ =
            writeln!(out, "\nThe details of {} are left out: a comment would not hold them.", some(without, "unit"));
    }
    out
}

fn row(change: &UnitChange) -> String {
    let Some(sheet) = change.sheet() else { return String::new() };
    let side = |s: &Option<Sheet>| match s {
        Some(s) => match s.exposure {
            Some(exposure) => format!("{} {}", score(s), level(exposure)),
            None if s.refused.is_empty() => String::new(),
            None => sentence(&score(s)),
        },
        None => String::new(),
    };
    let what = match (&change.old, &change.new, verdict(change.rise())) {
        (None, ..) => "new".into(),
        (_, None, _) => "gone".into(),
        (_, Some(new), _) if change.is_switched() => {
            if new.refused.is_empty() {
                "switched on".into()
            } else {
                "switched off".into()
            }
        }
        (.., Some((_, by))) if by.starts_with("worse") => format!("**{by}**"),
        (.., Some((_, by))) => by,
        (.., None) if sheet.exposure.is_some() => "same".into(),
        (.., None) => String::new(),
    };
    let user = if sheet.scope == Scope::User { " (user)" } else { "" };
    format!("| {}{user} | {} | → | {} | {what} |\n", cell(&sheet.name), side(&change.old), side(&change.new))
}

fn unit(out: &mut String, change: &UnitChange) {
    let Some(sheet) = change.sheet() else { return };
    let parts = [
        (change.settings.len(), "setting", ""),
        (idle(change).len(), "line", " of the profile without effect"),
        (change.checks.len(), "check", ""),
        (change.appeared.len(), "new finding", ""),
        (change.gone.len(), "finding", " gone"),
    ];
    let parts = parts.iter().filter(|(n, ..)| *n > 0).map(|(n, word, what)| some(*n, word) + what);
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return;
    }
    let _ = write!(out, "\n<details>\n<summary>{}: {}</summary>\n", html(&sheet.name), parts.join(", "));
    for area in Area::ALL {
        let here: Vec<&SettingChange> = change.settings.iter().filter(|s| s.area == area).collect();
        if here.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n| {} | before | after | where |\n| --- | --- | --- | --- |", area.word());
        for change in here {
            let (before, after) = values(change);
            let at = cell(&Places::of(change).joined("→"));
            let _ = writeln!(out, "| {} | {} | {} | {at} |", cell(change.name()), cell(&before), cell(&after));
        }
    }
    if !idle(change).is_empty() {
        out.push_str("\n| without effect | in the profile | where | why |\n| --- | --- | --- | --- |\n");
        for i in idle(change) {
            let written = shorten(&i.written, VALUE);
            let (at, why) = (cell(&line_of(&i.at)), sentence(&overruled(i)));
            let _ = writeln!(out, "| {} | {} | {at} | {why} |", cell(i.key.name()), cell(&written));
        }
    }
    if !change.checks.is_empty() {
        out.push_str("\n| check | before | after | now |\n| --- | ---: | ---: | --- |\n");
        for c in &change.checks {
            let now = sentence(meaning(c.rule, &c.new));
            let _ = writeln!(out, "| {} | {} | {} | {now} |", cell(c.rule.id), cost(&c.old), cost(&c.new));
        }
    }
    findings(out, "New findings", &change.appeared);
    findings(out, "Findings that are gone", &change.gone);
    out.push_str("\n</details>\n");
}

/// The value before and after; of a set what came and what went.
fn values(change: &SettingChange) -> (String, String) {
    let of = |h: &Option<Held>| h.as_ref().map(|h| shown(h, VALUE)).unwrap_or_default();
    match (delta(change), &change.old, &change.new) {
        (Some(delta), ..) => (String::new(), words(delta)),
        (None, Some(old), Some(new)) => apart(old, new, VALUE),
        (None, old, new) => (of(old), of(new)),
    }
}

fn findings(out: &mut String, title: &str, list: &[Finding]) {
    if list.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n**{title}**\n");
    for f in list {
        let (level, rule) = (f.level.word(), code(f.rule.id));
        let _ = writeln!(out, "- {level} {rule} at {}: {}", code(&place(f)), sentence(&f.message));
    }
}
