//! Programs, scripts and files of variables that others than root can write to: by the directory that they lie in, and by
//! the permissions of files that can be looked at.

use crate::rule::named::{ancestors, expanded, is_fixed, is_in, counted};
use crate::rule::program::each_run;
use crate::rule::{Hit, Host, Level};
use crate::text::Loc;
use crate::tree::NodeKind;
use crate::unit::Unit;
use crate::vocab::{Scope, key};

/// Where every user can make files.
const SHARED: [&str; 3] = ["/tmp", "/var/tmp", "/dev/shm"];

/// What is done with a path.
struct Use<'u> {
    text: &'u str,
    what: &'static str,
    at: Loc,
    by_root: bool,
    /// it need not exist
    optional: bool,
}

pub(crate) fn check(unit: &Unit, host: &Host<'_>) -> Vec<Hit> {
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
    each_run(unit, |run| {
        for part in run.parts().into_iter().filter(|p| p.text.starts_with('/')) {
            let by_root = run.is_root(unit);
            let optional = run.line.ignore_failure;
            hits.extend(judge(unit, host, &Use { text: part.text, what: "it is executed", at: part.at, by_root, optional }));
        }
    });
    for entry in counted(unit, key::ENVIRONMENT_FILE) {
        let text = entry.text().strip_prefix('-').unwrap_or(entry.text());
        let by_root = unit.scope == Scope::System && unit.is_privileged();
        let what = "variables are read from it";
        hits.extend(judge(unit, host, &Use { text, what, at: entry.value_loc(), by_root, optional: true }));
    }
    hits
}

fn judge(unit: &Unit, host: &Host<'_>, used: &Use<'_>) -> Option<Hit> {
    // nearly every one is done with here
    let open = ["/tmp/", "/var/tmp/", "/dev/shm/", "/home/", "/run/user/", "%"].iter().any(|p| used.text.starts_with(p));
    if !open && !host.is_known() || used.text.contains('$') {
        return None;
    }
    let path = expanded(unit, used.text)?;
    let hit = |state| Hit::at(used.at.clone()).state(state).word("what", used.what);
    if SHARED.iter().any(|dir| is_in(&path, dir)) {
        let own = unit.is_on(key::PRIVATE_TMP) && !path.starts_with("/dev");
        let hit = hit("shared").word("path", &*path);
        return (!own).then(|| hit.help("keep it where only root can write: /usr/local, /opt, /etc"));
    }
    if is_home(&path) {
        let hit = hit("home").word("path", &*path);
        return used.by_root.then(|| hit.help("move it to where only root can write, or let it run as that user: User="));
    }
    if !is_fixed(unit, used.text) {
        return None;
    }
    let node = host.look(&path).found().filter(|n| n.stat.kind == NodeKind::File)?;
    let owners = host.has_owners() && used.by_root;
    // the nearest thing that somebody else may change
    ancestors(&node.path).find_map(|by| {
        let stat = host.look(by).found()?.stat;
        let level = if used.optional { Level::Warn } else { Level::Error };
        // in a directory with the sticky bit nobody replaces what is another's
        let sticky = stat.kind == NodeKind::Directory && stat.mode & 0o1000 != 0;
        if stat.mode & 0o002 != 0 && !sticky {
            return Some(hit("world").word("by", by).at_most(level).help(format!("chmod o-w {by}")));
        }
        if owners && stat.uid != 0 {
            let name = host.user(stat.uid).unwrap_or_else(|| stat.uid.to_string());
            return Some(hit("owner").word("by", by).word("owner", name).help(format!("chown root {by}")));
        }
        if owners && stat.mode & 0o020 != 0 && stat.gid != 0 && !sticky {
            let name = host.group(stat.gid).unwrap_or_else(|| stat.gid.to_string());
            // a group may be trusted as much as root is
            return Some(hit("group").word("by", by).word("group", name).at_most(Level::Note).help(format!("chmod g-w {by}")));
        }
        None
    })
}

/// Whether a path lies in the home or the runtime directory of a user.
fn is_home(path: &str) -> bool {
    let below = path.strip_prefix("/home/").or_else(|| path.strip_prefix("/run/user/"));
    below.is_some_and(|below| below.contains('/'))
}
