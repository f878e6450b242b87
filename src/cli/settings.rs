//! What a run is made with: the arguments, over what `unitlint.toml` says, over the defaults.

use super::args::{Choice, ConfigFile, Judge, Units};
use super::{Trouble, complain, current_directory};
pub(super) use crate::engine::Settings;
use crate::engine::suppress::Date;
use crate::engine::{Asked, Config, FailOn, config};
use crate::host::Hosts;
use crate::rule::{Finding, Level};
use crate::tree::{self, Disk, NodeKind, Tree};
use crate::vocab::Scope;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The only place that asks the clock: suppressions may expire, and some reports have a time.
#[allow(clippy::disallowed_methods, reason = "handed to the engine, which never asks")]
fn seconds() -> Option<u64> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

pub(super) fn today() -> Option<Date> {
    seconds().map(|s| Date::from_days(s / 86_400))
}

/// The time as `2026-11-22T13:30:00`, in UTC.
pub(super) fn now() -> String {
    let all = seconds().unwrap_or_default();
    let of_day = all % 86_400;
    format!("{}T{:02}:{:02}:{:02}", Date::from_days(all / 86_400), of_day / 3600, of_day / 60 % 60, of_day % 60)
}

/// The directory in which the search for a configuration begins: what all named paths have in common, or this one.
fn beginning(units: &Units, here: &Path) -> PathBuf {
    let of = |input: &PathBuf| {
        let overlaid = super::overlay_name(input, units);
        let path = overlaid.as_ref().unwrap_or(input);
        let named = overlaid.is_none() && path.components().count() == 1 && Disk.stat(path).is_err();
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
    let here = current_directory()?;
    if let Some(path) = &choice.config {
        let bytes = match tree::is_descriptor(path) {
            true => tree::read_named(path).map_err(|e| e.to_string()),
            false => config::load(&Disk, Path::new("/"), &here.join(path)),
        };
        return Ok(Config::read(&Disk, path, bytes.map_err(|why| format!("{}: {why}", path.display()))?));
    }
    let Some((path, top)) = config::search(&Disk, &from(&here)) else { return Ok(Config::default()) };
    let shown = path.strip_prefix(&here).unwrap_or(&path);
    Ok(match config::load(&Disk, &top, &path) {
        Ok(bytes) => Config::read(&Disk, shown, bytes),
        Err(why) => Config::unreadable(shown, &why),
    })
}

/// The configuration for a command without units.
pub(super) fn without_units(choice: &ConfigFile) -> Result<Config, Trouble> {
    config(choice, Path::to_owned)
}

/// What is wrong with the configuration, for a command that does not report findings. Whether nothing is.
pub(super) fn tell(findings: &[Finding]) -> bool {
    for f in findings {
        let at = f.at.as_ref().map(|at| at.start()).map_or(String::new(), |at| format!(":{}:{}", at.line, at.column));
        let hint = f.notes.first().map_or(String::new(), |note| format!("; {}", note.text));
        complain(&format!("{}{at}: {}{hint}", f.path.display(), f.message));
    }
    findings.is_empty()
}

/// All of it, for a command that judges units.
pub(super) fn settings(
    units: &Units,
    choice: Option<&Choice>,
    policy_file: Option<&Path>,
) -> Result<Settings, Trouble> {
    settings_on(None, units, choice, policy_file)
}

/// The same for a machine: its systemd, kernel and processor count where no argument says otherwise.
pub(super) fn settings_on(
    hosts: Option<Arc<Hosts>>,
    units: &Units,
    choice: Option<&Choice>,
    policy_file: Option<&Path>,
) -> Result<Settings, Trouble> {
    let config = config(&units.config, |here| beginning(units, here))?;
    let Judge { systemd, kernel, arch, user, system } = units.judge.clone();
    let mut asked = Asked { systemd, kernel, arch, hosts, today: today(), ..Asked::default() };
    asked.scope = if user { Some(Scope::User) } else { system.then_some(Scope::System) };
    if let Some(choice) = choice {
        asked.select.clone_from(&choice.select);
        asked.extend.clone_from(&choice.extend_select);
        asked.ignore.clone_from(&choice.ignore);
        asked.preview = choice.preview;
        asked.rule_set.clone_from(&choice.rule_set);
    }
    if let Some(path) = policy_file {
        let bytes = tree::read_named(path).map_err(|e| format!("{}: {e}", path.display()))?;
        asked.policy = Some((path.to_owned(), bytes));
    }
    let mut settings = asked.over(&Disk, config)?;
    let target = settings.target;
    if target.systemd != target.model.number() {
        let (asked, model) = (target.systemd, target.model.number());
        complain(&format!("systemd {asked} is modelled as {model}, the nearest recorded release that is not newer"));
    }
    if let Some(choice) = choice.filter(|c| !c.fail_on.is_empty()) {
        let parse =
            |w: &String| FailOn::parse(w, &settings.config.rules).map_err(|e| Trouble(format!("--fail-on {e}")));
        settings.fail_on = choice.fail_on.iter().map(parse).collect::<Result<_, _>>()?;
    }
    if settings.fail_on.is_empty() {
        settings.fail_on.extend([FailOn::Level(Level::Error), FailOn::Worse]);
    }
    Ok(settings)
}
