//! More processor time than the processors of the unit have.

use crate::rule::amount::{count, cpus, decisive, number, written};
use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::vocab::{Scope, key};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Some(quota) = number(unit, key::CPU_QUOTA) else { return Vec::new() };
    let Some(ranges) = cpus(unit, key::ALLOWED_CP_US).filter(|_| unit.scope == Scope::System) else {
        return Vec::new();
    };
    let cpus = count(&ranges);
    if quota <= i64::from(cpus) * 10_000 {
        return Vec::new();
    }
    let (Some(entry), Some(by)) = (decisive(unit, key::CPU_QUOTA), decisive(unit, key::ALLOWED_CP_US)) else {
        return Vec::new();
    };
    let hit = Hit::at(entry.loc()).word("quota", written(&entry)).word("most", (cpus * 100).to_string());
    vec![hit.word("allowed", written(&by)).note(Note::on(by.loc(), "what it may use"))]
}
