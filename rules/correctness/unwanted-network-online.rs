//! `After=network-online.target` of a unit that does not pull it in.

use crate::rule::{Hit, View, WorldHit};
use crate::unit::world::{EdgeKind, Said};

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let Some(online) = view.world.find("network-online.target") else { return Vec::new() };
    let mut out = Vec::new();
    for (node, unit) in view.world.asked().filter(|(id, _)| *id != online) {
        // a target's own neighbours and what only orders for shutdown (Before=) are no matter
        let pulled = unit.edges.iter().any(|e| e.to == online && (e.kind.pulls() || e.kind.installs()));
        let waits = unit.edges_of(EdgeKind::After).find(|e| e.to == online);
        if let Some(Said::At(at)) = waits.filter(|_| !pulled).map(|e| &e.said) {
            let hit = Hit::at(at.clone()).help(
                "write Wants=network-online.target as well, or After=network.target if the program copes without",
            );
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}
