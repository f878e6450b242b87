//! The units of one search path together: who names whom, with the place where it is said.
//!
//! A world holds what units say of one another and nothing else of them, so that a whole system fits in memory. Units that
//! systemd brings itself are known without being present. Must not know a rule.

mod cycle;
mod edges;
mod facts;

use super::{State, Unit};
use crate::text::{Loc, Names};
use crate::vocab::name::UnitName;
use crate::vocab::{self, Model, Scope, UnitKind};
pub use cycle::{Cycle, Step};
pub use edges::names_units;
pub use facts::{BusName, Facts};
use std::path::{Path, PathBuf};

/// An index into the nodes of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(u32);

/// What is known of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// its file was read
    Loaded,
    /// switched off
    Masked,
    /// there is a file, and the manager does not take it
    Refused,
    /// systemd brings it
    WellKnown,
    /// only its name is known
    Absent,
}

/// How one unit names another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the keys of systemd.unit(5)")]
pub enum EdgeKind {
    After,
    Before,
    Requires,
    Requisite,
    BindsTo,
    Wants,
    Upholds,
    PartOf,
    Conflicts,
    OnFailure,
    OnSuccess,
    JoinsNamespaceOf,
    /// what a socket, a timer or a path starts
    Triggers,
    Sockets,
    Slice,
    WantedBy,
    RequiredBy,
    UpheldBy,
    Also,
}

impl EdgeKind {
    /// The other unit is started too.
    pub fn pulls(self) -> bool {
        matches!(self, Self::Requires | Self::Requisite | Self::BindsTo | Self::Wants | Self::Sockets)
    }

    /// Without the other one this unit does not start.
    pub fn needs(self) -> bool {
        matches!(self, Self::Requires | Self::Requisite | Self::BindsTo)
    }

    /// The other unit pulls this one once it is enabled.
    pub fn installs(self) -> bool {
        matches!(self, Self::WantedBy | Self::RequiredBy | Self::UpheldBy)
    }
}

/// Who says it.
#[derive(Clone, Debug)]
pub enum Said {
    /// a word of a file
    At(Loc),
    /// a link in a `.wants`, `.requires` or `.upholds` directory
    Link(PathBuf),
    /// the manager adds it, for this reason
    Implied(&'static str),
    /// a unit of systemd's own
    WellKnown,
}

/// One unit naming another.
#[derive(Clone, Debug)]
pub struct Edge {
    /// how
    pub kind: EdgeKind,
    /// whom
    pub to: NodeId,
    /// who says it
    pub said: Said,
}

/// A unit, or only its name.
#[derive(Clone, Debug)]
pub struct Node {
    /// its name
    pub name: UnitName,
    /// what is known of it
    pub presence: Presence,
    /// it is one of those that are being looked at, and not only a neighbour
    pub asked: bool,
    /// its file, as it was reached
    pub path: PathBuf,
    /// its own section's header
    pub header: Option<Loc>,
    /// whether the usual dependencies are added
    pub default_dependencies: bool,
    /// whom it names
    pub edges: Vec<Edge>,
    /// what else rules ask of it
    pub facts: Facts,
    /// a socket with a service for each connection
    accepts: bool,
    /// a timer by the calendar
    by_calendar: bool,
}

impl Node {
    /// Its edges of a kind.
    pub fn edges_of(&self, kind: EdgeKind) -> impl Iterator<Item = &Edge> {
        self.edges.iter().filter(move |e| e.kind == kind)
    }

    /// Its name on the message bus.
    pub fn bus_name(&self) -> Option<&BusName> {
        self.facts.bus_name.as_ref()
    }

