//! Packages: .deb, .rpm, tar archives, images of containers and directories, told by their content. An archive is just
//! another [`Tree`]: read once from front to back, within [`Limits`], nothing of it written anywhere. Only `audit` knows rules.

mod account;
mod ar;
mod audit;
mod contents;
mod cpio;
mod deb;
mod image;
mod intake;
mod keep;
mod problem;
mod release;
mod rpm;
mod tape;
mod unpack;

pub use account::Limits;
pub use audit::audit;
pub use contents::Contents;
pub use problem::{Problem, ProblemKind, Weight};

use crate::text::Source;
use crate::tree::{self, Disk, NodeKind, Tree};
use account::{Account, Packed};
use intake::Intake;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use unpack::{Packing, sniff, unpack};

/// What sort of package it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// a package of dpkg
    Deb,
    /// a package of rpm
    Rpm,
    /// an archive of files
    Tar,
    /// an image of a container
    Image,
    /// a directory that plays the root
    Directory,
}

impl Kind {
    /// For readers and machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Rpm => "rpm",
            Self::Tar => "tar",
            Self::Image => "image",
            Self::Directory => "directory",
        }
    }
}

/// Something that runs when a package comes or goes.
#[derive(Clone, Debug)]
pub struct Script {
    /// as its format calls it: `postinst`, `post`, `filetriggerin`
    pub name: Box<str>,
    /// what runs it; nothing for the triggers of dpkg, which are no script
    pub interpreter: Option<Box<str>>,
    /// the packages or directories that a trigger of rpm waits for
    pub on: Vec<Box<str>>,
    /// its text
    pub source: Arc<Source>,
}

impl Script {
    fn new(root: &Path, name: &str, interpreter: Option<Box<str>>, on: Vec<Box<str>>, bytes: Vec<u8>) -> Self {
        let source = Arc::new(Source::new(root.join(name), bytes));
        Self { name: name.into(), interpreter, on, source }
    }
}

/// What was read of a package.
#[derive(Clone, Debug)]
pub struct Package {
    /// what sort it is
    pub kind: Kind,
    /// its name, by what it says of itself or else by its file
    pub name: Box<str>,
    /// its version, with epoch and release
    pub version: Option<Box<str>>,
    /// for which machines
    pub architecture: Option<Box<str>>,
    /// what it was built from
    pub source: Option<Box<str>>,
    /// what else it says of itself: the control file of a .deb with its keys in lower case, a few tags of an .rpm
    pub fields: BTreeMap<Box<str>, Box<str>>,
    /// what runs when it comes and goes
    pub scripts: Vec<Script>,
    /// files that an administrator may change
    pub conffiles: Vec<PathBuf>,
    /// files that belong to it and are not in it
    pub ghosts: Vec<PathBuf>,
    /// what stands before every path of its tree: its own path
    pub root: PathBuf,
    /// what is wrong with it as a package
    pub problems: Vec<Problem>,
    contents: Contents,
}

impl Package {
    fn new(kind: Kind, path: &Path) -> Self {
        let file = path.file_name().map_or_else(|| path.to_string_lossy(), |n| n.to_string_lossy());
        Self {
            kind,
            name: (*file).into(),
            version: None,
            architecture: None,
            source: None,
            fields: BTreeMap::new(),
            scripts: Vec::new(),
            conffiles: Vec::new(),
            ghosts: Vec::new(),
            root: path.to_owned(),
            problems: Vec::new(),
            contents: Contents::default(),
        }
    }

    /// Its files; all paths begin with [`Package::root`].
    pub fn tree(&self) -> &dyn Tree {
        if self.kind == Kind::Directory { &Disk } else { &self.contents }
    }

    /// Its files with those of an archive in memory; nothing for a directory, which is looked at where it is.
    pub fn contents(&self) -> Option<&Contents> {
        (self.kind != Kind::Directory).then_some(&self.contents)
    }

    /// Whether all of it was seen.
    pub fn is_complete(&self) -> bool {
        self.problems.iter().all(|p| p.kind.weight() < Weight::Limit)
    }

    /// Gives it its files below its root, and the name that they say where nothing else does.
    fn settle(mut self, contents: Contents, named: bool) -> Self {
        self.contents = contents.below(&self.root);
        if !named && let Some(release) = release::of(self.tree(), &self.root) {
            (self.name, self.version) = (release.name, release.version);
        }
        self
    }
}

