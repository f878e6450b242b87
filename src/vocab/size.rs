//! Numbers with a range or a unit: sizes, limits, weights, CPU sets, signals, exit statuses (`parse-util.c`,
//! `percent-util.c`, `rlimit-util.c`, `cpu-set-util.c`, `signal-util.c`, `exit-status.c`).

use super::words::{Split, Word, words};
use super::{ERRNOS, Model, time};
use std::borrow::Cow;
use std::ops::Range;

/// Why a number is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// not understood (`EINVAL`)
    Syntax,
    /// understood, and too large or too small (`ERANGE`)
    Range,
}

/// The blanks that systemd skips before a number.
const WHITESPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// What `strtoull()` made of the start of a text.
pub(super) struct Scan {
    /// a minus sign stands before it
    pub(super) negative: bool,
    /// without the sign; the largest number when it is too large
    pub(super) value: u64,
    /// too large for 64 bits
    pub(super) overflow: bool,
    /// bytes used, 0 if it is no number
    pub(super) end: usize,
}

/// `strtoull()`: blanks, a sign, the prefix of the base, digits. Base 0 finds out by the prefix.
pub(super) fn scan(text: &str, base: u32) -> Scan {
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
fn unsigned_in(text: &str, base: u32) -> Result<u64, Bad> {
    let text = text.trim_start_matches(WHITESPACE);
    let (text, base) = if base == 0 { mangle(text) } else { (text, base) };
    let number = scan(text, base);
    if number.overflow {
        Err(Bad::Range)
    } else if number.end == 0 || number.end != text.len() {
        Err(Bad::Syntax)
    } else if number.negative && number.value != 0 {
        Err(Bad::Range)
    } else {
        Ok(number.value)
    }
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
    if number.overflow {
        Err(Bad::Range)
    } else if number.end == 0 || number.end != text.len() {
        Err(Bad::Syntax)
    } else {
        Ok(value)
    }
}

/// A signed number of 32 bits with the prefixes of [`unsigned_64`]: class integer without a range (`safe_atoi()`).
pub fn integer(text: &str) -> Result<i32, Bad> {
    i32::try_from(integer_64(text)?).map_err(|_| Bad::Range)
}

/// A signed number in the range of the key: `Nice=`, `OOMScoreAdjust=`, `IOSchedulingPriority=`,
/// `CPUSchedulingPriority=` (`parse_nice()`, `parse_oom_score_adjust()`, `ioprio_parse_priority()`).
pub fn integer_in(text: &str, range: (i64, i64)) -> Result<i32, Bad> {
    integer(text).and_then(|n| if i64::from(n) < range.0 || i64::from(n) > range.1 { Err(Bad::Range) } else { Ok(n) })
}

/// An exit status number as `FailureActionExitStatus=` takes it (`safe_atou8()`).
pub fn exit_number(text: &str) -> Result<u8, Bad> {
    u8::try_from(unsigned_64(text)?).map_err(|_| Bad::Range)
}

/// A word of the list, given back as its place, or a number up to `max`
/// (`DEFINE_STRING_TABLE_LOOKUP_WITH_FALLBACK`). Out of range counts as not understood.
pub fn word_or_number(text: &str, words: &[&str], max: u32) -> Option<WordOrNumber> {
    match words.iter().position(|w| *w == text) {
        Some(place) => Some(WordOrNumber::Word(place)),
        None => unsigned(text).ok().filter(|n| *n <= max).map(WordOrNumber::Number),
    }
}

/// What [`word_or_number`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordOrNumber {
    /// the place of the word in the list
    Word(usize),
    /// a number
    Number(u32),
}

/// The largest number that a key of class enum_or_number takes instead of a word; `None` for words only.
pub fn number_fallback(key: &str) -> Option<u32> {
    match key {
        "CPUSchedulingPolicy" => Some(i32::MAX as u32),
        "IOSchedulingClass" => Some(8),
        "IPTOS" => Some(255),
        _ => None,
    }
}

/// A log level: word or 0 to 7 (`log_level_from_string()`).
pub fn log_level(text: &str) -> Option<u8> {
    const LEVELS: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];
    word_or_number(text, &LEVELS, 7).map(|found| match found {
        WordOrNumber::Word(place) => place as u8,
        WordOrNumber::Number(n) => n as u8,
    })
}

/// A log facility: word or 0 to 127 (`log_facility_unshifted_from_string()`).
pub fn log_facility(text: &str) -> Option<u8> {
    const FACILITIES: [&str; 12] =
        ["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"];
    const LOCAL: [&str; 8] = ["local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"];
    if let Some(local) = LOCAL.iter().position(|l| *l == text) {
        return Some(16 + local as u8);
    }
    word_or_number(text, &FACILITIES, 127).map(|found| match found {
        WordOrNumber::Word(place) => place as u8,
        WordOrNumber::Number(n) => n as u8,
    })
}

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

