//! What the machine that units are judged for makes of one, for the rules that tell it.

use crate::evidence::System;
use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::verdict::{Files, Line, Verdict, judge};

/// What becomes of a unit there, and what the machine is called; nothing where none is known.
pub(crate) fn verdict<'a>(unit: &Unit, system: &System<'a>) -> Option<(Verdict, &'a str)> {
    let hosts = system.hosts?;
    Some((judge(unit, hosts.of(unit.scope), Files::of_system(system)), &hosts.name))
}

/// A hit at a line, with what the machine makes of it.
pub(crate) fn hit(line: Line, host: &str) -> Hit {
    Hit::at(line.at)
        .word("key", line.name)
        .word("host", host)
        .word("reason", line.ruling.reason)
        .note(Note::new(format!("seen at: {}", line.ruling.probe)))
}
