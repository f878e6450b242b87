//! A rule and a directive in Markdown: what an editor shows beside a word, and the pages of the book.

use super::facts::{self, Fact, Said};
use super::reference;
use crate::emit::markdown::{block, code, inline, prose};
use crate::emit::resources;
use crate::rule::{Check, Example, Rule};
use crate::target::Target;
use crate::vocab::Key;
use std::fmt::Write as _;

/// With more rules than these a directive has a line for each, and their own pages say why.
const FEW: usize = 3;

/// What is known of a rule.
pub fn rule_markdown(rule: &Rule) -> String {
    let mut out = format!("### {}\n\n{}\n\n", inline(rule.id), prose(rule.summary));
    points(&mut out, &facts::of_rule(rule));
    section(&mut out, "Why it matters", rule.rationale());
    section(&mut out, "What can break", rule.breaks());
    if matches!(rule.check, Check::ResourceScore) {
        let _ = write!(out, "\n#### The model\n\n{}", block("text", &resources::model()));
    }
    if !rule.holds().is_empty() {
        out.push_str("\n#### What has to hold\n\n");
        for relation in rule.holds() {
            let because = if relation.because.is_empty() { String::new() } else { format!(": {}", relation.because) };
            let _ = writeln!(out, "- {}{}", code(relation.text.trim()), prose(&because));
        }
    }
    if rule.resources.is_some() {
        out.push_str("\n#### What it says\n\n");
        for (state, said) in rule.messages {
            let _ = writeln!(out, "- {}: {}", code(state), prose(said));
        }
    }
    examples(&mut out, rule);
    references(&mut out, "References", rule.references());
    out
}

/// What is known of a directive, as a systemd has it.
pub fn directive_markdown(key: &Key, target: Target) -> String {
    let mut out = format!("### {}=\n\n", inline(key.name()));
    points(&mut out, &facts::of_key(key, target));
    let (parts, others): (Vec<&Rule>, Vec<&Rule>) = facts::rules_about(key).partition(|rule| rule.is_part());
    if !parts.is_empty() {
        out.push_str("\n#### In the scores\n");
    }
    if parts.len() > FEW {
        let lines: String = parts.iter().map(|part| format!("- {}\n", worth(part))).collect();
        let _ = write!(out, "\n{lines}");
    } else {
        for part in parts {
            let (why, breaks) = (prose(part.rationale()), prose(part.breaks()));
            let _ = write!(out, "\n{}\n\n{why}\n\n**What can break**: {breaks}\n", worth(part));
        }
    }
    if !others.is_empty() {
        out.push_str("\n#### Rules\n\n");
    }
    for rule in others {
        let _ = writeln!(out, "- {}: {}", code(rule.id), prose(rule.summary));
    }
    let place = |page: &str| format!("man:{page}#{}=", key.name());
    let manuals: Vec<String> = key.man().iter().map(place).collect();
    references(&mut out, "Manuals", manuals.iter().map(String::as_str));
    out
}

/// What a check of a score says, what it weighs there, and what sets it right.
fn worth(rule: &Rule) -> String {
    let mut out = format!("{}: {}", code(rule.id), inline(rule.summary));
    if let Some(fix) = &rule.fix {
        let _ = write!(out, "; {}, {}", code(&fix.line()), facts::risk(rule));
    }
    if let Some(e) = &rule.exposure {
        let _ = write!(out, "; exposure: {}", facts::exposure_weight(e.weight));
    }
    if let Some(r) = &rule.resources {
        let _ = write!(out, "; resources: {}", facts::resources_weight(r.weight));
    }
    out
}

fn points(out: &mut String, facts: &[Fact]) {
    for Fact { name, said } in facts {
        let word = |(word, since): &(&str, Option<u16>)| match since {
            Some(since) => format!("{} (since {since})", code(word)),
            None => code(word),
        };
        let said = match said {
            Said::Text(text) => prose(text),
            Said::Words(words) => words.iter().map(word).collect::<Vec<_>>().join(" "),
            Said::Line(line, text) => format!("{} {}", code(line), prose(text)),
        };
        let _ = writeln!(out, "- **{name}**: {said}");
    }
}

fn section(out: &mut String, title: &str, text: &str) {
    if !text.trim().is_empty() {
        let _ = write!(out, "\n#### {title}\n\n{}\n", prose(text));
    }
}

fn references<'a>(out: &mut String, title: &str, all: impl Iterator<Item = &'a str>) {
    let links: Vec<String> = all.map(reference::markdown).collect();
    if !links.is_empty() {
        let _ = write!(out, "\n#### {title}\n\n- {}\n", links.join("\n- "));
    }
}

/// The first that is found, and what is right instead: the same mended, or one that is not found.
fn examples(out: &mut String, rule: &Rule) {
    let shows = |e: &&Example| files(e).any(|(_, text)| text.contains("#~"));
    let Some(found) = rule.examples().iter().find(shows) else { return };
    example(out, "Found", found);
    if !found.fixed.is_empty() {
        let _ = write!(out, "\n#### Corrected\n\n{}", block("ini", found.fixed.trim_end()));
    } else if let Some(other) = rule.examples().iter().find(|e| !shows(e) && !e.text.trim().is_empty()) {
        example(out, "Not found", other);
    }
}

/// The files of an example with their names; the fragment comes first.
fn files(example: &Example) -> impl Iterator<Item = (String, &'static str)> {
    let dropins = example.files.iter().map(|(name, text)| (format!("{}.d/{name}", example.name), *text));
    let beside = example.units.iter().chain(example.scripts).map(|(name, text)| ((*name).to_owned(), *text));
    let planted = example.root.iter().filter_map(|node| Some((node.path.to_owned(), node.text?)));
    std::iter::once((example.name.to_owned(), example.text)).chain(dropins).chain(beside).chain(planted)
}

fn example(out: &mut String, title: &str, example: &Example) {
    let _ = writeln!(out, "\n#### {title}");
    let all: Vec<_> = files(example).filter(|(_, text)| !text.trim().is_empty()).collect();
    for (name, text) in &all {
        if all.len() > 1 {
            let _ = write!(out, "\n{}:\n", code(name));
        }
        let lines = text.trim_end().lines().map(|line| line.replacen("#~", "# ↓", 1));
        let kind = if example.scripts.iter().any(|(script, _)| script == name) { "sh" } else { "ini" };
        let _ = write!(out, "\n{}", block(kind, &lines.collect::<Vec<_>>().join("\n")));
    }
}
