//! Exits that are to bring a restart and do not, or would bring it anyway.

use crate::rule::exec::MANY;
use crate::rule::{Hit, Level, Note};
use crate::unit::Unit;
use crate::vocab::key;
use crate::vocab::value::Value;
use crate::vocab::words::{Split, words};
use std::collections::BTreeSet;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Value::List(forced) = unit.value(key::RESTART_FORCE_EXIT_STATUS) else { return Vec::new() };
    let prevented = match unit.value(key::RESTART_PREVENT_EXIT_STATUS) {
        Value::List(list) => list.iter().map(|status| &**status).collect(),
        _ => BTreeSet::new(),
    };
    let always = unit.word(key::RESTART) == "always";
    if unit.lone || forced.is_empty() || (prevented.is_empty() && !always) {
        return Vec::new();
    }
    let mut hits = Vec::new();
    for entry in unit.counted(key::RESTART_FORCE_EXIT_STATUS) {
        for word in words(entry.text(), Split::PLAIN).map_while(Result::ok) {
            let status = &*word.text;
            let hit = || Hit::at(entry.part(word.at.clone())).word("status", status);
            if prevented.contains(status) {
                let by = unit.decisive(key::RESTART_PREVENT_EXIT_STATUS);
                let note = by.map(|a| Note::on(unit.loc(a.file, a.whole()), "prevented here"));
                hits.push(note.into_iter().fold(hit(), Hit::note));
            } else if always {
                hits.push(hit().state("always").at_most(Level::Note));
            }
        }
    }
    hits.truncate(MANY);
    hits
}
