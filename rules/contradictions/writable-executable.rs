//! Programs, scripts and files of variables that others than root can write to: by the directory that they lie in, and by
//! the permissions of files that can be looked at.

use crate::evidence::System;
use crate::rule::named::{ancestors, expanded, is_fixed, is_free, is_in};
use crate::rule::program::each_run_of;
use crate::rule::{Hit, Level};
use crate::text::{Loc, Marks};
use crate::tree::NodeKind;
use crate::unit::Unit;
use crate::vocab::{Scope, key};

/// Where every user can make files.
const SHARED: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

/// What nearly every value is done with that has none of it.
static OPEN: Marks = Marks::new(&["/tmp/", "/dev/shm/", "/home/", "/run/user/", "%T", "%V"]);

/// What is done with a path.
struct Use<'u> {
    text: &'u str,
    what: &'static str,
    at: Loc,
    by_root: bool,
    /// in a /tmp of the unit's own
    private: bool,
}

pub(crate) fn check(unit: &Unit, system: &System<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    if unit.has_own_root() {
        let root = unit.value(key::ROOT_DIRECTORY).text().unwrap_or_default();
        if SHARED.iter().any(|dir| is_in(root, dir)) {
            let at = unit.decisive(key::ROOT_DIRECTORY).map(|a| unit.entry(a).value_loc());
            let hit = Hit { at, ..Hit::default() }.state("shared").word("path", root);
            hits.push(hit.word("what", "it is the root of the service"));
        }
        // what lies in it is not judged
        return hits;
    }
    let known = system.is_known();
    let private = unit.is_on(key::PRIVATE_TMP);
    let wanted = |text: &str| known || OPEN.are_in(text);
    if known || OPEN.may_be_in(unit.command_traces()) {
        each_run_of(unit, wanted, |run| {
            let (by_root, private) = (run.is_root(unit), private && !is_free(run.line));
            let parts = run.parts().into_iter().filter(|p| p.text.starts_with(['/', '%']));
            let mut uses = parts.map(|p| Use { text: p.text, what: "it is executed", at: p.at, by_root, private });
            // whoever can change the one need not change the other
            hits.extend(uses.find_map(|used| judge(unit, system, &used)));
        });
    }
    for entry in unit.counted(key::ENVIRONMENT_FILE).filter(|e| wanted(e.text())) {
        let text = entry.text().strip_prefix('-').unwrap_or(entry.text());
        let by_root = unit.scope == Scope::System && unit.is_privileged();
        // the manager reads it, which has no /tmp of its own
        let (what, private) = ("variables are read from it", false);
        hits.extend(judge(unit, system, &Use { text, what, at: entry.value_loc(), by_root, private }));
    }
    hits
}

fn judge(unit: &Unit, system: &System<'_>, used: &Use<'_>) -> Option<Hit> {
    if used.text.contains('$') {
        return None;
    }
    let path = expanded(unit, used.text)?;
    let hit = |state| Hit::at(used.at.clone()).state(state).word("what", used.what);
    if SHARED.iter().any(|dir| is_in(&path, dir)) {
        let own = used.private && !path.starts_with("/dev");
        let hit = hit("shared").word("path", &*path);
        return (!own).then(|| hit.help("keep it where only root can write: /usr/local, /opt, /etc"));
    }
    let home = |path: &str| {
        let hit = hit("home").word("path", path);
        used.by_root.then(|| hit.help("move it to where only root can write, or let it run as that user: User="))
    };
    if is_home(&path) {
        return home(&path);
    }
    if !is_fixed(unit, used.text) {
        return None;
    }
    let node = system.look(&path).found().filter(|n| n.stat.kind == NodeKind::File && system.has_modes())?;
    if is_home(&node.path) {
        return home(&node.path);
    }
    let owners = system.has_owners() && used.by_root;
    // the nearest thing that somebody else may change, on the way to a link as well
    ancestors(&node.path).chain(ancestors(&path).skip(1)).find_map(|by| {
        let stat = system.look(by).found()?.stat;
        // in a directory with the sticky bit nobody replaces what is another's
        let sticky = stat.kind == NodeKind::Directory && stat.mode & 0o1000 != 0;
        if stat.mode & 0o002 != 0 && !sticky {
            return Some(hit("world").word("by", by).help(format!("chmod o-w {by}")));
        }
        if owners && stat.uid != 0 {
            let name = system.user(stat.uid).unwrap_or_else(|| stat.uid.to_string());
            return Some(hit("owner").word("by", by).word("owner", name).help(format!("chown root {by}")));
        }
        if owners && stat.mode & 0o020 != 0 && stat.gid != 0 && !sticky {
            let name = system.group(stat.gid).unwrap_or_else(|| stat.gid.to_string());
            // a group may be trusted as much as root is
            return Some(
                hit("group").word("by", by).word("group", name).at_most(Level::Note).help(format!("chmod g-w {by}")),
            );
        }
        None
    })
}

/// Whether a path lies in the home or the runtime directory of a user.
fn is_home(path: &str) -> bool {
    let below = path.strip_prefix("/home/").or_else(|| path.strip_prefix("/run/user/"));
    below.is_some_and(|below| below.contains('/'))
}
