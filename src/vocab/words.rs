//! Splitting a value into words the way `extract_first_word()` does: systemd.syntax(7), "Quoting".

use std::borrow::Cow;
use std::ops::Range;

/// How words are told apart: the flags of `extract_first_word()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// what ends a word: a bit for each byte, all of them below 64
    separators: u64,
    /// quotes group (`EXTRACT_UNQUOTE`)
    unquote: bool,
    /// C escapes are decoded (`EXTRACT_CUNESCAPE`)
    c_escapes: bool,
    /// an unknown escape is kept as it is instead of being an error (`EXTRACT_UNESCAPE_RELAX`)
    relax_escapes: bool,
    /// a backslash is an ordinary character (`EXTRACT_RETAIN_ESCAPE`)
    raw: bool,
    /// two separators in a row make an empty word (`EXTRACT_DONT_COALESCE_SEPARATORS`)
    every_separator: bool,
    /// a backslash makes a separator or itself literal (`EXTRACT_UNESCAPE_SEPARATORS`)
    escaped_separators: bool,
    /// an open quote at the end is no error (`EXTRACT_RELAX`)
    relax: bool,
}

/// What separates words (`WHITESPACE`).
pub(super) const BLANKS: &[u8] = b" \t\n\r";

/// A bit for each byte.
const fn bits(bytes: &[u8]) -> u64 {
    let (mut bits, mut i) = (0, 0);
    while i < bytes.len() {
        assert!(bytes[i] < 64);
        bits |= 1 << bytes[i];
        i += 1;
    }
    bits
}

impl Split {
    /// blanks; a backslash makes the next character literal
    pub const PLAIN: Self = Self {
        separators: bits(BLANKS),
        unquote: false,
        c_escapes: false,
        relax_escapes: false,
        raw: false,
        every_separator: false,
        escaped_separators: false,
        relax: false,
    };
    /// blanks only; quotes and backslashes are ordinary
    pub const RAW: Self = Self { raw: true, ..Self::PLAIN };
    /// as plain, and quotes group
    pub const UNQUOTE: Self = Self { unquote: true, ..Self::PLAIN };
    /// as unquote, and an open quote is closed by the end
    pub const UNQUOTE_RELAX: Self = Self { relax: true, ..Self::UNQUOTE };
    /// quotes group, C escapes are decoded
    pub const UNQUOTE_C: Self = Self { c_escapes: true, ..Self::UNQUOTE };
    /// the words of a command line: as unquote_c, unknown escapes are kept
    pub const COMMAND: Self = Self { relax_escapes: true, ..Self::UNQUOTE_C };
    /// quotes group, backslashes are ordinary: words that are split once more
    pub const UNQUOTE_RAW: Self = Self { raw: true, ..Self::UNQUOTE };
    /// the fields of such a word: colons in a row count as one, C escapes
    pub const FIELDS: Self = Self { separators: bits(b":"), c_escapes: true, escaped_separators: true, ..Self::PLAIN };
    /// the same where each colon counts
    pub const EVERY_FIELD: Self = Self { every_separator: true, ..Self::FIELDS };
    /// colons in a row count as one, a backslash protects
    pub const COLONS: Self = Self { separators: bits(b":"), ..Self::PLAIN };
    /// the same where each colon counts
    pub const COLON: Self = Self { every_separator: true, ..Self::COLONS };
    /// blanks and colons, each counts, quotes group
    pub const BIND: Self = Self { separators: bits(b" \t\n\r:"), every_separator: true, ..Self::UNQUOTE };

    /// The same with other separators.
    pub(super) const fn at(self, separators: &'static [u8]) -> Self {
        Self { separators: bits(separators), ..self }
    }

    fn separates(&self, byte: u8) -> bool {
        byte < 64 && self.separators >> byte & 1 != 0
    }

    /// How many bytes from the first on stand for themselves.
    fn ordinary(&self, bytes: &[u8]) -> usize {
        // a bit for each byte, so that no branch depends on what the text is
        let low = self.separators | if self.unquote { bits(b"\"'") } else { 0 };
        let stops = [low, u64::from(!self.raw) << (b'\\' - 64), 0, 0];
        let stop = |b: &u8| stops[usize::from(*b >> 6)] >> (*b & 63) & 1 != 0;
        bytes.iter().position(stop).unwrap_or(bytes.len())
    }
}

/// A word and the bytes of the value that it was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word<'a> {
    /// without quotes and escapes; escapes of bytes that are no UTF-8 become U+FFFD
    pub text: Cow<'a, str>,
    /// where it stands in the value, quotes included
    pub at: Range<usize>,
    /// an escape was unknown and kept
    pub unknown_escape: bool,
}

impl Word<'_> {
    /// The same without the value.
    pub fn into_owned(self) -> Word<'static> {
        Word { text: Cow::Owned(self.text.into_owned()), at: self.at, unknown_escape: self.unknown_escape }
    }
}

/// An open quote, an unknown escape, or a backslash at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSyntax;

/// Few words are longer than this: so much room is made for one at once.
const MANY: usize = 128;

