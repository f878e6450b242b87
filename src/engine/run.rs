//! A whole run: every unit of a plan once, then what is to be said of names, links and several units together.

use super::relations::Relations;
use super::suppress::{self, Silenced};
use super::worlds::Worlds;
use super::{Checker, Plan, Report, Session, each_batch, loader};
use crate::evidence::System;
use crate::rule::Finding;
use crate::tree::Tree;
use std::collections::BTreeSet;

/// What is left to say when all units have been looked at.
#[derive(Debug, Default)]
pub struct Rest {
    /// about names, links, and several units together
    pub findings: Vec<Finding>,
    /// how many findings a comment took away
    pub suppressed: usize,
    /// what was silenced, where the session keeps it
    pub silenced: Vec<Silenced>,
    /// what could not be read; sentences for the user
    pub failures: BTreeSet<String>,
}

/// Looks at all units of a plan in its order; each report is handed over when its unit is done.
pub fn run(tree: &dyn Tree, plan: &Plan, session: &Session, mut visit: impl FnMut(Report)) -> Rest {
    let mut worlds = Worlds::new(tree, plan, session);
    let mut relations = Relations::new(tree, plan, session);
    let mut checker = Checker::new(session);
    // what is known of a system is asked for once, and only when a rule wants to know
    let systems: Vec<System<'_>> =
        plan.catalogs.iter().map(|c| System::of(tree, c).on(session.hosts.as_deref())).collect();
    let mut open = Vec::new();
    let failures = each_batch(tree, plan, |batch| {
        if let Some(worlds) = &mut worlds {
            worlds.add(&batch);
        }
        if let Some(relations) = &mut relations {
            batch.iter().for_each(|(job, unit)| relations.add(job.catalog, unit));
        }
        let units = batch.into_iter().map(|(job, unit)| (unit, &systems[job.catalog]));
        for mut report in checker.check_all(units) {
            report.findings.splice(0..0, loader::modes(tree, &report.unit, &session.selection));
            open.append(&mut report.open);
            visit(report);
        }
    });
    let mut together = worlds.map(Worlds::findings).unwrap_or_default();
    together.extend(relations.into_iter().flat_map(Relations::findings));
    let mut silenced = Vec::new();
    let together = suppress::settled(together, session, &mut silenced);
    let (together, suppressed) = suppress::apply_open(open, together, session, &mut silenced);
    let mut findings = loader::scan(tree, plan, &session.selection);
    findings.extend(together);
    Rest { findings, suppressed, silenced, failures }
}
