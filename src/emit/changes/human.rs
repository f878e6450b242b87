//! Changes of units for a terminal: a head with the exposure before and after, then settings by area, checks, findings.

use super::{
    Places, apart, check, clean, cost, delta, idle, line_of, meaning, overruled, path, place, resources, score,
    shorten, shown, summary, verdict, words,
};
use crate::emit::style::{Look, Paint};
use crate::engine::diff::{Area, Difference, SettingChange, Sheet, UnitChange};
use crate::engine::score::level;
use crate::rule::Finding;
use crate::vocab::Scope;
use std::fmt::Write as _;

/// Values in one column are shown up to this width.
const VALUE: usize = 48;

/// Values on a line of their own.
const LONG: usize = 100;

/// All that changed.
pub fn human(difference: &Difference, paint: Paint) -> String {
    let mut out = String::new();
    let mut roomy = false;
    for change in &difference.units {
        let mut text = String::new();
        unit(&mut text, change, paint);
        // heads alone stand together; what has details stands apart
        let details = text.matches('\n').count() > 1;
        if !out.is_empty() && (roomy || details) {
            out.push('\n');
        }
        out.push_str(&text);
        roomy = details;
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "{}.", summary(difference));
    out
}

fn unit(out: &mut String, change: &UnitChange, paint: Paint) {
    let Some(sheet) = change.sheet() else { return };
    let arrow = paint.either("→", "->");
    let side = |s: &Sheet| paint.the(s.exposure.map_or(Look::Dim, Paint::exposure), score(s)).to_string();
    let word = sheet.exposure.map(|e| format!(" {}", level(e))).unwrap_or_default();
    let alone = |s: &Sheet| if s.exposure.is_some() || !s.refused.is_empty() { side(s) + &word } else { String::new() };
    let text = match (&change.old, &change.new) {
        (Some(old), Some(new)) => match verdict(change.rise()) {
            Some((look, by)) => format!("{} {arrow} {}{word}  {}", side(old), side(new), paint.the(look, by)),
            None if score(old) != score(new) => format!("{} {arrow} {}{word}", side(old), side(new)),
            None if new.exposure.is_some() => format!("{}  same exposure", alone(new)),
            None => format!("changed  {}", alone(new)),
        },
        (None, Some(new)) => format!("new  {}", alone(new)),
        (Some(old), None) => format!("gone  {}", alone(old)),
        (None, None) => return,
    };
    let user = if sheet.scope == Scope::User { " (user)" } else { "" };
    let _ = writeln!(
        out,
        "{}{user}  {}  {}",
        paint.the(Look::Strong, clean(&sheet.name)),
        text.trim_end(),
        paint.the(Look::Path, path(&sheet.path))
    );
    if let (Some(old), Some(new)) = (&change.old, &change.new)
        && old.name != new.name
    {
        let _ = writeln!(out, "  {} {}", paint.the(Look::Dim, "compared with"), paint.the(Look::Path, path(&old.path)));
    }
    if let Some(attached) = &change.attached {
        let _ = writeln!(
            out,
            "  {} {}",
            paint.the(Look::Dim, "with the profile"),
            paint.the(Look::Path, path(&attached.path))
        );
    }
    if let Some((old, new)) = resources(change) {
        let _ = writeln!(out, "  {} {old} {arrow} {new}", paint.the(Look::Dim, "resource score"));
    }
    settings(out, change, paint);
    without_effect(out, change, paint);
    checks(out, change, paint);
    findings(out, change, paint);
}

fn title(out: &mut String, text: &str, paint: Paint) {
    let _ = writeln!(out, "  {}", paint.the(Look::Dim, text));
}

/// What is told of a setting: the sign, the value, and the new value on a line of its own where both are long.
fn told(change: &SettingChange, arrow: &str) -> (char, String, Option<String>) {
    match (delta(change), change.old.as_ref(), change.new.as_ref()) {
        (Some(delta), ..) => ('~', words(delta), None),
        (None, Some(old), Some(new)) => match apart(old, new, LONG) {
            (old, new) if old.chars().count() + new.chars().count() < VALUE => {
                ('~', format!("{old} {arrow} {new}"), None)
            }
            (old, new) => ('~', old, Some(new)),
        },
        (None, None, Some(new)) => ('+', shown(new, LONG), None),
        (None, Some(old), None) => ('-', shown(old, LONG), None),
        (None, None, None) => ('~', String::new(), None),
    }
}

