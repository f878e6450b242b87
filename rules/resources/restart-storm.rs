//! Services that are restarted without an end and nearly without a pause.

use crate::rule::amount::{StartLimit, decisive, in_words, place, restart_delay};
use crate::rule::{Fix, Hit, Note, Safety, edit};
use crate::unit::Unit;
use crate::vocab::{key, time};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let limit = StartLimit::of(unit);
    let delay = restart_delay(unit);
    let grows = !unit.value(key::RESTART_STEPS).is_empty() && !unit.value(key::RESTART_MAX_DELAY_SEC).is_empty();
    let often = limit.is_off() && delay < time::SECOND && !grows;
    if unit.lone || !often || unit.word(key::RESTART) == "no" {
        return Vec::new();
    }
    let Some(entry) = decisive(unit, key::RESTART) else { return Vec::new() };
    let state = if delay == 0 { "none" } else { "" };
    let mut hit = Hit::at(entry.loc()).state(state).word("delay", in_words(delay));
    let off = if limit.burst == 0 { key::START_LIMIT_BURST } else { limit.interval_key };
    if let Some(at) = place(unit, off) {
        hit = hit.note(Note::on(at, "the start limit is switched off here"));
    }
    let title = "wait five seconds before each restart";
    vec![hit.fix(match decisive(unit, key::RESTART_SEC) {
        Some(delay) => Fix::replace(title, Safety::Unsafe, &delay.value_loc(), "5"),
        None => {
            let (at, line) = edit::below(&entry.lines(), "RestartSec=5");
            Fix::replace(title, Safety::Unsafe, &at, line)
        }
    })]
}
