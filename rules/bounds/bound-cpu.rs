//! How much processor time a unit may take.

use crate::rule::{Bound, Given};
use crate::vocab::cgroup::shares_to_weight;
use crate::vocab::key;
use crate::vocab::size::RLIM_INFINITY;
use crate::vocab::value::Value;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if !given.has_processes() || given.is_early() {
        return None;
    }
    let unit = given.unit;
    if *unit.value(key::CPU_QUOTA) != Value::Unset {
        return Bound::good(key::CPU_QUOTA);
    }
    let weight = given.low_weight(key::CPU_WEIGHT, key::CPU_SHARES, shares_to_weight);
    if let Some((key, 0)) = weight {
        return Bound::bad(key, "idle");
    }
    if unit.value(key::CPU_SCHEDULING_POLICY).word() == Some("idle") {
        return Bound::bad(key::CPU_SCHEDULING_POLICY, "idle");
    }
    // the manager of a user does not have that controller
    if !given.is_users() && !unit.value(key::ALLOWED_CP_US).is_empty() {
        return Bound::bad(key::ALLOWED_CP_US, "cpus");
    }
    if matches!(unit.value(key::LIMIT_CPU), Value::Rlimit(limit) if limit.hard != RLIM_INFINITY) {
        return Bound::bad(key::LIMIT_CPU, "time");
    }
    if let Some((key, _)) = weight {
        return Bound::bad(key, "weight");
    }
    let some = !unit.value(key::CPU_AFFINITY).is_empty();
    Bound::bad(key::CPU_AFFINITY, "affinity").filter(|_| some).or(Bound::bad(key::CPU_QUOTA, "none"))
}
