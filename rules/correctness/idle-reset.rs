//! Empty assignments of keys that cannot be taken back: dependencies only ever grow.

use crate::rule::{Hit, Level, Note};
use crate::unit::Unit;
use crate::vocab::value::Outcome;
use crate::vocab::{Empty, Repeat};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut hits = Vec::new();
    for setting in unit.settings() {
        let key = setting.key.key();
        if key.repeat != Repeat::Accumulate || key.empty != Empty::Noop {
            continue;
        }
        let mut stays = None;
        for assignment in &setting.assignments {
            let value = assignment.value;
            if value.start < value.end {
                stays = stays.or(Some(assignment).filter(|a| a.outcome == Outcome::Set));
                continue;
            }
            let entry = unit.entry(assignment);
            let hit = Hit::at(entry.loc()).state("reset").word("key", key.name());
            let hit = match stays {
                Some(stays) => hit.note(Note::on(unit.loc(stays.file, stays.whole()), "this stays")),
                // the fragment of the drop-in is elsewhere
                None if unit.lone => hit,
                // left over where a template of the file had nothing to fill in
                None => hit.at_most(Level::Note),
            };
            hits.push(hit.help("to lose a dependency, copy the unit to /etc/systemd/system and change it there"));
        }
    }
    hits
}
