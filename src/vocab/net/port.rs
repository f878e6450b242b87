//! Ports and other numbers without sign (`safe_atou_full()`, `parse_ip_port()`, `parse_ip_port_range()`).

use crate::vocab::size;
use crate::vocab::words::{Cursor, Split};

/// Why a text is not a number of the wanted size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadNumber {
    /// not a number
    Syntax,
    /// a number, but negative or too large
    Range,
}

/// A number without sign (`safe_atou_full()`). Blanks in front are allowed with `blanks`.
pub(super) fn unsigned(text: &str, max: u64, blanks: bool) -> Result<u64, BadNumber> {
    if !blanks && text.starts_with([' ', '\t', '\n', '\r']) {
        return Err(BadNumber::Syntax);
    }
    match size::unsigned_64(text) {
        Ok(n) if n <= max => Ok(n),
        Ok(_) | Err(size::Bad::Range) => Err(BadNumber::Range),
        Err(size::Bad::Syntax) => Err(BadNumber::Syntax),
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
    let low = number(&words.next(Split::COLON.at(b"-")).ok()??.text)?;
    let high = words.rest().map_or(Some(low), number)?;
    (low <= high).then_some((low, high))
}
