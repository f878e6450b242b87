//! How many files the programs of a unit may open.

use crate::rule::{Bound, Given};
use crate::vocab::key;
use crate::vocab::value::Value;

/// What the kernel had as the most before systemd raised it.
const MANY: u64 = 1 << 20;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if !given.is_service() {
        return None;
    }
    let state = match given.value(key::LIMIT_NOFILE) {
        Value::Rlimit(limit) if limit.soft > MANY => "none",
        Value::Rlimit(limit) if limit.hard > MANY => "hard",
        _ => "",
    };
    Bound::bad(key::LIMIT_NOFILE, state)
}