/// The whole number before the point, times `scale`, plus `digits` behind the point. More digits are an error.
fn parts(text: &str, places: usize) -> Result<u32, Bad> {
    let (whole, digits) = match text.split_once('.') {
        Some((whole, digits)) => (whole, Some(digits)),
        None => (text, None),
    };
    let mut scaled = 0;
    if let Some(digits) = digits {
        if digits.is_empty() || digits.len() > places || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Bad::Syntax);
        }
        scaled = digits.bytes().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
        scaled *= 10_u32.pow((places - digits.len()) as u32);
    }
    let whole = u32::try_from(integer(whole)?).map_err(|_| Bad::Range)?;
    let parts = u64::from(whole) * 10_u64.pow(places as u32) + u64::from(scaled);
    i32::try_from(parts).map(|p| p as u32).map_err(|_| Bad::Range)
}

/// A share in hundredths of a percent, with `%`, `‰` or `‱` (`parse_permyriad_unbounded()`).
pub fn permyriad_unbounded(text: &str) -> Result<u32, Bad> {
    if let Some(number) = text.strip_suffix('‱') {
        u32::try_from(integer(number)?).map_err(|_| Bad::Range)
    } else if let Some(number) = text.strip_suffix('‰') {
        parts(number, 1)
    } else {
        parts(text.strip_suffix('%').ok_or(Bad::Syntax)?, 2)
    }
}

/// A share of up to 100%, in hundredths of a percent: class percent (`parse_permyriad()`).
pub fn permyriad(text: &str) -> Result<u32, Bad> {
    permyriad_unbounded(text).and_then(|share| if share > 10000 { Err(Bad::Range) } else { Ok(share) })
}

/// A share in tenths of a percent, with `%` or `‰` (`parse_permille_unbounded()`).
pub fn permille_unbounded(text: &str) -> Result<u32, Bad> {
    if let Some(number) = text.strip_suffix('‰') {
        u32::try_from(integer(number)?).map_err(|_| Bad::Range)
    } else {
        parts(text.strip_suffix('%').ok_or(Bad::Syntax)?, 1)
    }
}

/// A share of up to 100%, in tenths of a percent (`parse_permille()`).
pub fn permille(text: &str) -> Result<u32, Bad> {
    permille_unbounded(text).and_then(|share| if share > 1000 { Err(Bad::Range) } else { Ok(share) })
}

/// A limit that may be a share of what the machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// `infinity`, or `off` for quotas
    Unlimited,
    /// bytes or tasks
    Absolute(u64),
    /// hundredths of a percent
    Share(u32),
}

/// Whether the memory key takes 0 (`config_parse_memory_limit()`).
pub fn memory_takes_zero(key: &str) -> bool {
    matches!(
        key,
        "MemoryMin"
            | "MemoryLow"
            | "StartupMemoryLow"
            | "MemorySwapMax"
            | "StartupMemorySwapMax"
            | "MemoryZSwapMax"
            | "StartupMemoryZSwapMax"
            | "DefaultMemoryMin"
            | "DefaultMemoryLow"
            | "DefaultStartupMemoryLow"
    )
}

/// A memory limit: class memory_limit; `zero` by [`memory_takes_zero`] (`config_parse_memory_limit()`).
/// [`Bad::Range`] has a message of its own.
pub fn memory_limit(text: &str, zero: bool) -> Result<Limit, Bad> {
    let limit = match permyriad(text) {
        _ if text == "infinity" => return Ok(Limit::Unlimited),
        Ok(share) => Limit::Share(share),
        Err(_) => match bytes(text, 1024) {
            Ok(size) => Limit::Absolute(size),
            Err(_) => return Err(Bad::Syntax),
        },
    };
    match limit {
        Limit::Absolute(u64::MAX) => Err(Bad::Range),
        Limit::Absolute(0) | Limit::Share(0) if !zero => Err(Bad::Range),
        limit => Ok(limit),
    }
}

/// A limit of tasks: class tasks_max (`config_parse_tasks_max()`). [`Bad::Range`] has a message of its own.
pub fn tasks_max(text: &str) -> Result<Limit, Bad> {
    if text == "infinity" {
        return Ok(Limit::Unlimited);
    }
    if let Ok(share) = permyriad(text) {
        return Ok(Limit::Share(share));
    }
    match unsigned_64(text) {
        Ok(0 | u64::MAX) => Err(Bad::Range),
        Ok(tasks) => Ok(Limit::Absolute(tasks)),
        Err(_) => Err(Bad::Syntax),
    }
}

/// A directory quota: class disk_quota (`config_parse_exec_quota()`).
pub fn disk_quota(text: &str) -> Result<Limit, Bad> {
    if text == "off" {
        return Ok(Limit::Unlimited);
    }
    permyriad(text).map(Limit::Share).or_else(|_| bytes(text, 1024).map(Limit::Absolute))
}

/// A CPU quota in hundredths of a percent of one CPU: class cpu_quota (`config_parse_cpu_quota()`).
pub fn cpu_quota(text: &str) -> Result<u32, Bad> {
    permyriad_unbounded(text).and_then(|share| if share == 0 { Err(Bad::Range) } else { Ok(share) })
}

/// A weight in the range of the key: class weight (`cg_weight_parse()`).
pub fn weight(text: &str, range: (i64, i64)) -> Result<u64, Bad> {
    let weight = unsigned_64(text)?;
    i64::try_from(weight).is_ok_and(|w| w >= range.0 && w <= range.1).then_some(weight).ok_or(Bad::Range)
}

