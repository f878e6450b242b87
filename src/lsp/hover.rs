//! `textDocument/hover`: what a directive, a value, a unit or a rule is.

use super::definition::named;
use super::desk::Document;
use super::names;
use super::server::{Answer, Server};
use super::spot::{self, Part, Spot};
use crate::emit::meaning::{self, Meaning};
use crate::emit::style::Paint;
use crate::emit::{cat, docs, markdown, names as kernel_names};
use crate::engine::score::tenths;
use crate::load::Loader;
use crate::text::Span;
use crate::unit::{From, Unit};
use crate::vocab::{self, KeyId, Model, kernel, key};
use gen_lsp_types::{Contents, Hover, HoverParams, MarkupContent, MarkupKind};
use std::fmt::Write as _;

pub(super) fn answer(server: &mut Server, params: HoverParams) -> Answer<Option<Hover>> {
    let at = params.text_document_position_params;
    let document = server.document(&at.text_document.uri)?;
    let (source, encoding) = (document.source(), server.desk.encoding);
    let spot = Spot::of(document, encoding.offset(source, at.position));
    let found = match &spot.part {
        Part::Header(span) => header(document, spot.section.unwrap_or_default()).map(|text| (*span, text)),
        Part::Key { span, key: Some(key), .. } => Some((*span, directive(document, *key))),
        Part::Value { key: Some(key), text, at, apart: false, .. } => {
            let word = spot::word(&text.text, *at);
            value(server, document, &spot, *key, &text.text, &text.text[word.clone()])
                .map(|told| (text.span(word), told))
        }
        Part::Comment(span) => comment(document, *span, spot.offset),
        _ => None,
    };
    Ok(found.map(|(span, value)| Hover {
        contents: Contents::MarkupContent(server.markup(value)),
        range: Some(encoding.range(source, span)),
    }))
}

impl Server {
    /// Markdown for an editor, or its text where the editor shows marks as they are written.
    pub(super) fn markup(&self, text: String) -> MarkupContent {
        match self.client.markdown {
            true => MarkupContent { kind: MarkupKind::Markdown, value: text },
            false => MarkupContent { kind: MarkupKind::PlainText, value: markdown::plain(&text) },
        }
    }
}

/// Text of a file as code, whatever is in it.
pub(super) fn code(text: &str) -> String {
    markdown::code(text)
}

/// A sentence that may hold words of a file.
pub(super) fn escaped(text: &str) -> String {
    markdown::sentence(text)
}

/// A section: what it is, and the scores of its unit.
fn header(document: &Document, section: &str) -> Option<String> {
    let report = document.report()?;
    let mut out = format!("**{}**", report.unit.name);
    if let Some(score) = &report.score {
        let _ = write!(out, "  \nexposure {} {}", tenths(score.exposure), score.level());
    }
    if let Some(bounds) = &report.bounds {
        let _ = write!(out, "  \nresources {} {}", tenths(bounds.overall), bounds.level());
    }
    let files: Vec<String> = report.unit.files.iter().map(|f| code(&f.source.path.to_string_lossy())).collect();
    let _ = write!(out, "\n\nread from {}", files.join(", then "));
    let known = vocab::Section::named(section).is_some() || section.starts_with("X-");
    if !known {
        let _ = write!(out, "\n\nsystemd knows no section {}", code(section));
    }
    Some(out)
}

/// A directive: where it is decided here, and what it is.
fn directive(document: &Document, key: KeyId) -> String {
    let target = document.seen.as_ref().map(|s| s.settings.target).unwrap_or_default();
    let mut out = String::new();
    if let Some(unit) = document.unit() {
        out.push_str(&effective(unit, key));
    }
    out + &docs::directive_markdown(key.key(), target)
}

/// The value that counts and where it comes from.
fn effective(unit: &Unit, key: KeyId) -> String {
    let Some(setting) = unit.setting(key) else { return String::new() };
    let value = cat::effective(setting).unwrap_or_default();
    let value = crate::emit::style::shorten(&value, 200);
    let value = if value.is_empty() { "unset".to_owned() } else { code(&value) };
    match setting.from {
        From::Default => String::new(),
        From::Implied(by) => format!("counts: {value}, implied by {}\n\n", code(&format!("{}=", by.name()))),
        From::Assigned(i) => {
            let Some(a) = setting.assignments.get(i as usize) else { return String::new() };
            let loc = unit.loc(a.file, a.whole());
            let name = loc.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
            let n = setting.assignments.len();
            let of = if n > 1 { format!(", the last of {n} assignments") } else { String::new() };
            format!("counts: {value} ({}:{}{of})\n\n", escaped(&name), loc.line())
        }
    }
}