    /// Whether it names another in one of these ways.
    pub fn names(&self, to: NodeId, kinds: &[EdgeKind]) -> bool {
        self.edges.iter().any(|e| e.to == to && kinds.contains(&e.kind))
    }
}

/// The units of one search path.
#[derive(Debug)]
pub struct World {
    /// whose manager
    pub scope: Scope,
    /// the directory that plays the root
    pub root: PathBuf,
    model: Model,
    nodes: Vec<Node>,
    ids: Names<NodeId>,
    /// names that units have once they are enabled
    enabled: Names<NodeId>,
    dead_links: Vec<(NodeId, PathBuf)>,
    finished: bool,
}

impl World {
    /// Nothing but what systemd brings itself.
    pub fn new(scope: Scope, root: &Path, model: Model) -> Self {
        let mut world = Self {
            scope,
            root: root.to_owned(),
            model,
            nodes: Vec::new(),
            ids: Names::default(),
            enabled: Names::default(),
            dead_links: Vec::new(),
            finished: false,
        };
        let units = vocab::boot_units(scope);
        for unit in units.iter().filter(|u| u.alias().is_empty()) {
            let Some(name) = UnitName::parse(unit.name()) else { continue };
            let id = world.id(&name);
            let node = &mut world.nodes[id.0 as usize];
            node.presence = Presence::WellKnown;
            node.default_dependencies = unit.default_dependencies;
        }
        for unit in units.iter().filter(|u| !u.alias().is_empty()) {
            if let Some(id) = world.ids.get(unit.alias()) {
                world.ids.offer(unit.name(), id);
            }
        }
        world
    }

    /// Makes room for so many units, and for those that they name.
    pub fn reserve(&mut self, units: usize) {
        self.nodes.reserve(3 * units);
    }

    /// All units, named ones included.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(i, n)| (NodeId(i as u32), n))
    }

    /// The units that were read because they are being looked at.
    pub fn asked(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes().filter(|(_, n)| n.asked && n.presence == Presence::Loaded)
    }

