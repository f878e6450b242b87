//! The command line as clap sees it. The long texts are the man page.

mod diff;
mod rules;

use super::formats::{CheckFormat, WriteTo, write_to};
use super::host::OnHost;
use super::prove::ProveArgs;
use clap::{Args, Parser, Subcommand, ValueEnum};
pub(super) use diff::{DiffArgs, DiffFormat};
pub(super) use rules::{ExplainArgs, RulesAction, RulesArgs};
use std::path::PathBuf;

/// A linter for systemd units: what they get wrong, how exposed they are, and the cheapest way down.
#[derive(Debug, Parser)]
#[command(name = "unitlint", version, propagate_version = true, max_term_width = 100, disable_help_subcommand = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Say what is wrong with units
    #[command(
        after_help = "Exit status: 0 nothing at or above --fail-on (default: error,worse), 1 something, 2 could not run."
    )]
    Check(CheckArgs),
    /// Score the exposure of units, as `systemd-analyze security` does
    #[command(
        after_help = "Exit status: 0 all within the threshold, 1 one above it (or a named unit without a score), 2 could not run."
    )]
    Security(SecurityArgs),
    /// Correct units, and harden services by what their programs show: prints a diff, or writes the files with --apply
    #[command(
        after_help = "Exit status: 0 done or nothing to do, 1 something to fix with --check, 2 a file could not be changed.\n\
            With --prove: 0 the lines are proven or there are none, 1 a service does not work as shipped, or with none of the lines, \
            2 could not run, was interrupted, or something could not be put back."
    )]
    Fix(FixArgs),
    /// Tell what changed from one state of units to another
    #[command(
        after_help = "Exit status: 0 whatever changed, 1 with --fail-on: a new finding, a new exposure or one that rose, 2 could not run.",
        override_usage = "unitlint diff [OPTIONS] OLD NEW [UNIT]...\n       unitlint diff [OPTIONS] --since REV [PATH|UNIT]...\n       unitlint diff [OPTIONS] --profile NAME|FILE [PATH|UNIT]..."
    )]
    Diff(DiffArgs),
    /// Tell what this machine would really enforce of units, refuse, or skip without a word
    #[command(
        after_help = "Exit status: 0 every unit starts or nobody can tell, 1 one would not start, 2 could not run."
    )]
    DryRun(DryRunArgs),
    /// Look at packages, images and roots: what is wrong with their units, how exposed they are, and what ships with them
    #[cfg(feature = "packages")]
    #[command(
        after_help = "Exit status: 0 nothing at or above --fail-on (default: error; with --compare: worse), 1 something, 2 something could not be looked at."
    )]
    Audit(AuditArgs),
    /// Show the effective settings of units and where each comes from
    Cat(CatArgs),
    /// Show the control groups of a root: slices, limits, promises and weights
    Tree(TreeArgs),
    /// Speak with an editor in the Language Server Protocol, over standard input and output
    #[cfg(feature = "lsp")]
    Lsp {
        /// What editors say that know other ways too; there is no other here
        #[arg(long, hide = true)]
        stdio: bool,
    },
    /// Explain a rule, a directive, or a name of the kernel
    Explain(ExplainArgs),
    /// Show what is in force, and which file or argument says so
    Config(ConfigArgs),
    /// List the rules, or begin a new one
    Rules(RulesArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the man page, or write all pages to a directory
    Man {
        /// Write unitlint.1 and a page for each command here
        #[arg(long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

/// Which configuration is read.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct ConfigFile {
    /// The configuration, instead of the unitlint.toml that is searched upward to the root of the repository
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long, conflicts_with = "config")]
    pub(super) isolated: bool,
}

/// For whom units are judged.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Judge {
    /// The systemd to judge for: a release (239 to 262; default: latest) or a distribution such as debian13
    #[arg(long, value_name = "VERSION")]
    pub(super) systemd: Option<String>,
    /// The kernel to judge for, such as 6.12
    #[arg(long, value_name = "VERSION")]
    pub(super) kernel: Option<String>,
    /// The processor to judge for, such as arm64 (default: x86-64)
    #[arg(long, value_name = "ARCH")]
    pub(super) arch: Option<String>,
    /// Take the units for those of a user manager (default: by the path)
    #[arg(long, conflicts_with = "system")]
    pub(super) user: bool,
    /// Take the units for those of the system manager (default: by the path)
    #[arg(long)]
    pub(super) system: bool,
}

