//! Capabilities over what belongs to the host, in a user namespace. Those over files and processes of users that are mapped
//! into it do count there.

use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::words::{Split, words};
use crate::vocab::{Scope, capability_mask, key, set};

/// What the kernel asks of the first user namespace, or of that which a host's network belongs to.
const OF_HOST: u64 = capability_mask(&[
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_SYS_TIME",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_IPC_LOCK",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_BOOT",
    "CAP_SYS_PACCT",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_BPF",
    "CAP_PERFMON",
    "CAP_AUDIT_CONTROL",
    "CAP_AUDIT_READ",
    "CAP_AUDIT_WRITE",
    "CAP_MAC_ADMIN",
    "CAP_MAC_OVERRIDE",
    "CAP_LINUX_IMMUTABLE",
]);

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Value::Capabilities(ambient) = *unit.value(key::AMBIENT_CAPABILITIES) else { return Vec::new() };
    let idle = ambient & unit.bounding_set() & OF_HOST;
    // namespaces that are delegated belong to the user namespace, and its capabilities count there
    let own = !unit.value(key::DELEGATE_NAMESPACES).is_empty();
    if idle == 0 || own || unit.scope == Scope::User || !unit.is_on(key::PRIVATE_USERS) {
        return Vec::new();
    }
    let Some(users) = unit.decisive(key::PRIVATE_USERS).map(|a| unit.entry(a)) else { return Vec::new() };
    let mut hits = Vec::new();
    for entry in unit.counted(key::AMBIENT_CAPABILITIES).filter(|e| !e.text().starts_with('~')) {
        for word in words(entry.text(), Split::UNQUOTE_RELAX).map_while(Result::ok) {
            let Some(number) = set::capability(&word.text).filter(|n| idle & (1 << n) != 0) else { continue };
            let name = set::capability_names(1 << number).next().unwrap_or_default();
            let hit = Hit::at(entry.part(word.at)).word("capability", name).word("value", users.text());
            hits.push(hit.note(Note::on(users.loc(), "the user namespace is made here")));
        }
    }
    hits
}
