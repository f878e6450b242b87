//! Names of units that nothing has: certain in a whole system, and elsewhere only next to a name that was surely meant.

use crate::rule::{Fix, Hit, Level, Safety, View, WorldHit};
use crate::suggest::Slips;
use crate::unit::world::{EdgeKind, Node, NodeId, Presence, Said};
use crate::vocab::UnitKind;
use crate::vocab::name::UnitName;
use std::collections::BTreeMap;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    let mut near = Near { view, slips: BTreeMap::new(), known: BTreeMap::new(), missing: BTreeMap::new() };
    let whole = view.world.is_whole();
    for (id, node) in view.world.asked() {
        for edge in &node.edges {
            let Said::At(at) = &edge.said else { continue };
            let Node { name, presence, .. } = view.world.node(edge.to);
            if *presence != Presence::Absent || !near.is_missing(edge.to) {
                continue;
            }
            let hit = match near.to(node, edge.to) {
                Some(near) => Hit::at(at.clone())
                    .state("misspelt")
                    .word("near", near.clone())
                    .help(format!("did you mean {near}?"))
                    .fix(Fix::replace(format!("write {near} instead of {name}"), Safety::Unsafe, at, near)),
                None if whole && edge.kind.needs() => Hit::at(at.clone())
                    .state("absent")
                    .help("install what brings it, or write Wants= if the unit can do without"),
                None if whole && edge.kind == EdgeKind::Also => Hit::at(at.clone())
                    .state("also")
                    .at_most(Level::Note)
                    .help("install what brings it, or take it out of Also="),
                None => continue,
            };
            out.push(WorldHit { node: id, hit: hit.word("unit", name.as_str()), link: None });
        }
    }
    out
}

/// A unit that only a file could bring, and none does.
fn is_missing(view: &View<'_>, name: &UnitName) -> bool {
    use UnitKind::{Path, Service, Socket, Target, Timer};
    let by_file = matches!(name.kind(), Service | Socket | Target | Timer | Path);
    by_file && !view.world.has(name.as_str()) && !view.catalog.knows(name)
}

/// Names that are nearly that of a missing unit; each is looked for once.
struct Near<'v> {
    view: &'v View<'v>,
    slips: BTreeMap<&'static str, Slips<'v>>,
    known: BTreeMap<NodeId, Option<String>>,
    missing: BTreeMap<NodeId, bool>,
}

impl Near<'_> {
    /// The same of a unit that others may name as well.
    fn is_missing(&mut self, unit: NodeId) -> bool {
        *self.missing.entry(unit).or_insert_with(|| is_missing(self.view, &self.view.world.node(unit).name))
    }

    /// The unit of the same type whose name differs by a slip, if the unit does not name that one as well.
    fn to(&mut self, node: &Node, missing: NodeId) -> Option<String> {
        let near = match self.known.get(&missing) {
            Some(known) => known.clone(),
            None => {
                let near = self.look(&self.view.world.node(missing).name);
                self.known.insert(missing, near.clone());
                near
            }
        }?;
        let names_both = node.edges.iter().any(|e| self.view.world.node(e.to).name.as_str() == near);
        (!names_both && node.name.as_str() != near).then_some(near)
    }

    fn look(&mut self, name: &UnitName) -> Option<String> {
        let stem = name.stem();
        if stem.len() < 6 || name.is_instance() {
            return None;
        }
        let suffix = name.suffix();
        let slips = self.slips.entry(suffix).or_insert_with(|| {
            let all = self.view.catalog.names(None);
            let stems = all.filter_map(|(n, _)| n.strip_suffix(suffix)?.strip_suffix('.'));
            Slips::among(stems.filter(|n| !n.ends_with('@')))
        });
        let near = slips.of(stem)?;
        // foo1.service is not misspelt for foo2.service
        let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
        (digits(near) == digits(stem)).then(|| format!("{near}.{suffix}"))
    }
}