fn settings(out: &mut String, change: &UnitChange, paint: Paint) {
    let arrow = paint.either("→", "->");
    let rows: Vec<_> = change.settings.iter().map(|s| (s, told(s, arrow))).collect();
    let name = rows.iter().map(|(s, _)| s.name().len()).max().unwrap_or(0);
    let width = rows.iter().map(|(_, (_, text, _))| text.chars().count()).max().unwrap_or(0).min(VALUE);
    for area in Area::ALL {
        let here: Vec<_> = rows.iter().filter(|(s, _)| s.area == area).collect();
        if !here.is_empty() {
            title(out, area.word(), paint);
        }
        for (change, (sign, text, second)) in here {
            let look = match sign {
                '+' => Look::Good,
                '-' => Look::Bad,
                _ => Look::Fair,
            };
            let key = paint.the(Look::Strong, format!("{:<name$}", change.name()));
            let (first, last) = match Places::of(change) {
                Places(old, new) if second.is_some() => (old, new),
                both => (both.joined(arrow), String::new()),
            };
            let (sign, first) = (paint.the(look, sign), paint.the(Look::Path, first));
            let _ = writeln!(out, "    {sign} {key}  {text:<width$}  {first}");
            if let Some(second) = second {
                let indent = name + 6 - arrow.chars().count();
                let _ = writeln!(out, "{:>indent$} {arrow} {second:<width$}  {}", "", paint.the(Look::Path, last));
            }
        }
    }
}

/// What the profile says and the unit overrules.
fn without_effect(out: &mut String, change: &UnitChange, paint: Paint) {
    let rows: Vec<_> = idle(change).iter().map(|i| (i, shorten(&clean(&i.written), LONG).into_owned())).collect();
    if rows.is_empty() {
        return;
    }
    title(out, "in the profile and without effect", paint);
    let name = rows.iter().map(|(i, _)| i.key.name().len()).max().unwrap_or(0);
    let width = rows.iter().map(|(_, text)| text.chars().count()).max().unwrap_or(0).min(VALUE);
    for (i, text) in rows {
        let key = paint.the(Look::Strong, format!("{:<name$}", i.key.name()));
        let places = format!("{}; {}", line_of(&i.at), overruled(i));
        let _ = writeln!(out, "      {key}  {text:<width$}  {}", paint.the(Look::Path, places));
    }
}

fn checks(out: &mut String, change: &UnitChange, paint: Paint) {
    if change.checks.is_empty() {
        return;
    }
    title(out, "checks", paint);
    let arrow = paint.either("→", "->");
    let width = change.checks.iter().map(|c| c.rule.id.len()).max().unwrap_or(0);
    for c in &change.checks {
        let look = if c.new.badness > c.old.badness { Look::Bad } else { Look::Good };
        let costs = format!("{:>3} {arrow} {:<3}", cost(&c.old), cost(&c.new));
        let _ = writeln!(out, "    {}  {:<width$}  {}", paint.the(look, costs), c.rule.id, meaning(c.rule, &c.new));
    }
}

fn findings(out: &mut String, change: &UnitChange, paint: Paint) {
    if change.appeared.is_empty() && change.gone.is_empty() {
        return;
    }
    title(out, "findings", paint);
    let mut line = |sign, look, f: &Finding| {
        let tag = format!("{}[{}]", f.level.word(), f.rule.id);
        let tag = paint.the(if sign == '+' { check::look(f.level) } else { Look::Dim }, tag);
        let (sign, at) = (paint.the(look, sign), paint.the(Look::Path, place(f)));
        let _ = writeln!(out, "    {sign} {tag} {}  {at}", clean(&f.message));
    };
    change.appeared.iter().for_each(|f| line('+', Look::Bad, f));
    change.gone.iter().for_each(|f| line('-', Look::Good, f));
}
