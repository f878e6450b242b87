//! Lossless unit file syntax (systemd.syntax(7), `config_parse()`): bytes in, items and spans out.
//!
//! Parsing is total: every byte string has a result, and the items tile it without gap or overlap, so that printing them
//! gives the same bytes back. Knows no section, directive or value.

use crate::text::{Readable, Span};
use std::borrow::Cow;

/// A physical line must be shorter than this, a joined one may be as long (`LONG_LINE_MAX`).
pub const LONG_LINE_MAX: usize = 1024 * 1024;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A parsed file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Syntax {
    /// in the order of the file; their spans tile it
    pub items: Vec<Item>,
    /// a line is longer than systemd reads: where the first one begins
    pub too_long: Option<u32>,
}

/// A logical line with its end: what continues is one item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// all its bytes
    pub span: Span,
    /// the number of its last physical line as systemd counts (LF, CR and NUL end lines), from 1
    pub line: u32,
    /// what it is
    pub kind: Kind,
}

/// What a logical line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// nothing but blanks
    Blank,
    /// begins with `#` or `;`
    Comment,
    /// `[NAME]`
    Section {
        /// the name without brackets
        name: Span,
    },
    /// `KEY=VALUE`
    Entry {
        /// without blanks around
        key: Span,
        /// without blanks around; empty for a reset
        value: Span,
        /// the value (or even the key) goes over several lines: ask [`Item::entry`]
        continued: Continued,
    },
    /// something else
    Junk(Junk),
}

/// Whether an entry goes over several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Continued {
    /// one line
    No,
    /// several lines
    Yes,
    /// several lines, and the byte order mark of the file stands before one of them
    WithBom,
}

/// Why a line is neither comment, header nor assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Junk {
    /// begins with `[` and does not end with `]`
    BadHeader,
    /// no `=`
    NoEqual,
    /// begins with `=`
    NoKey,
    /// not valid UTF-8
    NotUtf8,
}

/// The text of a span, with continuation marks and the comments between continued lines left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined<'a> {
    /// as the loader sees it
    pub text: Cow<'a, str>,
    /// (offset in the text, offset in the file) where a piece begins, in order; the first is (0, start)
    pieces: Pieces,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pieces {
    One(u32),
    Many(Vec<(u32, u32)>),
}

impl Default for Joined<'_> {
    fn default() -> Self {
        Self { text: Cow::Borrowed(""), pieces: Pieces::One(0) }
    }
}

impl<'a> Joined<'a> {
    /// A text that stands on one line; `None` where it is not UTF-8.
    fn of_one_line<T: Readable + ?Sized>(bytes: &'a T, span: Span) -> Option<Self> {
        Some(Self { text: Cow::Borrowed(bytes.text(span)?), pieces: Pieces::One(span.start) })
    }

    /// The place in the file of an offset in the text.
    pub fn to_source(&self, offset: usize) -> u32 {
        let offset = offset as u32;
        match &self.pieces {
            Pieces::One(start) => start + offset,
            Pieces::Many(pieces) => {
                let at = pieces.partition_point(|(text, _)| *text <= offset).max(1) - 1;
                let (text, file) = pieces.get(at).copied().unwrap_or_default();
                file + (offset - text)
            }
        }
    }

    /// The offset in the text of a place in the file: the nearest one that is not behind it.
    pub fn offset(&self, place: u32) -> usize {
        let offset = match &self.pieces {
            Pieces::One(start) => place.saturating_sub(*start),
            Pieces::Many(pieces) => {
                let at = pieces.partition_point(|(_, file)| *file <= place).max(1) - 1;
                let (text, file) = pieces.get(at).copied().unwrap_or_default();
                let next = pieces.get(at + 1).map_or(u32::MAX, |(text, _)| *text);
                (text + place.saturating_sub(file)).min(next)
            }
        };
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// The place in the file of a range of the text; from its first byte to its last.
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        if range.is_empty() {
            let at = self.to_source(range.start);
            return Span { start: at, end: at };
        }
        Span { start: self.to_source(range.start), end: self.to_source(range.end - 1) + 1 }
    }
}

fn is_blank(b: u8) -> bool {
    b == b' ' || b == b'\t'
}

fn trim(bytes: &[u8], mut start: usize, mut end: usize) -> (usize, usize) {
    while start < end && is_blank(bytes[start]) {
        start += 1;
    }
    while end > start && is_blank(bytes[end - 1]) {
        end -= 1;
    }
    (start, end)
}

