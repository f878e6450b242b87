//! Profiles of portable services: a drop-in for each type of unit, which is laid over every unit that is attached with the
//! profile (portablectl(1)).
//!
//! Knows where profiles are and where in the order of drop-ins they are laid. Must not know a directive.

use super::File;
use super::paths::{self, profile_path};
use crate::tree::{self, Tree, Unresolved};
use crate::vocab::{Scope, UnitKind};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the drop-in that a profile becomes, beside the `20-portable.conf` that names the image.
pub(super) const DROPIN: &str = "10-profile.conf";

/// A profile: the files that it has, each for units of one type.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    files: Vec<(UnitKind, Arc<File>)>,
}

/// A file that cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    /// which
    pub path: PathBuf,
    /// why
    pub error: io::Error,
}

impl Profile {
    /// The profile of this name in a root: for each type of unit the file of the first directory that has one, as
    /// `find_portable_profile()` takes it. Without a file there is no such profile.
    ///
    /// # Errors
    /// A file of it cannot be read.
    pub fn named(tree: &dyn Tree, root: &Path, scope: Scope, name: &str) -> Result<Self, Unreadable> {
        let mut out = Self::default();
        for dir in profile_path(root, scope).iter().map(|d| d.join(name)) {
            if let Ok(real) = tree::resolve(tree, root, &dir) {
                out.take(tree, &real, &dir, &|path| read_in(tree, root, path))?;
            }
        }
        Ok(out)
    }

    /// The profile at a path: a directory with a file for each type, or one file. What a file is for its name says, as in a
    /// profile; any other name is for services. `read` reads what is named.
    ///
    /// # Errors
    /// A file of it cannot be read.
    pub fn at(tree: &dyn Tree, path: &Path, read: &dyn Fn(&Path) -> io::Result<Vec<u8>>) -> Result<Self, Unreadable> {
        let mut out = Self::default();
        if tree.list(path).is_ok() {
            out.take(tree, path, path, read)?;
        } else {
            out.add(of_name(path).unwrap_or(UnitKind::Service), path, read)?;
        }
        Ok(out)
    }

    /// Takes the files of a directory for which there are none yet; `real` is the directory without links.
    fn take(
        &mut self,
        tree: &dyn Tree,
        real: &Path,
        dir: &Path,
        read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<(), Unreadable> {
        for entry in tree.list(real).unwrap_or_default() {
            let path = dir.join(entry.name);
            if let Some(kind) = of_name(&path).filter(|kind| self.of(*kind).is_none()) {
                self.add(kind, &path, read)?;
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        kind: UnitKind,
        path: &Path,
        read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<(), Unreadable> {
        let bytes = read(path).map_err(|error| Unreadable { path: path.to_owned(), error })?;
        self.files.push((kind, Arc::new(File::new(path, bytes))));
        Ok(())
    }

    /// What is laid over units of a type.
    pub fn of(&self, kind: UnitKind) -> Option<&Arc<File>> {
        self.files.iter().find(|(k, _)| *k == kind).map(|(_, file)| file)
    }

    /// The types of units that it has something for.
    pub fn kinds(&self) -> impl Iterator<Item = UnitKind> {
        self.files.iter().map(|(kind, _)| *kind)
    }

    /// Whether it has nothing for any unit.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// Whether a drop-in of this path and of the profile's name counts before the profile. That is attached in
/// `/etc/systemd/system.attached`, over what was attached there before; for user managers it is laid first.
pub(super) fn is_before(dropin: &Path) -> bool {
    dropin.ancestors().nth(2).is_some_and(paths::is_before_attached)
}

/// The type of unit that a file of a profile is for.
fn of_name(path: &Path) -> Option<UnitKind> {
    UnitKind::named(path.file_name()?.to_str()?.strip_suffix(".conf")?)
}

/// The names of the profiles of a root.
pub fn profile_names(tree: &dyn Tree, root: &Path, scope: Scope) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for top in profile_path(root, scope).iter().filter_map(|d| tree::resolve(tree, root, d).ok()) {
        for name in tree.list(&top).unwrap_or_default().into_iter().filter_map(|e| e.name.into_string().ok()) {
            let real = tree::resolve(tree, root, &top.join(&name)).ok();
            let files = real.and_then(|dir| tree.list(&dir).ok()).unwrap_or_default();
            if files.iter().any(|f| of_name(Path::new(&f.name)).is_some()) {
                names.insert(name);
            }
        }
    }
    names
}

/// Reads a file of a root, by way of links that stay in it.
fn read_in(tree: &dyn Tree, root: &Path, path: &Path) -> io::Result<Vec<u8>> {
    let real = tree::resolve(tree, root, path).map_err(|e| match e {
        Unresolved::Failed(e) => e,
        Unresolved::Loop | Unresolved::Missing => io::ErrorKind::NotFound.into(),
    })?;
    tree.read(&real)
}
