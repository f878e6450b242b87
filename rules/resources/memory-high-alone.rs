//! A limit above which a service is slowed down, with nothing that ever ends it.

use crate::rule::Hit;
use crate::rule::amount::{decisive, limit, written};
use crate::unit::Unit;
use crate::vocab::key;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let ended =
        limit(unit, key::MEMORY_MAX).is_some() || unit.value(key::MANAGED_OOM_MEMORY_PRESSURE).word() == Some("kill");
    if unit.lone || ended || limit(unit, key::MEMORY_HIGH).is_none() {
        return Vec::new();
    }
    let Some(entry) = decisive(unit, key::MEMORY_HIGH) else { return Vec::new() };
    let help = "write MemoryMax= some way above it, or ManagedOOMMemoryPressure=kill where systemd-oomd runs";
    vec![Hit::at(entry.key_loc()).word("high", written(&entry)).help(help)]
}
