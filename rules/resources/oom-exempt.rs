//! Services that the kernel never kills for want of memory.

use crate::rule::amount::{decisive, limit, number, written};
use crate::rule::{Hit, Level, Note};
use crate::unit::Unit;
use crate::vocab::{Scope, key};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    // the manager of a user cannot give it
    if unit.lone || unit.scope == Scope::User || number(unit, key::OOM_SCORE_ADJUST) != Some(-1000) {
        return Vec::new();
    }
    let Some(entry) = decisive(unit, key::OOM_SCORE_ADJUST) else { return Vec::new() };
    let hit = Hit::at(entry.loc());
    let group = unit.value(key::OOM_POLICY).word() == Some("kill");
    let other = if limit(unit, key::MEMORY_MAX).is_some() { key::MEMORY_MAX } else { key::OOM_POLICY };
    vec![match decisive(unit, other).filter(|_| other == key::MEMORY_MAX || group) {
        Some(by) => {
            let state = if other == key::MEMORY_MAX { "limited" } else { "group" };
            hit.state(state).word("other", written(&by)).note(Note::on(by.loc(), "set here"))
        }
        // it is slowed down before it takes everything
        None if limit(unit, key::MEMORY_HIGH).is_some() => return Vec::new(),
        None => hit
            .at_most(Level::Note)
            .help("OOMScoreAdjust=-900 is nearly as good: it is killed when nothing else is left"),
    }]
}
