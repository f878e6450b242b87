//! Images of containers: OCI layouts as directories or archives, and what `docker save` writes. Layers are laid over one
//! another in their order; of an archive, where they come in any order, each is read when it comes.

mod layer;
mod manifest;

use super::account::{Account, Ended};
use super::contents::Contents;
use super::intake::{Entry, Intake, What};
use super::problem::{Problem, ProblemKind};
use super::unpack::sniff;
use super::{Package, tape};
use crate::tree::{self, Disk, NodeKind, Tree};
use layer::Layer;
use manifest::{Document, Image};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

/// The file by which a layout is known.
pub(super) const LAYOUT: &str = "oci-layout";
const INDEX: &str = "index.json";
const DOCKER: &str = "manifest.json";

/// Where documents and layers of an image are.
trait Store {
    /// A document, by its name in the layout; what is wrong with it is told.
    fn document(&self, name: &str) -> Option<Document>;
    /// Lays a layer over others; whether it is there.
    fn lay(&self, name: &str, over: &mut Contents) -> bool;
}

/// Reads the images of a directory.
pub(super) fn directory(path: &Path, account: &Account<'_>) -> Result<Vec<Package>, Problem> {
    Ok(images(path, &Opened { path, account }, account, false))
}

/// A layout on disk.
struct Opened<'a> {
    path: &'a Path,
    account: &'a Account<'a>,
}

impl Opened<'_> {
    fn stream(&self, name: &str) -> Option<Box<dyn Read>> {
        let real = tree::resolve(&Disk, self.path, &self.path.join(name)).ok()?;
        Disk.stat(&real).ok().filter(|s| s.kind == NodeKind::File)?;
        Some(Box::new(tree::stream_named(&real).ok()?))
    }
}

impl Store for Opened<'_> {
    fn document(&self, name: &str) -> Option<Document> {
        let mut text = Vec::new();
        let most = self.account.limits.kept_file;
        self.stream(name)?.take(most + 1).read_to_end(&mut text).ok()?;
        self.account.keep(name.as_bytes(), text.len() as u64).then_some(())?;
        Document::read(name, &text, self.account)
    }

    fn lay(&self, name: &str, over: &mut Contents) -> bool {
        let Some(stream) = self.stream(name) else { return false };
        let packed = super::Packed { from: stream, account: self.account };
        // what ended it is told, and what came before counts
        let layer = self.account.within(name, || Layer::read(packed, self.account));
        layer.lay(over);
        true
    }
}

/// What an archive may hold of images.
pub(super) struct Parts<'a> {
    account: &'a Account<'a>,
    /// documents as text
    documents: BTreeMap<String, Vec<u8>>,
    /// a layer is given to the last image that asks for it
    layers: RefCell<BTreeMap<String, Layer>>,
    /// `docker save` writes a layer once and links to it
    links: BTreeMap<String, String>,
}

impl<'a> Parts<'a> {
    pub(super) fn new(account: &'a Account<'a>) -> Self {
        Self { account, documents: BTreeMap::new(), layers: RefCell::default(), links: BTreeMap::new() }
    }

    /// Takes in what could be part of an image; every member is a file of the archive as well.
    pub(super) fn take(
        &mut self,
        entry: &Entry<'_>,
        data: &mut dyn Read,
        intake: &mut Intake<'_>,
    ) -> Result<(), Ended> {
        let Some(name) = part(entry.name) else { return intake.take(entry, data) };
        if entry.what == What::Link && name.ends_with("/layer.tar") {
            let target = String::from_utf8_lossy(entry.target).into_owned();
            self.links.insert(name.to_owned(), target.trim_start_matches("../").to_owned());
        }
        if entry.what != What::File || entry.is_sparse {
            return intake.take(entry, data);
        }
        // nothing of its content is kept as that of a file
        intake.take(&Entry { mode: entry.mode & !0o111, ..*entry }, &mut io::empty())?;
        let (head, mut from) = sniff(data, 512).map_err(|e| self.account.broken(Some(entry.name), &e))?;
        if head.starts_with(b"{") || head.starts_with(b"[") {
            if self.account.keep(entry.name, entry.size) {
                let mut text = Vec::new();
                from.read_to_end(&mut text).map_err(|e| self.account.broken(Some(entry.name), &e))?;
                self.documents.insert(name.to_owned(), text);
            }
        } else if name.contains('/') {
            let layer = self.account.within(name, || Layer::read(from, self.account));
            if self.account.is_over() {
                return Err(Ended);
            }
            self.layers.borrow_mut().insert(name.to_owned(), layer);
        }
        Ok(())
    }

