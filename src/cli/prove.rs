//! `unitlint fix --prove`

use super::args::FixArgs;
use super::fix::put;
use super::settings::settings;
use super::{Outcome, Trouble, Work, complain, paint, paint_for, print, work};
use crate::emit::{diff, prove as report};
use crate::engine::Session;
use crate::fix::harden::{self, Hardened};
use crate::live::prove::narrow::Pieces;
use crate::live::prove::pieces::{self, Piece};
use crate::live::prove::{Event, Manager, Proof, Stop, Systemctl, Trials, Verb, Verdict, leftovers, prove, why_not};
use crate::load;
use crate::target::Target;
use crate::tree::{Disk, Tree};
use crate::vocab::UnitKind;
use crate::write;
use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The trial of lines on this machine.
#[derive(Debug, Args)]
#[command(next_help_heading = "Proof by trial")]
pub(super) struct ProveArgs {
    /// Try the lines on the named services of this machine, and keep those that work together: each service is STOPPED and
    /// started many times, with what depends on it, and is in the end as it was
    ///
    /// First the service is tried as it is shipped: start, restart, reload (if it can) and stop; what fails there is no fault of
    /// the lines and is left out. Then all lines are tried, and where that fails, halves of them, until no line can be added to
    /// what works. Nothing is kept but the report, or with --apply the drop-in; that is read by the manager, and a running
    /// service is restarted with it. Lines are tried in a file below /run/systemd/system.control, which a reboot empties. When
    /// the run is interrupted, by a signal or a closed terminal, it puts everything back first; after a kill or a crash the next
    /// run with --prove does it, also without a named service. Needs root.
    #[arg(long, conflicts_with_all = ["check", "output", "why", "no_hardening", "root", "unit_path", "user", "host"])]
    pub(super) prove: bool,
    /// A command for the shell that makes the service work and fails when it does not; $UNIT is its name. Without one a service
    /// has to stay up
    #[arg(long, value_name = "CMD", requires = "prove", value_hint = clap::ValueHint::CommandString)]
    pub(super) probe: Option<String>,
    /// How long the probe, and each start, restart, reload and stop, may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400), requires = "prove")]
    pub(super) probe_timeout: u64,
    /// How long a service without a probe has to stay up; how long after a start a probe may fail and is run again
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=3600), requires = "prove")]
    pub(super) settle: u64,
}

/// Where the manager tells that it runs; held while units are tried.
const RUNS: &str = "/run/systemd/system";

pub(super) fn run(args: &FixArgs) -> Result<Outcome, Trouble> {
    if let Some(path) = args.units.inputs.iter().find(|i| i.components().count() != 1 || i.as_os_str() == "-") {
        let what = path.display();
        return Err(format!("--prove tries services of this machine by their names; {what} is a path").into());
    }
    if let Some(why) = why_not(&Disk) {
        return Err(why.into());
    }
    let _held = write::hold(Path::new(RUNS)).map_err(|e| match e.kind() {
        io::ErrorKind::WouldBlock => "another run is trying lines on this machine; wait until it has ended".to_owned(),
        _ => format!("{RUNS}: {e}"),
    })?;
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
        signal_hook::flag::register(signal, interrupted.clone()).map_err(|e| format!("signal {signal}: {e}"))?;
    }
    let limit = Duration::from_secs(args.prove.probe_timeout);
    let mut manager = Systemctl::new(&Disk, args.prove.probe.as_deref(), limit, interrupted.clone());
    let (tidied, tidy) = tidied(&mut manager);
    if args.units.inputs.is_empty() {
        return match (tidied, tidy) {
            (0, _) => Err("--prove needs the name of a service".into()),
            (_, true) => Ok(Outcome::Clean),
            (_, false) => Ok(Outcome::Failed),
        };
    }
    let mut settings = settings(&args.units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    if args.units.judge.systemd.is_none() && settings.config.systemd.is_none() {
        // what is tried here is for the systemd that runs here
        if let Some(running) = manager.release().and_then(|release| Target::parse(&release).ok()) {
            (settings.target.systemd, settings.target.model) = (running.systemd, running.model);
        }
    }
    if !super::settings::tell(&settings.config.findings) {
        return Ok(Outcome::Failed);
    }
    let work = work(&args.units, &settings, false, ".")?;
    let (all, all_read) = worked_out(&work, &settings.session, args);
    let mut outcome = if all_read && tidy { Outcome::Clean } else { Outcome::Failed };
    for job in work.plan.jobs.iter().filter(|job| !all.iter().any(|h| h.unit.name == job.name)) {
        let why = if job.name.kind() == UnitKind::Service { "cannot be loaded" } else { "is no service" };
        complain(&format!("{} {why}: it is not tried", job.name));
        outcome = Outcome::Failed;
    }
    for hardened in all {
        if interrupted.load(Ordering::SeqCst) {
            break;
        }
        let one = Prover { args, session: &settings.session, tree: &*work.tree, release: settings.target.systemd };
        outcome = worse(outcome, one.prove(hardened, &mut manager)?);
    }
    if interrupted.load(Ordering::SeqCst) {
        return Err("interrupted".into());
    }
    Ok(outcome)
}

