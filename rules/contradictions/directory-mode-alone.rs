//! Modes of directories that systemd does not make.

use crate::rule::{Hit, Level};
use crate::unit::Unit;
use crate::vocab::{KeyId, key};

/// What a key says something of; the state of the message.
const OF: [(KeyId, KeyId, &str); 6] = [
    (key::RUNTIME_DIRECTORY_MODE, key::RUNTIME_DIRECTORY, ""),
    (key::STATE_DIRECTORY_MODE, key::STATE_DIRECTORY, ""),
    (key::CACHE_DIRECTORY_MODE, key::CACHE_DIRECTORY, ""),
    (key::LOGS_DIRECTORY_MODE, key::LOGS_DIRECTORY, ""),
    (key::CONFIGURATION_DIRECTORY_MODE, key::CONFIGURATION_DIRECTORY, ""),
    (key::RUNTIME_DIRECTORY_PRESERVE, key::RUNTIME_DIRECTORY, "preserve"),
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let alone = |(id, of, state): (KeyId, KeyId, &'static str)| {
        let at = unit.decisive(id)?;
        let keeps = state.is_empty() || unit.is_on(id);
        let hit =
            Hit::at(unit.loc(at.file, at.whole())).state(state).word("key", id.name()).word("directory", of.name());
        // what is not kept was not there; a mode may have been meant to protect
        let hit = if state.is_empty() { hit } else { hit.at_most(Level::Note) };
        (unit.value(of).is_empty() && keeps).then_some(hit)
    };
    if unit.lone { Vec::new() } else { OF.into_iter().filter_map(alone).collect() }
}
