//! Assignments that a later line takes back: of the same file, or of a later drop-in beside it. A drop-in over the fragment,
//! over one for all units of a type, or over a directory of less account is what drop-ins are for, and says nothing.

use crate::rule::{Fix, Hit, Level, Note, Safety, edit};
use crate::unit::{Assignment, Entry, Setting, Unit};
use crate::vocab::net::env_assignment;
use crate::vocab::value::{Outcome, Value, assign};
use crate::vocab::words::{Split, words};
use crate::vocab::{KeyId, MODELS, Model, Repeat, key};
use std::collections::BTreeMap;
use std::ops::Range;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut hits = Vec::new();
    for setting in unit.settings().iter().filter(|s| s.assignments.len() > 1) {
        let of_one = setting.key.key().repeat == Repeat::Last;
        // those of a list that count until something takes them all back
        let mut standing: Vec<&Assignment> = Vec::new();
        for assignment in setting.assignments.iter().filter(|a| matches!(a.outcome, Outcome::Set | Outcome::Reset)) {
            let reset = assignment.outcome == Outcome::Reset;
            if of_one || reset {
                hits.extend(standing.drain(..).filter_map(|lost| overridden(unit, setting.key, lost, assignment)));
            }
            if !reset {
                standing.push(assignment);
            }
        }
        if setting.key == key::ENVIRONMENT {
            variables(unit, setting, &mut hits);
        }
    }
    hits
}

/// What is to be said of an assignment that another one makes idle.
fn overridden(unit: &Unit, id: KeyId, lost: &Assignment, by: &Assignment) -> Option<Hit> {
    let reset = by.outcome == Outcome::Reset;
    let (entry, next) = (unit.entry(lost), unit.entry(by));
    let hit = Hit::at(entry.loc()).word("key", id.name());
    let there = |text: &str| Note::on(next.loc(), text);
    if lost.file != by.file {
        let state = if reset { "dropin-reset" } else { "dropin" };
        let note = there(if reset { "taken back here" } else { "replaced here" });
        return beside(unit, lost, by).then(|| hit.state(state).at_most(Level::Note).note(note));
    }
    let hit = if reset {
        hit.state("reset").note(there("taken back here"))
    } else if value(unit, id, &entry, unit.target.model) == value(unit, id, &next, unit.target.model) {
        hit.state("twice").at_most(Level::Note).note(there("set again here"))
    } else if is_newer(unit, id, &next) {
        return None;
    } else {
        let hit = hit.state("replaced").note(there("replaced here"));
        // who comments on the second line knows what it does
        if edit::is_commented(unit, by) { hit.at_most(Level::Note) } else { hit }
    };
    // without the line its comment would be about the next one
    let safety = if edit::is_commented(unit, lost) { Safety::Unsafe } else { Safety::Safe };
    Some(hit.fix(Fix::replace("take the line without effect away", safety, &entry.lines(), "")))
}

/// Whether both are drop-ins of one directory.
fn beside(unit: &Unit, a: &Assignment, b: &Assignment) -> bool {
    let directory = |a: &Assignment| unit.files[usize::from(a.file)].source.path.parent();
    (unit.lone || a.file > 0) && directory(a) == directory(b)
}

fn value(unit: &Unit, id: KeyId, entry: &Entry<'_>, model: Model) -> Option<Value> {
    let (mut value, mut faults) = (Value::Unset, Vec::new());
    let outcome = assign(id, &mut value, entry.text(), &unit.value_setting(model), &mut faults);
    (outcome == Outcome::Set && faults.is_empty()).then_some(value)
}

/// Whether an older release keeps the line before, as it does not understand this one: the way to write a new value for
/// all releases.
fn is_newer(unit: &Unit, id: KeyId, entry: &Entry<'_>) -> bool {
    let older = MODELS.iter().map(|m| Model::nearest(*m)).filter(|m| *m < unit.target.model);
    id.key().word_since(entry.text()).is_some() || older.into_iter().any(|m| value(unit, id, entry, m).is_none())
}

/// Variables that one file sets twice: the second does not extend the first.
fn variables(unit: &Unit, setting: &Setting, hits: &mut Vec<Hit>) {
    let entries: Vec<Entry<'_>> = setting.assignments.iter().map(|a| unit.entry(a)).collect();
    // the entry and the place in it where a variable of a file was set last
    let mut set: BTreeMap<(u16, String), (usize, Range<usize>, String)> = BTreeMap::new();
    for (i, entry) in entries.iter().enumerate() {
        match entry.assignment.outcome {
            Outcome::Reset => set.clear(),
            Outcome::Set => {}
            Outcome::Ignored | Outcome::Fatal => continue,
        }
        for word in words(entry.text(), Split::UNQUOTE_C).map_while(Result::ok) {
            let Some((name, value)) = env_assignment(&word.text) else { continue };
            let place = (i, word.at.clone(), value.to_owned());
            if let Some((before, at, old)) = set.insert((entry.assignment.file, name.to_owned()), place) {
                let (entry, again) = (&entries[before], Note::on(entry.part(word.at.clone()), "set again here"));
                let hit = Hit::at(entry.part(at.clone())).word("name", name).note(again);
                let hit = if old == value {
                    hit.state("variable-twice").at_most(Level::Note)
                } else {
                    hit.state("variable").help("a variable has one value; write both parts into one assignment")
                };
                hits.push(hit.fix(without(entry, at)));
            }
        }
    }
}

/// A word taken away, with its line where it is the only one. Mostly both values were meant, so this is for nobody to do
/// unasked.
fn without(entry: &Entry<'_>, at: Range<usize>) -> Fix {
    let whole = at == (0..entry.text().len());
    let place = if whole { entry.lines() } else { entry.part(at) };
    Fix::replace("take the assignment without effect away", Safety::Unsafe, &place, "")
}
