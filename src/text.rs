//! Bytes and places in them. Everything inside speaks byte offsets; lines and columns exist only for readers.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

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

/// A file that was read, under the path by which it was reached.
#[derive(Debug)]
pub struct Source {
    /// as it was reached
    pub path: PathBuf,
    /// its content
    pub bytes: Vec<u8>,
    lines: OnceLock<LineIndex>,
}

impl Source {
    /// A source of these bytes.
    pub fn new(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Self {
        Self { path: path.into(), bytes, lines: OnceLock::new() }
    }

    /// Where its lines begin.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.bytes))
    }

    /// Line and column of an offset.
    pub fn position(&self, offset: u32) -> Position {
        self.lines().position(&self.bytes, offset)
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
        String::from_utf8_lossy(span.of(&self.bytes))
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
    /// how many characters begin before each mark, one every [`MARK`] bytes: columns of a long line are not counted anew
    /// from its start
    marks: Vec<u32>,
}

const MARK: usize = 1024;

/// How many characters begin in it.
fn characters(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|b| **b & 0xc0 != 0x80).count() as u32
}

impl LineIndex {
    /// Reads the text once.
    pub fn new(bytes: &[u8]) -> Self {
        let mut starts = vec![0];
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
        starts
            .extend(ends.filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n')).map(|at| at as u32 + 1));
        let mut before = 0;
        let marks = bytes.chunks(MARK).map(|chunk| {
            let mark = before;
            before += characters(chunk);
            mark
        });
        let marks = marks.collect();
        Self { starts, marks }
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
        let column = self.characters_before(bytes, offset) - self.characters_before(bytes, self.starts[line]);
        Position { line: line as u32 + 1, column: column + 1, byte: offset }
    }

    fn characters_before(&self, bytes: &[u8], offset: u32) -> u32 {
        let at = (offset as usize).min(bytes.len());
        let mark = (at / MARK).min(self.marks.len().saturating_sub(1));
        self.marks.get(mark).copied().unwrap_or(0) + characters(&bytes[mark * MARK..at])
    }
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
    fn columns_of_long_lines() {
        let text = format!("x\n{}", "aé".repeat(2 * MARK));
        let source = Source::new("x", text.clone().into());
        let starts = text[2..].char_indices().map(|(at, _)| at + 2).chain([text.len()]);
        for (column, at) in (1..).zip(starts) {
            assert_eq!(source.position(at as u32).column, column, "{at}");
        }
    }
}
