//! Services that are to run always and are given up after half a second of failures, by the defaults.

use crate::rule::amount::{StartLimit, decisive, in_words, is_installed, restart_delay};
use crate::rule::{Fix, Hit, Safety, edit};
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};

/// Who writes one of these has thought of it, and who has the others is told or started again.
const KNOWN: [KeyId; 9] = [
    key::RESTART_SEC,
    key::START_LIMIT_INTERVAL_SEC,
    key::START_LIMIT_INTERVAL,
    key::START_LIMIT_BURST,
    key::START_LIMIT_ACTION,
    key::FAILURE_ACTION,
    key::ON_FAILURE,
    key::BUS_NAME,
    key::SOCKETS,
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if unit.word(key::RESTART) != "always" || unit.lone || !is_installed(unit) {
        return Vec::new();
    }
    let woken = [key::REQUIRES, key::ALSO].into_iter().any(|k| names_socket(unit, k));
    let known = KNOWN.into_iter().any(|k| *unit.value(k) != Value::Unset);
    let Some(entry) = decisive(unit, key::RESTART).filter(|_| !known && !woken) else { return Vec::new() };
    let limit = StartLimit::of(unit);
    let (at, line) = edit::below(&entry.lines(), "RestartSec=5");
    let hit = Hit::at(entry.loc())
        .word("burst", limit.burst.to_string())
        .word("time", in_words(restart_delay(unit) * (limit.burst - 1)));
    vec![hit.fix(Fix::replace("wait five seconds before each restart", Safety::Unsafe, &at, line))]
}

fn names_socket(unit: &Unit, id: KeyId) -> bool {
    matches!(unit.value(id), Value::List(list) if list.iter().any(|name| name.ends_with(".socket")))
}
