//! Paths that are opened below a directory that is closed as a whole (`drop_inaccessible()`).

use crate::rule::named::{ancestors, directories, paths};
use crate::rule::{Hit, Note};
use crate::text::Loc;
use crate::unit::Unit;
use crate::vocab::{KeyId, Scope, key};
use std::collections::BTreeMap;

/// Settings that want something to be there. Those that only take away say nothing that is not so already.
const OPENERS: [KeyId; 5] =
    [key::READ_WRITE_PATHS, key::BIND_PATHS, key::BIND_READ_ONLY_PATHS, key::EXEC_PATHS, key::TEMPORARY_FILE_SYSTEM];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let closed = closed(unit);
    // before 254 a user manager makes no mounts at all
    let idle = unit.scope == Scope::User && unit.target.model.number() < 254 && !unit.is_on(key::PRIVATE_USERS);
    if closed.is_empty() || idle {
        return Vec::new();
    }
    let listed = OPENERS.into_iter().flat_map(|id| paths(unit, id).into_iter().map(move |named| (id, named)));
    let mut hits = Vec::new();
    for (id, named) in listed.chain(directories(unit)) {
        let Some((by, at)) = ancestors(&named.path).find_map(|path| closed.get_key_value(path)) else { continue };
        let hit = Hit::at(named.at).word("path", &*named.path).word("by", &**by).word("key", id.name());
        hits.push(match at {
            Some(at) => hit.note(Note::on(at.clone(), "made inaccessible here")),
            None => hit,
        });
    }
    hits
}

/// The directories that are closed, and where that is said.
fn closed(unit: &Unit) -> BTreeMap<String, Option<Loc>> {
    let mut closed: BTreeMap<_, _> =
        paths(unit, key::INACCESSIBLE_PATHS).into_iter().map(|named| (named.path, Some(named.at))).collect();
    if unit.word(key::PROTECT_HOME) == "yes" {
        let at = unit.decisive(key::PROTECT_HOME).map(|a| unit.loc(a.file, a.whole()));
        closed.extend(["/home", "/root", "/run/user"].map(|home| (home.to_owned(), at.clone())));
    }
    closed
}