/// Which units, and for whom.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Units {
    /// Unit files, drop-ins, directories, `-` for standard input, or names of units
    #[arg(value_name = "PATH|UNIT", value_hint = clap::ValueHint::AnyPath)]
    pub(super) inputs: Vec<PathBuf>,
    /// The directory that is the root of the system to look at; alone: every unit in it
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(super) root: Option<PathBuf>,
    /// Directories to search, separated by colons, instead of those of the root
    #[arg(long, value_name = "A:B")]
    pub(super) unit_path: Option<String>,
    #[command(flatten)]
    pub(super) judge: Judge,
    /// The name of what comes on standard input
    #[arg(long, value_name = "NAME", default_value = "stdin.service")]
    pub(super) stdin_filename: PathBuf,
    #[command(flatten)]
    pub(super) config: ConfigFile,
    /// When to colour the output
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(super) color: When,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// with the source line and what to do
    Human,
    /// a line a finding
    Concise,
    /// columns
    Table,
    /// one document
    Json,
}

/// What is laid over the units.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct Attach {
    /// Look at the units as they are when `portablectl attach --profile` has attached them: the name of a profile of their
    /// root, or of this host where they have none, or a file
    #[arg(long, value_name = "NAME|FILE", value_hint = clap::ValueHint::AnyPath)]
    pub(super) profile: Option<PathBuf>,
}

/// Which rules speak, and what makes a run fail.
#[derive(Debug, Default, Args)]
pub(super) struct Choice {
    /// Only these rules or groups, separated by commas; `all` for every rule
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// These rules or groups besides
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) extend_select: Vec<String>,
    /// Not these rules or groups
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// New rules as well; they never fail a run
    #[arg(long)]
    pub(super) preview: bool,
    /// The release of unitlint whose rules are in force, such as 0.1: what came later is silent
    #[arg(long, value_name = "RELEASE")]
    pub(super) rule_set: Option<String>,
    /// What makes the exit status 1: a level, a group, a rule, `score>6.0`, `resources>8.0`, or `worse`: an exposure that rose
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(super) fail_on: Vec<String>,
    /// Weights and ranges of the exposure checks, in the JSON of systemd-analyze
    #[arg(long, value_name = "FILE")]
    pub(super) security_policy: Option<PathBuf>,
}

#[derive(Debug, Default, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) units: Units,
    #[command(flatten)]
    pub(super) attach: Attach,
    #[command(flatten)]
    pub(super) on: OnHost,
    /// How to print
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub(super) format: CheckFormat,
    /// Write another report to a file; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = write_to)]
    pub(super) write: Vec<WriteTo>,
    /// Tell how often each rule spoke, instead of each finding
    #[arg(long, conflicts_with = "format")]
    pub(super) statistics: bool,
    /// Tell no more findings than these, the worst first, and how many are left out
    #[arg(long, value_name = "N")]
    pub(super) max_findings: Option<usize>,
    /// Put what is suppressed into SARIF too, marked so; GitHub alone does not read the mark, and would open alerts
    #[arg(long)]
    pub(super) report_suppressed: bool,
    #[command(flatten)]
    pub(super) choice: Choice,
    /// Exit with 0 whatever was found
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Show every finding, not only the first of many alike
    #[arg(long)]
    pub(super) all: bool,
    /// Report only what is new or worse than what this file records
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) baseline: Option<PathBuf>,
    /// Record what is found, so that only what is new or worse is reported with --baseline
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, conflicts_with = "baseline")]
    pub(super) write_baseline: Option<PathBuf>,
    /// Report only what is new or worse than in this revision of the git repository; `REV...` is where the branch left REV
    #[arg(long, value_name = "REV", conflicts_with_all = ["baseline", "write_baseline", "min_version"])]
    pub(super) since: Option<String>,
    /// Take no notice of the baseline that the configuration names
    #[arg(long, conflicts_with_all = ["baseline", "write_baseline"])]
    pub(super) no_baseline: bool,
    /// Tell instead which systemd each unit needs, and because of which lines
    #[arg(long, conflicts_with_all = ["baseline", "write_baseline"])]
    pub(super) min_version: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum JsonMode {
    /// a line a unit
    Short,
    /// indented
    Pretty,
    /// no JSON
    Off,
}

