//! What relations ask of the units of one search path.

use super::Wanted;
use crate::load::{self, Catalog, Loader, Place};
use crate::target::Target;
use crate::text::Loc;
use crate::tree::Tree;
use crate::unit::cgroups::{Cgroups, GroupId};
use crate::unit::{State, Unit};
use crate::vocab::name::UnitName;
use crate::vocab::value::Value;
use crate::vocab::{self, KeyId, Scope, UnitKind, cgroup};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What is there of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// its file
    File,
    /// drop-ins alone
    DropIns,
    /// the manager makes it, and nothing is said of it
    Implied,
    /// it is switched off
    Masked,
    /// the manager does not take it
    Refused,
}

/// A unit.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) name: UnitName,
    pub(super) scope: Scope,
    pub(super) presence: Presence,
    /// it is one of those that are being looked at
    pub(super) asked: bool,
    pub(super) path: PathBuf,
    /// its own section's header
    pub(super) header: Option<Loc>,
    said: Vec<Said>,
    /// keys of cgroup v1, each with what replaces it
    pub(super) old: Vec<(KeyId, KeyId, Loc)>,
}

/// A setting of a unit.
#[derive(Debug)]
pub(super) struct Said {
    key: KeyId,
    pub(super) value: Value,
    pub(super) at: Loc,
}

impl Known {
    fn new(unit: &Unit, wanted: &Wanted, asked: bool) -> Self {
        let said = |key: &KeyId| {
            let value = unit.setting(*key).map(|s| &s.value).filter(|v| **v != Value::Unset)?;
            let at = unit.entry(unit.decisive(*key)?).loc();
            Some(Said { key: *key, value: value.clone(), at })
        };
        let header = unit.header(unit.kind().section()).or_else(|| unit.headers.first());
        let old = unit.settings().iter().filter_map(|s| {
            let new = cgroup::successor(s.key).filter(|new| wanted.keys.contains(new))?;
            let last = s.assignments.last()?;
            Some((s.key, new, unit.loc(last.file, last.whole())))
        });
        Self {
            name: unit.name.clone(),
            scope: unit.scope,
            presence: match unit.state {
                State::Loaded if unit.lone => Presence::DropIns,
                State::Loaded => Presence::File,
                State::Masked => Presence::Masked,
                State::Refused(_) | State::NotFound => Presence::Refused,
            },
            asked,
            path: unit.path.clone(),
            header: header.map(|h| unit.loc(h.file, h.span)),
            said: wanted.keys.iter().filter_map(said).collect(),
            old: old.collect(),
        }
    }

    fn implied(name: &UnitName, scope: Scope) -> Self {
        let (presence, path) = (Presence::Implied, PathBuf::from(name.as_str()));
        Self {
            name: name.clone(),
            scope,
            presence,
            asked: false,
            path,
            header: None,
            said: Vec::new(),
            old: Vec::new(),
        }
    }

    /// Whether there is a file of it.
    pub(super) fn is_real(&self) -> bool {
        self.presence != Presence::Implied
    }

    /// Whether the manager has it, as far as that is known.
    pub(super) fn is_here(&self) -> bool {
        matches!(self.presence, Presence::File | Presence::DropIns | Presence::Implied)
    }

    /// Whether patterns meet it: drop-ins of what is elsewhere say too little.
    pub(super) fn is_matched(&self) -> bool {
        self.presence == Presence::File || self.is_made() && self.is_here()
    }

    /// Whether it needs no file.
    pub(super) fn is_made(&self) -> bool {
        matches!(self.name.kind(), UnitKind::Slice | UnitKind::Scope)
    }

    /// Whether units of its type have a directive.
    pub(super) fn takes(&self, key: KeyId) -> bool {
        key.key().placements().iter().any(|p| p.section.fits(self.name.kind()))
    }

    pub(super) fn said(&self, key: KeyId) -> Option<&Said> {
        self.said.iter().find(|s| s.key == key)
    }
}

/// The units of a search path, as far as relations are about them.
pub(super) struct Seen {
    units: BTreeMap<Box<str>, Known>,
    aliases: BTreeMap<Box<str>, Box<str>>,
    pub(super) cgroups: Cgroups,
    scope: Scope,
}

