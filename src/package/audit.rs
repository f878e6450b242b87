//! An audit of a package: the engine over its units, then the rules about the package as a whole.

use super::{Kind, Package, Weight};
use crate::engine::{self, Options, Plan, Report, Rest, Session, packaging};
use crate::rule::shipped::{Fault, Format, Script, Shipped};
use crate::target::Target;

/// Looks at all units of a package, then at the package; what was found of a unit is handed over when it is done.
pub fn audit(package: &Package, session: &Session, target: Target, mut visit: impl FnMut(&Report)) -> Rest {
    let options = Options { root: Some(package.root.clone()), target, ..Options::default() };
    let plan = Plan::make(package.tree(), &[], &options);
    let mut units = Vec::new();
    let mut rest = engine::run(package.tree(), &plan, session, |report| {
        visit(&report);
        units.push(*report.unit);
    });
    rest.failures.extend(plan.failures);
    let shipped = Shipped {
        format: match package.kind {
            Kind::Deb => Format::Deb,
            Kind::Rpm => Format::Rpm,
            Kind::Tar | Kind::Image | Kind::Directory => Format::Other,
        },
        scripts: package.scripts.iter().map(script).collect(),
        conffiles: &package.conffiles,
        ghosts: &package.ghosts,
        units: &units,
        faults: package.problems.iter().map(fault).collect(),
        depends: depends(package),
        is_whole: matches!(package.kind, Kind::Image | Kind::Directory),
        ..Shipped::new(&package.name, package.tree(), &package.root)
    };
    rest.findings.extend(packaging::findings(&shipped, session));
    rest
}

/// The names in the lists of packages that it needs or may come with.
fn depends(package: &Package) -> Vec<String> {
    let lists = ["pre-depends", "depends", "recommends", "suggests", "enhances", "requires"];
    let named = lists.iter().filter_map(|key| package.fields.get(*key)).flat_map(|list| list.split([',', '|']));
    named.filter_map(|one| one.split([' ', ':']).find(|w| !w.is_empty())).map(str::to_owned).collect()
}

fn script(script: &super::Script) -> Script {
    Script {
        name: script.name.to_string(),
        interpreter: script.interpreter.as_ref().map(ToString::to_string),
        source: script.source.clone(),
    }
}

fn fault(problem: &super::Problem) -> Fault {
    let weight = match problem.kind.weight() {
        Weight::Odd => "odd",
        Weight::Trick => "trick",
        Weight::Limit => "limit",
        Weight::Broken => "broken",
    };
    Fault { weight, what: problem.to_string(), why: problem.kind.why(), advice: problem.kind.advice() }
}
