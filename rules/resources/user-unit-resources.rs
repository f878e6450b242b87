//! What the manager of a user may not hand out.

use crate::rule::Hit;
use crate::rule::amount::{decisive, number, written};
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Scope, key};

/// Keys of the controllers that user@.service does not hand over.
const CONTROLLERS: [(KeyId, &str); 9] = [
    (key::ALLOWED_CP_US, "cpuset"),
    (key::ALLOWED_MEMORY_NODES, "cpuset"),
    (key::IO_DEVICE_WEIGHT, "io"),
    (key::IO_READ_BANDWIDTH_MAX, "io"),
    (key::IO_READ_IOPS_MAX, "io"),
    (key::IO_WEIGHT, "io"),
    (key::IO_WRITE_BANDWIDTH_MAX, "io"),
    (key::IO_WRITE_IOPS_MAX, "io"),
    (key::STARTUP_IO_WEIGHT, "io"),
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if unit.scope != Scope::User {
        return Vec::new();
    }
    let set = CONTROLLERS.into_iter().filter(|(k, _)| *unit.value(*k) != Value::Unset);
    let mut hits: Vec<Hit> = set
        .filter_map(|(k, controller)| Some((decisive(unit, k)?, controller)))
        .map(|(e, controller)| Hit::at(e.loc()).word("setting", written(&e)).word("controller", controller))
        .collect();
    let below = |id, least| number(unit, id).is_some_and(|n| n < least);
    let priorities =
        [(key::NICE, below(key::NICE, 0), "nice"), (key::OOM_SCORE_ADJUST, below(key::OOM_SCORE_ADJUST, 0), "oom")];
    for (id, _, state) in priorities.into_iter().filter(|(_, low, _)| *low) {
        let entry = decisive(unit, id);
        hits.extend(entry.map(|e| Hit::at(e.loc()).state(state).word("setting", written(&e))));
    }
    hits
}
