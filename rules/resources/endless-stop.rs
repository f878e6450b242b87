//! Services that may take for ever until they are down.

use crate::rule::Hit;
use crate::rule::amount::{is_endless, latest, span, written};
use crate::unit::Unit;
use crate::vocab::key;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let keys = [key::TIMEOUT_SEC_SERVICE, key::TIMEOUT_STOP_SEC];
    let Some((id, entry)) = latest(unit, &keys) else { return Vec::new() };
    // endless-start tells of both, where it speaks
    let told = id == key::TIMEOUT_SEC_SERVICE
        && matches!(unit.word(key::TYPE_SERVICE), "notify" | "notify-reload" | "dbus" | "forking")
        && unit.value(key::TIMEOUT_START_SEC).is_empty();
    // of these nothing is left that could be stopped
    let over = unit.word(key::TYPE_SERVICE) == "oneshot" && unit.value(key::EXEC_STOP).is_empty();
    if unit.lone || told || over || !span(unit, id).is_some_and(is_endless) {
        return Vec::new();
    }
    vec![Hit::at(entry.loc()).word("setting", written(&entry))]
}
