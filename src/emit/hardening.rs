//! What the programs of a service do, and which directives are withheld because of it.

use super::style::{Look, Paint, clean, wrap};
use crate::engine::score::{level, tenths};
use crate::fix::harden::{Hardened, Withheld};
use std::fmt::Write as _;

/// So many things that only a run would tell are told.
const MANY: usize = 10;

/// One service, for people.
pub fn why(hardened: &Hardened, paint: Paint) -> String {
    let Hardened { unit, hardening, evidence, .. } = hardened;
    let mut out = String::new();
    let (before, after) = (hardening.before, hardening.after);
    let name = unit.name.to_string();
    let _ = writeln!(
        out,
        "{}  {} {} {}",
        paint.the(Look::Strong, clean(&name)),
        paint.the(Paint::exposure(before), tenths(before)),
        paint.either("→", "->"),
        paint.the(Paint::exposure(after), format!("{} {}", tenths(after), level(after)))
    );
    let width = paint.width.clamp(60, 140);
    let mut line = |indent: usize, text: &str| {
        let space = " ".repeat(indent + 2);
        let wrapped = wrap(&clean(text), width, &space);
        let _ = writeln!(out, "{}", &wrapped[2..]);
    };
    if let Some(why) = &hardening.left_alone {
        line(2, &format!("left as it is: {why}"));
    }
    if !evidence.programs.is_empty() {
        let programs: Vec<&str> = evidence.programs.iter().map(String::as_str).collect();
        line(2, &format!("looked into {}", programs.join(", ")));
    }
    for unseen in evidence.unseen.iter().take(MANY) {
        line(2, &format!("unknown: {unseen}"));
    }
    if let Some(more) = evidence.unseen.len().checked_sub(MANY).filter(|more| *more > 0) {
        line(2, &format!("unknown: {more} more such"));
    }
    if !evidence.acts.is_empty() {
        line(2, "its programs");
    }
    for (act, places) in &evidence.acts {
        let first = places.first().map(ToString::to_string).unwrap_or_default();
        line(4, &format!("{}: {first}", plural(act.says())));
    }
    if hardening.left_alone.is_none() && !hardening.withheld.is_empty() {
        line(2, "withheld");
        for (why, lines) in by_reason(&hardening.withheld) {
            line(4, &format!("{}: {why}", lines.join(", ")));
        }
    }
    out
}

/// The lines that are withheld for one reason, in the order of their first ones; those that take something away from one list
/// are one.
fn by_reason(withheld: &[Withheld]) -> Vec<(&str, Vec<String>)> {
    let mut out: Vec<(&str, Vec<String>)> = Vec::new();
    for Withheld { rule, why } in withheld {
        let Some(fix) = rule.fix else { continue };
        let at = out.iter().position(|(known, _)| known == why).unwrap_or(out.len());
        if at == out.len() {
            out.push((why, Vec::new()));
        }
        let lines = &mut out[at].1;
        let takes = format!("{}=~", fix.key);
        let list = lines.iter().position(|l| l.starts_with(&takes));
        match (fix.value.strip_prefix('~'), list) {
            (Some(words), Some(n)) => lines[n].extend([" ", words]),
            _ if lines.contains(&fix.line()) => {}
            _ => lines.push(fix.line()),
        }
    }
    out
}

/// `opens devices` as `open devices`.
fn plural(says: &str) -> String {
    let (verb, rest) = says.split_once(' ').unwrap_or((says, ""));
    let verb = match verb.strip_suffix("es").filter(|v| v.ends_with("tch") || v.ends_with("sh")) {
        Some(stem) => stem,
        None => verb.strip_suffix('s').unwrap_or(verb),
    };
    format!("{verb} {rest}").trim_end().to_owned()
}
