//! Links whose unit is not there: those in `.wants` and `.requires` directories, and those that are to be a unit.

use crate::load::unit_directory;
use crate::rule::{Hit, Level, View, WorldHit};
use crate::tree::{self, Unresolved};
use crate::unit::world::{NodeId, Said};
use std::path::PathBuf;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = to_be_units(view);
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

/// Links that have the name of a unit and lead to none.
fn to_be_units(view: &View<'_>) -> Vec<WorldHit> {
    // a package may link to what another one brings
    let is_part = !view.world.is_whole() && view.catalog.directories.iter().any(|d| unit_directory(d).is_some());
    let told = |(node, link): &(NodeId, PathBuf)| {
        let text = view.tree.read_link(link).unwrap_or_default();
        let own = text.file_name() == link.file_name();
        let to_itself = own && matches!(tree::resolve(view.tree, &view.world.root, link), Err(Unresolved::Loop));
        let hit = Hit::default()
            .state(if to_itself { "itself" } else { "nothing" })
            .word("name", view.world.node(*node).name.as_str())
            .word("target", text.to_string_lossy())
            .help("remove the link, or let it lead to a unit");
        let hit = if is_part && !to_itself { hit.at_most(Level::Note) } else { hit };
        WorldHit { node: *node, hit, link: Some(link.clone()) }
    };
    view.world.dead_links().iter().map(told).collect()
}