/// A physical line.
#[derive(Clone, Copy)]
struct Line {
    start: usize,
    /// behind the text, before the line end
    text_end: usize,
    /// behind the line end
    end: usize,
}

/// Finds physical lines. LF and CR in either order, each at most once, and then one NUL are one end.
struct Lines<'a> {
    bytes: &'a [u8],
    ends: memchr::Memchr3<'a>,
    at: usize,
    /// an end that the iterator gave and that belongs to a later line
    pending: Option<usize>,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, ends: memchr::memchr3_iter(b'\n', b'\r', b'\0', bytes), at: 0, pending: None }
    }
}

impl Iterator for Lines<'_> {
    type Item = Line;

    #[inline]
    fn next(&mut self) -> Option<Line> {
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        let Some(text_end) = self.pending.take().or_else(|| self.ends.next()) else {
            self.at = self.bytes.len();
            return Some(Line { start, text_end: self.bytes.len(), end: self.bytes.len() });
        };
        let (mut end, mut seen) = (text_end, 0_u8);
        loop {
            let class = match self.bytes.get(end) {
                Some(b'\n') => 1,
                Some(b'\r') => 2,
                Some(0) => 4,
                _ => break,
            };
            if seen & class != 0 || seen & 4 != 0 {
                break;
            }
            seen |= class;
            end += 1;
            if self.bytes.get(end).is_none_or(|b| *b > b'\r') {
                break;
            }
        }
        for _ in text_end + 1..end {
            self.ends.next();
        }
        self.at = end;
        Some(Line { start, text_end, end })
    }
}

/// A logical line that is being continued.
#[derive(Clone, Copy)]
struct Open {
    start: usize,
    /// of the text so far
    length: usize,
    /// the byte order mark was before one of its lines
    bom: bool,
}

/// What systemd takes for UTF-8: the noncharacters of Unicode are none (`unichar_is_valid()`).
fn is_utf8<T: Readable + ?Sized>(bytes: &T) -> bool {
    let Some(text) = bytes.text(Span::new(0, bytes.bytes().len())) else { return false };
    let noncharacter = |c: char| matches!(c, '\u{fdd0}'..='\u{fdef}') || (c as u32) & 0xfffe == 0xfffe;
    // each of them has one of these two bytes
    memchr::memchr2(0xb7, 0xbf, bytes.bytes()).is_none() || !text.chars().any(noncharacter)
}

/// Parses a file.
pub fn parse<T: Readable + ?Sized>(bytes: &T) -> Syntax {
    let utf8 = is_utf8(bytes);
    let bytes = bytes.bytes();
    let mut syntax = Syntax { items: Vec::with_capacity(bytes.len() / 28 + 4), too_long: None };
    let mut bom_seen = false;
    let mut number = 0;
    let mut open: Option<Open> = None;
    for line in Lines::new(bytes) {
        number += 1;
        let mut text_start = line.start;
        if line.text_end - line.start >= LONG_LINE_MAX {
            syntax.too_long.get_or_insert(line.start as u32);
        }
        let mut first = text_start;
        while first < line.text_end && is_blank(bytes[first]) {
            first += 1;
        }
        if first < line.text_end && matches!(bytes[first], b'#' | b';') {
            if open.is_none() {
                syntax.items.push(item(line.start, line.end, number, Kind::Comment));
            }
            continue;
        }
        let bom = !bom_seen && bytes[text_start..line.text_end].starts_with(BOM);
        if bom {
            bom_seen = true;
            text_start += BOM.len();
        }
        let length = open.map_or(0, |o| o.length) + (line.text_end - text_start);
        if length > LONG_LINE_MAX {
            syntax.too_long.get_or_insert(line.start as u32);
        }
        if line.text_end > text_start && bytes[line.text_end - 1] == b'\\' {
            let run = bytes[text_start..line.text_end].iter().rev().take_while(|b| **b == b'\\').count();
            if run % 2 == 1 {
                let (start, bom) = open.map_or((line.start, bom), |o| (o.start, o.bom || bom));
                open = Some(Open { start, length, bom });
                continue;
            }
        }
        match open.take() {
            None => {
                let (start, end) = trim(bytes, text_start, line.text_end);
                let kind = if utf8 || is_utf8(&bytes[start..end]) {
                    classify(bytes, start, end)
                } else {
                    Kind::Junk(Junk::NotUtf8)
                };
                syntax.items.push(item(line.start, line.end, number, kind));
            }
            Some(o) => syntax.items.push(continued(bytes, o.start, line.end, number, o.bom || bom)),
        }
    }
    if let Some(o) = open {
        // a mark on the last line: systemd counts one line more
        syntax.items.push(continued(bytes, o.start, bytes.len(), number + 1, o.bom));
    }
    syntax
}

