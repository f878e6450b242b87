//! All reading of files goes through [`Tree`]: a disk, a root directory, a map in memory, later an archive or an
//! editor's buffers over a disk. Nothing here follows a link out of the root.

mod disk;
pub mod git;
mod kept;
mod memory;

pub use disk::{Disk, files_below, is_descriptor, is_stream, read_named, read_to_end, stat_named, stream_named};
pub use kept::Kept;
pub use memory::{Memory, Rights};

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Larger files are not read: no unit is, and offsets have 32 bits.
pub const MAX_FILE: u64 = 64 * 1024 * 1024;

/// What a directory entry is, not following a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// a regular file
    File,
    /// a directory
    Directory,
    /// a symbolic link
    Link,
    /// a device
    Device,
    /// a socket, a pipe
    Other,
}

/// A directory entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// its name
    pub name: OsString,
    /// what it is
    pub kind: NodeKind,
}

/// What `lstat()` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// what it is
    pub kind: NodeKind,
    /// bytes
    pub size: u64,
    /// permission bits
    pub mode: u32,
    /// who owns it
    pub uid: u32,
    /// its group
    pub gid: u32,
}

/// A place to read files from. Paths are given as they are reached.
pub trait Tree: Sync {
    /// The content of a regular file. The last component is not followed.
    ///
    /// # Errors
    /// As the system gives them; `InvalidInput` for what is no regular file, `FileTooLarge` above [`MAX_FILE`].
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// The same, and what is said of the file where that is known without another look.
    ///
    /// # Errors
    /// As [`Tree::read`].
    fn read_known(&self, path: &Path) -> io::Result<(Vec<u8>, Option<Stat>)> {
        Ok((self.read(path)?, None))
    }
    /// The beginning of a regular file, no more than so many bytes.
    ///
    /// # Errors
    /// As [`Tree::read`].
    fn head(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = self.read(path)?;
        bytes.truncate(most);
        Ok(bytes)
    }
    /// The entries of a directory, sorted by name.
    ///
    /// # Errors
    /// As the system gives them.
    fn list(&self, path: &Path) -> io::Result<Vec<Entry>>;
    /// The text of a symbolic link.
    ///
    /// # Errors
    /// As the system gives them.
    fn read_link(&self, path: &Path) -> io::Result<PathBuf>;
    /// What is there, not following a link.
    ///
    /// # Errors
    /// As the system gives them.
    fn stat(&self, path: &Path) -> io::Result<Stat>;
    /// The capabilities that a program gets by its file, by their numbers (capabilities(7), "File capabilities"); none where that
    /// is not known.
    fn capabilities(&self, _path: &Path) -> u64 {
        0
    }
    /// Whether a walk goes on that has seen so many directories.
    fn may_walk(&self, _seen: usize) -> bool {
        true
    }
}

/// What only leads to a tree is one.
macro_rules! leads {
    ($($head:tt)*) => {
        $($head)* {
            fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
                (**self).read(path)
            }

            fn read_known(&self, path: &Path) -> io::Result<(Vec<u8>, Option<Stat>)> {
                (**self).read_known(path)
            }

            fn head(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
                (**self).head(path, most)
            }

            fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
                (**self).list(path)
            }

            fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
                (**self).read_link(path)
            }

            fn stat(&self, path: &Path) -> io::Result<Stat> {
                (**self).stat(path)
            }

            fn capabilities(&self, path: &Path) -> u64 {
                (**self).capabilities(path)
            }

            fn may_walk(&self, seen: usize) -> bool {
                (**self).may_walk(seen)
            }
        }
    };
}

leads!(impl<T: Tree + ?Sized> Tree for &T);
leads!(impl<T: Tree + ?Sized + Send> Tree for Arc<T>);

/// Shows a directory and all directories below it with their entries, in the order of their paths; links are not followed.
/// `enter` is asked before a directory is looked into.
pub fn walk(
    tree: &dyn Tree,
    top: &Path,
    enter: impl Fn(&Path) -> bool,
    mut visit: impl FnMut(PathBuf, io::Result<Vec<Entry>>),
) {
    let mut left = vec![top.to_owned()];
    let mut seen = 0;
    while let Some(path) = left.pop().filter(|_| tree.may_walk(seen)) {
        seen += 1;
        let entries = tree.list(&path);
        let below = entries.iter().flatten().rev().filter(|e| e.kind == NodeKind::Directory);
        left.extend(below.map(|e| path.join(&e.name)).filter(|path| enter(path)));
        visit(path, entries);
    }
}

/// Without `.`: `a` and `./a` are one name.
fn plain(path: &Path) -> PathBuf {
    path.components().filter(|c| *c != Component::CurDir).collect()
}

/// A tree with some files in front of it: standard input under a name, an editor's unsaved buffers.
#[derive(Clone, Debug)]
pub struct Overlay<T> {
    below: T,
    files: BTreeMap<PathBuf, Arc<[u8]>>,
}

impl<T: Tree> Overlay<T> {
    /// Nothing in front yet.
    pub fn new(below: T) -> Self {
        Self { below, files: BTreeMap::new() }
    }

