//! Directives that the machine that a unit is judged for does not enforce, and says nothing of it.

use crate::evidence::System;
use crate::rule::{Hit, Level, Note};
use crate::unit::Unit;
use crate::verdict::{Files, Kind, Line, judge};

pub(crate) fn check(unit: &Unit, system: &System<'_>) -> Vec<Hit> {
    let Some(hosts) = system.hosts else { return Vec::new() };
    let verdict = judge(unit, hosts.of(unit.scope), Files::of_system(system));
    let lost = |l: &Line| matches!(l.ruling.kind, Kind::Skipped | Kind::Partly) && l.ruling.is_of_machine();
    let hit = |line: Line| {
        let partly = line.ruling.kind == Kind::Partly;
        let hit = Hit::at(line.at)
            .state(if partly { "partly" } else { "" })
            .word("key", line.name)
            .word("host", &hosts.name)
            .word("reason", line.ruling.reason)
            .note(Note::new(format!("seen at: {}", line.ruling.probe)));
        if partly { hit.at_most(Level::Note) } else { hit }
    };
    verdict.lines.into_iter().filter(lost).map(hit).collect()
}
