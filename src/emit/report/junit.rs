//! JUnit's XML: a suite for each unit, a failed case for each error and warning; what is only a note passes and says so.

use super::xml::{HEAD, attribute, escaped};
use super::{Row, Run, left_out};
use crate::rule::{Finding, Level};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// What stands in the order of the document: the path of a unit and its name.
type Suites<'r> = BTreeMap<(String, &'r str), Vec<&'r Finding>>;

/// Writes the report.
///
/// # Errors
/// Of the writer.
pub fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut suites: Suites<'_> = BTreeMap::new();
    for Row { name, path, .. } in run.units {
        suites.entry((run.naming.of(path), name)).or_default();
    }
    for f in run.findings {
        suites.entry((run.naming.of(&f.path), &f.unit)).or_default().push(f);
    }
    let tests: usize = suites.values().map(|s| s.len().max(1)).sum();
    let failures = run.findings.iter().filter(|f| fails(f)).count();
    let skipped = usize::from(run.left_out > 0);
    let counts = |tests: usize, failures: usize, errors: usize| {
        [("tests", tests), ("failures", failures), ("errors", errors)]
            .map(|(n, v)| attribute(n, &v.to_string()))
            .concat()
    };
    let errors = run.failures.len();
    writeln!(out, "{HEAD}<testsuites name=\"unitlint\"{}>", counts(tests + errors + skipped, failures, errors))?;
    for ((path, name), findings) in &suites {
        let failures = findings.iter().filter(|f| fails(f)).count();
        let (of, file) = (counts(findings.len().max(1), failures, 0), attribute("file", path));
        writeln!(out, "  <testsuite{}{of}{file}>", attribute("name", name))?;
        if findings.is_empty() {
            writeln!(out, "    <testcase{}{}{file}/>", attribute("classname", name), attribute("name", "unitlint"))?;
        }
        findings.iter().try_for_each(|f| case(run, name, f, out))?;
        writeln!(out, "  </testsuite>")?;
    }
    if errors + skipped > 0 {
        let skips = attribute("skipped", &skipped.to_string());
        writeln!(out, "  <testsuite name=\"unitlint\"{}{skips}>", counts(errors + skipped, 0, errors))?;
        for failure in run.failures {
            let message = attribute("message", failure);
            writeln!(out, "    <testcase classname=\"unitlint\"{}>", attribute("name", failure))?;
            writeln!(out, "      <error{message} type=\"unreadable\"/>\n    </testcase>")?;
        }
        if skipped > 0 {
            let message = attribute("message", &left_out(run.left_out, "finding"));
            writeln!(out, "    <testcase classname=\"unitlint\" name=\"more findings\">")?;
            writeln!(out, "      <skipped{message}/>\n    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")?;
    out.flush()
}

fn fails(f: &Finding) -> bool {
    f.level >= Level::Warn
}

fn case(run: &Run<'_>, unit: &str, f: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let file = run.path(f);
    let place = f.at.as_ref().map(|at| at.start());
    let line = place.map(|p| attribute("line", &p.line.to_string())).unwrap_or_default();
    let at = place.map_or_else(|| file.clone(), |p| format!("{file}:{}:{}", p.line, p.column));
    let name = attribute("name", &format!("{} at {at}", f.rule.id));
    writeln!(out, "    <testcase{}{name}{}{line}>", attribute("classname", unit), attribute("file", &file))?;
    let text = escaped(&format!("{at}\n{}", run.whole_message(f)));
    if fails(f) {
        let (message, kind) = (attribute("message", &f.message), attribute("type", f.rule.id));
        writeln!(out, "      <failure{message}{kind}>{text}</failure>")?;
    } else {
        writeln!(out, "      <system-out>{text}</system-out>")?;
    }
    writeln!(out, "    </testcase>")
}
