//! Files that are written down one behind the other.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use unitlint::engine::{Input, Options, Plan};
use unitlint::target::Target;
use unitlint::tree::{Memory, Rights, Tree};
use unitlint::vocab::Scope;

/// What begins a file.
const HEAD: &[u8] = b"==> ";
/// What stands between the name of a link and where it leads.
const LEADS: &[u8] = b" -> ";
/// More files than this find nothing that these do not.
const MANY: usize = 32;

/// A file or a link.
#[derive(Debug)]
pub struct Part<'a> {
    /// as it is written; anything
    pub name: &'a [u8],
    /// its rights
    pub mode: Option<u32>,
    /// where it leads, if it is a link
    pub link: Option<&'a [u8]>,
    /// its content
    pub bytes: &'a [u8],
}

/// All that is written down.
#[derive(Debug)]
pub struct Document<'a> {
    /// the words before the first file: `systemd=257`, `user`
    pub words: Vec<&'a str>,
    /// the files
    pub parts: Vec<Part<'a>>,
}

impl<'a> Document<'a> {
    /// Takes the bytes apart; `None` where there is no file.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut starts = Vec::new();
        let mut line = 0;
        while let Some(rest) = bytes.get(line..).filter(|rest| !rest.is_empty()) {
            if rest.starts_with(HEAD) {
                starts.push(line);
            }
            line += rest.iter().position(|b| *b == b'\n').map_or(rest.len(), |end| end + 1);
        }
        starts.truncate(MANY);
        let first = *starts.first()?;
        let words = std::str::from_utf8(&bytes[..first]).unwrap_or_default().split_ascii_whitespace().collect();
        let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
        let parts = starts.iter().zip(ends).map(|(from, to)| part(&bytes[from + HEAD.len()..to])).collect();
        Some(Self { words, parts })
    }

    /// What stands behind `NAME=`.
    pub fn word(&self, name: &str) -> Option<&'a str> {
        self.words.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    /// Whether this word is there.
    pub fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
    }

    /// The files as a tree. Names that no disk can have are left out, and so is what would be a file and a directory.
    pub fn tree(&self) -> Memory {
        let (mut tree, mut files, mut above) = (Memory::new(), BTreeSet::new(), BTreeSet::new());
        for part in &self.parts {
            let path = PathBuf::from(OsStr::from_bytes(part.name));
            if !is_path(&path) || above.contains(&path) || path.ancestors().skip(1).any(|dir| files.contains(dir)) {
                continue;
            }
            above.extend(path.ancestors().skip(1).map(Path::to_owned));
            files.insert(path.clone());
            if let Some(mode) = part.mode {
                tree = tree.rights(&path, Rights { mode, uid: 0, gid: 0 });
            }
            tree = match part.link {
                Some(link) => tree.link(path, OsStr::from_bytes(link)),
                None => tree.file(path, part.bytes),
            };
        }
        tree
    }

    /// How units are looked for.
    pub fn options(&self) -> Options {
        let systemd = self.word("systemd").and_then(|word| Target::parse(word).ok()).unwrap_or_default();
        let target = match self.word("arch").and_then(|word| unitlint::target::arch(word).ok()) {
            Some(arch) => Target { arch, ..systemd },
            None => systemd,
        };
        Options { scope: self.has("user").then_some(Scope::User), target, ..Options::default() }
    }

    /// What is looked at: units and paths that are named, or everything.
    pub fn plan(&self, tree: &dyn Tree, options: &Options) -> Plan {
        let named = self.words.iter().filter_map(|word| {
            let path = word.strip_prefix("path=").map(|path| Input::Path(path.into()));
            path.or_else(|| word.strip_prefix("unit=").map(|name| Input::Unit(name.to_owned())))
        });
        Plan::make(tree, &named.collect::<Vec<_>>(), options)
    }
}

/// What stands behind the mark: `MODE NAME -> TARGET` in a line of its own, and then the content.
fn part(bytes: &[u8]) -> Part<'_> {
    let end = bytes.iter().position(|b| *b == b'\n').unwrap_or(bytes.len());
    let (mut name, content) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    let octal = name.iter().take_while(|b| (b'0'..=b'7').contains(b)).count();
    let mut mode = None;
    if (3..=5).contains(&octal) && name.get(octal) == Some(&b' ') {
        mode = Some(name[..octal].iter().fold(0, |mode, b| mode << 3 | u32::from(b - b'0')) & 0o7777);
        name = &name[octal + 1..];
    }
    let leads = name.windows(LEADS.len()).position(|w| w == LEADS);
    let link = leads.map(|at| &name[at + LEADS.len()..]);
    Part { name: &name[..leads.unwrap_or(name.len())], mode, link, bytes: content }
}

/// Whether a disk could have something at this path, which stands as it is reached.
fn is_path(path: &Path) -> bool {
    let mut parts = path.components();
    let names: Vec<&OsStr> = parts.by_ref().skip(1).map(Component::as_os_str).collect();
    let plain: PathBuf = std::iter::once(OsStr::new("/")).chain(names.iter().copied()).collect();
    let bytes = path.as_os_str().as_bytes();
    // `//a` and `/a/.` are equal to `/a` as paths and not as text
    bytes == plain.as_os_str().as_bytes()
        && !names.is_empty()
        && !bytes.contains(&0)
        && names.iter().all(|name| *name != ".." && name.len() <= 255)
}
