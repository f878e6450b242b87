//! A streaming JSON writer. What it writes is a promise to users, so no inner type is serialised as it is.

use serde_json::Value;
use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

/// Writes JSON values in order; commas and colons come by themselves.
pub struct Json<W> {
    out: W,
    buffer: Vec<u8>,
    /// bytes that were handed over
    gone: usize,
    /// a value was written on this level
    comma: bool,
}

impl<W: Write> Json<W> {
    /// A writer into `out`.
    pub fn new(out: W) -> Self {
        Self { out, buffer: Vec::with_capacity(1 << 16), gone: 0, comma: false }
    }

    fn separate(&mut self) {
        if self.comma {
            self.buffer.push(b',');
        }
        self.comma = true;
    }

    /// `{` or `[`
    pub fn open(&mut self, bracket: u8) -> &mut Self {
        self.separate();
        self.buffer.push(bracket);
        self.comma = false;
        self
    }

    /// `}` or `]`
    pub fn close(&mut self, bracket: u8) -> &mut Self {
        self.buffer.push(bracket);
        self.comma = true;
        self
    }

    /// The key of the next value; nothing in it is to be escaped.
    pub fn key(&mut self, key: &'static str) -> &mut Self {
        debug_assert!(key.bytes().all(|b| PLAIN[usize::from(b)]), "{key}");
        self.separate();
        self.buffer.push(b'"');
        self.buffer.extend_from_slice(key.as_bytes());
        self.buffer.extend_from_slice(b"\":");
        self.comma = false;
        self
    }

    /// Ready-made JSON: one or more members or values without a comma at either end.
    pub fn raw(&mut self, json: &str) -> &mut Self {
        self.separate();
        self.buffer.extend_from_slice(json.as_bytes());
        self
    }

    /// Ready-made JSON that continues what [`Json::raw`] began.
    #[inline]
    pub fn more(&mut self, json: &str) -> &mut Self {
        self.buffer.extend_from_slice(json.as_bytes());
        self
    }

    /// What was written last by [`Json::more`] was a key.
    pub fn value_next(&mut self) -> &mut Self {
        self.comma = false;
        self
    }

    /// A whole number behind [`Json::more`].
    pub fn more_number(&mut self, number: u32) -> &mut Self {
        self.digits(u64::from(number));
        self
    }

    /// A string behind [`Json::more`].
    pub fn more_string(&mut self, text: &str) -> &mut Self {
        quote(&mut self.buffer, text);
        self
    }

    /// Tenths behind [`Json::more`].
    pub fn more_tenths(&mut self, tenths: u32) -> &mut Self {
        match tenths {
            0..100 => self.buffer.extend_from_slice(&[b'0' + (tenths / 10) as u8, b'.', b'0' + (tenths % 10) as u8]),
            _ => {
                let _ = write!(self.buffer, "{}.{}", tenths / 10, tenths % 10);
            }
        }
        self
    }

    /// A string.
    pub fn string(&mut self, text: &str) -> &mut Self {
        self.separate();
        quote(&mut self.buffer, text);
        self
    }

    /// A path; what is not UTF-8 in it is replaced.
    pub fn path(&mut self, path: &Path) -> &mut Self {
        self.string(&readable(path))
    }

    /// A path behind [`Json::more`].
    pub fn more_path(&mut self, path: &Path) -> &mut Self {
        self.more_string(&readable(path))
    }

    /// A whole number.
    pub fn number(&mut self, number: impl Into<i64>) -> &mut Self {
        self.separate();
        let number: i64 = number.into();
        if number < 0 {
            self.buffer.push(b'-');
        }
        self.digits(number.unsigned_abs());
        self
    }

    fn digits(&mut self, mut rest: u64) {
        // most are lines and columns
        if rest < 100 {
            if rest >= 10 {
                self.buffer.push(b'0' + (rest / 10) as u8);
            }
            self.buffer.push(b'0' + (rest % 10) as u8);
            return;
        }
        let (mut digits, mut at) = ([0; 20], 20);
        while at == 20 || rest > 0 {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.buffer.extend_from_slice(&digits[at..]);
    }

    /// Tenths as a number with one decimal.
    pub fn tenths(&mut self, tenths: u32) -> &mut Self {
        self.separate();
        self.more_tenths(tenths)
    }

    /// true or false
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(if value { "true" } else { "false" })
    }

    /// null
    pub fn null(&mut self) -> &mut Self {
        self.raw("null")
    }

