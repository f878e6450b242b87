//! Bytes and places in them. Everything inside speaks byte offsets; lines and columns exist only for readers.

mod marks;
mod names;
mod traces;

pub use marks::Marks;
pub use names::{Index, Names};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
pub use traces::Traces;

/// A range of bytes of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// the first byte
    pub start: u32,
    /// behind the last byte
    pub end: u32,
}

impl Span {
    /// From `start` up to `end`. Offsets are below 4 GiB: larger files are not read.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    /// As a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The bytes of it.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        &bytes[self.range()]
    }
}

/// Bytes whose pieces are to be read as text.
pub trait Readable {
    /// All of them.
    fn bytes(&self) -> &[u8];

    /// A piece as text; `None` where it is not UTF-8.
    fn text(&self, span: Span) -> Option<&str> {
        std::str::from_utf8(span.of(self.bytes())).ok()
    }
}

impl<T: AsRef<[u8]> + ?Sized> Readable for T {
    fn bytes(&self) -> &[u8] {
        self.as_ref()
    }
}

/// The bytes of a file. Whether they are UTF-8 is found out once and not for every value.
#[derive(Debug, PartialEq, Eq)]
pub struct Content(Result<String, Vec<u8>>);

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self(String::from_utf8(bytes).map_err(std::string::FromUtf8Error::into_bytes))
    }
}

impl From<Content> for Vec<u8> {
    fn from(content: Content) -> Self {
        content.0.map_or_else(|bytes| bytes, String::into_bytes)
    }
}

impl std::ops::Deref for Content {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Ok(text) => text.as_bytes(),
            Err(bytes) => bytes,
        }
    }
}

impl Readable for Content {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn text(&self, span: Span) -> Option<&str> {
        match &self.0 {
            Ok(text) => text.get(span.range()),
            Err(bytes) => bytes.text(span),
        }
    }
}

/// A file that was read, under the path by which it was reached.
#[derive(Debug)]
pub struct Source {
    /// as it was reached
    pub path: PathBuf,
    /// its content
    pub bytes: Content,
    lines: OnceLock<LineIndex>,
    /// of an outline: how many bytes there were, and their sum
    left_out: Option<(usize, u64)>,
}

impl Source {
    /// A source of these bytes.
    pub fn new(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Self {
        Self { path: path.into(), bytes: bytes.into(), lines: OnceLock::new(), left_out: None }
    }

    /// The same without its bytes: enough to know where something was, until the file is read once more.
    #[must_use]
    pub fn outline(&self) -> Self {
        let left_out = Some((self.bytes.len(), fnv1a(&self.bytes, FNV_BASIS)));
        Self { left_out, ..Self::new(self.path.clone(), Vec::new()) }
    }

    /// Whether its bytes were left out.
    pub fn is_outline(&self) -> bool {
        self.left_out.is_some()
    }

    /// Whether these are the bytes that were left out.
    pub fn is_outline_of(&self, bytes: &[u8]) -> bool {
        self.left_out == Some((bytes.len(), fnv1a(bytes, FNV_BASIS)))
    }

    /// Where its lines begin.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.bytes))
    }

    /// Line and column of an offset.
    pub fn position(&self, offset: u32) -> Position {
        // few places are asked for in most files: an index of a small one costs more than it saves
        match self.lines.get() {
            None if self.bytes.len() <= SMALL => self.counted(offset),
            _ => self.lines().position(&self.bytes, offset),
        }
    }

    /// Line and column without an index.
    fn counted(&self, offset: u32) -> Position {
        let before = &self.bytes[..(offset as usize).min(self.bytes.len())];
        let start = match memchr::memrchr2(b'\n', b'\r', before) {
            // a place between CR and LF is still on their line
            Some(at) if before[at] == b'\r' && self.bytes.get(at + 1) == Some(&b'\n') => {
                memchr::memrchr2(b'\n', b'\r', &before[..at]).map_or(0, |at| at + 1)
            }
            Some(at) => at + 1,
            None => 0,
        };
        let line = memchr::memchr_iter(b'\n', &before[..start]).count() + lone_returns(&self.bytes[..start]);
        let column = characters(&before[start..]);
        Position { line: line as u32 + 1, column: column as u32 + 1, byte: offset }
    }

