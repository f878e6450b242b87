//! Files in memory: knows paths, and what is told of them.

use super::{Entry, NodeKind, Stat, Tree};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

/// Files in memory, for tests, examples and standard input. Directories exist by the files in them.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    nodes: BTreeMap<PathBuf, MemoryNode>,
    rights: BTreeMap<PathBuf, Rights>,
    capabilities: BTreeMap<PathBuf, u64>,
}

/// Whose something is, and who may do what with it.
#[derive(Clone, Copy, Debug)]
pub struct Rights {
    /// permission bits
    pub mode: u32,
    /// who owns it
    pub uid: u32,
    /// its group
    pub gid: u32,
}

#[derive(Clone, Debug)]
enum MemoryNode {
    File(Vec<u8>),
    Link(PathBuf),
}

impl Memory {
    /// No file at all.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a file more.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Self {
        self.nodes.insert(path.into(), MemoryNode::File(bytes.into()));
        self
    }

    /// With a symbolic link more.
    #[must_use]
    pub fn link(mut self, path: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Self {
        self.nodes.insert(path.into(), MemoryNode::Link(target.into()));
        self
    }

    /// With these rights for a path; where nothing is, a directory.
    #[must_use]
    pub fn rights(mut self, path: impl Into<PathBuf>, rights: Rights) -> Self {
        self.rights.insert(path.into(), rights);
        self
    }

    /// With these capabilities for a file.
    #[must_use]
    pub fn capabilities(mut self, path: impl Into<PathBuf>, capabilities: u64) -> Self {
        self.capabilities.insert(path.into(), capabilities);
        self
    }

    fn is_directory(&self, path: &Path) -> bool {
        let empty = self.rights.contains_key(path) && !self.nodes.contains_key(path);
        empty
            || path == Path::new("/")
            || self.nodes.range(path.to_owned()..).any(|(p, _)| p != path && p.starts_with(path))
    }
}

impl Tree for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.nodes.get(path) {
            Some(MemoryNode::File(bytes)) => Ok(bytes.clone()),
            Some(MemoryNode::Link(_)) => Err(ErrorKind::InvalidInput.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        if !self.is_directory(path) {
            return Err(ErrorKind::NotFound.into());
        }
        let mut entries: Vec<Entry> = Vec::new();
        for (p, node) in &self.nodes {
            let Ok(below) = p.strip_prefix(path) else { continue };
            let mut parts = below.components();
            let Some(Component::Normal(name)) = parts.next() else { continue };
            let kind = match node {
                _ if parts.next().is_some() => NodeKind::Directory,
                MemoryNode::File(_) => NodeKind::File,
                MemoryNode::Link(_) => NodeKind::Link,
            };
            if entries.last().is_none_or(|e| e.name != name) {
                entries.push(Entry { name: name.to_owned(), kind });
            }
        }
        entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        match self.nodes.get(path) {
            Some(MemoryNode::Link(target)) => Ok(target.clone()),
            _ => Err(ErrorKind::InvalidInput.into()),
        }
    }

    fn capabilities(&self, path: &Path) -> u64 {
        self.capabilities.get(path).copied().unwrap_or_default()
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let (kind, size) = match self.nodes.get(path) {
            Some(MemoryNode::File(bytes)) => (NodeKind::File, bytes.len() as u64),
            Some(MemoryNode::Link(_)) => (NodeKind::Link, 0),
            None if self.is_directory(path) => (NodeKind::Directory, 0),
            None => return Err(ErrorKind::NotFound.into()),
        };
        let usual = Rights { mode: if kind == NodeKind::Directory { 0o755 } else { 0o644 }, uid: 0, gid: 0 };
        let Rights { mode, uid, gid } = self.rights.get(path).copied().unwrap_or(usual);
        Ok(Stat { kind, size, mode, uid, gid })
    }
}
