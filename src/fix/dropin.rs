//! The text of a drop-in: each line under what speaks for it.

use super::harden::{Hardening, Line, POWERLESS};
use crate::engine::score::{level, tenths};
use crate::evidence::Evidence;
use crate::load;
use crate::rule::Safety;
use crate::unit::Unit;
use std::fmt::Write as _;

/// The name of the file.
pub const NAME: &str = "50-unitlint.conf";
/// More reasons than these are counted.
const MANY: usize = 6;
/// Comments are no wider.
const WIDTH: usize = 110;

/// Writes the drop-in for a unit.
pub fn text(unit: &Unit, hardening: &Hardening, evidence: &Evidence) -> String {
    let mut out = String::new();
    let (before, after) = (hardening.before, hardening.after);
    let looked = count(&[
        (evidence.programs.len(), "program"),
        (evidence.libraries.len(), "librar"),
        (evidence.configuration.len(), "configuration file"),
    ]);
    comment(&mut out, &format!("{} {} from what its programs show ({looked})", unit.name, load::OURS));
    comment(&mut out, &format!("exposure {} {} -> {} {}", tenths(before), level(before), tenths(after), level(after)));
    if let Some(how) = &hardening.proven {
        comment(&mut out, how);
    }
    let _ = writeln!(out, "[{}]", unit.kind().section().word());
    for line in &hardening.lines {
        comment(&mut out, &reason(line, hardening.proven.is_some()));
        let _ = writeln!(out, "{}", line.text());
    }
    out
}

/// What speaks for a line, or against it.
fn reason(line: &Line, proven: bool) -> String {
    let signs: Vec<&str> = line.reasons.iter().map(String::as_str).filter(|r| *r != POWERLESS).collect();
    let powerless = signs.len() < line.reasons.len();
    let said = match signs.len() {
        n if n > MANY => format!("{} or does any of {} other such things", signs[..MANY - 1].join(", "), n - MANY + 1),
        _ => signs.join(", "),
    };
    match line.safety {
        _ if line.rules.is_empty() => said,
        Safety::Safe if said.is_empty() && powerless => "it runs without privileges".into(),
        Safety::Safe if said.is_empty() => "nothing seen that needs more".into(),
        Safety::Safe if powerless => format!("it runs without privileges; no sign that it {said}"),
        Safety::Safe => format!("no sign that it {said}"),
        _ if proven => format!("proven by that run alone: {said}"),
        _ => format!("not proven: {said}"),
    }
}

/// `2 programs, 1 library`
fn count(all: &[(usize, &str)]) -> String {
    let words = all.iter().filter(|(n, _)| *n > 0).map(|(n, what)| match (*n, what.strip_suffix("librar")) {
        (1, Some(_)) => "1 library".to_owned(),
        (n, Some(_)) => format!("{n} libraries"),
        (1, None) => format!("1 {what}"),
        (n, None) => format!("{n} {what}s"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// A comment, wrapped.
fn comment(out: &mut String, text: &str) {
    let mut width = WIDTH;
    for word in text.split_whitespace() {
        if width + 1 + word.len() > WIDTH {
            out.push_str(if out.is_empty() || out.ends_with('\n') { "#" } else { "\n#" });
            width = 1;
        }
        out.push(' ');
        // a control character of a file's name is no text
        out.extend(word.chars().map(|c| if c.is_control() { '?' } else { c }));
        width += 1 + word.len();
    }
    out.push('\n');
}
