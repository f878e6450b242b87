//! A limit of memory with the way into the swap left open.

use crate::rule::amount::{decisive, limit, written};
use crate::rule::{Fix, Hit, Safety, edit};
use crate::unit::Unit;
use crate::vocab::key;
use crate::vocab::value::Value;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let open = *unit.value(key::MEMORY_SWAP_MAX) == Value::Unset;
    if unit.lone || !open || limit(unit, key::MEMORY_MAX).is_none() {
        return Vec::new();
    }
    let Some(entry) = decisive(unit, key::MEMORY_MAX) else { return Vec::new() };
    let (at, line) = edit::below(&entry.lines(), "MemorySwapMax=0");
    let fix = Fix::replace("let it have no swap", Safety::Unsafe, &at, line);
    vec![Hit::at(entry.key_loc()).word("max", written(&entry)).fix(fix)]
}
