//! What the directories of a search path hold: names, links, drop-in directories. Read once, asked often.

use crate::tree::{self, Entry, NodeKind, Tree};
use crate::vocab::name::UnitName;
use crate::vocab::{Message, Scope, UnitKind};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

/// What a name in a search path is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// a regular file
    File,
    /// a link to /dev/null
    Masked,
    /// a link to another name inside the search path
    Alias(UnitName),
    /// a link to a file elsewhere, or to the same name in a later directory
    Linked(PathBuf),
    /// a link that systemd does not accept, and what it says of it
    Broken(Option<Message>),
}

/// The entries of a drop-in directory that can be drop-ins.
type DropInFiles = Vec<(Box<str>, NodeKind)>;

/// The units of one search path.
pub struct Catalog {
    /// out of which no link leads, and where absolute ones begin
    pub root: PathBuf,
    /// whose manager
    pub scope: Scope,
    /// the directories that were asked for
    pub asked: Vec<PathBuf>,
    /// those that exist, the strongest first
    pub directories: Vec<PathBuf>,
    units: BTreeMap<Box<str>, (u16, Place)>,
    /// alias names by target
    aliases: BTreeMap<Box<str>, Vec<Box<str>>>,
    /// drop-in directories by name, in the order of the search path
    dropins: BTreeMap<Box<str>, Vec<PathBuf>>,
    dropin_files: Mutex<BTreeMap<PathBuf, std::sync::Arc<DropInFiles>>>,
    /// `NAME.wants` and the like
    pub dependency_directories: Vec<PathBuf>,
    /// files with the suffix of a unit whose names are no unit names: systemd passes them over
    pub misnamed: Vec<PathBuf>,
    /// directories that exist and cannot be read
    pub unreadable: Vec<(PathBuf, io::Error)>,
    has_dropins: OnceLock<bool>,
}

impl Catalog {
    /// Reads the directories of a search path. Those that do not exist are left out.
    pub fn read(tree: &dyn Tree, root: impl Into<PathBuf>, search_path: Vec<PathBuf>, scope: Scope) -> Self {
        let mut catalog = Self {
            root: root.into(),
            scope,
            asked: search_path.clone(),
            directories: Vec::new(),
            units: BTreeMap::new(),
            aliases: BTreeMap::new(),
            dropins: BTreeMap::new(),
            dropin_files: Mutex::default(),
            dependency_directories: Vec::new(),
            misnamed: Vec::new(),
            unreadable: Vec::new(),
            has_dropins: OnceLock::new(),
        };
        let mut seen = BTreeSet::new();
        let mut listings: Vec<(PathBuf, Vec<Entry>)> = Vec::new();
        for dir in search_path {
            match tree.list(&dir) {
                Ok(entries) => listings.push((dir, entries)),
                Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                Err(e) => catalog.unreadable.push((dir, e)),
            }
        }
        if listings.len() > 1 {
            // /lib and /usr/lib of a merged system are one directory
            listings.retain(|(dir, _)| tree::resolve(tree, &catalog.root, dir).map_or(true, |real| seen.insert(real)));
        }
        catalog.directories = listings.iter().map(|(dir, _)| dir.clone()).collect();
        for (i, (dir, entries)) in listings.into_iter().enumerate() {
            for entry in entries {
                catalog.add(tree, i as u16, &dir, &entry);
            }
        }
        catalog
    }

    fn add(&mut self, tree: &dyn Tree, index: u16, dir: &Path, entry: &Entry) {
        let Some(file) = entry.name.to_str() else { return };
        match entry.kind {
            NodeKind::File if UnitName::parse(file).is_some() => self.put(file, index, Place::File),
            NodeKind::File if file.rsplit_once('.').is_some_and(|(_, suffix)| UnitKind::named(suffix).is_some()) => {
                self.misnamed.push(dir.join(file));
            }
            NodeKind::Link => {
                if let Some(unit) = UnitName::parse(file) {
                    let place = self.link(tree, dir, &unit);
                    self.put(file, index, place);
                } else if super::is_side_directory(file) && file.ends_with(".d") {
                    // the text of the link is what systemd tests, and it reads what an absolute one names
                    let target = tree.read_link(&dir.join(file)).ok().filter(|t| t.is_absolute());
                    if let Some(real) =
                        target.and_then(|t| tree::resolve(tree, &self.root, &in_root(&self.root, &t)).ok())
                    {
                        self.dropins.entry(file.into()).or_default().push(real);
                    }
                }
            }
            NodeKind::Directory if super::dependency_owner(file).is_some() => {
                self.dependency_directories.push(dir.join(file));
            }
            NodeKind::Directory if file.ends_with(".d") => {
                self.dropins.entry(file.into()).or_default().push(dir.join(file));
            }
            _ => {}
        }
    }

