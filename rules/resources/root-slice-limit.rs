//! Limits of everything, which the kernel does not have.

use crate::rule::Hit;
use crate::rule::amount::{decisive, limit, written};
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};

/// `TasksMax=` is not among them: systemd writes it to the kernel's own limit.
const KEYS: [KeyId; 21] = [
    key::ALLOWED_CP_US,
    key::ALLOWED_MEMORY_NODES,
    key::CPU_QUOTA,
    key::CPU_WEIGHT,
    key::IO_READ_BANDWIDTH_MAX,
    key::IO_READ_IOPS_MAX,
    key::IO_WEIGHT,
    key::IO_WRITE_BANDWIDTH_MAX,
    key::IO_WRITE_IOPS_MAX,
    key::MEMORY_HIGH,
    key::MEMORY_LOW,
    key::MEMORY_MAX,
    key::MEMORY_MIN,
    key::MEMORY_SWAP_MAX,
    key::MEMORY_Z_SWAP_MAX,
    key::STARTUP_CPU_WEIGHT,
    key::STARTUP_IO_WEIGHT,
    key::STARTUP_MEMORY_HIGH,
    key::STARTUP_MEMORY_LOW,
    key::STARTUP_MEMORY_MAX,
    key::STARTUP_MEMORY_SWAP_MAX,
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if unit.name.as_str() != "-.slice" {
        return Vec::new();
    }
    let is_set = |id: &KeyId| match unit.value(*id) {
        Value::Limit(_) => limit(unit, *id).is_some(),
        value => !value.is_empty(),
    };
    let set = KEYS.into_iter().filter(is_set).filter_map(|k| decisive(unit, k));
    set.map(|e| Hit::at(e.loc()).word("setting", written(&e))).collect()
}