/// A value, or the word of it.
fn value(server: &Server, document: &Document, spot: &Spot<'_>, key: KeyId, text: &str, word: &str) -> Option<String> {
    let unit = document.unit()?;
    let mut out = String::new();
    if let Some(name) = named(document, spot) {
        unit_text(server, document, &name, &mut out);
        return Some(out);
    }
    let bare = word.trim_start_matches('~');
    let groups = matches!(key, key::SYSTEM_CALL_FILTER | key::SYSTEM_CALL_LOG);
    if let Some(group) = vocab::syscall::group(bare, unit.target.model).filter(|_| groups) {
        let names: Vec<&str> = group.members(unit.target.model).names().collect();
        let _ = write!(
            out,
            "**{}**: {}\n\n{} system calls: {}",
            group.name,
            escaped(group.meaning),
            names.len(),
            names.join(", ")
        );
    } else if groups || bare.starts_with("CAP_") || key == key::RESTRICT_NAMESPACES {
        for found in kernel::find(bare).into_iter().take(1) {
            let told = kernel_names::text(found, Paint { colour: false, unicode: true, width: 90 });
            let _ = write!(out, "```text\n{}\n```", told.trim_end());
        }
    }
    if key.key().words(unit.target.model).contains(word)
        && let Some(since) = key.key().word_since(word)
    {
        let _ = write!(out, "{} since systemd {since}", code(word));
    }
    let is_group = groups && bare.starts_with('@');
    let told = match meaning::of(unit, key, text) {
        // the members of the group are there, those of the others are more than one can read
        Some(Meaning::Says(_)) if is_group => None,
        Some(Meaning::Says(said)) => Some(escaped(&said)),
        Some(Meaning::Becomes(text)) => Some(code(&text)),
        None => None,
    };
    if let Some(told) = told {
        let gap = if out.is_empty() { "" } else { "\n\n" };
        let _ = write!(out, "{gap}**{}=** {told}", key.name());
    }
    if out.is_empty() {
        return Some(directive(document, key));
    }
    Some(out)
}

/// A unit that is named: where it comes from, and what it says of itself.
fn unit_text(server: &Server, document: &Document, name: &vocab::name::UnitName, out: &mut String) {
    let _ = write!(out, "**{}**", escaped(name.as_str()));
    let target = document.seen.as_ref().map(|s| s.settings.target).unwrap_or_default();
    let found = names::catalog(&server.desk, document).map(|catalog| {
        let unit = Unit::read(Loader::new(&server.desk.files, catalog).load(name), target);
        if let Some(text) = unit.entries(key::DESCRIPTION).last().map(|e| e.text().to_owned()) {
            let _ = write!(out, ": {}", escaped(&text));
        }
        if unit.name != *name && !unit.name.is_template() {
            let _ = write!(out, "\n\nanother name of {}", escaped(unit.name.as_str()));
        }
        let files: Vec<String> = unit.files.iter().map(|f| code(&f.source.path.to_string_lossy())).collect();
        if !files.is_empty() {
            let _ = write!(out, "\n\nread from {}", files.join(", then "));
        }
        !files.is_empty()
    });
    if found != Some(true) {
        let scope = super::desk::scope_of(document);
        let origin = vocab::origin(name.as_str(), scope, document.unit().map_or(Model::LATEST, |u| u.target.model));
        let told = match origin {
            Some(vocab::Origin::Shipped) => "every system has it: systemd brings it",
            Some(vocab::Origin::Manager) => "every system has it: the manager makes it",
            Some(vocab::Origin::Generated) => "made while the system runs, where it is needed",
            Some(vocab::Origin::Special) => "systemd.special(7) says what it is for; another package brings it",
            None => "not found in the directories that are searched",
        };
        let _ = write!(out, "\n\n{told}");
    }
}

/// A rule that a comment silences.
fn comment(document: &Document, span: Span, offset: u32) -> Option<(Span, String)> {
    let source = document.source();
    let text = str::from_utf8(span.of(&source.bytes)).ok()?;
    let at = (offset - span.start) as usize;
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let start = text.get(..at)?.rfind(|c| !part(c)).map_or(0, |i| i + 1);
    let end = text[at..].find(|c| !part(c)).map_or(text.len(), |i| at + i);
    text.contains("unitlint:").then_some(())?;
    let rules = &document.seen.as_ref()?.settings.session.rules;
    let rule = rules.named(text.get(start..end)?)?;
    Some((Span::new(span.start as usize + start, span.start as usize + end), docs::rule_markdown(rule)))
}
