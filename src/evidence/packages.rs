//! Which files came with a program: what the package manager of a Debian system keeps.

use super::system::System;
use std::collections::BTreeMap;

const LISTS: &str = "/var/lib/dpkg/info";
/// A list is no larger.
const LARGE: usize = 8 << 20;

/// The packages of a system, by the programs in them.
pub(super) struct Packages {
    by_program: BTreeMap<String, usize>,
    lists: Vec<String>,
}

impl Packages {
    pub(super) fn of(system: &System<'_>) -> Self {
        let mut out = Self { by_program: BTreeMap::new(), lists: Vec::new() };
        for name in system.names(LISTS).iter().filter(|n| n.ends_with(".list")) {
            let found = system.look(&format!("{LISTS}/{name}")).found();
            let Some(bytes) = found.and_then(|n| system.head(&n, LARGE)) else { continue };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let at = out.lists.len();
            let programs =
                text.lines().filter(|l| l.contains("bin/") || l.contains("/libexec/") || l.starts_with("/usr/lib/"));
            for path in programs.filter(|l| !l.contains(".so") && !l.contains("/python3/")) {
                out.by_program.insert(normal(path), at);
            }
            out.lists.push(text);
        }
        out
    }

    /// The files of the package that a program came with.
    pub(super) fn files_with(&self, program: &str) -> impl Iterator<Item = &str> {
        let list = self.by_program.get(&normal(program)).map_or("", |at| self.lists[*at].as_str());
        list.lines()
    }
}

/// The same for /bin and /usr/bin.
fn normal(path: &str) -> String {
    path.strip_prefix("/usr")
        .filter(|p| p.starts_with("/bin/") || p.starts_with("/sbin/") || p.starts_with("/lib"))
        .unwrap_or(path)
        .to_owned()
}