impl Seen {
    pub(super) fn new(scope: Scope) -> Self {
        Self { units: BTreeMap::new(), aliases: BTreeMap::new(), cgroups: Cgroups::new(scope), scope }
    }

    /// Takes in a unit.
    pub(super) fn add(&mut self, unit: &Unit, wanted: &Wanted, asked: bool) {
        if unit.state == State::NotFound {
            return;
        }
        self.cgroups.add(unit);
        let names = || std::iter::once(unit.name.as_str()).chain(unit.aliases.iter().map(|a| &**a));
        if unit.kind() == UnitKind::Slice || names().any(|name| wanted.has(name)) {
            for alias in &unit.aliases {
                self.aliases.insert(alias.clone(), unit.name.as_str().into());
            }
            self.units.insert(unit.name.as_str().into(), Known::new(unit, wanted, asked));
        }
    }

    /// A unit by its name or an alias.
    pub(super) fn find(&self, name: &str) -> Option<&Known> {
        self.units.get(name).or_else(|| self.units.get(self.aliases.get(name)?))
    }

    /// All of them, by name.
    pub(super) fn all(&self) -> impl Iterator<Item = &Known> {
        self.units.values()
    }

    /// Their names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.units.keys().map(|name| &**name)
    }

    /// The group of a unit.
    pub(super) fn group(&self, unit: &Known) -> Option<GroupId> {
        self.cgroups.find(unit.name.as_str())
    }

    /// What patterns are compared with: the group of a unit, or its name where it has none.
    pub(super) fn path(&self, unit: &Known) -> PathBuf {
        self.group(unit).map_or_else(|| unit.name.as_str().into(), |id| self.cgroups.path(id).into())
    }

    /// Whether two units are one, or one is in the other.
    pub(super) fn is_kin(&self, a: &Known, b: &Known) -> bool {
        let (Some(x), Some(y)) = (self.group(a), self.group(b)) else { return a.name == b.name };
        self.cgroups.chain(x).any(|g| g == y) || self.cgroups.chain(y).any(|g| g == x)
    }

    /// Reads what is named besides, and the slices that units are in. To be called once, when all units are there.
    pub(super) fn finish(&mut self, tree: &dyn Tree, catalog: &Catalog, target: Target, wanted: &Wanted) {
        let loader = Loader::new(tree, catalog);
        let read = |seen: &mut Self, name: &UnitName| {
            if seen.find(name.as_str()).is_some() {
                return;
            }
            let files = match catalog.find(name) {
                (name, Some(_)) => loader.load(&name),
                (_, None) if catalog.has_dropins() => loader.load_lone(name),
                (_, None) => return,
            };
            if !matches!(files.state, load::State::NotFound) {
                seen.add(&Unit::read(files, target), wanted, false);
            }
        };
        for name in wanted.names.iter().filter_map(|n| UnitName::parse(n)) {
            read(self, &name);
        }
        // a pattern is about all units that there are, where one of those that were named is looked at
        if wanted.all && self.all().any(|u| u.asked && wanted.names.contains(&u.name.as_str())) {
            for (name, _) in catalog.names(None).filter(|(_, place)| matches!(place, Place::File | Place::Linked(_))) {
                if let Some(name) = UnitName::parse(name) {
                    read(self, &name);
                }
            }
        }
        let is_made =
            |n: &UnitName| n.kind() == UnitKind::Slice && vocab::is_well_known(n.as_str(), self.scope, target.model);
        // logins have a slice on every system
        let named = wanted.names.iter().copied().chain((self.scope == Scope::System).then_some("user.slice"));
        for slice in named.filter_map(UnitName::parse).filter(is_made).collect::<Vec<_>>() {
            self.cgroups.know(&slice);
        }
        let made: Vec<UnitName> = self.cgroups.groups().map(|(_, group)| group.name.clone()).collect();
        for name in made.iter().filter(|n| matches!(n.kind(), UnitKind::Slice | UnitKind::Scope)) {
            read(self, name);
            if self.find(name.as_str()).is_none() {
                self.units.insert(name.as_str().into(), Known::implied(name, self.scope));
            }
        }
        self.cgroups.finish(tree, catalog, target);
    }
}
