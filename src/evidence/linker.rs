//! Where the dynamic linker finds libraries in a system: ld.so(8).

use super::elf::{Elf, Machine};
use super::system::{Node, System};
use crate::tree::NodeKind;

/// Directories that every linker looks into, after those of its configuration.
const USUAL: [&str; 6] = ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/lib32", "/usr/lib32"];
/// Names of directories for one processor, as Debian has them.
const TRIPLETS: [(Machine, &str); 4] = [
    (Machine::X86_64, "x86_64-linux-gnu"),
    (Machine::X86, "i386-linux-gnu"),
    (Machine::Other(183, true), "aarch64-linux-gnu"),
    (Machine::Other(243, true), "riscv64-linux-gnu"),
];
/// A configuration is no larger.
const LARGE: usize = 1 << 16;

/// The linker of a system.
pub(super) struct Linker {
    configured: Vec<String>,
}

impl Linker {
    pub(super) fn of(system: &System<'_>) -> Self {
        let mut configured = Vec::new();
        let dir = "/etc/ld.so.conf.d";
        let mut files: Vec<String> = vec!["/etc/ld.so.conf".into()];
        files.extend(system.names(dir).iter().filter(|n| n.ends_with(".conf")).map(|n| format!("{dir}/{n}")));
        for file in files {
            let text = system.look(&file).found().and_then(|n| system.head(&n, LARGE)).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).into_owned();
            configured.extend(text.lines().map(str::trim).filter(|l| l.starts_with('/')).map(str::to_owned));
        }
        Self { configured }
    }

    /// The file of a library that a program or another library asks for.
    pub(super) fn find(&self, system: &System<'_>, name: &str, of: &Elf, origin: &str) -> Option<Node> {
        if name.contains('/') {
            return file(system, name);
        }
        let home = origin.rsplit_once('/').map_or("", |(dir, _)| dir);
        let own = of.runpath.iter().map(|d| d.replace("${ORIGIN}", home).replace("$ORIGIN", home));
        let triplet = TRIPLETS.iter().find(|(m, _)| *m == of.machine).map(|(_, t)| *t);
        let multi = triplet
            .into_iter()
            .flat_map(|t| [format!("/usr/lib/{t}"), format!("/lib/{t}"), format!("/usr/local/lib/{t}")]);
        let usual = self.configured.iter().cloned().chain(USUAL.map(str::to_owned));
        // one that lies beside who asks for it or a directory above, and nowhere else, has been loaded by who asked for that
        let above = home.rsplit_once('/').map_or("", |(dir, _)| dir);
        let near = [home, above].map(str::to_owned);
        own.chain(multi).chain(usual).chain(near).find_map(|dir| file(system, &format!("{dir}/{name}")))
    }
}

fn file(system: &System<'_>, path: &str) -> Option<Node> {
    system.look(path).found().filter(|n| n.stat.kind == NodeKind::File)
}