#[derive(Debug, Args)]
pub(super) struct SecurityArgs {
    #[command(flatten)]
    pub(super) units: Units,
    #[command(flatten)]
    pub(super) attach: Attach,
    #[command(flatten)]
    pub(super) on: OnHost,
    /// How to print: detail for one unit, a ranked table for many
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
    /// Print the rows of systemd-analyze's own JSON instead
    #[arg(long, value_enum, value_name = "MODE")]
    pub(super) json: Option<JsonMode>,
    /// Exit with 1 when an exposure is above this: 0 to 100, ten times what is shown
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(0..=100))]
    pub(super) threshold: u32,
    /// Weights and ranges of the checks, in the JSON of systemd-analyze
    #[arg(long, value_name = "FILE")]
    pub(super) security_policy: Option<PathBuf>,
    /// Show the checks that cost nothing as well
    #[arg(long)]
    pub(super) all: bool,
    /// Exit with 0 whatever was found
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Accepted for scripts written for systemd-analyze: unitlint never asks a running manager
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(super) offline: Option<String>,
    /// Accepted for scripts written for systemd-analyze
    #[arg(long, hide = true)]
    pub(super) no_pager: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SafetyArg {
    /// the unit means the same before and after
    Safe,
    /// the unit may do something else afterwards: a corrected spelling makes a setting count for the first time
    Unsafe,
}

#[derive(Debug, Args)]
pub(super) struct FixArgs {
    #[command(flatten)]
    pub(super) units: Units,
    #[command(flatten)]
    pub(super) on: OnHost,
    #[command(flatten)]
    pub(super) choice: Choice,
    /// Write the files instead of printing a diff
    #[arg(long, conflicts_with = "check")]
    pub(super) apply: bool,
    /// Exit with 1 when there is something to fix, and write nothing
    #[arg(long)]
    pub(super) check: bool,
    /// How sure a fix has to be
    #[arg(long, value_enum, default_value_t = SafetyArg::Safe, value_name = "SAFETY")]
    pub(super) safety: SafetyArg,
    /// Write a hardening drop-in for each service to DIR/UNIT.d/50-unitlint.conf, and change nothing else; `-` prints them
    #[arg(long, value_name = "DIR", conflicts_with_all = ["apply", "check"], value_hint = clap::ValueHint::DirPath)]
    pub(super) output: Option<PathBuf>,
    /// Tell what the programs of each service do, where that was seen, and which directives are withheld because of it
    #[arg(long, conflicts_with_all = ["apply", "check", "output"])]
    pub(super) why: bool,
    /// Harden no further than to this exposure
    #[arg(long, value_name = "SCORE", value_parser = tenths)]
    pub(super) target_score: Option<u32>,
    /// Correct what is written and harden nothing
    #[arg(long, conflicts_with_all = ["output", "why", "target_score"])]
    pub(super) no_hardening: bool,
    #[command(flatten)]
    pub(super) prove: ProveArgs,
}

