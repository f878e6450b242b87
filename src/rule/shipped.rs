//! What a package ships, for the rules that look at a package as a whole: its files, its units, and what runs when it comes
//! and goes. Plain data; whoever read the package fills it in.

use super::Hit;
use crate::text::{Loc, Source, Span};
use crate::tree::{self, NodeKind, Stat, Tree};
use crate::unit::Unit;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The `check` of a rule about packages.
pub type PackageCode = fn(&Shipped<'_>) -> Vec<Hit>;

/// Who installs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// dpkg
    Deb,
    /// rpm
    Rpm,
    /// nobody: a tar archive, an image, the root of a system
    Other,
}

/// Where units are, of all users' managers and of the system's.
pub const UNITS: [&str; 8] = [
    "/etc/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/etc/systemd/user",
    "/usr/local/lib/systemd/user",
    "/usr/lib/systemd/user",
    "/usr/share/systemd/user",
];

/// Where systemd-tmpfiles looks.
pub const TMPFILES: [&str; 5] =
    ["/etc/tmpfiles.d", "/run/tmpfiles.d", "/usr/local/lib/tmpfiles.d", "/usr/lib/tmpfiles.d", "/lib/tmpfiles.d"];

/// Where systemd-sysusers looks.
pub const SYSUSERS: [&str; 5] =
    ["/etc/sysusers.d", "/run/sysusers.d", "/usr/local/lib/sysusers.d", "/usr/lib/sysusers.d", "/lib/sysusers.d"];

/// Where udev looks.
pub const UDEV: [&str; 5] = [
    "/etc/udev/rules.d",
    "/run/udev/rules.d",
    "/usr/local/lib/udev/rules.d",
    "/usr/lib/udev/rules.d",
    "/lib/udev/rules.d",
];

/// What the message bus starts, of the system and of sessions.
pub const ACTIVATION: [&str; 4] = [
    "/usr/share/dbus-1/system-services",
    "/usr/share/dbus-1/services",
    "/etc/dbus-1/system-services",
    "/etc/dbus-1/services",
];

/// Something that runs when a package comes or goes.
#[derive(Clone, Debug)]
pub struct Script {
    /// as its format calls it: `postinst`, `post`
    pub name: String,
    /// what runs it; nothing for what is no script
    pub interpreter: Option<String>,
    /// its text
    pub source: Arc<Source>,
}

/// Something that is wrong with an archive.
#[derive(Clone, Debug)]
pub struct Fault {
    /// `broken`, `limit`, `trick` or `odd`
    pub weight: &'static str,
    /// what was seen
    pub what: String,
    /// why it matters
    pub why: &'static str,
    /// what to do
    pub advice: &'static str,
}

/// A package.
pub struct Shipped<'a> {
    /// its name
    pub name: &'a str,
    /// who installs it
    pub format: Format,
    /// its files
    pub tree: &'a dyn Tree,
    /// what stands before every path of its tree
    pub root: &'a Path,
    /// what runs when it comes and goes
    pub scripts: Vec<Script>,
    /// files that an administrator may change, as they are installed
    pub conffiles: &'a [PathBuf],
    /// files that belong to it and are not in it, as they are installed
    pub ghosts: &'a [PathBuf],
    /// its units
    pub units: &'a [Unit],
    /// what is wrong with the archive
    pub faults: Vec<Fault>,
    /// the names of packages that are there when it is, or may be
    pub depends: Vec<String>,
    /// all files of a system are there, not only those of one package
    pub is_whole: bool,
    /// what was read
    pub(crate) read: RefCell<BTreeMap<PathBuf, Option<Arc<Source>>>>,
}

/// A file that a package ships.
#[derive(Clone, Debug)]
pub struct Entry {
    /// its name
    pub name: String,
    /// its path as it is installed: `/usr/lib/tmpfiles.d/x.conf`
    pub path: String,
    /// what it is
    pub kind: NodeKind,
}

impl<'a> Shipped<'a> {
    /// A package with nothing but files.
    pub fn new(name: &'a str, tree: &'a dyn Tree, root: &'a Path) -> Self {
        Self {
            name,
            format: Format::Other,
            tree,
            root,
            scripts: Vec::new(),
            conffiles: &[],
            ghosts: &[],
            units: &[],
            faults: Vec::new(),
            depends: Vec::new(),
            is_whole: false,
            read: RefCell::default(),
        }
    }

