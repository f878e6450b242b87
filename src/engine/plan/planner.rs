//! How a plan is made: walks over directories, reads search paths, and chooses units and drop-ins.

use super::{BrokenLink, Extent, Input, Job, Misnamed, Options, Plan};
use crate::load::{self, Catalog, PathKind, Place, UnitDirectory};
use crate::tree::{self, Entry, NodeKind, Tree};
use crate::vocab::Scope;
use crate::vocab::name::UnitName;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A plan while it is made.
pub(super) struct Planner<'a> {
    tree: &'a dyn Tree,
    options: &'a Options,
    plan: Plan,
    jobs: BTreeSet<Job>,
    /// what is not there is no failure
    lenient: bool,
    /// the directory that a walk has come to, and its entries
    walked: Option<(PathBuf, Vec<Entry>)>,
}

impl<'a> Planner<'a> {
    pub(super) fn new(tree: &'a dyn Tree, options: &'a Options) -> Self {
        let plan = Plan {
            catalogs: Vec::new(),
            jobs: Vec::new(),
            target: options.target,
            misnamed: Vec::new(),
            broken: Vec::new(),
            listed: BTreeSet::new(),
            failures: Vec::new(),
            attached: Vec::new(),
        };
        Self { tree, options, plan, jobs: BTreeSet::new(), lenient: false, walked: None }
    }

    /// The same, for which what is not there is no failure.
    pub(super) fn lenient(self) -> Self {
        Self { lenient: true, ..self }
    }

    pub(super) fn inputs(&mut self, inputs: &[Input]) {
        if inputs.is_empty() {
            self.everything();
        }
        for input in inputs {
            match input {
                Input::Path(path) => self.path(path),
                Input::Unit(name) => self.unit(name),
            }
        }
    }

    pub(super) fn done(mut self) -> Plan {
        // a file has the system around it, a walked directory what was named: the units are the same
        let mut first: BTreeMap<(&[PathBuf], Scope), usize> = BTreeMap::new();
        let catalogs = self.plan.catalogs.iter().enumerate();
        let same: Vec<usize> = catalogs.map(|(i, c)| *first.entry((&c.asked, c.scope)).or_insert(i)).collect();
        let is_twice = |job: &&Job| {
            let catalog = same[job.catalog];
            catalog != job.catalog && self.jobs.contains(&Job { catalog, ..Job::clone(job) })
        };
        let twice: Vec<Job> = self.jobs.iter().filter(is_twice).cloned().collect();
        for job in &twice {
            self.jobs.remove(job);
        }
        self.plan.jobs = self.jobs.into_iter().collect();
        self.plan.misnamed.sort();
        self.plan.misnamed.dedup();
        self.plan
    }

    fn root(&self) -> PathBuf {
        self.options.root.clone().unwrap_or_else(|| PathBuf::from("/"))
    }

    /// Notes what is to be told, once.
    fn fail(&mut self, what: String) {
        if !self.plan.failures.contains(&what) {
            self.plan.failures.push(what);
        }
    }

    /// Notes what is not there.
    fn absent(&mut self, what: String) {
        if !self.lenient {
            self.fail(what);
        }
    }

    /// A catalog, with its complaints noted.
    pub(super) fn catalog(&mut self, root: &Path, search_path: Vec<PathBuf>, scope: Scope) -> usize {
        let same = |c: &Catalog| c.scope == scope && c.root == root && c.asked == search_path;
        if let Some(known) = self.plan.catalogs.iter().position(same) {
            return known;
        }
        let catalog = Catalog::read_on(self.tree, root, search_path, scope, self.walked.take());
        for (dir, e) in &catalog.unreadable {
            self.fail(format!("{}: {e}", dir.display()));
        }
        self.plan.catalogs.push(catalog);
        self.plan.catalogs.len() - 1
    }

    fn wants(&self, name: &UnitName) -> bool {
        !self.options.services_only || name.suffix() == "service"
    }

