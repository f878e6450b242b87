//! Workflow commands of GitHub: lines that its runner shows at the files of a pull request.

use super::{MESSAGE, Region, Run, left_out};
use crate::emit::style::{clean, shorten};
use crate::rule::Level;
use std::io::{self, Write};

/// So many annotations of each kind are shown of one step.
const SHOWN: usize = 10;

/// Writes the report.
///
/// # Errors
/// Of the writer.
pub fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    for failure in run.failures {
        writeln!(out, "::error title=unitlint::{}", data(&shorten(failure, MESSAGE)))?;
    }
    hidden(run, out)?;
    for f in run.findings {
        let level = word(f.level);
        write!(out, "::{level} file={}", property(&run.path(f)))?;
        if let Some(at) = &f.at {
            let Region { line, column, end_line, end_column } = Region::of(at);
            write!(out, ",line={line},endLine={end_line}")?;
            // columns count within one line only
            if line == end_line {
                write!(out, ",col={column},endColumn={end_column}")?;
            }
        }
        writeln!(out, ",title={}::{}", property(&format!("unitlint {}", f.rule.id)), data(&run.whole_message(f)))?;
    }
    out.flush()
}

/// What nobody is going to see at the files, told first, where it is seen itself.
fn hidden(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let words = ["error", "warning", "notice"];
    let counts = words.map(|w| run.findings.iter().filter(|f| word(f.level) == w).count());
    let all: usize = counts.iter().sum();
    let seen: usize = counts.iter().map(|n| n.min(&SHOWN)).sum();
    let mut said = Vec::new();
    if seen < all {
        said.push(format!(
            "GitHub shows {SHOWN} annotations of a kind; all {all} findings are in the log of this step"
        ));
    }
    if run.left_out > 0 {
        said.push(left_out(run.left_out, "finding"));
    }
    match said.is_empty() {
        true => Ok(()),
        false => writeln!(out, "::notice title=unitlint::{}", data(&said.join("\n"))),
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Note | Level::Allow => "notice",
    }
}

/// What a command says. The log is read in terminals as well.
fn data(text: &str) -> String {
    let lines: Vec<_> = text.split('\n').map(clean).collect();
    lines.join("\n").replace('%', "%25").replace('\n', "%0A")
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
        assert_eq!(data("\x1b[2J\r%"), "\\u{1b}[2J\\u{d}%25");
    }
}
