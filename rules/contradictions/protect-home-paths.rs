//! Programs, directories and arguments that lie where `ProtectHome=yes` and `tmpfs` leave nothing.

use crate::rule::named::{absolute, ancestors, each_command, is_free, is_in, paths, program_at};
use crate::rule::{Hit, Level, Note};
use crate::text::Loc;
use crate::unit::{Entry, Unit};
use crate::vocab::command::Line;
use crate::vocab::{Scope, key};
use std::collections::BTreeSet;

const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

/// What is hidden, and by what.
struct Hidden {
    value: &'static str,
    /// what is mounted back, under `tmpfs` only
    bound: BTreeSet<String>,
    at: Option<Loc>,
}

impl Hidden {
    fn of(unit: &Unit) -> Option<Self> {
        let value = Some(unit.word(key::PROTECT_HOME)).filter(|v| matches!(*v, "yes" | "tmpfs"))?;
        // before 254 a user manager makes no mounts of itself; another root may have other homes
        let idle = unit.scope == Scope::User && unit.target.model.number() < 254 && !unit.is_on(key::PRIVATE_USERS);
        if idle || unit.has_own_root() {
            return None;
        }
        let binds = [key::BIND_PATHS, key::BIND_READ_ONLY_PATHS, key::TEMPORARY_FILE_SYSTEM];
        let binds = binds.into_iter().filter(|_| value == "tmpfs").flat_map(|k| paths(unit, k));
        let bound = binds.map(|named| named.path).collect();
        let at = unit.decisive(key::PROTECT_HOME).map(|a| unit.loc(a.file, a.whole()));
        Some(Self { value, bound, at })
    }

    /// Whether a path lies below one of the homes and is not mounted back.
    fn hides(&self, path: &str) -> bool {
        let below = HOMES.iter().any(|home| is_in(path, home) && path != *home);
        below && !ancestors(path).any(|dir| self.bound.contains(dir))
    }

    fn hit(&self, at: Loc, state: &'static str, path: &str) -> Hit {
        let hit = Hit::at(at).state(state).word("path", path).word("value", self.value);
        match &self.at {
            Some(at) => hit.note(Note::on(at.clone(), "hidden here")),
            None => hit,
        }
    }
}

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Some(hidden) = Hidden::of(unit) else { return Vec::new() };
    let mut hits = Vec::new();
    let mut sandboxed = false;
    each_command(unit, |entry, line| {
        if !is_free(line) {
            sandboxed = true;
            hits.extend(command(unit, &hidden, entry, line));
        }
    });
    if sandboxed {
        hits.extend(directory(unit, &hidden));
        hits.extend(missing(unit, &hidden));
    }
    hits
}

/// The program of a command, or else the first of its arguments that cannot be found.
fn command(unit: &Unit, hidden: &Hidden, entry: &Entry<'_>, line: &Line<'_>) -> Option<Hit> {
    if let Some(program) = absolute(unit, line.program()).filter(|p| hidden.hides(p)) {
        let hit = hidden.hit(program_at(entry, line), "program", &program);
        return Some(if line.ignore_failure { hit.at_most(Level::Warn) } else { hit });
    }
    let mut arguments = line.words.iter().skip(1);
    arguments.find_map(|word| {
        // `--config=/home/…` or the path alone; what is put together of variables is not known
        let text = word.text.split_once('=').map_or(&*word.text, |(_, value)| value);
        let text = if word.text.starts_with('/') { &word.text } else { text };
        if !text.starts_with(['/', '%']) || text.contains(['$', ' ']) {
            return None;
        }
        let path = absolute(unit, text).filter(|p| hidden.hides(p))?;
        Some(hidden.hit(entry.part(word.at.clone()), "argument", &path).at_most(Level::Warn))
    })
}

/// `WorkingDirectory=`; the homes themselves are there, and root may enter them.
fn directory(unit: &Unit, hidden: &Hidden) -> Option<Hit> {
    let entry = unit.decisive(key::WORKING_DIRECTORY).map(|a| unit.entry(a))?;
    let path = unit.value(key::WORKING_DIRECTORY).text().filter(|p| p.starts_with('/'))?;
    let closed = hidden.value == "yes" && HOMES.contains(&path) && !unit.is_privileged() && unit.scope == Scope::System;
    if !hidden.hides(path) && !closed {
        return None;
    }
    let optional = entry.text().starts_with('-');
    let hit = hidden.hit(entry.value_loc(), if optional { "optional" } else { "directory" }, path);
    Some(if optional { hit.at_most(Level::Warn) } else { hit })
}

/// Paths that have to be there for a mount, below an empty directory.
fn missing<'u>(unit: &'u Unit, hidden: &'u Hidden) -> impl Iterator<Item = Hit> {
    let lists =
        [key::READ_WRITE_PATHS, key::READ_ONLY_PATHS, key::INACCESSIBLE_PATHS, key::EXEC_PATHS, key::NO_EXEC_PATHS];
    let lists = lists.into_iter().filter(|_| hidden.value == "tmpfs").flat_map(|k| paths(unit, k));
    lists
        .filter(|named| !named.optional && hidden.hides(&named.path))
        .map(|named| hidden.hit(named.at, "missing", &named.path))
}
