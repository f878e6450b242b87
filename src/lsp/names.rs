//! Where units are named: in the units of the search paths of a document.

use super::desk::{Desk, Document, scope_of};
use crate::engine::Plan;
use crate::load::{Catalog, Loader};
use crate::text::Loc;
use crate::unit::Unit;
use crate::unit::world::names_units;
use crate::vocab::name::UnitName;
use crate::vocab::words::{Split, words};
use crate::vocab::{Model, key, specifier, well_known_units};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The search path of a document.
pub(super) fn catalog<'d>(desk: &'d Desk, document: &Document) -> Option<&'d Catalog> {
    let plan: &Plan = desk.plan(&document.uri.0)?;
    let job = plan.jobs.first().map_or(0, |job| job.catalog);
    plan.catalogs.get(job)
}

/// The names of all units that a document may name.
pub(super) fn known(desk: &Desk, document: &Document) -> BTreeSet<String> {
    let here = catalog(desk, document);
    let own = here.iter().flat_map(|c| c.names(None)).map(|(name, _)| name.to_owned());
    let model = document.unit().map_or(Model::LATEST, |u| u.target.model);
    own.chain(well_known_units(scope_of(document), model).map(str::to_owned)).collect()
}

/// The files of a unit: its fragment and its drop-ins.
pub(super) fn files(desk: &Desk, document: &Document, name: &UnitName) -> Vec<PathBuf> {
    let Some(catalog) = catalog(desk, document) else { return Vec::new() };
    let found = Loader::new(&desk.files, catalog).load(name);
    found.files.iter().map(|f| f.source.path.clone()).collect()
}

/// Every unit of the search path of a document, as far as it can be loaded.
fn each(desk: &Desk, document: &Document, mut visit: impl FnMut(&Unit)) {
    let Some(catalog) = catalog(desk, document) else { return };
    let loader = Loader::new(&desk.files, catalog);
    let target = document.seen.as_ref().map(|s| s.settings.target).unwrap_or_default();
    let all: BTreeSet<UnitName> =
        catalog.names(None).filter_map(|(name, _)| UnitName::parse(name)).map(|name| catalog.find(&name).0).collect();
    for name in all {
        visit(&Unit::read(loader.load(&name), target));
    }
    // what lies in directories of units that are not there
    for (owner, _) in catalog.orphans(None) {
        if let Some(name) = UnitName::parse(owner) {
            visit(&Unit::read(loader.load_lone(&name), target));
        }
    }
}

/// Every place where a unit is named, each once.
pub(super) fn references(desk: &Desk, document: &Document, wanted: &UnitName) -> Vec<Loc> {
    let mut out: Vec<Loc> = Vec::new();
    let mut seen: BTreeSet<(PathBuf, u32)> = BTreeSet::new();
    each(desk, document, |unit| {
        let subject = unit.value_setting(unit.target.model).subject;
        for (id, entry) in unit.all_entries() {
            if names_units(id).is_none() && id != key::ALIAS {
                continue;
            }
            let specifiers = id.key().specifiers(unit.target.model);
            for word in words(entry.text(), Split::UNQUOTE).map_while(Result::ok) {
                let Ok(name) = specifier::expand(&word.text, specifiers, &subject) else { continue };
                let means = |name: &str| {
                    name == wanted.as_str()
                        || UnitName::parse(name).and_then(|n| n.template()).is_some_and(|t| t == *wanted)
                };
                if means(&name) {
                    let at = entry.part(word.at);
                    if seen.insert((at.path().to_owned(), at.span.start)) {
                        out.push(at);
                    }
                }
            }
        }
    });
    out
}

/// The directories beside units that carry a name: drop-ins and dependencies.
pub(super) fn side_directories(desk: &Desk, document: &Document, name: &UnitName) -> Vec<PathBuf> {
    let Some(catalog) = catalog(desk, document) else { return Vec::new() };
    let is_of = |dir: &Path| {
        let dir = dir.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        [".d", ".wants", ".requires", ".upholds"].iter().any(|s| dir.strip_suffix(s) == Some(name.as_str()))
    };
    let dropins = catalog.dropin_directories(name, &[]).into_iter().map(|(dir, _)| dir.to_owned());
    dropins.chain(catalog.dependency_directories.iter().cloned()).filter(|dir| is_of(dir)).collect()
}
