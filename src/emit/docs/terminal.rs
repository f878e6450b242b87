//! A rule and a directive for a terminal.

use super::facts::{self, Fact, Said};
use super::reference_text;
use crate::emit::resources;
use crate::emit::style::{Look, Paint, wrap};
use crate::rule::{Check, Rule};
use crate::target::Target;
use crate::vocab::Key;
use std::fmt::Write as _;

fn plain(said: &Said) -> String {
    let word = |(word, since): &(&str, Option<u16>)| match since {
        Some(since) => format!("{word} (since {since})"),
        None => (*word).to_owned(),
    };
    match said {
        Said::Text(text) => text.clone(),
        Said::Words(words) => words.iter().map(word).collect::<Vec<_>>().join(" "),
        Said::Line(line, text) => format!("{line} {text}"),
    }
}

/// What is known of a rule.
pub fn rule(rule: &Rule, paint: Paint) -> String {
    let width = if paint.width == 0 { 100 } else { paint.width.clamp(40, 100) };
    let mut out = String::new();
    let _ = writeln!(out, "{}  {}", paint.the(Look::Strong, rule.id), rule.summary);
    for Fact { name, said } in facts::of_rule(rule) {
        let _ = writeln!(out, "  {} {}", paint.the(Look::Dim, format!("{name:<10}")), plain(&said));
    }
    let section = |out: &mut String, title: &str, text: &str| {
        if !text.is_empty() {
            let _ = write!(out, "\n{}\n{}\n", paint.the(Look::Strong, title), wrap(text, width - 2, "  "));
        }
    };
    section(&mut out, "Why it matters", rule.rationale());
    section(&mut out, "What can break", rule.breaks());
    if matches!(rule.check, Check::ResourceScore) {
        let _ = write!(out, "\n{}\n{}", paint.the(Look::Strong, "The model"), resources::model());
    }
    if !rule.holds().is_empty() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, "What has to hold"));
        for relation in rule.holds() {
            let _ = writeln!(out, "  {}", relation.text.trim());
            if !relation.because.is_empty() {
                let _ = writeln!(out, "{}", paint.the(Look::Dim, wrap(relation.because, width - 6, "      ")));
            }
        }
    }
    if !rule.messages.is_empty() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, "What it says"));
        for (state, text) in rule.messages {
            let _ = writeln!(out, "  {} {text}", paint.the(Look::Dim, format!("{state:<14}")));
        }
    }
    for example in rule.examples().iter().take(2) {
        let speaks = example.text.contains("#~");
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, if speaks { "Found" } else { "Not found" }));
        out.push_str(&example_text(example.text, paint));
    }
    if rule.references().next().is_some() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, "References"));
        for reference in rule.references() {
            let _ = writeln!(out, "  {}", paint.the(Look::Path, reference_text(reference)));
        }
    }
    out
}

/// An example with its marks turned into arrows.
fn example_text(text: &str, paint: Paint) -> String {
    let mut out = String::new();
    let mut marked = false;
    for line in text.trim().lines() {
        if line.starts_with("#~") {
            marked = true;
            continue;
        }
        if marked {
            let _ = writeln!(out, "  {} {}", paint.the(Look::Bad, paint.either("▸", ">")), paint.the(Look::Bad, line));
        } else {
            let _ = writeln!(out, "    {line}");
        }
        marked = false;
    }
    out
}

/// What is known of a directive.
pub fn directive(key: &Key, paint: Paint) -> String {
    let mut out = String::new();
    let width = if paint.width == 0 { 100 } else { paint.width.clamp(40, 100) };
    let _ = writeln!(out, "{}  {}", paint.the(Look::Strong, format!("{}=", key.name())), key.man().join(", "));
    for Fact { name, said } in facts::of_key(key, Target::default()) {
        let body = wrap(&plain(&said), width - 16, "               ");
        let _ = writeln!(out, "  {} {}", paint.the(Look::Dim, format!("{name:<12}")), body.trim_start());
    }
    let mut rules = facts::rules_about(key).peekable();
    if rules.peek().is_some() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, "Rules"));
    }
    for r in rules {
        let _ = writeln!(out, "  {:<36} {}", r.id, r.summary);
    }
    out
}
