//! Memory that is throttled only where the service is killed already.

use crate::rule::amount::{compare, decisive, limit, written};
use crate::rule::{Fix, Hit, Note, Safety};
use crate::unit::Unit;
use crate::vocab::{KeyId, key};
use std::cmp::Ordering;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let startup = [key::STARTUP_MEMORY_MAX, key::MEMORY_MAX].into_iter().find(|k| limit(unit, *k).is_some());
    let pairs = [(key::MEMORY_HIGH, Some(key::MEMORY_MAX)), (key::STARTUP_MEMORY_HIGH, startup)];
    pairs.into_iter().filter_map(|(high, max)| pair(unit, high, max?)).collect()
}

fn pair(unit: &Unit, high: KeyId, max: KeyId) -> Option<Hit> {
    let order = compare(limit(unit, high)?, limit(unit, max)?)?;
    let (high, max) = (decisive(unit, high)?, decisive(unit, max)?);
    let hit = Hit::at(high.loc()).word("high", written(&high)).word("max", written(&max));
    let hit = hit.note(Note::on(max.loc(), "here the service is killed"));
    match order {
        Ordering::Less => None,
        Ordering::Equal => Some(hit.state("equal").help("let MemoryHigh= be some way below MemoryMax=")),
        Ordering::Greater => Some(
            hit.fix(
                Fix::replace("exchange the two", Safety::Unsafe, &high.value_loc(), max.text())
                    .and(&max.value_loc(), high.text()),
            ),
        ),
    }
}
