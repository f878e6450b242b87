//! The control groups of one search path: which slice each unit is in, and what of processor time, memory, tasks and disk
//! each has, with the place where that is said.
//!
//! As with a world, units that systemd makes itself are known without being present: the root slice, the slices that a name
//! with dashes or a template implies. Must not know a rule.

mod effective;
mod manager;
mod own;

use super::{State, Unit};
use crate::load::{self, Catalog, Loader, Place};
use crate::target::Target;
use crate::text::{Loc, Names};
use crate::tree::{NodeKind, Tree};
use crate::vocab::name::{UnitName, escape_path};
use crate::vocab::specifier::{self, Subject};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Scope, Specifiers, UnitKind, key};
pub use effective::{Controller, Cpus, Effective, Protection, WEIGHTS, Weight};
pub(crate) use effective::{common, union};
pub use manager::{Manager, UnitDefault};
use own::{own, says_something};
use std::path::PathBuf;

/// An index into the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupId(u32);

impl GroupId {
    /// Its place in [`Cgroups::groups`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The keys that say what a group has (systemd.resource-control(5)), in the order in which they are told.
pub const KEYS: [KeyId; 37] = [
    key::CPU_WEIGHT,
    key::STARTUP_CPU_WEIGHT,
    key::CPU_QUOTA,
    key::CPU_QUOTA_PERIOD_SEC,
    key::ALLOWED_CP_US,
    key::STARTUP_ALLOWED_CP_US,
    key::ALLOWED_MEMORY_NODES,
    key::STARTUP_ALLOWED_MEMORY_NODES,
    key::MEMORY_MIN,
    key::MEMORY_LOW,
    key::STARTUP_MEMORY_LOW,
    key::DEFAULT_MEMORY_MIN,
    key::DEFAULT_MEMORY_LOW,
    key::DEFAULT_STARTUP_MEMORY_LOW,
    key::MEMORY_HIGH,
    key::STARTUP_MEMORY_HIGH,
    key::MEMORY_MAX,
    key::STARTUP_MEMORY_MAX,
    key::MEMORY_SWAP_MAX,
    key::STARTUP_MEMORY_SWAP_MAX,
    key::MEMORY_Z_SWAP_MAX,
    key::STARTUP_MEMORY_Z_SWAP_MAX,
    key::TASKS_MAX,
    key::IO_WEIGHT,
    key::STARTUP_IO_WEIGHT,
    key::IO_DEVICE_WEIGHT,
    key::IO_DEVICE_LATENCY_TARGET_SEC,
    key::IO_READ_BANDWIDTH_MAX,
    key::IO_WRITE_BANDWIDTH_MAX,
    key::IO_READ_IOPS_MAX,
    key::IO_WRITE_IOPS_MAX,
    key::MANAGED_OOM_SWAP,
    key::MANAGED_OOM_MEMORY_PRESSURE,
    key::MANAGED_OOM_MEMORY_PRESSURE_LIMIT,
    key::MANAGED_OOM_PREFERENCE,
    key::DELEGATE,
    key::DISABLE_CONTROLLERS,
];

/// A setting of a group.
#[derive(Clone, Debug)]
pub struct Own {
    /// which
    pub key: KeyId,
    /// what it came to
    pub value: Value,
    /// as it is written where it was said last
    pub text: Box<str>,
    /// where that is
    pub at: Loc,
}

/// Why a group is where it is.
#[derive(Clone, Debug)]
pub enum Placed {
    /// it is the root slice
    Root,
    /// a slice lies where its name says
    Name,
    /// `Slice=`
    Slice(Loc),
    /// the units of a template have a slice of their own
    Template,
    /// it is one of those that the manager keeps in the root slice
    Manager,
    /// nothing is said
    Default,
}

/// What is known of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// there is a file
    File,
    /// the manager makes it, and there are drop-ins for it
    DropIns,
    /// the manager makes it
    Implied,
}

/// A unit with a control group.
#[derive(Clone, Debug)]
pub struct Group {
    /// its name
    pub name: UnitName,
    /// its name as it is told: with `%i` where that is in it
    pub shown: Box<str>,
    /// the slice that it is in; `None` for the root slice
    pub slice: Option<GroupId>,
    /// why
    pub placed: Placed,
    /// what is known of it
    pub presence: Presence,
    /// its file, as it was reached
    pub path: PathBuf,
    /// it stands for as many groups as there are instances
    pub is_template: bool,
    /// what is said of it, in the order of [`KEYS`]
    pub own: Vec<Own>,
    /// what is in it; by name where all units of a search path were read
    pub members: Vec<GroupId>,
    /// the weights of these: of processor time, and of disks
    weights: [Weights; 2],
}

/// The weights of the groups of a slice.
#[derive(Clone, Copy, Debug, Default)]
struct Weights {
    sum: u64,
    /// one of them is set
    is_any_set: bool,
}

