//! What stands at a place of a document.

use super::desk::Document;
use crate::load::File;
use crate::syntax::{Item, Joined, Kind};
use crate::text::Span;
use crate::vocab::{self, KeyId, Section};
use std::borrow::Cow;
use std::ops::Range;

/// A place and what stands there.
pub(super) struct Spot<'d> {
    /// the text
    pub(super) file: &'d File,
    /// the place
    pub(super) offset: u32,
    /// the logical line, if the file has any
    pub(super) item: Option<usize>,
    /// the section around it
    pub(super) section: Option<&'d str>,
    /// what it is
    pub(super) part: Part<'d>,
}

/// What stands at a place.
pub(super) enum Part<'d> {
    /// `[NAME]`
    Header(Span),
    /// left of the equal sign
    Key {
        /// where
        span: Span,
        /// which, if there is one
        key: Option<KeyId>,
    },
    /// right of it
    Value {
        /// the key, as it is written
        name: Cow<'d, str>,
        /// which, if there is one
        key: Option<KeyId>,
        /// the value
        text: Joined<'d>,
        /// the place in the text
        at: usize,
        /// between the place and the value are blanks, so that a new word begins here
        apart: bool,
    },
    /// a comment, which may be in the middle of a value
    Comment(Span),
    /// nothing yet, or the beginning of something
    Open(Span),
}

impl<'d> Spot<'d> {
    /// What stands at a place of a document.
    pub(super) fn of(document: &'d Document, offset: u32) -> Self {
        let file = &*document.file;
        let items = &file.syntax().items;
        let bytes = &file.source.bytes;
        let line = super::desk::line(&file.source, offset);
        // behind the last line end, or on it: what counts is the line
        let at = items.partition_point(|i| i.span.end <= line.start);
        let here = items.get(at).filter(|i| i.span.start <= line.end && line.start < i.span.end.max(i.span.start + 1));
        let section = items[..items.len().min(at + usize::from(here.is_some()))].iter().rev().find_map(name_of(bytes));
        let part = here.map_or(Part::Open(line), |item| part(file, item, section, line, offset));
        Self { file, offset, item: here.map(|_| at), section, part }
    }

    /// The section around it, if systemd knows it.
    pub(super) fn known_section(&self) -> Option<Section> {
        self.section.and_then(Section::named)
    }
}

/// The name of a section header.
pub(super) fn name_of<'b>(bytes: &'b [u8]) -> impl Fn(&Item) -> Option<&'b str> {
    move |item| match item.kind {
        Kind::Section { name } => str::from_utf8(name.of(bytes)).ok(),
        _ => None,
    }
}

/// The key of a name in a section; elsewhere one of that name.
pub(super) fn key_of(section: Option<&str>, name: &str) -> Option<KeyId> {
    let here = section.and_then(Section::named).and_then(|s| vocab::lookup(s, name));
    here.or_else(|| vocab::lookup_anywhere(name))
}

fn part<'d>(file: &'d File, item: &'d Item, section: Option<&str>, line: Span, offset: u32) -> Part<'d> {
    let bytes = &file.source.bytes;
    let text = line.of(bytes);
    if text.iter().find(|b| !matches!(b, b' ' | b'\t')).is_some_and(|b| matches!(b, b'#' | b';')) {
        return Part::Comment(line);
    }
    match &item.kind {
        Kind::Section { .. } => Part::Header(line),
        Kind::Entry { key: span, value, .. } => {
            let Some((name, joined)) = item.entry(bytes) else { return Part::Open(line) };
            let key = key_of(section, &name);
            let equal = bytes[span.end as usize..item.span.end as usize].iter().position(|b| *b == b'=');
            let equal = span.end + equal.unwrap_or(0) as u32;
            if offset <= equal {
                return Part::Key { span: *span, key };
            }
            let at = joined.offset(offset);
            let apart = joined.text.is_empty() || offset > value.end || offset < value.start;
            Part::Value { name, key, text: joined, at, apart }
        }
        Kind::Comment | Kind::Blank | Kind::Junk(_) => Part::Open(line),
    }
}

/// The word around a place in a value; signs in front of it that say how it is meant are left out.
pub(super) fn word(text: &str, at: usize) -> Range<usize> {
    let blank = |c: char| c.is_whitespace() || matches!(c, '"' | '\'');
    let start = text[..at].rfind(blank).map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
    let end = text[at..].find(blank).map_or(text.len(), |i| at + i);
    let signs = text[start..end].find(|c| !matches!(c, '~' | '!' | '|' | '-' | '+')).unwrap_or(0);
    start + signs..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lsp::desk::Desk;
    use gen_lsp_types::Uri;

    /// What stands at the bar.
    fn at(text: &str) -> String {
        let offset = text.find('|').unwrap();
        let mut desk = Desk::new(None);
        desk.open(Uri("file:///x/a.service".into()), 1, text.replacen('|', "", 1));
        let document = desk.documents.values().next().unwrap();
        let spot = Spot::of(document, offset as u32);
        let what = match spot.part {
            Part::Header(_) => "header".to_owned(),
            Part::Key { key, .. } => format!("key {}", key.map_or("?", |k| k.name())),
            Part::Value { name, text, at, apart, .. } => {
                format!(
                    "value {name} {} {:?}{}",
                    text.text,
                    &text.text[word(&text.text, at)],
                    if apart { " +" } else { "" }
                )
            }
            Part::Comment(_) => "comment".into(),
            Part::Open(span) => format!("open {:?}", String::from_utf8_lossy(span.of(&spot.file.source.bytes))),
        };
        format!("{}: {what}", spot.section.unwrap_or_default())
    }

    #[test]
    fn places() {
        assert_eq!(at("|"), ": open \"\"");
        assert_eq!(at("[Unit]\n|"), "Unit: open \"\"");
        assert_eq!(at("[Un|it]\nA=b"), "Unit: header");
        assert_eq!(at("[Unit]\nAft|er = b c\n"), "Unit: key After");
        assert_eq!(at("[Unit]\nAfter = b.service c|.service\n"), "Unit: value After b.service c.service \"c.service\"");
        assert_eq!(at("[Unit]\nAfter=b |\n"), "Unit: value After b \"b\" +");
        assert_eq!(at("[Unit]\nAfter=|\n"), "Unit: value After  \"\" +");
        assert_eq!(at("[Unit]\nX=1\n\nAf|\n[Service]\n"), "Unit: open \"Af\"");
        assert_eq!(at("[Service]\nX=a \\\n # no|te\n ~b|"), "Service: comment");
        assert_eq!(at("[Service]\nX=a \\\n ~b|c\n"), "Service: value X a   ~bc \"bc\"");
    }
}
