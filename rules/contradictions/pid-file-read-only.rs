//! PID files of services for which everything is read-only.

use crate::rule::named::{directories, each_command, is_free, is_in, paths};
use crate::rule::{Hit, Level, Note};
use crate::unit::Unit;
use crate::vocab::{Scope, key};

/// What `ProtectSystem=strict` leaves alone.
const LEFT: [&str; 6] = ["/dev", "/proc", "/sys", "/home", "/root", "/run/user"];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Some(file) = unit.value(key::PID_FILE).text().filter(|f| !f.is_empty()) else { return Vec::new() };
    if unit.word(key::PROTECT_SYSTEM) != "strict" || unit.has_own_root() || unit.scope == Scope::User {
        return Vec::new();
    }
    let temporary = ["/tmp", "/var/tmp"].into_iter().filter(|_| unit.is_on(key::PRIVATE_TMP));
    if LEFT.into_iter().chain(temporary).any(|dir| is_in(file, dir)) || is_opened(unit, file) {
        return Vec::new();
    }
    // a command without a sandbox may be the daemon, or make the file
    let mut free = false;
    each_command(unit, |_, line| free |= is_free(line));
    let Some(at) = unit.decisive(key::PID_FILE).filter(|_| !free) else { return Vec::new() };
    let by = if unit.is_on(key::DYNAMIC_USER) { "DynamicUser=yes" } else { "ProtectSystem=strict" };
    let hit = Hit::at(unit.entry(at).value_loc()).word("path", file).word("by", by);
    // nobody waits for it otherwise
    let waits = unit.word(key::TYPE_SERVICE) == "forking";
    let hit = if waits { hit } else { hit.at_most(Level::Warn) };
    let hit = hit.help("RuntimeDirectory=NAME makes /run/NAME, which the service can write to");
    vec![match unit.decisive(key::PROTECT_SYSTEM) {
        Some(a) => hit.note(Note::on(unit.loc(a.file, a.whole()), "made read-only here")),
        None => hit,
    }]
}

fn is_opened(unit: &Unit, file: &str) -> bool {
    let lists = [key::READ_WRITE_PATHS, key::BIND_PATHS, key::TEMPORARY_FILE_SYSTEM];
    let open = lists.into_iter().flat_map(|k| paths(unit, k)).map(|n| n.path).filter(|p| p != "/");
    open.chain(directories(unit).into_iter().map(|(_, n)| n.path)).any(|dir| is_in(file, &dir))
}
