//! Names that a unit has on the message bus and that the bus starts without asking systemd for the unit.

use crate::rule::{Hit, Level, Note, View, WorldHit};

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let mut out = Vec::new();
    for activation in view.activations().iter().filter(|a| a.service.is_none()) {
        let Some(program) = activation.program() else { continue };
        let named = || view.world.asked().filter_map(|(id, unit)| Some((id, unit, unit.bus_name()?)));
        let owners = || named().filter(|(.., bus)| bus.name == activation.name);
        let Some((node, unit, bus)) = owners().next() else { continue };
        // of several units one has to be the one, and another program may only look after it
        let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let is_same = bus.programs.iter().any(|p| file(p) == file(program));
        let hit = Hit::at(activation.place("Exec"))
            .word("program", program)
            .word("name", &*activation.name)
            .word("unit", unit.name.as_str())
            .note(Note::on(bus.at.clone(), "the unit has the name"))
            .help(format!("add SystemdService={} to the activation file", unit.name));
        let certain = is_same && owners().nth(1).is_none();
        let hit = if certain { hit } else { hit.at_most(Level::Note) };
        out.push(WorldHit { node, hit, link: Some(activation.path.clone()) });
    }
    out
}