/// The more serious of two.
fn worse(a: Outcome, b: Outcome) -> Outcome {
    match (a, b) {
        (Outcome::Failed, _) | (_, Outcome::Failed) => Outcome::Failed,
        (Outcome::Findings, _) | (_, Outcome::Findings) => Outcome::Findings,
        _ => Outcome::Clean,
    }
}

/// Puts back what a killed run has left: how many units, and whether all went well.
fn tidied(manager: &mut dyn Manager) -> (usize, bool) {
    let left = leftovers(&Disk);
    let mut well = true;
    for before in &left {
        complain(&format!("{}: an earlier run was killed while it tried lines; everything is put back", before.unit));
        for wrong in before.put_back(manager) {
            complain(&wrong);
            well = false;
        }
    }
    (left.len(), well)
}

/// The lines of each service as if there were no drop-in of ours yet, and whether all files could be read.
fn worked_out(work: &Work, session: &Session, args: &FixArgs) -> (Vec<Hardened>, bool) {
    let tree = harden::without_ours(&*work.tree, &work.plan, true);
    let mut all = Vec::new();
    let wish = harden::Wish { at_least: args.safety.into(), target: args.target_score, tried: true };
    let unread = harden::each(&tree, &work.plan, session, wish, |hardened| all.push(hardened));
    (all, work.all_read(&unread))
}

struct Prover<'a> {
    args: &'a FixArgs,
    session: &'a Session,
    tree: &'a dyn Tree,
    release: u16,
}

