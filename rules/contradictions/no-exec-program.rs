//! Programs, or their libraries, that lie where nothing may be executed. What lies nearest to a file counts; of two
//! settings for the same path the one that forbids.

use crate::rule::named::{Named, absolute, ancestors, each_command, is_free, is_in, paths, program_at};
use crate::rule::{Hit, Level, Note};
use crate::unit::Unit;
use crate::vocab::{Scope, key};
use std::collections::BTreeMap;

/// Paths that are opened (`None`) or closed.
type Rights = BTreeMap<String, Option<Named>>;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if unit.value(key::NO_EXEC_PATHS).is_empty() || unit.has_own_root() {
        return Vec::new();
    }
    // other mounts may bring a program from elsewhere; before 254 a user manager makes none
    let mounts = [key::BIND_PATHS, key::BIND_READ_ONLY_PATHS, key::MOUNT_IMAGES, key::EXTENSION_IMAGES];
    let idle = unit.scope == Scope::User && unit.target.model.number() < 254;
    if idle || mounts.iter().any(|k| !unit.value(*k).is_empty()) {
        return Vec::new();
    }
    let mut rights: Rights = paths(unit, key::EXEC_PATHS).into_iter().map(|named| (named.path, None)).collect();
    let closed = paths(unit, key::NO_EXEC_PATHS).into_iter();
    rights.extend(closed.map(|named| (named.path.clone(), Some(named))));
    let libraries = libraries(&rights);
    let mut hits = Vec::new();
    each_command(unit, |entry, line| {
        let Some(program) = absolute(unit, line.program()).filter(|_| !is_free(line)) else { return };
        let (state, by, most) = match (closed_by(&rights, &program), libraries) {
            (Some(by), _) => ("", by, if line.ignore_failure { Level::Warn } else { Level::Error }),
            // one that is linked statically needs none
            (None, Some(by)) => ("libraries", by, Level::Warn),
            (None, None) => return,
        };
        let hit = Hit::at(program_at(entry, line)).state(state).word("program", &*program).word("path", &*by.path);
        let help = format!("write ExecPaths={program} /usr/lib /usr/lib64, and what else it executes, as well");
        let note = Note::on(by.at.clone(), "nothing can be executed from here");
        hits.push(hit.at_most(most).note(note).help(help));
    });
    hits
}

/// What closes a file.
fn closed_by<'r>(rights: &'r Rights, path: &str) -> Option<&'r Named> {
    ancestors(path).find_map(|path| rights.get(path))?.as_ref()
}

/// What closes the directories of libraries, if nothing of them is open.
fn libraries(rights: &Rights) -> Option<&Named> {
    const DIRS: [&str; 2] = ["/usr/lib", "/usr/lib64"];
    let open = |path: &String, right: &Option<Named>| right.is_none() && DIRS.iter().any(|dir| is_in(path, dir));
    let by = closed_by(rights, DIRS[0])?;
    let some = rights.iter().any(|(path, right)| open(path, right)) || closed_by(rights, DIRS[1]).is_none();
    (!some).then_some(by)
}
