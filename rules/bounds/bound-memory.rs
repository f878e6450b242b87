//! How much memory a unit may take.

use crate::rule::amount::limit;
use crate::rule::{Bound, Given};
use crate::vocab::key;
use crate::vocab::size::{Limit, RLIM_INFINITY};
use crate::vocab::value::Value;

/// Half of the memory, in hundredths of a percent.
const HALF: u32 = 5000;
/// All of it, which is no limit.
const ALL: u32 = 10_000;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if !given.has_processes() {
        return None;
    }
    let unit = given.unit;
    let max = given.memory_max().filter(|(_, max)| !is_all(*max));
    if let Some((key, max)) = max {
        return Bound::bad_if(matches!(max, Limit::Share(share) if share > HALF), key, "most");
    }
    if limit(unit, key::MEMORY_HIGH).is_some_and(|high| !is_all(high)) {
        return Bound::bad(key::MEMORY_HIGH, "high");
    }
    let kills = |id| unit.value(id).word() == Some("kill");
    if let Some(key) = [key::MANAGED_OOM_MEMORY_PRESSURE, key::MANAGED_OOM_SWAP].into_iter().find(|k| kills(*k)) {
        return Bound::bad(key, "watched");
    }
    let limits = |id| matches!(unit.value(id), Value::Rlimit(limit) if limit.hard != RLIM_INFINITY);
    match [key::LIMIT_AS, key::LIMIT_DATA].into_iter().find(|k| given.is_service() && limits(*k)) {
        Some(key) => Bound::bad(key, "process"),
        None => Bound::bad(key::MEMORY_MAX, "none"),
    }
}

fn is_all(limit: Limit) -> bool {
    matches!(limit, Limit::Share(share) if share >= ALL)
}
