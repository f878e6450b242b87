//! `Requires=` and `BindsTo=` of a unit that is neither `After=` nor `Before=`.

use crate::rule::{Hit, View, WorldHit};
use crate::unit::world::{EdgeKind, Node, NodeId, Said, World};
use crate::vocab::UnitKind;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    for (node, unit) in view.world.asked().filter(|(_, n)| n.name.kind() == UnitKind::Service) {
        for edge in unit.edges.iter().filter(|e| matches!(e.kind, EdgeKind::Requires | EdgeKind::BindsTo)) {
            let other = view.world.node(edge.to);
            // a socket of its own, a slice and a mount come first by themselves
            let by_itself = !matches!(other.name.kind(), UnitKind::Service | UnitKind::Device);
            let Said::At(at) = &edge.said else { continue };
            if by_itself || is_ordered(view.world, unit, node, edge.to) {
                continue;
            }
            let key = if edge.kind == EdgeKind::BindsTo { "BindsTo" } else { "Requires" };
            let hit = Hit::at(at.clone())
                .word("key", key)
                .word("unit", other.name.as_str())
                .help(format!("write After={} as well", other.name));
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}

fn is_ordered(world: &World, unit: &Node, id: NodeId, other: NodeId) -> bool {
    const ORDER: [EdgeKind; 2] = [EdgeKind::After, EdgeKind::Before];
    unit.names(other, &ORDER) || world.node(other).names(id, &ORDER)
}
