//! Policies of memory nodes without the nodes that they need, with which nothing starts (`numa_policy_is_valid()`).

use crate::rule::Hit;
use crate::rule::amount::{count, cpus, decisive, written};
use crate::unit::Unit;
use crate::vocab::key;
use crate::vocab::value::Value;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if unit.lone {
        return Vec::new();
    }
    let policy = unit.value(key::NUMA_POLICY);
    let several = cpus(unit, key::NUMA_MASK).is_some_and(|nodes| count(&nodes) > 1);
    let (id, state) = match policy.word() {
        Some("bind" | "interleave" | "preferred-many" | "weighted-interleave")
            if unit.value(key::NUMA_MASK).is_empty() =>
        {
            (key::NUMA_POLICY, "")
        }
        Some("preferred") if several => (key::NUMA_MASK, "several"),
        // a mask alone is taken as that policy
        None if several && *policy == Value::Unset && !names_processors(unit) => (key::NUMA_MASK, "alone"),
        _ => return Vec::new(),
    };
    let entry = decisive(unit, id);
    entry.map(|e| Hit::at(e.loc()).state(state).word("setting", written(&e))).into_iter().collect()
}

/// `CPUAffinity=numa` takes the processors of these nodes.
fn names_processors(unit: &Unit) -> bool {
    matches!(unit.value(key::CPU_AFFINITY), Value::List(list) if list.iter().any(|item| &**item == "numa"))
}