    /// Where a path that begins with a slash is in the tree.
    pub fn inside(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The path of a file of its tree as it is installed.
    pub fn installed(&self, path: &Path) -> String {
        format!("/{}", path.strip_prefix(self.root).unwrap_or(path).display())
    }

    /// What is in a directory such as `/usr/lib/tmpfiles.d`, by name.
    pub fn list(&self, dir: &str) -> Vec<Entry> {
        let Ok(real) = tree::resolve(self.tree, self.root, &self.inside(dir)) else { return Vec::new() };
        self.entries(dir, &real)
    }

    fn entries(&self, dir: &str, real: &Path) -> Vec<Entry> {
        let entry = |e: tree::Entry| {
            let name = e.name.into_string().ok()?;
            Some(Entry { path: format!("{dir}/{name}"), name, kind: e.kind })
        };
        let mut all: Vec<Entry> = self.tree.list(real).unwrap_or_default().into_iter().filter_map(entry).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The same in several directories, such as those of `tmpfiles.d` below `/etc`, `/run` and `/usr/lib`.
    /// What two names stand for, as /lib and /usr/lib often do, is there once.
    pub fn list_all(&self, dirs: &[&str]) -> Vec<Entry> {
        let (mut seen, mut out) = (BTreeSet::new(), Vec::new());
        for dir in dirs {
            if let Ok(real) = tree::resolve(self.tree, self.root, &self.inside(dir))
                && seen.insert(real.clone())
            {
                out.extend(self.entries(dir, &real));
            }
        }
        out
    }

    /// The texts among them whose names end so.
    pub fn texts(&self, dirs: &[&str], suffix: &str) -> Vec<Arc<Source>> {
        let named = self.list_all(dirs).into_iter().filter(|e| e.name.ends_with(suffix));
        named.filter_map(|e| self.text(&e.path)).collect()
    }

    /// What is at a path; links are followed inside the package.
    pub fn stat(&self, path: &str) -> Option<Stat> {
        let real = tree::resolve(self.tree, self.root, &self.inside(path)).ok()?;
        self.tree.stat(&real).ok()
    }

    /// Whether something is there, be it a link that leads out of the package.
    pub fn has(&self, path: &str) -> bool {
        self.stat(path).is_some() || self.tree.stat(&self.inside(path)).is_ok()
    }

    /// A text that it ships. Asked twice, it is read once.
    pub fn text(&self, path: &str) -> Option<Arc<Source>> {
        let inside = self.inside(path);
        if let Some(known) = self.read.borrow().get(&inside) {
            return known.clone();
        }
        let real = tree::resolve(self.tree, self.root, &inside).ok();
        let bytes = real.and_then(|real| self.tree.read(&real).ok());
        let source = bytes.map(|bytes| Arc::new(Source::new(&inside, bytes)));
        self.read.borrow_mut().insert(inside, source.clone());
        source
    }

    /// A hit at a file as a whole.
    pub fn hit(&self, path: &str) -> Hit {
        Hit::whole(self.inside(path))
    }

    /// The unit of a name, of the system's manager.
    pub fn unit(&self, name: &str) -> Option<&'a Unit> {
        self.units.iter().find(|u| u.name.as_str() == name && u.scope == crate::vocab::Scope::System)
    }
}

/// The lines of a text that say something, each with its place: no comments, no blanks around.
pub fn lines(source: &Arc<Source>) -> impl Iterator<Item = (Loc, String)> {
    let mut at = 0;
    source.bytes.split(|b| *b == b'\n').filter_map(move |line| {
        let begin = at;
        at += line.len() + 1;
        let text = String::from_utf8_lossy(line);
        let said = text.trim_matches(|c: char| c.is_ascii_whitespace());
        if said.is_empty() || said.starts_with(['#', ';']) {
            return None;
        }
        let blanks = line.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let end = begin + line.trim_ascii_end().len();
        let span = Span::new(begin + blanks, end.max(begin + blanks));
        Some((Loc { source: source.clone(), span }, said.to_owned()))
    })
}
