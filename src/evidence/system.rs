//! The system that a unit belongs to: its files. Nothing is asked before somebody wants to know, and each path only once.
//!
//! The machine that runs the program is not the one that a unit is for, unless its root is looked at. So a path that is not
//! there is missing only where the root is a whole system; elsewhere nothing is known of it.

use crate::host::Hosts;
use crate::load::{self, Catalog};
use crate::target::Target;
use crate::tree::{self, NodeKind, Stat, Tree, Unresolved};
use crate::unit::cgroups::Manager;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Where systemd looks for a program without a slash; a system where two of these are one does no harm.
pub(crate) const SEARCH_PATH: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/// The system of a unit.
pub struct System<'a> {
    /// the machine that will run its units, if that is known
    pub hosts: Option<&'a Hosts>,
    files: Option<Files<'a>>,
    manager: OnceLock<Manager>,
}

struct Files<'a> {
    tree: &'a dyn Tree,
    catalog: &'a Catalog,
    root: &'a Path,
    asked: &'a [PathBuf],
    /// what of a system is there
    extent: OnceLock<Extent>,
    /// whether its files have the owners that they will have
    owned: OnceLock<bool>,
    /// directories without links
    directories: Mutex<BTreeMap<String, Directory>>,
    seen: Mutex<BTreeMap<String, Look>>,
    /// what is in directories
    names: Mutex<BTreeMap<String, Arc<[String]>>>,
}

/// What a path leads to.
#[derive(Clone)]
enum Directory {
    Real(PathBuf),
    Missing,
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// files that belong to no root
    Nothing,
    /// some of its files: what a package brings
    Part,
    /// all
    Whole,
}

/// A file or directory of the system.
#[derive(Clone, Debug)]
pub struct Node {
    /// its path in the system, without links
    pub path: String,
    /// what it is
    pub stat: Stat,
}

/// What was seen at a path.
#[derive(Clone, Debug)]
pub enum Look {
    /// it is there
    Found(Node),
    /// the system is whole and does not have it
    Missing,
    /// nobody can tell
    Unknown,
}

impl Look {
    /// What is there.
    pub fn found(self) -> Option<Node> {
        match self {
            Self::Found(node) => Some(node),
            Self::Missing | Self::Unknown => None,
        }
    }

    /// Whether it is sure not to be there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }
}

/// Files by which a system shows that it is whole: each of these lists needs one that is there.
const WHOLE: [&[&str]; 2] = [
    &["usr/lib/os-release", "etc/os-release", "etc/initrd-release"],
    &["usr/lib/systemd/systemd", "lib/systemd/systemd", "usr/bin/sh", "bin/sh"],
];

impl<'a> System<'a> {
    /// Nothing is known.
    pub fn unknown() -> Self {
        Self { hosts: None, files: None, manager: OnceLock::new() }
    }

    /// The system that a search path belongs to.
    pub fn of(tree: &'a dyn Tree, catalog: &'a Catalog) -> Self {
        let files = Files {
            tree,
            catalog,
            root: &catalog.root,
            asked: &catalog.asked,
            extent: OnceLock::new(),
            owned: OnceLock::new(),
            directories: Mutex::default(),
            seen: Mutex::default(),
            names: Mutex::default(),
        };
        Self { hosts: None, files: Some(files), manager: OnceLock::new() }
    }

    /// The same on a machine.
    #[must_use]
    pub fn on(self, hosts: Option<&'a Hosts>) -> Self {
        Self { hosts, ..self }
    }

