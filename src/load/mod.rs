//! From a name to its files: search paths, fragments, every kind of drop-in, masks, aliases, templates (systemd.unit(5)).
//!
//! Knows names, links and directories. Must not know a directive.

mod activation;
mod catalog;
mod entries;
mod paths;
mod preset;
mod profile;

pub use activation::Activation;
pub use catalog::{Catalog, Place};
pub use paths::{
    Kind as PathKind, UnitDirectory, configuration_path, dependency_owner, dropin_owner, edited, is_side_directory,
    profile_path, search_path, unit_directory,
};
pub use preset::{Preset, PresetLine};
pub use profile::{Profile, Unreadable as UnreadableProfile, profile_names};

use crate::syntax::{self, Syntax};
use crate::text::Source;
use crate::tree::{self, NodeKind, Stat, Tree};
use crate::vocab::name::UnitName;
use crate::vocab::{Model, Scope};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

/// A file and its syntax.
#[derive(Debug)]
pub struct File {
    /// the bytes
    pub source: Arc<Source>,
    syntax: OnceLock<Syntax>,
    /// what is said of the file itself, where reading it told that
    pub stat: Option<Stat>,
}

impl File {
    /// The bytes of a path.
    pub fn new(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Self {
        Self { source: Arc::new(Source::new(path, bytes)), syntax: OnceLock::new(), stat: None }
    }

    /// What they say; parsed once, when it is asked for.
    pub fn syntax(&self) -> &Syntax {
        self.syntax.get_or_init(|| syntax::parse(&self.source.bytes))
    }
}

/// How far loading came.
#[derive(Debug)]
pub enum State {
    /// there is a fragment
    Found,
    /// a link to a device such as /dev/null, or an empty file: the unit is switched off
    Masked,
    /// no search path has it, or a link leads nowhere
    NotFound,
    /// its file cannot be read
    Unreadable(io::Error),
}

/// A unit's files in the order in which they count.
#[derive(Debug)]
pub struct Files {
    /// the name asked for; for an alias the name of its target
    pub name: UnitName,
    /// whose manager would load it
    pub scope: Scope,
    /// how far loading came
    pub state: State,
    /// where the unit was found, as reached
    pub path: PathBuf,
    /// the fragment, then the drop-ins
    pub files: Vec<Arc<File>>,
    /// other names of the unit
    pub aliases: Vec<Box<str>>,
    /// there is no fragment, or none that says anything: `files` begins with a drop-in
    pub lone: bool,
    /// which of the files is the profile of portable services that the unit is attached with
    pub profile: Option<u16>,
    /// drop-ins that cannot be read
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

/// Loads units of one catalog.
pub struct Loader<'a> {
    tree: &'a dyn Tree,
    catalog: &'a Catalog,
    /// what every unit is attached with
    profile: Option<&'a Profile>,
    /// drop-ins that more than one unit may read
    shared: Mutex<BTreeMap<PathBuf, Arc<File>>>,
}

/// The instance that systemd invents to look at a template.
pub fn test_instance(model: Model) -> &'static str {
    if model.number() < 254 { "i" } else { "test_instance" }
}

impl<'a> Loader<'a> {
    /// A loader of the catalog's units.
    pub fn new(tree: &'a dyn Tree, catalog: &'a Catalog) -> Self {
        Self { tree, catalog, profile: None, shared: Mutex::default() }
    }

    /// Of units as they are when they are attached with a profile of portable services.
    #[must_use]
    pub fn attaching(self, profile: Option<&'a Profile>) -> Self {
        Self { profile, ..self }
    }

