//! Settings of units of a user manager whose controller `user@.service` does not delegate.

use crate::load::{self, Catalog, Loader};
use crate::rule::{Hit, View, WorldHit};
use crate::target::Target;
use crate::unit::cgroups::Controller;
use crate::unit::{State, Unit};
use crate::vocab::name::UnitName;
use crate::vocab::value::Outcome;
use crate::vocab::{Scope, key, number};

/// As systemd ships it.
const DELEGATED: [Controller; 3] = [Controller::Pids, Controller::Memory, Controller::Cpu];

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let groups = view.cgroups;
    let mut out = Vec::new();
    if groups.scope != Scope::User {
        return out;
    }
    // read only when there is something to ask
    let mut more: Option<Vec<Controller>> = None;
    for (node, id) in view.asked_groups() {
        for own in &groups.group(id).own {
            let Some(controller) = Controller::of(own.key).filter(|c| !DELEGATED.contains(c)) else { continue };
            if more.get_or_insert_with(|| delegated(view)).contains(&controller) {
                continue;
            }
            let hit = Hit::at(own.at.clone())
                .word("key", own.key.name())
                .word("controller", controller.word())
                .help(format!("a drop-in for user@.service with Delegate={} would delegate it", controller.word()));
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}

/// What `user@.service` of the same root delegates.
fn delegated(view: &View<'_>) -> Vec<Controller> {
    let root = &view.catalog.root;
    let is_root = view.catalog.directories.iter().any(|d| load::unit_directory(d).is_some_and(|d| d.root == *root));
    let Some(name) = UnitName::parse("user@.service").filter(|_| is_root) else { return Vec::new() };
    let catalog = Catalog::read(view.tree, root, load::search_path(root, Scope::System), Scope::System);
    let loader = Loader::new(view.tree, &catalog);
    let files = if catalog.find(&name).1.is_some() { loader.load(&name) } else { loader.load_lone(&name) };
    let unit = Unit::read(files, Target::default());
    if unit.state != State::Loaded {
        return Vec::new();
    }
    let mut out = Vec::new();
    for entry in unit.entries(key::DELEGATE) {
        match (entry.assignment.outcome, number::boolean(entry.text())) {
            (Outcome::Reset, _) | (_, Some(false)) => out.clear(),
            (_, Some(true)) => out = Controller::ALL.to_vec(),
            (Outcome::Set, None) if entry.text().is_empty() => out.clear(),
            (Outcome::Set, None) => {
                let named = |c: &Controller| entry.text().split_whitespace().any(|word| word == c.word());
                out.extend(Controller::ALL.into_iter().filter(named));
            }
            _ => {}
        }
    }
    out
}
