//! What a rule about several units says. Its file `rules/<group>/<id>.rs` has one function `check` that looks at a world.

use super::Hit;
use crate::load::Catalog;
use crate::tree::Tree;
use crate::unit::cgroups::{Cgroups, GroupId};
use crate::unit::world::{NodeId, World};
use std::path::PathBuf;

/// What a rule about several units may look at.
pub struct View<'a> {
    /// who names whom
    pub world: &'a World,
    /// who shares what with whom
    pub cgroups: &'a Cgroups,
    /// the names that there are
    pub catalog: &'a Catalog,
    /// the files, for what units name besides units
    pub tree: &'a dyn Tree,
}

impl View<'_> {
    /// The groups of units that are being looked at, each with its node.
    pub fn asked_groups(&self) -> impl Iterator<Item = (NodeId, GroupId)> {
        self.cgroups.groups().filter_map(|(id, group)| {
            let node = self.world.find(group.name.as_str())?;
            self.world.node(node).asked.then_some((node, id))
        })
    }
}

/// The `check` of such a rule.
pub type WorldCode = fn(&View<'_>) -> Vec<WorldHit>;

/// One place where it speaks.
#[derive(Clone, Debug)]
pub struct WorldHit {
    /// whose finding it is
    pub node: NodeId,
    /// what it says; a place in a file, or
    pub hit: Hit,
    /// the link that it is about
    pub link: Option<PathBuf>,
}
