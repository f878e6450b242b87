//! `unitlint security`

use super::args::{Format, JsonMode, SecurityArgs};
use super::settings::{settings_on, tell};
use super::{Out, Outcome, Trouble, Work, paint, print, work};
use crate::emit::security::{self, Before, By, Document, Row};
use crate::engine::{Policy, Score, Scores, each_unit, enforced, path_down};
use crate::unit::{State, Unit};

pub(super) fn run(args: &SecurityArgs) -> Result<Outcome, Trouble> {
    let hosts = args.on.hosts(args.units.root.as_deref())?;
    let mut settings = settings_on(hosts, &args.units, None, args.security_policy.as_deref())?;
    let mut work = work(&args.units, &settings, true, "/usr/lib/systemd/system")?;
    work.attach(args.attach.profile.as_deref(), args.units.root.as_deref(), &mut settings.config)?;
    let policy = &settings.session.policy;
    let mut without = exposures_without(&mut work, policy).into_iter();
    let mut before = |unit: &Unit| {
        let exposure = without.next().flatten();
        let profile = unit.profile.map(|file| unit.files[usize::from(file)].source.path.clone());
        profile.map(|profile| Before { by: By::Profile(profile), exposure })
    };
    let hosts = settings.session.hosts.as_deref();
    let files = args.on.files(args.units.root.as_deref());
    // the unit as its machine has it, and what it is on paper
    let there = |unit: Unit, before: Option<Before>| match hosts {
        None => (unit, before),
        Some(hosts) => {
            let exposure = (unit.state == State::Loaded).then(|| Score::exposure_of(&unit, policy));
            (enforced::on(unit, hosts, files), Some(Before { by: By::Host(hosts.name.clone()), exposure }))
        }
    };
    let (mut above, mut scoreless) = (false, false);
    let mut scores = Scores::new(policy);
    let mut score = |unit: &Unit| {
        let score = (unit.state == State::Loaded).then(|| scores.of(unit));
        above |= score.as_ref().is_some_and(|s| s.exposure > args.threshold);
        scoreless |= score.is_none();
        score
    };
    let all_read = if args.format == Format::Json && args.json.is_none() {
        let target = settings.target;
        let mut document = Document::new(Out::new()?, target.systemd, target.model.number());
        let mut written = Ok(());
        let all_read = work.each_unit(|unit| {
            let before = before(&unit);
            let (unit, before) = there(unit, before);
            let score = score(&unit);
            if written.is_ok() {
                written = document.unit(&unit, score.as_ref(), before.as_ref());
            }
        });
        work.plan.misnamed.iter().for_each(|file| document.misnamed(file));
        written.and_then(|()| document.finish()).map_err(|e| format!("standard output: {e}"))?;
        all_read
    } else {
        let paint = paint(args.units.color);
        let one = work.plan.jobs.len() == 1 && work.plan.misnamed.is_empty() && args.format == Format::Human;
        let compatible = args.json.filter(|m| *m != JsonMode::Off);
        let mut text = String::new();
        let mut rows: Vec<Row> = Vec::new();
        let all_read = work.each_unit(|unit| {
            let before = before(&unit);
            let (unit, before) = there(unit, before);
            let score = score(&unit);
            match compatible {
                Some(mode) => text.extend(score.as_ref().map(|s| security::compatible(s, mode == JsonMode::Pretty))),
                None if one => {
                    // what a machine does not enforce lowers no score there
                    let scored = score.as_ref().filter(|_| hosts.is_none());
                    let proposal = scored.map(|s| path_down::propose(&unit, s, policy)).unwrap_or_default();
                    text.push_str(&security::detail(
                        &unit,
                        score.as_ref(),
                        before.as_ref(),
                        &proposal,
                        args.all,
                        paint,
                    ));
                }
                None => rows.push(Row::of(&unit, score.as_ref(), before)),
            }
        });
        rows.extend(work.plan.misnamed.iter().map(Row::misnamed));
        if compatible.is_none() && !one {
            text = match args.format {
                Format::Concise => rows.iter().map(security::concise).collect(),
                _ => security::table(&rows, paint),
            };
        }
        print(&text)?;
        all_read
    };
    let all_right = tell(&settings.config.findings) && all_read;
    Ok(if args.exit_zero {
        Outcome::Clean
    } else if !all_right {
        Outcome::Failed
    } else if above || (scoreless && work.named) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// The exposures of all units without the profile that they are attached with; nothing where there is none.
fn exposures_without(work: &mut Work, policy: &Policy) -> Vec<Option<u32>> {
    let mut out = Vec::new();
    let attached = std::mem::take(&mut work.plan.attached);
    if !attached.is_empty() {
        let mut scores = Scores::new(policy);
        // what cannot be read is told when they are looked at with it
        each_unit(&*work.tree, &work.plan, |unit| {
            out.push((unit.state == State::Loaded).then(|| scores.of(&unit).exposure));
        });
    }
    work.plan.attached = attached;
    out
}
