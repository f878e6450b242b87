//! Units as they are when they are attached with a profile of portable services: `portablectl attach --profile=NAME`.

use super::{Extent, Job, Plan};
use crate::load::{self, Catalog, Loader, Profile, profile_names};
use crate::suggest;
use crate::tree::Tree;
use crate::vocab::Scope;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// Which profile is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// the one of this name, in the root of the units
    Name(String),
    /// a file, or a directory with a file for each type of unit
    Path(PathBuf),
}

impl Wanted {
    /// A path has a slash in it, or ends in `.conf` and is there; anything else is a name.
    pub fn of(asked: &Path, is_there: impl FnOnce(&Path) -> bool) -> Self {
        let is_path = |text: &str| {
            text.contains('/') || matches!(text, "" | "." | "..") || text.ends_with(".conf") && is_there(asked)
        };
        match asked.to_str() {
            Some(name) if !is_path(name) => Self::Name(name.to_owned()),
            _ => Self::Path(asked.to_owned()),
        }
    }
}

impl Plan {
    /// Lays a profile over all units. A name is looked up in `root`, else in the root that the units lie in, else on this
    /// host; `read` reads what is a path. Gives sentences for the user about units that it changes nothing of.
    ///
    /// # Errors
    /// There is no such profile, or a file of it cannot be read; a sentence for the user.
    pub fn attach(
        &mut self,
        tree: &dyn Tree,
        wanted: &Wanted,
        root: Option<&Path>,
        read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Vec<String>, String> {
        let unreadable = |e: load::UnreadableProfile| format!("{}: {}", e.path.display(), e.error);
        let attached: Vec<Profile> = match wanted {
            Wanted::Path(path) => {
                let profile = Profile::at(tree, path, read).map_err(unreadable)?;
                if profile.is_empty() {
                    return Err(format!(
                        "{}: no profile of portable services, which has a service.conf",
                        path.display()
                    ));
                }
                self.catalogs.iter().map(|_| profile.clone()).collect()
            }
            Wanted::Name(name) => {
                let mut known: BTreeMap<(&Path, Scope), Profile> = BTreeMap::new();
                let mut found = Vec::with_capacity(self.catalogs.len());
                for catalog in &self.catalogs {
                    let place = (root_of(catalog, root), catalog.scope);
                    found.push(match known.entry(place) {
                        Entry::Occupied(known) => known.get().clone(),
                        Entry::Vacant(new) => {
                            new.insert(Profile::named(tree, place.0, place.1, name).map_err(unreadable)?).clone()
                        }
                    });
                }
                self.all_have(tree, name, root, &found)?;
                found
            }
        };
        let takes = |job: &&Job| attached[job.catalog].of(job.name.kind()).is_some();
        let mut notes = Vec::new();
        if !self.to_attach().any(|job| takes(&job)) {
            let kinds: BTreeSet<&str> = attached.iter().flat_map(Profile::kinds).map(|k| k.word()).collect();
            let kinds: Vec<&str> = kinds.into_iter().collect();
            notes.push(match kinds.is_empty() {
                true => "the profile changes nothing here: there is no unit to attach".to_owned(),
                false => format!("the profile changes nothing here: it is for units of type {}", kinds.join(" and ")),
            });
        }
        for job in self.jobs.iter().filter(takes).filter(|job| job.extent == Extent::Unit) {
            let hides = Loader::new(tree, &self.catalogs[job.catalog]).hides_profile(&job.name);
            notes.extend(hides.map(|path| format!("{}: {} hides the profile", job.name, path.display())));
        }
        self.attached = attached;
        Ok(notes)
    }

    /// What a profile can be laid over: no profile itself.
    fn to_attach(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| !matches!(job.extent, Extent::File(_)))
    }

    /// Every root with units has the profile, for the system or for users.
    fn all_have(&self, tree: &dyn Tree, name: &str, root: Option<&Path>, found: &[Profile]) -> Result<(), String> {
        let mut roots: BTreeMap<&Path, (bool, BTreeSet<Scope>)> = BTreeMap::new();
        for catalog in self.to_attach().map(|job| job.catalog).collect::<BTreeSet<usize>>() {
            let of = &self.catalogs[catalog];
            let (has, scopes) = roots.entry(root_of(of, root)).or_default();
            *has |= !found[catalog].is_empty();
            scopes.insert(of.scope);
        }
        let Some((root, (_, scopes))) = roots.into_iter().find(|(_, (has, _))| !has) else { return Ok(()) };
        let names: BTreeSet<String> = scopes.into_iter().flat_map(|scope| profile_names(tree, root, scope)).collect();
        let place = if root == Path::new("/") { "on this host".into() } else { format!("in {}", root.display()) };
        let near = suggest::nearest(name, names.iter().map(String::as_str));
        let hint = near.map_or(String::new(), |near| format!("; did you mean {near}?"));
        let there = match names.is_empty() {
            true => "none in systemd/portable/profile below etc, run, usr/local/lib and usr/lib".to_owned(),
            false => names.iter().map(String::as_str).collect::<Vec<_>>().join(", "),
        };
        Err(format!("{name}: no such profile of portable services {place}, which has {there}{hint}"))
    }
}

/// Where the profiles of a catalog's units are: in the root that the user names, else in that of the units, else on this
/// host.
fn root_of<'a>(catalog: &'a Catalog, named: Option<&'a Path>) -> &'a Path {
    let own = |dir: &PathBuf| load::unit_directory(dir).is_some_and(|d| d.root == catalog.root);
    named.unwrap_or_else(|| if catalog.asked.iter().any(own) { &catalog.root } else { Path::new("/") })
}
