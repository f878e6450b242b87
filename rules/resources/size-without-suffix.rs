//! Sizes that were meant in megabytes and are read as bytes.

use crate::rule::amount::decisive;
use crate::rule::{Fix, Hit, Safety};
use crate::unit::Unit;
use crate::vocab::size::Limit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};

/// The keys, each with what is too little for it: nothing runs in less, or it is no page.
const KEYS: [(KeyId, u64); 13] = [
    (key::MEMORY_MAX, 1 << 20),
    (key::STARTUP_MEMORY_MAX, 1 << 20),
    (key::MEMORY_HIGH, 1 << 20),
    (key::STARTUP_MEMORY_HIGH, 1 << 20),
    (key::MEMORY_MIN, 4096),
    (key::MEMORY_LOW, 4096),
    (key::STARTUP_MEMORY_LOW, 4096),
    (key::MEMORY_SWAP_MAX, 4096),
    (key::STARTUP_MEMORY_SWAP_MAX, 4096),
    (key::MEMORY_Z_SWAP_MAX, 4096),
    (key::LIMIT_AS, 1 << 20),
    (key::LIMIT_DATA, 1 << 16),
    (key::LIMIT_STACK, 1 << 16),
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    KEYS.into_iter().filter_map(|(id, least)| hit(unit, id, least)).collect()
}

fn hit(unit: &Unit, id: KeyId, least: u64) -> Option<Hit> {
    let size = match unit.value(id) {
        Value::Limit(Limit::Absolute(n)) => *n,
        Value::Rlimit(r) => r.hard,
        _ => return None,
    };
    let entry = decisive(unit, id)?;
    // with a suffix it is what was meant
    let bare = entry.text().bytes().all(|b| b.is_ascii_digit());
    if size == 0 || size >= least || !bare {
        return None;
    }
    // what would still be little in mebibytes was not meant so
    let meant = if size < 1 << 16 { "M" } else { "K" };
    let fix = format!("{}{meant}", entry.text());
    let hit = Hit::at(entry.value_loc()).word("key", id.name()).word("size", size.to_string());
    let hit = hit.state(match id {
        key::MEMORY_MAX | key::STARTUP_MEMORY_MAX | key::LIMIT_AS | key::LIMIT_DATA | key::LIMIT_STACK => "",
        key::MEMORY_HIGH | key::STARTUP_MEMORY_HIGH => "slow",
        key::MEMORY_MIN | key::MEMORY_LOW | key::STARTUP_MEMORY_LOW => "protects",
        _ => "swap",
    });
    Some(hit.fix(Fix::replace(format!("write {fix}"), Safety::Unsafe, &entry.value_loc(), fix.clone())))
}