    /// The files, where some are known.
    fn files(&self) -> Option<&Files<'a>> {
        self.files.as_ref().filter(|f| f.extent() != Extent::Nothing)
    }

    /// What its manager gives to units that say nothing.
    pub fn manager(&self, target: Target) -> &Manager {
        let read = |f: &Files<'_>| Manager::read(f.tree, f.catalog, target);
        self.manager.get_or_init(|| self.files.as_ref().map(read).unwrap_or_default())
    }

    /// Whether some of its files are there to be looked at.
    pub fn is_known(&self) -> bool {
        self.files().is_some()
    }

    /// Whether all files of the system are there to be looked at.
    pub fn is_whole(&self) -> bool {
        self.files().is_some_and(|f| f.extent() == Extent::Whole)
    }

    /// The root, where all of its files are there to be looked at.
    pub fn whole(&self) -> Option<(&'a dyn Tree, &'a Path)> {
        self.files().filter(|f| f.extent() == Extent::Whole).map(|f| (f.tree, f.root))
    }

    /// What is at an absolute path; links are followed inside the root.
    pub fn look(&self, path: &str) -> Look {
        let Some(files) = self.files() else { return Look::Unknown };
        if let Some(known) = lock(&files.seen).get(path) {
            return known.clone();
        }
        let look = files.look(path);
        lock(&files.seen).insert(path.to_owned(), look.clone());
        look
    }

    /// Whether there is a link at a path, wherever it leads.
    pub fn is_link(&self, path: &str) -> bool {
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.files().is_some_and(|f| match f.directory(dir) {
            Directory::Real(dir) => f.tree.stat(&dir.join(name)).is_ok_and(|s| s.kind == NodeKind::Link),
            Directory::Missing | Directory::Closed => false,
        })
    }

    /// The beginning of a file that was seen.
    pub fn head(&self, node: &Node, most: usize) -> Option<Vec<u8>> {
        let files = self.files().filter(|_| node.stat.kind == NodeKind::File)?;
        files.tree.head(&files.outside(&node.path), most).ok()
    }

    /// The capabilities that a program gets by its file.
    pub fn capabilities(&self, node: &Node) -> u64 {
        self.files().map_or(0, |files| files.tree.capabilities(&files.outside(&node.path)))
    }

    /// The names in a directory.
    pub fn names(&self, dir: &str) -> Arc<[String]> {
        let Some(files) = self.files() else { return Arc::default() };
        if let Some(names) = lock(&files.names).get(dir) {
            return names.clone();
        }
        let listed = match files.directory(dir) {
            Directory::Real(dir) => files.tree.list(&dir).unwrap_or_default(),
            Directory::Missing | Directory::Closed => Vec::new(),
        };
        let names: Arc<[String]> = listed.into_iter().filter_map(|e| e.name.into_string().ok()).collect();
        lock(&files.names).insert(dir.to_owned(), names.clone());
        names
    }

    /// Whether permissions of files tell something: some file systems let everybody do everything.
    pub fn has_modes(&self) -> bool {
        self.look("/").found().is_some_and(|n| n.stat.mode & 0o002 == 0)
    }

    /// Whether owners and groups of files tell something: who unpacks a system without being root owns all of it.
    pub fn has_owners(&self) -> bool {
        let root_owns = |f: &Files<'_>| {
            let dirs = [f.root.to_owned(), f.root.join("usr")];
            dirs.iter().all(|d| f.tree.stat(d).is_ok_and(|s| s.uid == 0 && s.gid == 0))
        };
        self.files().is_some_and(|f| *f.owned.get_or_init(|| root_owns(f)))
    }

    /// The name of a user, by /etc/passwd of the system.
    pub fn user(&self, uid: u32) -> Option<String> {
        self.users_of("/etc/passwd").into_iter().find(|(_, id)| *id == uid).map(|(name, _)| name)
    }

    /// The name of a group, by /etc/group of the system.
    pub fn group(&self, gid: u32) -> Option<String> {
        self.users_of("/etc/group").into_iter().find(|(_, id)| *id == gid).map(|(name, _)| name)
    }

    /// Names and numbers of a file; asked for only when there is something to tell.
    fn users_of(&self, path: &str) -> Vec<(String, u32)> {
        let text = self.look(path).found().and_then(|n| self.head(&n, 1 << 20)).unwrap_or_default();
        let line = |line: &str| {
            let mut fields = line.split(':');
            Some((fields.next()?.to_owned(), fields.nth(1)?.parse().ok()?))
        };
        String::from_utf8_lossy(&text).lines().filter_map(line).collect()
    }
}

