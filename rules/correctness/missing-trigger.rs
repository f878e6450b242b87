//! Sockets, timers and paths whose unit is not there.

use crate::rule::{Hit, View, WorldHit};
use crate::unit::world::{EdgeKind, Said};
use crate::vocab::name::UnitName;
use crate::vocab::{Origin, UnitKind, origins};

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    // systemd's own syslog.socket waits for a package that brings the service
    let of_systemd = |name: &UnitName| origins(name.as_str(), view.world.scope).any(|o| o == Origin::Shipped);
    for (node, unit) in view.world.asked().filter(|(_, n)| !n.name.is_template()) {
        for edge in unit.edges_of(EdgeKind::Triggers).filter(|_| !of_systemd(&unit.name)) {
            let other = view.world.node(edge.to);
            if view.world.has(other.name.as_str()) || view.catalog.find(&other.name).1.is_some() {
                continue;
            }
            let at = match &edge.said {
                Said::At(at) => Some(at.clone()),
                _ => unit.header.clone(),
            };
            let hit = Hit { at, ..Hit::default() }.word("unit", other.name.as_str());
            let hit = match other_form(view, unit.name.kind(), &other.name) {
                Some((there, line)) => hit.help(format!("{there} does exist: {line} goes with that")),
                None => hit.help(
                    "write the service, or name the right one with Service= (of a socket) or Unit= (of a timer or path)",
                ),
            };
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}

/// A socket with `Accept=yes` needs a template, any other a service that is none: the one that is there, and what to write.
fn other_form(view: &View<'_>, kind: UnitKind, missing: &UnitName) -> Option<(String, &'static str)> {
    let (stem, line) = match missing.stem().strip_suffix('@') {
        Some(stem) => (stem.to_owned(), "Accept=no"),
        None => (format!("{}@", missing.stem()), "Accept=yes"),
    };
    let there = UnitName::parse(&format!("{stem}.service")).filter(|_| kind == UnitKind::Socket)?;
    view.has(there.as_str()).then(|| (there.to_string(), line))
}