/// A CPU weight; 0 stands for `idle`: class cpu_weight (`cg_cpu_weight_parse()`).
pub fn cpu_weight(text: &str) -> Result<u64, Bad> {
    if text == "idle" { Ok(0) } else { weight(text, (1, 10000)) }
}

/// How a resource limit is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RlimitUnit {
    /// a size with suffixes of base 1024
    Bytes,
    /// a number
    Number,
    /// a time span, seconds by default
    Seconds,
    /// a time span, microseconds by default
    Microseconds,
    /// 0 to 40, or a nice level with its sign
    Nice,
}

impl RlimitUnit {
    /// The unit of a `Limit...=` key (`rlimit_parse_table`).
    pub fn of(key: &str) -> Self {
        match key {
            "LimitCPU" => Self::Seconds,
            "LimitRTTIME" => Self::Microseconds,
            "LimitNICE" => Self::Nice,
            "LimitNOFILE" | "LimitNPROC" | "LimitLOCKS" | "LimitSIGPENDING" | "LimitRTPRIO" => Self::Number,
            _ => Self::Bytes,
        }
    }

    /// One of the two limits (`rlimit_parse_one()`).
    fn parse(self, text: &str) -> Result<u64, Bad> {
        let finite = |n: u64| if n == RLIM_INFINITY { Err(Bad::Range) } else { Ok(n) };
        if self == Self::Nice {
            return nice_limit(text);
        }
        if text == "infinity" {
            return Ok(RLIM_INFINITY);
        }
        match self {
            Self::Number => unsigned_64(text).and_then(finite),
            Self::Seconds => Ok(match time::timespan(text, time::SECOND)? {
                time::INFINITY => RLIM_INFINITY,
                span => span.div_ceil(time::SECOND),
            }),
            Self::Microseconds => time::timespan(text, 1),
            _ => bytes(text, 1024).and_then(finite),
        }
    }
}

/// The limit that is none.
pub const RLIM_INFINITY: u64 = u64::MAX;

/// 0 to 40, or a nice level with its sign, which is turned around (`rlimit_parse_nice()`).
fn nice_limit(text: &str) -> Result<u64, Bad> {
    let within = |n: u64, max| if n > max { Err(Bad::Range) } else { Ok(n) };
    match text.as_bytes().first() {
        Some(b'+') => Ok(20 - within(unsigned_64(&text[1..])?, 19)?),
        Some(b'-') => Ok(20 + within(unsigned_64(&text[1..])?, 20)?),
        _ => within(unsigned_64(text)?, 40),
    }
}

/// A resource limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rlimit {
    /// what processes start with; [`RLIM_INFINITY`] for none
    pub soft: u64,
    /// up to where they may raise it
    pub hard: u64,
}

/// Why a resource limit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRlimit {
    /// one of the numbers
    Value(Bad),
    /// the soft limit is above the hard limit
    Order,
}

/// `VALUE` or `SOFT:HARD`: class rlimit (`rlimit_parse()`).
pub fn rlimit(text: &str, unit: RlimitUnit) -> Result<Rlimit, BadRlimit> {
    let bad = |_| BadRlimit::Value(Bad::Syntax);
    let mut rest = Extract { text, at: Some(0), separators: b":", unquote: false, coalesce: false };
    let mut next = || rest.next().transpose().map(|word| (word, rest.rest().is_empty()));
    let soft = match next().map_err(bad)? {
        (Some(word), _) => unit.parse(&word.0).map_err(BadRlimit::Value)?,
        (None, _) => return Err(BadRlimit::Value(Bad::Syntax)),
    };
    let hard = match next().map_err(bad)? {
        (None, _) => soft,
        (Some(_), false) => return Err(BadRlimit::Value(Bad::Syntax)),
        (Some(word), true) => unit.parse(&word.0).map_err(BadRlimit::Value)?,
    };
    if soft > hard { Err(BadRlimit::Order) } else { Ok(Rlimit { soft, hard }) }
}

/// `extract_first_word()` with separators that [`Split`] does not have.
struct Extract<'a> {
    text: &'a str,
    /// the next byte; `None` behind the end
    at: Option<usize>,
    separators: &'static [u8],
    unquote: bool,
    coalesce: bool,
}

impl<'a> Extract<'a> {
    fn rest(&self) -> &'a str {
        self.at.map_or("", |at| &self.text[at..])
    }

    /// The end of the word that starts at `start`, or nothing for an open quote or a backslash without a character.
    fn end(&self, start: usize) -> Option<usize> {
        let (mut quote, mut escaped) = (0, false);
        for (i, b) in self.text.bytes().enumerate().skip(start) {
            if escaped {
                escaped = false;
            } else if b == b'\\' {
                escaped = true;
            } else if quote != 0 {
                quote = if b == quote { 0 } else { quote };
            } else if self.unquote && (b == b'"' || b == b'\'') {
                quote = b;
            } else if self.separators.contains(&b) {
                return Some(i);
            }
        }
        (quote == 0 && !escaped).then_some(self.text.len())
    }

    /// A word without its quotes and backslashes.
    fn bare(&self, word: &'a str) -> Cow<'a, str> {
        let special = |c: char| c == '\\' || (self.unquote && (c == '"' || c == '\''));
        if !word.contains(special) {
            return Cow::Borrowed(word);
        }
        let (mut out, mut quote, mut chars) = (String::new(), None, word.chars());
        while let Some(c) = chars.next() {
            if c == '\\' {
                out.extend(chars.next());
            } else if quote == Some(c) {
                quote = None;
            } else if quote.is_none() && self.unquote && (c == '"' || c == '\'') {
                quote = Some(c);
            } else {
                out.push(c);
            }
        }
        Cow::Owned(out)
    }

    /// Skips separators from `at` on.
    fn past(&self, at: usize) -> usize {
        at + self.text[at..].bytes().take_while(|b| self.coalesce && self.separators.contains(b)).count()
    }
}

