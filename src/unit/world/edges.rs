//! Whom a unit names: what is written, and what the manager adds (systemd.unit(5), "Default Dependencies" and "Implicit
//! Dependencies" of each type).

use super::{Edge, EdgeKind, Node, NodeId, Presence, Said, World};
use crate::unit::{KeySet, Setting, Unit};
use crate::vocab::name::UnitName;
use crate::vocab::value::Value;
use crate::vocab::words::{Split, words};
use crate::vocab::{self, KeyId, Scope, UnitKind, key, specifier};
use std::collections::BTreeSet;

/// The keys that name units.
const KEYS: [(KeyId, EdgeKind); 22] = [
    (key::AFTER, EdgeKind::After),
    (key::BEFORE, EdgeKind::Before),
    (key::REQUIRES, EdgeKind::Requires),
    (key::REQUIRES_OVERRIDABLE, EdgeKind::Requires),
    (key::REQUISITE, EdgeKind::Requisite),
    (key::BINDS_TO, EdgeKind::BindsTo),
    (key::BIND_TO, EdgeKind::BindsTo),
    (key::WANTS, EdgeKind::Wants),
    (key::UPHOLDS, EdgeKind::Upholds),
    (key::PART_OF, EdgeKind::PartOf),
    (key::CONFLICTS, EdgeKind::Conflicts),
    (key::ON_FAILURE, EdgeKind::OnFailure),
    (key::ON_SUCCESS, EdgeKind::OnSuccess),
    (key::JOINS_NAMESPACE_OF, EdgeKind::JoinsNamespaceOf),
    (key::SOCKETS, EdgeKind::Sockets),
    (key::WANTED_BY, EdgeKind::WantedBy),
    (key::REQUIRED_BY, EdgeKind::RequiredBy),
    (key::UPHELD_BY, EdgeKind::UpheldBy),
    (key::ALSO, EdgeKind::Also),
    (key::SERVICE, EdgeKind::Triggers),
    (key::UNIT, EdgeKind::Triggers),
    (key::SLICE, EdgeKind::Slice),
];

/// The same keys as a set.
const NAMING: KeySet = {
    let (mut set, mut i) = (KeySet::of(&[]), 0);
    while i < KEYS.len() {
        set.put(KEYS[i].0);
        i += 1;
    }
    set
};

/// Whether units are named by a key, and how; the names that `Alias=` gives are no other units.
pub fn names_units(id: KeyId) -> Option<EdgeKind> {
    if !NAMING.has(id) {
        return None;
    }
    KEYS.iter().find(|(key, _)| *key == id).map(|(_, kind)| *kind)
}

/// The names that a unit has once it is enabled.
pub(super) fn enabled_names(unit: &Unit) -> impl Iterator<Item = &str> {
    let names: &[Box<str>] = match unit.value(key::ALIAS) {
        Value::List(list) => list,
        _ => &[],
    };
    names.iter().map(|n| &**n)
}

/// Edges that the files of a unit say, and those that follow from its settings.
pub(super) fn written(world: &mut World, unit: &Unit) -> Vec<Edge> {
    let mut out = Vec::new();
    for setting in unit.settings() {
        if let Some(kind) = names_units(setting.key) {
            named(world, unit, setting, kind, &mut out);
        }
    }
    implied(world, unit, &mut out);
    out
}

/// The names in the assignments of a key that count.
fn named(world: &mut World, unit: &Unit, setting: &Setting, kind: EdgeKind, out: &mut Vec<Edge>) {
    let taken: &[Box<str>] = match &setting.value {
        Value::List(list) => list,
        Value::Text(name) => std::slice::from_ref(name),
        _ => return,
    };
    // the usual case: one name, and nothing in it to take away or to expand
    if let ([a], [one]) = (setting.assignments.as_slice(), taken) {
        let entry = unit.entry(a);
        if *entry.text() == **one {
            if let Some(name) = UnitName::parse(one).filter(|n| *n != unit.name) {
                let at = entry.part(0..one.len());
                out.push(Edge { kind, to: world.id(&name), said: Said::At(at) });
            }
            return;
        }
    }
    // in a few names the search is the shorter way
    const FEW: usize = 16;
    let many: BTreeSet<&str> = taken.iter().filter(|_| taken.len() > FEW).map(|n| &**n).collect();
    let valid = |name: &str| if taken.len() > FEW { many.contains(name) } else { taken.iter().any(|n| **n == *name) };
    let subject = unit.value_setting(unit.target.model).subject;
    let set = setting.key.key().specifiers(unit.target.model);
    for entry in unit.counted(setting.key) {
        for word in words(entry.text(), Split::UNQUOTE).map_while(Result::ok) {
            let Ok(name) = specifier::expand(&word.text, set, &subject) else { continue };
            // what the loader did not take is no name
            let Some(name) = UnitName::parse(&name).filter(|n| valid(n.as_str())) else { continue };
            // systemd drops a dependency of a unit on itself
            if name != unit.name {
                out.push(Edge { kind, to: world.id(&name), said: Said::At(entry.part(word.at)) });
            }
        }
    }
}

