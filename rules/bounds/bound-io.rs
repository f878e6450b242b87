//! How much a unit may read and write.

use crate::rule::{Bound, Given};
use crate::unit::Unit;
use crate::vocab::cgroup::blkio_to_io;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};

/// The limits of reading and those of writing.
const LIMITS: [[KeyId; 2]; 2] =
    [[key::IO_READ_BANDWIDTH_MAX, key::IO_READ_IOPS_MAX], [key::IO_WRITE_BANDWIDTH_MAX, key::IO_WRITE_IOPS_MAX]];

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if !given.has_processes() || given.is_users() || given.is_early() {
        return None;
    }
    let unit = given.unit;
    match LIMITS.map(|keys| keys.into_iter().find(|k| is_limited(unit, *k))) {
        [Some(key), Some(_)] => return Bound::good(key),
        [Some(key), None] | [None, Some(key)] => return Bound::bad(key, "half"),
        [None, None] => {}
    }
    if given.is_service() && unit.value(key::IO_SCHEDULING_CLASS).word() == Some("idle") {
        return Bound::bad(key::IO_SCHEDULING_CLASS, "idle");
    }
    match given.low_weight(key::IO_WEIGHT, key::BLOCK_IO_WEIGHT, blkio_to_io) {
        Some((key, _)) => Bound::bad(key, "weight"),
        None => Bound::bad(key::IO_READ_BANDWIDTH_MAX, "none"),
    }
}

/// Whether there is a number for some disk.
fn is_limited(unit: &Unit, key: KeyId) -> bool {
    match unit.value(key) {
        Value::List(list) => list.iter().any(|entry| !entry.trim_end().ends_with("infinity")),
        _ => false,
    }
}
