//! One engine, many doors: a plan of what to look at, and a score for each unit. Knows no format.

pub mod check;
pub mod loader;
pub mod path_down;
pub mod plan;
pub mod policy;
pub mod score;
pub mod suppress;

pub use check::{Report, Selection, check};
pub use path_down::{Proposal, Step};
pub use plan::{Input, Options, Plan};
pub use policy::Policy;
pub use score::{Part, Score};

use crate::load::{Loader, State};
use crate::tree::Tree;
use crate::unit::Unit;
use std::collections::BTreeSet;

/// Loads every unit of a plan, one after the other in its order, and hands it over. Gives a sentence for each file that
/// cannot be read: what was said of its unit is not the whole truth.
pub fn each_unit(tree: &dyn Tree, plan: &Plan, mut visit: impl FnMut(Unit)) -> BTreeSet<String> {
    let mut failures = BTreeSet::new();
    let loaders: Vec<Loader<'_>> = plan.catalogs.iter().map(|c| Loader::new(tree, c)).collect();
    for job in &plan.jobs {
        let files = match job.lone {
            true => loaders[job.catalog].load_lone(&job.name),
            false => loaders[job.catalog].load(&job.name),
        };
        if let State::Unreadable(e) = &files.state {
            failures.insert(format!("{}: {e}", files.path.display()));
        }
        failures.extend(files.unreadable.iter().map(|(path, e)| format!("{}: {e}", path.display())));
        visit(Unit::read(files, plan.target));
    }
    failures
}
