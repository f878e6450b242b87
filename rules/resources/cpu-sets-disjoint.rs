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
    let overlaps = |a: &(u32, u32)| allowed.iter().any(|b| a.0 <= b.1 && b.0 <= a.1);
    let hit = Hit::at(entry.loc()).word("wanted", written(&entry)).word("allowed", written(&by));
    let hit = hit.note(Note::on(by.loc(), "what it may use"));
    // a set has 8192 at most
    let inside = |cpu: u32| allowed.iter().any(|r| r.0 <= cpu && cpu <= r.1);
    if !wanted.iter().any(overlaps) {
        vec![hit]
    } else if let Some(out) = wanted.iter().flat_map(|r| r.0..=r.1.min(8191)).find(|cpu| !inside(*cpu)) {
        vec![hit.state("part").word("cpu", out.to_string()).at_most(Level::Warn)]
    } else {
        Vec::new()
    }
}