    fn put(&mut self, file: &str, index: u16, place: Place) {
        if self.units.contains_key(file) {
            return;
        }
        if let Place::Alias(target) = &place {
            self.aliases.entry(target.as_str().into()).or_default().push(file.into());
        }
        self.units.insert(file.into(), (index, place));
    }

    /// What a link with a unit's name is (`unit_file_resolve_symlink()`).
    fn link(&self, tree: &dyn Tree, dir: &Path, unit: &UnitName) -> Place {
        let path = dir.join(unit.as_str());
        let Ok(target) = tree.read_link(&path) else { return Place::Broken(None) };
        if target == Path::new("/dev/null") {
            return Place::Masked;
        }
        let target =
            normalize(&if target.is_absolute() { in_root(&self.root, &target) } else { dir.join(&target) }, &self.root);
        if target == in_root(&self.root, Path::new("/dev/null")) {
            return Place::Masked;
        }
        let inside = self.directories.iter().any(|d| target.starts_with(normalize(d, &self.root)));
        if !inside {
            return Place::Linked(path);
        }
        match target.file_name().and_then(|n| n.to_str()).and_then(UnitName::parse) {
            Some(name) if name == *unit => Place::Linked(path),
            Some(name) => match alias_fault(unit, &name) {
                None => Place::Alias(name),
                Some(message) => Place::Broken(Some(message)),
            },
            None => Place::Broken(Some(Message::AliasTargetInvalidName)),
        }
    }

    /// Every name with its place, sorted; only those whose entry is in the directory, if one is given.
    pub fn names(&self, within: Option<&Path>) -> impl Iterator<Item = (&str, &Place)> {
        let wanted = within.map(|w| self.directories.iter().position(|d| d == w).unwrap_or(usize::MAX));
        let chosen = self.units.iter().filter(move |(_, (dir, _))| wanted.is_none_or(|w| w == usize::from(*dir)));
        chosen.map(|(name, (_, place))| (&**name, place))
    }

