//! Words that stand for numbers: log levels and facilities, error names, parts of a core dump (`syslog-util.c`,
//! `errno-list.c`, `coredump-util.c`).

use super::Bad;
use super::number::{integer_in, unsigned, unsigned_in};
use crate::vocab::{Model, syscall};

/// A number up to `max`, or a word of the list, which stands for its place
/// (`DEFINE_STRING_TABLE_LOOKUP_WITH_FALLBACK`). Out of range counts as not understood.
pub fn word_or_number(text: &str, words: &[&str], max: u32) -> Option<u32> {
    match words.iter().position(|w| *w == text) {
        Some(place) => Some(place as u32),
        None => unsigned(text).ok().filter(|n| *n <= max),
    }
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
    word_or_number(text, &LEVELS, 7).map(|level| level as u8)
}

/// A log facility: word or 0 to 127 (`log_facility_unshifted_from_string()`).
pub fn log_facility(text: &str) -> Option<u8> {
    const FACILITIES: [&str; 12] =
        ["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"];
    const LOCAL: [&str; 8] = ["local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"];
    match LOCAL.iter().position(|l| *l == text) {
        Some(local) => Some(16 + local as u8),
        None => word_or_number(text, &FACILITIES, 127).map(|facility| facility as u8),
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
pub fn errno(text: &str, model: Model) -> Result<Errno, Bad> {
    if text == "kill" {
        return Ok(Errno::Kill);
    }
    if let Some(name) = syscall::errno(text, model) {
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
