//! Knows when the prefix `-` makes a success of the very failure that another setting waits for.

use crate::rule::{Fix, Hit, Note, Safety};
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Value::Commands(commands) = unit.value(key::EXEC_START) else { return Vec::new() };
    // one command that may fail is enough for the others to be meant so; a daemon that went to the background is looked
    // at without its command
    if !commands.iter().all(|c| c.ignore_failure) || unit.word(key::TYPE_SERVICE) == "forking" {
        return Vec::new();
    }
    let Some((waits, name)) = waiting(unit) else { return Vec::new() };
    let mut hits = Vec::new();
    for entry in unit.counted(key::EXEC_START) {
        for line in unit.lines_of(&entry).iter() {
            let at = line.words[0].at.clone();
            let Some(dash) = entry.text()[at.clone()].find('-').filter(|n| *n < line.prefixes) else { continue };
            let dash = entry.part(at.start + dash..at.start + dash + 1);
            let mut hit = Hit::at(dash.clone()).word("program", line.program_name()).word("setting", &name);
            if let Some(a) = unit.decisive(waits) {
                hit = hit.note(Note::on(unit.loc(a.file, a.whole()), "this waits for a failure"));
            }
            hits.push(
                hit.help("take the prefix away; name statuses that are no failure in SuccessExitStatus=")
                    .fix(Fix::replace("let failures count", Safety::Unsafe, &dash, "")),
            );
        }
    }
    hits
}

/// The setting that waits for an exit status or a signal, as it is written.
fn waiting(unit: &Unit) -> Option<(KeyId, String)> {
    let restart = unit.word(key::RESTART);
    if matches!(restart, "on-failure" | "on-abnormal" | "on-abort") {
        return Some((key::RESTART, format!("Restart={restart}")));
    }
    if !unit.value(key::ON_FAILURE).is_empty() {
        return Some((key::ON_FAILURE, "OnFailure=".into()));
    }
    let action = unit.word(key::FAILURE_ACTION);
    (!matches!(action, "" | "none")).then(|| (key::FAILURE_ACTION, format!("FailureAction={action}")))
}
