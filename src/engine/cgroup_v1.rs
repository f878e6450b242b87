//! What to do about a key of cgroup v1: what it comes to on cgroup v2, and the edits that say so.
//!
//! systemd up to 257 looks at the old keys of a family only where none of the new ones is in effect. So they are replaced
//! together: one of them in its new form would switch the others off.

use super::advice::{Advice, Place};
use crate::rule::{Fix, Safety, edit};
use crate::unit::{Entry, Unit};
use crate::vocab::cgroup::{Family, LAST_TRANSLATED, family, rescaled, successor};
use crate::vocab::size::Limit;
use crate::vocab::value::{self, Outcome, Value};
use crate::vocab::{KeyId, Model, key};

/// The first release with today's translation whose default is cgroup v2 in every distribution.
const FIRST: u16 = 252;

/// Whether a key of cgroup v2 switches the old ones off.
enum Other {
    /// none is written
    None,
    /// this one does
    InEffect(KeyId),
    /// one is written, and may have no effect
    Perhaps,
}

pub(super) fn on(unit: &Unit, place: &Place<'_>) -> Option<Advice> {
    let id = place.id?;
    let (family, new) = (family(id)?, successor(id)?);
    let assignments = &unit.setting(id)?.assignments;
    let at = assignments.binary_search_by_key(&(place.file, place.item()), |a| (a.file, a.item as usize)).ok()?;
    let entry = unit.entry(&assignments[at]);
    let outcome = outcome(unit, id, &entry);
    // a value that no release took
    if !matches!(outcome, Outcome::Set | Outcome::Reset) {
        return None;
    }
    let translates = unit.target.systemd <= LAST_TRANSLATED;
    let other = other(unit, family);
    if let Other::InEffect(other) = other {
        let other = other.name();
        let note = match translates {
            true => format!("{other}= is in effect, so this line is not looked at on cgroup v2"),
            false => format!("{other}= is in effect: this line was not looked at before, either"),
        };
        let safety = if edit::is_commented(unit, entry.assignment) { Safety::Unsafe } else { Safety::Safe };
        let fix = Fix::replace("take the line without effect away", safety, &entry.lines(), "");
        return Some(Advice::note(note).and(Some(fix)));
    }
    let line = written(id, new, entry.text());
    let note = match translates {
        true => format!("systemd translates it to {line}, and from {} on ignores it", LAST_TRANSLATED + 1),
        false => format!("up to {LAST_TRANSLATED} it was translated to {line}; now nothing takes its place"),
    };
    Some(Advice::note(note).and(together(unit, family, &other, &entry, &line)))
}

/// What comes of the line in the releases that still look at it.
fn outcome(unit: &Unit, id: KeyId, entry: &Entry<'_>) -> Outcome {
    if unit.target.systemd <= LAST_TRANSLATED {
        return entry.assignment.outcome;
    }
    let setting = unit.value_setting(Model::nearest(LAST_TRANSLATED));
    value::assign(id, &mut Value::Unset, entry.text(), &setting, &mut Vec::new())
}

/// `CPUWeight=50`
fn written(old: KeyId, new: KeyId, text: &str) -> String {
    let mut value = text.to_owned();
    if let Some((at, number)) = rescaled(old, text) {
        value.replace_range(at, &number.to_string());
    }
    format!("{}={value}", new.name())
}

fn other(unit: &Unit, family: &Family) -> Other {
    let mut all = family.new.iter().filter_map(|id| unit.setting(*id)).peekable();
    if all.peek().is_none() {
        return Other::None;
    }
    all.find(|s| is_limit(s.key, &s.value)).map_or(Other::Perhaps, |s| Other::InEffect(s.key))
}

/// Whether the value is other than the one that stands for none.
fn is_limit(id: KeyId, value: &Value) -> bool {
    let protects = matches!(id, key::MEMORY_LOW | key::MEMORY_MIN | key::STARTUP_MEMORY_LOW);
    match value {
        Value::Bool(on) => *on,
        Value::Limit(Limit::Unlimited) => protects,
        Value::Limit(Limit::Absolute(n)) => !protects || *n > 0,
        Value::Limit(Limit::Share(n)) => !protects || *n > 0,
        value => !value.is_empty(),
    }
}

/// All keys of the family in their new form, once a unit.
fn together(unit: &Unit, family: &Family, other: &Other, first: &Entry<'_>, line: &str) -> Option<Fix> {
    let old = || family.old.iter().flat_map(|id| unit.entries(*id).map(move |e| (*id, e)));
    let position = |e: &Entry<'_>| (e.assignment.file, e.assignment.item);
    let counts = |id: KeyId, e: &Entry<'_>| matches!(outcome(unit, id, e), Outcome::Set | Outcome::Reset);
    if old().any(|(id, e)| position(&e) < position(first) && counts(id, &e)) {
        return None;
    }
    let mut safe = matches!(other, Other::None) && (FIRST..=LAST_TRANSLATED).contains(&unit.target.systemd);
    let mut fix = Fix::line("", Safety::Unsafe);
    for (n, (id, entry)) in old().filter(|(id, e)| counts(*id, e)).enumerate() {
        let new = successor(id).filter(|new| new.key().introduced <= unit.target.systemd)?;
        fix = fix.and(&entry.key_loc(), new.name());
        if let Some((at, number)) = rescaled(id, entry.text()) {
            fix = fix.and(&entry.part(at), number.to_string());
        }
        fix.title = match n {
            0 => format!("write {line} instead"),
            _ => format!("write the keys of cgroup v2 instead of all {} of cgroup v1", n + 1),
        };
        // the new key also counts what is read and written; the old one knew no infinity
        let same = id != key::BLOCK_IO_ACCOUNTING && !(rescaled(id, entry.text()).is_none() && is_endless(id, &entry));
        safe &= same && is_own(unit, entry.assignment.file);
    }
    fix.safety = if safe { Safety::Safe } else { Safety::Unsafe };
    Some(fix)
}

fn is_endless(id: KeyId, entry: &Entry<'_>) -> bool {
    matches!(id, key::BLOCK_IO_READ_BANDWIDTH | key::BLOCK_IO_WRITE_BANDWIDTH) && entry.text().ends_with("infinity")
}

/// Whether the file is read for this unit only: other units may have keys of cgroup v2.
fn is_own(unit: &Unit, file: u16) -> bool {
    let path = unit.files.get(usize::from(file)).map(|f| f.source.path.as_path());
    let folder = path.and_then(|p| p.parent()).and_then(|p| p.file_name()).and_then(|n| n.to_str());
    let fragment = file == 0 && !unit.lone;
    fragment || folder.and_then(|f| f.strip_suffix(".d")).is_some_and(|name| name == unit.name.as_str())
}
