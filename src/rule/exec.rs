//! The command lines of a unit, for rules that look at what was meant: which of them count, and which
//! variables they can use.

use super::Hit;
use crate::unit::{Entry, Unit};
use crate::vocab::command::Line;
use crate::vocab::value::Value;
use crate::vocab::words::Word;
use crate::vocab::{Scope, key};
use std::collections::BTreeMap;

/// How many places of one assignment are told. Who writes a megabyte finds the others when these are mended.
pub(super) const MANY: usize = 20;

/// What is said of every command whose assignment is `worth` a look. What goes through the shell by the prefix `|` is
/// left out.
pub(super) fn hits<I: IntoIterator<Item = Hit>>(
    unit: &Unit,
    worth: impl Fn(&str) -> bool,
    mut look: impl FnMut(&Entry<'_>, &Line<'_>) -> I,
) -> Vec<Hit> {
    let mut hits = Vec::new();
    unit.commands(|_, entry| {
        if worth(entry.text()) {
            let lines = unit.lines_of(&entry);
            // a release may know the prefix before its model does
            let direct = lines.iter().filter(|l| !l.shell && !l.program().starts_with('|'));
            hits.extend(direct.flat_map(|line| look(&entry, line)).take(MANY));
        }
    });
    hits
}

/// The same of every command whose assignment has a byte in it; most units have it in none.
pub(super) fn hits_with<I: IntoIterator<Item = Hit>>(
    unit: &Unit,
    byte: u8,
    look: impl FnMut(&Entry<'_>, &Line<'_>) -> I,
) -> Vec<Hit> {
    let has = |text: &str| memchr::memchr(byte, text.as_bytes()).is_some();
    if unit.command_traces().have(byte) { hits(unit, has, look) } else { Vec::new() }
}

/// A word as it is written.
pub(super) fn raw<'e>(entry: &'e Entry<'_>, word: &Word<'_>) -> &'e str {
    &entry.text()[word.at.clone()]
}

/// Whether it can be the name of an environment variable.
pub(super) fn is_name(text: &str) -> bool {
    name_len(text) == text.len() && !text.is_empty()
}

/// How much of the beginning is the name of a variable.
pub(super) fn name_len(text: &str) -> usize {
    let fits = |(i, b): (usize, u8)| b == b'_' || b.is_ascii_alphabetic() || i > 0 && b.is_ascii_digit();
    text.bytes().enumerate().position(|b| !fits(b)).unwrap_or(text.len())
}

/// Whether systemd replaces the whole word by a variable.
pub(super) fn is_variable(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes.next() == Some(b'$') && !matches!(bytes.next(), Some(b'{' | b'$'))
}

/// The variables that systemd sets for a command: systemd.exec(5), "Environment variables set or propagated by the
/// service manager".
const SET_BY_SYSTEMD: [&str; 49] = [
    "CACHE_DIRECTORY",
    "COLORTERM",
    "CONFIGURATION_DIRECTORY",
    "CREDENTIALS_DIRECTORY",
    "DEBUG_INVOCATION",
    "EXIT_CODE",
    "EXIT_STATUS",
    "FDSTORE",
    "HOME",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LANG",
    "LANGUAGE",
    "LISTEN_FDNAMES",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_PIDFDID",
    "LOGNAME",
    "LOGS_DIRECTORY",
    "LOG_NAMESPACE",
    "MAINPID",
    "MAINPIDFDID",
    "MANAGERPID",
    "MANAGERPIDFDID",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "MONITOR_EXIT_CODE",
    "MONITOR_EXIT_STATUS",
    "MONITOR_INVOCATION_ID",
    "MONITOR_SERVICE_RESULT",
    "MONITOR_UNIT",
    "NOTIFY_SOCKET",
    "NO_COLOR",
    "PATH",
    "PIDFILE",
    "REMOTE_ADDR",
    "REMOTE_PORT",
    "RUNTIME_DIRECTORY",
    "SERVICE_RESULT",
    "SHELL",
    "SO_COOKIE",
    "STATE_DIRECTORY",
    "SYSTEMD_EXEC_PID",
    "TERM",
    "TZ",
    "USER",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "XDG_RUNTIME_DIR",
];

/// The variables that a unit gives to its commands.
pub(super) struct Variables<'u> {
    /// each with its value, where the unit tells it
    names: BTreeMap<&'u str, Option<&'u str>>,
    /// there may be others that the unit does not name
    pub(super) others: bool,
}

impl<'u> Variables<'u> {
    /// Those of a unit.
    pub(super) fn of(unit: &'u Unit) -> Self {
        let list = |id| match unit.value(id) {
            Value::List(list) => list.as_slice(),
            _ => &[],
        };
        let names = list(key::ENVIRONMENT).iter().chain(list(key::PASS_ENVIRONMENT));
        let named = |text: &'u str| text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        // "systemctl set-environment" in another command of the unit is a way to hand on a value
        let handed_on = || {
            let mut found = false;
            if unit.command_traces().may_have("set-environment") {
                unit.commands(|_, entry| found |= entry.text().contains("set-environment"));
            }
            found
        };
        Self {
            names: names.map(|text| named(text)).collect(),
            others: unit.scope == Scope::User
                || !unit.value(key::ENVIRONMENT_FILE).is_empty()
                || !unit.value(key::PAM_NAME).is_empty()
                || handed_on(),
        }
    }

    /// Whether the unit sets it.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// What the unit sets it to.
    pub(super) fn value(&self, name: &str) -> Option<&'u str> {
        self.names.get(name).copied().flatten()
    }

    /// Whether the unit or systemd sets it.
    pub(super) fn has(&self, name: &str) -> bool {
        let by_systemd = SET_BY_SYSTEMD.binary_search(&name).is_ok();
        by_systemd || ["LC_", "TRIGGER_", "XDG_"].iter().any(|p| name.starts_with(p)) || self.sets(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted() {
        assert!(SET_BY_SYSTEMD.is_sorted());
    }
}
