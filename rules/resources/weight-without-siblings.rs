//! Weights of units that have no neighbour in their slice.

use crate::rule::{Hit, View, WorldHit};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};

const WEIGHTS: [KeyId; 4] = [key::CPU_WEIGHT, key::STARTUP_CPU_WEIGHT, key::IO_WEIGHT, key::STARTUP_IO_WEIGHT];

/// Slices where sessions, containers and what is started by hand come to be.
const COMMON: [&str; 8] = [
    "-.slice",
    "system.slice",
    "user.slice",
    "machine.slice",
    "app.slice",
    "session.slice",
    "background.slice",
    "capsule.slice",
];

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let groups = view.cgroups;
    let mut out = Vec::new();
    if !groups.is_complete {
        return out;
    }
    for (node, id) in view.asked_groups() {
        let group = groups.group(id);
        let Some(slice) = group.slice.map(|slice| groups.group(slice)) else { continue };
        // instances of a template are neighbours
        let alone = slice.members.len() == 1 && !group.is_template && !group.name.is_instance() && !slice.is_template;
        if !alone || COMMON.contains(&slice.name.as_str()) {
            continue;
        }
        for own in group.own.iter().filter(|own| WEIGHTS.contains(&own.key)) {
            // idle is also a way of being scheduled
            if own.value == Value::Number(0) {
                continue;
            }
            let hit = Hit::at(own.at.clone())
                .word("key", own.key.name())
                .word("value", &*own.text)
                .word("unit", &*group.shown)
                .word("slice", &*slice.shown)
                .help(format!("a weight of {} competes with the slices beside it", slice.shown));
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}