    /// The unit of a job of another plan, as far as it is in a catalog of this one.
    pub(super) fn again(&mut self, catalog: usize, job: &Job) {
        let found = &self.plan.catalogs[catalog];
        let (name, extent) = match (found.find(&job.name), &job.extent) {
            (_, Extent::File(path)) if self.tree.stat(path).is_ok() => (job.name.clone(), job.extent.clone()),
            (_, Extent::File(_)) => return,
            ((name, Some(_)), _) => (name, Extent::Unit),
            ((name, None), _) => {
                let mut directories = found.dropin_directories(&name, &[]).into_iter();
                if !directories.any(|(dir, _)| has_dropin(self.tree, found, dir)) {
                    return;
                }
                (name, Extent::DropIns)
            }
        };
        self.jobs.insert(Job { catalog, name, extent });
    }

    /// All units of a catalog whose entry is in one of these directories. An alias is reported as its target.
    fn all_of(&mut self, catalog: usize, within: Option<&Path>) {
        self.plan.listed.insert(catalog);
        let found = &self.plan.catalogs[catalog];
        let here = |p: &&PathBuf| within.is_none_or(|w| p.parent() == Some(w));
        let service = |p: &&PathBuf| p.as_os_str().as_encoded_bytes().ends_with(b".service");
        let suffix = |p: &&PathBuf| !self.options.services_only || service(p);
        let misnamed =
            found.misnamed.iter().filter(here).filter(suffix).map(|p| Misnamed { path: p.clone(), scope: found.scope });
        self.plan.misnamed.extend(misnamed.collect::<Vec<_>>());
        let broken = found.rejected(within).map(|(path, name, message)| {
            let name = name.clone();
            BrokenLink { path, name, scope: found.scope, message }
        });
        self.plan.broken.extend(broken.collect::<Vec<_>>());
        let names = self.plan.catalogs[catalog]
            .names(within)
            .filter(|(_, place)| !matches!(place, Place::Alias(_) | Place::Broken(_)))
            .filter_map(|(name, _)| UnitName::parse(name))
            .filter(|name| self.wants(name));
        // in order as they are, a set of them is made at once
        self.jobs.append(&mut names.map(|name| Job { catalog, name, extent: Extent::Unit }).collect());
        if !self.options.services_only {
            // elsewhere a directory called path.d may be anybody's
            self.orphans_of(catalog, within, within.is_none_or(|dir| load::unit_directory(dir).is_some()));
        }
    }

    /// Drop-ins of units that are not there; with `types` those for all units of a type as well.
    fn orphans_of(&mut self, catalog: usize, within: Option<&Path>, types: bool) {
        let found = &self.plan.catalogs[catalog];
        let mut orphans: Vec<_> = found.orphans(within).filter(|(owner, _)| types || owner.contains('.')).collect();
        // foo-bar.service reads those of foo-.service and of service as well
        orphans.sort_by_key(|(owner, _)| std::cmp::Reverse(owner.len()));
        let mut read: BTreeSet<&Path> = BTreeSet::new();
        let mut wanted = Vec::new();
        for (owner, mut own) in orphans {
            let Some(name) = owned(owner).filter(|n| self.wants(n)) else { continue };
            if own.any(|d| !read.contains(d) && has_dropin(self.tree, found, d)) {
                read.extend(found.dropin_directories(&name, &[]).into_iter().map(|(d, _)| d));
                wanted.push(Job { catalog, name, extent: Extent::DropIns });
            }
        }
        self.jobs.extend(wanted);
    }

    /// A file of a profile of portable services, unless it is something else.
    fn profile(&mut self, path: &Path, root: &Path) {
        if let PathKind::Profile(kind, scope) = PathKind::of(path)
            && let Some(name) = owned(kind.word()).filter(|n| self.wants(n))
        {
            let catalog = self.catalog(root, vec![parent(path)], self.options.scope.unwrap_or(scope));
            self.jobs.insert(Job { catalog, name, extent: Extent::File(path.to_owned()) });
        }
    }

    /// All files of the profile in a directory, if it is one.
    fn profile_in(&mut self, dir: &Path, root: &Path) {
        if matches!(PathKind::of(&dir.join("service.conf")), PathKind::Profile(..)) {
            for entry in self.tree.list(dir).unwrap_or_default() {
                self.profile(&dir.join(entry.name), root);
            }
        }
    }

