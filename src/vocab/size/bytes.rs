//! Sizes with suffixes: class bytes (systemd.resource-control(5), `parse_size()`).

use super::number::scan;
use super::{Bad, WHITESPACE};

/// The powers that the suffixes of sizes stand for, in the order in which they may follow each other.
const SUFFIXES: [(&str, u32); 8] = [("E", 6), ("P", 5), ("T", 4), ("G", 3), ("M", 2), ("K", 1), ("B", 0), ("", 0)];

/// A size with suffixes of base 1024 or 1000; several are added up, larger ones first: class bytes (`parse_size()`).
pub fn bytes(text: &str, base: u16) -> Result<u64, Bad> {
    let (mut rest, mut first, mut sum) = (text, 0, 0_u64);
    loop {
        rest = rest.trim_start_matches(WHITESPACE);
        let whole = scan(rest, 10);
        if whole.overflow {
            return Err(Bad::Range);
        } else if whole.end == 0 {
            return Err(Bad::Syntax);
        } else if whole.negative {
            return Err(Bad::Range);
        }
        let (fraction, after) = fraction(&rest[whole.end..])?;
        let after = after.trim_start_matches(WHITESPACE);
        let found = SUFFIXES[first..].iter().position(|(suffix, _)| after.starts_with(suffix)).ok_or(Bad::Syntax)?;
        let (suffix, power) = SUFFIXES[first + found];
        let factor = u64::from(base).pow(power);
        if whole.value.saturating_add(u64::from(fraction > 0.0)) > u64::MAX / factor {
            return Err(Bad::Range);
        }
        let item = (whole.value * factor).saturating_add((fraction * factor as f64) as u64);
        sum = sum.checked_add(item).ok_or(Bad::Range)?;
        first += found + 1;
        rest = &after[suffix.len()..];
        if rest.is_empty() {
            return Ok(sum);
        }
    }
}

/// What stands behind the decimal point, if one is there, and the rest.
fn fraction(text: &str) -> Result<(f64, &str), Bad> {
    let Some(digits) = text.strip_prefix('.') else {
        return Ok((0.0, text));
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok((0.0, digits));
    }
    let number = scan(digits, 10);
    if number.overflow {
        return Err(Bad::Range);
    }
    let fraction = (0..number.end).fold(number.value as f64, |f, _| f / 10.0);
    Ok((fraction, &digits[number.end..]))
}

/// A size in a buffer key such as `ReceiveBuffer=` (`config_parse_iec_size()`).
pub fn iec_size(text: &str) -> Result<u64, Bad> {
    bytes(text, 1024)
}
