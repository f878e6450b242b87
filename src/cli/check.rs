//! `unitlint check`

use super::args::{CheckArgs, Format};
use super::baseline::{self, Run};
use super::settings::{Settings, settings};
use super::{Out, Outcome, Trouble, complain, paint, print, work};
use crate::emit::check::{self as emit, Document};
use crate::emit::{baseline as known, human};
use crate::engine::baseline::{Compared, Seen};
use crate::engine::{self, FailOn};
use crate::rule::Finding;

pub(super) fn run(args: &CheckArgs) -> Result<Outcome, Trouble> {
    let mut settings = settings(&args.units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    let kept = baseline::of(args, &mut settings)?;
    let mut work = work(&args.units, &settings, false, ".")?;
    work.attach(args.attach.profile.as_deref(), args.units.root.as_deref(), &mut settings.config)?;
    let mut document = match args.format {
        Format::Json => Some(Document::new(Out::new()?, &settings.target)),
        _ => None,
    };
    let mut findings = std::mem::take(&mut settings.config.findings);
    let Settings { session, fail_on, .. } = &settings;
    if kept.is_none() && !args.choice.fail_on.is_empty() && fail_on.contains(&FailOn::Worse) {
        return Err("--fail-on worse: worse than what? Name a --baseline FILE".into());
    }
    let mut suppressed = 0;
    let (mut units, mut exposures, mut resources, mut seen) = (0, Vec::new(), Vec::new(), Vec::new());
    let mut written = Ok(());
    let rest = engine::run(&*work.tree, &work.plan, session, |report| {
        suppressed += report.suppressed;
        units += 1;
        let exposure = report.score.as_ref().map(|s| s.exposure);
        exposures.extend(exposure);
        resources.extend(report.bounds.as_ref().map(|b| b.overall));
        if let Some(kept) = &kept {
            let (unit, path) = (report.unit.name.to_string(), kept.naming.of(&report.unit.path));
            seen.push(Seen { unit, scope: report.unit.scope, path, exposure });
        }
        if let Some(document) = document.as_mut().filter(|_| written.is_ok()) {
            written = document.unit(&report);
        }
        findings.extend(report.findings);
    });
    suppressed += rest.suppressed;
    findings.extend(rest.findings);
    let all_read = work.all_read(&rest.failures);
    let (left, recorded) = match &kept {
        Some(kept) => {
            let run = Run { findings, exposures: exposures.clone(), seen, all_read };
            kept.compare(run, session, settings.target)?
        }
        None => (Compared::all(findings, exposures.clone()), String::new()),
    };
    let mut shown: Vec<&Finding> = left.findings.iter().collect();
    if let Some(mut document) = document {
        if kept.is_some() {
            document.compared(left.tally);
        }
        written
            .and_then(|()| document.finish(&shown, units, suppressed))
            .map_err(|e| format!("standard output: {e}"))?;
    } else {
        let paint = paint(args.units.color);
        // what matters most comes last, where the eye is
        shown.sort_by_key(|f| f.level);
        let text = match args.format {
            Format::Concise => emit::concise(&shown, paint),
            Format::Table => emit::table(&shown, paint),
            // what was recorded is all there is to say
            _ if shown.is_empty() && !recorded.is_empty() => String::new(),
            _ => {
                let kept = kept.as_ref().filter(|kept| !kept.renew);
                human::findings(&shown, args.all, paint)
                    + &human::summary(&shown, units, suppressed, &exposures, paint)
                    + &kept.map(|kept| known::compared(left.tally, &kept.file, paint)).unwrap_or_default()
            }
        };
        print(&text)?;
    }
    if !recorded.is_empty() {
        complain(&recorded);
    }
    Ok(if args.exit_zero {
        Outcome::Clean
    } else if !all_read {
        Outcome::Failed
    } else if fail_on.iter().any(|f| f.holds(&shown, &left.exposures, &resources, left.worse)) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}