    /// All profiles of a root.
    fn profiles_of(&mut self, root: &Path, scope: Scope) {
        let real = |d: &PathBuf| tree::resolve(self.tree, root, d).ok();
        let mut seen = BTreeSet::new();
        let tops: Vec<PathBuf> = load::profile_path(root, scope).iter().filter_map(real).collect();
        for top in tops.into_iter().filter(|top| seen.insert(top.clone())) {
            for entry in self.tree.list(&top).unwrap_or_default() {
                if entry.kind == NodeKind::Directory {
                    self.profile_in(&top.join(entry.name), root);
                }
            }
        }
    }

    fn everything(&mut self) {
        let root = self.root();
        if let Some(dirs) = self.options.unit_path.clone() {
            let catalog = self.catalog(&root, dirs, self.options.scope.unwrap_or(Scope::System));
            return self.all_of(catalog, None);
        }
        if let Err(e) = self.tree.list(&root) {
            return self.fail(format!("{}: {e}", root.display()));
        }
        for scope in [Scope::System, Scope::User] {
            if self.options.scope.is_none_or(|s| s == scope) {
                let catalog = self.catalog(&root, load::search_path(&root, scope), scope);
                self.all_of(catalog, None);
                if !self.options.services_only {
                    self.profiles_of(&root, scope);
                }
            }
        }
    }

    fn unit(&mut self, name: &str) {
        let full = if name.contains('.') { name.to_owned() } else { format!("{name}.service") };
        let Some(unit) = UnitName::parse(&full) else {
            return self.fail(format!("{name}: no such file, and not a unit name"));
        };
        let root = self.root();
        let scope = self.options.scope.unwrap_or(Scope::System);
        let dirs = self.options.unit_path.clone().unwrap_or_else(|| load::search_path(&root, scope));
        let catalog = self.catalog(&root, dirs, scope);
        match self.plan.catalogs[catalog].find(&unit) {
            (name, Some(_)) => {
                self.jobs.insert(Job { catalog, name, extent: Extent::Unit });
            }
            (_, None) => {
                let c = &self.plan.catalogs[catalog];
                let near = crate::suggest::nearest(unit.as_str(), c.names(None).map(|(n, _)| n));
                let hint = near.map_or(String::new(), |n| format!("; did you mean {n}?"));
                let place =
                    self.options.root.as_ref().map_or_else(|| "on this host".into(), |r| format!("in {}", r.display()));
                self.absent(format!("{unit}: no such unit {place}{hint}"));
            }
        }
    }

    fn path(&mut self, path: &Path) {
        match self.tree.stat(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound && self.tree.read(path).is_ok() => self.file(path),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => self.absent(format!("{}: {e}", path.display())),
            Err(e) => self.fail(format!("{}: {e}", path.display())),
            Ok(stat) if stat.kind == NodeKind::Directory => self.directory(path),
            Ok(stat) if stat.kind == NodeKind::Link && self.tree.list(path).is_ok() => self.directory(path),
            Ok(_) => self.file(path),
        }
    }

    /// The search path of a directory: its root's, with the directory itself in front, or only the directory.
    fn around(&mut self, dir: &Path, top: &Path) -> usize {
        if let Some(dirs) = self.options.unit_path.clone() {
            let dirs = std::iter::once(dir.to_owned()).chain(dirs).collect();
            return self.catalog(&self.root(), dirs, self.options.scope.unwrap_or(Scope::System));
        }
        match load::unit_directory(dir) {
            Some(UnitDirectory { root, scope }) => {
                let mut dirs = load::search_path(&root, scope);
                dirs.retain(|d| d != dir);
                dirs.insert(0, dir.to_owned());
                self.catalog(&root, dirs, self.options.scope.unwrap_or(scope))
            }
            None => self.catalog(top, vec![dir.to_owned()], self.options.scope.unwrap_or(Scope::System)),
        }
    }

    /// The search path of a root, with the directory of it that was reached under the name by which that happened:
    /// /lib and /usr/lib of a merged system are one.
    fn reached(&self, dir: &Path, root: &Path, scope: Scope) -> Vec<PathBuf> {
        let real = |d: &Path| tree::resolve(self.tree, root, d).ok();
        let own = real(dir);
        let mut dirs = load::search_path(root, scope);
        dirs.retain(|d| d == dir || own.is_none() || real(d) != own);
        dirs
    }

