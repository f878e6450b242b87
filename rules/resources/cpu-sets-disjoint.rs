//! Processors that a service asks for and may not use.

use crate::rule::amount::{cpus, decisive, written};
use crate::rule::{Hit, Level, Note};
use crate::unit::Unit;
use crate::vocab::{Scope, key};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    // managers of users have no say in the second
    if unit.scope == Scope::User {
        return Vec::new();
    }
    let (Some(wanted), Some(allowed)) = (cpus(unit, key::CPU_AFFINITY), cpus(unit, key::ALLOWED_CP_US)) else {
        return Vec::new();
    };
    let (Some(entry), Some(by)) = (decisive(unit, key::CPU_AFFINITY), decisive(unit, key::ALLOWED_CP_US)) else {
        return Vec::new();
    };
    let hit = Hit::at(entry.loc()).word("wanted", written(&entry)).word("allowed", written(&by));
    let hit = hit.note(Note::on(by.loc(), "what it may use"));
    let inside = |cpu: &u32| {
        let next = allowed.partition_point(|(low, _)| low <= cpu);
        next > 0 && *cpu <= allowed[next - 1].1
    };
    // a set has 8192 at most
    let mut wanted = wanted.iter().flat_map(|(low, high)| *low..=*high).take(8192);
    match wanted.clone().find(|cpu| !inside(cpu)) {
        _ if !wanted.any(|cpu| inside(&cpu)) => vec![hit],
        Some(out) => vec![hit.state("part").word("cpu", out.to_string()).at_most(Level::Warn)],
        None => Vec::new(),
    }
}
