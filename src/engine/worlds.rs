//! The worlds of a plan: each unit is taken in as it passes, neighbours are read when all are known, and then the rules
//! about several units look at the whole.

use super::outlines::{Outlines, Readers};
use super::{Job, Plan, Session, check};
use crate::load::{self, Loader};
use crate::rule::{Check, Finding, Rule, View, WorldCode};
use crate::tree::{NodeKind, Tree};
use crate::unit::Unit;
use crate::unit::cgroups::Cgroups;
use crate::unit::world::{EdgeKind, World};
use crate::vocab::name::UnitName;
use std::path::Path;

/// So many neighbours are read; a lone unit of a large system does not need all of it.
const NEIGHBOURS: usize = 2000;

/// From so many units on the text of files is not kept for the places in them.
const MANY: usize = 4000;

/// A world for each search path of a plan that has units to look at. It ends when the last of them was there: many
/// directories need no more memory than the largest of them.
pub(super) struct Worlds<'a> {
    tree: &'a dyn Tree,
    plan: &'a Plan,
    rules: Vec<(&'static Rule, WorldCode)>,
    worlds: Vec<Option<(World, Cgroups)>>,
    /// how many units of each search path are still to come
    left: Vec<usize>,
    /// there are so many units that no text is kept for their places
    sheds: bool,
    /// of the worlds that have ended
    found: Vec<Vec<Finding>>,
}

impl<'a> Worlds<'a> {
    /// No unit yet. Nothing is kept when no rule wants to see it.
    pub(super) fn new(tree: &'a dyn Tree, plan: &'a Plan, session: &Session) -> Option<Self> {
        let of_worlds = |r: &'static Rule| match r.check {
            Check::World(code) => Some((r, code)),
            _ => None,
        };
        let rules: Vec<_> = session.rules.all().filter(|r| session.selection.has(r)).filter_map(of_worlds).collect();
        if rules.is_empty() {
            return None;
        }
        let mut left = vec![0; plan.catalogs.len()];
        plan.jobs.iter().for_each(|job| left[job.catalog] += 1);
        let worlds = plan.catalogs.iter().map(|_| None).collect();
        let found = plan.catalogs.iter().map(|_| Vec::new()).collect();
        let sheds = plan.jobs.len() > MANY;
        Some(Self { tree, plan, rules, worlds, left, sheds, found })
    }

    /// Takes in units with their jobs.
    pub(super) fn add(&mut self, batch: &[(&Job, Box<Unit>)]) {
        // step by step: code that has just run costs less
        for (job, unit) in batch {
            self.of(job.catalog).0.add(unit, true);
        }
        for (job, unit) in batch {
            self.of(job.catalog).1.add(unit);
        }
        for (job, unit) in batch {
            if self.sheds {
                let (world, cgroups) = self.of(job.catalog);
                let mut outlines = Outlines::default();
                world.places_of(unit, &mut |at| outlines.shed(at));
                cgroups.places_of(unit, &mut |at| outlines.shed(at));
            }
            self.left[job.catalog] -= 1;
            if self.left[job.catalog] == 0 {
                self.end(job.catalog);
            }
        }
    }

    /// The world of a search path.
    fn of(&mut self, catalog: usize) -> &mut (World, Cgroups) {
        let (of, left) = (&self.plan.catalogs[catalog], self.left[catalog]);
        self.worlds[catalog].get_or_insert_with(|| {
            let mut world = World::new(of.scope, &of.root, self.plan.target.model);
            world.reserve(left);
            (world, Cgroups::of_who_says_something(of.scope))
        })
    }

    /// What the rules find when all units are there; what is silenced is still among it.
    pub(super) fn findings(self) -> Vec<Finding> {
        self.found.into_iter().flatten().collect()
    }

    /// Asks the rules about a world to which no unit will come.
    fn end(&mut self, at: usize) {
        let (catalog, Some((mut world, mut cgroups))) = (&self.plan.catalogs[at], self.worlds[at].take()) else {
            return;
        };
        let loader = Loader::new(self.tree, catalog);
        for dir in &catalog.dependency_directories {
            links(self.tree, dir, &mut world);
        }
        for (name, link) in catalog.dead_links(self.tree) {
            world.dead(&name, link);
        }
        neighbours(&loader, catalog, self.plan, &mut world, &mut cgroups);
        world.finish();
        cgroups.finish(self.tree, catalog, self.plan.target);
        let view = View::new(&world, &cgroups, catalog, self.tree);
        let mut readers = Readers::new(self.tree, &catalog.root);
        for (rule, code) in &self.rules {
            for hit in code(&view) {
                let node = world.node(hit.node);
                let path = hit.link.unwrap_or_else(|| node.path.clone());
                let unit = node.name.to_string();
                let found = Finding { unit, ..check::nothing(rule, world.scope, path) };
                let mut found = check::with_hit(found, hit.hit);
                readers.restore(&mut found);
                self.found[at].push(found);
            }
        }
    }
}

/// The links of a `.wants` directory and the like.
fn links(tree: &dyn Tree, dir: &Path, world: &mut World) {
    let name = dir.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    let kind = match name.rsplit('.').next() {
        Some("wants") => EdgeKind::Wants,
        Some("requires") => EdgeKind::Requires,
        _ => EdgeKind::Upholds,
    };
    let Some(owner) = load::dependency_owner(name).and_then(UnitName::parse) else { return };
    for entry in tree.list(dir).unwrap_or_default().into_iter().filter(|e| e.kind == NodeKind::Link) {
        if let Some(other) = entry.name.to_str().and_then(UnitName::parse) {
            world.link(&owner, kind, &other, dir.join(&entry.name));
        }
    }
}

/// Reads the units that those which are there name, and those that they name.
fn neighbours(loader: &Loader<'_>, catalog: &load::Catalog, plan: &Plan, world: &mut World, cgroups: &mut Cgroups) {
    let mut left = NEIGHBOURS;
    loop {
        let found = world.unread().into_iter().filter(|name| catalog.knows(name)).map(|name| catalog.find(&name).0);
        let names: Vec<UnitName> = found.take(left).collect();
        let before = names.len();
        for name in names {
            let unit = Unit::read(loader.load(&name), plan.target);
            world.add(&unit, false);
            cgroups.add(&unit);
        }
        left -= before;
        if before == 0 || left == 0 {
            break;
        }
    }
}