impl Prover<'_> {
    fn prove(&self, mut hardened: Hardened, manager: &mut Systemctl) -> Result<Outcome, Trouble> {
        let unit = hardened.unit.name.to_string();
        if let Some(why) = self.not_to_try(&hardened, manager) {
            complain(&format!("{unit}: {why}"));
            return Ok(Outcome::Failed);
        }
        if let Some(why) = &hardened.hardening.left_alone {
            print(&format!("{unit}: left as it is: {why}\n"))?;
            return Ok(Outcome::Clean);
        }
        let all = std::mem::take(&mut hardened.hardening.lines);
        let parts = pieces::pieces(&all);
        let texts: Vec<String> = parts.iter().map(|p| p.text.clone()).collect();
        if parts.is_empty() {
            print(&format!("{unit}: nothing to try that is sure enough\n"))?;
            return Ok(Outcome::Clean);
        }
        let proof = self.tried(&unit, &all, &parts, &texts, manager);
        let probe = self.args.prove.probe.as_deref();
        if let Verdict::Proven { kept, .. } = &proof.verdict {
            let hardening = &mut hardened.hardening;
            hardening.lines = pieces::lines(&all, &parts, kept);
            hardening.after = harden::exposure_with(&hardened.unit, &hardening.lines, self.session);
            let (release, how) = (self.release, report::how(&proof.steps, probe));
            hardening.proven = Some(format!("{} (systemd {release}): {how}", load::PROVEN));
        }
        let exposure = (hardened.hardening.before, hardened.hardening.after);
        let tried = report::Tried { unit: &unit, proof: &proof, pieces: &texts, exposure, probe };
        let paint = paint(self.args.units.color);
        let mut text = report::report(&tried, paint);
        let mut outcome = match &proof.verdict {
            _ if !proof.wrong.is_empty() => Outcome::Failed,
            Verdict::Proven { kept, .. } if kept.is_empty() => Outcome::Findings,
            Verdict::Proven { .. } => Outcome::Clean,
            Verdict::Unusable(_) | Verdict::Unsteady(_) => Outcome::Findings,
            Verdict::Refused(_) | Verdict::Interrupted | Verdict::Broken(_) => Outcome::Failed,
        };
        if matches!(outcome, Outcome::Clean) {
            if self.args.apply {
                outcome = self.apply(&hardened, &unit, manager, &mut text);
            } else {
                text.push_str(&diff::unified(&[hardened.change(self.tree)], paint));
            }
        }
        print(&text)?;
        Ok(outcome)
    }

    /// What speaks against trying it at all.
    fn not_to_try(&self, hardened: &Hardened, manager: &mut Systemctl) -> Option<String> {
        let own = self.tree.read(&hardened.place).is_ok_and(|bytes| !load::is_ours(&bytes));
        if own {
            return Some(format!("{} was not written by unitlint, and stays as it is", hardened.place.display()));
        }
        let group = manager.show(&[hardened.unit.name.to_string()]).ok()?.pop()?.group;
        let groups = Disk.read(Path::new("/proc/self/cgroup")).unwrap_or_default();
        let inside = |line: &str| line.ends_with(&group) || line.contains(&format!("{group}/"));
        let inside = !group.is_empty() && String::from_utf8_lossy(&groups).lines().any(inside);
        inside.then(|| "this program runs inside it, and would be stopped with it".to_owned())
    }

    fn tried(
        &self,
        unit: &str,
        all: &[harden::Line],
        parts: &[Piece],
        texts: &[String],
        manager: &mut Systemctl,
    ) -> Proof {
        let lines = |kept: &Pieces| pieces::lines(all, parts, kept).iter().map(harden::Line::text).collect();
        let settle = Duration::from_secs(self.args.prove.settle);
        let trials = Trials { unit, count: parts.len(), lines: &lines, settle };
        let paint = paint_for(self.args.units.color, io::stderr().is_terminal());
        let mut trial = 0;
        let mut begun = false;
        prove(manager, &trials, &mut |event| {
            trial += usize::from(matches!(event, Event::Begins(_)));
            let mut text = report::progress(unit, trial, event, texts, paint);
            if begun && matches!(event, Event::Back) {
                text.insert(0, '\n');
            }
            begun = matches!(event, Event::Begins(_));
            // nobody may be there to read it: that is no reason to stop
            let _ = io::stderr().write_all(text.as_bytes());
        })
    }

    /// Writes the proven lines, and lets a running service have them.
    fn apply(&self, hardened: &Hardened, unit: &str, manager: &mut Systemctl, text: &mut String) -> Outcome {
        if !put(&hardened.top, &hardened.place, hardened, text) {
            return Outcome::Failed;
        }
        let running = |manager: &mut Systemctl| -> Result<(), Stop> {
            manager.reread()?;
            let up = manager.show(&[unit.to_owned()])?.iter().any(|s| s.active == crate::live::prove::Active::Up);
            if up {
                manager.ask(Verb::Restart, unit)?.map_err(Stop::Broken)?;
            }
            Ok(())
        };
        manager.heed(false);
        let done = running(manager);
        manager.heed(true);
        match done {
            Ok(()) => Outcome::Clean,
            Err(Stop::Broken(why)) => {
                complain(&format!("{unit}: it could not be restarted with the drop-in: {why}"));
                Outcome::Failed
            }
            Err(Stop::Interrupted) => Outcome::Failed,
        }
    }
}
