//! `textDocument/semanticTokens/full`: what each word is, and which assignments do not count.

use super::convert::Encoding;
use super::desk::Document;
use super::server::{Answer, Server};
use super::spot;
use crate::syntax::Kind;
use crate::text::{Source, Span};
use crate::unit::Unit;
use crate::unit::world::names_units;
use crate::vocab::name::UnitName;
use crate::vocab::value::Outcome;
use crate::vocab::{self, KeyId, Status, set, syscall};
use gen_lsp_types::{SemanticToken, SemanticTokens, SemanticTokensLegend, SemanticTokensParams};
use std::collections::BTreeSet;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Section,
    Key,
    Word,
    Number,
    Text,
    Comment,
    Specifier,
    Variable,
    Unit,
    Sign,
}

/// As the protocol calls them, in the order of [`Sort`].
const TYPES: [&str; 10] =
    ["namespace", "property", "enumMember", "number", "string", "comment", "macro", "variable", "class", "operator"];

/// A key that should not be used any more.
const DEPRECATED: u32 = 1;
/// An assignment that does not count in the end.
const OVERRIDDEN: u32 = 2;
/// A section or a key that systemd does not know.
const UNKNOWN: u32 = 4;

/// What numbers in tokens mean.
pub(super) fn legend() -> SemanticTokensLegend {
    let words = |all: &[&str]| all.iter().map(|w| (*w).to_owned()).collect();
    SemanticTokensLegend {
        token_types: words(&TYPES),
        token_modifiers: words(&["deprecated", "overridden", "unknown"]),
    }
}

pub(super) fn answer(server: &mut Server, params: SemanticTokensParams) -> Answer<SemanticTokens> {
    let document = server.document(&params.text_document.uri)?;
    let mut out = Tokens { source: document.source(), encoding: server.desk.encoding, data: Vec::new(), last: (0, 0) };
    let idle = idle(document);
    let bytes = &document.source().bytes;
    let mut section = None;
    for (at, item) in document.file.syntax().items.iter().enumerate() {
        match &item.kind {
            Kind::Comment => out.add(super::symbols::without_end(document.source(), item.span), Sort::Comment, 0),
            Kind::Section { name } => {
                section = str::from_utf8(name.of(bytes)).ok();
                let known = section.is_some_and(|s| s.starts_with("X-") || vocab::Section::named(s).is_some());
                out.add(
                    super::symbols::without_end(document.source(), item.span),
                    Sort::Section,
                    if known { 0 } else { UNKNOWN },
                );
            }
            Kind::Entry { key: span, .. } => {
                let Some((name, value)) = item.entry(bytes) else { continue };
                let key = spot::key_of(section, &name);
                let mut marks = if idle.contains(&at) { OVERRIDDEN } else { 0 };
                let status = key.map(|k| k.key().status);
                marks |= match status {
                    Some(Status::Current | Status::Alias) => 0,
                    Some(_) => DEPRECATED,
                    None if name.starts_with("X-") || section.is_some_and(|s| s.starts_with("X-")) => 0,
                    None => UNKNOWN,
                };
                out.add(*span, Sort::Key, marks);
                for (range, sort) in words_of(key, &value.text, document.unit()) {
                    out.add(value.span(range), sort, marks & OVERRIDDEN);
                }
            }
            Kind::Blank | Kind::Junk(_) => {}
        }
    }
    Ok(SemanticTokens { result_id: None, data: out.data })
}

/// The assignments of a document that do not count in the end, by their lines.
pub(super) fn idle(document: &Document) -> BTreeSet<usize> {
    let (Some(unit), Some(file)) = (document.unit(), document.number()) else { return BTreeSet::new() };
    let mut out = BTreeSet::new();
    for setting in unit.settings() {
        let all = &setting.assignments;
        let reset = all.iter().rposition(|a| a.outcome == Outcome::Reset);
        let last_counts = matches!(setting.key.key().repeat, vocab::Repeat::Last);
        let last = all.iter().rposition(|a| a.outcome == Outcome::Set);
        for (i, a) in all.iter().enumerate().filter(|(_, a)| a.file == file) {
            let overridden = last_counts && a.outcome == Outcome::Set && last != Some(i);
            if reset.is_some_and(|at| i < at) || overridden || a.outcome == Outcome::Ignored {
                out.insert(a.item as usize);
            }
        }
    }
    out
}

