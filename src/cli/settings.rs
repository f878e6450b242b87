//! What a run is made with: the arguments, over what `unitlint.toml` says, over the defaults.

use super::args::{Choice, ConfigFile, Units};
use super::{Trouble, complain};
use crate::engine::selection::{RuleSet, Wanted};
use crate::engine::suppress::Date;
use crate::engine::{Config, FailOn, Policy, Session, config};
use crate::rule::{Level, Registry};
use crate::target::{Kernel, Target};
use crate::tree::{Disk, NodeKind, Tree};
use crate::vocab::{Arch, Scope};
use std::path::{Component, Path, PathBuf};

/// What is in force.
pub(super) struct Settings {
    /// what the file said, with what is wrong in it
    pub(super) config: Config,
    /// the rules and which of them speak
    pub(super) session: Session,
    /// for whom units are judged
    pub(super) target: Target,
    /// whose they are where the path does not tell
    pub(super) scope: Option<Scope>,
    /// what makes the exit status 1
    pub(super) fail_on: Vec<FailOn>,
    /// the file with other weights for the exposure checks
    pub(super) policy_file: Option<PathBuf>,
}

/// The only place that asks the clock: suppressions may expire.
#[allow(clippy::disallowed_methods, reason = "handed to the engine, which never asks")]
fn today() -> Option<Date> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Date::from_days(since.as_secs() / 86_400))
}

/// The directory in which the search for a configuration begins: what all named paths have in common, or this one.
fn beginning(units: &Units, here: &Path) -> PathBuf {
    let of = |input: &PathBuf| {
        let path = if input.as_os_str() == "-" { &units.stdin_filename } else { input };
        let named = input.as_os_str() != "-" && path.components().count() == 1 && Disk.stat(path).is_err();
        if named {
            return here.to_owned();
        }
        let path = plain(&here.join(path));
        let is_dir = Disk.stat(&path).is_ok_and(|s| s.kind == NodeKind::Directory);
        if is_dir { path } else { path.parent().unwrap_or(Path::new("/")).to_owned() }
    };
    let common = |a: PathBuf, b: PathBuf| {
        let shared = a.components().zip(b.components()).take_while(|(x, y)| x == y);
        shared.map(|(c, _)| c).collect()
    };
    units.inputs.iter().map(of).reduce(common).unwrap_or_else(|| here.to_owned())
}

/// A path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut out, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
        out
    })
}

/// The configuration that is in force; `from` says where the search begins, seen from the current directory.
fn config(choice: &ConfigFile, from: impl FnOnce(&Path) -> PathBuf) -> Result<Config, Trouble> {
    if choice.isolated {
        return Ok(Config::default());
    }
    let path = match &choice.config {
        Some(path) => Some(path.clone()),
        None => {
            let here = std::env::current_dir().map_err(|e| format!("the current directory: {e}"))?;
            let found = config::search(&Disk, &from(&here));
            found.map(|path| path.strip_prefix(&here).map(Path::to_owned).unwrap_or(path))
        }
    };
    let Some(path) = path else { return Ok(Config::default()) };
    Config::read(&Disk, &path).map_err(|e| Trouble(format!("{}: {e}", path.display())))
}

/// The rules that there are, for a command without units. What is wrong with the user's own is in the configuration.
pub(super) fn rules(choice: &ConfigFile) -> Result<(Registry, Config), Trouble> {
    let mut config = config(choice, Path::to_owned)?;
    Ok((config.own_rules(&Disk), config))
}

/// All of it, for a command that judges units.
pub(super) fn settings(units: &Units, choice: Option<&Choice>) -> Result<Settings, Trouble> {
    let mut config = config(&units.config, |here| beginning(units, here))?;
    let rules = config.own_rules(&Disk);
    let mut target = config.target();
    if let Some(word) = &units.judge.systemd {
        let asked = Target::parse(word)?;
        target = Target { arch: target.arch, kernel: asked.kernel.or(target.kernel), ..asked };
    }
    if let Some(arch) = &units.judge.arch {
        target.arch = Arch::named(arch).ok_or_else(|| {
            let known: Vec<&str> = Arch::ALL.iter().map(|(_, word, _)| *word).collect();
            format!("{arch} is no architecture; known are {}", known.join(", "))
        })?;
    }
    if let Some(kernel) = &units.judge.kernel {
        target.kernel =
            Some(Kernel::parse(kernel).ok_or_else(|| format!("{kernel} is no kernel version; give one like 6.12"))?);
    }
    if target.systemd != target.model.number() {
        let (asked, model) = (target.systemd, target.model.number());
        complain(&format!("systemd {asked} is modelled as {model}, the nearest recorded release that is not newer"));
    }
    let configured = config.scope();
    let scope =
        if units.judge.user { Some(Scope::User) } else { units.judge.system.then_some(Scope::System).or(configured) };
    let mut selection = config.selection(&rules);
    let mut fail_on = config.gates(&rules);
    if fail_on.is_empty() {
        fail_on.extend([FailOn::Level(Level::Error), FailOn::Worse]);
    }
    let mut policy_file = config.security_policy.as_ref().map(|said| config.beside(&said.value));
    if let Some(choice) = choice {
        let all = |words: &[String]| words.iter().map(|w| Wanted::parse(w, &rules)).collect::<Result<Vec<_>, _>>();
        if !choice.select.is_empty() {
            selection.select = all(&choice.select)?;
            selection.extend.clear();
        }
        selection.extend.extend(all(&choice.extend_select)?);
        selection.ignore.extend(all(&choice.ignore)?);
        selection.preview |= choice.preview;
        if let Some(word) = &choice.rule_set {
            selection.rule_set = Some(RuleSet::parse(word)?);
        }
        if !choice.fail_on.is_empty() {
            let parse = |w: &String| FailOn::parse(w, &rules).map_err(|e| Trouble(format!("--fail-on {e}")));
            fail_on = choice.fail_on.iter().map(parse).collect::<Result<_, _>>()?;
        }
        policy_file = choice.security_policy.clone().or(policy_file);
    }
    // in the order of the file; a mistake in a rule file comes after them
    config
        .findings
        .sort_by_key(|f| (f.path != *config.path.as_deref().unwrap_or(Path::new("")), f.at.as_ref().map(|at| at.span)));
    let policy = policy(policy_file.as_deref(), target)?;
    let session = Session { rules, selection, policy, today: today(), baseline: None };
    Ok(Settings { config, session, target, scope, fail_on, policy_file })
}

/// Other weights and ranges for the exposure checks.
pub(super) fn policy(path: Option<&Path>, target: Target) -> Result<Policy, Trouble> {
    let Some(path) = path else { return Ok(Policy::default()) };
    let bytes = Disk.read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Policy::parse(&bytes, target.model).map_err(|e| Trouble(format!("{}: {e}", path.display())))
}
