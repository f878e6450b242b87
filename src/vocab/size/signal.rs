//! Signals by name and number: class signal (signal(7), `signal-util.c`).

use super::number::integer;

/// The names of the signals from 1 on, without `SIG`.
const SIGNALS: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
];
/// The real-time signals.
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
