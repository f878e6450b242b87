//! Directives that the machine that a unit is judged for does not enforce, and says nothing of it.

use crate::evidence::System;
use crate::rule::{Hit, Level, machine};
use crate::unit::Unit;
use crate::verdict::{Kind, Line};

pub(crate) fn check(unit: &Unit, system: &System<'_>) -> Vec<Hit> {
    let Some((verdict, host)) = machine::verdict(unit, system) else { return Vec::new() };
    let lost = |l: &Line| matches!(l.ruling.kind, Kind::Skipped | Kind::Partly) && l.ruling.is_of_machine();
    let hit = |line: Line| match line.ruling.kind {
        Kind::Partly => machine::hit(line, host).state("partly").at_most(Level::Note),
        _ => machine::hit(line, host),
    };
    verdict.lines.into_iter().filter(lost).map(hit).collect()
}
