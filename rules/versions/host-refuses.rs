//! Directives with which a unit does not start on the machine that it is judged for.

use crate::evidence::System;
use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::verdict::{Files, Kind, Line, judge};

pub(crate) fn check(unit: &Unit, system: &System<'_>) -> Vec<Hit> {
    let Some(hosts) = system.hosts else { return Vec::new() };
    let verdict = judge(unit, hosts.of(unit.scope), Files::of_system(system));
    let status = verdict.status.unwrap_or_default();
    let culprit = |l: &Line| l.ruling.kind == Kind::Refused && !l.bystander && l.ruling.is_of_machine();
    let hit = |line: Line| {
        Hit::at(line.at)
            .word("key", line.name)
            .word("host", &hosts.name)
            .word("status", status)
            .word("reason", line.ruling.reason)
            .note(Note::new(format!("seen at: {}", line.ruling.probe)))
    };
    verdict.lines.into_iter().filter(culprit).map(hit).collect()
}
