//! Paths that are opened and closed at once: of two settings for one path the stricter one stays (`drop_duplicates()`).

use crate::rule::named::paths;
use crate::rule::{Hit, Note};
use crate::text::Loc;
use crate::unit::Unit;
use crate::vocab::{KeyId, key};
use std::collections::BTreeMap;

/// What makes which paths read-only.
const SYSTEM: [&str; 3] = ["/usr", "/boot", "/efi"];
const TUNABLES: [&str; 9] = [
    "/proc/acpi",
    "/proc/bus",
    "/proc/fs",
    "/proc/irq",
    "/proc/sys",
    "/proc/sysrq-trigger",
    "/sys",
    "/sys/fs/bpf",
    "/sys/kernel/debug",
];

/// By which setting a path is closed, and where that is said.
type Closed = BTreeMap<String, (&'static str, Option<Loc>)>;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let openers = [key::READ_WRITE_PATHS, key::BIND_PATHS];
    if openers.iter().all(|k| unit.value(*k).is_empty()) {
        return Vec::new();
    }
    let closed = closed(unit);
    let mut hits = Vec::new();
    for id in openers {
        // of a bind mount only that of a path onto itself means "writable"
        for named in paths(unit, id).into_iter().filter(|n| n.source.as_ref().is_none_or(|s| *s == n.path)) {
            let all = (named.path == "/" && id == key::READ_WRITE_PATHS).then(|| closed.get("/usr")).flatten();
            let (state, found) = match closed.get(&named.path) {
                Some(found) => ("", Some(found)),
                None => ("below", all),
            };
            let Some((by, at)) = found else { continue };
            let hit = Hit::at(named.at).state(state).word("path", &*named.path).word("by", *by);
            hits.push(match at {
                Some(at) => hit.note(Note::on(at.clone(), "made read-only here")),
                None => hit,
            });
        }
    }
    hits
}

fn closed(unit: &Unit) -> Closed {
    let mut closed = Closed::new();
    let mut close = |id: KeyId, by: &'static str, list: &[&str]| {
        let at = unit.decisive(id).map(|a| unit.loc(a.file, a.whole()));
        closed.extend(list.iter().map(|path| ((*path).to_owned(), (by, at.clone()))));
    };
    match unit.word(key::PROTECT_SYSTEM) {
        "strict" => close(key::PROTECT_SYSTEM, "ProtectSystem=strict", &["/"]),
        "full" => {
            close(key::PROTECT_SYSTEM, "ProtectSystem=full", &SYSTEM);
            close(key::PROTECT_SYSTEM, "ProtectSystem=full", &["/etc"]);
        }
        "yes" => close(key::PROTECT_SYSTEM, "ProtectSystem=yes", &SYSTEM),
        _ => {}
    }
    if unit.word(key::PROTECT_HOME) == "read-only" {
        close(key::PROTECT_HOME, "ProtectHome=read-only", &["/home", "/root", "/run/user"]);
    }
    if unit.is_on(key::PROTECT_KERNEL_TUNABLES) {
        close(key::PROTECT_KERNEL_TUNABLES, "ProtectKernelTunables=yes", &TUNABLES);
    }
    let groups = unit.value(key::PROTECT_CONTROL_GROUPS);
    if groups.is_true() || matches!(groups.word(), Some("yes" | "strict")) {
        close(key::PROTECT_CONTROL_GROUPS, "ProtectControlGroups=", &["/sys/fs/cgroup"]);
    }
    closed.extend(paths(unit, key::READ_ONLY_PATHS).into_iter().map(|n| (n.path, ("ReadOnlyPaths=", Some(n.at)))));
    closed
}
