//! Units with `DefaultDependencies=no` that write down one of the two dependencies for the shutdown. Both or none are
//! decisions; one is a slip.

use crate::rule::{Hit, Level, View, WorldHit};
use crate::unit::world::{Edge, EdgeKind, Node, NodeId, Said, World};
use crate::vocab::UnitKind;

/// What stops units, or is pulled in, on the way down.
const DOWN: [&str; 12] = [
    "shutdown.target",
    "reboot.target",
    "poweroff.target",
    "halt.target",
    "kexec.target",
    "soft-reboot.target",
    "umount.target",
    "final.target",
    "exit.target",
    "initrd-switch-root.target",
    "sleep.target",
    "factory-reset.target",
];

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let Some(shutdown) = view.world.find("shutdown.target") else { return Vec::new() };
    let mut out = Vec::new();
    for (node, unit) in view.world.asked().filter(|(_, n)| !n.default_dependencies) {
        let said = |kind| unit.edges_of(kind).find(|e| e.to == shutdown && matches!(e.said, Said::At(_)));
        let (state, edge, line) = match (said(EdgeKind::Conflicts), said(EdgeKind::Before)) {
            (Some(edge), None) => ("conflicts", edge, "Before=shutdown.target"),
            (None, Some(edge)) => ("before", edge, "Conflicts=shutdown.target"),
            _ => continue,
        };
        if !is_concerned(view.world, node, unit, state) {
            continue;
        }
        let Said::At(at) = &edge.said else { continue };
        let hit = Hit::at(at.clone()).state(state).help(format!("add {line} to [Unit]"));
        // what has no processes of its own is down at once; and who knows what is still wanted of a unit that is left
        let certain = state == "conflicts" && unit.name.kind() == UnitKind::Service;
        let hit = if certain { hit } else { hit.at_most(Level::Note) };
        out.push(WorldHit { node, hit, link: None });
    }
    out
}

/// Whether a shutdown finds something to stop that it does not know of otherwise.
fn is_concerned(world: &World, node: NodeId, unit: &Node, state: &str) -> bool {
    let down = |id: NodeId| DOWN.contains(&world.node(id).name.as_str());
    match (unit.name.kind(), state) {
        // neither has anything to stop
        (UnitKind::Target | UnitKind::Slice | UnitKind::Timer | UnitKind::Path, _) => false,
        (_, "conflicts") => true,
        _ => {
            let other_way = |e: &Edge| down(e.to) && (e.kind == EdgeKind::Conflicts || e.kind.installs());
            let pulled =
                || world.nodes().any(|(id, n)| down(id) && n.edges.iter().any(|e| e.to == node && e.kind.pulls()));
            !unit.facts.is_brief && !down(node) && !unit.edges.iter().any(other_way) && !pulled()
        }
    }
}
