//! Start limits that nothing reaches: switched off, or with restarts too far apart to count.

use crate::rule::amount::{StartLimit, decisive, in_words, place, restart_delay, written};
use crate::rule::{Fix, Hit, Note, Safety};
use crate::unit::Unit;
use crate::vocab::{key, time};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let limit = StartLimit::of(unit);
    let burst = decisive(unit, key::START_LIMIT_BURST);
    let interval = decisive(unit, limit.interval_key);
    if unit.lone || (burst.is_none() && interval.is_none()) {
        return Vec::new();
    }
    if limit.is_off() {
        let by = if limit.burst == 0 { burst } else { interval };
        let counts = [key::START_LIMIT_BURST, key::START_LIMIT_ACTION].into_iter().filter_map(|k| decisive(unit, k));
        let Some(by) = by else { return Vec::new() };
        let idle = counts.filter(|e| !["none", "0"].contains(&e.text()));
        return idle
            .map(|e| Hit::at(e.loc()).state("off").word("idle", written(&e)).word("by", written(&by)))
            .map(|hit| hit.note(Note::on(by.loc(), "switched off here")))
            .collect();
    }
    // who writes a hundred means no limit
    if unit.word(key::RESTART) == "no" || limit.burst >= 100 {
        return Vec::new();
    }
    let delay = restart_delay(unit);
    let total = delay.saturating_mul(limit.burst);
    if total < limit.interval {
        return Vec::new();
    }
    let Some(entry) = burst.as_ref().or(interval.as_ref()) else { return Vec::new() };
    let mut hit = Hit::at(entry.loc())
        .word("burst", limit.burst.to_string())
        .word("total", in_words(total))
        .word("interval", in_words(limit.interval));
    if let Some(at) = place(unit, key::RESTART_SEC) {
        hit = hit.note(Note::on(at, format!("{} between two of them", in_words(delay))));
    }
    // twice as long: the service needs time as well until it fails
    let enough = format!("{}", total.div_ceil(time::SECOND).saturating_mul(2));
    let name = limit.interval_key.name();
    let title = format!("write {name}={enough}");
    vec![match interval {
        Some(interval) if delay != time::INFINITY => {
            hit.fix(Fix::replace(title, Safety::Unsafe, &interval.value_loc(), enough))
        }
        _ => hit.help(format!("StartLimitIntervalSec= in [Unit] is {} here", in_words(limit.interval))),
    }]
}
