//! Files beside units and their like that nothing reads: in a place where nobody looks, with a name that nobody takes, or no
//! file at all.

use crate::load::dropin_owner;
use crate::rule::shipped::{Entry, SYSUSERS, TMPFILES, UDEV, UNITS};
use crate::rule::{Hit, Shipped};
use crate::tree::NodeKind;
use crate::vocab::name::UnitName;

/// Where units are put by mistake.
const ODD: [&str; 6] = [
    "/usr/share/systemd/system",
    "/usr/share/systemd",
    "/usr/lib/systemd",
    "/lib/systemd",
    "/etc/systemd",
    "/usr/libexec/systemd/system",
];

const PRESETS: [&str; 5] = [
    "/etc/systemd/system-preset",
    "/etc/systemd/user-preset",
    "/usr/lib/systemd/system-preset",
    "/usr/lib/systemd/user-preset",
    "/lib/systemd/system-preset",
];

/// Directories, and how the names in them have to end.
const NAMED: [(&[&str], &str); 4] =
    [(&TMPFILES, ".conf"), (&SYSUSERS, ".conf"), (&UDEV, ".rules"), (&PRESETS, ".preset")];

/// Ends of names of what is not to be read.
const ASIDE: [&str; 12] =
    [".dist", ".disabled", ".example", ".examples", ".in", ".md", ".off", ".sample", ".template", ".txt", "~", ".bak"];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    for entry in shipped.list_all(&UNITS) {
        let is_unit = UnitName::parse(&entry.name).is_some();
        match entry.kind {
            NodeKind::File | NodeKind::Link => {}
            NodeKind::Directory if !is_unit => {
                if let Some(owner) = dropin_owner(&entry.name) {
                    out.extend(misnamed(shipped, &shipped.list(&entry.path), ".conf").map(|h| h.word("owner", owner)));
                }
            }
            _ if is_unit => out.push(shipped.hit(&entry.path).state("kind").word("name", &entry.name)),
            _ => {}
        }
    }
    for entry in shipped.list_all(&ODD) {
        if entry.kind == NodeKind::File && UnitName::parse(&entry.name).is_some() {
            let hit = shipped.hit(&entry.path).state("place").word("name", &entry.name);
            out.push(hit.help("ship it in /usr/lib/systemd/system, or in /usr/lib/systemd/user"));
        }
    }
    for (dirs, suffix) in NAMED {
        let all = shipped.list_all(dirs);
        out.extend(misnamed(shipped, &all, suffix));
        let odd = |e: &&Entry| e.name.ends_with(suffix) && !matches!(e.kind, NodeKind::File | NodeKind::Link);
        out.extend(all.iter().filter(odd).map(|e| shipped.hit(&e.path).state("kind").word("name", &e.name)));
    }
    out
}

/// Those whose names end otherwise, and not in a way that says that they are not meant.
fn misnamed<'e>(
    shipped: &'e Shipped<'_>,
    entries: &'e [Entry],
    suffix: &'static str,
) -> impl Iterator<Item = Hit> + 'e {
    let meant = move |e: &&Entry| {
        let aside = e.name.starts_with(['.', '_']) || e.name.to_ascii_uppercase().starts_with("README");
        matches!(e.kind, NodeKind::File | NodeKind::Link)
            && !e.name.ends_with(suffix)
            && !aside
            && !ASIDE.iter().any(|end| e.name.ends_with(end))
    };
    entries.iter().filter(meant).map(move |e| {
        let hit = shipped.hit(&e.path).state("suffix").word("name", &e.name).word("suffix", suffix);
        hit.help(format!("call it {}{suffix}", e.name.rsplit_once('.').map_or(&*e.name, |(stem, _)| stem)))
    })
}