impl Group {
    /// Whether it holds others.
    pub fn is_slice(&self) -> bool {
        self.name.kind() == UnitKind::Slice
    }

    /// What is said of it for a key.
    pub fn own(&self, key: KeyId) -> Option<&Own> {
        self.own.iter().find(|own| own.key == key)
    }
}

/// The groups of one search path.
#[derive(Debug)]
pub struct Cgroups {
    /// whose manager
    pub scope: Scope,
    /// what the manager gives to who says nothing
    pub manager: Manager,
    /// every unit of the search path is here
    pub is_complete: bool,
    /// what could not be read; sentences for the user
    pub failures: Vec<String>,
    groups: Vec<Group>,
    ids: Names<GroupId>,
    /// units that say nothing of their group, where these are kept apart
    silent: Option<Vec<UnitName>>,
}

/// The root slice.
const ROOT: GroupId = GroupId(0);
/// Its name.
pub const ROOT_SLICE: &str = "-.slice";

impl Cgroups {
    /// Nothing but what the manager makes itself.
    pub fn new(scope: Scope) -> Self {
        let mut new = Self {
            scope,
            manager: Manager::default(),
            is_complete: false,
            failures: Vec::new(),
            groups: Vec::new(),
            ids: Names::default(),
            silent: None,
        };
        let always: &[&str] = if scope == Scope::System { &[ROOT_SLICE, "system.slice"] } else { &[ROOT_SLICE] };
        for name in always.iter().filter_map(|n| UnitName::parse(n)) {
            new.slice(&name, None);
        }
        if let Some(init) = UnitName::parse("init.scope") {
            new.put(Group { slice: Some(ROOT), placed: Placed::Manager, ..implied(&init) });
        }
        new
    }

    /// The same for rules, without the units that say nothing of their group: these are where most units are, and change
    /// nothing for the others but their share there.
    pub fn of_who_says_something(scope: Scope) -> Self {
        Self { silent: Some(Vec::new()), ..Self::new(scope) }
    }

    /// All units of a search path, with the instances that links name.
    pub fn read(tree: &dyn Tree, catalog: &Catalog, target: Target) -> Self {
        let mut new = Self::new(catalog.scope);
        let loader = Loader::new(tree, catalog);
        for (name, _) in catalog.names(None).filter(|(_, place)| matches!(place, Place::File | Place::Linked(_))) {
            let Some(name) = UnitName::parse(name).filter(|n| has_group(n.kind())) else { continue };
            let files = loader.load(&name);
            if let load::State::Unreadable(e) = &files.state {
                new.failures.push(format!("{}: {e}", files.path.display()));
            }
            new.failures.extend(files.unreadable.iter().map(|(path, e)| format!("{}: {e}", path.display())));
            new.add(&Unit::read(files, target));
        }
        new.instances(tree, catalog, target);
        new.finish(tree, catalog, target);
        new.sort();
        new
    }

    /// All groups.
    pub fn groups(&self) -> impl Iterator<Item = (GroupId, &Group)> {
        self.groups.iter().enumerate().map(|(i, g)| (GroupId(i as u32), g))
    }

    /// A group.
    pub fn group(&self, id: GroupId) -> &Group {
        &self.groups[id.0 as usize]
    }

    /// The root slice.
    pub fn root(&self) -> GroupId {
        ROOT
    }

    /// The group of a unit.
    pub fn find(&self, name: &str) -> Option<GroupId> {
        self.ids.get(name)
    }

    /// A group and the slices that it is in, inside out; the root slice comes last.
    pub fn chain(&self, id: GroupId) -> impl Iterator<Item = GroupId> {
        std::iter::successors(Some(id), |id| self.group(*id).slice)
    }

    /// The directory of its group below that of the manager, as far as it is known.
    pub fn path(&self, id: GroupId) -> String {
        let mut names: Vec<&str> = self.chain(id).filter(|g| *g != ROOT).map(|g| &*self.group(g).shown).collect();
        names.reverse();
        format!("/{}", names.join("/"))
    }

    fn put(&mut self, group: Group) -> GroupId {
        let id = GroupId(self.groups.len() as u32);
        if let Some(slice) = group.slice {
            self.groups[slice.0 as usize].members.push(id);
        }
        self.ids.put(group.name.as_str(), id);
        self.groups.push(group);
        id
    }