impl Files<'_> {
    fn extent(&self) -> Extent {
        *self.extent.get_or_init(|| {
            // a file of one's own beside the units of the machine says nothing of the machine
            let is_ours = |dir: &PathBuf| load::unit_directory(dir).is_some_and(|d| d.root == self.root);
            if !self.asked.iter().any(is_ours) {
                return Extent::Nothing;
            }
            let there = |path: &str| tree::resolve(self.tree, self.root, &self.root.join(path)).is_ok();
            let whole = WHOLE.iter().all(|any| any.iter().any(|path| there(path)));
            if whole { Extent::Whole } else { Extent::Part }
        })
    }

    fn look(&self, path: &str) -> Look {
        let absent = if self.extent() == Extent::Whole { Look::Missing } else { Look::Unknown };
        let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
        let dir = match self.directory(dir) {
            Directory::Real(dir) => dir,
            Directory::Missing => return absent,
            Directory::Closed => return Look::Unknown,
        };
        let place = if name.is_empty() || name == "." || name == ".." { dir } else { dir.join(name) };
        let seen = match self.tree.stat(&place) {
            Ok(stat) if stat.kind == NodeKind::Link => match tree::resolve(self.tree, self.root, &place) {
                Ok(real) => self.tree.stat(&real).map(|stat| (real, stat)),
                Err(Unresolved::Missing | Unresolved::Loop) => return absent,
                Err(Unresolved::Failed(e)) => Err(e),
            },
            other => other.map(|stat| (place, stat)),
        };
        match seen {
            Ok((real, stat)) => Look::Found(Node { path: self.inside(&real), stat }),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => absent,
            Err(_) => Look::Unknown,
        }
    }

    /// A directory without links.
    fn directory(&self, path: &str) -> Directory {
        if let Some(known) = lock(&self.directories).get(path) {
            return known.clone();
        }
        let found = match tree::resolve(self.tree, self.root, &self.outside(path)) {
            Ok(real) => Directory::Real(real),
            Err(Unresolved::Missing | Unresolved::Loop) => Directory::Missing,
            Err(Unresolved::Failed(e)) if e.kind() == ErrorKind::NotADirectory => Directory::Missing,
            Err(Unresolved::Failed(_)) => Directory::Closed,
        };
        lock(&self.directories).insert(path.to_owned(), found.clone());
        found
    }

    /// A path of the system as it is reached.
    fn outside(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// What was reached as a path of the system.
    fn inside(&self, path: &Path) -> String {
        let below = path.strip_prefix(self.root).unwrap_or(path).to_string_lossy();
        format!("/{}", below.trim_start_matches('/'))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Memory;
    use crate::vocab::Scope;

    fn with<T>(tree: &Memory, dirs: &[&str], ask: impl FnOnce(&System<'_>) -> T) -> T {
        let root = Path::new("/r");
        let catalog = Catalog::read(tree, root, dirs.iter().map(|d| root.join(d)).collect(), Scope::System);
        ask(&System::of(tree, &catalog))
    }

    #[test]
    fn only_a_whole_system_misses_something() {
        let part = Memory::new().file("/r/etc/systemd/system/a.service", "").file("/r/usr/bin/a", "#!/bin/sh\n");
        let whole = part.clone().file("/r/usr/lib/os-release", "").file("/r/usr/lib/systemd/systemd", "");
        let looks =
            |host: &System<'_>| (host.look("/usr/bin/a").found().is_some(), host.look("/usr/bin/b").is_missing());
        assert_eq!(with(&part, &["etc/systemd/system"], looks), (true, false));
        assert_eq!(with(&whole, &["etc/systemd/system"], looks), (true, true));
        // loose files beside a system
        assert_eq!(with(&whole, &["units"], looks), (false, false));
        assert_eq!(looks(&System::unknown()), (false, false));
    }

    #[test]
    fn links_stay_inside() {
        let tree = Memory::new()
            .file("/r/etc/systemd/system/a.service", "")
            .file("/r/etc/os-release", "")
            .file("/r/usr/bin/sh", "")
            .file("/outside", "")
            .link("/r/bin", "/usr/bin")
            .link("/r/usr/bin/out", "../../../../outside")
            .link("/r/usr/bin/up", "../../../../../bin/sh");
        with(&tree, &["etc/systemd/system"], |host| {
            assert!(host.is_whole() && host.look("/usr/bin/out").is_missing() && host.is_link("/bin/out"));
            assert_eq!(host.look("/bin/up").found().map(|n| n.path), Some("/usr/bin/sh".into()));
            assert_eq!(host.look("/").found().map(|n| n.path), Some("/".into()));
        });
    }
}
