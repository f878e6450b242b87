//! All reading of files goes through [`Tree`]: a disk, a root directory, a map in memory, later an archive or an
//! editor's buffers over a disk. Nothing here follows a link out of the root.

pub mod git;
mod kept;
mod memory;

pub use kept::Kept;
pub use memory::{Memory, Rights};

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
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

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

fn kind(t: std::fs::FileType) -> NodeKind {
    if t.is_file() {
        NodeKind::File
    } else if t.is_dir() {
        NodeKind::Directory
    } else if t.is_symlink() {
        NodeKind::Link
    } else if t.is_char_device() || t.is_block_device() {
        NodeKind::Device
    } else {
        NodeKind::Other
    }
}

fn stat(meta: &std::fs::Metadata) -> Stat {
    Stat {
        kind: kind(meta.file_type()),
        size: meta.len(),
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
    }
}

/// `O_NOFOLLOW | O_NONBLOCK | O_NOCTTY`: a link planted behind our back is not followed, a pipe does not hang.
#[cfg(any(
    target_arch = "x86_64",
    target_arch = "x86",
    target_arch = "riscv64",
    target_arch = "s390x",
    target_arch = "loongarch64"
))]
const OPEN_FLAGS: i32 = 0o400_000 | 0o4000 | 0o400;
#[cfg(not(any(
    target_arch = "x86_64",
    target_arch = "x86",
    target_arch = "riscv64",
    target_arch = "s390x",
    target_arch = "loongarch64"
)))]
const OPEN_FLAGS: i32 = 0o100_000 | 0o4000 | 0o400;

#[allow(clippy::disallowed_methods, reason = "the one place that reads")]
impl Tree for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read_known(path).map(|(bytes, _)| bytes)
    }

    fn read_known(&self, path: &Path) -> io::Result<(Vec<u8>, Option<Stat>)> {
        let file = OpenOptions::new().read(true).custom_flags(OPEN_FLAGS).open(path)?;
        let meta = file.metadata()?;
        if !meta.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        if meta.len() > MAX_FILE {
            return Err(ErrorKind::FileTooLarge.into());
        }
        // no further than the size: that saves a read that would only say that the end is there
        let mut bytes = Vec::with_capacity(meta.len() as usize);
        (&file).take(meta.len()).read_to_end(&mut bytes)?;
        if bytes.is_empty() {
            // a file of the kernel's has no size before it is read
            (&file).take(MAX_FILE + 1).read_to_end(&mut bytes)?;
        }
        if bytes.len() as u64 > MAX_FILE {
            return Err(ErrorKind::FileTooLarge.into());
        }
        Ok((bytes, Some(stat(&meta))))
    }

    fn head(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
        let file = OpenOptions::new().read(true).custom_flags(OPEN_FLAGS).open(path)?;
        if !file.metadata()?.is_file() {
            return Err(ErrorKind::InvalidInput.into());
        }
        let mut bytes = Vec::new();
        file.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            entries.push(Entry { kind: kind(entry.file_type()?), name: entry.file_name() });
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        std::fs::read_link(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        std::fs::symlink_metadata(path).map(|meta| stat(&meta))
    }

    fn capabilities(&self, path: &Path) -> u64 {
        let mut value = [0; 24];
        let length = rustix::fs::lgetxattr(path, "security.capability", &mut value).unwrap_or_default();
        permitted(value.get(..length).unwrap_or_default())
    }
}

/// The permitted capabilities of `struct vfs_cap_data` (linux/capability.h): the number of its revision and flags, then permitted
/// and inheritable ones in words of 32 bits, the lower words first.
fn permitted(value: &[u8]) -> u64 {
    let word = |at: usize| value.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes);
    u64::from(word(4)) | u64::from(word(12)) << 32
}

/// Reads a file that the user names: links are followed, and a pipe is read to its end.
///
/// # Errors
/// As the system gives them; `FileTooLarge` above [`MAX_FILE`].
#[allow(clippy::disallowed_methods, reason = "the one place that reads")]
pub fn read_named(path: &Path) -> io::Result<Vec<u8>> {
    read_to_end(std::fs::File::open(path)?)
}

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

/// The regular files below a directory, sorted; links are not followed.
///
/// # Errors
/// As the system gives them, with the place.
pub fn files_below(top: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(top).follow_links(false).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
            Ok(_) => {}
            Err(e) => {
                let path = e.path().unwrap_or(top).to_owned();
                // what the system said, as it is said elsewhere
                return Err((path, e.into_io_error().unwrap_or_else(|| ErrorKind::InvalidInput.into())));
            }
        }
    }
    Ok(files)
}

/// What a file that the user names is: links are followed.
///
/// # Errors
/// As the system gives them.
#[allow(clippy::disallowed_methods, reason = "the one place that reads")]
pub fn stat_named(path: &Path) -> io::Result<Stat> {
    std::fs::metadata(path).map(|meta| stat(&meta))
}

/// A file that the user names, to be read as a stream: links are followed.
///
/// # Errors
/// As the system gives them.
#[allow(clippy::disallowed_methods, reason = "the one place that reads")]
pub fn stream_named(path: &Path) -> io::Result<impl Read + Send + use<>> {
    std::fs::File::open(path)
}

/// Reads a stream to its end.
///
/// # Errors
/// As the system gives them; `FileTooLarge` above [`MAX_FILE`].
pub fn read_to_end(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE { Err(ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// Whether a path names an open descriptor, which a shell makes of `<(command)`.
pub fn is_descriptor(path: &Path) -> bool {
    let in_dir = |dir: &str| path.starts_with(dir) && path.parent() == Some(Path::new(dir));
    path == Path::new("/dev/stdin") || in_dir("/dev/fd") || in_dir("/proc/self/fd")
}

/// Whether a path leads to a pipe or to an open descriptor.
#[allow(clippy::disallowed_methods, reason = "the one place that reads")]
pub fn is_stream(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.file_type().is_fifo() || is_descriptor(path) && !m.is_dir())
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
    fn capabilities_of_files() {
        // what setcap(8) writes for cap_net_raw=ep, of the second and third revision, and for cap_checkpoint_restore=p
        let raw = [1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(permitted(&raw), 1 << 13);
        assert_eq!(permitted(&[&raw[..], &[0; 4]].concat()), 1 << 13);
        let high = [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        assert_eq!(permitted(&high), 1 << 40);
        assert_eq!((permitted(&[]), permitted(&raw[..6])), (0, 0));
    }

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
