//! Limits that are larger than those of a slice around: the comparison is the model's, here are its words.

use crate::rule::amount::ranges;
use crate::rule::{Hit, Level, Note, View, WorldHit};
use crate::unit::cgroups::{GroupId, Own};
use crate::vocab::size::Limit;
use crate::vocab::{KeyId, key};

const LIMITS: [KeyId; 6] =
    [key::MEMORY_MAX, key::MEMORY_HIGH, key::MEMORY_SWAP_MAX, key::MEMORY_Z_SWAP_MAX, key::TASKS_MAX, key::CPU_QUOTA];
const SETS: [KeyId; 2] = [key::ALLOWED_CP_US, key::ALLOWED_MEMORY_NODES];

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let groups = view.cgroups;
    let mut out = Vec::new();
    for (node, id) in view.asked_groups().filter(|(_, id)| *id != groups.root()) {
        let group = groups.group(id);
        for own in &group.own {
            let hit = if LIMITS.contains(&own.key) {
                limit(view, id, own)
            } else if SETS.contains(&own.key) {
                set(view, id, own)
            } else {
                None
            };
            out.extend(hit.map(|hit| WorldHit { node, hit, link: None }));
        }
    }
    out
}

fn limit(view: &View<'_>, id: GroupId, own: &Own) -> Option<Hit> {
    let groups = view.cgroups;
    let (of, slice) = (groups.own_limit(id, own.key), groups.group(id).slice?);
    // without the size of the machine a share and a number cannot be compared
    let is_more = |limit: Limit| match (of, limit) {
        (Limit::Absolute(own), Limit::Absolute(slice)) => own > slice,
        (Limit::Share(own), Limit::Share(slice)) => own > slice,
        _ => false,
    };
    // what is throttled only beyond what can be had is never throttled
    let also = (own.key == key::MEMORY_HIGH).then_some(key::MEMORY_MAX);
    [Some(own.key), also].into_iter().flatten().find_map(|key| {
        let (_, by) = groups.limit(slice, key).bounds().find(|(limit, _)| is_more(*limit))?;
        let limit = groups.group(by).own(key)?;
        let what = format!("{}={}", key.name(), limit.text);
        let help = format!("unitlint tree {} shows what counts", groups.group(id).name);
        Some(hit(view, own, by, limit).word("limit", what).help(help))
    })
}

fn hit(view: &View<'_>, own: &Own, by: GroupId, slice: &Own) -> Hit {
    Hit::at(own.at.clone())
        .word("key", own.key.name())
        .word("value", &*own.text)
        .word("slice", &*view.cgroups.group(by).shown)
        .note(Note::on(slice.at.clone(), "the limit of the slice"))
}

fn set(view: &View<'_>, id: GroupId, own: &Own) -> Option<Hit> {
    let groups = view.cgroups;
    let (asked, got) = (groups.own_cpus(id, own.key)?, groups.cpus(id, own.key)?);
    let outer = groups.chain(id).nth(1).and_then(|slice| groups.cpus(slice, own.key))?;
    if asked == got.ranges {
        return None;
    }
    let slice = groups.group(outer.by).own(own.key)?;
    let hit = hit(view, own, outer.by, slice).word("limit", ranges(&outer.ranges));
    Some(if got.is_refused {
        hit.state("outside").help("the unit gets all that its slice may use")
    } else {
        // what is left may be all that was meant
        hit.state("partly").word("common", ranges(&got.ranges)).at_most(Level::Note)
    })
}
