//! How things were before a trial, and how they get so again. It is noted beside the drop-in on trial, so that the next run
//! can put back what a killed one could not.

use super::manager::{Active, Manager, Status, Step, Stop, Verb};
use crate::fix::dropin;
use crate::tree::Tree;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Where drop-ins on trial lie: before `/etc/systemd/system`, so that one takes the place of a drop-in of the same name that
/// is already there, and has the place in the order that it is going to have. A reboot empties it.
pub const DIRECTORY: &str = "/run/systemd/system.control";

/// The drop-in on trial of a unit, and the note how things were before; systemd takes no notice of that.
pub fn files(unit: &str) -> (PathBuf, PathBuf) {
    let dir = Path::new(DIRECTORY).join(format!("{unit}.d"));
    (dir.join(dropin::NAME), dir.join(NOTE))
}

/// The file name of the note.
const NOTE: &str = "50-unitlint.before";

/// How a unit was, and those that its trial may start or stop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Before {
    /// its name
    pub unit: String,
    /// whether it ran
    pub up: bool,
    /// what ran and may be stopped
    pub running: Vec<String>,
    /// what did not run and may be started
    pub idle: Vec<String>,
}

impl Before {
    /// Looks at a unit and those around it.
    pub(super) fn of(manager: &mut dyn Manager, unit: &Status) -> Step<Self> {
        let mut out = Self { unit: unit.name.clone(), up: unit.active == Active::Up, ..Self::default() };
        // what runs pulls up again what is missing at every start of anything: that is no doing of a trial
        let pulled = closure(manager, &unit.pulls, |s| if s.active == Active::Up { &[] } else { &s.pulls })?;
        // what is on its way up comes up without a trial
        let down = |s: &&Status| matches!(s.active, Active::Down | Active::Failed) && s.name != unit.name;
        let idle: Vec<&Status> = pulled.iter().filter(down).collect();
        let displaced: Vec<String> = idle.iter().copied().chain([unit]).flat_map(|s| s.displaces.clone()).collect();
        out.idle = idle.into_iter().map(|s| s.name.clone()).collect();
        let mut stopped = closure(manager, &[unit.drags.clone(), displaced].concat(), |s| &s.drags)?;
        stopped.extend(manager.show(&unit.triggers)?);
        let running: BTreeSet<String> =
            stopped.into_iter().filter(|s| s.active == Active::Up && s.name != unit.name).map(|s| s.name).collect();
        out.running = running.into_iter().collect();
        Ok(out)
    }

    /// The note.
    pub(super) fn text(&self) -> String {
        let Self { unit, up, running, idle } = self;
        let mut out = format!(
            "# unitlint tries lines for {unit}; the next `unitlint fix --prove` puts back what is noted here\n"
        );
        out.push_str(if *up { "up\n" } else { "down\n" });
        for (what, names) in [("running", running), ("idle", idle)] {
            for name in names {
                let _ = writeln!(out, "{what} {name}");
            }
        }
        out
    }

    /// What a note says.
    fn parse(unit: &str, text: &str) -> Self {
        let of = |what: &str| text.lines().filter_map(|l| l.strip_prefix(what)).map(str::to_owned).collect();
        let up = text.lines().any(|l| l == "up");
        Self { unit: unit.to_owned(), up, running: of("running "), idle: of("idle ") }
    }

    /// Makes everything as it was; what could not be done, in sentences. Nothing interrupts it.
    pub fn put_back(&self, manager: &mut dyn Manager) -> Vec<String> {
        manager.heed(false);
        let mut wrong = Vec::new();
        if let Err(stop) = self.try_to(manager, &mut wrong) {
            wrong.push(match stop {
                Stop::Broken(why) => why,
                Stop::Interrupted => "interrupted".to_owned(),
            });
        }
        manager.heed(true);
        wrong
    }

    fn try_to(&self, manager: &mut dyn Manager, wrong: &mut Vec<String>) -> Step<()> {
        let unit = &self.unit;
        manager.lift(unit)?;
        manager.reread()?;
        if let Err(why) = stopped(manager, unit)? {
            wrong.push(format!("{unit} cannot be stopped: {why}"));
        }
        // a socket cannot be started while its service runs
        let (first, then): (Vec<_>, Vec<_>) = self.running.iter().partition(|n| !n.ends_with(".service"));
        self.started(manager, &first, wrong)?;
        if self.up {
            self.started(manager, &[unit], wrong)?;
        }
        self.started(manager, &then, wrong)?;
        for status in manager.show(&self.idle)?.iter().filter(|s| s.active == Active::Up) {
            if let Err(why) = manager.ask(Verb::Stop, &status.name)? {
                wrong.push(format!("{} did not run, and cannot be stopped: {why}", status.name));
            }
        }
        manager.note(unit, None)
    }

    /// Starts what ran and does not any more.
    fn started(&self, manager: &mut dyn Manager, units: &[&String], wrong: &mut Vec<String>) -> Step<()> {
        let names: Vec<String> = units.iter().map(|n| (*n).clone()).collect();
        for status in manager.show(&names)?.iter().filter(|s| s.active != Active::Up) {
            let _ = manager.ask(Verb::Forget, &status.name)?;
            if let Err(why) = manager.ask(Verb::Start, &status.name)? {
                wrong.push(format!("{} ran, and cannot be started again: {why}", status.name));
            }
        }
        Ok(())
    }
}

/// Stops a unit, by force where it has to be, and forgets that it failed.
pub(super) fn stopped(manager: &mut dyn Manager, unit: &str) -> Step<Result<(), String>> {
    let mut done = manager.ask(Verb::Stop, unit)?;
    if done.is_err() {
        let _ = manager.ask(Verb::Kill, unit)?;
        done = manager.ask(Verb::Stop, unit)?;
    }
    let _ = manager.ask(Verb::Forget, unit)?;
    Ok(done)
}

/// The units that lead on from some, and those.
fn closure(manager: &mut dyn Manager, from: &[String], on: fn(&Status) -> &[String]) -> Step<Vec<Status>> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut out = Vec::new();
    let mut next: Vec<String> = from.to_vec();
    while !next.is_empty() {
        next.retain(|name| seen.insert(name.clone()));
        let found = manager.show(&next)?;
        next = found.iter().flat_map(|s| on(s).to_vec()).collect();
        out.extend(found);
    }
    Ok(out)
}

/// What runs that were killed have left: how things were before each.
pub fn leftovers(tree: &dyn Tree) -> Vec<Before> {
    let mut out = Vec::new();
    for entry in tree.list(Path::new(DIRECTORY)).unwrap_or_default() {
        let Some(unit) = entry.name.to_str().and_then(|n| n.strip_suffix(".d")) else { continue };
        if let Ok(bytes) = tree.read(&files(unit).1) {
            out.push(Before::parse(unit, &String::from_utf8_lossy(&bytes)));
        }
    }
    out
}
