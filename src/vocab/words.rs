//! Splitting a value into words the way `extract_first_word()` does: systemd.syntax(7), "Quoting".

use std::borrow::Cow;
use std::ops::Range;

/// How words are told apart. The names follow `word_splitting` of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    separators: &'static [u8],
    unquote: bool,
    c_escapes: bool,
    /// an unknown escape is kept as it is instead of being an error
    relax_escapes: bool,
    /// a backslash is an ordinary character
    raw: bool,
    /// two separators in a row make an empty word
    every_separator: bool,
    /// a backslash makes a separator or itself literal
    escaped_separators: bool,
    /// an open quote at the end is no error
    relax: bool,
}

const BLANKS: &[u8] = b" \t\n\r";

const PLAIN: Split = Split {
    separators: BLANKS,
    unquote: false,
    c_escapes: false,
    relax_escapes: false,
    raw: false,
    every_separator: false,
    escaped_separators: false,
    relax: false,
};

impl Split {
    /// blanks only; quotes and backslashes are ordinary
    pub const RAW: Self = Self { raw: true, ..PLAIN };
    /// blanks; a backslash makes the next character literal
    pub const PLAIN: Self = PLAIN;
    /// as plain, and quotes group
    pub const UNQUOTE: Self = Self { unquote: true, ..PLAIN };
    /// as unquote, and an open quote is closed by the end
    pub const UNQUOTE_RELAX: Self = Self { unquote: true, relax: true, ..PLAIN };
    /// quotes group, C escapes are decoded
    pub const UNQUOTE_C: Self = Self { unquote: true, c_escapes: true, ..PLAIN };
    /// the words of a command line: as unquote_c, unknown escapes are kept
    pub const COMMAND: Self = Self { unquote: true, c_escapes: true, relax_escapes: true, ..PLAIN };
    /// quotes group, backslashes are ordinary
    pub const UNQUOTE_RAW: Self = Self { unquote: true, raw: true, ..PLAIN };
    /// the inner level of two_level: split at colons, C escapes
    pub const COLON: Self =
        Self { separators: b":", every_separator: true, c_escapes: true, escaped_separators: true, ..PLAIN };
    /// split at colons, quotes and backslashes protect
    pub const COLON_UNQUOTE: Self = Self { separators: b":", every_separator: true, unquote: true, ..PLAIN };
    /// blanks and colons
    pub const BIND: Self = Self { separators: b" \t\n\r:", every_separator: false, unquote: true, ..PLAIN };
}

/// A word and the bytes of the value that it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// without quotes and escapes
    pub text: Cow<'a, str>,
    /// where it stands in the value, quotes included
    pub at: Range<usize>,
    /// an escape was unknown and kept
    pub unknown_escape: bool,
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
    text: &'a str,
    at: usize,
    split: Split,
    done: bool,
}

/// Splits `text`.
pub fn words(text: &str, split: Split) -> Words<'_> {
    Words { text, at: 0, split, done: false }
}

