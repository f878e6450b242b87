//! Where units are searched: systemd.unit(5), "Unit File Load Path", and what a path on the command line stands for.

use crate::vocab::name::UnitName;
use crate::vocab::{Scope, UnitKind};
use std::path::{Path, PathBuf};

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

/// Where configuration is below a root, the strongest first; `/lib` is `/usr/lib` on a merged system.
const CONFIGURATION: &[&str] = &["etc", "run", "usr/local/lib", "usr/lib", "lib"];

/// The directories of a root that hold the configuration of systemd's programs, the strongest first.
pub fn configuration_path(root: &Path) -> Vec<PathBuf> {
    CONFIGURATION.iter().map(|d| root.join(d).join("systemd")).collect()
}

/// Whether a directory is one of those of the system manager that count before `/etc/systemd/system.attached`.
pub(super) fn is_before_attached(dir: &Path) -> bool {
    SYSTEM.iter().take_while(|d| **d != "etc/systemd/system.attached").any(|d| dir.ends_with(d))
}

/// The directories of a root that hold a directory for each profile of portable services (portablectl(1)).
pub fn profile_path(root: &Path, scope: Scope) -> Vec<PathBuf> {
    let below = match scope {
        Scope::System => "systemd/portable/profile",
        Scope::User => "systemd/user/portable/profile",
    };
    CONFIGURATION.iter().map(|d| root.join(d).join(below)).collect()
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
    [Scope::System, Scope::User].into_iter().find_map(|scope| {
        // the longest wins: usr/local/lib is not a root called usr/local with a lib
        let matching = below_root(scope).iter().filter(|known| dir.ends_with(known));
        let longest = matching.map(|known| Path::new(known).components().count()).max()?;
        // as it is written: `.` stays, so that what lies in it is told as it was reached
        let root = dir.ancestors().nth(longest)?.to_owned();
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
    /// `portable/profile/NAME/service.conf`: a drop-in for every service that is attached with the profile
    Profile(UnitKind, Scope),
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
    /// Judges a path by its last components.
    pub fn of(path: &Path) -> Self {
        let Some(name) = path.file_name().and_then(|n| n.to_str()) else {
            return Self::Other;
        };
        if let Some(unit) = UnitName::parse(name) {
            return Self::Unit(unit);
        }
        let above = |n| path.ancestors().nth(n).and_then(Path::file_name).and_then(|n| n.to_str());
        let Some(stem) = name.strip_suffix(".conf") else { return Self::Other };
        match above(1).and_then(dropin_owner) {
            Some(owner) => Self::DropIn { owner: owner.to_owned() },
            None if above(2) == Some("profile") && above(3) == Some("portable") => {
                let scope = if above(4) == Some("user") { Scope::User } else { Scope::System };
                UnitKind::named(stem).map_or(Self::Other, |kind| Self::Profile(kind, scope))
            }
            None => Self::Other,
        }
    }
}

/// What a temporary file of `systemctl edit` will become: `.#NAME` with sixteen digits behind it is NAME
/// (`tempfn_random()`).
pub fn edited(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_prefix(".#")?;
    let (name, digits) = name.split_at_checked(name.len().checked_sub(16)?)?;
    let becomes = path.with_file_name(name);
    let known = !name.is_empty() && Kind::of(&becomes) != Kind::Other;
    (known && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))).then_some(becomes)
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
        let strict = |file: &str| Kind::of(&Path::new("usr/lib/systemd/portable/profile/strict").join(file));
        assert_eq!(strict("socket.conf"), Kind::Profile(UnitKind::Socket, Scope::System));
        assert_eq!((strict("README.conf"), strict("service.txt")), (Kind::Other, Kind::Other));
        let user = Path::new("lib/systemd/user/portable/profile/strict/service.conf");
        assert_eq!(Kind::of(user), Kind::Profile(UnitKind::Service, Scope::User));
        assert_eq!(Kind::of(Path::new("profile/strict/service.conf")), Kind::Other);
    }

    #[test]
    fn temporary_files_of_an_editor() {
        let becomes = |p: &str| edited(Path::new(p)).map(|p| p.to_str().unwrap().to_owned());
        let digits = "0123456789abcdef";
        assert_eq!(becomes(&format!("/etc/.#a.service{digits}")), Some("/etc/a.service".into()));
        assert_eq!(becomes(&format!("a.service.d/.#override.conf{digits}")), Some("a.service.d/override.conf".into()));
        for other in ["a.service", ".#a.service", ".#a.service0123456789ABCDEF", ".#é0123456789abcde"] {
            assert_eq!(becomes(other), None, "{other}");
        }
        assert_eq!((becomes(&format!(".#notes.txt{digits}")), becomes(&format!(".#{digits}"))), (None, None));
    }
}
