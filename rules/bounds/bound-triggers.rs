//! How often a socket may start its service.

use crate::rule::amount::{number, span};
use crate::rule::{Bound, Given, Role};
use crate::vocab::key;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if given.role != Role::Socket {
        return None;
    }
    if number(given.unit, key::TRIGGER_LIMIT_BURST) == Some(0) {
        return Bound::bad(key::TRIGGER_LIMIT_BURST, "none");
    }
    let off = span(given.unit, key::TRIGGER_LIMIT_INTERVAL_SEC) == Some(0);
    Bound::bad_if(off, key::TRIGGER_LIMIT_INTERVAL_SEC, "none")
}
