//! Limits of address space where memory is meant.

use crate::rule::Hit;
use crate::rule::amount::{decisive, written};
use crate::unit::Unit;
use crate::vocab::key;
use crate::vocab::value::Value;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let keys = [(key::LIMIT_AS, ""), (key::LIMIT_DATA, "data")];
    let finite = |(id, _): &(_, _)| matches!(unit.value(*id), Value::Rlimit(r) if r.soft != u64::MAX);
    let hit = |(id, state)| {
        let entry = decisive(unit, id)?;
        Some(Hit::at(entry.loc()).state(state).word("limit", written(&entry)))
    };
    keys.into_iter().filter(finite).filter_map(hit).collect()
}