    /// The group of a slice, with those that it is in. `shown` is its name where an instance is in it.
    fn slice(&mut self, name: &UnitName, shown: Option<&str>) -> GroupId {
        if let Some(id) = self.find(name.as_str()) {
            return id;
        }
        if name.as_str() == ROOT_SLICE {
            return self.put(implied(name));
        }
        // a-b-c.slice is in a-b.slice, and that in a.slice; what cannot be a slice is nowhere
        let dashes = name.stem().match_indices('-').map(|(at, _)| at);
        let ends: Vec<usize> = if name.is_valid_slice() { dashes.collect() } else { Vec::new() };
        let mut outer = ROOT;
        for end in ends {
            let Some(outer_name) = UnitName::parse(&format!("{}.slice", &name.stem()[..end])) else { continue };
            outer = match self.find(outer_name.as_str()) {
                Some(id) => id,
                None => self.put(Group { slice: Some(outer), placed: Placed::Name, ..implied(&outer_name) }),
            };
        }
        let new = Group { slice: Some(outer), placed: Placed::Name, ..implied(name) };
        let is_template = shown.is_some();
        self.put(Group { shown: shown.unwrap_or(name.as_str()).into(), is_template, ..new })
    }

    /// Takes in a slice that is there without a file, as the manager or a login makes it.
    pub fn know(&mut self, slice: &UnitName) {
        self.slice(slice, None);
    }

    /// Takes in a unit that was read. Drop-ins without a unit are looked at in the end.
    pub fn add(&mut self, unit: &Unit) {
        let kind = unit.kind();
        if unit.state != State::Loaded || unit.lone || !has_group(kind) || self.is_read(&unit.name) {
            return;
        }
        if let Some(silent) = self.silent.as_mut().filter(|_| kind != UnitKind::Slice && !says_something(unit)) {
            silent.push(unit.name.clone());
            return;
        }
        let id = if kind == UnitKind::Slice {
            self.slice(&unit.name, None)
        } else {
            let (slice, placed) = self.place(unit);
            self.put(Group { slice: Some(slice), placed, ..implied(&unit.name) })
        };
        for alias in &unit.aliases {
            self.ids.put(alias.clone(), id);
        }
        let group = &mut self.groups[id.0 as usize];
        group.presence = Presence::File;
        group.is_template = unit.name.is_template();
        group.path.clone_from(&unit.path);
        group.own = own(unit);
    }

    /// Shows every place that is kept of a unit.
    pub fn places_of(&mut self, unit: &Unit, show: &mut dyn FnMut(&mut Loc)) {
        let Some(id) = self.ids.get(unit.name.as_str()) else { return };
        let group = &mut self.groups[id.0 as usize];
        group.own.iter_mut().for_each(|own| show(&mut own.at));
        if let Placed::Slice(at) = &mut group.placed {
            show(at);
        }
    }

    fn is_read(&self, name: &UnitName) -> bool {
        self.find(name.as_str()).is_some_and(|id| self.group(id).presence != Presence::Implied)
    }

    /// The slice of a unit that is none (`unit_set_default_slice()`).
    fn place(&mut self, unit: &Unit) -> (GroupId, Placed) {
        // one that cannot be is taken here; then the unit does not start
        let said = unit.value(key::SLICE).text().and_then(UnitName::parse);
        if let (Some(slice), Some(decisive)) = (said, unit.decisive(key::SLICE)) {
            let entry = unit.entry(decisive);
            let shown = of_instance(unit, entry.text());
            return (self.slice(&slice, shown.as_deref()), Placed::Slice(entry.value_loc()));
        }
        self.default_place(&unit.name)
    }

    /// The slice of a unit that does not say so.
    fn default_place(&mut self, name: &UnitName) -> (GroupId, Placed) {
        let (outer, own_root) = match self.scope {
            Scope::System => ("system", name.as_str() == "-.mount"),
            Scope::User => ("app", matches!(name.kind(), UnitKind::Mount | UnitKind::Swap)),
        };
        let (slice, placed) = if name.instance().is_some() {
            (format!("{outer}-{}.slice", escape_path(name.prefix())), Placed::Template)
        } else if own_root {
            return (ROOT, Placed::Manager);
        } else {
            (format!("{outer}.slice"), Placed::Default)
        };
        // a prefix that is too long for the name of a slice: systemd refuses the unit
        let slice = UnitName::parse(&slice).map_or(ROOT, |slice| self.slice(&slice, None));
        (slice, placed)
    }

    /// Adds up the weights of each slice.
    fn weigh(&mut self) {
        for at in 0..self.groups.len() {
            let id = GroupId(at as u32);
            let Some(slice) = self.group(id).slice else { continue };
            for (place, key) in effective::WEIGHTS.into_iter().enumerate() {
                let (weight, is_set) = self.own_weight(id, key);
                let all = &mut self.groups[slice.0 as usize].weights[place];
                (all.sum, all.is_any_set) = (all.sum + weight, all.is_any_set || is_set);
            }
        }
    }

