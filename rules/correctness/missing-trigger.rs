//! Sockets, timers and paths whose unit is not there.

use crate::rule::{Hit, View, WorldHit};
use crate::unit::world::{EdgeKind, Said};

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    for (node, unit) in view.world.asked().filter(|(_, n)| !n.name.is_template()) {
        for edge in unit.edges_of(EdgeKind::Triggers) {
            let other = view.world.node(edge.to);
            if view.world.has(other.name.as_str()) || view.catalog.find(&other.name).1.is_some() {
                continue;
            }
            let at = match &edge.said {
                Said::At(at) => Some(at.clone()),
                _ => unit.header.clone(),
            };
            let hit = Hit { at, ..Hit::default() }.word("unit", other.name.as_str()).help(
                "write the service, or name the right one with Service= (of a socket) or Unit= (of a timer or path)",
            );
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}
