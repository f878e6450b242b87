//! Workflow commands of GitHub: lines that its runner shows at the files of a pull request.

use super::{Region, Run, whole_message};
use crate::rule::Level;
use std::io::{self, Write};

/// Writes the report.
///
/// # Errors
/// Of the writer.
pub fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    for f in run.findings {
        let level = match f.level {
            Level::Error => "error",
            Level::Warn => "warning",
            Level::Note | Level::Allow => "notice",
        };
        write!(out, "::{level} file={}", property(&run.path(f)))?;
        if let Some(at) = &f.at {
            let Region { line, column, end_line, end_column } = Region::of(at);
            write!(out, ",line={line},endLine={end_line}")?;
            // columns count within one line only
            if line == end_line {
                write!(out, ",col={column},endColumn={end_column}")?;
            }
        }
        writeln!(out, ",title={}::{}", property(&format!("unitlint {}", f.rule.id)), data(&whole_message(f)))?;
    }
    if run.left_out > 0 {
        writeln!(out, "::notice title=unitlint::{} more findings are not shown", run.left_out)?;
    }
    for failure in run.failures {
        writeln!(out, "::error title=unitlint::{}", data(failure))?;
    }
    out.flush()
}

/// What a command says.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A value before it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_starts_no_command() {
        assert_eq!(property("a,b:c\n::error"), "a%2Cb%3Ac%0A%3A%3Aerror");
        assert_eq!(data("50%\na: b"), "50%25%0Aa: b");
    }
}
