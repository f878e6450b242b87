//! How much a service may log.

use crate::rule::amount::{number, span};
use crate::rule::{Bound, Given};
use crate::vocab::key;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if !given.is_service() {
        return None;
    }
    let unit = given.unit;
    let off = match () {
        () if !unit.value(key::LOG_NAMESPACE).is_empty() => None,
        () if span(unit, key::LOG_RATE_LIMIT_INTERVAL_SEC) == Some(0) => Some(key::LOG_RATE_LIMIT_INTERVAL_SEC),
        () if number(unit, key::LOG_RATE_LIMIT_BURST) == Some(0) => Some(key::LOG_RATE_LIMIT_BURST),
        () => None,
    };
    if let Some(key) = off {
        return Bound::bad(key, "none");
    }
    let files = |id| {
        let mut last = None;
        unit.entries(id)
            .for_each(|e| last = Some(["file:", "append:", "truncate:"].iter().any(|f| e.text().starts_with(f))));
        last.unwrap_or_default()
    };
    match [key::STANDARD_OUTPUT, key::STANDARD_ERROR].into_iter().find(|k| files(*k)) {
        Some(key) => Bound::bad(key, "file"),
        None => Bound::good(key::LOG_RATE_LIMIT_INTERVAL_SEC),
    }
}
