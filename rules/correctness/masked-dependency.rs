//! Requirements of units that are masked.

use crate::rule::{Hit, View, WorldHit};
use crate::unit::world::{Presence, Said};

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    for (node, unit) in view.world.asked() {
        for edge in unit.edges.iter().filter(|e| e.kind.needs()) {
            let other = view.world.node(edge.to);
            if let (Presence::Masked, Said::At(at)) = (other.presence, &edge.said) {
                let hit = Hit::at(at.clone())
                    .word("unit", other.name.as_str())
                    .help(format!("{} switches it off; unmask it, or write Wants= instead", other.path.display()));
                out.push(WorldHit { node, hit, link: None });
            }
        }
    }
    out
}
