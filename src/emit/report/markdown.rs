//! A report for a comment: the counts, the units that are worst off, and the findings by unit, folded.

use super::{Row, Run, many};
use crate::emit::markdown::{ROOM, cell, code, html, sentence};
use crate::emit::style::shorten;
use crate::engine::score::{level, tenths};
use crate::rule::{Finding, Level};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

/// So many units stand in the table, and so many failures before it.
const UNITS: usize = 20;
/// So long may a failure be: all of them leave room for the rest.
const LONG: usize = 300;

/// Writes the report.
///
/// # Errors
/// Of the writer.
pub fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::from("<!-- unitlint check -->\n");
    let count = |level| run.findings.iter().filter(|f| f.level == level).count();
    let counts = [(Level::Error, "error"), (Level::Warn, "warning"), (Level::Note, "note")];
    let counts: Vec<String> =
        counts.iter().map(|(l, w)| (count(*l), w)).filter(|(n, _)| *n > 0).map(|(n, w)| many(n, w)).collect();
    let units = many(run.units.len(), "unit");
    let what = if counts.is_empty() { "nothing found".to_owned() } else { counts.join(", ") };
    let _ = writeln!(text, "### unitlint: {what} in {units}\n");
    for failure in run.failures.iter().take(UNITS) {
        let _ = writeln!(text, "> {}\n", sentence(&shorten(failure, LONG)));
    }
    if run.failures.len() > UNITS {
        let _ = writeln!(text, "> {} could not be read either.\n", many(run.failures.len() - UNITS, "more file"));
    }
    scores(run, &mut text);
    let mut of_units: BTreeMap<(String, &str), Vec<&Finding>> = BTreeMap::new();
    for f in run.findings {
        of_units.entry((run.naming.of(&f.path), &f.unit)).or_default().push(f);
    }
    let mut groups: Vec<_> = of_units.into_iter().collect();
    groups.sort_by_key(|(_, all)| std::cmp::Reverse(all.iter().map(|f| f.level).max()));
    let mut without = 0;
    for ((_, unit), findings) in groups {
        let details = details(run, unit, &findings);
        if text.len() + details.len() < ROOM {
            text.push_str(&details);
        } else {
            without += findings.len();
        }
    }
    if without + run.left_out > 0 {
        let _ =
            writeln!(text, "\n{} left out: a comment would not hold them.", many(without + run.left_out, "finding"));
    }
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The units with the highest exposure.
fn scores(run: &Run<'_>, text: &mut String) {
    let mut units: Vec<(u32, &Row)> = run.units.iter().filter_map(|u| Some((u.exposure?, u))).collect();
    units.sort_by_key(|(exposure, unit)| (std::cmp::Reverse(*exposure), &unit.name));
    if units.is_empty() {
        return;
    }
    text.push_str("| unit | exposure | | resources |\n| --- | ---: | --- | ---: |\n");
    for (exposure, unit) in units.iter().take(UNITS) {
        let resources = unit.resources.map(tenths).map(|t| t.to_string()).unwrap_or_default();
        let _ = writeln!(text, "| {} | {} | {} | {resources} |", cell(&unit.name), tenths(*exposure), level(*exposure));
    }
    if units.len() > UNITS {
        let _ = writeln!(text, "\n{} more units have a lower exposure.", units.len() - UNITS);
    }
}

fn details(run: &Run<'_>, unit: &str, findings: &[&Finding]) -> String {
    let mut out = String::new();
    let worst = findings.iter().map(|f| f.level).max().map_or("", Level::word);
    let _ = writeln!(out, "\n<details>\n<summary>{}: {} ({worst})</summary>\n", html(unit), findings.len());
    for f in findings {
        let at = f.at.as_ref().map(|at| format!(":{}", at.start().line)).unwrap_or_default();
        let place = code(&format!("{}{at}", run.path(f)));
        let _ = writeln!(out, "- {} {} at {place}: {}", f.level.word(), code(f.rule.id), sentence(&f.message));
        for fix in f.fixes.iter().take(1) {
            let _ = writeln!(out, "  Fix: {}", sentence(&fix.title));
        }
    }
    out.push_str("\n</details>\n");
    out
}
