//! Links in `.wants` and `.requires` directories whose unit is not there.

use crate::rule::{Hit, View, WorldHit};
use crate::tree;
use crate::unit::world::Said;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    for (node, owner) in view.world.nodes() {
        for edge in &owner.edges {
            let Said::Link(path) = &edge.said else { continue };
            let other = view.world.node(edge.to);
            let known = view.world.has(other.name.as_str()) || view.catalog.find(&other.name).1.is_some();
            let leads = || tree::resolve(view.tree, &view.world.root, path).is_ok();
            if known || leads() {
                continue;
            }
            let hit = Hit::default()
                .word("unit", other.name.as_str())
                .word("owner", owner.name.as_str())
                .help("remove the link, or bring the unit");
            out.push(WorldHit { node, hit, link: Some(path.clone()) });
        }
    }
    out
}
