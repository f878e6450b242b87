//! The users and groups of a system, as far as its files tell: `nsswitch.conf` says who else is asked.

use super::Probe;
use crate::host::{Names, Seen};
use std::collections::BTreeMap;

/// Users, groups.
pub(super) fn of(probe: &Probe<'_>) -> (Seen<Names>, Seen<Names>) {
    let switch = probe.of_system("/etc/nsswitch.conf");
    let names = |path: &str, database: &str| match probe.of_system(path) {
        Ok(text) => {
            let others = others(switch.as_deref().ok(), database) || has_records(probe);
            Seen::known(Names { ids: ids(&text), others }, path)
        }
        Err(why) => Seen::Unknown(why),
    };
    (names("/etc/passwd", "passwd"), names("/etc/group", "group"))
}

fn ids(text: &str) -> BTreeMap<String, u32> {
    let line = |line: &str| {
        let mut fields = line.split(':');
        Some((fields.next()?.to_owned(), fields.nth(1)?.parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// Whether somebody else than files is asked for names. The module of systemd knows those that it makes itself and the
/// records that lie in directories.
fn others(switch: Option<&str>, database: &str) -> bool {
    let Some(switch) = switch else { return false };
    let line = switch.lines().find_map(|l| l.trim().strip_prefix(database)?.trim_start().strip_prefix(':'));
    let known =
        |word: &str| word.starts_with('[') || word.ends_with(']') || ["files", "compat", "systemd"].contains(&word);
    line.is_some_and(|l| !l.split('#').next().unwrap_or_default().split_whitespace().all(known))
}

fn has_records(probe: &Probe<'_>) -> bool {
    let filled = |dir: &str| probe.tree.list(&probe.root.join(dir)).is_ok_and(|l| !l.is_empty());
    ["etc/userdb", "run/userdb", "run/host/userdb", "usr/lib/userdb"].iter().any(|dir| filled(dir))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_sources() {
        assert!(!others(Some("passwd:  files systemd\ngroup: files [SUCCESS=merge] systemd\n"), "group"));
        assert!(others(Some("passwd: files sss # and more\n"), "passwd"));
        assert!(!others(None, "passwd"));
        assert_eq!(ids("root:x:0:0:root:/root:/bin/sh\nbroken\n").get("root"), Some(&0));
    }
}
