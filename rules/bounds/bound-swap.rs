//! How much swap a unit may take.

use crate::rule::amount::limit;
use crate::rule::{Bound, Given};
use crate::vocab::key;
use crate::vocab::size::Limit;

/// All of the swap, which is no limit.
const ALL: Limit = Limit::Share(10_000);

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if !given.has_processes() {
        return None;
    }
    if limit(given.unit, key::MEMORY_SWAP_MAX).is_some_and(|max| max != ALL) {
        return Bound::good(key::MEMORY_SWAP_MAX);
    }
    if given.unit.value(key::MANAGED_OOM_SWAP).word() == Some("kill") {
        return Bound::bad(key::MANAGED_OOM_SWAP, "watched");
    }
    match given.memory_max() {
        Some((key, _)) => Bound::bad(key, "limited"),
        None => Bound::bad(key::MEMORY_SWAP_MAX, "none"),
    }
}
