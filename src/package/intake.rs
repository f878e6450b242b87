//! What comes out of an archive goes through here into [`Contents`]: names are looked at before they are believed, and of
//! content only what counts is kept.

use super::account::{Account, Ended, size};
use super::contents::{Contents, Kept, Node, NodeWhat, Obstacle};
use super::keep::{HEAD, is_kept};
use super::problem::{ProblemKind, shown};
use crate::text::steers;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

/// What a member says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    File,
    HardLink,
    Link,
    Directory,
    Device,
    /// a pipe or a socket
    Other,
}

/// A member of an archive.
pub(super) struct Entry<'e> {
    /// as the archive has it
    pub name: &'e [u8],
    pub what: What,
    /// where a link leads
    pub target: &'e [u8],
    pub size: u64,
    /// its data is not its content
    pub is_sparse: bool,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// Most programs are in this format; they share what is kept of them.
const ELF: &[u8] = b"\x7fELF";

/// Files on their way into a tree.
pub(super) struct Intake<'a> {
    account: &'a Account<'a>,
    pub contents: Contents,
    elf: Arc<[u8]>,
}

impl<'a> Intake<'a> {
    pub(super) fn new(account: &'a Account<'a>) -> Self {
        Self { account, contents: Contents::default(), elf: ELF.into() }
    }

    /// The components of a name, if it is one that a file below a root can have; else that is told.
    pub(super) fn components<'n>(&self, name: &'n [u8]) -> Option<Vec<&'n [u8]>> {
        let tell = |kind, what: &str| {
            self.account.tell(kind, Some(name), what);
            None
        };
        let limits = self.account.limits;
        if name.contains(&0) {
            return tell(ProblemKind::StrangeName, "a NUL byte in its name; the member was left out");
        }
        let parts: Vec<&[u8]> = name.split(|b| *b == b'/').filter(|p| !p.is_empty() && *p != b".").collect();
        if parts.contains(&&b".."[..]) {
            return tell(ProblemKind::Climbs, "its name goes up with ..");
        }
        if name.len() > limits.path || parts.iter().any(|p| p.len() > 255) || parts.len() > limits.depth {
            let what = format!("a name of {} bytes and {} parts", name.len(), parts.len());
            return tell(ProblemKind::LongName, &what);
        }
        if name.starts_with(b"/") {
            self.account.tell(ProblemKind::Absolute, Some(name), "its name begins with /");
        }
        match std::str::from_utf8(name) {
            Err(_) => self.account.tell(ProblemKind::StrangeName, Some(name), "its name is not UTF-8"),
            Ok(text) if text.contains(steers) => {
                self.account.tell(ProblemKind::StrangeName, Some(name), "control characters in its name");
            }
            Ok(_) => {}
        }
        Some(parts)
    }

    /// Takes a member in; what of it is not wanted stays in the stream.
    pub(super) fn take(&mut self, entry: &Entry<'_>, data: &mut dyn Read) -> Result<(), Ended> {
        let Some(path) = self.components(entry.name) else { return Ok(()) };
        let kept = is_kept(&path.join(&b'/'));
        if entry.what == What::HardLink {
            if let Some(node) = self.linked(entry, &path, kept) {
                self.put(entry.name, &path, node);
            }
            return Ok(());
        }
        let tell = |kind, what: String| self.account.tell(kind, Some(entry.name), what);
        let (what, size) = match entry.what {
            What::Directory => (NodeWhat::Directory(BTreeMap::new()), 0),
            What::Link if entry.target.len() > self.account.limits.path => {
                tell(ProblemKind::LongName, format!("a link to a path of {} bytes", entry.target.len()));
                return Ok(());
            }
            // its size is as lstat() says
            What::Link => (NodeWhat::Link(entry.target.into()), entry.target.len() as u64),
            What::File => (NodeWhat::File(self.content(entry, kept, data)?), entry.size),
            What::Device | What::Other | What::HardLink => {
                if kept {
                    let what = if entry.what == What::Device { "a device" } else { "a pipe or a socket" };
                    tell(ProblemKind::SpecialFile, format!("{what}, where configuration is read"));
                }
                (if entry.what == What::Device { NodeWhat::Device } else { NodeWhat::Other }, 0)
            }
        };
        let node = Node { what, size, mode: entry.mode & 0o7777, uid: entry.uid, gid: entry.gid };
        self.put(entry.name, &path, node);
        Ok(())
    }

    /// Puts a node where it belongs, and tells when it cannot be there or something was.
    pub(super) fn put(&mut self, name: &[u8], path: &[&[u8]], node: Node) {
        let tell = |kind, what: String| self.account.tell(kind, Some(name), what);
        match self.contents.put(path, node) {
            Ok(None) => {}
            Ok(Some(_)) => tell(ProblemKind::Duplicate, "the name is there twice; the last one was taken".into()),
            Err(Obstacle::Above { path, is_link }) => {
                let what = if is_link { "a link" } else { "no directory" };
                tell(ProblemKind::Misplaced, format!("it lies below {}, which is {what}", shown(&path)));
            }
            Err(Obstacle::Filled) => {
                let what = "a directory with files has the same name; the directory was taken";
                tell(ProblemKind::Duplicate, what.into());
            }
        }
    }

    /// Of a file what is kept.
    fn content(&self, entry: &Entry<'_>, kept: bool, data: &mut dyn Read) -> Result<Kept, Ended> {
        if entry.is_sparse {
            let what = format!("it is stored with holes and has {} unpacked", size(entry.size));
            self.account.tell(ProblemKind::Sparse, Some(entry.name), what);
            return Ok(Kept::Nothing);
        }
        let most = if kept {
            if !self.account.keep(entry.name, entry.size) {
                return Ok(Kept::Nothing);
            }
            entry.size
        } else if entry.mode & 0o111 != 0 {
            HEAD.min(entry.size)
        } else {
            return Ok(Kept::Nothing);
        };
        let mut bytes = Vec::with_capacity(most as usize);
        data.take(most).read_to_end(&mut bytes).map_err(|e| self.account.broken(Some(entry.name), &e))?;
        Ok(if kept {
            Kept::Whole(bytes.into())
        } else if bytes.starts_with(ELF) {
            Kept::Head(self.elf.clone())
        } else if self.account.keep_quietly(most) {
            Kept::Head(bytes.into())
        } else {
            Kept::Nothing
        })
    }

    /// What a hard link is another name of, with the rights of that: they are one file.
    fn linked(&self, entry: &Entry<'_>, own: &[&[u8]], kept: bool) -> Option<Node> {
        let target = shown(entry.target);
        let tell = |what: String| self.account.tell(ProblemKind::HardLink, Some(entry.name), what);
        let parts: Vec<&[u8]> = entry.target.split(|b| *b == b'/').filter(|p| !p.is_empty() && *p != b".").collect();
        if parts.contains(&&b".."[..]) {
            tell(format!("a hard link to {target}, which goes up with .."));
        } else if parts == own {
            tell("a hard link to itself".into());
        } else {
            match self.contents.at(&parts) {
                None => tell(format!("a hard link to {target}, which does not come before it in the package")),
                Some(Node { what: NodeWhat::Directory(_), .. }) => {
                    tell(format!("a hard link to {target}, which is a directory"));
                }
                Some(node) => {
                    if kept && !matches!(node.what, NodeWhat::File(Kept::Whole(_))) {
                        let why = "whose content was not kept: no configuration is read there";
                        tell(format!("a hard link to {target}, {why}"));
                    }
                    return Some(node.clone());
                }
            }
        }
        None
    }
}
