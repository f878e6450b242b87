//! Knows where a variable stands for the program, which systemd never replaces.

use super::exec;
use crate::rule::{Fix, Hit, Safety};
use crate::unit::Unit;
use crate::vocab::command::{Dollar, dollars};
use std::ops::Range;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    exec::hits_with(unit, b'$', |entry, line| {
        let program = line.program();
        let named = |at: Range<usize>| exec::name_len(&program[at.start + 1..]) > 0;
        let mut variables = dollars(program).filter(|(dollar, at)| match dollar {
            Dollar::Braced | Dollar::Extended => true,
            Dollar::Plain => named(at.clone()),
            Dollar::Doubled => false,
        });
        variables.next()?;
        let at = line.words[0].at.clone();
        let raw = &entry.text()[at.clone()];
        let start = at.start + line.prefixes;
        let plain = raw == line.words[0].text;
        let hit = Hit::at(entry.part(if plain { start..at.end } else { at }))
            .word("word", program)
            .help("write the path of the program, or start it by /usr/bin/env, which takes it from its arguments");
        // behind @ the next word is argv[0], which env would take for the program
        let mends = plain && !program.contains('/') && !raw[..line.prefixes].contains('@');
        let env = || Fix::replace("start it by env", Safety::Unsafe, &entry.part(start..start), "/usr/bin/env ");
        Some(if mends { hit.fix(env()) } else { hit })
    })
}
