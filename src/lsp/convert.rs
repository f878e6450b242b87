//! Between places of ours, which are bytes of a path, and those of editors, which are lines and columns of a URI.

use crate::rule::Level;
use crate::text::{Loc, Source, Span};
use gen_lsp_types::{DiagnosticSeverity, Location, Position, PositionEncodingKind, Range, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// What stays as it is in the path of a URI; a backslash does not, although names of units have some.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The path of a `file:` URI.
pub(super) fn path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let at = rest.find('/')?;
    let bytes: Vec<u8> = percent_decode_str(&rest[at..]).collect();
    (!bytes.contains(&0)).then(|| PathBuf::from(OsString::from_vec(bytes)))
}

/// The URI of a path.
pub(super) fn uri(path: &Path) -> Uri {
    Uri(format!("file://{}", percent_encode(path.as_os_str().as_bytes(), PATH)))
}

/// How an editor counts columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// in bytes
    Utf8,
    /// in code units of UTF-16, which every editor knows
    #[default]
    Utf16,
}

impl Encoding {
    /// The best of those that an editor knows.
    pub(super) fn of(known: &[PositionEncodingKind]) -> Self {
        if known.contains(&PositionEncodingKind::UTF8) { Self::Utf8 } else { Self::Utf16 }
    }

    /// As the protocol calls it.
    pub(super) fn word(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    /// The line and column of a byte.
    pub(super) fn position(self, source: &Source, offset: u32) -> Position {
        let offset = offset.min(source.bytes.len() as u32);
        let line = source.lines().line_of(offset);
        let character = match self {
            Self::Utf8 => offset - source.lines().line(line, &source.bytes).start,
            Self::Utf16 => source.utf16_column(offset) - 1,
        };
        Position { line: line as u32, character }
    }

    /// The lines and columns of some bytes.
    pub(super) fn range(self, source: &Source, span: Span) -> Range {
        Range { start: self.position(source, span.start), end: self.position(source, span.end.max(span.start)) }
    }

    /// The same in its file.
    pub(super) fn location(self, at: &Loc, uri: Uri) -> Location {
        Location { uri, range: self.range(&at.source, at.span) }
    }

    /// The byte at a line and column; what lies beyond the end of a line or of the file is that end.
    pub(super) fn offset(self, source: &Source, at: Position) -> u32 {
        let (lines, line) = (source.lines(), at.line as usize);
        if line >= lines.count() {
            return source.bytes.len() as u32;
        }
        let span = lines.line(line, &source.bytes);
        let text = span.of(&source.bytes);
        let text = &text[..text.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(text.len())];
        let most = at.character as usize;
        let mut bytes = match self {
            Self::Utf8 => most.min(text.len()),
            Self::Utf16 => {
                let mut units = 0;
                let begins = |b: u8| if b >= 0xf0 { 2 } else { usize::from(b & 0xc0 != 0x80) };
                let beyond = text.iter().position(|b| {
                    units += begins(*b);
                    units > most
                });
                beyond.unwrap_or(text.len())
            }
        };
        // never within a character
        while bytes > 0 && text.get(bytes).is_some_and(|b| b & 0xc0 == 0x80) {
            bytes -= 1;
        }
        span.start + bytes as u32
    }

    /// The bytes of lines and columns.
    pub(super) fn span(self, source: &Source, range: Range) -> Span {
        let (start, end) = (self.offset(source, range.start), self.offset(source, range.end));
        Span { start: start.min(end), end: start.max(end) }
    }
}

/// How an editor shows a finding.
pub(super) fn severity(level: Level) -> DiagnosticSeverity {
    match level {
        Level::Error => DiagnosticSeverity::Error,
        Level::Warn => DiagnosticSeverity::Warning,
        Level::Note => DiagnosticSeverity::Information,
        Level::Allow => DiagnosticSeverity::Hint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_of_units_stay_as_they_are() {
        for name in ["/a/b.service", "/x/system-systemd\\x2dcryptsetup.slice", "/ü/a b%20#?.service", "/a@b.service"] {
            let there = uri(Path::new(name));
            assert!(!there.0.contains(['\\', ' ', '#', '?']), "{}", there.0);
            assert_eq!(path(&there.0).as_deref(), Some(Path::new(name)));
        }
        assert_eq!(path("file://localhost/a%2Fb"), Some("/a/b".into()));
        for other in ["untitled:Untitled-1", "file:///a%00", "file://", "http://x/y"] {
            assert_eq!(path(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn bytes_and_columns_meet(text in "([a=ü😀\r\n]|\r\n){0,40}", line in 0_u32..9, character in 0_u32..50) {
            let source = Source::new("x", text.clone().into());
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                let at = Position { line, character };
                let offset = encoding.offset(&source, at);
                prop_assert!(text.is_char_boundary(offset as usize));
                let back = encoding.position(&source, offset);
                prop_assert!(back <= at || at.line >= source.lines().count() as u32);
                for (offset, _) in text.char_indices() {
                    let there = encoding.position(&source, offset as u32);
                    if !text[offset..].starts_with('\n') {
                        prop_assert_eq!(encoding.offset(&source, there) as usize, offset);
                    }
                }
            }
        }
    }
}
