//! The command line: arguments in, a report on standard output, an exit status. A file per command.

mod args;
mod attach;
#[cfg(feature = "packages")]
mod audit;
mod baseline;
mod cat;
mod check;
mod config;
mod diff;
mod dry_run;
mod explain;
mod fix;
mod formats;
mod host;
#[cfg(feature = "lsp")]
mod lsp;
mod min_version;
#[cfg(feature = "packages")]
mod pool;
mod prove;
mod rules;
mod security;
mod settings;
mod since;
mod sinks;
mod tree;
mod trial;

use crate::emit::style::Paint;
use crate::engine::{Input, Options, Plan, each_unit};
use crate::load::{self, PathKind};
use crate::tree::{Disk, NodeKind, Overlay, Tree};
use crate::unit::Unit;
use args::{Cli, Command, Units, When};
use clap::{CommandFactory, Parser};
use settings::Settings;
use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Why nothing could be run; a sentence for the user.
struct Trouble(String);

impl<T: Into<String>> From<T> for Trouble {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// What a command came to.
enum Outcome {
    /// nothing that counts
    Clean,
    /// exit status 1
    Findings,
    /// some inputs could not be looked at
    Failed,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    if words.next().is_some_and(|word| word == crate::live::trial::WORD) {
        // this program as the child of its own trial
        let words: Vec<String> = words.filter_map(|w| w.into_string().ok()).collect();
        return ExitCode::from(crate::live::trial::main(&words));
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { 2 } else { 0 });
        }
    };
    let outcome = match &cli.command {
        Command::Check(args) if args.min_version => min_version::run(args),
        Command::Check(args) => check::run(args),
        Command::Security(args) => security::run(args),
        Command::Cat(args) => cat::run(args),
        Command::Tree(args) => tree::run(args),
        #[cfg(feature = "lsp")]
        Command::Lsp { .. } => lsp::run(),
        Command::Explain(args) => explain::run(args),
        Command::Fix(args) if args.prove.prove => prove::run(args),
        Command::Fix(args) => fix::run(args),
        Command::Diff(args) => diff::run(args),
        Command::DryRun(args) => dry_run::run(args),
        #[cfg(feature = "packages")]
        Command::Audit(args) => audit::run(args),
        Command::Config(args) => config::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Completions { shell } => completions(*shell),
        Command::Man { output } => man(output.as_deref()),
    };
    match outcome {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::from(1),
        Ok(Outcome::Failed) => ExitCode::from(2),
        Err(Trouble(text)) => {
            complain(&text);
            ExitCode::from(2)
        }
    }
}

/// Standard output without the line buffer of the library: reports are written in large pieces. A reader that went away
/// is no error.
struct Out {
    closed: bool,
    out: std::fs::File,
}

impl Out {
    fn new() -> Result<Self, Trouble> {
        let fd = io::stdout().as_fd().try_clone_to_owned().map_err(|e| format!("standard output: {e}"))?;
        Ok(Self { closed: false, out: fd.into() })
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        match self.out.write(bytes) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(bytes.len())
            }
            other => other,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.out.flush() {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }
}

/// A line on standard error. Nobody may be there to read it: that is no reason to stop.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "unitlint: {}", crate::emit::style::clean(text));
}

/// Prints a text.
fn print(text: &str) -> Result<(), Trouble> {
    let mut out = Out::new()?;
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Trouble(format!("standard output: {e}")))
}

/// Colours, characters and width of the terminal on standard output.
fn paint(when: When) -> Paint {
    paint_for(when, io::stdout().is_terminal())
}

fn paint_for(when: When, terminal: bool) -> Paint {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let colour = match when {
        When::Always => true,
        When::Never => false,
        When::Auto => terminal && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|t| t != "dumb"),
    };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| std::env::var_os(n).filter(|v| !v.is_empty()));
    let unicode =
        !terminal || locale.is_none_or(|l| l.to_string_lossy().to_ascii_lowercase().replace('-', "").contains("utf8"));
    let columns = std::env::var_os("COLUMNS").and_then(|c| c.to_str()?.parse().ok());
    let width = if terminal {
        columns.or_else(|| terminal_size::terminal_size().map(|(w, _)| usize::from(w.0))).unwrap_or(80)
    } else {
        0
    };
    Paint { colour, unicode, width }
}

/// The tree and the plan for what the user named.
struct Work {
    tree: Box<dyn Tree>,
    plan: Plan,
    /// units were named one by one: one that has no score is worth an exit status
    named: bool,
    /// what was named
    inputs: Vec<Input>,
    /// how units are searched
    options: Options,
}

impl Work {
    /// Hands over every unit; whether all that was named could be read. What could not is told.
    fn each_unit(&self, visit: impl FnMut(Unit)) -> bool {
        self.all_read(&each_unit(&*self.tree, &self.plan, visit))
    }

    /// Tells what could not be read; whether there was nothing of that.
    fn all_read(&self, failures: &BTreeSet<String>) -> bool {
        failures.iter().for_each(|failure| complain(failure));
        failures.is_empty() && self.plan.failures.is_empty()
    }
}