/// Reads what is at a path: one package, or all images of a layout.
///
/// # Errors
/// When nothing at all can be told of it. What goes wrong later is a problem of the package.
pub fn open(path: &Path, limits: &Limits) -> Result<Vec<Package>, Problem> {
    let account = Account::new(limits);
    let unreadable = |e: &io::Error| fail(ProblemKind::Unreadable, e.to_string());
    let stat = tree::stat_named(path).map_err(|e| unreadable(&e))?;
    if stat.kind == NodeKind::Directory {
        if Disk.stat(&path.join(image::LAYOUT)).is_ok_and(|s| s.kind == NodeKind::File) {
            return image::directory(path, &account);
        }
        return Ok(vec![Package::new(Kind::Directory, path).settle(Contents::default(), false)]);
    }
    read(path, tree::stream_named(path).map_err(|e| unreadable(&e))?, limits)
}

/// Reads a stream as if it were at a path.
///
/// # Errors
/// As [`open`].
pub fn read(path: &Path, from: impl Read, limits: &Limits) -> Result<Vec<Package>, Problem> {
    let account = Account::new(limits);
    let packed = Packed { from, account: &account };
    let (head, mut from) = sniff(packed, 512).map_err(|e| fail(ProblemKind::Unreadable, e.to_string()))?;
    if head.is_empty() {
        return Err(fail(ProblemKind::UnknownFormat, "an empty file"));
    }
    let one = |kind, read: &mut dyn FnMut(&mut Package) -> Result<(), account::Ended>| {
        let mut package = Package::new(kind, path);
        // what ended it is told
        let _ = read(&mut package);
        let contents = std::mem::take(&mut package.contents);
        let mut package = package.settle(contents, true);
        package.problems = account.problems();
        Ok(vec![package])
    };
    if head.starts_with(ar::MAGIC) {
        return one(Kind::Deb, &mut |package| {
            // the magic is known
            io::copy(&mut from.by_ref().take(ar::MAGIC.len() as u64), &mut io::sink())
                .map_err(|e| account.broken(None, &e))?;
            deb::read(&mut from, &account, package)
        });
    }
    if head.starts_with(rpm::MAGIC) {
        return one(Kind::Rpm, &mut |package| {
            io::copy(&mut from.by_ref().take(rpm::MAGIC.len() as u64), &mut io::sink())
                .map_err(|e| account.broken(None, &e))?;
            rpm::read(&mut from, &account, package)
        });
    }
    let packing = Packing::of(&head);
    if packing == Packing::Plain {
        if !tape::is_header(&head) && !is_blank(&head) {
            return Err(fail(ProblemKind::UnknownFormat, unknown(&head)));
        }
        return archive(path, &mut from, &account);
    }
    let told = |e: &io::Error| {
        account.broken(None, e);
        account.problems().pop().unwrap_or_else(|| fail(ProblemKind::Damaged, e.to_string()))
    };
    let unpacked = unpack(from, packing, &account).map_err(|e| told(&e))?;
    let (head, mut from) = sniff(unpacked, 512).map_err(|e| told(&e))?;
    if !tape::is_header(&head) && !is_blank(&head) {
        return Err(fail(ProblemKind::UnknownFormat, format!("compressed, and inside it {}", unknown(&head))));
    }
    archive(path, &mut from, &account)
}

fn fail(kind: ProblemKind, what: impl Into<Box<str>>) -> Problem {
    Problem { kind, part: None, member: None, what: what.into(), times: 1 }
}

/// An archive without a member is two blocks of zeros.
fn is_blank(head: &[u8]) -> bool {
    head.len() == 512 && head.iter().all(|b| *b == 0)
}

/// An archive of files, which may turn out to be one of images.
fn archive(path: &Path, from: &mut dyn Read, account: &Account<'_>) -> Result<Vec<Package>, Problem> {
    let mut intake = Intake::new(account);
    let mut parts = image::Parts::new(account);
    let _ = tape::read(from, account, &mut |entry, data| parts.take(&entry, data, &mut intake));
    if parts.is_image() {
        return Ok(parts.images(path));
    }
    let mut package = Package::new(Kind::Tar, path).settle(intake.contents, false);
    package.problems = account.problems();
    Ok(vec![package])
}

/// What begins so, for somebody who named it.
fn unknown(head: &[u8]) -> String {
    const KNOWN: &[(&[u8], &str)] = &[
        (b"\x7fELF", "a program"),
        (b"PK\x03\x04", "a zip archive"),
        (b"hsqs", "a squashfs image"),
        (b"QFI\xfb", "a disk image of QEMU"),
        (b"070701", "an archive of cpio"),
        (b"7z\xbc\xaf\x27\x1c", "an archive of 7z"),
        (b"ADB", "a package of apk"),
        (b"[", "a text"),
        (b"#", "a text"),
    ];
    let what = KNOWN.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, what)| *what);
    what.map_or_else(|| "it begins like no package".into(), |what| format!("it is {what}, and no package"))
}