/// What follows from settings of the unit, whatever else there is.
fn implied(world: &mut World, unit: &Unit, out: &mut Vec<Edge>) {
    let system = unit.scope == Scope::System;
    let mut add = |kinds: &[EdgeKind], name: &str, why: &'static str| {
        let known = world.ids.get(name).filter(|_| *name != *unit.name.as_str());
        let new = |world: &mut World| Some(world.id(&UnitName::parse(name).filter(|n| *n != unit.name)?));
        let Some(to) = known.or_else(|| new(world)) else { return };
        out.extend(kinds.iter().map(|kind| Edge { kind: *kind, to, said: Said::Implied(why) }));
    };
    let set = |id| !unit.value(id).is_empty();
    if unit.kind() == UnitKind::Service && (unit.word(key::TYPE_SERVICE) == "dbus" || set(key::BUS_NAME)) {
        add(&[EdgeKind::Requires, EdgeKind::After], "dbus.socket", "BusName= needs the bus");
    }
    if unit.kind().has_exec_context() && system {
        if unit.is_on(key::PRIVATE_TMP) {
            add(&[EdgeKind::After], "systemd-tmpfiles-setup.service", "PrivateTmp= needs /tmp");
        }
        if [key::STATE_DIRECTORY, key::CACHE_DIRECTORY, key::LOGS_DIRECTORY].into_iter().any(set) {
            add(&[EdgeKind::After], "systemd-remount-fs.service", "its directories have to be writable");
        }
        let journal = |id: KeyId| match unit.value(id) {
            Value::Unset => id == key::STANDARD_OUTPUT,
            Value::Text(text) => text.starts_with("journal") || text.starts_with("kmsg"),
            _ => false,
        };
        if unit.kind() == UnitKind::Service && (journal(key::STANDARD_OUTPUT) || journal(key::STANDARD_ERROR)) {
            add(&[EdgeKind::After], "systemd-journald.socket", "its output goes to the journal");
        }
    }
    match unit.kind() {
        UnitKind::Socket if !set(key::SERVICE) => {
            let template = if unit.is_on(key::ACCEPT) { "@" } else { "" };
            let stem = unit.name.stem();
            add(&[EdgeKind::Triggers], &format!("{stem}{template}.service"), "a socket starts its service");
        }
        UnitKind::Timer | UnitKind::Path if !set(key::UNIT) => {
            let service = format!("{}.service", unit.name.stem());
            add(&[EdgeKind::Triggers], &service, "it starts the service of its name");
        }
        _ => {}
    }
}

/// What the manager adds when all units are there.
pub(super) fn complete(world: &mut World) {
    let mut added: Vec<(NodeId, Edge)> = Vec::new();
    well_known(world, &mut added);
    let usual = Usual::of(world);
    for (id, node) in world.nodes() {
        triggers(id, node, &mut added);
        if node.default_dependencies && matches!(node.presence, Presence::Loaded | Presence::WellKnown) {
            defaults(&usual, world.scope == Scope::System, id, node, &mut added);
        }
    }
    for (from, edge) in added {
        world.nodes[from.0 as usize].edges.push(edge);
    }
    targets(world);
}

/// The edges of systemd's own units that were not read.
fn well_known(world: &mut World, added: &mut Vec<(NodeId, Edge)>) {
    for unit in vocab::boot_units(world.scope).iter().filter(|u| u.alias().is_empty()) {
        let Some(from) = world.find(unit.name()) else { continue };
        if world.node(from).presence != Presence::WellKnown {
            continue;
        }
        for (key, names) in unit.edges() {
            let Some(kind) = KEYS.iter().find(|(id, _)| id.name() == key).map(|(_, kind)| *kind) else { continue };
            for name in names.iter().filter_map(UnitName::parse) {
                let to = world.id(&name);
                added.push((from, Edge { kind, to, said: Said::WellKnown }));
            }
        }
    }
}

