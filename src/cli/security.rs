//! `unitlint security`

use super::args::{Format, JsonMode, SecurityArgs};
use super::{Out, Outcome, Trouble, paint, policy, print, work};
use crate::emit::security::{self, Document, Row};
use crate::engine::plan::Misnamed;
use crate::engine::{Score, each_unit};
use crate::unit::State;

pub(super) fn run(args: &SecurityArgs) -> Result<Outcome, Trouble> {
    let work = work(&args.units, true, "/usr/lib/systemd/system")?;
    let policy = policy(args.security_policy.as_deref(), work.plan.target)?;
    let (mut above, mut without) = (false, false);
    let mut score = |unit: &crate::unit::Unit| {
        let score = (unit.state == State::Loaded).then(|| Score::of(unit, &policy));
        above |= score.as_ref().is_some_and(|s| s.exposure > args.threshold);
        without |= score.is_none();
        score
    };
    if args.format == Format::Json && args.json.is_none() {
        let target = work.plan.target;
        let mut document = Document::new(Out::new()?, target.systemd, target.model.number());
        let mut written = Ok(());
        each_unit(&*work.tree, &work.plan, |unit| {
            let score = score(&unit);
            if written.is_ok() {
                written = document.unit(&unit, score.as_ref());
            }
        });
        work.plan.misnamed.iter().for_each(|file| document.misnamed(file));
        written.and_then(|()| document.finish()).map_err(|e| format!("standard output: {e}"))?;
    } else {
        let mut rows = Vec::new();
        each_unit(&*work.tree, &work.plan, |unit| {
            let score = score(&unit);
            rows.push(Row { unit, score });
        });
        print(&render(args, &rows, &work.plan.misnamed, &policy))?;
    }
    Ok(if args.exit_zero {
        Outcome::Clean
    } else if !work.plan.failures.is_empty() {
        Outcome::Failed
    } else if above || (without && work.named) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

fn render(args: &SecurityArgs, rows: &[Row], misnamed: &[Misnamed], policy: &crate::engine::Policy) -> String {
    if let Some(mode) = args.json.filter(|m| *m != JsonMode::Off) {
        let scored = rows.iter().filter_map(|r| r.score.as_ref());
        return scored.map(|s| security::compatible(s, mode == JsonMode::Pretty)).collect();
    }
    let paint = paint(args.units.color);
    match (args.format, rows) {
        (Format::Concise, _) => rows.iter().map(security::concise).collect(),
        (Format::Human, [row]) if misnamed.is_empty() => {
            security::detail(row, &security::default_proposal(&row.unit, policy), args.all, paint)
        }
        _ => security::table(rows, misnamed, paint),
    }
}
