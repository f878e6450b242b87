//! What the directories of a search path hold: names, links, drop-in directories. Read once, asked often.

use super::entries::Entries;
use crate::tree::{self, Entry, NodeKind, Tree};
use crate::vocab::name::{self, UnitName};
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
    /// a link to /dev/null or another device
    Masked,
    /// a link to another name inside the search path
    Alias(UnitName),
    /// a link to a file elsewhere
    Linked(PathBuf),
    /// a link that systemd passes over, and what it says of it: no alias that could be, or one for itself
    Broken(Option<Message>),
}

/// The entries of a drop-in directory that can be drop-ins.
type DropInFiles = Vec<(Box<str>, NodeKind)>;

/// What listing a directory came to; kept, as an error of the system cannot be.
type Listing = Result<std::sync::Arc<DropInFiles>, (io::ErrorKind, String)>;

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
    /// the same without links
    reals: Vec<PathBuf>,
    units: Entries,
    /// alias names by target
    aliases: BTreeMap<Box<str>, Vec<Box<str>>>,
    /// drop-in directories by name, with the place in the search path of what leads there
    dropins: BTreeMap<Box<str>, Vec<(u16, PathBuf)>>,
    /// links that systemd does not accept: in which directory, their names, what it says
    rejected: Vec<(u16, UnitName, Message)>,
    dropin_files: Mutex<BTreeMap<PathBuf, Listing>>,
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
        Self::read_on(tree, root, search_path, scope, None)
    }

    /// The same where the entries of one directory may be known.
    pub(crate) fn read_on(
        tree: &dyn Tree,
        root: impl Into<PathBuf>,
        search_path: Vec<PathBuf>,
        scope: Scope,
        mut known: Option<(PathBuf, Vec<Entry>)>,
    ) -> Self {
        let mut catalog = Self {
            root: root.into(),
            scope,
            asked: search_path.clone(),
            directories: Vec::new(),
            reals: Vec::new(),
            units: Entries::default(),
            aliases: BTreeMap::new(),
            dropins: BTreeMap::new(),
            rejected: Vec::new(),
            dropin_files: Mutex::default(),
            dependency_directories: Vec::new(),
            misnamed: Vec::new(),
            unreadable: Vec::new(),
            has_dropins: OnceLock::new(),
        };
        // a directory on its own was walked to, or a file lies there: nothing to compare, no link on the way
        let alone = search_path.len() == 1;
        let mut listings: Vec<Vec<Entry>> = Vec::new();
        for dir in search_path {
            let found = if alone { Ok((dir.clone(), dir.clone())) } else { inside(tree, &catalog.root, &dir) };
            let mut list = |dir: &Path| match known.take_if(|(known, _)| known == dir) {
                Some((_, entries)) => Ok(entries),
                None => tree.list(dir),
            };
            match found.and_then(|(dir, real)| Ok((list(&dir)?, dir, real))) {
                // /lib and /usr/lib of a merged system are one directory
                Ok((_, _, real)) if catalog.reals.contains(&real) => {}
                Ok((entries, dir, real)) => {
                    catalog.directories.push(dir);
                    catalog.reals.push(real);
                    listings.push(entries);
                }
                Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                Err(e) => catalog.unreadable.push((dir, e)),
            }
        }
        for (i, entries) in listings.into_iter().enumerate() {
            let dir = catalog.directories[i].clone();
            for entry in entries {
                catalog.add(tree, i as u16, &dir, &entry);
            }
        }
        catalog.units.sort();
        catalog.name_aliases();
        catalog
    }

    fn add(&mut self, tree: &dyn Tree, index: u16, dir: &Path, entry: &Entry) {
        let Some(file) = entry.name.to_str() else { return };
        match entry.kind {
            NodeKind::File if name::kind_of(file).is_some() => self.put(file, index, Place::File),
            NodeKind::File if file.rsplit_once('.').is_some_and(|(_, suffix)| UnitKind::named(suffix).is_some()) => {
                self.misnamed.push(dir.join(file));
            }
            NodeKind::Link => {
                if let Some(unit) = UnitName::parse(file) {
                    let place = self.link(tree, dir, &unit);
                    self.put(file, index, place.clone());
                    if let Place::Broken(Some(message)) = place {
                        self.rejected.push((index, unit, message));
                    }
                } else if super::is_side_directory(file) && file.ends_with(".d") {
                    // the text of the link is what systemd tests, and it reads what an absolute one names
                    let target = tree.read_link(&dir.join(file)).ok().filter(|t| t.is_absolute());
                    if let Some(real) =
                        target.and_then(|t| tree::resolve(tree, &self.root, &in_root(&self.root, &t)).ok())
                    {
                        self.dropins.entry(file.into()).or_default().push((index, real));
                    }
                }
            }
            NodeKind::Directory if super::dependency_owner(file).is_some() => {
                self.dependency_directories.push(dir.join(file));
            }
            NodeKind::Directory if file.ends_with(".d") => {
                self.dropins.entry(file.into()).or_default().push((index, dir.join(file)));
            }
            _ => {}
        }
    }

    fn put(&mut self, file: &str, index: u16, place: Place) {
        // what systemd does not accept hides nothing in later directories
        self.units.put(file, (index, place), |(_, known)| matches!(known, Place::Broken(_)));
    }

    /// Notes the aliases of every unit, those that go over other aliases as well.
    fn name_aliases(&mut self) {
        for (alias, _) in self.units.iter().filter(|(_, (_, place))| matches!(place, Place::Alias(_))) {
            let mut name = alias;
            for _ in 0..40 {
                match self.units.get(name) {
                    Some((_, Place::Alias(target))) => name = target.as_str(),
                    _ => {
                        self.aliases.entry(name.into()).or_default().push(alias.into());
                        break;
                    }
                }
            }
        }
    }

    /// What a link with a unit's name is (`unit_file_resolve_symlink()`).
    fn link(&self, tree: &dyn Tree, dir: &Path, unit: &UnitName) -> Place {
        let path = dir.join(unit.as_str());
        let Ok(target) = tree.read_link(&path) else { return Place::Broken(None) };
        if is_device(&target) {
            return Place::Masked;
        }
        let absolute = target.is_absolute();
        let target = if absolute { in_root(&self.root, &target) } else { dir.join(&target) };
        let text = normalize(&target, &self.root);
        let root = normalize(&self.root, &self.root);
        if text.strip_prefix(root).is_ok_and(|below| is_device(&Path::new("/").join(below))) {
            return Place::Masked;
        }
        // by way of a link the target may lie in a directory of the search path that is written otherwise
        let home = target.parent().and_then(|p| tree::resolve(tree, &self.root, p).ok());
        let holds = |i: usize| {
            let d = &self.directories[i];
            let plain = normalize(d, &self.root);
            // a directory of units that plays the root is none: what is absolute lies elsewhere
            (!absolute || *d != self.root)
                && (text.is_relative() == plain.is_relative() && text.starts_with(plain)
                    || home.as_ref().is_some_and(|h| h.starts_with(&self.reals[i])))
        };
        let inside = (0..self.directories.len()).any(holds);
        if !inside {
            return Place::Linked(path);
        }
        match target.file_name().and_then(|n| n.to_str()).and_then(UnitName::parse) {
            Some(name) if name == *unit => Place::Broken(None),
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
        chosen.map(|(name, (_, place))| (name, place))
    }

    /// The links that systemd does not accept and what it says of them; only those in the directory, if one is given.
    pub fn rejected(&self, within: Option<&Path>) -> impl Iterator<Item = (PathBuf, &UnitName, Message)> {
        let all = self.rejected.iter().map(|(i, name, message)| (&self.directories[usize::from(*i)], name, *message));
        let chosen = all.filter(move |(dir, ..)| within.is_none_or(|w| *dir == w));
        chosen.map(|(dir, name, message)| (dir.join(name.as_str()), name, message))
    }

    /// Links with the name of a unit that lead to none, and that nothing else makes up for: their names and where they are.
    pub fn dead_links(&self, tree: &dyn Tree) -> Vec<(UnitName, PathBuf)> {
        let leads = |place: &Place| match place {
            Place::File | Place::Masked | Place::Broken(Some(_)) => true,
            // the next link of a chain is told by itself
            Place::Alias(target) => self.units.get(target.as_str()).is_some() || self.find(target).1.is_some(),
            Place::Linked(path) => tree::resolve(tree, &self.root, path).is_ok(),
            Place::Broken(None) => false,
        };
        let dead = self.units.iter().filter(|(_, (_, place))| !leads(place));
        dead.filter_map(|(name, (at, _))| {
            let path = self.directories[usize::from(*at)].join(name);
            UnitName::parse(name).map(|name| (name, path))
        })
        .collect()
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there is no unit at all.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Whether a name leads to a unit.
    pub fn knows(&self, name: &UnitName) -> bool {
        match self.units.get(name.as_str()) {
            Some((_, Place::File | Place::Linked(_) | Place::Masked)) => true,
            None if !name.is_instance() => false,
            _ => self.find(name).1.is_some(),
        }
    }

    /// Follows aliases and falls back to the template: the name that is loaded, and where it is.
    pub fn find(&self, name: &UnitName) -> (UnitName, Option<(PathBuf, Place)>) {
        // nearly every name is that of a file
        if let Some((dir, place @ (Place::File | Place::Linked(_)))) = self.units.get(name.as_str()) {
            let (dir, entry) = (self.directories[usize::from(*dir)].as_os_str(), name.as_str());
            // with room for both: joined, it would be moved for its second half
            let mut path = PathBuf::with_capacity(dir.len() + 1 + entry.len());
            path.extend([dir, entry.as_ref()]);
            return (name.clone(), Some((path, place.clone())));
        }
        let mut name = name.clone();
        // whose entry it is: an alias for a template leads to that file, while the name keeps its instance
        let mut file = name.clone();
        for _ in 0..40 {
            let usable = |f: &UnitName| self.units.get(f.as_str()).is_some_and(|(_, p)| !matches!(p, Place::Broken(_)));
            if !usable(&file)
                && let Some(template) = file.template().filter(usable)
            {
                file = template;
            }
            match self.units.get(file.as_str()) {
                None => break,
                Some((_, Place::Alias(target))) => {
                    let instance = name.instance().filter(|_| target.is_template());
                    name = instance.and_then(|i| target.with_instance(i)).unwrap_or_else(|| target.clone());
                    file = target.clone();
                }
                Some((dir, place)) => {
                    let path = self.directories[usize::from(*dir)].join(file.as_str());
                    return (name, Some((path, place.clone())));
                }
            }
        }
        (name, None)
    }

    /// The other names of a unit; for an instance of a template those that the template's aliases give it.
    pub fn aliases(&self, name: &UnitName) -> Vec<Box<str>> {
        let of = |name: &UnitName| self.aliases.get(name.as_str()).into_iter().flatten();
        let mut out: Vec<Box<str>> = of(name).cloned().collect();
        let own = || matches!(self.units.get(name.as_str()), Some((_, place)) if !matches!(place, Place::Alias(_)));
        if let (Some(template), Some(instance)) = (name.template().filter(|_| !own()), name.instance()) {
            let aliases = of(&template).filter_map(|alias| UnitName::parse(alias));
            let named = aliases.filter_map(|a| if a.is_template() { a.with_instance(instance) } else { Some(a) });
            out.extend(named.filter(|a| a.instance() == Some(instance) && a != name).map(|a| a.as_str().into()));
        }
        out
    }

    /// Whether any drop-in directory exists.
    pub fn has_dropins(&self) -> bool {
        *self.has_dropins.get_or_init(|| !self.dropins.is_empty())
    }

    /// The drop-in directories that no unit here reads, by their owners `foo.service`, `foo-.service`, `service`; only
    /// owners with one in the directory, if one is given.
    pub fn orphans(&self, within: Option<&Path>) -> impl Iterator<Item = (&str, impl Iterator<Item = &Path>)> {
        let wanted = within.map(|w| self.directories.iter().position(|d| d == w).unwrap_or(usize::MAX));
        let here = move |at: &(u16, PathBuf)| wanted.is_none_or(|w| w == usize::from(at.0));
        let owned = |name| super::dropin_owner(name).filter(|owner| !self.has_reader(owner));
        self.dropins
            .iter()
            .filter(move |(_, all)| all.iter().any(here))
            .filter_map(move |(name, all)| Some((owned(name)?, all.iter().map(|(_, path)| path.as_path()))))
    }

    /// Whether a unit here reads the drop-ins of an owner.
    fn has_reader(&self, owner: &str) -> bool {
        let unit = |(_, place): &(u16, Place)| !matches!(place, Place::Broken(_));
        let Some(name) = UnitName::parse(owner) else {
            let of_type = |file: &str| file.strip_suffix(owner).is_some_and(|stem| stem.ends_with('.'));
            return self.units.iter().any(|(file, known)| unit(known) && of_type(file));
        };
        if self.find(&name).1.is_some() {
            return true;
        }
        // those whose names begin like that of a prefix
        let Some(prefix) = name.prefix().strip_suffix('-').map(|_| name.prefix()) else { return false };
        let directory = format!("{owner}.d");
        let mut names =
            self.units.beginning(prefix).filter(|(_, known)| unit(known)).filter_map(|(file, _)| UnitName::parse(file));
        names.any(|file| directory_names(&file).iter().any(|(name, _)| *name == directory))
    }

    /// The drop-in directories of a unit in the order in which they hide one another, and whether they are of this unit
    /// alone.
    pub fn dropin_directories(&self, name: &UnitName, aliases: &[Box<str>]) -> Vec<(&Path, bool)> {
        let mut out = Vec::new();
        let mut seen = BTreeSet::new();
        let mut add = |names: &[(String, bool)]| {
            // the search path is the outer order, the names are the inner one
            for dir in 0..self.directories.len() as u16 {
                for (name, own) in names {
                    let found = self.dropins.get(name.as_str()).into_iter().flatten();
                    for (_, path) in found.filter(|(at, _)| *at == dir) {
                        if seen.insert(path.as_path()) {
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
    ///
    /// # Errors
    /// As the system gives them.
    pub fn dropin_files(&self, tree: &dyn Tree, directory: &Path) -> io::Result<std::sync::Arc<DropInFiles>> {
        let mut cache = self.dropin_files.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(files) = cache.get(directory) {
            return files.clone().map_err(|(kind, why)| io::Error::new(kind, why));
        }
        let dropin = |e: Entry| {
            let name = e.name.to_str()?;
            (name.ends_with(".conf") && !name.starts_with('.')).then(|| (name.into(), e.kind))
        };
        let entries = tree.list(directory).map_err(|e| (e.kind(), e.to_string()));
        let files = entries.map(|all| std::sync::Arc::new(all.into_iter().filter_map(dropin).collect::<Vec<_>>()));
        cache.insert(directory.to_owned(), files.clone());
        files.map_err(|(kind, why)| io::Error::new(kind, why))
    }
}

/// `NAME.d`, the template's, those of every prefix that ends in a dash, and for an instance those of the prefixes with
/// the instance and as a template.
fn directory_names(name: &UnitName) -> Vec<(String, bool)> {
    let suffix = name.suffix();
    let mut out = vec![(format!("{name}.d"), true)];
    if let Some(template) = name.template() {
        out.push((format!("{template}.d"), false));
    }
    let mut prefixes = Vec::new();
    let mut prefix = name.prefix();
    while let Some(dash) = prefix.strip_suffix('-').unwrap_or(prefix).rfind('-').filter(|dash| *dash > 0) {
        prefix = &prefix[..=dash];
        prefixes.push(prefix);
    }
    out.extend(prefixes.iter().map(|prefix| (format!("{prefix}.{suffix}.d"), false)));
    if let Some(instance) = name.instance() {
        for prefix in prefixes {
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

/// Whether a path from the root on is a device that every running system has; a root at rest has an empty /dev.
fn is_device(path: &Path) -> bool {
    path.strip_prefix("/dev")
        .is_ok_and(|name| ["null", "zero", "full", "random", "urandom"].iter().any(|d| name == Path::new(d)))
}

fn in_root(root: &Path, target: &Path) -> PathBuf {
    match target.strip_prefix("/") {
        Ok(below) => root.join(below),
        Err(_) => target.to_owned(),
    }
}

/// A directory of the search path as it was reached, unless a link on the way would lead the system out of the root;
/// and what it is without links.
fn inside(tree: &dyn Tree, root: &Path, dir: &Path) -> io::Result<(PathBuf, PathBuf)> {
    let real = tree::resolve(tree, root, dir).map_err(|e| match e {
        tree::Unresolved::Failed(e) => e,
        tree::Unresolved::Loop | tree::Unresolved::Missing => io::ErrorKind::NotFound.into(),
    })?;
    let same = tree::resolve(tree, Path::new("/"), dir).is_ok_and(|outside| outside == real);
    Ok((if same { dir.to_owned() } else { real.clone() }, real))
}

/// Without `.` and `..`, by the text alone; `..` stops at the root.
fn normalize(path: &Path, root: &Path) -> PathBuf {
    let root: PathBuf = root.components().filter(|c| *c != std::path::Component::CurDir).collect();
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