/// A socket, a timer and a path come before what they start.
fn triggers(id: NodeId, node: &Node, added: &mut Vec<(NodeId, Edge)>) {
    let why = "it comes before what it starts";
    for edge in node.edges_of(EdgeKind::Triggers) {
        // a service for each connection is started long after
        if !node.accepts {
            added.push((id, Edge { kind: EdgeKind::Before, to: edge.to, said: Said::Implied(why) }));
        }
    }
    for edge in node.edges_of(EdgeKind::Sockets) {
        added.push((id, Edge { kind: EdgeKind::After, to: edge.to, said: Said::Implied("Sockets= come first") }));
    }
}

/// The targets that default dependencies are about.
struct Usual {
    sysinit: NodeId,
    basic: NodeId,
    shutdown: NodeId,
    sockets: NodeId,
    timers: NodeId,
    paths: NodeId,
    clock: Vec<NodeId>,
}

impl Usual {
    fn of(world: &mut World) -> Self {
        let mut id = |name: &str| UnitName::parse(name).map_or(NodeId(0), |name| world.id(&name));
        Self {
            sysinit: id("sysinit.target"),
            basic: id("basic.target"),
            shutdown: id("shutdown.target"),
            sockets: id("sockets.target"),
            timers: id("timers.target"),
            paths: id("paths.target"),
            clock: vec![id("time-set.target"), id("time-sync.target")],
        }
    }
}

/// `DefaultDependencies=yes`
fn defaults(usual: &Usual, system: bool, id: NodeId, node: &Node, added: &mut Vec<(NodeId, Edge)>) {
    use EdgeKind::{After, Before, Conflicts, Requires};
    let mut add = |kinds: &[EdgeKind], to: NodeId| {
        let said = Said::Implied("DefaultDependencies=yes");
        if to != id {
            added.extend(kinds.iter().map(|kind| (id, Edge { kind: *kind, to, said: said.clone() })));
        }
    };
    let kind = node.name.kind();
    let first = if system { usual.sysinit } else { usual.basic };
    // in the manager of a user only services wait
    let waits = match kind {
        UnitKind::Service => true,
        UnitKind::Socket | UnitKind::Timer | UnitKind::Path => system,
        _ => false,
    };
    if waits {
        add(&[Requires, After], first);
    }
    match kind {
        UnitKind::Service => add(&[After], usual.basic),
        UnitKind::Socket => add(&[Before], usual.sockets),
        UnitKind::Timer => add(&[Before], usual.timers),
        UnitKind::Path => add(&[Before], usual.paths),
        _ => {}
    }
    if kind == UnitKind::Timer && node.by_calendar && system {
        usual.clock.iter().for_each(|target| add(&[After], *target));
    }
    if waits || matches!(kind, UnitKind::Socket | UnitKind::Timer | UnitKind::Path | UnitKind::Slice | UnitKind::Target)
    {
        add(&[Conflicts, Before], usual.shutdown);
    }
}

/// A target comes after what it pulls, unless one of the two wants no such order or it is the other way round
/// (`unit_add_default_target_dependency()`).
fn targets(world: &mut World) {
    let mut pulls: Vec<(NodeId, NodeId)> = Vec::new();
    let pulling = |kind| matches!(kind, EdgeKind::Wants | EdgeKind::Requires | EdgeKind::Requisite | EdgeKind::BindsTo);
    for (id, node) in world.nodes() {
        for edge in &node.edges {
            if node.name.kind() == UnitKind::Target && pulling(edge.kind) {
                pulls.push((id, edge.to));
            }
            if edge.kind.installs() && world.kind(edge.to) == UnitKind::Target {
                pulls.push((edge.to, id));
            }
        }
    }
    pulls.sort_unstable();
    pulls.dedup();
    let mut added = Vec::new();
    for (target, unit) in pulls {
        let (t, u) = (world.node(target), world.node(unit));
        let known = |n: &Node| matches!(n.presence, Presence::Loaded | Presence::WellKnown);
        let other_way = t.names(unit, &[EdgeKind::Before]) || u.names(target, &[EdgeKind::After]);
        if known(t) && known(u) && t.default_dependencies && u.default_dependencies && !other_way {
            let said = Said::Implied("a target comes after what it pulls in");
            added.push((target, Edge { kind: EdgeKind::After, to: unit, said }));
        }
    }
    for (from, edge) in added {
        world.nodes[from.0 as usize].edges.push(edge);
    }
}
