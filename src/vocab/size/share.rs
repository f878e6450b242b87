//! Shares in percent, per mille and per myriad: class percent (`percent-util.c`).

use super::number::integer;
use super::{Bad, at_most};

/// A number that is not negative (`safe_atoi()`).
fn whole(text: &str) -> Result<u32, Bad> {
    u32::try_from(integer(text)?).map_err(|_| Bad::Range)
}

/// A number with up to `places` digits behind the point, as a multiple of the last place
/// (`parse_parts_value_with_tenths_place()`, `parse_parts_value_with_hundredths_place()`).
fn decimal(text: &str, places: usize) -> Result<u32, Bad> {
    let scale = |n: usize| 10_u32.pow(n as u32);
    let (integral, fraction) = match text.split_once('.') {
        None => (text, 0),
        Some((integral, digits)) => {
            let good = (1..=places).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            let value: u32 = Some(digits).filter(|_| good).and_then(|d| d.parse().ok()).ok_or(Bad::Syntax)?;
            (integral, value * scale(places - digits.len()))
        }
    };
    let parts = u64::from(whole(integral)?) * u64::from(scale(places)) + u64::from(fraction);
    at_most(parts, i32::MAX as u64).map(|parts| parts as u32)
}

/// A share in hundredths of a percent, with `%`, `‰` or `‱` (`parse_permyriad_unbounded()`).
pub fn permyriad_unbounded(text: &str) -> Result<u32, Bad> {
    if let Some(number) = text.strip_suffix('‱') {
        whole(number)
    } else if let Some(number) = text.strip_suffix('‰') {
        decimal(number, 1)
    } else {
        decimal(text.strip_suffix('%').ok_or(Bad::Syntax)?, 2)
    }
}

/// A share of up to 100%, in hundredths of a percent: class percent (`parse_permyriad()`).
pub fn permyriad(text: &str) -> Result<u32, Bad> {
    at_most(permyriad_unbounded(text)?, 10_000)
}

/// A share in tenths of a percent, with `%` or `‰` (`parse_permille_unbounded()`).
pub fn permille_unbounded(text: &str) -> Result<u32, Bad> {
    match text.strip_suffix('‰') {
        Some(number) => whole(number),
        None => decimal(text.strip_suffix('%').ok_or(Bad::Syntax)?, 1),
    }
}

/// A share of up to 100%, in tenths of a percent (`parse_permille()`).
pub fn permille(text: &str) -> Result<u32, Bad> {
    at_most(permille_unbounded(text)?, 1000)
}
