//! Names of units that nothing has: certain in a whole system, and elsewhere only next to a name that was surely meant.

use crate::rule::{Fix, Hit, Safety, View, WorldHit};
use crate::suggest;
use crate::unit::world::{Edge, Node, Said};
use crate::vocab::UnitKind;
use crate::vocab::name::UnitName;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    for (id, node) in view.world.asked() {
        for edge in node.edges.iter().filter(|e| is_missing(view, e)) {
            let Said::At(at) = &edge.said else { continue };
            let name = &view.world.node(edge.to).name;
            let near = misspelt(view, node, name);
            let hit = match near {
                Some(near) => Hit::at(at.clone())
                    .state("misspelt")
                    .word("near", near.clone())
                    .help(format!("did you mean {near}?"))
                    .fix(Fix::replace(format!("write {near} instead of {name}"), Safety::Unsafe, at, near)),
                None if view.world.is_whole() && edge.kind.needs() => Hit::at(at.clone())
                    .state("absent")
                    .help("install what brings it, or write Wants= if the unit can do without"),
                None => continue,
            };
            out.push(WorldHit { node: id, hit: hit.word("unit", name.as_str()), link: None });
        }
    }
    out
}

/// A unit that only a file could bring, and none does.
fn is_missing(view: &View<'_>, edge: &Edge) -> bool {
    let node = view.world.node(edge.to);
    let by_file = matches!(
        node.name.kind(),
        UnitKind::Service | UnitKind::Socket | UnitKind::Target | UnitKind::Timer | UnitKind::Path
    );
    by_file && !view.world.has(node.name.as_str()) && view.catalog.find(&node.name).1.is_none()
}

/// The unit of the same type beside it whose name differs by a slip, if the unit does not name that one as well.
fn misspelt(view: &View<'_>, node: &Node, name: &UnitName) -> Option<String> {
    let stem = name.stem();
    if stem.len() < 6 || name.is_instance() {
        return None;
    }
    let same_type = view.catalog.names(None).filter_map(|(n, _)| n.strip_suffix(name.suffix())?.strip_suffix('.'));
    let same_type = same_type.filter(|n| !n.ends_with('@'));
    let near = suggest::slip(stem, same_type)?;
    let near = format!("{near}.{}", name.suffix());
    let other = UnitName::parse(&near)?;
    let names_both = node.edges.iter().any(|e| view.world.node(e.to).name == other);
    // foo1.service is not misspelt for foo2.service
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    (!names_both && other != node.name && digits(&near) == digits(name.as_str())).then_some(near)
}