    /// Finds and reads a unit and all its drop-ins.
    pub fn load(&self, name: &UnitName) -> Files {
        let (name, place) = self.catalog.find(name);
        let mut out = Files {
            scope: self.catalog.scope,
            state: State::NotFound,
            path: PathBuf::new(),
            files: Vec::new(),
            aliases: self.catalog.aliases(&name),
            lone: false,
            profile: None,
            unreadable: Vec::new(),
            name,
        };
        let read = match place {
            None => return out,
            Some((path, Place::Masked)) => {
                out.path = path;
                Ok((Vec::new(), None))
            }
            Some((path, Place::File)) => {
                let read = self.tree.read_known(&path);
                out.path = path;
                read
            }
            Some((path, Place::Linked(target))) => {
                out.path = path;
                self.read_resolved(&target)
            }
            Some((path, Place::Alias(_) | Place::Broken(_))) => {
                out.path = path;
                return out;
            }
        };
        match read {
            Ok((bytes, _)) if bytes.is_empty() => {
                // nothing of it counts, and the manager reads the drop-ins all the same
                (out.state, out.lone) = (State::Masked, true);
                self.dropins(&mut out);
            }
            Ok((bytes, stat)) => {
                out.files.push(Arc::new(File { stat, ..File::new(out.path.clone(), bytes) }));
                out.state = State::Found;
                self.dropins(&mut out);
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => out.state = State::Unreadable(e),
        }
        out
    }

    /// The drop-in of a unit that counts before a profile with which the unit is attached, and hides it.
    pub fn hides_profile(&self, name: &UnitName) -> Option<PathBuf> {
        let has_one = |dir: &&Path| {
            let files = self.catalog.dropin_files(self.tree, dir);
            files.is_ok_and(|files| files.iter().any(|(file, _)| **file == *profile::DROPIN))
        };
        let directories = self.catalog.dropin_directories(name, &self.catalog.aliases(name));
        let first = directories.into_iter().map(|(dir, _)| dir).find(has_one)?;
        Some(first.join(profile::DROPIN)).filter(|path| profile::is_before(path))
    }

    /// Reads the drop-ins of a unit that is not here.
    pub fn load_lone(&self, name: &UnitName) -> Files {
        let mut out = self.lone(name);
        self.dropins(&mut out);
        // the profile is laid over every unit, and is none itself
        if let Some(first) = out.files.iter().enumerate().find(|(i, _)| out.profile != Some(*i as u16)).map(|(_, f)| f)
        {
            out.path = first.source.path.clone();
            out.state = State::Found;
        }
        out
    }

    /// Reads one file as the drop-in of a unit that is not here.
    pub fn load_file(&self, name: &UnitName, path: &Path) -> Files {
        let mut out = self.lone(name);
        out.path = path.to_owned();
        match self.tree.stat(path).and_then(|stat| self.dropin(path, stat.kind, true)) {
            Ok(file) => {
                out.state = State::Found;
                out.files.extend(file);
            }
            Err(e) => out.state = State::Unreadable(e),
        }
        out
    }

    fn lone(&self, name: &UnitName) -> Files {
        Files {
            name: name.clone(),
            scope: self.catalog.scope,
            state: State::NotFound,
            path: PathBuf::new(),
            files: Vec::new(),
            aliases: Vec::new(),
            lone: true,
            profile: None,
            unreadable: Vec::new(),
        }
    }

    /// Reads what links lead to.
    fn read_resolved(&self, path: &Path) -> io::Result<(Vec<u8>, Option<Stat>)> {
        match tree::resolve(self.tree, &self.catalog.root, path) {
            Ok(path) => match self.tree.stat(&path)?.kind {
                // the unit's own path is that of the link, which has no permissions that count
                NodeKind::File => Ok((self.tree.read(&path)?, None)),
                // every device switches off, not /dev/null alone (`null_or_empty()`)
                NodeKind::Device => Ok((Vec::new(), None)),
                // a pipe is not even opened
                _ => Err(io::ErrorKind::InvalidInput.into()),
            },
            Err(tree::Unresolved::Failed(e)) => Err(e),
            Err(tree::Unresolved::Loop | tree::Unresolved::Missing) => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn dropins(&self, out: &mut Files) {
        // what is switched off is not attached
        let profile = self.profile.filter(|_| !matches!(out.state, State::Masked));
        let profile = profile.and_then(|p| p.of(out.name.kind()));
        if !self.catalog.has_dropins() && profile.is_none() {
            return;
        }
        // by file name; of several files with one name only that of the first directory counts
        let mut chosen: BTreeMap<Box<str>, (PathBuf, NodeKind, bool)> = BTreeMap::new();
        for (directory, own) in self.catalog.dropin_directories(&out.name, &out.aliases) {
            let files = match self.catalog.dropin_files(self.tree, directory) {
                Ok(files) => files,
                // a link to a directory may lead to something else
                Err(e) if e.kind() == io::ErrorKind::NotADirectory => continue,
                Err(e) => {
                    out.unreadable.push((directory.to_owned(), e));
                    continue;
                }
            };
            for (file, kind) in files.iter() {
                chosen.entry(file.clone()).or_insert_with(|| (directory.join(&**file), *kind, own));
            }
        }
        let hidden = |(path, ..): &(PathBuf, NodeKind, bool)| profile::is_before(path);
        let mut profile = profile.filter(|_| !chosen.get(profile::DROPIN).is_some_and(hidden));
        if profile.is_some() {
            chosen.remove(profile::DROPIN);
        }
        for (name, (path, kind, own)) in chosen {
            if *name > *profile::DROPIN {
                attach(out, profile.take());
            }
            match self.dropin(&path, kind, own) {
                Ok(Some(file)) => out.files.push(file),
                Ok(None) => {}
                Err(e) => out.unreadable.push((path, e)),
            }
        }
        attach(out, profile);
    }

    /// `None` for what hides others and says nothing: an empty file, a directory, a link to nowhere.
    fn dropin(&self, path: &Path, kind: NodeKind, own: bool) -> io::Result<Option<Arc<File>>> {
        if let Some(file) = (!own).then(|| self.lock().get(path).cloned()).flatten() {
            return Ok(Some(file));
        }
        let read = match kind {
            NodeKind::File => self.tree.read_known(path),
            NodeKind::Link => self.read_resolved(path),
            NodeKind::Directory | NodeKind::Device | NodeKind::Other => return Ok(None),
        };
        let (bytes, stat) = match read {
            Ok(read) => read,
            // a link to a pipe or a directory
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) => return Ok(None),
            Err(e) => return Err(e),
        };
        if bytes.is_empty() {
            return Ok(None);
        }
        let file = Arc::new(File { stat, ..File::new(path, bytes) });
        if !own {
            self.lock().insert(path.to_owned(), file.clone());
        }
        Ok(Some(file))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<PathBuf, Arc<File>>> {
        self.shared.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Adds the file of a profile. An empty one hides others and says nothing.
fn attach(out: &mut Files, profile: Option<&Arc<File>>) {
    if let Some(file) = profile.filter(|file| !file.source.bytes.is_empty()) {
        out.profile = Some(out.files.len() as u16);
        out.files.push(file.clone());
    }
}

/// What the first line of a drop-in says that was made here from evidence.
pub const OURS: &str = "hardened by unitlint";

/// Whether a drop-in was made here: nobody's choice, and it may be made again.
pub fn is_ours(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(300)];
    head.starts_with(b"# ") && memchr::memmem::find(head, OURS.as_bytes()).is_some()
}

/// What its head says too, when its lines were tried.
pub const PROVEN: &str = "proven on the running service";

/// Whether a drop-in was made here and tried: only another trial can tell better.
pub fn is_proven(bytes: &[u8]) -> bool {
    let head = &bytes[..memchr::memmem::find(bytes, b"\n[").unwrap_or(bytes.len())];
    is_ours(bytes) && memchr::memmem::find(head, PROVEN.as_bytes()).is_some()
}

#[cfg(test)]
mod tests;
