//! Programs that need more tasks than the unit may have, for themselves alone.

use crate::rule::amount::{absolute, decisive, written};
use crate::rule::shell::{pieces, script};
use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::vocab::command::Line;
use crate::vocab::key;
use crate::vocab::value::Value;

/// Nothing else needs that many.
const MOST: u64 = 32;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Some(max) = absolute(unit, key::TASKS_MAX).filter(|n| *n < MOST) else { return Vec::new() };
    let Some(by) = decisive(unit, key::TASKS_MAX) else { return Vec::new() };
    // a process that waits to close the session
    let session = u64::from(*unit.value(key::PAM_NAME) != Value::Unset);
    let mut hits = Vec::new();
    for entry in unit.counted(key::EXEC_START) {
        for line in unit.lines_of(&entry).iter() {
            let Some((name, needs)) = needs(line).filter(|(_, n)| n + session > max) else { continue };
            let Some(first) = line.words.first() else { continue };
            let state = if needs > 2 { "" } else { "shell" };
            let hit = Hit::at(by.loc()).state(state).word("max", written(&by)).word("program", name);
            let hit = hit.word("needs", needs.to_string());
            hits.push(hit.note(Note::on(entry.part(first.at.clone()), "started here")));
            return hits;
        }
    }
    hits
}

/// The program, and how many tasks it has before it does anything.
fn needs<'l>(line: &'l Line<'_>) -> Option<(&'l str, u64)> {
    if let Some(script) = script(line) {
        let parts = pieces(&line.words[script].text);
        return (parts.into_iter().nth(1).is_some()).then_some((line.program_name(), 2));
    }
    let name = match line.program_name() {
        "env" => {
            let behind = line.words.iter().skip(1).find(|w| !w.text.starts_with('-') && !w.text.contains('='));
            behind.map_or("", |w| w.text.rsplit('/').next().unwrap_or_default())
        }
        name => name,
    };
    match name {
        // collectors, compilers, signals, and two more for each processor
        "java" | "jsvc" => Some((name, 20)),
        // the pool of libuv, those of v8, and the main thread
        "node" | "nodejs" => Some((name, 11)),
        _ => None,
    }
}
