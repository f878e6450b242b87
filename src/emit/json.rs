//! A streaming JSON writer. What it writes is a promise to users, so no inner type is serialised as it is.

use std::io::{self, Write};
use std::path::Path;

/// Writes JSON values in order; commas and colons come by themselves.
pub struct Json<W> {
    out: W,
    buffer: Vec<u8>,
    /// a value was written on this level
    comma: bool,
}

impl<W: Write> Json<W> {
    /// A writer into `out`.
    pub fn new(out: W) -> Self {
        Self { out, buffer: Vec::with_capacity(1 << 16), comma: false }
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

    /// The key of the next value.
    pub fn key(&mut self, key: &str) -> &mut Self {
        self.string(key);
        self.buffer.push(b':');
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
        self.string(&path.to_string_lossy())
    }

    /// A whole number.
    pub fn number(&mut self, number: impl Into<i64>) -> &mut Self {
        self.separate();
        let _ = write!(self.buffer, "{}", number.into());
        self
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

    /// A string, or null.
    pub fn optional(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.string(text),
            None => self.null(),
        }
    }

    /// Hands over what is buffered once it is worth a write.
    ///
    /// # Errors
    /// Of the writer below.
    pub fn flush_if_large(&mut self) -> io::Result<()> {
        if self.buffer.len() >= 1 << 16 {
            self.out.write_all(&self.buffer)?;
            self.buffer.clear();
        }
        Ok(())
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

/// A string with its quotes, escaped.
pub fn quote(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut start = 0;
    for (i, b) in bytes.iter().enumerate() {
        let plain = *b >= b' ' && *b != b'"' && *b != b'\\' && *b < 0x7f;
        // beyond ASCII only a character that steers a terminal is escaped
        let steers = |c: &char| *b >= 0xc0 && !c.is_ascii() && crate::text::steers(*c);
        let long = if *b < 0xc0 { None } else { text[i..].chars().next().filter(steers) };
        if plain || (*b >= 0x80 && long.is_none()) {
            continue;
        }
        out.extend_from_slice(&bytes[start..i]);
        match b {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b => {
                let _ = write!(out, "\\u{:04x}", long.map_or(u32::from(*b), u32::from));
            }
        }
        start = i + long.map_or(1, char::len_utf8);
    }
    out.extend_from_slice(&bytes[start..]);
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
        json.key("b\n").string("\u{1}\"\\\u{7f}é").raw("\"c\":2").close(b'}');
        json.finish().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value, serde_json::json!({"a": [1, 9.4, null, true], "b\n": "\u{1}\"\\\u{7f}é", "c": 2}));
    }
}
