//! Services that the watchdog ends and nothing brings back.

use crate::rule::amount::{decisive, is_installed, span};
use crate::rule::{Fix, Hit, Safety, edit};
use crate::unit::Unit;
use crate::vocab::key;
use crate::vocab::value::Value;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let on = span(unit, key::WATCHDOG_SEC).is_some_and(|us| us != 0);
    let restart = unit.word(key::RESTART);
    if !on || unit.lone || !matches!(restart, "no" | "on-success" | "on-abort") {
        return Vec::new();
    }
    // others are started again when they are needed
    let woken =
        [key::BUS_NAME, key::ON_FAILURE, key::FAILURE_ACTION].into_iter().any(|k| *unit.value(k) != Value::Unset)
            || unit.word(key::TYPE_SERVICE) == "oneshot"
            || !is_installed(unit);
    let Some(entry) = decisive(unit, key::WATCHDOG_SEC).filter(|_| !woken) else { return Vec::new() };
    let hit = Hit::at(entry.loc()).word("restart", restart);
    let title = "restart it after that";
    vec![match decisive(unit, key::RESTART) {
        Some(restart) => hit.fix(Fix::replace(title, Safety::Unsafe, &restart.value_loc(), "on-failure")),
        None => {
            let (at, line) = edit::below(&entry.lines(), "Restart=on-failure");
            hit.fix(Fix::replace(title, Safety::Unsafe, &at, line))
        }
    }]
}