    /// Reads what else says something of these groups: the slices that units are in, with their drop-ins, and what the
    /// root has to say of all units. To be called once, when all units are there.
    pub fn finish(&mut self, tree: &dyn Tree, catalog: &Catalog, target: Target) {
        let startup = [key::STARTUP_CPU_WEIGHT, key::STARTUP_IO_WEIGHT];
        let has_weight = |g: &Group| WEIGHTS.iter().chain(&startup).any(|key| g.own(*key).is_some());
        let shared = self.silent.is_none() || self.groups.iter().any(has_weight);
        let mut silent = self.silent.take().filter(|_| shared).unwrap_or_default();
        silent.sort_unstable();
        let loader = Loader::new(tree, catalog);
        for (owner, _) in catalog.orphans(None) {
            if let Some(slice) = UnitName::parse(owner).filter(|n| n.kind() == UnitKind::Slice && n.is_valid_slice()) {
                self.slice(&slice, None);
            }
        }
        for at in 0..self.groups.len() {
            let group = &self.groups[at];
            if group.presence != Presence::Implied || !(group.is_slice() || matches!(group.placed, Placed::Manager)) {
                continue;
            }
            let name = group.name.clone();
            let files = match catalog.find(&name) {
                (_, Some(_)) => loader.load(&name),
                (_, None) if catalog.has_dropins() => loader.load_lone(&name),
                (_, None) => continue,
            };
            let unit = Unit::read(files, target);
            let group = &mut self.groups[at];
            if unit.state == State::Loaded {
                group.presence = if unit.lone { Presence::DropIns } else { Presence::File };
                group.path.clone_from(&unit.path);
                group.own = own(&unit);
            }
        }
        self.manager = Manager::read(tree, catalog, target);
        if !shared {
            return;
        }
        // both are in order
        let mut silent = silent.iter().map(UnitName::as_str).peekable();
        let mut has = |name: &str, place: &Place| {
            let is_unit = || UnitName::parse(name).is_some_and(|n| has_group(n.kind()) && n.kind() != UnitKind::Scope);
            while silent.next_if(|next| *next < name).is_some() {}
            let is_silent = silent.next_if_eq(&name).is_some();
            !matches!(place, Place::File | Place::Linked(_)) || is_silent || self.ids.has(name) || !is_unit()
        };
        // what the manager refuses is not here, and cannot be anybody's neighbour
        self.is_complete = catalog.names(None).filter(|(name, place)| !has(name, place)).all(|(name, _)| {
            UnitName::parse(name).is_some_and(|n| Unit::read(loader.load(&n), target).state != State::Loaded)
        });
        self.weigh();
    }

    /// Puts the members of each slice in the order of their names.
    fn sort(&mut self) {
        for at in 0..self.groups.len() {
            let mut members = std::mem::take(&mut self.groups[at].members);
            members.sort_by(|a, b| self.group(*a).shown.cmp(&self.group(*b).shown));
            self.groups[at].members = members;
        }
    }

    /// Takes in the instances of templates that links in `.wants` directories and the like name.
    fn instances(&mut self, tree: &dyn Tree, catalog: &Catalog, target: Target) {
        let loader = Loader::new(tree, catalog);
        for dir in &catalog.dependency_directories {
            for entry in tree.list(dir).unwrap_or_default().into_iter().filter(|e| e.kind == NodeKind::Link) {
                let name = entry.name.to_str().and_then(UnitName::parse).filter(UnitName::is_instance);
                if let Some((name, Some(_))) = name.map(|name| catalog.find(&name)) {
                    self.add(&Unit::read(loader.load(&name), target));
                }
            }
        }
    }
}

/// A group of which only the name is known.
fn implied(name: &UnitName) -> Group {
    Group {
        name: name.clone(),
        shown: name.as_str().into(),
        slice: None,
        placed: Placed::Root,
        presence: Presence::Implied,
        path: PathBuf::new(),
        is_template: false,
        own: Vec::new(),
        members: Vec::new(),
        weights: Default::default(),
    }
}

/// A value of a template with `%i` where each instance has one of its own; `None` where all have the same.
fn of_instance(unit: &Unit, text: &str) -> Option<String> {
    // a name that nobody has
    const TOKEN: &str = "0_instance_0";
    let name = unit.name.is_template().then(|| unit.name.with_instance(TOKEN)).flatten()?;
    let setting = unit.value_setting(unit.target.model);
    let subject = Subject { name: &name, ..setting.subject };
    let text = specifier::expand(text, Specifiers::Name, &subject).ok()?;
    text.contains(TOKEN).then(|| text.replace(TOKEN, "%i"))
}

/// Units of other types have no processes.
fn has_group(kind: UnitKind) -> bool {
    use UnitKind::{Mount, Scope, Service, Slice, Socket, Swap};
    matches!(kind, Service | Socket | Mount | Swap | Slice | Scope)
}

/// Whether these files are those of a root, so that what lies beside them counts.
fn is_root(catalog: &Catalog) -> bool {
    catalog.directories.iter().any(|d| load::unit_directory(d).is_some_and(|d| d.root == catalog.root))
}
