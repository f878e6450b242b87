//! `unitlint tree`

use super::args::{TreeArgs, TreeFormat, Units};
use super::settings::{settings, tell};
use super::{Out, Outcome, Trouble, complain, paint, print, work};
use crate::emit::tree::{self, Show, Tree};
use crate::engine::Extent;
use crate::unit::cgroups::Cgroups;
use crate::vocab::UnitKind;
use crate::vocab::name::UnitName;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A slice or scope by its name: there are some without a file.
fn group_name(input: &Path) -> Option<UnitName> {
    let name = UnitName::parse(input.to_str()?)?;
    matches!(name.kind(), UnitKind::Slice | UnitKind::Scope).then_some(name)
}

pub(super) fn run(args: &TreeArgs) -> Result<Outcome, Trouble> {
    let given = &args.units;
    let (groups, inputs): (Vec<&PathBuf>, Vec<&PathBuf>) = given.inputs.iter().partition(|i| group_name(i).is_some());
    let everything = given.inputs.is_empty();
    // without a word it is this host
    let host = inputs.is_empty() && given.root.is_none() && given.unit_path.is_none();
    let units = Units {
        inputs: inputs.into_iter().cloned().collect(),
        root: given.root.clone().or_else(|| host.then(|| "/".into())),
        unit_path: given.unit_path.clone(),
        judge: given.judge.clone(),
        stdin_filename: given.stdin_filename.clone(),
        config: given.config.clone(),
        color: given.color,
    };
    let settings = settings(&units, None, None)?;
    let work = work(&units, &settings, false, "/")?;
    let mut sound = work.plan.failures.is_empty();
    let mut trees: Vec<(usize, Cgroups, BTreeSet<String>)> = Vec::new();
    let mut missing: BTreeSet<String> = groups.iter().map(|g| g.display().to_string()).collect();
    for (at, catalog) in work.plan.catalogs.iter().enumerate() {
        // a profile of portable services is laid over units that are elsewhere
        let jobs = work.plan.jobs.iter().filter(|job| job.catalog == at && !matches!(job.extent, Extent::File(_)));
        let mut named: BTreeSet<String> = jobs.map(|job| job.name.to_string()).collect();
        if named.is_empty() {
            continue;
        }
        let cgroups = Cgroups::read(&*work.tree, catalog, settings.target);
        cgroups.failures.iter().for_each(|failure| complain(failure));
        sound &= cgroups.failures.is_empty();
        if !everything {
            if units.inputs.is_empty() {
                named.clear();
            }
            for group in groups.iter().filter_map(|g| group_name(g)).filter(|g| cgroups.find(g.as_str()).is_some()) {
                missing.remove(group.as_str());
                named.insert(group.to_string());
            }
            named.retain(|name| cgroups.find(name).is_some());
            if named.is_empty() {
                continue;
            }
        }
        trees.push((at, cgroups, named));
    }
    for name in &missing {
        complain(&format!("{name}: no unit is in it, and there is no file or drop-in for it"));
    }
    sound &= missing.is_empty();
    if trees.is_empty() && missing.is_empty() {
        return Err(
            "nothing of that has a control group: services, sockets, mounts, swaps, slices and scopes have".into()
        );
    }
    let trees: Vec<Tree<'_>> = trees
        .iter()
        .map(|(at, cgroups, named)| Tree {
            cgroups,
            root: &work.plan.catalogs[*at].root,
            only: (!everything).then_some(named),
            one_by_one: work.named || units.inputs.is_empty(),
        })
        .collect();
    if args.format == TreeFormat::Json {
        tree::json(Out::new()?, &trees).map_err(|e| format!("standard output: {e}"))?;
    } else {
        let show = Show { all: args.all, sources: args.explain, paint: paint(given.color) };
        let texts: Vec<String> = trees.iter().map(|t| tree::human(t, show)).collect();
        print(&texts.join("\n"))?;
    }
    Ok(if tell(&settings.config.findings) && sound { Outcome::Clean } else { Outcome::Failed })
}