impl<'a> Words<'a> {
    /// What has not been split yet.
    pub fn rest(&self) -> &'a str {
        if self.done { "" } else { &self.text[self.at..] }
    }

    /// Whether nothing is left.
    pub fn is_done(&self) -> bool {
        self.done
    }

    fn peek(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn separates(&self, byte: u8) -> bool {
        self.split.separators.contains(&byte)
    }

    /// A word with nothing to remove: the common case, and no allocation.
    fn simple(&mut self, start: usize) -> Option<Word<'a>> {
        let bytes = self.text.as_bytes();
        let special = |b: u8| (self.split.unquote && (b == b'"' || b == b'\'')) || (!self.split.raw && b == b'\\');
        let end = (start..bytes.len()).find(|i| self.separates(bytes[*i]) || special(bytes[*i])).unwrap_or(bytes.len());
        if end < bytes.len() && special(bytes[end]) {
            return None;
        }
        self.finish(end);
        Some(Word { text: Cow::Borrowed(&self.text[start..end]), at: start..end, unknown_escape: false })
    }

    /// Moves behind the separator(s) at `end`.
    fn finish(&mut self, end: usize) {
        let bytes = self.text.as_bytes();
        if end >= bytes.len() {
            self.done = true;
        } else if self.split.every_separator {
            self.at = end + 1;
        } else {
            match (end..bytes.len()).find(|i| !self.separates(bytes[*i])) {
                Some(next) => self.at = next,
                None => self.done = true,
            }
        }
    }

    fn quoted(&mut self, start: usize) -> Result<Word<'a>, BadWord> {
        let mut out: Vec<u8> = Vec::new();
        let mut unknown_escape = false;
        let mut quote = 0;
        let mut i = start;
        let bad = |words: &mut Self| {
            words.done = true;
            Err(BadWord { at: start..words.text.len() })
        };
        loop {
            let Some(c) = self.peek(i) else {
                if quote != 0 && !self.split.relax {
                    return bad(self);
                }
                break;
            };
            if c == b'\\' && !self.split.raw {
                let Some(next) = self.peek(i + 1) else {
                    if self.split.relax_escapes && (quote == 0 || self.split.relax) {
                        out.push(b'\\');
                    } else if !self.split.relax {
                        return bad(self);
                    }
                    i += 1;
                    break;
                };
                i += 2;
                if !self.split.c_escapes && !self.split.escaped_separators {
                    out.push(next);
                } else if let Some((used, bytes)) =
                    self.split.c_escapes.then(|| c_escape(&self.text.as_bytes()[i - 1..])).flatten()
                {
                    out.extend(bytes);
                    i += used - 1;
                } else if self.split.escaped_separators && (self.separates(next) || next == b'\\') {
                    out.push(next);
                } else if self.split.relax_escapes {
                    unknown_escape = true;
                    out.extend([b'\\', next]);
                } else {
                    return bad(self);
                }
            } else if quote != 0 {
                if c == quote {
                    quote = 0;
                } else {
                    out.push(c);
                }
                i += 1;
            } else if self.split.unquote && (c == b'"' || c == b'\'') {
                quote = c;
                i += 1;
            } else if self.separates(c) {
                break;
            } else {
                out.push(c);
                i += 1;
            }
        }
        self.finish(i);
        let text = String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        Ok(Word { text: Cow::Owned(text), at: start..i, unknown_escape })
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = Result<Word<'a>, BadWord>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        if !self.split.every_separator {
            while self.peek(self.at).is_some_and(|b| self.separates(b)) {
                self.at += 1;
            }
        }
        if self.at >= self.text.len() && (!self.split.every_separator || self.text.is_empty()) {
            self.done = true;
            return None;
        }
        let start = self.at;
        Some(match self.simple(start) {
            Some(word) => Ok(word),
            None => self.quoted(start),
        })
    }
}

/// Decodes what stands behind a backslash; gives the number of bytes used and what they mean.
/// NUL is not allowed (`cunescape_one()`).
pub fn c_escape(text: &[u8]) -> Option<(usize, Vec<u8>)> {
    let digits = |n: usize, radix: u32| {
        let digits = text.get(1..=n)?;
        digits.iter().all(|b| char::from(*b).is_digit(radix)).then_some(())?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok().filter(|v| *v != 0)
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
        n @ (b'u' | b'U') => {
            let count = if n == b'u' { 4 } else { 8 };
            let c = char::from_u32(digits(count, 16)?)?;
            Some((1 + count, c.to_string().into_bytes()))
        }
        b'0'..=b'7' => {
            let octal = text.get(..3)?;
            octal.iter().all(|b| (b'0'..=b'7').contains(b)).then_some(())?;
            let value = octal.iter().fold(0_u32, |v, b| v * 8 + u32::from(b - b'0'));
            Some((3, vec![u8::try_from(value).ok().filter(|v| *v != 0)?]))
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
        assert_eq!(split("a:b::c", Split::COLON), good(&["a", "b", "", "c"]));
        assert_eq!(split(r"a\:b:c", Split::COLON), good(&["a:b", "c"]));
    }

    #[test]
    fn an_open_quote_spoils_the_rest() {
        assert_eq!(split(r#"a "b c"#, Split::UNQUOTE), vec![Ok("a".into()), Err(())]);
        assert_eq!(split(r#"a "b c"#, Split::UNQUOTE_RELAX), good(&["a", "b c"]));
        assert_eq!(split(r"a b\", Split::PLAIN), vec![Ok("a".into()), Err(())]);
    }

    #[test]
    fn a_word_knows_its_place() {
        let all: Vec<_> = words(r#" "a b" c"#, Split::UNQUOTE).map(|w| w.unwrap().at).collect();
        assert_eq!(all, vec![1..6, 7..8]);
    }
}
