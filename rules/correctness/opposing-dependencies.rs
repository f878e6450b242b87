//! Units that one unit both pulls in and conflicts with.

use crate::rule::{Hit, Note, View, WorldHit};
use crate::unit::world::{EdgeKind, Said};

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    for (node, unit) in view.world.asked() {
        for edge in unit.edges_of(EdgeKind::Conflicts) {
            let Said::At(at) = &edge.said else { continue };
            let needed = unit.edges.iter().find(|e| e.to == edge.to && e.kind.pulls());
            let Some((needed, Said::At(there))) = needed.map(|e| (e, &e.said)) else { continue };
            let hit = Hit::at(at.clone())
                .word("unit", view.world.node(edge.to).name.as_str())
                .word("key", format!("{:?}", needed.kind))
                .note(Note::on(there.clone(), "asked for here"))
                .help("keep the one that was meant");
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}