/// The words of a value that mean something.
fn words_of(key: Option<KeyId>, text: &str, unit: Option<&Unit>) -> Vec<(std::ops::Range<usize>, Sort)> {
    let model = unit.map_or(vocab::Model::LATEST, |u| u.target.model);
    let names = key.and_then(names_units).is_some();
    let mut out = Vec::new();
    let mut at = 0;
    for word in text.split_inclusive([' ', '\t']) {
        let start = at;
        at += word.len();
        let word = word.trim_end();
        let signs = word.find(|c| !matches!(c, '~' | '!' | '|' | '-' | '+' | '@' | ':')).unwrap_or(word.len());
        let bare = &word[signs..];
        let sort = match key {
            _ if word.is_empty() => continue,
            Some(_) if names && UnitName::parse(word).is_some() => Sort::Unit,
            Some(key) if key.key().words(model).contains(word) || is_boolean(key, word, model) => Sort::Word,
            Some(_) if set::capability(word.trim_start_matches('~')).is_some() && word.contains("CAP_") => Sort::Word,
            Some(_) if bare.starts_with("AF_") || syscall::group(word.trim_start_matches('~'), model).is_some() => {
                Sort::Word
            }
            Some(_) if bare.starts_with(|c: char| c.is_ascii_digit()) => Sort::Number,
            _ => Sort::Text,
        };
        if sort != Sort::Text {
            let signs = if word.starts_with('~') { 1 } else { 0 };
            if signs > 0 {
                out.push((start..start + 1, Sort::Sign));
            }
            out.push((start + signs..start + word.len(), sort));
            continue;
        }
        // specifiers and variables within other text
        let mut from = 0;
        while let Some(i) = word[from..].find(['%', '$']).map(|i| from + i) {
            let rest = &word[i..];
            let (length, sort) = match rest.as_bytes() {
                [b'%', c, ..] if c.is_ascii_alphanumeric() || *c == b'%' => (2, Sort::Specifier),
                [b'$', b'{', ..] => (rest.find('}').map_or(rest.len(), |e| e + 1), Sort::Variable),
                [b'$', ..] => {
                    let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                    (1 + rest[1..].find(|c| !name(c)).unwrap_or(rest.len() - 1), Sort::Variable)
                }
                _ => (1, Sort::Text),
            };
            if i > from {
                out.push((start + from..start + i, Sort::Text));
            }
            out.push((start + i..start + i + length, sort));
            from = i + length;
        }
        if from < word.len() {
            out.push((start + from..start + word.len(), Sort::Text));
        }
    }
    out
}

fn is_boolean(key: KeyId, word: &str, model: vocab::Model) -> bool {
    key.key().takes_boolean(model) && vocab::number::boolean(word).is_some()
}

/// Tokens, each told by its distance from the one before.
struct Tokens<'s> {
    source: &'s Source,
    encoding: Encoding,
    data: Vec<SemanticToken>,
    last: (u32, u32),
}

impl Tokens<'_> {
    /// Adds a word; one that goes over several lines is one on each.
    fn add(&mut self, span: Span, sort: Sort, marks: u32) {
        let lines = self.source.lines();
        for line in lines.line_of(span.start)..=lines.line_of(span.end.max(span.start)) {
            let whole = super::desk::line(self.source, lines.line(line, &self.source.bytes).start);
            let part = Span { start: span.start.max(whole.start), end: span.end.min(whole.end) };
            if part.start >= part.end {
                continue;
            }
            let range = self.encoding.range(self.source, part);
            let (line, start) = (range.start.line, range.start.character);
            let delta_line = line - self.last.0;
            self.data.push(SemanticToken {
                delta_line,
                delta_start: if delta_line == 0 { start - self.last.1 } else { start },
                length: range.end.character - start,
                token_type: sort as u32,
                token_modifiers_bitset: marks,
            });
            self.last = (line, start);
        }
    }
}
