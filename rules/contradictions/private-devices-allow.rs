//! Devices that may be opened and are not there: what the private /dev holds (`mount_private_dev()`).

use crate::rule::named::{ancestors, each_command, is_free, paths};
use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::vocab::words::{Split, words};
use crate::vocab::{UnitKind, key};
use std::collections::BTreeSet;

/// Nodes and directories of the private /dev.
const THERE: [&str; 16] = [
    "null",
    "zero",
    "full",
    "random",
    "urandom",
    "tty",
    "ptmx",
    "pts",
    "shm",
    "mqueue",
    "hugepages",
    "log",
    "char",
    "fd",
    "stdin",
    "console",
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if !unit.is_on(key::PRIVATE_DEVICES) || unit.value(key::DEVICE_ALLOW).is_empty() || has_free_command(unit) {
        return Vec::new();
    }
    let binds = [key::BIND_PATHS, key::BIND_READ_ONLY_PATHS].into_iter().flat_map(|k| paths(unit, k));
    let bound: BTreeSet<String> = binds.map(|named| named.path).collect();
    let private = unit.decisive(key::PRIVATE_DEVICES).map(|a| unit.loc(a.file, a.whole()));
    let mut hits = Vec::new();
    for entry in unit.counted(key::DEVICE_ALLOW) {
        let Some(Ok(word)) = words(entry.text(), Split::UNQUOTE).next() else { continue };
        // whole classes of devices, and what is not known here
        let Some(name) = word.text.strip_prefix("/dev/").filter(|n| !n.contains(['%', '*'])) else { continue };
        let top = name.split('/').next().unwrap_or_default();
        let back = ancestors(&word.text).any(|dir| bound.contains(dir));
        if THERE.contains(&top) || back {
            continue;
        }
        let mut hit = Hit::at(entry.part(word.at)).word("device", &*word.text);
        if let Some(at) = &private {
            hit = hit.note(Note::on(at.clone(), "the private /dev is made here"));
        }
        hits.push(hit.help(format!("BindPaths={} puts the node there", word.text)));
    }
    hits
}

/// A command with `+` sees the /dev of the system, and the device list still holds for it.
fn has_free_command(unit: &Unit) -> bool {
    let mut free = unit.kind() != UnitKind::Service;
    each_command(unit, |_, line| free |= is_free(line));
    free
}
