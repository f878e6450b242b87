//! Time spans: classes timespan and timespan_nsec (systemd.time(7), `parse_time()`, `parse_nsec()`).

use super::split_digits;
use crate::vocab::size::{Bad, WHITESPACE, scan};

/// What `infinity` is as a time span (`USEC_INFINITY`); every other span is shorter.
pub const INFINITY: u64 = u64::MAX;
/// A second in microseconds, the unit of [`timespan`].
pub const SECOND: u64 = 1_000_000;

/// A unit in microseconds, and its spellings; among words with the same start the longer one first.
const UNITS: [(&str, u64); 30] = [
    ("seconds", SECOND),
    ("second", SECOND),
    ("sec", SECOND),
    ("s", SECOND),
    ("minutes", 60 * SECOND),
    ("minute", 60 * SECOND),
    ("min", 60 * SECOND),
    ("months", 2_629_800 * SECOND),
    ("month", 2_629_800 * SECOND),
    ("M", 2_629_800 * SECOND),
    ("msec", 1000),
    ("ms", 1000),
    ("m", 60 * SECOND),
    ("hours", 3600 * SECOND),
    ("hour", 3600 * SECOND),
    ("hr", 3600 * SECOND),
    ("h", 3600 * SECOND),
    ("days", 86_400 * SECOND),
    ("day", 86_400 * SECOND),
    ("d", 86_400 * SECOND),
    ("weeks", 604_800 * SECOND),
    ("week", 604_800 * SECOND),
    ("w", 604_800 * SECOND),
    ("years", 31_557_600 * SECOND),
    ("year", 31_557_600 * SECOND),
    ("y", 31_557_600 * SECOND),
    ("usec", 1),
    ("us", 1),
    ("\u{b5}s", 1),
    ("\u{3bc}s", 1),
];

/// The unit at the start of a text, in microseconds, and what follows (`extract_multiplier()`).
fn unit(text: &str) -> Option<(u64, &str)> {
    UNITS.iter().find_map(|(name, factor)| Some((*factor, text.strip_prefix(name)?)))
}

/// As [`unit()`], in nanoseconds (`extract_nsec_multiplier()`).
fn unit_nsec(text: &str) -> Option<(u64, &str)> {
    let nano = text.strip_prefix("nsec").or_else(|| text.strip_prefix("ns"));
    nano.map(|rest| (1, rest)).or_else(|| unit(text).map(|(factor, rest)| (factor * 1000, rest)))
}

/// A time span in microseconds; a bare number counts `default` of them. [`INFINITY`] for `infinity`: class timespan
/// (`parse_time()`).
pub fn timespan(text: &str, default: u64) -> Result<u64, Bad> {
    span(text, default, unit)
}

/// A time span in nanoseconds, which bare numbers are: class timespan_nsec (`parse_nsec()`).
pub fn timespan_nsec(text: &str) -> Result<u64, Bad> {
    span(text, 1, unit_nsec)
}

/// Adds `NUMBER[.FRACTION][UNIT]` items up.
fn span(text: &str, default: u64, unit: fn(&str) -> Option<(u64, &str)>) -> Result<u64, Bad> {
    let mut rest = text.trim_start_matches(WHITESPACE);
    if let Some(after) = rest.strip_prefix("infinity") {
        return if after.trim_start_matches(WHITESPACE).is_empty() { Ok(INFINITY) } else { Err(Bad::Syntax) };
    }
    if rest.is_empty() {
        return Err(Bad::Syntax);
    }
    let mut sum = 0_u64;
    while !rest.is_empty() {
        let number = scan(rest, 10);
        if rest.starts_with('-') || number.negative || number.value > i64::MAX as u64 {
            return Err(Bad::Range);
        }
        let behind = &rest[number.end..];
        let fraction = behind.strip_prefix('.').map(split_digits);
        if fraction.is_none() && number.end == 0 {
            return Err(Bad::Syntax);
        }
        let behind = fraction.map_or(behind, |(_, behind)| behind);
        let next = behind.trim_start_matches(WHITESPACE);
        let (factor, after) = unit(next).unwrap_or((default, next));
        // "12.34.56" is refused, "12.34 .56" and "12.34s.56" are not
        if after.len() == behind.len() && !after.is_empty() {
            return Err(Bad::Syntax);
        }
        if number.value >= INFINITY / factor {
            return Err(Bad::Range);
        }
        sum = longer(sum, number.value * factor)?;
        match fraction {
            None => {}
            Some(("", _)) => return Err(Bad::Syntax),
            Some((digits, _)) => {
                let mut place = factor;
                for digit in digits.bytes() {
                    place /= 10;
                    sum = longer(sum, u64::from(digit - b'0') * place)?;
                }
            }
        }
        rest = after.trim_start_matches(WHITESPACE);
    }
    Ok(sum)
}

/// The sum of two spans, which has to be shorter than [`INFINITY`].
fn longer(span: u64, more: u64) -> Result<u64, Bad> {
    span.checked_add(more).filter(|sum| *sum < INFINITY).ok_or(Bad::Range)
}