    /// Puts a file in front.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>, bytes: Vec<u8>) -> Self {
        self.put(&path.into(), bytes);
        self
    }

    /// Puts a file in front, or other bytes in the place of one that is there.
    pub fn put(&mut self, path: &Path, bytes: impl Into<Arc<[u8]>>) {
        self.files.insert(plain(path), bytes.into());
    }

    /// Takes a file away that is in front.
    pub fn take(&mut self, path: &Path) {
        self.files.remove(&plain(path));
    }

    /// Whether a file in front has the path among its directories.
    fn is_directory(&self, path: &Path) -> bool {
        let path = plain(path);
        self.files.keys().any(|p| *p != path && p.starts_with(&path))
    }
}

impl<T: Tree> Tree for Overlay<T> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.get(&plain(path)).map_or_else(|| self.below.read(path), |bytes| Ok(bytes.to_vec()))
    }

    fn head(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
        let front = self.files.get(&plain(path)).map(|bytes| Ok(bytes[..bytes.len().min(most)].to_vec()));
        front.unwrap_or_else(|| self.below.head(path, most))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = match self.below.list(path) {
            Err(e) if e.kind() == ErrorKind::NotFound && self.is_directory(path) => Vec::new(),
            other => other?,
        };
        let top = plain(path);
        for file in self.files.keys() {
            let Ok(below) = file.strip_prefix(&top) else { continue };
            let mut parts = below.components();
            let Some(Component::Normal(name)) = parts.next() else { continue };
            let kind = if parts.next().is_some() { NodeKind::Directory } else { NodeKind::File };
            if kind == NodeKind::File || entries.iter().all(|e| e.name != name) {
                entries.retain(|e| e.name != name);
                entries.push(Entry { name: name.to_owned(), kind });
            }
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        self.below.read_link(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        match self.files.get(&plain(path)) {
            Some(bytes) => Ok(Stat { kind: NodeKind::File, size: bytes.len() as u64, mode: 0o644, uid: 0, gid: 0 }),
            None => match self.below.stat(path) {
                Err(e) if e.kind() == ErrorKind::NotFound && self.is_directory(path) => {
                    Ok(Stat { kind: NodeKind::Directory, size: 0, mode: 0o755, uid: 0, gid: 0 })
                }
                other => other,
            },
        }
    }

    fn capabilities(&self, path: &Path) -> u64 {
        if self.files.contains_key(&plain(path)) { 0 } else { self.below.capabilities(path) }
    }

    fn may_walk(&self, seen: usize) -> bool {
        self.below.may_walk(seen)
    }
}

/// Why a link leads nowhere.
#[derive(Debug)]
pub enum Unresolved {
    /// the links go in a circle, or there are more than 40
    Loop,
    /// a component does not exist
    Missing,
    /// reading a component failed
    Failed(io::Error),
}

/// The path without links: absolute ones begin at `root`, and `..` stops there.
///
/// # Errors
/// When a link goes in a circle or nothing is there.
pub fn resolve(tree: &dyn Tree, root: &Path, path: &Path) -> Result<PathBuf, Unresolved> {
    let mut left: Vec<OsString> = Vec::new();
    let push = |left: &mut Vec<OsString>, p: &Path| {
        for c in p.components().rev() {
            match c {
                Component::Normal(name) => left.push(name.to_owned()),
                Component::ParentDir => left.push("..".into()),
                _ => {}
            }
        }
    };
    let mut at = match path.strip_prefix(root) {
        Ok(below) => {
            push(&mut left, below);
            root.to_owned()
        }
        Err(_) => {
            push(&mut left, path);
            if path.is_absolute() { PathBuf::from("/") } else { PathBuf::new() }
        }
    };
    let mut links = 0;
    while let Some(name) = left.pop() {
        if name == ".." {
            if at.as_os_str().is_empty() && root.is_absolute() || at.ends_with("..") {
                at.push("..");
            } else if at != root {
                at.pop();
            }
            continue;
        }
        let next = at.join(&name);
        let stat = match tree.stat(&next) {
            Ok(stat) => stat,
            Err(e) if e.kind() == ErrorKind::NotFound => return Err(Unresolved::Missing),
            Err(e) => return Err(Unresolved::Failed(e)),
        };
        if stat.kind != NodeKind::Link {
            at = next;
            continue;
        }
        links += 1;
        if links > 40 {
            return Err(Unresolved::Loop);
        }
        let target = tree.read_link(&next).map_err(Unresolved::Failed)?;
        if target.is_absolute() {
            at = root.to_owned();
        }
        push(&mut left, &target);
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stay_inside() {
        let tree = Memory::new()
            .file("/usr/lib/a", "x")
            .link("/lib", "usr/lib")
            .link("/abs", "/lib/a")
            .link("/up", "../../../abs")
            .link("/one", "two")
            .link("/two", "one")
            .link("/gone", "nowhere");
        let to = |p: &str| resolve(&tree, Path::new("/"), Path::new(p));
        assert_eq!(to("/up").unwrap(), Path::new("/usr/lib/a"));
        assert!(matches!(to("/one"), Err(Unresolved::Loop)));
        assert!(matches!(to("/gone"), Err(Unresolved::Missing)));
    }
}
