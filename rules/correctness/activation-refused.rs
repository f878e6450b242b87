//! Units that the message bus is to start and that only other units may start.

use crate::rule::{Hit, Note, View, WorldHit};

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    for activation in view.activations() {
        let Some(node) = activation.service.as_ref().and_then(|service| view.world.unit_of(service)) else { continue };
        let unit = view.world.node(node);
        let Some(at) = unit.facts.refuses_start.clone().filter(|_| unit.asked) else { continue };
        let hit = Hit::at(at)
            .word("name", &*activation.name)
            .note(Note::on(activation.place("SystemdService"), "asked for here"))
            .help("remove RefuseManualStart=yes, or SystemdService= from the activation file");
        out.push(WorldHit { node, hit, link: None });
    }
    out
}