fn item(start: usize, end: usize, line: u32, kind: Kind) -> Item {
    Item { span: Span::new(start, end), line, kind }
}

/// What a trimmed line is.
fn classify(bytes: &[u8], start: usize, end: usize) -> Kind {
    let line = &bytes[start..end];
    match line.first() {
        None => Kind::Blank,
        Some(b'[') if line.len() > 1 && line.ends_with(b"]") => Kind::Section { name: Span::new(start + 1, end - 1) },
        Some(b'[') => Kind::Junk(Junk::BadHeader),
        Some(b'=') => Kind::Junk(Junk::NoKey),
        Some(_) => match line.iter().position(|b| *b == b'=') {
            None => Kind::Junk(Junk::NoEqual),
            Some(equal) => {
                let (key_start, key_end) = trim(bytes, start, start + equal);
                let (value_start, value_end) = trim(bytes, start + equal + 1, end);
                Kind::Entry {
                    key: Span::new(key_start, key_end),
                    value: Span::new(value_start, value_end),
                    continued: Continued::No,
                }
            }
        },
    }
}

/// A logical line over several physical ones.
fn continued(bytes: &[u8], start: usize, end: usize, line: u32, bom: bool) -> Item {
    let (text, pieces) = join(bytes, start, end, bom);
    let marked = if bom { Continued::WithBom } else { Continued::Yes };
    let place = |at: usize| {
        let i = pieces.partition_point(|(t, _)| *t as usize <= at).max(1) - 1;
        let (t, f) = pieces.get(i).copied().unwrap_or((0, start as u32));
        f as usize + (at - t as usize)
    };
    let span = |s: Span| {
        if s.start == s.end {
            let at = place(s.start as usize).min(end);
            Span::new(at, at)
        } else {
            Span::new(place(s.start as usize), place(s.end as usize - 1) + 1)
        }
    };
    let kind = if !is_utf8(&text) {
        Kind::Junk(Junk::NotUtf8)
    } else {
        let (from, to) = trim(&text, 0, text.len());
        match classify(&text, from, to) {
            Kind::Entry { key, value, .. } => Kind::Entry { key: span(key), value: span(value), continued: marked },
            Kind::Section { name } => Kind::Section { name: span(name) },
            other => other,
        }
    };
    item(start, end, line, kind)
}

/// Joins continued lines: each mark becomes a blank, comment lines between vanish. Gives the text and where its pieces
/// are in the file.
fn join(bytes: &[u8], start: usize, end: usize, mut bom: bool) -> (Vec<u8>, Vec<(u32, u32)>) {
    let mut text = Vec::with_capacity(end - start);
    let mut pieces = Vec::new();
    for line in Lines::new(&bytes[start..end]) {
        let (mut from, to) = (start + line.start, start + line.text_end);
        let first = bytes[from..to].iter().find(|b| !is_blank(**b));
        if matches!(first, Some(b'#' | b';')) {
            continue;
        }
        if bom && bytes[from..to].starts_with(BOM) {
            bom = false;
            from += BOM.len();
        }
        pieces.push((text.len() as u32, from as u32));
        text.extend_from_slice(&bytes[from..to]);
        let run = bytes[from..to].iter().rev().take_while(|b| **b == b'\\').count();
        if run % 2 == 1 {
            let last = text.len() - 1;
            text[last] = b' ';
        }
    }
    (text, pieces)
}

