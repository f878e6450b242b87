//! Units that one unit both pulls in and conflicts with, itself or by way of what it requires.

use crate::rule::{Hit, Note, View, WorldHit};
use crate::unit::world::{Edge, EdgeKind, NodeId, Presence, Said, World};
use std::collections::{BTreeMap, BTreeSet};

/// A start of more units than this is not looked through.
const MANY: usize = 500;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let world = view.world;
    let mut out = Vec::new();
    let need_opposed = need_opposed(world);
    for (node, unit) in world.asked() {
        let mut direct = false;
        for edge in unit.edges_of(EdgeKind::Conflicts) {
            let Said::At(at) = &edge.said else { continue };
            let needed = unit.edges.iter().find(|e| e.to == edge.to && e.kind.pulls());
            let Some((needed, Said::At(there))) = needed.map(|e| (e, &e.said)) else { continue };
            let hit = Hit::at(at.clone())
                .word("unit", world.node(edge.to).name.as_str())
                .word("key", format!("{:?}", needed.kind))
                .note(Note::on(there.clone(), "asked for here"))
                .help("keep the one that was meant");
            out.push(WorldHit { node, hit, link: None });
            direct = true;
        }
        if !direct
            && need_opposed.contains(&node)
            && unit.edges.iter().any(|e| requires(e) && matches!(e.said, Said::At(_)))
        {
            out.extend(far(world, node).map(|hit| WorldHit { node, hit, link: None }));
        }
    }
    out
}

/// Without the other unit's start there is none of this one.
fn requires(edge: &Edge) -> bool {
    matches!(edge.kind, EdgeKind::Requires | EdgeKind::BindsTo)
}

/// Units that something conflicts with, and those that require one of them: few, so that only these are looked at closely.
fn need_opposed(world: &World) -> BTreeSet<NodeId> {
    let mut required_by: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for (id, node) in world.nodes() {
        for edge in &node.edges {
            if requires(edge) {
                required_by.entry(edge.to).or_default().push(id);
            } else if edge.kind == EdgeKind::Conflicts {
                found.insert(edge.to);
            }
        }
    }
    let mut queue: Vec<NodeId> = found.iter().copied().collect();
    while let Some(id) = queue.pop() {
        queue.extend(required_by.get(&id).into_iter().flatten().copied().filter(|by| found.insert(*by)));
    }
    found
}

/// What is started with a unit or not at all: each with the unit that requires it.
fn started(world: &World, from: NodeId) -> BTreeMap<NodeId, NodeId> {
    let mut by = BTreeMap::from([(from, from)]);
    let mut queue = vec![from];
    let mut at = 0;
    while at < queue.len() && at < MANY {
        for edge in world.node(queue[at]).edges.iter().filter(|e| requires(e)) {
            let there = matches!(world.node(edge.to).presence, Presence::Loaded | Presence::WellKnown);
            if there && !by.contains_key(&edge.to) {
                by.insert(edge.to, queue[at]);
                queue.push(edge.to);
            }
        }
        at += 1;
    }
    by
}

/// Two that are started together and exclude each other; the unit that is started itself before others.
fn clash(world: &World, from: NodeId, all: &BTreeMap<NodeId, NodeId>) -> Option<(NodeId, NodeId, Said)> {
    let of = |one: NodeId| {
        let conflicts = world.node(one).edges_of(EdgeKind::Conflicts);
        let inside = conflicts.filter(|e| all.contains_key(&e.to) && e.to != one).min_by_key(|e| e.to)?;
        Some((one, inside.to, inside.said.clone()))
    };
    of(from).or_else(|| {
        let found = || all.keys().filter_map(|one| of(*one));
        found().find(|(_, other, _)| *other == from).or_else(|| found().next())
    })
}

fn far(world: &World, from: NodeId) -> Option<Hit> {
    let all = started(world, from);
    let (one, other, said) = clash(world, from, &all)?;
    // it is told where it begins
    let below = |e: &Edge| requires(e) && clash(world, e.to, &started(world, e.to)).is_some();
    if world.node(from).edges.iter().any(below) {
        return None;
    }
    let first_step = |to: NodeId| {
        let mut at = to;
        while let Some(by) = all.get(&at).filter(|by| **by != from) {
            at = *by;
        }
        world.node(from).edges.iter().find_map(|e| match &e.said {
            Said::At(place) if requires(e) && e.to == at => Some(place.clone()),
            _ => None,
        })
    };
    let places = [one, other].into_iter().filter(|id| *id != from).filter_map(first_step);
    let at = places.max_by_key(|place| place.span.start)?;
    let name = |id: NodeId| world.node(id).name.as_str();
    let hit = match (one == from, other == from) {
        (true, _) => Hit::at(at).state("own").word("other", name(other)),
        (_, true) => Hit::at(at).state("own").word("other", name(one)),
        _ => Hit::at(at).state("far").word("one", name(one)).word("other", name(other)),
    };
    let why = format!("{} conflicts with {}", name(one), name(other));
    let hit = match said {
        Said::At(place) => hit.note(Note::on(place, why)),
        Said::Link(_) | Said::WellKnown => hit.help(why),
        Said::Implied(by) => hit.help(format!("{why} ({by})")),
    };
    let mut steps = Vec::new();
    for end in [one, other] {
        let mut chain = vec![name(end)];
        let mut at = end;
        while let Some(by) = all.get(&at).filter(|by| **by != at) {
            at = *by;
            chain.push(name(at));
        }
        if chain.len() > 2 {
            chain.reverse();
            steps.push(chain.join(" → "));
        }
    }
    Some(steps.into_iter().fold(hit, |hit, step| hit.help(format!("it is required by way of {step}"))))
}