/// Takes words off a text, each in its own way (`extract_first_word()`).
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    text: &'a str,
    /// `None` behind the last word
    at: Option<usize>,
    /// the separator that ended the last word
    stopped_by: u8,
}

impl<'a> Cursor<'a> {
    /// In front of the first word.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: Some(0), stopped_by: 0 }
    }

    /// What has not been read; `None` behind the last word.
    pub fn rest(&self) -> Option<&'a str> {
        self.at.map(|at| &self.text[at..])
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.rest().is_none_or(str::is_empty)
    }

    /// Whether the last word ended in a colon.
    pub(super) fn colon(&self) -> bool {
        self.at.is_some() && self.stopped_by == b':'
    }

    /// Where the part starts that has not been read.
    pub fn offset(&self) -> usize {
        self.at.unwrap_or(self.text.len())
    }

    /// The next word; `None` behind the last one.
    ///
    /// # Errors
    /// Where words cannot be told apart. Nothing can be read after that.
    pub fn next(&mut self, split: Split) -> Result<Option<Word<'a>>, BadSyntax> {
        let Some(at) = self.at.take() else { return Ok(None) };
        let bytes = self.text.as_bytes();
        let start = self.word_start(at, split);
        if start == bytes.len() && !split.every_separator {
            return Ok(None);
        }
        let mut end = start + split.ordinary(&bytes[start..]);
        let mut word = Word { text: Cow::Borrowed(&self.text[start..end]), at: start..end, unknown_escape: false };
        if bytes.get(end).is_some_and(|b| !split.separates(*b)) {
            let mut out = Vec::with_capacity(end - start + (bytes.len() - end).min(MANY));
            out.extend_from_slice(&bytes[start..end]);
            end += decode(&bytes[end..], split, &mut out, &mut word.unknown_escape)?;
            let text = String::from_utf8(out);
            word.text = text.unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()).into();
            word.at.end = end;
        }
        if let Some(separator) = bytes.get(end) {
            self.stopped_by = *separator;
            let next = self.word_start(end + 1, split);
            self.at = (split.every_separator || next < bytes.len()).then_some(next);
        }
        Ok(Some(word))
    }

    /// Where the next word starts: behind all separators unless each of them counts.
    pub fn word_start(&self, at: usize, split: Split) -> usize {
        let separators = self.text.as_bytes()[at..].iter().take_while(|b| split.separates(**b));
        if split.every_separator { at } else { at + separators.count() }
    }
}

/// Reads on in a word from its first quote or backslash; gives how many bytes it goes over.
fn decode(bytes: &[u8], split: Split, out: &mut Vec<u8>, unknown_escape: &mut bool) -> Result<usize, BadSyntax> {
    let (mut i, mut quote) = (0, None);
    while let Some(&b) = bytes.get(i) {
        i += 1;
        if b == b'\\' && !split.raw {
            let rest = &bytes[i..];
            let Some(&next) = rest.first() else {
                if split.relax_escapes && (quote.is_none() || split.relax) {
                    out.push(b'\\');
                } else if !split.relax {
                    return Err(BadSyntax);
                }
                return Ok(i);
            };
            let known = if split.c_escapes { c_escape(rest, false) } else { None };
            if let Some((used, meant)) = known {
                out.extend(meant);
                i += used;
                continue;
            }
            if split.c_escapes || split.escaped_separators {
                let protected = split.escaped_separators && (split.separates(next) || next == b'\\');
                if !protected && !split.relax_escapes {
                    return Err(BadSyntax);
                }
                if !protected {
                    *unknown_escape = true;
                    out.push(b'\\');
                }
            }
            out.push(next);
            i += 1;
        } else if quote == Some(b) {
            quote = None;
        } else if quote.is_some() {
            out.push(b);
        } else if split.unquote && matches!(b, b'"' | b'\'') {
            quote = Some(b);
        } else if split.separates(b) {
            return Ok(i - 1);
        } else {
            out.push(b);
        }
    }
    if quote.is_some() && !split.relax { Err(BadSyntax) } else { Ok(i) }
}

/// Why the rest of the value cannot be split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadWord {
    /// from the start of the word to the end of the value
    pub at: Range<usize>,
}

/// An iterator over the words of a value.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    cursor: Cursor<'a>,
    split: Split,
}

/// Splits `text`.
pub fn words(text: &str, split: Split) -> Words<'_> {
    Words { cursor: Cursor::new(text), split }
}

impl<'a> Words<'a> {
    /// What has not been split yet.
    pub fn rest(&self) -> &'a str {
        self.cursor.rest().unwrap_or_default()
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Result<Word<'a>, BadWord>;

    fn next(&mut self) -> Option<Self::Item> {
        let before = self.cursor.offset();
        let bad = |cursor: &Cursor<'_>, split| BadWord { at: cursor.word_start(before, split)..cursor.text.len() };
        match self.cursor.next(self.split) {
            Ok(word) => word.map(Ok),
            Err(BadSyntax) => Some(Err(bad(&self.cursor, self.split))),
        }
    }
}

