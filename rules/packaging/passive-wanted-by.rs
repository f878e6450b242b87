//! Services that are to start with a target that is no step of the boot.

use crate::rule::amount::PULLED_IN_BY;
use crate::rule::{Hit, Shipped};
use crate::vocab::{KeyId, Scope, UnitKind, key};

/// Targets that whoever provides the thing pulls in, or that only order (systemd.special(7), "Passive System Units").
const PASSIVE: [&str; 16] = [
    "blockdev@.target",
    "cryptsetup-pre.target",
    "first-boot-complete.target",
    "local-fs-pre.target",
    "network-pre.target",
    "network.target",
    "nss-lookup.target",
    "nss-user-lookup.target",
    "remote-fs-pre.target",
    "rpcbind.target",
    "ssh-access.target",
    "system-update-pre.target",
    "time-set.target",
    "time-sync.target",
    "veritysetup-pre.target",
    "xdg-desktop-autostart.target",
];

/// Targets that are reached when the system goes down or is being mended.
const RARE: [&str; 10] = [
    "ctrl-alt-del.target",
    "emergency.target",
    "exit.target",
    "final.target",
    "kexec.target",
    "poweroff.target",
    "reboot.target",
    "rescue.target",
    "shutdown.target",
    "umount.target",
];

/// Which provide such a target are right to be pulled in with it.
const PROVIDERS: [KeyId; 2] = [key::WANTS, key::REQUIRES];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    for unit in shipped.units.iter().filter(|u| u.kind() == UnitKind::Service && u.scope == Scope::System) {
        let mut hits = Vec::new();
        let mut other = false;
        for (id, entry) in PULLED_IN_BY.iter().flat_map(|k| unit.counted(*k).map(move |e| (*k, e))) {
            for name in entry.text().split_ascii_whitespace() {
                let state = if PASSIVE.contains(&name) { "passive" } else { "rare" };
                let names = |k: &KeyId| unit.has_word(*k, |w| w == name);
                let stops = state == "rare" && unit.counted(key::DEFAULT_DEPENDENCIES).next().is_some();
                if (state == "rare" && !RARE.contains(&name)) || stops || PROVIDERS.iter().any(names) {
                    other = true;
                    continue;
                }
                let hit = Hit::at(entry.word(name)).state(state).word("target", name);
                hits.push(
                    hit.word("key", id.name())
                        .help("write WantedBy=multi-user.target for a service that runs with the system"),
                );
            }
        }
        if !other {
            out.extend(hits);
        }
    }
    out
}
