//! Protected memory that a service can never have, or that another line protects better.

use crate::rule::amount::{compare, decisive, limit, written};
use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::vocab::size::Limit;
use crate::vocab::{KeyId, key};
use std::cmp::Ordering;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let protections = [key::MEMORY_MIN, key::MEMORY_LOW, key::STARTUP_MEMORY_LOW];
    protections.into_iter().filter_map(|id| hit(unit, id)).collect()
}

fn hit(unit: &Unit, id: KeyId) -> Option<Hit> {
    let own = limit(unit, id).filter(|l| !matches!(l, Limit::Absolute(0) | Limit::Share(0)))?;
    let above = |other: KeyId| limit(unit, other).and_then(|l| compare(own, l)) == Some(Ordering::Greater);
    let ceiling = [key::MEMORY_MAX, key::MEMORY_HIGH].into_iter().find(|k| above(*k));
    let weaker =
        id == key::MEMORY_LOW && limit(unit, key::MEMORY_MIN).and_then(|l| compare(own, l)) == Some(Ordering::Less);
    let (other, state) = match ceiling {
        Some(other) => (other, ""),
        None if weaker => (key::MEMORY_MIN, "weaker"),
        None => return None,
    };
    let (entry, other) = (decisive(unit, id)?, decisive(unit, other)?);
    let hit = Hit::at(entry.loc()).state(state).word("own", written(&entry)).word("other", written(&other));
    Some(hit.note(Note::on(
        other.loc(),
        if state.is_empty() { "the service has no more than this" } else { "protected here already" },
    )))
}
