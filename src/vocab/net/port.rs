//! Ports and other numbers without sign (`safe_atou_full()`, `parse_ip_port()`, `parse_ip_port_range()`).

use crate::vocab::image::{Cursor, How};

/// Why a text is not a number of the wanted size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadNumber {
    /// not a number
    Syntax,
    /// a number, but negative or too large
    Range,
}

/// A number without sign as `strtoul()` reads it: 0x, 0b, 0o, or a leading 0 for octal; `+` and `-0` are fine
/// (`safe_atou_full()`). Blanks in front are allowed with `blanks`.
pub(super) fn unsigned(text: &str, max: u64, blanks: bool) -> Result<u64, BadNumber> {
    let start = text.trim_start_matches([' ', '\t', '\n', '\r']);
    if !blanks && start.len() != text.len() {
        return Err(BadNumber::Syntax);
    }
    let (prefix, body) = match start.as_bytes() {
        // nothing behind the prefix is 0
        b"0b" | b"0o" => return Ok(0),
        [b'0', b'b', ..] => (Some(2), &start[2..]),
        [b'0', b'o', ..] => (Some(8), &start[2..]),
        _ => (None, start),
    };
    let body = body.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let negative = body.starts_with('-');
    let digits = body.strip_prefix(['-', '+']).unwrap_or(body);
    let (radix, digits) = match (prefix, digits.as_bytes()) {
        (Some(radix), _) => (radix, digits),
        (None, [b'0', b'x' | b'X', ..]) => (16, &digits[2..]),
        (None, [b'0', _, ..]) => (8, &digits[1..]),
        (None, _) => (10, digits),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(BadNumber::Syntax);
    }
    match u64::from_str_radix(digits, radix) {
        Ok(n) if n <= max && (!negative || n == 0) => Ok(n),
        _ => Err(BadNumber::Range),
    }
}

/// A number of 32 bits (`safe_atou()`).
pub(super) fn unsigned_32(text: &str) -> Result<u32, BadNumber> {
    unsigned(text, u64::from(u32::MAX), true).map(|n| n as u32)
}

/// A port other than 0 (`parse_ip_port()`).
///
/// # Errors
/// When it is no number, 0, or too large.
pub fn port(text: &str) -> Result<u16, BadNumber> {
    match unsigned(text, 0xffff, false)? {
        0 => Err(BadNumber::Syntax),
        n => Ok(n as u16),
    }
}

/// One port or `LOW-HIGH`, without 0 (`parse_ip_port_range()`).
pub fn port_range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| u16::try_from(unsigned_32(text).ok()?).ok().filter(|n| *n != 0);
    let mut words = Cursor::new(text);
    let low = number(&words.next(How { separators: b"-", ..How::COLON }).ok()??.text)?;
    let high = words.rest().map_or(Some(low), number)?;
    (low <= high).then_some((low, high))
}
