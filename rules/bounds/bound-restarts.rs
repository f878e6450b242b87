//! How often a service that fails is started.

use crate::rule::{Bound, Given};
use crate::vocab::key;
use crate::vocab::time::SECOND;
use crate::vocab::value::Value;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    let unit = given.unit;
    if !given.is_service() || unit.word(key::RESTART) == "no" {
        return None;
    }
    let (delay_key, delay) = given.timeout(&[key::RESTART_SEC]).unwrap_or((key::RESTART, SECOND / 10));
    let grows = !unit.value(key::RESTART_STEPS).is_empty() && !unit.value(key::RESTART_MAX_DELAY_SEC).is_empty();
    let keys = [key::START_LIMIT_INTERVAL, key::START_LIMIT_INTERVAL_SEC];
    let interval = given.timeout(&keys).map_or(10 * SECOND, |(_, us)| us);
    let burst = match given.value(key::START_LIMIT_BURST) {
        Value::Number(n) => u64::try_from(*n).unwrap_or_default(),
        _ => 5,
    };
    // so many starts have to fit into the time: else nobody counts that far
    let ends = interval > 0 && burst > 0 && delay.saturating_mul(burst) < interval;
    let state = match delay {
        _ if ends || grows => "",
        0..SECOND => "storm",
        _ if delay < 5 * SECOND => "often",
        _ => "",
    };
    Bound::bad(delay_key, state)
}
