//! Limits of processes that count what the service has nothing to do with, or nothing at all.

use crate::rule::Hit;
use crate::rule::amount::{decisive, written};
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{Scope, key};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Value::Rlimit(limit) = unit.value(key::LIMIT_NPROC) else { return Vec::new() };
    // large ones are meant to be none; a dynamic user belongs to one service
    if unit.lone || limit.soft >= 1 << 15 || unit.is_on(key::DYNAMIC_USER) {
        return Vec::new();
    }
    let Some(entry) = decisive(unit, key::LIMIT_NPROC) else { return Vec::new() };
    let state = match (unit.scope, unit.is_privileged()) {
        (Scope::System, true) => "root",
        (Scope::System, false) => "",
        (Scope::User, _) => "own",
    };
    let hit = Hit::at(entry.loc()).state(state).word("limit", written(&entry));
    vec![hit.word("user", unit.value(key::USER).text().unwrap_or("root"))]
}
