//! Whole numbers as `strtoull()` and systemd read them: class unsigned, integer and their sisters (`parse-util.c`).

use super::{Bad, WHITESPACE};

/// What `strtoull()` made of the start of a text.
pub(in crate::vocab) struct Scan {
    /// a minus sign stands before it
    pub(in crate::vocab) negative: bool,
    /// without the sign; the largest number when it is too large
    pub(in crate::vocab) value: u64,
    /// too large for 64 bits
    pub(in crate::vocab) overflow: bool,
    /// bytes used, 0 if it is no number
    pub(in crate::vocab) end: usize,
}
impl Scan {
    /// Whether the text is this number and nothing else. Too large comes before not understood, as in C.
    fn is_all_of(&self, text: &str) -> Result<(), Bad> {
        if self.overflow {
            Err(Bad::Range)
        } else if self.end == 0 || self.end != text.len() {
            Err(Bad::Syntax)
        } else {
            Ok(())
        }
    }
}

/// `strtoull()`: blanks, a sign, the prefix of the base, digits. Base 0 finds out by the prefix.
pub(in crate::vocab) fn scan(text: &str, base: u32) -> Scan {
    let bytes = text.as_bytes();
    let mut at = bytes.iter().take_while(|b| b" \t\n\x0b\x0c\r".contains(b)).count();
    let negative = bytes.get(at) == Some(&b'-');
    at += usize::from(matches!(bytes.get(at), Some(b'-' | b'+')));
    let hex = matches!(bytes.get(at..), Some([b'0', b'x' | b'X', digit, ..]) if digit.is_ascii_hexdigit());
    let base = match base {
        0 if hex => 16,
        0 if bytes.get(at) == Some(&b'0') => 8,
        0 => 10,
        given => given,
    };
    at += if hex && base == 16 { 2 } else { 0 };
    let start = at;
    let mut value = Some(0_u64);
    while let Some(digit) = bytes.get(at).and_then(|b| char::from(*b).to_digit(base)) {
        value = value.and_then(|v| v.checked_mul(u64::from(base))?.checked_add(u64::from(digit)));
        at += 1;
    }
    let end = if at == start { 0 } else { at };
    Scan { negative, value: value.unwrap_or(u64::MAX), overflow: value.is_none(), end }
}

/// The prefixes of Python that the C library does not know (`mangle_base()`).
fn mangle(text: &str) -> (&str, u32) {
    match text.as_bytes() {
        [b'0', b'b' | b'B', ..] => (&text[2..], 2),
        [b'0', b'o' | b'O', ..] => (&text[2..], 8),
        _ => (text, 0),
    }
}

/// A number of 64 bits in a fixed base, or with the prefixes of C and Python in base 0 (`safe_atou64_full()`).
pub(super) fn unsigned_in(text: &str, base: u32) -> Result<u64, Bad> {
    let text = text.trim_start_matches(WHITESPACE);
    let (text, base) = if base == 0 { mangle(text) } else { (text, base) };
    let number = scan(text, base);
    number.is_all_of(text)?;
    if number.negative && number.value != 0 { Err(Bad::Range) } else { Ok(number.value) }
}

/// A number of 64 bits: decimal, 0x, 0b, 0o, or a leading 0 for octal; a sign is allowed (`safe_atou64()`).
pub fn unsigned_64(text: &str) -> Result<u64, Bad> {
    unsigned_in(text, 0)
}

/// A number of 32 bits: class unsigned (`safe_atou()`).
pub fn unsigned(text: &str) -> Result<u32, Bad> {
    u32::try_from(unsigned_64(text)?).map_err(|_| Bad::Range)
}

/// A number of 32 bits, `None` for `infinity`: class unsigned_or_infinity (`config_parse_concurrency_max()`).
pub fn unsigned_or_infinity(text: &str) -> Result<Option<u32>, Bad> {
    if text == "infinity" { Ok(None) } else { unsigned(text).map(Some) }
}

/// A signed number of 64 bits with the prefixes of [`unsigned_64`]: `MessageQueueMaxMessages=` and
/// `MessageQueueMessageSize=` up to 257 (`config_parse_long()`, `safe_atolli()`).
pub fn integer_64(text: &str) -> Result<i64, Bad> {
    let (text, base) = mangle(text.trim_start_matches(WHITESPACE));
    let number = scan(text, base);
    let magnitude = i128::from(number.value);
    let value = i64::try_from(if number.negative { -magnitude } else { magnitude }).map_err(|_| Bad::Range)?;
    number.is_all_of(text)?;
    Ok(value)
}

/// A signed number of 32 bits with the prefixes of [`unsigned_64`]: class integer without a range (`safe_atoi()`).
pub fn integer(text: &str) -> Result<i32, Bad> {
    i32::try_from(integer_64(text)?).map_err(|_| Bad::Range)
}

/// A signed number in the range of the key: `Nice=`, `OOMScoreAdjust=`, `IOSchedulingPriority=`,
/// `CPUSchedulingPriority=` (`parse_nice()`, `parse_oom_score_adjust()`, `ioprio_parse_priority()`).
pub fn integer_in(text: &str, (least, most): (i64, i64)) -> Result<i32, Bad> {
    let number = integer(text)?;
    (least..=most).contains(&i64::from(number)).then_some(number).ok_or(Bad::Range)
}

/// An exit status number as `FailureActionExitStatus=` takes it (`safe_atou8()`).
pub fn exit_number(text: &str) -> Result<u8, Bad> {
    u8::try_from(unsigned_64(text)?).map_err(|_| Bad::Range)
}