#[derive(Debug, Args)]
pub(super) struct DryRunArgs {
    #[command(flatten)]
    pub(super) units: Units,
    #[command(flatten)]
    pub(super) attach: Attach,
    #[command(flatten)]
    pub(super) on: OnHost,
    /// Write the facts of the machine to a file, for `--host` elsewhere: its kernel, systemd and manager, its users and groups
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) save: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = CheckFormat::Human)]
    pub(super) format: CheckFormat,
    /// Show what is enforced as well
    #[arg(long)]
    pub(super) all: bool,
    /// Prove what is said: a child of this program sets up the same sandbox with the kernel's own calls, and tells of each line
    /// whether the kernel took it; `manager` lets the running manager do it, in a unit of its own with /bin/true
    ///
    /// Nothing of the unit is executed. What the child makes is in namespaces of its own and ends with it; what cannot be tried
    /// without leaving something behind is not tried. Where a trial contradicts what was worked out, the trial counts.
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "child",
        conflicts_with_all = ["root", "host"])]
    pub(super) r#try: Option<super::trial::Try>,
    /// Exit with 0 whatever was found
    #[arg(long)]
    pub(super) exit_zero: bool,
}

#[cfg(feature = "packages")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AuditFormat {
    /// packages in a table, and what they come to
    Human,
    /// a line a finding
    Concise,
    /// one document
    Json,
    /// a JSON value for each package, as it is done; other runs read it
    Ndjson,
    /// a page for a browser
    Html,
    /// for the textfile collector of Prometheus' node exporter
    Prometheus,
}

#[cfg(feature = "packages")]
#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    /// Packages (.deb, .rpm), tar archives, images of containers (OCI, docker save), roots of systems, directories with any of
    /// these, or what --format ndjson has written
    #[arg(value_name = "FILE|DIR", required = true, value_hint = clap::ValueHint::AnyPath)]
    pub(super) inputs: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = AuditFormat::Human)]
    pub(super) format: AuditFormat,
    /// Write another report to a file; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = super::audit::write_to)]
    pub(super) write: Vec<(AuditFormat, PathBuf)>,
    /// Tell instead what changed from these packages to those
    #[arg(long, value_name = "OLD", value_hint = clap::ValueHint::AnyPath, conflicts_with = "write")]
    pub(super) compare: Option<PathBuf>,
    /// Look only at this part of the packages: 1/4 is the first of four, chosen by the names of the files
    #[arg(long, value_name = "I/N", value_parser = super::audit::shard)]
    pub(super) shard: Option<super::audit::Shard>,
    /// So many packages at once (default: as many as there are processors, at most 8)
    #[arg(long, short, value_name = "N")]
    pub(super) jobs: Option<usize>,
    /// What the page is called
    #[arg(long, value_name = "TEXT", default_value = "unitlint audit")]
    pub(super) title: String,
    #[command(flatten)]
    pub(super) on: OnHost,
    #[command(flatten)]
    pub(super) judge: Judge,
    #[command(flatten)]
    pub(super) config: ConfigFile,
    #[command(flatten)]
    pub(super) choice: Choice,
    /// Show every package and finding
    #[arg(long)]
    pub(super) all: bool,
    /// Exit with 0 whatever was found
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// When to colour the output
    #[arg(long, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(super) color: When,
}

#[derive(Debug, Args)]
pub(super) struct CatArgs {
    #[command(flatten)]
    pub(super) units: Units,
    #[command(flatten)]
    pub(super) attach: Attach,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TreeFormat {
    /// a tree with columns; in brackets what comes from a slice
    Human,
    /// one document
    Json,
}

#[derive(Debug, Args)]
pub(super) struct TreeArgs {
    #[command(flatten)]
    pub(super) units: Units,
    /// How to print
    #[arg(long, value_enum, default_value_t = TreeFormat::Human)]
    pub(super) format: TreeFormat,
    /// Show units without settings as well
    #[arg(long)]
    pub(super) all: bool,
    /// Show the file and line that each value comes from
    #[arg(long)]
    pub(super) explain: bool,
}

#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    #[command(flatten)]
    pub(super) units: Units,
    #[command(flatten)]
    pub(super) choice: Choice,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub(super) format: Format,
}

/// A score as people write it, in tenths.
fn tenths(text: &str) -> Result<u32, String> {
    let score: f64 = text.parse().map_err(|_| format!("{text} is no number"))?;
    if (0.0..=10.0).contains(&score) {
        Ok((score * 10.0).round() as u32)
    } else {
        Err("a score is from 0 to 10".into())
    }
}
