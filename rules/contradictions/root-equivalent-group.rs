//! Groups by which an ordinary user becomes root, unless the sandbox of the unit closes what they open.

use crate::rule::Hit;
use crate::unit::{Access, Unit};
use crate::vocab::words::{Split, words};
use crate::vocab::{Scope, key};

/// What a group opens.
#[derive(Clone, Copy)]
enum By {
    /// the socket of a daemon
    Socket(&'static str),
    Disks,
    Devices,
    File(&'static str),
}

/// A group: whether it is root's power at once, by what, and how.
const GROUPS: [(&str, bool, By, &str); 9] = [
    ("disk", true, By::Disks, "it writes to every disk below the file system"),
    ("docker", true, By::Socket("/run/docker.sock"), "it starts containers that see the whole host"),
    ("incus-admin", true, By::Socket("/var/lib/incus"), "it starts containers that see the whole host"),
    ("kmem", true, By::Devices, "it reads the memory of the machine"),
    ("libvirt", false, By::Socket("/run/libvirt"), "it defines machines that use any file and disk of the host"),
    ("lxd", true, By::Socket("/var/lib/lxd"), "it starts containers that see the whole host"),
    ("microk8s", true, By::Socket("/var/snap/microk8s"), "it starts containers that see the whole host"),
    ("shadow", false, By::File("/etc/shadow"), "it reads the hashes of all passwords"),
    ("staff", false, By::File("/usr/local"), "it writes to /usr/local, whose programs root runs"),
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut hits = Vec::new();
    let keys = [key::GROUP, key::SUPPLEMENTARY_GROUPS];
    // the user's own manager gives nobody a group
    if unit.scope == Scope::User || keys.iter().all(|k| unit.value(*k).is_empty()) || unit.is_privileged() {
        return hits;
    }
    for entry in unit.counted(key::SUPPLEMENTARY_GROUPS).chain(unit.counted(key::GROUP).last()) {
        for word in words(entry.text(), Split::UNQUOTE).map_while(Result::ok) {
            let Some((name, whole, by, gives)) = GROUPS.iter().find(|(name, ..)| *name == word.text) else { continue };
            if !is_open(unit, *by) {
                continue;
            }
            let hit = Hit::at(entry.part(word.at)).word("group", *name).word("gives", *gives);
            hits.push(if *whole { hit } else { hit.state("near") });
        }
    }
    hits
}

fn is_open(unit: &Unit, by: By) -> bool {
    let seen = |path| unit.has_own_root() || unit.access(path) != Access::Hidden;
    match by {
        By::Socket(path) => unit.can_open_family("AF_UNIX") && seen(path),
        By::Disks => unit.can_open_disks(),
        By::Devices => !unit.is_on(key::PRIVATE_DEVICES) && unit.word(key::DEVICE_POLICY) == "auto",
        By::File("/usr/local") => unit.has_own_root() || unit.access("/usr/local") == Access::Writable,
        By::File(path) => seen(path),
    }
}
