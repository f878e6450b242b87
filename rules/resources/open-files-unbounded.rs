//! Limits of open files that are none.

use crate::rule::amount::{decisive, written};
use crate::rule::{Fix, Hit, Safety};
use crate::unit::Unit;
use crate::vocab::key;
use crate::vocab::value::Value;

/// What the kernel had as the most before systemd raised it.
const MANY: u64 = 1 << 20;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Value::Rlimit(limit) = unit.value(key::LIMIT_NOFILE) else { return Vec::new() };
    let Some(entry) = decisive(unit, key::LIMIT_NOFILE).filter(|_| limit.soft > MANY) else { return Vec::new() };
    let fix = Fix::replace("write 1024:524288", Safety::Unsafe, &entry.value_loc(), "1024:524288");
    vec![Hit::at(entry.loc()).word("limit", written(&entry)).fix(fix)]
}
