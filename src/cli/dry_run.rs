//! `unitlint dry-run`

use super::args::{DryRunArgs, Format};
use super::settings::settings;
use super::{Out, Outcome, Trouble, paint, print, trial, work};
use crate::emit::dry_run as emit;
use crate::host::Host;
use crate::live::trial::Trial;
use crate::live::{self, ThisKernel};
use crate::target::Target;
use crate::tree::Disk;
use crate::unit::Unit;
use crate::verdict::{self, Files, Verdict};
use crate::vocab::Scope;
use std::path::Path;

pub(super) fn run(args: &DryRunArgs) -> Result<Outcome, Trouble> {
    let mut settings = settings(&args.units, None, None)?;
    let root = args.units.root.as_deref().unwrap_or(Path::new("/"));
    let look = |scope: Scope| live::look(&Disk, root, &ThisKernel, scope);
    let scope = settings.scope.unwrap_or(Scope::System);
    let first = look(scope);
    let asked = args.units.judge.systemd.is_some() || settings.config.systemd.is_some();
    if let Some(found) = first.systemd.get().filter(|_| !asked) {
        // the units are those of this machine's systemd
        let Target { kernel, .. } = settings.target;
        settings.target = Target { kernel, ..Target::systemd(found) };
    }
    if args.units.judge.arch.is_none() && settings.config.arch.is_none() {
        settings.target.arch = first.arch.get().unwrap_or(settings.target.arch);
    }
    let mut work = work(&args.units, &settings, false, "/usr/lib/systemd/system")?;
    work.attach(args.attach.profile.as_deref(), args.units.root.as_deref(), &mut settings.config)?;
    let files = Files::of(&Disk, root);
    let mut hosts = Hosts { first, other: None };
    let (mut starts, mut refused, mut unknown) = (0, 0, 0);
    let policy = &settings.session.policy;
    let mut count = |starting: Option<bool>| match starting {
        Some(true) => starts += 1,
        Some(false) => refused += 1,
        None => unknown += 1,
    };
    let mut trier = args.r#try.map(|how| trial::Trials::new(how, scope)).transpose()?;
    let mut judge = |unit: &Unit, host: &Host| -> (Verdict, Option<Trial>) {
        let mut trial = None;
        let verdict = verdict::judge_and_try(unit, host, files, policy, |lines| {
            trial = trier.as_mut().map(|trier| trier.attempt(unit, lines, host));
        });
        (verdict, trial)
    };
    let all_read = if args.format == Format::Json {
        let mut document = emit::Document::new(Out::new()?, &hosts.first);
        let mut written = Ok(());
        let all_read = work.each_unit(|unit| {
            let (verdict, tried) = judge(&unit, hosts.of(unit.scope, &look));
            count(verdict.starts);
            if written.is_ok() {
                written = document.unit(&unit, &verdict, tried.as_ref());
            }
        });
        written.and_then(|()| document.finish()).map_err(|e| format!("standard output: {e}"))?;
        all_read
    } else {
        let paint = paint(args.units.color);
        let mut text = String::new();
        let all_read = work.each_unit(|unit| {
            let (verdict, tried) = judge(&unit, hosts.of(unit.scope, &look));
            count(verdict.starts);
            text.push_str(&match args.format {
                Format::Human => emit::human(&unit, &verdict, tried.as_ref(), args.all, paint),
                _ => emit::concise(&unit, &verdict),
            });
        });
        if args.format == Format::Human {
            if starts + refused + unknown > 1 {
                text.push_str(&emit::summary(starts, refused, unknown));
            }
            text.push_str(&emit::machine(&hosts.first, paint));
        }
        print(&text)?;
        all_read
    };
    Ok(match () {
        () if args.exit_zero => Outcome::Clean,
        () if !all_read => Outcome::Failed,
        () if refused > 0 => Outcome::Findings,
        () => Outcome::Clean,
    })
}

/// The machine, as the manager of the system and those of users see it.
struct Hosts {
    first: Host,
    other: Option<Host>,
}

impl Hosts {
    fn of(&mut self, scope: Scope, look: &dyn Fn(Scope) -> Host) -> &Host {
        match self.first.scope == Some(scope) {
            true => &self.first,
            false => self.other.get_or_insert_with(|| look(scope)),
        }
    }
}
