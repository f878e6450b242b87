//! A whole run: every unit of a plan once, then what is to be said of names, links and several units together.

use super::suppress;
use super::worlds::Worlds;
use super::{Checker, Plan, Report, Session, each_job, loader};
use crate::rule::{Finding, Host};
use crate::tree::Tree;
use std::collections::BTreeSet;

/// What is left to say when all units have been looked at.
#[derive(Debug, Default)]
pub struct Rest {
    /// about names, links, and several units together
    pub findings: Vec<Finding>,
    /// how many findings a comment took away
    pub suppressed: usize,
    /// what could not be read; sentences for the user
    pub failures: BTreeSet<String>,
}

/// Looks at all units of a plan in its order; each report is handed over when its unit is done.
pub fn run(tree: &dyn Tree, plan: &Plan, session: &Session, mut visit: impl FnMut(Report)) -> Rest {
    let mut worlds = Worlds::new(tree, plan, session);
    let checker = Checker::new(session);
    // what is known of a system is asked for once, and only when a rule wants to know
    let hosts: Vec<Host<'_>> = plan.catalogs.iter().map(|c| Host::of(tree, c)).collect();
    let mut open = Vec::new();
    let failures = each_job(tree, plan, |job, unit| {
        if let Some(worlds) = &mut worlds {
            worlds.add(job.catalog, &unit);
        }
        let mut report = checker.check(unit, &hosts[job.catalog]);
        report.findings.splice(0..0, loader::modes(tree, &report.unit, &session.selection));
        open.append(&mut report.open);
        visit(report);
    });
    let together = worlds.map(|w| w.findings(session)).unwrap_or_default();
    let (together, suppressed) = suppress::apply_open(open, together, session);
    let mut findings = loader::scan(tree, plan, &session.selection);
    findings.extend(together);
    Rest { findings, suppressed, failures }
}
