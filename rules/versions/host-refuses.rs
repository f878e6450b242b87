//! Directives with which a unit does not start on the machine that it is judged for.

use crate::evidence::System;
use crate::rule::{Hit, machine};
use crate::unit::Unit;
use crate::verdict::{Kind, Line};

pub(crate) fn check(unit: &Unit, system: &System<'_>) -> Vec<Hit> {
    let Some((verdict, host)) = machine::verdict(unit, system) else { return Vec::new() };
    let status = verdict.status.unwrap_or_default();
    let culprit = |l: &Line| l.ruling.kind == Kind::Refused && !l.bystander && l.ruling.is_of_machine();
    let culprits = verdict.lines.into_iter().filter(culprit);
    culprits.map(|line| machine::hit(line, host).word("status", status)).collect()
}
