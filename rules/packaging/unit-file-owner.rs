//! Files of units that belong to somebody else than root.

use crate::rule::{Hit, Shipped};
use crate::vocab::Scope;

const GROUP_WRITE: u32 = 0o020;

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    for unit in shipped.units.iter().filter(|u| u.scope == Scope::System) {
        for file in &unit.files {
            let path = &file.source.path;
            let Ok(stat) = shipped.tree.stat(path) else { continue };
            let state = match (stat.uid, stat.gid) {
                (1.., _) => "user",
                (0, 1..) if stat.mode & GROUP_WRITE != 0 => "group",
                _ => continue,
            };
            let hit = Hit::whole(path);
            out.push(
                hit.state(state)
                    .word("unit", unit.name.as_str())
                    .help("let the file belong to root:root with mode 0644"),
            );
        }
    }
    out
}
