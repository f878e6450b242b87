//! Activation files of the message bus whose unit is not there. Certain where a unit has the bus name or nearly the unit's
//! name, and in a whole system; elsewhere another package may bring it.

use crate::load::Activation;
use crate::rule::{Hit, View, WorldHit};
use crate::suggest::Slips;
use crate::unit::world::NodeId;
use crate::vocab::name::UnitName;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let missing = |a: &&Activation| a.service.as_ref().is_some_and(|service| !view.has(service));
    let missing: Vec<&Activation> = view.activations().iter().filter(missing).collect();
    // a unit that was not read may have the name as an alias
    if missing.is_empty() || !view.is_complete() {
        return Vec::new();
    }
    missing.into_iter().filter_map(|a| judge(view, a, a.service.as_deref()?)).collect()
}

fn judge(view: &View<'_>, activation: &Activation, service: &str) -> Option<WorldHit> {
    let world = view.world;
    let asked = |name: &str| world.find(name).filter(|id| world.node(*id).asked);
    let has_name = |id: &NodeId| world.node(*id).bus_name().is_some_and(|b| b.name == activation.name);
    let owner = world.asked().map(|(id, _)| id).find(has_name);
    let hit = Hit::at(activation.place("SystemdService")).word("service", service).word("name", &*activation.name);
    let (node, hit) = if UnitName::parse(service).is_none() {
        let full = format!("{service}.service");
        let node = asked(&full).or(owner).or_else(|| asked("dbus.service"))?;
        let hit = hit.state("invalid").help("a unit's name ends in its type, as .service");
        (node, if view.has(&full) { hit.help(format!("write SystemdService={full}")) } else { hit })
    } else if let Some(node) = owner {
        let unit = world.node(node).name.as_str();
        let hit = hit.state("owner").word("unit", unit).help(format!("write SystemdService={unit}"));
        let is_alias = service.starts_with("dbus-");
        (node, if is_alias { hit.help(format!("or Alias={service} in [Install] of {unit}")) } else { hit })
    } else if let Some(near) = near(view, service) {
        let hit = hit.state("misspelt").word("unit", near.clone()).help(format!("did you mean {near}?"));
        (asked(&near)?, hit)
    } else if world.is_whole() {
        let hit = hit.state("absent").help("bring the unit, or remove the activation file");
        (asked("dbus.service").or_else(|| asked("dbus.socket"))?, hit)
    } else {
        return None;
    };
    Some(WorldHit { node, hit, link: Some(activation.path.clone()) })
}

/// The unit whose name differs by a slip.
fn near(view: &View<'_>, service: &str) -> Option<String> {
    let stem = service.strip_suffix(".service").filter(|s| s.len() >= 6 && !s.contains('@'))?;
    let stems = view.catalog.names(None).filter_map(|(n, _)| n.strip_suffix(".service"));
    Slips::among(stems).of(stem).map(|near| format!("{near}.service"))
}