impl<'a> Iterator for Extract<'a> {
    type Item = Result<(Cow<'a, str>, Range<usize>), Range<usize>>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.past(self.at?);
        if self.coalesce && start == self.text.len() {
            self.at = None;
            return None;
        }
        let Some(end) = self.end(start) else {
            self.at = None;
            return Some(Err(start..self.text.len()));
        };
        self.at = (end < self.text.len()).then(|| self.past(end + 1));
        Some(Ok((self.bare(&self.text[start..end]), start..end)))
    }
}

/// `N` or `LOW-HIGH`; whether LOW is the smaller one is not looked at (`parse_range()`).
pub fn range(text: &str) -> Result<(u32, u32), Bad> {
    let mut rest = Extract { text, at: Some(0), separators: b"-", unquote: false, coalesce: false };
    let low = match rest.next() {
        Some(Ok((word, _))) if !text.is_empty() => unsigned(&word)?,
        _ => return Err(Bad::Syntax),
    };
    match rest.at {
        None => Ok((low, low)),
        Some(_) => Ok((low, unsigned(rest.rest())?)),
    }
}

/// What is wrong with an item of a CPU set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadCpu {
    /// an open quote, or a backslash at the end
    Quoting,
    /// neither a number nor a range
    Item,
    /// the range runs backwards
    Reversed,
    /// beyond 8191
    TooLarge,
}

/// What a line adds to a CPU set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CpuLine {
    /// first and last CPU of each item
    pub cpus: Vec<(u32, u32)>,
    /// what is wrong, and where
    pub faults: Vec<(BadCpu, Range<usize>)>,
    /// the line counts for nothing
    pub ignored: bool,
    /// the line has no item: it empties the set up to 257, and changes nothing since
    pub blank: bool,
}

/// CPU numbers and ranges: class cpu_set. Up to 257 one bad item spoils the line, and a range that runs backwards
/// is skipped; since 258 bad items are skipped one by one (`parse_cpu_set_extend()`, `config_parse_cpu_set()`).
pub fn cpu_set(text: &str, model: Model) -> CpuLine {
    const COUNT: u32 = 8192;
    let stops = model.number() < 258;
    let mut line = CpuLine { blank: true, ..CpuLine::default() };
    for word in (Extract { text, at: Some(0), separators: b" \t\n\r,", unquote: true, coalesce: true }) {
        let blank = std::mem::replace(&mut line.blank, false);
        let (fault, at) = match word {
            Err(at) => (BadCpu::Quoting, at),
            Ok((word, at)) => match range(&word) {
                Err(_) => (BadCpu::Item, at),
                // the loop of old releases never reaches this one
                Ok((u32::MAX, _)) if stops => {
                    line.blank = blank;
                    continue;
                }
                Ok((low, high)) if low > high => (BadCpu::Reversed, at),
                Ok((_, high)) if high >= COUNT => (BadCpu::TooLarge, at),
                Ok(cpus) => {
                    line.cpus.push(cpus);
                    continue;
                }
            },
        };
        line.ignored = fault == BadCpu::Quoting || (stops && fault != BadCpu::Reversed);
        line.faults.push((fault, at));
        if line.ignored {
            line.cpus.clear();
            break;
        }
    }
    line
}

/// As a CPU set; `None` for `all`: class numa_mask (`config_parse_numa_mask()`).
pub fn numa_mask(text: &str, model: Model) -> Option<CpuLine> {
    (text != "all").then(|| cpu_set(text, model))
}

/// `CPUAffinity=`: as a CPU set; `None` for `numa` (`config_parse_exec_cpu_affinity()`).
pub fn cpu_affinity(text: &str, model: Model) -> Option<CpuLine> {
    (text != "numa").then(|| cpu_set(text, model))
}

/// A device and the text of its value: classes io_device_weight, io_device_latency and io_device_limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IoDevice<'a> {
    /// the path, still with specifiers
    pub path: Word<'a>,
    /// what follows
    pub value: &'a str,
    /// where that stands
    pub at: Range<usize>,
}

/// Why a device line cannot be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadDevice {
    /// an open quote
    Quoting,
    /// path or value is missing
    Incomplete,
}

/// Splits `DEVICE VALUE`; systemd looks at the path first and at the value then (`config_parse_io_device_weight()`).
pub fn io_device(text: &str) -> Result<IoDevice<'_>, BadDevice> {
    let mut rest = words(text, Split::UNQUOTE);
    let path = rest.next().ok_or(BadDevice::Incomplete)?.map_err(|_| BadDevice::Quoting)?;
    match rest.rest() {
        "" => Err(BadDevice::Incomplete),
        value => Ok(IoDevice { path, value, at: text.len() - value.len()..text.len() }),
    }
}

