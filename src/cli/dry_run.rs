//! `unitlint dry-run`

use super::args::{CheckArgs, Choice, DryRunArgs};
use super::formats::CheckFormat;
use super::host::OnHost;
use super::settings::settings_on;
use super::{Out, Outcome, Trouble, check, paint, print, trial, work};
use crate::emit::dry_run as emit;
use crate::engine::{Score, enforced};
use crate::host::{Hosts, file};
use crate::live;
use crate::unit::{State, Unit};
use crate::verdict;
use crate::vocab::Scope;
use crate::write;
use std::path::Path;
use std::sync::Arc;

pub(super) fn run(args: &DryRunArgs) -> Result<Outcome, Trouble> {
    let asked = args.units.root.as_deref();
    let hosts = match args.on.hosts(asked)? {
        Some(hosts) => hosts,
        None => Arc::new(live::hosts(asked.unwrap_or(Path::new("/")))),
    };
    if let Some(path) = &args.save {
        save(path, &hosts)?;
        if args.units.inputs.is_empty() && asked.is_none() && args.units.unit_path.is_none() {
            print(&emit::machine(&hosts.name, hosts.of(Scope::System), paint(args.units.color)))?;
            return Ok(Outcome::Clean);
        }
    }
    if args.format.is_report() {
        return report(args);
    }
    let mut settings = settings_on(Some(hosts.clone()), &args.units, None, None)?;
    let mut work = work(&args.units, &settings, false, "/usr/lib/systemd/system")?;
    work.attach(args.attach.profile.as_deref(), asked, &mut settings.config)?;
    let files = args.on.files(asked);
    let policy = &settings.session.policy;
    let mut counts = Counts::default();
    let mut trier =
        args.r#try.map(|how| trial::Trials::new(how, settings.scope.unwrap_or(Scope::System))).transpose()?;
    let mut judge = |unit: &Unit, show: &mut dyn FnMut(&emit::Judged<'_>)| {
        let host = hosts.of(unit.scope);
        let mut trial = None;
        let verdict = verdict::judge_and_try(unit, host, files, |lines| {
            trial = trier.as_mut().map(|trier| trier.attempt(unit, lines, host));
        });
        counts.add(verdict.starts);
        let scored = unit.state == State::Loaded;
        let paper = scored.then(|| Score::exposure_of(unit, policy));
        let here = scored.then(|| enforced::exposure(unit, &verdict, policy));
        show(&emit::Judged { unit, verdict: &verdict, trial: trial.as_ref(), paper, here });
    };
    let first = hosts.of(settings.scope.unwrap_or(Scope::System));
    let all_read = if args.format == CheckFormat::Json {
        let mut document = emit::Document::new(Out::new()?, first);
        let mut written = Ok(());
        let all_read = work.each_unit(|unit| {
            judge(&unit, &mut |judged| {
                if written.is_ok() {
                    written = document.unit(judged);
                }
            });
        });
        written.and_then(|()| document.finish()).map_err(|e| format!("standard output: {e}"))?;
        all_read
    } else {
        let paint = paint(args.units.color);
        let human = args.format == CheckFormat::Human;
        let mut text = String::new();
        let all_read = work.each_unit(|unit| {
            judge(&unit, &mut |judged| {
                text.push_str(&if human { emit::human(judged, args.all, paint) } else { emit::concise(judged) });
            });
        });
        if human {
            let Counts { starts, refused, unknown } = counts;
            if starts + refused + unknown > 1 {
                text.push_str(&emit::summary(starts, refused, unknown));
            }
            text.push_str(&emit::machine(&hosts.name, first, paint));
        }
        print(&text)?;
        all_read
    };
    Ok(match () {
        () if args.exit_zero => Outcome::Clean,
        () if !all_read => Outcome::Failed,
        () if counts.refused > 0 => Outcome::Findings,
        () => Outcome::Clean,
    })
}

/// How many units start.
#[derive(Clone, Copy, Default)]
struct Counts {
    starts: usize,
    refused: usize,
    unknown: usize,
}

impl Counts {
    fn add(&mut self, starts: Option<bool>) {
        match starts {
            Some(true) => self.starts += 1,
            Some(false) => self.refused += 1,
            None => self.unknown += 1,
        }
    }
}

/// Writes the facts of a machine.
fn save(path: &Path, hosts: &Hosts) -> Result<(), Trouble> {
    let text = file::text(hosts);
    write::create_or_replace(path, text.as_bytes(), |_| true).map_err(|e| Trouble(format!("{}: {e}", path.display())))
}

/// The formats of other programs have findings: those of the rules that ask a machine.
fn report(args: &DryRunArgs) -> Result<Outcome, Trouble> {
    if args.r#try.is_some() {
        return Err("--try tells what it saw to people and in JSON: leave --format away, or give json".into());
    }
    let words = |rules: &[&str]| rules.iter().map(|r| (*r).to_owned()).collect();
    let on = if args.on.host.is_empty() { OnHost { host: words(&[live::THIS]) } } else { args.on.clone() };
    check::run(&CheckArgs {
        units: args.units.clone(),
        attach: args.attach.clone(),
        on,
        format: args.format,
        choice: Choice { select: words(&["host-refuses", "host-skips"]), ..Choice::default() },
        exit_zero: args.exit_zero,
        all: args.all,
        no_baseline: true,
        ..CheckArgs::default()
    })
}