    /// A value that is there already.
    pub fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::String(text) => self.string(text),
            Value::Array(list) => {
                self.open(b'[');
                list.iter().for_each(|v| {
                    self.value(v);
                });
                self.close(b']')
            }
            Value::Object(map) => {
                self.open(b'{');
                for (key, value) in map {
                    self.string(key).colon().value(value);
                }
                self.close(b'}')
            }
            other => self.raw(&other.to_string()),
        }
    }

    /// What was written last was a key.
    fn colon(&mut self) -> &mut Self {
        self.buffer.push(b':');
        self.comma = false;
        self
    }

    /// A string, or null.
    pub fn optional(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.string(text),
            None => self.null(),
        }
    }

    /// How many bytes there are so far.
    pub fn written(&self) -> usize {
        self.gone + self.buffer.len()
    }

    /// Hands over what is buffered once it is worth a write.
    ///
    /// # Errors
    /// Of the writer below.
    pub fn flush_if_large(&mut self) -> io::Result<()> {
        if self.buffer.len() >= 1 << 16 {
            self.out.write_all(&self.buffer)?;
            self.gone += self.buffer.len();
            self.buffer.clear();
        }
        Ok(())
    }

    /// Hands over what is buffered, and what was written elsewhere behind it: values without a comma at either end.
    ///
    /// # Errors
    /// Of the writer below, and of `pour`.
    pub fn pour(&mut self, from: impl FnOnce(&mut W) -> io::Result<()>) -> io::Result<()> {
        self.out.write_all(&self.buffer)?;
        self.buffer.clear();
        self.comma = true;
        from(&mut self.out)
    }

    /// What is below, with all that was written.
    ///
    /// # Errors
    /// Of the writer below.
    pub fn into_inner(mut self) -> io::Result<W> {
        self.out.write_all(&self.buffer)?;
        Ok(self.out)
    }

    /// All of it with a line end, of what was never handed over.
    #[cfg(feature = "packages")]
    pub(super) fn text(mut self) -> String {
        self.buffer.push(b'\n');
        String::from_utf8_lossy(&self.buffer).into_owned()
    }

    /// Writes the rest and a line end.
    ///
    /// # Errors
    /// Of the writer below.
    pub fn finish(mut self) -> io::Result<()> {
        self.buffer.push(b'\n');
        self.out.write_all(&self.buffer)?;
        self.out.flush()
    }
}

/// ASCII that stands for itself between quotes.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut b = b' ';
    while b < 0x7f {
        plain[b as usize] = b != b'"' && b != b'\\';
        b += 1;
    }
    plain
};

/// Where the first byte is that does not stand for itself. Most texts have none: they are looked at in large pieces.
fn first_special(bytes: &[u8]) -> Option<usize> {
    let special = |b: u8| !(b' '..0x7f).contains(&b) | (b == b'"') | (b == b'\\');
    let (pieces, _) = bytes.as_chunks::<16>();
    let plain = pieces.iter().take_while(|piece| !piece.iter().fold(false, |any, b| any | special(*b))).count() * 16;
    bytes[plain..].iter().position(|b| !PLAIN[usize::from(*b)]).map(|at| plain + at)
}

/// A finished line of JSON in which what steers a terminal is escaped, too: such characters are in strings only.
#[cfg(feature = "packages")]
pub(super) fn steady(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if crate::text::steers(c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// A path as text: nearly every one is, and that is seen sooner than what would have to be replaced.
fn readable(path: &Path) -> Cow<'_, str> {
    path.to_str().map_or_else(|| path.to_string_lossy(), Cow::Borrowed)
}

/// A string with its quotes, escaped. Beyond ASCII only a character that steers a terminal is.
pub fn quote(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text;
    while let Some(at) = first_special(rest.as_bytes()) {
        let (plain, other) = rest.split_at(at);
        out.extend_from_slice(plain.as_bytes());
        let Some(c) = other.chars().next() else { break };
        let (this, after) = other.split_at(c.len_utf8());
        match c {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\t' => out.extend_from_slice(b"\\t"),
            '\r' => out.extend_from_slice(b"\\r"),
            c if c.is_ascii() || crate::text::steers(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.extend_from_slice(this.as_bytes()),
        }
        rest = after;
    }
    out.extend_from_slice(rest.as_bytes());
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_serde_reads() {
        let mut out = Vec::new();
        let mut json = Json::new(&mut out);
        json.open(b'{').key("a").open(b'[').number(1).tenths(94).null().bool(true).close(b']');
        json.key("b").string("\n\u{1}\"\\\u{7f}é").raw("\"c\":2");
        json.key("d").string("sixteen plain bytes and \"more\" of them, é too");
        json.key("e").open(b'[').number(i64::MIN).number(0).number(907).close(b']').close(b'}');
        json.finish().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            value,
            serde_json::json!({
                "a": [1, 9.4, null, true],
                "b": "\n\u{1}\"\\\u{7f}é",
                "c": 2,
                "d": "sixteen plain bytes and \"more\" of them, é too",
                "e": [i64::MIN, 0, 907],
            })
        );
    }
}
