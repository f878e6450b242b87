//! Shares of processor time for services that do not take part in the sharing.

use crate::rule::amount::{decisive, written};
use crate::rule::{Hit, Level, Note};
use crate::unit::Unit;
use crate::vocab::key;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let real_time = matches!(unit.value(key::CPU_SCHEDULING_POLICY).word(), Some("fifo" | "rr"));
    // what a process starts shares again
    if !real_time || unit.is_on(key::CPU_SCHEDULING_RESET_ON_FORK) {
        return Vec::new();
    }
    let Some(by) = decisive(unit, key::CPU_SCHEDULING_POLICY) else { return Vec::new() };
    let shares = [(key::CPU_QUOTA, ""), (key::CPU_WEIGHT, ""), (key::NICE, "nice")];
    let mut hits = Vec::new();
    for (entry, state) in shares.into_iter().filter_map(|(k, s)| Some((decisive(unit, k)?, s))) {
        let hit = Hit::at(entry.loc()).state(state).word("share", written(&entry)).word("policy", written(&by));
        let hit = if state.is_empty() { hit } else { hit.at_most(Level::Note) };
        hits.push(hit.note(Note::on(by.loc(), "the policy is set here")));
    }
    hits
}
