//! Timers and paths that start something again and again which stays active, so that only the first time counts. What
//! another unit may end is left alone.

use crate::rule::{Fix, Hit, Note, Safety, View, WorldHit};
use crate::unit::world::{Edge, EdgeKind, NodeId, Presence, Said};
use crate::vocab::UnitKind;
use std::collections::BTreeSet;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let world = view.world;
    let again = world.asked().filter_map(|(_, n)| Some((n, n.facts.repeats.as_ref()?)));
    let pairs = again.flat_map(|(n, at)| n.edges_of(EdgeKind::Triggers).map(move |e| (n, at, e.to)));
    let pairs: Vec<_> = pairs.filter(|(.., to)| world.node(*to).facts.stays.is_some()).collect();
    if pairs.is_empty() {
        return Vec::new();
    }
    let ended = ended(view);
    let mut out = Vec::new();
    for (trigger, starts, node) in pairs {
        let unit = world.node(node);
        let Some(stays) = unit.facts.stays.clone().filter(|_| !unit.facts.is_ended && !ended.contains(&node)) else {
            continue;
        };
        if unit.presence != Presence::Loaded {
            continue;
        }
        let state = if trigger.name.kind() == UnitKind::Path { "path" } else { "timer" };
        let title = "let the service become inactive when it is done";
        let hit = Hit::at(stays.clone())
            .state(state)
            .word("unit", trigger.name.as_str())
            .note(Note::on(starts.clone(), "what is to start it each time"))
            .fix(Fix::replace(title, Safety::Unsafe, &stays, "RemainAfterExit=no"));
        out.push(WorldHit { node, hit, link: None });
    }
    out
}

/// Units that others stop by being started, or that stop when others are.
fn ended(view: &View<'_>) -> BTreeSet<NodeId> {
    let at_shutdown = |id: NodeId| matches!(view.world.node(id).name.as_str(), "shutdown.target" | "umount.target");
    let said = |e: &&Edge| e.kind == EdgeKind::Conflicts && matches!(e.said, Said::At(_)) && !at_shutdown(e.to);
    let both = |(id, e): (NodeId, &Edge)| [id, e.to];
    let edges = view.world.nodes().flat_map(|(id, n)| n.edges.iter().filter(said).map(move |e| (id, e)));
    edges.flat_map(both).collect()
}
