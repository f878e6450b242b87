//! Where units are searched: systemd.unit(5), "Unit File Load Path", and what a path on the command line stands for.

use crate::vocab::name::UnitName;
use crate::vocab::{Scope, UnitKind};
use std::path::{Component, Path, PathBuf};

/// Directories below a root for the system manager, the strongest first.
const SYSTEM: &[&str] = &[
    "etc/systemd/system.control",
    "run/systemd/system.control",
    "run/systemd/transient",
    "run/systemd/generator.early",
    "etc/systemd/system",
    "etc/systemd/system.attached",
    "run/systemd/system",
    "run/systemd/system.attached",
    "run/systemd/generator",
    "usr/local/lib/systemd/system",
    "lib/systemd/system",
    "usr/lib/systemd/system",
    "run/systemd/generator.late",
];

/// The same for the managers of users; what lies in somebody's home is not part of a root.
const USER: &[&str] = &[
    "etc/xdg/systemd/user",
    "etc/systemd/user",
    "run/systemd/user",
    "usr/local/share/systemd/user",
    "usr/share/systemd/user",
    "usr/local/lib/systemd/user",
    "lib/systemd/user",
    "usr/lib/systemd/user",
];

fn below_root(scope: Scope) -> &'static [&'static str] {
    match scope {
        Scope::System => SYSTEM,
        Scope::User => USER,
    }
}

/// The search path of a root. `/lib` comes before `/usr/lib`: on a merged system they are one and the catalog sees it.
pub fn search_path(root: &Path, scope: Scope) -> Vec<PathBuf> {
    below_root(scope).iter().map(|d| root.join(d)).collect()
}

/// A directory that is a search path of some root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnitDirectory {
    /// what stands before
    pub root: PathBuf,
    /// whose units it holds
    pub scope: Scope,
}

/// `ROOT/usr/lib/systemd/system` as `ROOT`; `None` for any other directory.
pub fn unit_directory(dir: &Path) -> Option<UnitDirectory> {
    let parts: Vec<&str> = dir
        .components()
        .filter_map(|c| match c {
            Component::CurDir => None,
            other => Some(other.as_os_str().to_str().unwrap_or("\u{fffd}")),
        })
        .collect();
    [Scope::System, Scope::User].into_iter().find_map(|scope| {
        // the longest wins: usr/local/lib is not a root called usr/local with a lib
        let matching = below_root(scope).iter().filter_map(|known| {
            let known: Vec<&str> = known.split('/').collect();
            parts.ends_with(&known).then_some(known.len())
        });
        // as it is written: `.` stays, so that what lies in it is told as it was reached
        let root = dir.ancestors().nth(matching.max()?)?.to_owned();
        Some(UnitDirectory { root, scope })
    })
}

/// What a file name says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// a unit
    Unit(UnitName),
    /// a drop-in of the named unit, template, prefix or type directory
    DropIn {
        /// the name of its directory without `.d`
        owner: String,
    },
    /// nothing that systemd reads
    Other,
}

/// The unit that a drop-in directory belongs to: `foo.service.d`, `foo-.service.d` and `service.d` as `foo.service`,
/// `foo-.service` and `service`.
pub fn dropin_owner(directory: &str) -> Option<&str> {
    let owner = directory.strip_suffix(".d")?;
    (UnitName::parse(owner).is_some() || UnitKind::named(owner).is_some()).then_some(owner)
}

/// The unit that a `NAME.wants`, `NAME.requires` or `NAME.upholds` directory belongs to.
pub fn dependency_owner(directory: &str) -> Option<&str> {
    [".wants", ".requires", ".upholds"].iter().find_map(|s| directory.strip_suffix(s))
}

/// `x.d`, `x.wants`, `x.requires`, `x.upholds`: never a search path.
pub fn is_side_directory(name: &str) -> bool {
    [".d", ".wants", ".requires", ".upholds"].iter().any(|s| name.ends_with(s))
}

impl Kind {
    /// Judges a path by its last two components.
    pub fn of(path: &Path) -> Self {
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else {
            return Self::Other;
        };
        if let Some(unit) = UnitName::parse(name) {
            return Self::Unit(unit);
        }
        let parent = path.parent().and_then(Path::file_name).and_then(|n| n.to_str());
        match parent.and_then(dropin_owner) {
            Some(owner) if name.ends_with(".conf") => Self::DropIn { owner: owner.to_owned() },
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_recognised() {
        let root = |p: &str| unit_directory(Path::new(p)).map(|d| (d.root.to_str().unwrap().to_owned(), d.scope));
        assert_eq!(root("/x/usr/lib/systemd/system/"), Some(("/x".into(), Scope::System)));
        assert_eq!(root("/usr/local/lib/systemd/system"), Some(("/".into(), Scope::System)));
        assert_eq!(root("./etc/systemd/user"), Some((".".into(), Scope::User)));
        assert_eq!(root("/x/systemd/system"), None);
        assert_eq!(root("/x/usr/lib/systemd/system/foo.service.d"), None);
    }

    #[test]
    fn file_names() {
        assert!(matches!(Kind::of(Path::new("a/b.service")), Kind::Unit(_)));
        assert_eq!(Kind::of(Path::new("service.d/x.conf")), Kind::DropIn { owner: "service".into() });
        assert_eq!(Kind::of(Path::new("x.d/x.conf")), Kind::Other);
        assert_eq!(Kind::of(Path::new("a.service.d/x.conf~")), Kind::Other);
    }
}