    /// The column of an offset from 1, in UTF-16 code units.
    pub fn utf16_column(&self, offset: u32) -> u32 {
        self.lines().position(&self.bytes, offset).column + self.lines().pairs(&self.bytes, offset)
    }

    /// The line of an offset, from 1: one pass without an index, for who asks once.
    pub fn line(&self, offset: u32) -> u32 {
        let before = &self.bytes[..(offset as usize).min(self.bytes.len())];
        let ends = memchr::memchr2_iter(b'\n', b'\r', before);
        let breaks = ends.filter(|at| before[*at] == b'\n' || self.bytes.get(at + 1) != Some(&b'\n')).count();
        breaks as u32 + 1
    }

    /// The text of a span, with what is not UTF-8 replaced.
    pub fn text(&self, span: Span) -> std::borrow::Cow<'_, str> {
        let text = self.bytes.text(span);
        text.map_or_else(|| String::from_utf8_lossy(span.of(&self.bytes)), std::borrow::Cow::Borrowed)
    }
}

/// A place in a file.
#[derive(Clone, Debug)]
pub struct Loc {
    /// the file
    pub source: Arc<Source>,
    /// the bytes
    pub span: Span,
}

impl Loc {
    /// The path by which the file was reached.
    pub fn path(&self) -> &Path {
        &self.source.path
    }

    /// Line and column of the first byte.
    pub fn start(&self) -> Position {
        self.source.position(self.span.start)
    }

    /// Line and column behind the last byte.
    pub fn end(&self) -> Position {
        self.source.position(self.span.end)
    }

    /// Both: the end of a span on one line follows from its start.
    pub fn ends(&self) -> (Position, Position) {
        let (start, bytes) = (self.start(), self.span.of(&self.source.bytes));
        if bytes.len() > STEP || memchr::memchr2(b'\n', b'\r', bytes).is_some() {
            return (start, self.end());
        }
        let column = start.column + characters(bytes) as u32;
        (start, Position { column, byte: self.span.end, ..start })
    }

    /// The line of the first byte, from 1.
    pub fn line(&self) -> u32 {
        self.source.line(self.span.start)
    }
}

impl PartialEq for Loc {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.source, &other.source) && self.span == other.span
    }
}

/// Line and column, from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// from 1
    pub line: u32,
    /// from 1, in characters
    pub column: u32,
    /// the offset it was made from
    pub byte: u32,
}

/// Where the lines of a text begin. A line ends with LF, CR LF or CR, as editors count.
#[derive(Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// how many characters begin before every [`STEP`] bytes; made when a place in a long line is asked for
    characters: OnceLock<Vec<u32>>,
    /// the same for characters that are two code units of UTF-16
    pairs: OnceLock<Vec<u32>>,
}

const STEP: usize = 1024;

/// What [`fnv1a`] usually begins with.
pub(crate) const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// The number that bytes make from some beginning (FNV-1a).
pub(crate) fn fnv1a(bytes: &[u8], begin: u64) -> u64 {
    bytes.iter().fold(begin, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

/// The offset in bytes that an offset in their `String::from_utf8_lossy` stands for: what is no UTF-8 has another length
/// there.
pub(crate) fn before_lossy(bytes: &[u8], offset: usize) -> usize {
    let (mut before, mut left) = (0, offset);
    for chunk in bytes.utf8_chunks() {
        let (valid, invalid) = (chunk.valid().len(), chunk.invalid().len());
        if left <= valid {
            return before + left;
        }
        before += valid + invalid;
        left = (left - valid).saturating_sub(char::REPLACEMENT_CHARACTER.len_utf8());
    }
    before
}

/// Files up to this size are counted through for each place.
const SMALL: usize = 4096;

/// How many CR end a line of their own.
fn lone_returns(bytes: &[u8]) -> usize {
    memchr::memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count()
}

/// How many characters begin in a text.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b & 0xc0 != 0x80).count()
}

/// How many of them are outside of the first plane of Unicode.
fn pairs(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b >= 0xf0).count()
}

