//! Files below /etc that a package ships although the place is the administrator's.

use crate::load::is_side_directory;
use crate::rule::shipped::Entry;
use crate::rule::{Hit, Shipped};
use crate::tree::NodeKind;
use crate::vocab::name::UnitName;

/// Directories of other files, the end of their names, what they are called, and where they belong.
const OTHERS: [(&str, &str, &str, &str); 5] = [
    ("/etc/tmpfiles.d", ".conf", "tmpfiles", "/usr/lib/tmpfiles.d"),
    ("/etc/sysusers.d", ".conf", "sysusers", "/usr/lib/sysusers.d"),
    ("/etc/udev/rules.d", ".rules", "udev", "/usr/lib/udev/rules.d"),
    ("/etc/systemd/system-preset", ".preset", "preset", "/usr/lib/systemd/system-preset"),
    ("/etc/systemd/user-preset", ".preset", "preset", "/usr/lib/systemd/user-preset"),
];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    // in an installed system they are the administrator's
    if shipped.is_whole {
        return out;
    }
    for scope in ["system", "user"] {
        let to = format!("/usr/lib/systemd/{scope}");
        for entry in shipped.list(&format!("/etc/systemd/{scope}")) {
            if entry.kind == NodeKind::Directory && is_side_directory(&entry.name) {
                let state = if entry.name.ends_with(".d") { "dropin" } else { "enabled" };
                let inside = shipped.list(&entry.path);
                let to = format!("{to}/{}", entry.name);
                out.extend(inside.iter().map(|e| told(shipped, e, state, &to)));
            } else if UnitName::parse(&entry.name).is_some() {
                let state = if entry.kind == NodeKind::Link { "link" } else { "unit" };
                out.push(told(shipped, &entry, state, &to));
            }
        }
    }
    for (dir, suffix, state, to) in OTHERS {
        let here = shipped.list(dir).into_iter().filter(|e| e.name.ends_with(suffix));
        out.extend(here.map(|e| told(shipped, &e, state, to)));
    }
    out
}

fn told(shipped: &Shipped<'_>, entry: &Entry, state: &'static str, to: &str) -> Hit {
    let hit = shipped.hit(&entry.path).state(state).word("name", &entry.name);
    match state {
        "enabled" | "link" => {
            hit.help("leave it to presets and to systemctl enable, which the scripts of the package call")
        }
        _ => hit.help(format!("ship it as {to}/{}", entry.name)),
    }
}