    fn file(&mut self, path: &Path) {
        let dir = parent(path);
        match PathKind::of(path) {
            PathKind::Unit(name) => {
                let catalog = self.around(&dir, Path::new("/"));
                match self.plan.catalogs[catalog].find(&name) {
                    (name, Some(_)) => drop(self.jobs.insert(Job { catalog, name, extent: Extent::Unit })),
                    (_, None) => {
                        self.absent(format!("{}: neither a regular file nor a link that leads to one", path.display()));
                    }
                }
            }
            PathKind::DropIn { owner } => self.dropin(&parent(&dir), &owner),
            PathKind::Profile(..) => self.profile(path, Path::new("/")),
            PathKind::Other => {
                let why = "not a unit file: its name needs a prefix and a suffix such as .service; a drop-in is a .conf file in NAME.service.d/";
                self.fail(format!("{}: {why}", path.display()));
            }
        }
    }

    /// The drop-ins of an owner: with its unit where that is at hand, else on their own.
    fn dropin(&mut self, dir: &Path, owner: &str) {
        let catalog = self.around(dir, Path::new("/"));
        let Some(name) = owned(owner) else { return };
        let found = &self.plan.catalogs[catalog];
        let lone = found.find(&name).1.is_none();
        if lone && !found.dropin_directories(&name, &[]).iter().any(|(d, _)| has_dropin(self.tree, found, d)) {
            return self.absent(format!("{}/{owner}.d: no drop-in in it, and no {name} beside it", dir.display()));
        }
        self.jobs.insert(Job { catalog, name, extent: if lone { Extent::DropIns } else { Extent::Unit } });
    }

    fn directory(&mut self, top: &Path) {
        let before = self.jobs.len();
        let file_name = |p: &Path| p.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        if let Some(owner) = load::dropin_owner(&file_name(top)).map(str::to_owned) {
            return self.dropin(&parent(top), &owner);
        }
        let enter = |p: &Path| {
            let name = file_name(p);
            name != ".git" && !load::is_side_directory(&name)
        };
        let mut looked_at = Vec::new();
        tree::walk(self.tree, top, enter, |dir, entries| match entries {
            Ok(entries) => {
                self.walked = Some((dir.clone(), entries));
                looked_at.push((self.units_in(&dir, top), dir));
            }
            Err(e) => self.fail(format!("{}: {e}", dir.display())),
        });
        if self.jobs.len() == before {
            // what is left out beside units, as when it is named
            for (catalog, dir) in looked_at {
                if let Some(catalog) = catalog {
                    self.orphans_of(catalog, Some(&dir), true);
                }
                self.profile_in(&dir, top);
            }
        }
        if self.jobs.len() == before && self.plan.failures.is_empty() {
            let what = if self.options.services_only { "service" } else { "unit file" };
            self.absent(format!("{}: no {what} in it", top.display()));
        }
    }

    /// The units of a directory that a walk has come to; which catalog they are in, if there is any.
    fn units_in(&mut self, dir: &Path, top: &Path) -> Option<usize> {
        if let Some(UnitDirectory { root, scope }) =
            load::unit_directory(dir).filter(|_| self.options.unit_path.is_none())
        {
            let scope = self.options.scope.unwrap_or(scope);
            let search_path = self.reached(dir, &root, scope);
            let catalog = self.catalog(&root, search_path, scope);
            self.all_of(catalog, Some(dir));
            return Some(catalog);
        }
        let catalog = self.around(dir, top);
        let found = &self.plan.catalogs[catalog];
        let idle = found.is_empty() && !found.has_dropins() && catalog + 1 == self.plan.catalogs.len();
        if idle {
            self.plan.catalogs.pop();
        } else {
            self.all_of(catalog, Some(dir));
        }
        if !self.options.services_only {
            self.profile_in(dir, top);
        }
        (!idle).then_some(catalog)
    }
}

/// The unit that a drop-in directory is for; any unit of a type where it is for all of them.
fn owned(owner: &str) -> Option<UnitName> {
    UnitName::parse(owner).or_else(|| UnitName::parse(&format!("any.{owner}")))
}

/// Whether there is a drop-in in a directory, or something that cannot be looked at.
fn has_dropin(tree: &dyn Tree, catalog: &Catalog, directory: &Path) -> bool {
    catalog.dropin_files(tree, directory).map_or(true, |files| !files.is_empty())
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(p) if p.as_os_str().is_empty() => PathBuf::from("."),
        Some(p) => p.to_owned(),
        None => PathBuf::from("/"),
    }
}