    /// A unit.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The unit of a name, an alias included.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.ids.get(name)
    }

    /// The unit that a name leads to: its own, an alias, or one that it has once it is enabled.
    pub fn unit_of(&self, name: &str) -> Option<NodeId> {
        let here = |id: &NodeId| self.node(*id).presence != Presence::Absent;
        self.find(name).filter(here).or_else(|| self.enabled.get(name))
    }

    /// Whether a unit brings the name: its own, an alias, or one that it has once it is enabled; or every system has it.
    pub fn has(&self, name: &str) -> bool {
        let here = |id: NodeId| self.node(id).presence != Presence::Absent;
        self.find(name).is_some_and(here)
            || self.enabled.has(name)
            || vocab::is_well_known(name, self.scope, self.model)
    }

    /// Whether this is a whole system: then what is not here is nowhere.
    pub fn is_whole(&self) -> bool {
        ["sysinit.target", "basic.target"]
            .iter()
            .filter_map(|n| self.find(n))
            .any(|id| matches!(self.node(id).presence, Presence::Loaded))
    }

    /// Names whose files may be worth reading: units that were not read yet, named by one that was.
    pub fn unread(&self) -> Vec<UnitName> {
        let read = |n: &&Node| n.presence == Presence::Loaded;
        let mut named = vec![false; self.nodes.len()];
        for edge in self.nodes.iter().filter(read).flat_map(|n| &n.edges) {
            named[edge.to.0 as usize] = true;
        }
        let open = |n: &Node| matches!(n.presence, Presence::Absent | Presence::WellKnown);
        self.nodes.iter().zip(named).filter(|(n, named)| *named && open(n)).map(|(n, _)| n.name.clone()).collect()
    }

    /// The node of a name; a new one where there is none.
    fn id(&mut self, name: &UnitName) -> NodeId {
        if let Some(id) = self.ids.get(name.as_str()) {
            return id;
        }
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node {
            name: name.clone(),
            presence: Presence::Absent,
            asked: false,
            path: PathBuf::new(),
            header: None,
            default_dependencies: true,
            edges: Vec::new(),
            facts: Facts::default(),
            accepts: false,
            by_calendar: false,
        });
        self.ids.put(name.as_str(), id);
        id
    }

    /// Takes in a unit that was read.
    pub fn add(&mut self, unit: &Unit, asked: bool) {
        let id = self.id(&unit.name);
        for alias in &unit.aliases {
            self.ids.put(alias.clone(), id);
        }
        for alias in edges::enabled_names(unit) {
            self.enabled.offer(alias, id);
        }
        let edges = if unit.state == State::Loaded { edges::written(self, unit) } else { Vec::new() };
        let node = &mut self.nodes[id.0 as usize];
        node.presence = match unit.state {
            // drop-ins alone do not make a unit
            State::Loaded if unit.lone => node.presence,
            State::Loaded => Presence::Loaded,
            State::Masked => Presence::Masked,
            State::Refused(_) => Presence::Refused,
            State::NotFound => node.presence,
        };
        node.asked |= asked;
        node.path.clone_from(&unit.path);
        node.header = unit
            .header(unit.kind().section())
            .or_else(|| unit.headers.first())
            .map(|header| unit.loc(header.file, header.span));
        node.default_dependencies = unit.is_on(vocab::key::DEFAULT_DEPENDENCIES);
        node.accepts = unit.is_on(vocab::key::ACCEPT);
        node.by_calendar = !unit.value(vocab::key::ON_CALENDAR).is_empty();
        node.edges = edges;
        node.edges.shrink_to_fit();
        node.facts = if unit.state == State::Loaded { Facts::of(unit) } else { Facts::default() };
    }

    /// Shows every place that is kept of a unit.
    pub fn places_of(&mut self, unit: &Unit, show: &mut dyn FnMut(&mut Loc)) {
        let Some(id) = self.ids.get(unit.name.as_str()) else { return };
        let node = &mut self.nodes[id.0 as usize];
        node.header.iter_mut().for_each(&mut *show);
        for edge in &mut node.edges {
            if let Said::At(at) = &mut edge.said {
                show(at);
            }
        }
        let facts = &mut node.facts;
        facts.bus_name.iter_mut().for_each(|name| show(&mut name.at));
        [&mut facts.stays, &mut facts.repeats, &mut facts.refuses_start].into_iter().flatten().for_each(show);
    }

    /// A name that only a link has, and the link.
    pub fn dead(&mut self, name: &UnitName, link: PathBuf) {
        let id = self.id(name);
        self.dead_links.push((id, link));
    }

    /// Links that lead to no unit, with the names that they would have.
    pub fn dead_links(&self) -> &[(NodeId, PathBuf)] {
        &self.dead_links
    }

    /// A link `NAME.wants/OTHER`: the owner names the other.
    pub fn link(&mut self, owner: &UnitName, kind: EdgeKind, other: &UnitName, path: PathBuf) {
        let (from, to) = (self.id(owner), self.id(other));
        self.nodes[from.0 as usize].edges.push(Edge { kind, to, said: Said::Link(path) });
    }

    /// Whether links say which units are enabled. Elsewhere every unit counts as enabled that can be.
    fn knows_enabled(&self) -> bool {
        let in_etc =
            |said: &Said| matches!(said, Said::Link(path) if path.components().any(|c| c.as_os_str() == "etc"));
        self.is_whole() && self.nodes.iter().flat_map(|n| &n.edges).any(|e| in_etc(&e.said))
    }

    /// Adds what the manager and systemd's own units add. To be called once, when all units are there.
    pub fn finish(&mut self) {
        if !std::mem::replace(&mut self.finished, true) {
            edges::complete(self);
        }
    }

    /// The shortest circle of orderings in each knot of them that units started together cannot get out of.
    pub fn cycles(&self) -> Vec<Cycle> {
        cycle::all(self)
    }

    fn kind(&self, id: NodeId) -> UnitKind {
        self.node(id).name.kind()
    }
}
