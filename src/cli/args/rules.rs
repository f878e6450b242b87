//! The arguments of `unitlint explain` and `unitlint rules`.

use super::{ConfigFile, Format, When};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainArgs {
    /// A rule such as private-tmp, a directive such as PrivateTmp=, a file of a control group such as memory.max, a
    /// namespace or clone flag, a capability, a system call or a group of them, a key of LXC
    #[arg(required = true)]
    pub(in crate::cli) what: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) config: ConfigFile,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(in crate::cli) format: Format,
    /// When to colour the output
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(in crate::cli) color: When,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RulesArgs {
    #[command(subcommand)]
    pub(in crate::cli) action: Option<RulesAction>,
    #[command(flatten)]
    pub(in crate::cli) config: ConfigFile,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(in crate::cli) format: Format,
    /// When to colour the output
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(in crate::cli) color: When,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RulesAction {
    /// Write the skeleton of a rule: rules/GROUP/ID.toml below the current directory
    New {
        /// GROUP/ID, such as exposure/private-tmp
        name: String,
    },
    /// Run the examples of your own rules: those of a directory, or those that the configuration names
    Test {
        /// A directory of rule files
        #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
        dir: Option<PathBuf>,
    },
}