impl Item {
    /// The value of an entry as the loader sees it; `None` for other items.
    pub fn value<'a, T: Readable + ?Sized>(&self, bytes: &'a T) -> Option<Joined<'a>> {
        match self.kind {
            Kind::Entry { value, continued: Continued::No, .. } => Joined::of_one_line(bytes, value),
            _ => self.entry(bytes).map(|(_, value)| value),
        }
    }

    /// Key and value of an entry as the loader sees them; `None` for other items.
    pub fn entry<'a, T: Readable + ?Sized>(&self, bytes: &'a T) -> Option<(Cow<'a, str>, Joined<'a>)> {
        let Kind::Entry { key, value, continued } = self.kind else {
            return None;
        };
        if continued == Continued::No {
            return Some((Cow::Borrowed(bytes.text(key)?), Joined::of_one_line(bytes, value)?));
        }
        let bom = continued == Continued::WithBom;
        let (text, pieces) = join(bytes.bytes(), self.span.start as usize, self.span.end as usize, bom);
        let equal = text.iter().position(|b| *b == b'=')?;
        let (_, end) = trim(&text, 0, text.len());
        let (key_start, key_end) = trim(&text, 0, equal);
        let (from, to) = trim(&text, equal + 1, end);
        let string = |from: usize, to: usize| String::from_utf8(text[from..to].to_vec()).ok();
        let mut shifted: Vec<(u32, u32)> = Vec::with_capacity(pieces.len());
        for (at, file) in pieces {
            match (at as usize).checked_sub(from) {
                Some(0) | None => shifted = vec![(0, file + (from as u32 - at))],
                Some(offset) => shifted.push((offset as u32, file)),
            }
        }
        Some((
            Cow::Owned(string(key_start, key_end)?),
            Joined { text: Cow::Owned(string(from, to)?), pieces: Pieces::Many(shifted) },
        ))
    }
}

impl Syntax {
    /// The bytes that were parsed: the items put together again.
    pub fn print(&self, bytes: &[u8]) -> Vec<u8> {
        self.items.iter().flat_map(|i| i.span.of(bytes)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<String> {
        let bytes = text.as_bytes();
        parse(bytes)
            .items
            .iter()
            .map(|i| match &i.kind {
                Kind::Entry { .. } => {
                    let (key, value) = i.entry(bytes).unwrap();
                    format!("{}:{key}={}", i.line, value.text)
                }
                Kind::Section { name } => format!("{}:[{}]", i.line, String::from_utf8_lossy(name.of(bytes))),
                other => format!("{}:{other:?}", i.line),
            })
            .collect()
    }

    #[test]
    fn line_rules() {
        assert_eq!(
            kinds("[A]\n b = c d \t\n\n; x\n=\nfoo\n"),
            ["1:[A]", "2:b=c d", "3:Blank", "4:Comment", "5:Junk(NoKey)", "6:Junk(NoEqual)"]
        );
        assert_eq!(kinds("[A"), ["1:Junk(BadHeader)"]);
        assert_eq!(kinds("[]"), ["1:[]"]);
        assert_eq!(kinds("["), ["1:Junk(BadHeader)"]);
        assert_eq!(
            kinds("a=1\rb=2\r\nc=3\n\rd=4\0e=5\0\0f=6"),
            ["1:a=1", "2:b=2", "3:c=3", "4:d=4", "5:e=5", "6:Blank", "7:f=6"]
        );
    }

    #[test]
    fn continuation() {
        assert_eq!(kinds("a=b \\\n  c\nd=e"), ["2:a=b    c", "3:d=e"]);
        assert_eq!(kinds("a=b \\\n# note\\\n  c\n"), ["3:a=b    c"]);
        assert_eq!(kinds("a=b\\\\\nc=d"), ["1:a=b\\\\", "2:c=d"]);
        assert_eq!(kinds("a=b \\\n\nc=d"), ["2:a=b", "3:c=d"]);
        assert_eq!(kinds("a=b\\"), ["2:a=b"]);
        assert_eq!(kinds("a\\\n=b"), ["2:a=b"]);
        assert_eq!(kinds("\u{feff}[A]\n\u{feff}b=c"), ["1:[A]", "2:\u{feff}b=c"]);
    }

    #[test]
    fn a_word_of_a_continued_value_is_found_in_the_file() {
        let text = b"key = one \\\n# comment\n  two\\\nthree\n";
        let syntax = parse(text);
        let (_, value) = syntax.items[0].entry(text).unwrap();
        for word in ["one", "two", "three"] {
            let at = value.text.find(word).unwrap();
            assert_eq!(value.span(at..at + word.len()).of(text), word.as_bytes());
            assert_eq!(value.offset(value.to_source(at + 1)), at + 1);
        }
    }

    #[test]
    fn long_lines_are_noticed() {
        let long = |n: usize| parse(&vec![b'a'; n]).too_long;
        assert_eq!((long(LONG_LINE_MAX - 1), long(LONG_LINE_MAX)), (None, Some(0)));
        let half = "b".repeat(LONG_LINE_MAX - 4);
        assert_eq!(parse(format!("a=\\\n{half}").as_bytes()).too_long, None);
        assert!(parse(format!("a=\\\n{half}bb").as_bytes()).too_long.is_some());
    }
}
