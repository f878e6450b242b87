//! Whether real-time work comes to an end.

use crate::rule::{Bound, Given};
use crate::vocab::key;
use crate::vocab::size::RLIM_INFINITY;
use crate::vocab::value::Value;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    let policy = given.unit.value(key::CPU_SCHEDULING_POLICY).word();
    if !given.is_service() || !matches!(policy, Some("fifo" | "rr")) {
        return None;
    }
    match given.value(key::LIMIT_RTTIME) {
        Value::Rlimit(limit) if limit.hard != RLIM_INFINITY => Bound::good(key::LIMIT_RTTIME),
        _ => Bound::bad(key::CPU_SCHEDULING_POLICY, "none"),
    }
}