/// The value of an IO limit, base 1000; 0 is refused (`config_parse_io_limit()`).
pub fn io_limit(text: &str) -> Result<Limit, Bad> {
    match text {
        "infinity" => Ok(Limit::Unlimited),
        _ => match bytes(text, 1000)? {
            0 => Err(Bad::Range),
            limit => Ok(Limit::Absolute(limit)),
        },
    }
}

/// The names of the signals from 1 on, without `SIG`.
const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
];
const RTMIN: i32 = 34;
const RTMAX: i32 = 64;

/// A signal by number or name, with or without `SIG`: class signal (`signal_from_string()`). Numbers as on x86.
pub fn signal(text: &str) -> Option<u8> {
    if let Ok(number) = integer(text) {
        return u8::try_from(number).ok().filter(|n| (1..=64).contains(n));
    }
    let name = text.strip_prefix("SIG").unwrap_or(text);
    if let Some(place) = SIGNALS.iter().position(|s| *s == name) {
        return Some(place as u8 + 1);
    }
    let (base, sign, offset) = match name.strip_prefix("RTMIN") {
        Some(offset) => (RTMIN, '+', offset),
        None => (RTMAX, '-', name.strip_prefix("RTMAX")?),
    };
    if offset.is_empty() {
        return Some(base as u8);
    }
    let offset = offset.starts_with(sign).then(|| integer(offset).ok())??;
    let number = base.checked_add(offset)?;
    (RTMIN..=RTMAX).contains(&number).then_some(number as u8)
}

/// The name of a signal, without `SIG` (`signal_to_string()`).
pub fn signal_name(number: u8) -> Option<&'static str> {
    SIGNALS.get(usize::from(number.checked_sub(1)?)).copied()
}

/// The names of exit statuses (systemd.exec(5), "Process Exit Codes").
const EXIT_STATUSES: &[(u8, &str)] = &[
    (0, "SUCCESS"),
    (1, "FAILURE"),
    (2, "INVALIDARGUMENT"),
    (3, "NOTIMPLEMENTED"),
    (4, "NOPERMISSION"),
    (5, "NOTINSTALLED"),
    (6, "NOTCONFIGURED"),
    (7, "NOTRUNNING"),
    (64, "USAGE"),
    (65, "DATAERR"),
    (66, "NOINPUT"),
    (67, "NOUSER"),
    (68, "NOHOST"),
    (69, "UNAVAILABLE"),
    (70, "SOFTWARE"),
    (71, "OSERR"),
    (72, "OSFILE"),
    (73, "CANTCREAT"),
    (74, "IOERR"),
    (75, "TEMPFAIL"),
    (76, "PROTOCOL"),
    (77, "NOPERM"),
    (78, "CONFIG"),
    (200, "CHDIR"),
    (201, "NICE"),
    (202, "FDS"),
    (203, "EXEC"),
    (204, "MEMORY"),
    (205, "LIMITS"),
    (206, "OOM_ADJUST"),
    (207, "SIGNAL_MASK"),
    (208, "STDIN"),
    (209, "STDOUT"),
    (210, "CHROOT"),
    (211, "IOPRIO"),
    (212, "TIMERSLACK"),
    (213, "SECUREBITS"),
    (214, "SETSCHEDULER"),
    (215, "CPUAFFINITY"),
    (216, "GROUP"),
    (217, "USER"),
    (218, "CAPABILITIES"),
    (219, "CGROUP"),
    (220, "SETSID"),
    (221, "CONFIRM"),
    (222, "STDERR"),
    (224, "PAM"),
    (225, "NETWORK"),
    (226, "NAMESPACE"),
    (227, "NO_NEW_PRIVILEGES"),
    (228, "SECCOMP"),
    (229, "SELINUX_CONTEXT"),
    (230, "PERSONALITY"),
    (231, "APPARMOR"),
    (232, "ADDRESS_FAMILIES"),
    (233, "RUNTIME_DIRECTORY"),
    (235, "CHOWN"),
    (236, "SMACK_PROCESS_LABEL"),
    (237, "KEYRING"),
    (238, "STATE_DIRECTORY"),
    (239, "CACHE_DIRECTORY"),
    (240, "LOGS_DIRECTORY"),
    (241, "CONFIGURATION_DIRECTORY"),
    (242, "NUMA_POLICY"),
    (243, "CREDENTIALS"),
    (244, "BPF"),
    (245, "KSM"),
    (246, "MEMORY_THP"),
    (255, "EXCEPTION"),
];

/// A word of an exit status list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitWord {
    /// an exit status
    Status(u8),
    /// a signal
    Signal(u8),
}

/// An exit status by name or number, else a signal name: one word of class exit_status_set
/// (`config_parse_set_status()`, `exit_status_from_string()`).
pub fn exit_word(word: &str, model: Model) -> Option<ExitWord> {
    let since = |status| match status {
        245 => 254,
        246 => 260,
        _ => 0,
    };
    let named = EXIT_STATUSES.iter().find(|(status, name)| *name == word && since(*status) <= model.number());
    match named.map(|(status, _)| *status).or_else(|| exit_number(word).ok()) {
        Some(status) => Some(ExitWord::Status(status)),
        None => signal(word).map(ExitWord::Signal),
    }
}

