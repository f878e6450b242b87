//! From what the user names to units and the search paths that they are loaded from.

mod planner;

use crate::load::{Catalog, Profile};
use crate::target::Target;
use crate::tree::{Memory, Tree};
use crate::vocab::name::UnitName;
use crate::vocab::{Message, Scope};
use planner::Planner;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Something named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// a unit file, a drop-in, or a directory
    Path(PathBuf),
    /// the name of a unit
    Unit(String),
}

/// How to look for units.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// a directory that plays the root
    pub root: Option<PathBuf>,
    /// the search path, instead of one that is derived
    pub unit_path: Option<Vec<PathBuf>>,
    /// system or user; by the path when it is not given
    pub scope: Option<Scope>,
    /// for whom
    pub target: Target,
    /// only services: what `systemd-analyze security` looks at in a directory
    pub services_only: bool,
}

/// A unit to load.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    /// an index into the catalogs
    pub catalog: usize,
    /// its name
    pub name: UnitName,
    /// what of it is there
    pub extent: Extent,
}

/// What there is of a unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// its file, and drop-ins
    Unit,
    /// drop-ins alone
    DropIns,
    /// one file that is laid over units like a drop-in
    File(PathBuf),
}

/// A file that looks like a unit and is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Misnamed {
    /// where it is
    pub path: PathBuf,
    /// whose manager passes it over
    pub scope: Scope,
}

/// A link whose name is a unit's and that systemd does not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenLink {
    /// where it is
    pub path: PathBuf,
    /// its name
    pub name: UnitName,
    /// whose manager passes it over
    pub scope: Scope,
    /// what systemd says of it
    pub message: Message,
}

/// What there is to do.
pub struct Plan {
    /// the search paths
    pub catalogs: Vec<Catalog>,
    /// the units, in the order of the output
    pub jobs: Vec<Job>,
    /// for whom
    pub target: Target,
    /// files with the suffix of a unit and a name that no unit can have
    pub misnamed: Vec<Misnamed>,
    /// links that systemd does not accept
    pub broken: Vec<BrokenLink>,
    /// the search paths of which a whole directory is looked at
    pub listed: BTreeSet<usize>,
    /// what could not be looked at; sentences for the user
    pub failures: Vec<String>,
    /// the profile of portable services that the units are attached with, for each search path; nothing without one
    pub attached: Vec<Profile>,
}

impl Plan {
    /// Finds the units of all inputs; with no input those of the root or the search path.
    pub fn make(tree: &dyn Tree, inputs: &[Input], options: &Options) -> Self {
        let mut planner = Planner::new(tree, options);
        planner.inputs(inputs);
        planner.done()
    }

    /// No unit at all.
    pub fn nothing(options: &Options) -> Self {
        Planner::new(&Memory::new(), options).done()
    }

    /// The plan for another state of the same files: what is there of the inputs, and of the units of a plan for this state.
    /// What is not there is no failure.
    pub fn elsewhere(tree: &dyn Tree, inputs: &[Input], options: &Options, here: Option<&Self>) -> Self {
        let mut planner = Planner::new(tree, options).lenient();
        planner.inputs(inputs);
        for (job, plan) in here.iter().flat_map(|plan| plan.jobs.iter().zip(std::iter::repeat(plan))) {
            let known = &plan.catalogs[job.catalog];
            let catalog = planner.catalog(&known.root, known.asked.clone(), known.scope);
            planner.again(catalog, job);
        }
        planner.done()
    }
}
