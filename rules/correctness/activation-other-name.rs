//! Units that the message bus starts for another name than theirs.

use crate::load::Activation;
use crate::rule::{Hit, Level, Note, View, WorldHit};
use crate::suggest;
use crate::unit::world::NodeId;
use std::collections::BTreeMap;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut started: BTreeMap<NodeId, &Activation> = BTreeMap::new();
    for activation in view.activations() {
        if let Some(id) = activation.service.as_ref().and_then(|service| view.world.unit_of(service)) {
            started.entry(id).or_insert(activation);
        }
    }
    let mut out = Vec::new();
    for (node, activation) in started {
        let unit = view.world.node(node);
        let Some(bus) = unit.bus_name().filter(|_| unit.asked) else { continue };
        // one name of several
        if view.activations().iter().any(|a| a.name == bus.name) {
            continue;
        }
        let hit = Hit::at(bus.at.clone())
            .word("name", &*activation.name)
            .word("own", &*bus.name)
            .note(Note::on(activation.place("Name"), "the name that is asked for"))
            .help("write the same name in both files");
        // wholly different names may both be the program's
        let is_slip = suggest::within(&bus.name, [&*activation.name], 2).is_some();
        let hit = if is_slip { hit } else { hit.at_most(Level::Note) };
        out.push(WorldHit { node, hit, link: None });
    }
    out
}
