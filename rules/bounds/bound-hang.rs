//! Whether a service that hangs is noticed.

use crate::rule::amount::{is_endless, span};
use crate::rule::{Bound, Given, Role};
use crate::vocab::key;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if given.role != Role::Lasting {
        return None;
    }
    let ends = |id| span(given.unit, id).is_some_and(|us| !is_endless(us));
    match [key::WATCHDOG_SEC, key::RUNTIME_MAX_SEC].into_iter().find(|k| ends(*k)) {
        Some(key) => Bound::good(key),
        None => Bound::bad(key::WATCHDOG_SEC, "none"),
    }
}
