//! The arguments of `unitlint diff`.

use super::{Choice, ConfigFile, Judge, When};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiffFormat {
    /// by unit: settings, checks, findings
    Human,
    /// a line a change
    Concise,
    /// one document
    Json,
    /// a comment on a pull request
    Markdown,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DiffArgs {
    /// How it was: a unit file, a directory or root with units, or `-` for standard input
    #[arg(value_hint = clap::ValueHint::AnyPath, required_unless_present = "of_one")]
    pub(in crate::cli) old: Option<PathBuf>,
    /// How it is
    #[arg(value_hint = clap::ValueHint::AnyPath, required_unless_present = "of_one")]
    pub(in crate::cli) new: Option<PathBuf>,
    /// Only these units
    #[arg(value_name = "UNIT")]
    pub(in crate::cli) units: Vec<String>,
    /// Tell instead what `portablectl attach --profile` would change of the units that are named as for `check`: the name of
    /// a profile of their root, or of this host where they have none, or a file
    #[arg(long, value_name = "NAME|FILE", value_hint = clap::ValueHint::AnyPath, group = "of_one")]
    pub(in crate::cli) profile: Option<PathBuf>,
    /// Tell instead what changed since this revision of the git repository in the units that are named as for `check`; `REV...`
    /// is where the branch left REV
    #[arg(long, value_name = "REV", group = "of_one")]
    pub(in crate::cli) since: Option<String>,
    /// With --profile or --since: the directory that is the root of the system to look at; alone: every unit in it
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, requires = "of_one")]
    pub(in crate::cli) root: Option<PathBuf>,
    /// With --profile or --since: directories to search, separated by colons, instead of those of the root
    #[arg(long, value_name = "A:B", requires = "of_one")]
    pub(in crate::cli) unit_path: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) judge: Judge,
    #[command(flatten)]
    pub(in crate::cli) config: ConfigFile,
    /// How to print
    #[arg(long, value_enum, default_value_t = DiffFormat::Human)]
    pub(in crate::cli) format: DiffFormat,
    #[command(flatten)]
    pub(in crate::cli) choice: Choice,
    /// When to colour the output
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(in crate::cli) color: When,
}
