//! The keys of cgroup v1: what replaces them, and what systemd up to 257 makes of their values on cgroup v2.
//!
//! As `cgroup_context_apply()` of `src/core/cgroup.c` has it: with one key of the new sort in effect, none of the old sort is
//! looked at. `fixtures/oracle/cgroup-v1.json` holds what the releases really write.

use super::size::io_device;
use super::{KeyId, key, lookup_anywhere};
use std::ops::Range;

/// The last release that translates the old keys; later ones ignore them.
pub const LAST_TRANSLATED: u16 = 257;

/// Keys that are looked at together.
#[derive(Debug)]
pub struct Family {
    /// those of cgroup v1
    pub old: &'static [KeyId],
    /// those of cgroup v2: with one of them in effect the old ones are not looked at
    pub new: &'static [KeyId],
}

static FAMILIES: [Family; 3] = [
    Family { old: &[key::CPU_SHARES, key::STARTUP_CPU_SHARES], new: &[key::CPU_WEIGHT, key::STARTUP_CPU_WEIGHT] },
    Family {
        old: &[
            key::BLOCK_IO_ACCOUNTING,
            key::BLOCK_IO_DEVICE_WEIGHT,
            key::BLOCK_IO_READ_BANDWIDTH,
            key::BLOCK_IO_WEIGHT,
            key::BLOCK_IO_WRITE_BANDWIDTH,
            key::STARTUP_BLOCK_IO_WEIGHT,
        ],
        new: &[
            key::IO_ACCOUNTING,
            key::IO_DEVICE_LATENCY_TARGET_SEC,
            key::IO_DEVICE_WEIGHT,
            key::IO_READ_BANDWIDTH_MAX,
            key::IO_READ_IOPS_MAX,
            key::IO_WEIGHT,
            key::IO_WRITE_BANDWIDTH_MAX,
            key::IO_WRITE_IOPS_MAX,
            key::STARTUP_IO_WEIGHT,
        ],
    },
    Family {
        old: &[key::MEMORY_LIMIT],
        new: &[
            key::MEMORY_HIGH,
            key::MEMORY_LOW,
            key::MEMORY_MAX,
            key::MEMORY_MIN,
            key::MEMORY_SWAP_MAX,
            key::MEMORY_Z_SWAP_MAX,
            key::STARTUP_MEMORY_HIGH,
            key::STARTUP_MEMORY_LOW,
            key::STARTUP_MEMORY_MAX,
            key::STARTUP_MEMORY_SWAP_MAX,
            key::STARTUP_MEMORY_Z_SWAP_MAX,
        ],
    },
];

/// The family of a key of cgroup v1.
pub fn family(old: KeyId) -> Option<&'static Family> {
    FAMILIES.iter().find(|f| f.old.contains(&old))
}

/// All keys of cgroup v1.
pub fn old_keys() -> impl Iterator<Item = KeyId> {
    FAMILIES.iter().flat_map(|f| f.old.iter().copied())
}

/// The keys of cgroup v1 that one of cgroup v2 switches off.
pub fn switched_off_by(new: KeyId) -> impl Iterator<Item = KeyId> {
    FAMILIES.iter().filter(move |f| f.new.contains(&new)).flat_map(|f| f.old.iter().copied())
}

/// The key of cgroup v2 that replaces one of cgroup v1.
pub fn successor(old: KeyId) -> Option<KeyId> {
    family(old).and_then(|_| lookup_anywhere(old.key().replacement()))
}

/// A share of the processor on the scale of weights: 1024 is 100.
pub fn shares_to_weight(shares: u64) -> u64 {
    (shares.saturating_mul(100) / 1024).clamp(1, 10_000)
}

/// A weight of `blkio` on the scale of `io`: 500 is 100.
pub fn blkio_to_io(weight: u64) -> u64 {
    (weight.saturating_mul(100) / 500).clamp(1, 10_000)
}

/// The part of a value that is a number on another scale, and the number there; nothing where the value stays as it is.
pub fn rescaled(old: KeyId, value: &str) -> Option<(Range<usize>, u64)> {
    let whole = || {
        let start = value.len() - value.trim_start().len();
        start..start + value.trim().len()
    };
    let (at, scale): (_, fn(u64) -> u64) = match old {
        key::CPU_SHARES | key::STARTUP_CPU_SHARES => (whole(), shares_to_weight),
        key::BLOCK_IO_WEIGHT | key::STARTUP_BLOCK_IO_WEIGHT => (whole(), blkio_to_io),
        key::BLOCK_IO_DEVICE_WEIGHT => (io_device(value).ok()?.at, blkio_to_io),
        _ => return None,
    };
    // any base that the parser takes: the outcome of the assignment says that it is in range
    let number = super::size::weight(&value[at.clone()], (1, i64::MAX)).ok()?;
    Some((at, scale(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_old_key_has_a_successor_in_its_family() {
        for family in &FAMILIES {
            for old in family.old {
                let new = successor(*old).expect("a key");
                assert!(family.new.contains(&new), "{} is replaced by {}", old.name(), new.name());
            }
        }
    }

    #[test]
    fn numbers_change_their_scale() {
        for (shares, weight) in [(2, 1), (1000, 97), (1024, 100), (262_144, 10_000)] {
            assert_eq!(shares_to_weight(shares), weight);
        }
        assert_eq!(rescaled(key::BLOCK_IO_DEVICE_WEIGHT, "\"/dev/a b\"  250"), Some((12..15, 50)));
        assert_eq!(rescaled(key::CPU_SHARES, "0x200"), Some((0..5, 50)));
        assert_eq!(rescaled(key::MEMORY_LIMIT, "1G"), None);
    }
}
