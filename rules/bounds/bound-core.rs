//! How large a core dump may be.

use crate::rule::{Bound, Given};
use crate::vocab::key;
use crate::vocab::size::RLIM_INFINITY;
use crate::vocab::value::Value;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if !given.is_service() {
        return None;
    }
    // the manager raises its own to infinity, and units get that
    let limited = matches!(given.value(key::LIMIT_CORE), Value::Rlimit(limit) if limit.soft != RLIM_INFINITY);
    Bound::bad_if(!limited, key::LIMIT_CORE, "none")
}