    /// Where the entry of a name is.
    pub fn path_of(&self, name: &UnitName) -> Option<PathBuf> {
        self.units.get(name.as_str()).map(|(dir, _)| self.directories[usize::from(*dir)].join(name.as_str()))
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there is no unit at all.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Follows aliases and falls back to the template: the name that is loaded, and where it is.
    pub fn find(&self, name: &UnitName) -> (UnitName, Option<(PathBuf, Place)>) {
        let mut name = name.clone();
        for _ in 0..40 {
            let entry = self.units.get(name.as_str());
            let template = if entry.is_none() { name.template() } else { None };
            let found = entry.map(|e| (name.as_str(), e)).or_else(|| {
                let template = template.as_ref()?;
                Some((template.as_str(), self.units.get(template.as_str())?))
            });
            match found {
                None => return (name, None),
                Some((_, (_, Place::Alias(target)))) => {
                    let instance = name.instance().filter(|i| !i.is_empty()).map(str::to_owned);
                    name = match instance {
                        Some(instance) if target.is_template() => {
                            target.with_instance(&instance).unwrap_or_else(|| target.clone())
                        }
                        _ => target.clone(),
                    };
                }
                Some((file, (dir, place))) => {
                    let path = self.directories[usize::from(*dir)].join(file);
                    return (name, Some((path, place.clone())));
                }
            }
        }
        (name, None)
    }

    /// The other names of a unit.
    pub fn aliases(&self, name: &UnitName) -> &[Box<str>] {
        self.aliases.get(name.as_str()).map_or(&[], Vec::as_slice)
    }

    /// Whether any drop-in directory exists.
    pub fn has_dropins(&self) -> bool {
        *self.has_dropins.get_or_init(|| !self.dropins.is_empty())
    }

    /// The drop-in directories of a unit in the order in which they hide one another, and whether they are of this unit
    /// alone.
    pub fn dropin_directories(&self, name: &UnitName, aliases: &[Box<str>]) -> Vec<(&Path, bool)> {
        let mut out = Vec::new();
        let mut seen = BTreeSet::new();
        let mut add = |names: &[(String, bool)]| {
            // the search path is the outer order, the names are the inner one
            for dir in 0..=self.directories.len() {
                for (name, own) in names {
                    let Some(found) = self.dropins.get(name.as_str()) else { continue };
                    for path in found {
                        let at = self
                            .directories
                            .iter()
                            .position(|d| path.parent() == Some(d))
                            .unwrap_or(self.directories.len());
                        if at == dir && seen.insert(path.as_path()) {
                            out.push((path.as_path(), *own));
                        }
                    }
                }
            }
        };
        add(&directory_names(name));
        for alias in aliases {
            if let Some(alias) = UnitName::parse(alias) {
                add(&directory_names(&alias));
            }
        }
        add(&[(format!("{}.d", name.suffix()), false)]);
        out
    }

    /// The entries of a drop-in directory that end in `.conf`; read once.
    pub fn dropin_files(&self, tree: &dyn Tree, directory: &Path) -> std::sync::Arc<DropInFiles> {
        let mut cache = self.dropin_files.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(files) = cache.get(directory) {
            return files.clone();
        }
        let entries = tree.list(directory).unwrap_or_default();
        let files = entries.into_iter().filter_map(|e| {
            let name = e.name.to_str()?;
            (name.ends_with(".conf") && !name.starts_with('.')).then(|| (name.into(), e.kind))
        });
        let files = std::sync::Arc::new(files.collect::<Vec<_>>());
        cache.insert(directory.to_owned(), files.clone());
        files
    }
}

/// `NAME.d`, the template's, and those of every prefix that ends in a dash.
fn directory_names(name: &UnitName) -> Vec<(String, bool)> {
    let suffix = name.suffix();
    let mut out = vec![(format!("{name}.d"), true)];
    if let Some(template) = name.template() {
        out.push((format!("{template}.d"), false));
    }
    let mut prefix = name.prefix();
    while let Some(dash) = prefix.strip_suffix('-').unwrap_or(prefix).rfind('-') {
        prefix = &prefix[..=dash];
        if prefix == "-" {
            break;
        }
        out.push((format!("{prefix}.{suffix}.d"), false));
        if let Some(instance) = name.instance() {
            if !instance.is_empty() {
                out.push((format!("{prefix}@{instance}.{suffix}.d"), false));
            }
            out.push((format!("{prefix}@.{suffix}.d"), false));
        }
    }
    out
}

/// Why a link of one name is no other name of a unit (`unit_validate_alias_symlink_or_warn()`).
fn alias_fault(link: &UnitName, target: &UnitName) -> Option<Message> {
    if link.kind() != target.kind() {
        return Some(Message::AliasSuffixMismatch);
    }
    if !link.kind().may_alias() {
        return Some(Message::AliasTypeNotAllowed);
    }
    if link.instance().is_some() && !link.kind().may_template() {
        return Some(Message::AliasTemplateNotAllowed);
    }
    match (link.instance(), target.instance()) {
        (None, None) => None,
        (Some(l), Some(t)) if l == t || (!l.is_empty() && t.is_empty()) => None,
        (Some(l), Some(t)) if !l.is_empty() && !t.is_empty() => Some(Message::AliasInstanceMismatch),
        _ => Some(Message::AliasKindMismatch),
    }
}

fn in_root(root: &Path, target: &Path) -> PathBuf {
    match target.strip_prefix("/") {
        Ok(below) => root.join(below),
        Err(_) => target.to_owned(),
    }
}

/// Without `.` and `..`, by the text alone; `..` stops at the root.
fn normalize(path: &Path, root: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for c in path.components() {
        match c {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                if out != root && !out.pop() {
                    out.push("..");
                }
            }
            c => out.push(c),
        }
    }
    out
}
