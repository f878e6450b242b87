//! Input that is written into a unit whose standard input comes from elsewhere.

use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::vocab::key;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let data = [key::STANDARD_INPUT_TEXT, key::STANDARD_INPUT_DATA];
    let Some(input) = unit.value(key::STANDARD_INPUT).text().or_else(|| unit.value(key::STANDARD_INPUT).word()) else {
        return Vec::new();
    };
    // seen with 252 to 262: beside null the data count
    if matches!(input, "data" | "null") {
        return Vec::new();
    }
    let hit = |id| {
        let at = unit.decisive(id).filter(|_| !unit.value(id).is_empty())?;
        let mut hit = Hit::at(unit.loc(at.file, at.whole())).word("key", crate::vocab::KeyId::name(id));
        hit = hit.word("input", input);
        let by = unit.decisive(key::STANDARD_INPUT);
        Some(match by {
            Some(by) => hit.note(Note::on(unit.loc(by.file, by.whole()), "standard input comes from here")),
            None => hit,
        })
    };
    data.into_iter().filter_map(hit).collect()
}
