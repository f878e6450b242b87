//! Lists that deny by their first line and get lines without `~` later: each word of those that was not denied does
//! nothing. The list is folded line by line as the loader does it, so what counts is its state at that line.

use crate::rule::{Hit, Note};
use crate::unit::{Entry, Unit};
use crate::vocab::syscall::{self, SyscallSet};
use crate::vocab::value::{self, Value};
use crate::vocab::words::{Split, words};
use crate::vocab::{KeyId, Model, key, set};

const LISTS: [KeyId; 4] =
    [key::SYSTEM_CALL_FILTER, key::RESTRICT_ADDRESS_FAMILIES, key::CAPABILITY_BOUNDING_SET, key::RESTRICT_NAMESPACES];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    LISTS.into_iter().filter_map(|id| list(unit, id)).collect()
}

/// The first word of a list that does nothing because it is no longer denied, or never was.
fn list(unit: &Unit, id: KeyId) -> Option<Hit> {
    if unit.setting(id)?.assignments.len() < 2 {
        return None;
    }
    let mut entries = unit.counted(id);
    let first = entries.next().filter(|e| e.text().starts_with('~'))?;
    let at = unit.value_setting(unit.target.model);
    let mut state = Value::Unset;
    value::assign(id, &mut state, first.text(), &at, &mut Vec::new());
    for entry in entries {
        if let Some(hit) = idle_word(&entry, &state, unit.target.model) {
            let hit = hit.word("key", id.name());
            return Some(hit.note(Note::on(first.loc(), "this line makes it a list of what is denied")));
        }
        value::assign(id, &mut state, entry.text(), &at, &mut Vec::new());
    }
    None
}

fn idle_word(entry: &Entry<'_>, state: &Value, model: Model) -> Option<Hit> {
    if entry.text().starts_with('~') {
        return None;
    }
    let mut all = words(entry.text(), Split::UNQUOTE_RELAX).map_while(Result::ok);
    let word = all.find(|word| is_idle(&word.text, state, model))?;
    Some(Hit::at(entry.part(word.at)).word("word", &*word.text))
}

/// Whether a word takes nothing off what is denied; of a group of calls: next to nothing.
fn is_idle(word: &str, state: &Value, model: Model) -> bool {
    match state {
        Value::Filter(filter) if !filter.allow => {
            let calls = match syscall::group(word, model) {
                Some(group) => *group.members(model),
                None => {
                    let mut one = SyscallSet::EMPTY;
                    let Some(call) = syscall::known(word, model) else { return false };
                    one.insert(call);
                    one
                }
            };
            let (all, denied) = (calls.names().count(), calls.and(&filter.set).names().count());
            denied * 4 < all
        }
        Value::Families(families) if !families.allow => set::family(word).is_some_and(|n| families.allows(n)),
        Value::Capabilities(bits) => set::capability(word).is_some_and(|n| bits & (1 << n) != 0),
        Value::Namespaces(left) => set::namespace(word).is_some_and(|bit| left & bit != 0),
        _ => false,
    }
}
