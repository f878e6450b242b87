//! Takes a text apart word by word, each word in its own way (`extract_first_word()`).

use super::encoding::c_escape;
use std::ops::Range;

/// How [`Cursor`] tells words apart: the flags of `extract_first_word()`.
#[derive(Clone, Copy, Debug)]
pub(in crate::vocab) struct How {
    /// what ends a word
    pub(in crate::vocab) separators: &'static [u8],
    /// quotes group (`EXTRACT_UNQUOTE`)
    pub(in crate::vocab) unquote: bool,
    /// a backslash is an ordinary character (`EXTRACT_RETAIN_ESCAPE`)
    pub(in crate::vocab) raw: bool,
    /// C escapes and escaped separators (`EXTRACT_CUNESCAPE|EXTRACT_UNESCAPE_SEPARATORS`)
    pub(in crate::vocab) escapes: bool,
    /// two separators in a row make an empty word (`EXTRACT_DONT_COALESCE_SEPARATORS`)
    pub(in crate::vocab) every: bool,
}

impl How {
    /// what separates words (`WHITESPACE`)
    pub(super) const BLANKS: &'static [u8] = b" \t\n\r";
    /// blanks, quotes group, backslashes stay
    pub(in crate::vocab) const OUTER: Self =
        Self { separators: Self::BLANKS, unquote: true, raw: true, escapes: false, every: false };
    /// blanks, quotes group
    pub(in crate::vocab) const UNQUOTE: Self =
        Self { separators: Self::BLANKS, unquote: true, raw: false, escapes: false, every: false };
    /// colons in a row count as one, C escapes
    pub(in crate::vocab) const INNER: Self =
        Self { separators: b":", unquote: false, raw: false, escapes: true, every: false };
    /// each colon counts, C escapes
    pub(in crate::vocab) const INNER_EVERY: Self = Self { every: true, ..Self::INNER };
    /// each colon counts, a backslash protects
    pub(in crate::vocab) const COLON: Self =
        Self { separators: b":", unquote: false, raw: false, escapes: false, every: true };
    /// colons in a row count as one, a backslash protects
    pub(in crate::vocab) const COLONS: Self = Self { every: false, ..Self::COLON };
    /// blanks and colons, each counts, quotes group
    pub(super) const BIND: Self =
        Self { separators: b" \t\n\r:", unquote: true, raw: false, escapes: false, every: true };
}

/// One word and where it stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::vocab) struct Piece {
    /// without quotes and escapes
    pub(in crate::vocab) text: String,
    /// with them, in the text that was split
    pub(in crate::vocab) at: Range<usize>,
}

/// An open quote, an unknown escape, or a backslash at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::vocab) struct BadSyntax;

/// `extract_first_word()`: takes words off a text, each in its own way.
#[derive(Clone, Debug)]
pub(in crate::vocab) struct Cursor<'a> {
    text: &'a str,
    at: Option<usize>,
    /// the separator that ended the last word
    stopped_by: u8,
}

impl<'a> Cursor<'a> {
    /// In front of the first word.
    pub(in crate::vocab) fn new(text: &'a str) -> Self {
        Self { text, at: Some(0), stopped_by: 0 }
    }

    /// What has not been read; `None` behind the last word.
    pub(in crate::vocab) fn rest(&self) -> Option<&'a str> {
        self.at.map(|at| &self.text[at..])
    }

    /// Whether something is left to read.
    pub(in crate::vocab) fn is_empty(&self) -> bool {
        self.rest().is_none_or(str::is_empty)
    }

    /// Whether the last word ended in a colon.
    pub(super) fn colon(&self) -> bool {
        self.at.is_some() && self.stopped_by == b':'
    }

    /// Where the part starts that has not been read.
    pub(in crate::vocab) fn offset(&self) -> usize {
        self.at.unwrap_or(self.text.len())
    }

    /// The next word; `None` behind the last one. Nothing can be read after an error.
    pub(in crate::vocab) fn next(&mut self, how: How) -> Result<Option<Piece>, BadSyntax> {
        let Some(at) = self.at.take() else { return Ok(None) };
        let start = self.word_start(at, how);
        let bytes = self.text.as_bytes();
        if !how.every && start == bytes.len() {
            return Ok(None);
        }
        let (mut i, mut quote, mut out) = (start, None, Vec::new());
        while let Some(&b) = bytes.get(i) {
            if b == b'\\' && !how.raw {
                i += escaped(&bytes[i + 1..], how, &mut out)?;
            } else if quote == Some(b) {
                quote = None;
            } else if quote.is_some() {
                out.push(b);
            } else if how.unquote && matches!(b, b'"' | b'\'') {
                quote = Some(b);
            } else if how.separators.contains(&b) {
                let next = self.word_start(i + 1, how);
                self.stopped_by = b;
                self.at = (how.every || next < bytes.len()).then_some(next);
                break;
            } else {
                out.push(b);
            }
            i += 1;
        }
        if quote.is_some() { Err(BadSyntax) } else { Ok(Some(Piece { text: text_of(out), at: start..i })) }
    }

    /// Where the next word starts: behind all separators unless each of them counts.
    pub(in crate::vocab) fn word_start(&self, at: usize, how: How) -> usize {
        let separators = self.text.as_bytes()[at..].iter().take_while(|b| how.separators.contains(b));
        if how.every { at } else { at + separators.count() }
    }
}

/// Decodes what follows a backslash into `out`; gives the number of bytes used.
fn escaped(rest: &[u8], how: How, out: &mut Vec<u8>) -> Result<usize, BadSyntax> {
    let next = *rest.first().ok_or(BadSyntax)?;
    if !how.escapes {
        out.push(next);
        return Ok(1);
    }
    if let Some((used, bytes)) = c_escape(rest, false) {
        out.extend(bytes);
        return Ok(used);
    }
    if how.separators.contains(&next) || next == b'\\' {
        out.push(next);
        return Ok(1);
    }
    Err(BadSyntax)
}

/// Only escapes of bytes make text that is not UTF-8.
fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}
