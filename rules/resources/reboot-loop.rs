//! Services that are started by every boot and restart the machine when they fail.

use crate::rule::Hit;
use crate::rule::amount::{decisive, is_installed, written};
use crate::unit::Unit;
use crate::vocab::{Scope, key};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if unit.lone || unit.scope == Scope::User || !is_installed(unit) {
        return Vec::new();
    }
    let keys = [key::FAILURE_ACTION, key::START_LIMIT_ACTION];
    let entries = keys.into_iter().filter_map(|k| Some((unit.value(k).word()?, decisive(unit, k)?)));
    let again = |word: &str| ["reboot", "soft-reboot", "kexec"].iter().any(|begin| word.starts_with(begin));
    entries
        .filter(|(word, _)| again(word))
        .map(|(_, entry)| Hit::at(entry.loc()).word("action", written(&entry)))
        .collect()
}
