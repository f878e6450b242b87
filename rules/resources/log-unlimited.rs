//! Services whose messages are not limited.

use crate::rule::Hit;
use crate::rule::amount::{decisive, number, span, written};
use crate::unit::Unit;
use crate::vocab::key;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let off = [
        (key::LOG_RATE_LIMIT_INTERVAL_SEC, span(unit, key::LOG_RATE_LIMIT_INTERVAL_SEC) == Some(0)),
        (key::LOG_RATE_LIMIT_BURST, number(unit, key::LOG_RATE_LIMIT_BURST) == Some(0)),
    ];
    // one of them is enough
    let id = off.into_iter().find(|(_, off)| *off).map(|(id, _)| id);
    let elsewhere = !unit.value(key::LOG_NAMESPACE).is_empty();
    let entry = id.filter(|_| !elsewhere).and_then(|id| decisive(unit, id));
    entry.map(|e| Hit::at(e.loc()).word("setting", written(&e))).into_iter().collect()
}
