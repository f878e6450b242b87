//! `MemoryMin=` and `MemoryLow=` below an outermost slice that was promised nothing (`effective_protection()` of the
//! kernel).

use crate::rule::{Hit, Level, View, WorldHit};
use crate::unit::cgroups::GroupId;
use crate::vocab::size::Limit;
use crate::vocab::{KeyId, key};

const PROMISES: [KeyId; 2] = [key::MEMORY_MIN, key::MEMORY_LOW];
const LIMITS: [KeyId; 2] = [key::MEMORY_MAX, key::MEMORY_HIGH];

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let groups = view.cgroups;
    let mut out = Vec::new();
    for (node, id) in view.asked_groups() {
        for own in groups.group(id).own.iter().filter(|own| PROMISES.contains(&own.key)) {
            let (promise, _) = groups.promise(id, own.key);
            let nothing = matches!(promise, Limit::Absolute(0) | Limit::Share(0));
            if nothing || !groups.is_unprotected(id, own.key) || is_limited(view, id) {
                continue;
            }
            let Some(outermost) = groups.chain(id).filter(|g| *g != groups.root()).last() else { continue };
            let slice = &groups.group(outermost).shown;
            let hit = Hit::at(own.at.clone())
                .word("key", own.key.name())
                .word("value", &*own.text)
                .word("slice", &**slice)
                .help(format!(
                    "promise memory to {slice} as well, with {}= in a drop-in for it, or put the unit into the root slice with Slice=-.slice",
                    own.key.name()
                ));
            // a package may count on what another one or the administrator says for the slice
            let hit = if view.world.is_whole() { hit } else { hit.at_most(Level::Note) };
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}

/// Whether a slice around it has a limit: what is taken because of that is taken by these promises.
fn is_limited(view: &View<'_>, id: GroupId) -> bool {
    let around = view.cgroups.chain(id).skip(1);
    around.into_iter().any(|slice| {
        let limited = |key: &KeyId| view.cgroups.own_limit(slice, *key) != Limit::Unlimited;
        slice != view.cgroups.root() && LIMITS.iter().any(limited)
    })
}
