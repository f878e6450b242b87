//! The files of a package as a [`Tree`]: every path with its kind and rights, and the content of those that count. Knows
//! nothing of archives.

use crate::tree::{Entry, NodeKind, Stat, Tree};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// All files of a package, from its root.
#[derive(Clone, Debug)]
pub struct Contents {
    /// what stands before every path
    root: PathBuf,
    /// the first is the root
    nodes: Vec<Node>,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub what: NodeWhat,
    pub size: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

#[derive(Clone, Debug)]
pub(super) enum NodeWhat {
    File(Kept),
    Directory(BTreeMap<Box<OsStr>, u32>),
    Link(Box<[u8]>),
    Device,
    Other,
}

/// What is kept of a file.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    Nothing,
    Head(Arc<[u8]>),
    Whole(Arc<[u8]>),
}

/// Why nothing can be put at a path.
#[derive(Debug)]
pub(super) enum Obstacle {
    /// what is above it is no directory
    Above { path: Vec<u8>, is_link: bool },
    /// a directory with something in it is already there
    Filled,
}

impl Node {
    pub(super) fn directory() -> Self {
        Self { what: NodeWhat::Directory(BTreeMap::new()), size: 0, mode: 0o755, uid: 0, gid: 0 }
    }

    fn kind(&self) -> NodeKind {
        match self.what {
            NodeWhat::File(_) => NodeKind::File,
            NodeWhat::Directory(_) => NodeKind::Directory,
            NodeWhat::Link(_) => NodeKind::Link,
            NodeWhat::Device => NodeKind::Device,
            NodeWhat::Other => NodeKind::Other,
        }
    }

    fn stat(&self) -> Stat {
        Stat { kind: self.kind(), size: self.size, mode: self.mode & 0o7777, uid: self.uid, gid: self.gid }
    }
}

impl Default for Contents {
    fn default() -> Self {
        Self { root: PathBuf::from("/"), nodes: vec![Node::directory()] }
    }
}

impl Contents {
    /// The same files, reached below another path.
    #[must_use]
    pub(super) fn below(mut self, root: &Path) -> Self {
        self.root = root.to_owned();
        self
    }

    /// How many files, links and directories there are.
    pub fn len(&self) -> usize {
        let mut n = 0;
        self.each(&mut |_, _| n += 1);
        n
    }

    /// Whether nothing is there.
    pub fn is_empty(&self) -> bool {
        self.children(0).is_none_or(BTreeMap::is_empty)
    }

    /// How many were ever there.
    pub(super) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// Every path with what it is, each directory before what is in it, sorted by name.
    pub fn each(&self, show: &mut dyn FnMut(&Path, Stat)) {
        let mut path = self.root.clone();
        self.walk(0, &mut path, show);
    }

    /// The depth is limited when nodes are put in.
    fn walk(&self, at: u32, path: &mut PathBuf, show: &mut dyn FnMut(&Path, Stat)) {
        for (name, child) in self.children(at).into_iter().flatten() {
            path.push(&**name);
            if let Some(node) = self.nodes.get(*child as usize) {
                show(path, node.stat());
            }
            self.walk(*child, path, show);
            path.pop();
        }
    }

    fn children(&self, at: u32) -> Option<&BTreeMap<Box<OsStr>, u32>> {
        match &self.nodes.get(at as usize)?.what {
            NodeWhat::Directory(children) => Some(children),
            _ => None,
        }
    }

    fn child(&self, at: u32, name: &OsStr) -> Option<u32> {
        self.children(at)?.get(name).copied()
    }

    /// What is at a path of components.
    pub(super) fn at(&self, path: &[&[u8]]) -> Option<&Node> {
        let at = path.iter().try_fold(0, |at, name| self.child(at, OsStr::from_bytes(name)))?;
        self.nodes.get(at as usize)
    }

    /// The same, to be changed.
    pub(super) fn at_mut(&mut self, path: &[&[u8]]) -> Option<&mut Node> {
        let at = path.iter().try_fold(0, |at, name| self.child(at, OsStr::from_bytes(name)))?;
        self.nodes.get_mut(at as usize)
    }

    /// Puts something at a path; the directories above it come into being. Gives back what it replaced.
    pub(super) fn put(&mut self, path: &[&[u8]], node: Node) -> Result<Option<Node>, Obstacle> {
        let Some((name, above)) = path.split_last() else {
            // the root itself: what is in it stays
            if let Some(root) = self.nodes.first_mut() {
                (root.mode, root.uid, root.gid) = (node.mode, node.uid, node.gid);
            }
            return Ok(None);
        };
        let mut at = 0;
        for (depth, part) in above.iter().enumerate() {
            at = match self.child(at, OsStr::from_bytes(part)) {
                Some(child) => child,
                None => self.add(at, part, Node::directory()),
            };
            if self.children(at).is_none() {
                let is_link = matches!(self.nodes[at as usize].what, NodeWhat::Link(_));
                return Err(Obstacle::Above { path: path[..=depth].join(&b'/'), is_link });
            }
        }
        let Some(old) = self.child(at, OsStr::from_bytes(name)) else {
            self.add(at, name, node);
            return Ok(None);
        };
        let place = &mut self.nodes[old as usize];
        match (&mut place.what, &node.what) {
            (NodeWhat::Directory(_), NodeWhat::Directory(_)) => {
                (place.mode, place.uid, place.gid) = (node.mode, node.uid, node.gid);
                Ok(None)
            }
            (NodeWhat::Directory(children), _) if !children.is_empty() => Err(Obstacle::Filled),
            _ => Ok(Some(std::mem::replace(place, node))),
        }
    }

