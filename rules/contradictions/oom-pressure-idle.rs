//! Limits of memory pressure of a unit that systemd-oomd does not watch.

use crate::rule::Hit;
use crate::unit::Unit;
use crate::vocab::key;
use crate::vocab::value::Value;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if unit.lone || unit.value(key::MANAGED_OOM_MEMORY_PRESSURE).word() == Some("kill") {
        return Vec::new();
    }
    let limits = [key::MANAGED_OOM_MEMORY_PRESSURE_LIMIT, key::MANAGED_OOM_MEMORY_PRESSURE_DURATION_SEC];
    // 0% and nothing mean what oomd.conf says
    let set = limits.into_iter().filter(|k| !matches!(unit.value(*k), Value::Unset | Value::Number(0)));
    set.filter_map(|k| Some((k, unit.decisive(k)?)))
        .map(|(k, a)| Hit::at(unit.loc(a.file, a.whole())).word("key", k.name()))
        .collect()
}
