//! The rules about packages as a whole: what an audit says beside what is said of each unit.

use super::Session;
use super::check::{nothing, with_hit};
use crate::rule::{Check, Finding, Shipped};
use crate::vocab::Scope;

/// What the selected rules say of a package.
pub fn findings(shipped: &Shipped<'_>, session: &Session) -> Vec<Finding> {
    let mut out = Vec::new();
    for rule in session.rules.all().filter(|r| session.selection.has(r)) {
        let Check::Package(code) = rule.check else { continue };
        for mut hit in code(shipped) {
            let path = hit.path.take().or_else(|| hit.at.as_ref().map(|at| at.path().to_owned()));
            let found = nothing(rule, Scope::System, path.unwrap_or_else(|| shipped.root.to_owned()));
            out.push(with_hit(found, hit));
        }
    }
    out.into_iter().filter_map(|f| session.selection.settle(f)).collect()
}