impl LineIndex {
    /// Reads the text once.
    pub fn new(bytes: &[u8]) -> Self {
        let mut starts = vec![0];
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
        starts
            .extend(ends.filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n')).map(|at| at as u32 + 1));
        Self { starts, characters: OnceLock::new(), pairs: OnceLock::new() }
    }

    /// How many lines there are; an unfinished last one counts.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The span of a line from 0, with its end.
    pub fn line(&self, index: usize, bytes: &[u8]) -> Span {
        let end = self.starts.get(index + 1).map_or(bytes.len(), |e| *e as usize);
        Span::new(self.starts[index] as usize, end)
    }

    /// The line of an offset, from 0.
    pub fn line_of(&self, offset: u32) -> usize {
        self.starts.partition_point(|s| *s <= offset) - 1
    }

    /// Line and column of an offset.
    pub fn position(&self, bytes: &[u8], offset: u32) -> Position {
        let line = self.line_of(offset);
        let (start, end) = (self.starts[line] as usize, (offset as usize).min(bytes.len()));
        let column = match bytes.get(start..end) {
            // many places in one long line are not counted from its begin each time
            Some(before) if before.len() > 4 * STEP => {
                let count = |offset| count_before(&self.characters, characters, bytes, offset);
                count(end) - count(start)
            }
            Some(before) => characters(before),
            None => 0,
        };
        Position { line: line as u32 + 1, column: column as u32 + 1, byte: offset }
    }

    /// How many characters of two code units stand before an offset in its line.
    fn pairs(&self, bytes: &[u8], offset: u32) -> u32 {
        let (start, end) = (self.starts[self.line_of(offset)] as usize, (offset as usize).min(bytes.len()));
        let count = match bytes.get(start..end) {
            Some(before) if before.len() > 4 * STEP => {
                let count = |offset| count_before(&self.pairs, pairs, bytes, offset);
                count(end) - count(start)
            }
            Some(before) => pairs(before),
            None => 0,
        };
        count as u32
    }
}

/// How much of something is before an offset, with sums for every [`STEP`] bytes.
fn count_before(sums: &OnceLock<Vec<u32>>, count: fn(&[u8]) -> usize, bytes: &[u8], offset: usize) -> usize {
    let steps = sums.get_or_init(|| {
        let sums = bytes.chunks(STEP).scan(0, |sum, chunk| {
            let before = *sum;
            *sum += count(chunk) as u32;
            Some(before)
        });
        sums.collect()
    });
    let step = (offset / STEP).min(steps.len().saturating_sub(1));
    steps.get(step).map_or(0, |n| *n as usize) + count(&bytes[step * STEP..offset])
}

/// A replacement of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// what goes
    pub span: Span,
    /// what comes
    pub insert: String,
}

/// `six` for 6; numbers above ten in digits.
pub fn count_word(n: usize) -> String {
    const WORDS: [&str; 11] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    WORDS.get(n).map_or_else(|| n.to_string(), |w| (*w).to_owned())
}

/// Whether a character does something to a terminal instead of being shown: controls and directions.
pub fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns() {
        let source = Source::new("x", "a\r\nbü\rc\n".into());
        let at = |byte| {
            let p = source.position(byte);
            (p.line, p.column)
        };
        assert_eq!((at(0), at(3), at(6), at(7), at(8), at(9)), ((1, 1), (2, 1), (2, 3), (3, 1), (3, 2), (4, 1)));
        assert_eq!(source.lines().count(), 4);
    }

    #[test]
    fn places_are_the_same_with_and_without_an_index() {
        for text in ["", "\n", "\r", "\r\n", "a\r\nbü\rc\n", "\r\r\n\n\r", "ü😀\n\r\na"] {
            let (counted, indexed) = (Source::new("x", text.into()), Source::new("x", text.into()));
            indexed.lines();
            for byte in 0..=text.len() as u32 {
                assert_eq!(counted.position(byte), indexed.position(byte), "{text:?} {byte}");
            }
        }
    }

    #[test]
    fn columns_in_utf_16() {
        for long in [0, 10_000] {
            let text = format!("a\n{}ü😀b", "😀".repeat(long));
            let source = Source::new("x", text.clone().into());
            let column = |c| source.utf16_column(text.find(c).unwrap() as u32) as usize;
            assert_eq!((column('ü'), column('b')), (1 + 2 * long, 4 + 2 * long));
        }
    }

    #[test]
    fn columns_of_long_lines() {
        let text = format!("a\n{}x", "ü".repeat(5000));
        let source = Source::new("x", text.clone().into());
        let column = |byte: usize| source.position(byte as u32).column;
        assert_eq!(
            (column(2), column(2 + 2 * 4999), column(text.len() - 1), column(text.len())),
            (1, 5000, 5001, 5002)
        );
    }
}