/// What the user named, and the tree that it is in.
struct Inputs {
    tree: Box<dyn Tree>,
    inputs: Vec<Input>,
    options: Options,
}

fn inputs(units: &Units, settings: &Settings, services_only: bool, without_input: &str) -> Result<Inputs, Trouble> {
    let Settings { scope, target, .. } = *settings;
    let unit_path =
        units.unit_path.as_ref().map(|p| p.split(':').filter(|d| !d.is_empty()).map(PathBuf::from).collect::<Vec<_>>());
    let options = Options { root: units.root.clone(), unit_path, scope, target, services_only };
    let bare = options.root.is_none() && options.unit_path.is_none();
    let mut inputs = Vec::new();
    let mut overlay: Option<Overlay<Disk>> = None;
    let mut nameless = 0;
    for input in &units.inputs {
        let Some(name) = overlay_name(input, units) else {
            inputs.push(named(&Disk, input, bare));
            continue;
        };
        let bytes = if input == Path::new("-") {
            crate::tree::read_to_end(io::stdin().lock()).map_err(|e| format!("standard input: {e}"))?
        } else {
            crate::tree::read_named(input).map_err(|e| format!("{}: {e}", input.display()))?
        };
        nameless += usize::from(name == units.stdin_filename);
        if nameless > 1 {
            return Err("only one of the inputs can have the name that --stdin-filename gives".into());
        }
        let name = relative(&load::edited(&name).unwrap_or(name));
        overlay = Some(overlay.unwrap_or_else(|| Overlay::new(Disk)).file(&name, bytes));
        inputs.push(Input::Path(name));
    }
    let tree: Box<dyn Tree> = match overlay {
        Some(overlay) => Box::new(overlay),
        None => Box::new(Disk),
    };
    if inputs.is_empty() && bare {
        inputs.push(Input::Path(without_input.into()));
    }
    Ok(Inputs { tree, inputs, options })
}

fn work(units: &Units, settings: &Settings, services_only: bool, without_input: &str) -> Result<Work, Trouble> {
    let Inputs { tree, inputs, options } = inputs(units, settings, services_only, without_input)?;
    let is_file = |p: &Path| tree.stat(p).is_ok_and(|s| s.kind != NodeKind::Directory);
    let one = |i: &Input| match i {
        Input::Unit(_) => true,
        Input::Path(p) => is_file(p),
    };
    let named = !units.inputs.is_empty() && inputs.iter().all(one);
    let plan = Plan::make(&*tree, &inputs, &options);
    for failure in &plan.failures {
        complain(failure);
    }
    if plan.jobs.is_empty() && !plan.failures.is_empty() {
        return Err(Trouble("nothing to look at".into()));
    }
    Ok(Work { tree, plan, named, inputs, options })
}

/// Under which name an input is looked at that is no file to stay: standard input, a pipe, `<(command)`, what
/// `systemctl edit` lets somebody edit.
fn overlay_name(input: &Path, units: &Units) -> Option<PathBuf> {
    let nameless = || PathKind::of(input) == PathKind::Other && load::edited(input).is_none();
    let is_stdin = input == Path::new("-");
    let is_stream = !is_stdin && crate::tree::is_stream(input);
    if is_stdin || is_stream && nameless() {
        Some(units.stdin_filename.clone())
    } else {
        (is_stream || load::edited(input).is_some()).then(|| input.to_owned())
    }
}

/// A bare name is a file where there is one, else a unit; with a root or a search path it is always a unit.
fn named(tree: &dyn Tree, input: &Path, bare: bool) -> Input {
    match input.to_str() {
        Some("." | "..") => Input::Path(input.to_owned()),
        Some(name) if !(name.contains('/') || bare && tree.stat(input).is_ok()) => Input::Unit(name.to_owned()),
        _ => Input::Path(input.to_owned()),
    }
}

/// Where the program was started.
fn current_directory() -> Result<PathBuf, Trouble> {
    std::env::current_dir().map_err(|e| Trouble(format!("the current directory: {e}")))
}

/// A name without a directory lies in this one, so that its drop-ins are found.
fn relative(name: &Path) -> PathBuf {
    if name.parent().is_some_and(|p| p.as_os_str().is_empty()) { Path::new(".").join(name) } else { name.to_owned() }
}

fn completions(shell: clap_complete::Shell) -> Result<Outcome, Trouble> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "unitlint", &mut text);
    print(&String::from_utf8_lossy(&text))?;
    Ok(Outcome::Clean)
}

fn man(output: Option<&Path>) -> Result<Outcome, Trouble> {
    match output {
        Some(dir) => clap_mangen::generate_to(Cli::command(), dir).map_err(|e| format!("{}: {e}", dir.display()))?,
        None => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command()).render(&mut text).map_err(|e| e.to_string())?;
            print(&String::from_utf8_lossy(&text))?;
        }
    }
    Ok(Outcome::Clean)
}
