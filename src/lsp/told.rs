//! What editors were told about files: findings as diagnostics, by the unit that they are about.

use super::convert::{self, Encoding};
use crate::rule::{Finding, Group};
use crate::text::{Source, Span};
use crate::vocab::{self, Status};
use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticTag, Location, Message, Range, Uri,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The name that every diagnostic carries.
pub(super) const SOURCE: &str = "unitlint";

/// A unit: its path and its name.
pub(super) type Key = (PathBuf, String);

/// The diagnostics of files.
pub(super) type Diagnostics = BTreeMap<PathBuf, Vec<Diagnostic>>;

/// What is known and what was said of it.
#[derive(Default)]
pub(super) struct Told {
    units: BTreeMap<Key, Diagnostics>,
    by_file: BTreeMap<PathBuf, BTreeSet<Key>>,
    changed: BTreeSet<PathBuf>,
    said: BTreeMap<PathBuf, Vec<Diagnostic>>,
}

impl Told {
    /// What is known of a unit now, instead of what was known.
    pub(super) fn put(&mut self, key: Key, files: Diagnostics) {
        self.forget(&key);
        for file in files.keys() {
            self.by_file.entry(file.clone()).or_default().insert(key.clone());
            self.changed.insert(file.clone());
        }
        if !files.is_empty() {
            self.units.insert(key, files);
        }
    }

    /// Nothing is known of a unit any more.
    pub(super) fn forget(&mut self, key: &Key) {
        for (file, _) in self.units.remove(key).into_iter().flatten() {
            if let Some(keys) = self.by_file.get_mut(&file) {
                keys.remove(key);
            }
            self.changed.insert(file);
        }
    }

    /// The units that something is known of.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.units.keys()
    }

    /// The diagnostics of files that are not what was said last. `always` is told even if nothing changed: the editor counts
    /// versions.
    pub(super) fn news(&mut self, always: &BTreeSet<PathBuf>) -> Vec<(PathBuf, Vec<Diagnostic>)> {
        self.changed.extend(always.iter().cloned());
        let mut out = Vec::new();
        for file in std::mem::take(&mut self.changed) {
            let mut all: Vec<Diagnostic> = Vec::new();
            for key in self.by_file.get(&file).into_iter().flatten() {
                for diagnostic in self.units.get(key).and_then(|u| u.get(&file)).into_iter().flatten() {
                    if self.by_file[&file].len() == 1 || !all.contains(diagnostic) {
                        all.push(diagnostic.clone());
                    }
                }
            }
            let known = self.said.get(&file).map_or(&[][..], Vec::as_slice);
            if always.contains(&file) || known != all.as_slice() {
                self.said.insert(file.clone(), all.clone());
                out.push((file, all));
            }
        }
        out
    }
}

/// The file that a finding is about, and the finding as editors show it.
pub(super) fn diagnostic(found: &Finding, encoding: Encoding, uri: &dyn Fn(&Path) -> Uri) -> (PathBuf, Diagnostic) {
    let mut related = Vec::new();
    let mut message = found.message.clone();
    for note in &found.notes {
        match &note.at {
            Some(at) => {
                let location = encoding.location(at, uri(at.path()));
                related.push(DiagnosticRelatedInformation { location, message: note.text.clone() });
            }
            None => {
                message.push('\n');
                message.push_str(&note.text);
            }
        }
    }
    for fix in found.fixes.iter().filter(|f| f.edits.is_empty()) {
        message.push_str("\n  ");
        message.push_str(&fix.title);
    }
    let (path, range) = match &found.at {
        Some(at) => (at.path().to_owned(), encoding.range(&at.source, visible(&at.source, at.span))),
        None => (found.path.clone(), Range::default()),
    };
    let diagnostic = Diagnostic {
        range,
        severity: Some(convert::severity(found.level)),
        code: Some(Code::String(found.rule.id.to_owned())),
        code_description: found.rule.page().map(|page| CodeDescription { href: Uri(page) }),
        source: Some(SOURCE.to_owned()),
        message: Message::String(message),
        tags: is_old(found).then(|| vec![DiagnosticTag::Deprecated]),
        related_information: (!related.is_empty()).then_some(related),
        ..Diagnostic::default()
    };
    (path, diagnostic)
}

/// A place that can be seen: of a line end nothing can be underlined.
fn visible(source: &Source, span: Span) -> Span {
    let text = span.of(&source.bytes);
    let length = text.iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(0, |at| at + 1);
    Span { start: span.start, end: span.start + length as u32 }
}

/// Whether it is about a key that should not be used any more: editors strike such words out.
fn is_old(found: &Finding) -> bool {
    let Some(at) = found.at.as_ref().filter(|_| found.rule.group == Group::Versions) else { return false };
    let text = at.source.text(at.span);
    let key = text.split('=').next().unwrap_or_default().trim();
    vocab::lookup_anywhere(key).is_some_and(|id| !matches!(id.key().status, Status::Current | Status::Alias))
}

/// Where something is, for an editor.
pub(super) fn location(at: &crate::text::Loc, encoding: Encoding, uri: &dyn Fn(&Path) -> Uri) -> Location {
    encoding.location(at, uri(at.path()))
}

/// Findings by the unit that they are about.
pub(super) fn by_unit<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    encoding: Encoding,
    uri: &dyn Fn(&Path) -> Uri,
) -> BTreeMap<Key, Diagnostics> {
    let mut out: BTreeMap<Key, Diagnostics> = BTreeMap::new();
    for found in findings {
        let (path, diagnostic) = diagnostic(found, encoding, uri);
        let files = out.entry((found.path.clone(), found.unit.clone())).or_default();
        files.entry(path).or_default().push(diagnostic);
    }
    out
}
