//! `unitlint security`

use super::args::{Format, JsonMode, SecurityArgs};
use super::settings::{settings, tell};
use super::{Out, Outcome, Trouble, paint, print, work};
use crate::emit::security::{self, Document, Row};
use crate::engine::{Scores, path_down};
use crate::unit::State;

pub(super) fn run(args: &SecurityArgs) -> Result<Outcome, Trouble> {
    let settings = settings(&args.units, None, args.security_policy.as_deref())?;
    let work = work(&args.units, &settings, true, "/usr/lib/systemd/system")?;
    let policy = &settings.session.policy;
    let (mut above, mut without) = (false, false);
    let mut scores = Scores::new(policy);
    let mut score = |unit: &crate::unit::Unit| {
        let score = (unit.state == State::Loaded).then(|| scores.of(unit));
        above |= score.as_ref().is_some_and(|s| s.exposure > args.threshold);
        without |= score.is_none();
        score
    };
    let all_read = if args.format == Format::Json && args.json.is_none() {
        let target = settings.target;
        let mut document = Document::new(Out::new()?, target.systemd, target.model.number());
        let mut written = Ok(());
        let all_read = work.each_unit(|unit| {
            let score = score(&unit);
            if written.is_ok() {
                written = document.unit(&unit, score.as_ref());
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
            let score = score(&unit);
            match compatible {
                Some(mode) => text.extend(score.as_ref().map(|s| security::compatible(s, mode == JsonMode::Pretty))),
                None if one => {
                    let proposal = score.as_ref().map(|s| path_down::propose(&unit, s, policy)).unwrap_or_default();
                    text.push_str(&security::detail(&unit, score.as_ref(), &proposal, args.all, paint));
                }
                None => rows.push(Row::of(&unit, score.as_ref())),
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
    } else if above || (without && work.named) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}