    fn add(&mut self, at: u32, name: &[u8], node: Node) -> u32 {
        let new = self.nodes.len() as u32;
        self.nodes.push(node);
        if let NodeWhat::Directory(children) = &mut self.nodes[at as usize].what {
            children.insert(OsStr::from_bytes(name).into(), new);
        }
        new
    }

    /// Takes away what is at a path, with all below it.
    pub(super) fn remove(&mut self, path: &[&[u8]]) {
        if let Some((name, above)) = path.split_last()
            && let Some(Node { what: NodeWhat::Directory(children), .. }) = self.at_mut(above)
        {
            children.remove(OsStr::from_bytes(name));
        }
    }

    /// Takes away all that is below a path.
    pub(super) fn clear(&mut self, path: &[&[u8]]) {
        if let Some(Node { what: NodeWhat::Directory(children), .. }) = self.at_mut(path) {
            children.clear();
        }
    }

    /// Lays the files of a layer over these: directories become one, anything else is replaced.
    pub(super) fn lay(&mut self, layer: &Self) {
        self.lay_at(0, layer, 0);
    }

    fn lay_at(&mut self, at: u32, layer: &Self, from: u32) {
        for (name, child) in layer.children(from).into_iter().flatten() {
            let Some(upper) = layer.nodes.get(*child as usize) else { continue };
            let is_directory = matches!(upper.what, NodeWhat::Directory(_));
            let plain = || Node {
                what: if is_directory { NodeWhat::Directory(BTreeMap::new()) } else { upper.what.clone() },
                ..*upper
            };
            let below = match self.child(at, name) {
                Some(lower) if is_directory && self.children(lower).is_some() => {
                    let place = &mut self.nodes[lower as usize];
                    (place.mode, place.uid, place.gid) = (upper.mode, upper.uid, upper.gid);
                    lower
                }
                _ => self.add(at, name.as_bytes(), plain()),
            };
            if is_directory {
                self.lay_at(below, layer, *child);
            }
        }
    }

    /// What is at a path; the last component is not followed, and neither are the others: nothing below a link is kept.
    fn find(&self, path: &Path) -> io::Result<u32> {
        let mut at = 0;
        let below = path.strip_prefix(&self.root).map_err(|_| ErrorKind::NotFound)?;
        for part in below.components() {
            match part {
                Component::Normal(name) => {
                    let children = self.children(at).ok_or(ErrorKind::NotADirectory)?;
                    at = *children.get(name).ok_or(ErrorKind::NotFound)?;
                }
                Component::ParentDir => return Err(ErrorKind::NotFound.into()),
                Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
            }
        }
        Ok(at)
    }

    fn node(&self, path: &Path) -> io::Result<&Node> {
        self.nodes.get(self.find(path)? as usize).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn content(&self, path: &Path) -> io::Result<&Kept> {
        match &self.node(path)?.what {
            NodeWhat::File(kept) => Ok(kept),
            _ => Err(ErrorKind::InvalidInput.into()),
        }
    }
}

impl Tree for Contents {
    /// `Unsupported` for a file whose content was not kept.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        match self.content(path)? {
            Kept::Whole(bytes) => Ok(bytes.to_vec()),
            Kept::Head(_) | Kept::Nothing => Err(ErrorKind::Unsupported.into()),
        }
    }

    /// Of programs no more than their first bytes are kept.
    fn head(&self, path: &Path, most: usize) -> io::Result<Vec<u8>> {
        match self.content(path)? {
            Kept::Whole(bytes) | Kept::Head(bytes) => Ok(bytes[..bytes.len().min(most)].to_vec()),
            Kept::Nothing => Err(ErrorKind::Unsupported.into()),
        }
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let children = self.children(self.find(path)?).ok_or(ErrorKind::NotADirectory)?;
        let entry = |name: &OsStr, child: u32| {
            let kind = self.nodes.get(child as usize)?.kind();
            Some(Entry { name: name.to_owned(), kind })
        };
        Ok(children.iter().filter_map(|(name, child)| entry(name, *child)).collect())
    }

    fn read_link(&self, path: &Path) -> io::Result<PathBuf> {
        match &self.node(path)?.what {
            NodeWhat::Link(target) => Ok(OsStr::from_bytes(target).into()),
            _ => Err(ErrorKind::InvalidInput.into()),
        }
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        Ok(self.node(path)?.stat())
    }
}
