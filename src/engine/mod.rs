//! One engine, many doors: a plan of what to look at, and a score for each unit. Knows no format.

mod advice;
pub mod attach;
pub mod baseline;
pub mod census;
mod cgroup_v1;
pub mod check;
pub mod config;
pub mod diff;
pub mod enforced;
mod escapes;
pub mod examples;
pub mod gate;
mod interest;
pub mod loader;
pub mod mark;
mod memo;
pub mod min_version;
mod outlines;
mod own_rules;
pub mod packaging;
pub mod path_down;
pub mod plan;
pub mod policy;
mod relations;
pub mod resources;
pub mod run;
pub mod score;
mod scores;
pub mod selection;
pub mod session;
pub mod settings;
pub mod suppress;
mod worlds;

pub use baseline::Baseline;
pub use check::{Checker, Report, check};
pub use config::Config;
pub use gate::{FailOn, Said};
pub use path_down::{Proposal, Step};
pub use plan::{Extent, Input, Job, Options, Plan};
pub use policy::Policy;
pub use resources::Bounds;
pub use run::{Rest, run};
pub use score::{Part, Score};
pub use scores::Scores;
pub use selection::Selection;
pub use session::Session;
pub use settings::{Asked, Settings};
pub use suppress::{Silenced, Silencer};

use crate::load::{Loader, State};
use crate::rule::{Finding, Registry};
use crate::tree::Tree;
use crate::unit::Unit;
use std::collections::BTreeSet;

/// So many units are looked at together, unless their files are large: code that has just run costs less.
const TOGETHER: usize = 64;
/// The bytes of files that are enough for one look.
const LARGE: usize = 1 << 20;

/// Loads every unit of a plan, one after the other in its order, and hands it over. Gives a sentence for each file that
/// cannot be read: what was said of its unit is not the whole truth.
pub fn each_unit(tree: &dyn Tree, plan: &Plan, mut visit: impl FnMut(Unit)) -> BTreeSet<String> {
    each_job(tree, plan, |_, unit| visit(unit))
}

/// The same, with what was to be loaded.
pub(crate) fn each_job(tree: &dyn Tree, plan: &Plan, mut visit: impl FnMut(&Job, Unit)) -> BTreeSet<String> {
    each_batch(tree, plan, |batch| batch.into_iter().for_each(|(job, unit)| visit(job, *unit)))
}

/// The same, a few units at a time.
pub(crate) fn each_batch<'p>(
    tree: &dyn Tree,
    plan: &'p Plan,
    mut visit: impl FnMut(Vec<(&'p Job, Box<Unit>)>),
) -> BTreeSet<String> {
    let mut failures = BTreeSet::new();
    let loader = |(i, catalog)| Loader::new(tree, catalog).attaching(plan.attached.get(i));
    let loaders: Vec<Loader<'_>> = plan.catalogs.iter().enumerate().map(loader).collect();
    let mut left = plan.jobs.iter();
    loop {
        let (mut jobs, mut loaded) = (Vec::with_capacity(TOGETHER), Vec::with_capacity(TOGETHER));
        let mut bytes = 0;
        while loaded.len() < TOGETHER && bytes < LARGE {
            let Some(job) = left.next() else { break };
            let loader = &loaders[job.catalog];
            let files = match &job.extent {
                Extent::Unit => loader.load(&job.name),
                Extent::DropIns => loader.load_lone(&job.name),
                Extent::File(path) => loader.load_file(&job.name, path),
            };
            if let State::Unreadable(e) = &files.state {
                failures.insert(format!("{}: {e}", files.path.display()));
            }
            failures.extend(files.unreadable.iter().map(|(path, e)| format!("{}: {e}", path.display())));
            bytes += files.files.iter().map(|f| f.source.bytes.len()).sum::<usize>();
            jobs.push(job);
            loaded.push(files);
        }
        if loaded.is_empty() {
            return failures;
        }
        visit(jobs.into_iter().zip(Unit::read_all(loaded, plan.target)).collect());
    }
}

/// The built-in rules and those of a directory, and what is wrong with these.
///
/// # Errors
/// The directory cannot be read.
pub fn own_rules(tree: &dyn Tree, dir: &std::path::Path) -> std::io::Result<(Registry, Vec<Finding>)> {
    let mut rules = Registry::default();
    let faults = own_rules::read(tree, dir, &mut rules)?;
    Ok((rules, faults.into_iter().filter_map(|(at, text)| config::complaint(at, text, None)).collect()))
}
