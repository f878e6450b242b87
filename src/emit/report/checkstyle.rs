//! Checkstyle's XML: errors by file, as many services of reviews read it.

use super::Run;
use super::xml::{HEAD, attribute};
use crate::rule::{Finding, Level};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes the report.
///
/// # Errors
/// Of the writer.
pub fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut files: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for f in run.findings {
        files.entry(run.path(f)).or_default().push(f);
    }
    writeln!(out, "{HEAD}<checkstyle version=\"4.3\">")?;
    for (path, findings) in files {
        writeln!(out, "  <file{}>", attribute("name", &path))?;
        for f in findings {
            let place = f.at.as_ref().map(|at| at.start());
            let severity = match f.level {
                Level::Error => "error",
                Level::Warn => "warning",
                Level::Note | Level::Allow => "info",
            };
            writeln!(
                out,
                "    <error{}{}{}{}{}/>",
                attribute("line", &place.map_or(1, |p| p.line).to_string()),
                attribute("column", &place.map_or(1, |p| p.column).to_string()),
                attribute("severity", severity),
                attribute("message", &run.whole_message(f)),
                attribute("source", &format!("unitlint.{}.{}", f.rule.group.word(), f.rule.id)),
            )?;
        }
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")?;
    out.flush()
}
