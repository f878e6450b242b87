//! Watchdogs of services that never run long enough to have one, and signals of a watchdog that is none.

use crate::rule::Hit;
use crate::rule::amount::{decisive, span, written};
use crate::unit::Unit;
use crate::vocab::key;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let on = span(unit, key::WATCHDOG_SEC).is_some_and(|us| us != 0);
    if unit.lone || (!on && unit.value(key::WATCHDOG_SIGNAL).is_empty()) {
        return Vec::new();
    }
    if on {
        let entry = decisive(unit, key::WATCHDOG_SEC).filter(|_| unit.word(key::TYPE_SERVICE) == "oneshot");
        return entry.map(|e| Hit::at(e.loc()).word("setting", written(&e))).into_iter().collect();
    }
    // it is sent for these as well
    let modes = [key::TIMEOUT_START_FAILURE_MODE, key::TIMEOUT_STOP_FAILURE_MODE];
    let aborts = modes.into_iter().any(|k| unit.value(k).word() == Some("abort"));
    let entry = decisive(unit, key::WATCHDOG_SIGNAL).filter(|_| !aborts);
    entry.map(|e| Hit::at(e.loc()).state("signal").word("setting", written(&e))).into_iter().collect()
}
