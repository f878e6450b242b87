//! Accounting that is switched off and kept on by a limit.

use crate::rule::amount::{decisive, limit, written};
use crate::rule::{Fix, Hit, Note, Safety};
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};

const MEMORY: [KeyId; 5] = [key::MEMORY_MAX, key::MEMORY_HIGH, key::MEMORY_LOW, key::MEMORY_MIN, key::MEMORY_SWAP_MAX];
const IO: [KeyId; 5] = [
    key::IO_WEIGHT,
    key::IO_READ_BANDWIDTH_MAX,
    key::IO_WRITE_BANDWIDTH_MAX,
    key::IO_READ_IOPS_MAX,
    key::IO_WRITE_IOPS_MAX,
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let pairs: [(KeyId, &[KeyId]); 3] =
        [(key::MEMORY_ACCOUNTING, &MEMORY), (key::TASKS_ACCOUNTING, &[key::TASKS_MAX]), (key::IO_ACCOUNTING, &IO)];
    pairs.into_iter().filter_map(|(switch, limits)| hit(unit, switch, limits)).collect()
}

fn hit(unit: &Unit, switch: KeyId, limits: &[KeyId]) -> Option<Hit> {
    if *unit.value(switch) != Value::Bool(false) {
        return None;
    }
    let counts = |id: &&KeyId| match unit.value(**id) {
        Value::Limit(_) => limit(unit, **id).is_some(),
        value => *value != Value::Unset,
    };
    let (entry, by) = (decisive(unit, switch)?, decisive(unit, *limits.iter().find(counts)?)?);
    let hit = Hit::at(entry.loc()).word("switch", written(&entry)).word("limit", written(&by));
    let hit = hit.note(Note::on(by.loc(), "needed here"));
    Some(hit.fix(Fix::replace("take the line away", Safety::Unsafe, &entry.lines(), "")))
}
