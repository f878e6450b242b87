//! Services that may take for ever until they are up.

use crate::rule::Hit;
use crate::rule::amount::{is_endless, latest, span, written};
use crate::unit::Unit;
use crate::vocab::key;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let keys = [key::TIMEOUT_SEC_SERVICE, key::TIMEOUT_START_SEC];
    let Some((id, entry)) = latest(unit, &keys) else { return Vec::new() };
    let kind = unit.word(key::TYPE_SERVICE);
    let waits = matches!(kind, "notify" | "notify-reload" | "dbus" | "forking");
    if unit.lone || !waits || !span(unit, id).is_some_and(is_endless) {
        return Vec::new();
    }
    // the one key for both is told once
    let both = id == key::TIMEOUT_SEC_SERVICE && unit.value(key::TIMEOUT_STOP_SEC).is_empty();
    let hit = Hit::at(entry.loc()).word("setting", written(&entry)).word("type", kind);
    vec![if both { hit.state("both") } else { hit }]
}
