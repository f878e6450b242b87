//! What a rule about several units says. Its file `rules/<group>/<id>.rs` has one function `check` that looks at a world.

use super::Hit;
use crate::load::{Activation, Catalog, Place};
use crate::tree::Tree;
use crate::unit::cgroups::{Cgroups, GroupId};
use crate::unit::world::{NodeId, Presence, World};
use crate::vocab::name::UnitName;
use std::cell::OnceCell;
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
    activations: OnceCell<Vec<Activation>>,
}

impl<'a> View<'a> {
    /// All of it.
    pub fn new(world: &'a World, cgroups: &'a Cgroups, catalog: &'a Catalog, tree: &'a dyn Tree) -> Self {
        Self { world, cgroups, catalog, tree, activations: OnceCell::new() }
    }

    /// What the message bus of the root starts; nothing where no unit has to do with the bus.
    pub fn activations(&self) -> &[Activation] {
        self.activations.get_or_init(|| {
            let on_bus = self.world.asked().any(|(_, n)| n.bus_name().is_some());
            if on_bus { Activation::all(self.tree, self.catalog) } else { Vec::new() }
        })
    }

    /// Whether there is a unit of that name, or one that is known to every system.
    pub fn has(&self, name: &str) -> bool {
        self.world.has(name) || UnitName::parse(name).is_some_and(|name| self.catalog.knows(&name))
    }

    /// Whether every unit of the search path was read, so that the names of all are known.
    pub fn is_complete(&self) -> bool {
        let read = |name| self.world.find(name).is_some_and(|id| self.world.node(id).presence != Presence::Absent);
        let mut files = self.catalog.names(None).filter(|(_, p)| matches!(p, Place::File | Place::Linked(_)));
        files.all(|(name, _)| read(name))
    }

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
