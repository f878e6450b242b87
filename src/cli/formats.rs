//! The formats of a check, and reports that go into files.

use clap::ValueEnum;
use std::path::PathBuf;

/// The formats of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    #[default]
    /// with the source line and what to do
    Human,
    /// a line a finding
    Concise,
    /// how often each rule spoke
    Table,
    /// one document
    Json,
    /// a JSON value a line
    Ndjson,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// annotations of GitHub's runner
    Github,
    /// GitLab's code quality
    Gitlab,
    /// GitLab's security report
    GitlabSast,
    /// JUnit's XML
    Junit,
    /// Checkstyle's XML
    Checkstyle,
    /// for a comment on a pull request
    Markdown,
}

impl CheckFormat {
    /// Whether it is of other programs, which want findings.
    pub(super) fn is_report(self) -> bool {
        !matches!(self, Self::Human | Self::Concise | Self::Table | Self::Json)
    }
}

/// A report that goes into a file.
#[derive(Clone, Debug)]
pub(super) struct WriteTo {
    /// how
    pub(super) format: CheckFormat,
    /// where
    pub(super) file: PathBuf,
}

/// `FORMAT=FILE`
pub(super) fn write_to(text: &str) -> Result<WriteTo, String> {
    let formats = || CheckFormat::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let names = || formats().map(|f| f.get_name().to_owned()).collect::<Vec<_>>().join(", ");
    let (format, file) = to_file(text, |format| format!("{format} is no format; known are {}", names()))?;
    Ok(WriteTo { format, file })
}

/// The same for any formats; `unknown` says of a word that it is none.
pub(super) fn to_file<F: ValueEnum>(text: &str, unknown: impl Fn(&str) -> String) -> Result<(F, PathBuf), String> {
    let (format, file) = text.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or("give FORMAT=FILE")?;
    Ok((F::from_str(format, false).map_err(|_| unknown(format))?, file.into()))
}