/// What `SystemCallErrorNumber=` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errno {
    /// `kill`: the process is killed
    Kill,
    /// an error by number
    Number(u16),
    /// an error by its name in capitals; which number that is depends on the architecture
    Name(&'static str),
}

/// `kill`, an error name in any case, or 1 to 4095: class errno (`config_parse_syscall_errno()`, `parse_errno()`).
pub fn errno(text: &str) -> Result<Errno, Bad> {
    if text == "kill" {
        return Ok(Errno::Kill);
    }
    if let Some(name) = ERRNOS.iter().find(|e| e.eq_ignore_ascii_case(text)) {
        return Ok(Errno::Name(name));
    }
    integer_in(text, (1, 4095)).map(|n| Errno::Number(n as u16))
}

/// The bits of a word of `CoredumpFilter=`: class coredump_filter (`coredump_filter_mask_from_string()`).
/// A bad word spoils the line.
pub fn coredump_word(word: &str) -> Result<u64, Bad> {
    const WORDS: [&str; 9] = [
        "private-anonymous",
        "shared-anonymous",
        "private-file-backed",
        "shared-file-backed",
        "elf-headers",
        "private-huge",
        "shared-huge",
        "private-dax",
        "shared-dax",
    ];
    match word {
        "default" => Ok(0x33),
        "all" => Ok(u64::from(u32::MAX)),
        _ => match WORDS.iter().position(|w| *w == word) {
            Some(bit) => Ok(1 << bit),
            None => unsigned_in(word, 16),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Bad::{Range as TooLarge, Syntax};

    #[test]
    fn numbers() {
        let all = [
            ("0", Ok(0)),
            ("+5", Ok(5)),
            ("-0", Ok(0)),
            ("010", Ok(8)),
            ("0x10", Ok(16)),
            ("0B11", Ok(3)),
            ("0O17", Ok(15)),
            ("4294967295", Ok(u32::MAX)),
            ("4294967296", Err(TooLarge)),
            ("99999999999999999999", Err(TooLarge)),
            ("-1", Err(TooLarge)),
            ("", Err(Syntax)),
            ("+", Err(Syntax)),
            ("08", Err(Syntax)),
            ("0x", Err(Syntax)),
            ("-0b1", Err(Syntax)),
            ("5 ", Err(Syntax)),
            ("1.5", Err(Syntax)),
            ("5K", Err(Syntax)),
            ("infinity", Err(Syntax)),
        ];
        for (text, number) in all {
            assert_eq!(unsigned(text), number, "{text}");
        }
        assert_eq!((unsigned_or_infinity("infinity"), unsigned_or_infinity("7")), (Ok(None), Ok(Some(7))));
        assert_eq!((integer("-2147483648"), integer("2147483648")), (Ok(i32::MIN), Err(TooLarge)));
        assert_eq!(
            (integer_64("-9223372036854775808"), integer_64("9223372036854775808")),
            (Ok(i64::MIN), Err(TooLarge))
        );
        assert_eq!((integer_in("-20", (-20, 19)), integer_in("+20", (-20, 19))), (Ok(-20), Err(TooLarge)));
        assert_eq!((exit_number("0xff"), exit_number("256")), (Ok(255), Err(TooLarge)));
    }

    #[test]
    fn words_or_numbers() {
        assert_eq!(
            (log_level("crit"), log_level("7"), log_level("8"), log_level("ERR"), log_level("error")),
            (Some(2), Some(7), None, None, None)
        );
        assert_eq!(
            (log_facility("local7"), log_facility("127"), log_facility("128"), log_facility("12")),
            (Some(23), Some(127), None, Some(12))
        );
        let class = |text| word_or_number(text, &["none", "realtime"], number_fallback("IOSchedulingClass").unwrap());
        assert_eq!(
            (class("realtime"), class("8"), class("9")),
            (Some(WordOrNumber::Word(1)), Some(WordOrNumber::Number(8)), None)
        );
        assert_eq!(number_fallback("NUMAPolicy"), None);
    }

    #[test]
    fn sizes() {
        let all = [
            ("1K", Ok(1024)),
            ("1B", Ok(1)),
            ("1 K", Ok(1024)),
            ("1.5K", Ok(1536)),
            ("1.K", Ok(1024)),
            ("1G500M", Ok((1 << 30) + (500 << 20))),
            ("1K 5", Ok(1029)),
            ("15.9E", Err(TooLarge)),
            ("16383P", Ok(16383 << 50)),
            ("16384P", Err(TooLarge)),
            ("18446744073709551615", Ok(u64::MAX)),
            ("-1K", Err(TooLarge)),
            ("-0", Err(TooLarge)),
            ("500M 1G", Err(Syntax)),
            ("1K1K", Err(Syntax)),
            ("5 5", Err(Syntax)),
            ("1k", Err(Syntax)),
            ("1KB", Err(Syntax)),
            ("1KiB", Err(Syntax)),
            (".5K", Err(Syntax)),
            ("1.5.5K", Err(Syntax)),
            ("0x10", Err(Syntax)),
            ("", Err(Syntax)),
        ];
        for (text, size) in all {
            assert_eq!(bytes(text, 1024), size, "{text}");
        }
        assert_eq!((bytes("1.5M", 1000), iec_size("2M")), (Ok(1_500_000), Ok(2 << 20)));
    }

    #[test]
    fn shares() {
        let all = [
            ("0%", Ok(0)),
            ("5.5%", Ok(550)),
            ("5.55%", Ok(555)),
            ("0x10%", Ok(1600)),
            ("-0.5%", Ok(50)),
            ("5.5‰", Ok(55)),
            ("5‱", Ok(5)),
            ("101%", Err(TooLarge)),
            ("-5%", Err(TooLarge)),
            ("5.%", Err(Syntax)),
            (".5%", Err(Syntax)),
            ("5.555%", Err(Syntax)),
            ("5.5‱", Err(Syntax)),
            ("5 %", Err(Syntax)),
            ("5", Err(Syntax)),
            ("%", Err(Syntax)),
        ];
        for (text, share) in all {
            assert_eq!(permyriad(text), share, "{text}");
        }
        assert_eq!((permille("5.5%"), permille("1000‰"), permille("5.55%")), (Ok(55), Ok(1000), Err(Syntax)));
        assert_eq!(
            (cpu_quota("250%"), cpu_quota("0%"), cpu_quota("infinity")),
            (Ok(25000), Err(TooLarge), Err(Syntax))
        );
        assert_eq!(
            (permyriad_unbounded("21474836.47%"), permyriad_unbounded("21474836.48%")),
            (Ok(i32::MAX as u32), Err(TooLarge))
        );
    }

    #[test]
    fn limits() {
        assert_eq!(memory_limit("infinity", false), Ok(Limit::Unlimited));
        assert_eq!(memory_limit("1G", false), Ok(Limit::Absolute(1 << 30)));
        for (text, bad) in [
            ("0", TooLarge),
            ("0.00%", TooLarge),
            ("18446744073709551615", TooLarge),
            ("16E", Syntax),
            ("101%", Syntax),
            ("-1", Syntax),
        ] {
            assert_eq!(memory_limit(text, false), Err(bad), "{text}");
        }
        assert_eq!(memory_limit("0", memory_takes_zero("MemoryLow")), Ok(Limit::Absolute(0)));
        assert_eq!((tasks_max("0%"), tasks_max("0x10")), (Ok(Limit::Share(0)), Ok(Limit::Absolute(16))));
        assert_eq!(
            (tasks_max("0"), tasks_max("18446744073709551615"), tasks_max("1K"), tasks_max("-1")),
            (Err(TooLarge), Err(TooLarge), Err(Syntax), Err(Syntax))
        );
        assert_eq!(
            (disk_quota("off"), disk_quota("5%"), disk_quota("1K")),
            (Ok(Limit::Unlimited), Ok(Limit::Share(500)), Ok(Limit::Absolute(1024)))
        );
        assert_eq!(
            (io_limit("1K"), io_limit("0"), io_limit("infinity")),
            (Ok(Limit::Absolute(1000)), Err(TooLarge), Ok(Limit::Unlimited))
        );
        assert_eq!(
            (weight("10001", (1, 10000)), weight("0x10", (1, 10000)), cpu_weight("idle"), cpu_weight("0")),
            (Err(TooLarge), Ok(16), Ok(0), Err(TooLarge))
        );
    }

    #[test]
    fn resource_limits() {
        let limit = |key, text| rlimit(text, RlimitUnit::of(key)).map(|l| (l.soft, l.hard));
        let all = [
            ("LimitNOFILE", "5", Ok((5, 5))),
            ("LimitNOFILE", "5:6", Ok((5, 6))),
            ("LimitNOFILE", "5:6:", Ok((5, 6))),
            ("LimitNOFILE", r"\5", Ok((5, 5))),
            ("LimitNOFILE", "5:infinity", Ok((5, RLIM_INFINITY))),
            ("LimitNOFILE", "infinity:5", Err(BadRlimit::Order)),
            ("LimitNOFILE", "5:6:7", Err(BadRlimit::Value(Syntax))),
            ("LimitNOFILE", "5:", Err(BadRlimit::Value(Syntax))),
            ("LimitNOFILE", ":5", Err(BadRlimit::Value(Syntax))),
            ("LimitNOFILE", "5::6", Err(BadRlimit::Value(Syntax))),
            ("LimitNOFILE", "5 :6", Err(BadRlimit::Value(Syntax))),
            ("LimitNOFILE", "5: 6", Ok((5, 6))),
            ("LimitNOFILE", "1K", Err(BadRlimit::Value(Syntax))),
            ("LimitNOFILE", "18446744073709551615", Err(BadRlimit::Value(TooLarge))),
            ("LimitNOFILE", "", Err(BadRlimit::Value(Syntax))),
            ("LimitSTACK", "1K:1M", Ok((1024, 1 << 20))),
            ("LimitSTACK", "50%", Err(BadRlimit::Value(Syntax))),
            ("LimitCPU", "1500ms:1min", Ok((2, 60))),
            ("LimitRTTIME", "5:1s", Ok((5, SECOND))),
            ("LimitNICE", "40", Ok((40, 40))),
            ("LimitNICE", "+19:-20", Ok((1, 40))),
            ("LimitNICE", "-20:+19", Err(BadRlimit::Order)),
            ("LimitNICE", "+20", Err(BadRlimit::Value(TooLarge))),
            ("LimitNICE", "infinity", Err(BadRlimit::Value(Syntax))),
        ];
        for (key, text, expected) in all {
            assert_eq!(limit(key, text), expected, "{key}={text}");
        }
    }

    const SECOND: u64 = time::SECOND;

    #[test]
    fn cpu_sets() {
        let (old, new) = (Model::nearest(257), Model::LATEST);
        let line = cpu_set("0-3,5 '7'", old);
        assert_eq!((line.cpus, line.faults, line.ignored), (vec![(0, 3), (5, 5), (7, 7)], vec![], false));
        let line = cpu_set("0 a 1 3-0 8192", old);
        assert_eq!((line.cpus, line.faults, line.ignored), (vec![], vec![(BadCpu::Item, 2..3)], true));
        let line = cpu_set("0 a 1 3-0 8192", new);
        assert_eq!(line.cpus, [(0, 0), (1, 1)]);
        assert_eq!(line.faults, [(BadCpu::Item, 2..3), (BadCpu::Reversed, 6..9), (BadCpu::TooLarge, 10..14)]);
        let line = cpu_set("3-0 1", old);
        assert_eq!((line.cpus, line.faults, line.ignored), (vec![(1, 1)], vec![(BadCpu::Reversed, 0..3)], false));
        assert!(cpu_set("1 '2", new).ignored);
        assert!(cpu_set(" , ", old).blank && !cpu_set("3-0", old).blank);
        for bad in ["", "-", "-0", "0-", "0-1-2", "0--1", "1-2x", "^1"] {
            assert!(range(bad).is_err(), "{bad}");
        }
        assert_eq!((range("1-+2"), range("0x3"), range("3-0")), (Ok((1, 2)), Ok((3, 3)), Ok((3, 0))));
        assert_eq!((numa_mask("all", new), cpu_affinity("numa", new)), (None, None));
    }

    #[test]
    fn devices() {
        let device = io_device("\"/dev/s da\"  5 6").unwrap();
        assert_eq!((&*device.path.text, device.value, device.at), ("/dev/s da", "5 6", 13..16));
        assert_eq!(io_device("/dev/sda"), Err(BadDevice::Incomplete));
        assert_eq!(io_device("\"/dev/sda 5"), Err(BadDevice::Quoting));
    }

    #[test]
    fn signals() {
        let good = [
            ("SIGTERM", 15),
            ("TERM", 15),
            ("64", 64),
            ("0x9", 9),
            ("RTMIN", 34),
            ("SIGRTMIN+30", 64),
            ("RTMIN+0x5", 39),
            ("RTMAX-30", 34),
            ("STKFLT", 16),
        ];
        for (text, number) in good {
            assert_eq!(signal(text), Some(number), "{text}");
        }
        let bad = [
            "",
            "0",
            "65",
            "-1",
            "term",
            "SIGSIGHUP",
            "SIG",
            "POLL",
            "RTMIN+",
            "RTMIN-1",
            "RTMIN+31",
            "RTMIN5",
            "RTMAX+1",
            "RTMIN+ 5",
        ];
        for text in bad {
            assert_eq!(signal(text), None, "{text}");
        }
        assert_eq!((signal_name(9), signal_name(0), signal_name(40)), (Some("KILL"), None, None));
    }

    #[test]
    fn exit_statuses() {
        let (old, new) = (Model::nearest(252), Model::LATEST);
        let all = [
            ("255", Some(ExitWord::Status(255))),
            ("9", Some(ExitWord::Status(9))),
            ("TEMPFAIL", Some(ExitWord::Status(75))),
            ("SIGKILL", Some(ExitWord::Signal(9))),
            ("HUP", Some(ExitWord::Signal(1))),
            ("256", None),
            ("-1", None),
            ("EXIT_SUCCESS", None),
            ("success", None),
        ];
        for (word, meaning) in all {
            assert_eq!(exit_word(word, old), meaning, "{word}");
        }
        assert_eq!((exit_word("KSM", old), exit_word("KSM", new)), (None, Some(ExitWord::Status(245))));
    }

    #[test]
    fn error_numbers() {
        let all = [
            ("kill", Ok(Errno::Kill)),
            ("eperm", Ok(Errno::Name("EPERM"))),
            ("0x10", Ok(Errno::Number(16))),
            ("0", Err(TooLarge)),
            ("4096", Err(TooLarge)),
            ("KILL", Err(Syntax)),
            ("EFOO", Err(Syntax)),
        ];
        for (text, number) in all {
            assert_eq!(errno(text), number, "{text}");
        }
    }

    #[test]
    fn coredump_words() {
        let all = [
            ("private-huge", Ok(32)),
            ("default", Ok(0x33)),
            ("33", Ok(0x33)),
            ("0xFF", Ok(255)),
            ("all", Ok(0xffff_ffff)),
        ];
        for (word, mask) in all {
            assert_eq!(coredump_word(word), mask, "{word}");
        }
        for word in ["", "private_huge", "DEFAULT", "xyz", "0b2g"] {
            assert!(coredump_word(word).is_err(), "{word}");
        }
    }
}