    /// Whether the archive is one of images.
    pub(super) fn is_image(&self) -> bool {
        let has = |name: &str| self.documents.contains_key(name);
        has(LAYOUT) && has(INDEX) || has(DOCKER) && !self.layers.borrow().is_empty()
    }

    /// The images.
    pub(super) fn images(&self, path: &Path) -> Vec<Package> {
        images(path, self, self.account, !self.documents.contains_key(INDEX))
    }
}

impl Store for Parts<'_> {
    fn document(&self, name: &str) -> Option<Document> {
        Document::read(name, self.documents.get(name)?, self.account)
    }

    fn lay(&self, name: &str, over: &mut Contents) -> bool {
        let layers = self.layers.borrow();
        let layer = layers.get(name).or_else(|| layers.get(self.links.get(name)?));
        layer.inspect(|layer| layer.lay(over)).is_some()
    }
}

/// The name of a member that may be part of an image.
fn part(name: &[u8]) -> Option<&str> {
    let name = std::str::from_utf8(name).ok()?;
    let name = name.strip_prefix("./").unwrap_or(name);
    let hex = |text: &str| text.len() >= 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let known = matches!(name, LAYOUT | INDEX | DOCKER)
        || name.strip_suffix(".json").is_some_and(hex)
        || name.strip_suffix("/layer.tar").is_some_and(hex)
        || name.strip_prefix("blobs/").and_then(|n| n.split_once('/')).is_some_and(|(_, digest)| hex(digest));
    known.then_some(name)
}

/// The images that a store's index names, each as a package.
fn images(path: &Path, store: &dyn Store, account: &Account<'_>, docker: bool) -> Vec<Package> {
    let found = if docker { manifest::of_docker(store, account) } else { manifest::of_index(store, account) };
    let shared = account.take_problems();
    let single = found.len() < 2;
    let mut out: Vec<Package> = found.iter().map(|image| package(path, store, account, image, single)).collect();
    if out.is_empty() {
        let mut nothing = Package::new(super::Kind::Image, path);
        account.tell(ProblemKind::Incomplete, None, "its index names no image that is there");
        nothing.problems = account.take_problems();
        out.push(nothing);
    }
    for package in &mut out {
        package.problems.splice(0..0, shared.iter().cloned());
    }
    out
}

fn package(path: &Path, store: &dyn Store, account: &Account<'_>, image: &Image, single: bool) -> Package {
    let root = if single { path.to_owned() } else { path.join(&*image.id) };
    let mut package = Package::new(super::Kind::Image, &root);
    package.architecture = image.architecture.clone();
    if let Some(os) = &image.os {
        package.fields.insert("os".into(), os.clone());
    }
    let mut contents = Contents::default();
    for name in &image.layers {
        if account.is_over() {
            break;
        }
        if !store.lay(name, &mut contents) {
            account.tell(ProblemKind::Incomplete, Some(name.as_bytes()), "a layer of the image is not there");
        }
        if contents.nodes() > account.limits.entries {
            let what = format!("the layers of the image have more than {} files", account.limits.entries);
            account.tell(ProblemKind::TooMany, Some(name.as_bytes()), what);
            break;
        }
    }
    if let Some(name) = &image.name {
        package.name = name.clone();
    }
    let mut package = package.settle(contents, image.name.is_some());
    package.problems = account.take_problems();
    package
}

/// Reads a tar archive, however it is compressed.
fn unpacked(
    from: impl Read,
    account: &Account<'_>,
    visit: &mut dyn FnMut(Entry<'_>, &mut dyn Read) -> Result<(), Ended>,
) -> Result<(), Ended> {
    use super::unpack::{Packing, unpack};
    let broken = |e: &io::Error| account.broken(None, e);
    let (head, from) = sniff(from, 512).map_err(|e| broken(&e))?;
    let packing = Packing::of(&head);
    if packing == Packing::Plain && !tape::is_header(&head) && !super::is_blank(&head) {
        return Err(account.end(ProblemKind::UnknownFormat, None, "a layer that is no archive of tar"));
    }
    tape::read(&mut unpack(from, packing, account).map_err(|e| broken(&e))?, account, visit)
}