/// Decodes what stands behind a backslash (`cunescape_one()`): the number of bytes used and what they mean. As systemd
/// does it takes surrogates with `\u` and refuses them and noncharacters with `\U`.
pub(super) fn c_escape(text: &[u8], accept_nul: bool) -> Option<(usize, Vec<u8>)> {
    let digits = |n: usize, radix: u32| {
        let digits = text.get(1..=n)?;
        digits.iter().all(|b| char::from(*b).is_digit(radix)).then_some(())?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok().filter(|v| *v != 0 || accept_nul)
    };
    let one = |b: u8| Some((1, vec![b]));
    match *text.first()? {
        b'a' => one(7),
        b'b' => one(8),
        b'f' => one(12),
        b'n' => one(b'\n'),
        b'r' => one(b'\r'),
        b't' => one(b'\t'),
        b'v' => one(11),
        b's' => one(b' '),
        b @ (b'\\' | b'"' | b'\'') => one(b),
        b'x' => Some((3, vec![u8::try_from(digits(2, 16)?).ok()?])),
        b'u' => {
            let code = digits(4, 16)?;
            let surrogate =
                || vec![0xE0 | (code >> 12) as u8, 0x80 | (code >> 6 & 0x3F) as u8, 0x80 | (code & 0x3F) as u8];
            Some((5, char::from_u32(code).map_or_else(surrogate, |c| c.to_string().into_bytes())))
        }
        b'U' => {
            let code = digits(8, 16)?;
            let nonchar = (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE;
            Some((9, char::from_u32(code).filter(|_| !nonchar)?.to_string().into_bytes()))
        }
        b'0'..=b'7' => {
            let octal = text.get(..3)?;
            octal.iter().all(|b| (b'0'..=b'7').contains(b)).then_some(())?;
            let value = octal.iter().fold(0_u32, |v, b| v * 8 + u32::from(b - b'0'));
            Some((3, vec![u8::try_from(value).ok().filter(|v| *v != 0 || accept_nul)?]))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str, how: Split) -> Vec<Result<String, ()>> {
        words(text, how).map(|w| w.map(|w| w.text.into_owned()).map_err(|_| ())).collect()
    }

    fn good(words: &[&str]) -> Vec<Result<String, ()>> {
        words.iter().map(|w| Ok((*w).to_owned())).collect()
    }

    #[test]
    fn splits_by_mode() {
        assert_eq!(split(r#"a "b c" d\ e"#, Split::RAW), good(&["a", "\"b", "c\"", "d\\", "e"]));
        assert_eq!(split(r#"a "b c" d\ e"#, Split::PLAIN), good(&["a", "\"b", "c\"", "d e"]));
        assert_eq!(split(r#"a "b c"x 'd' "#, Split::UNQUOTE), good(&["a", "b cx", "d"]));
        assert_eq!(split(r#""a\x41\n" \u00e9"#, Split::UNQUOTE_C), good(&["aA\n", "é"]));
        assert_eq!(split(r"a\qb", Split::COMMAND), good(&["a\\qb"]));
        assert_eq!(split("a:b::c:", Split::EVERY_FIELD), good(&["a", "b", "", "c", ""]));
        assert_eq!(split("a:b::c:", Split::FIELDS), good(&["a", "b", "c"]));
        assert_eq!(split(r"a\:b:\x41", Split::EVERY_FIELD), good(&["a:b", "A"]));
        assert_eq!(split(r"a\:b:\x41", Split::COLON), good(&["a:b", "x41"]));
        assert_eq!(split(r#"a "b:c":d"#, Split::BIND), good(&["a", "b:c", "d"]));
        assert_eq!((split("", Split::COLON), split("", Split::COLONS)), (good(&[""]), good(&[])));
    }

    #[test]
    fn an_open_quote_spoils_the_rest() {
        assert_eq!(split(r#"a "b c"#, Split::UNQUOTE), vec![Ok("a".into()), Err(())]);
        assert_eq!(split(r#"a "b c"#, Split::UNQUOTE_RELAX), good(&["a", "b c"]));
        assert_eq!(split(r"a b\", Split::PLAIN), vec![Ok("a".into()), Err(())]);
    }

    #[test]
    fn escapes() {
        let one = |text: &str| c_escape(text.as_bytes(), false);
        assert_eq!(one("ud800"), Some((5, vec![0xED, 0xA0, 0x80])));
        assert_eq!(
            (one("uffff").map(|e| e.0), one("U0000ffff"), one("U0000fdd0"), one("U0000d800")),
            (Some(5), None, None, None)
        );
        assert_eq!((one("x00"), one("000"), one("400"), one("u00e"), one("q")), (None, None, None, None, None));
        assert_eq!((c_escape(b"x00", true), c_escape(b"0001", true)), (Some((3, vec![0])), Some((3, vec![0]))));
        assert_eq!((split(r"a\", Split::COMMAND), split(r#"a"\"#, Split::COMMAND)), (good(&["a\\"]), vec![Err(())]));
    }

    #[test]
    fn a_word_knows_its_place() {
        let all: Vec<_> = words(r#" "a b" c"#, Split::UNQUOTE).map(|w| w.unwrap().at).collect();
        assert_eq!(all, vec![1..6, 7..8]);
    }
}
