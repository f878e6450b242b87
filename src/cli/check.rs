//! `unitlint check`

use super::args::{CheckArgs, Format};
use super::settings::{Settings, settings};
use super::{Out, Outcome, Trouble, paint, print, work};
use crate::emit::check::{self as emit, Document};
use crate::emit::human;
use crate::engine;
use crate::rule::Finding;

pub(super) fn run(args: &CheckArgs) -> Result<Outcome, Trouble> {
    let mut settings = settings(&args.units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    let work = work(&args.units, &settings, false, ".")?;
    let mut document = match args.format {
        Format::Json => Some(Document::new(Out::new()?, &settings.target)),
        _ => None,
    };
    let mut findings = std::mem::take(&mut settings.config.findings);
    let Settings { session, fail_on, .. } = &settings;
    let mut suppressed = 0;
    let (mut units, mut exposures, mut written) = (0, Vec::new(), Ok(()));
    let rest = engine::run(&*work.tree, &work.plan, session, |report| {
        suppressed += report.suppressed;
        units += 1;
        exposures.extend(report.score.as_ref().map(|s| s.exposure));
        if let Some(document) = document.as_mut().filter(|_| written.is_ok()) {
            written = document.unit(&report);
        }
        findings.extend(report.findings);
    });
    suppressed += rest.suppressed;
    findings.extend(rest.findings);
    let all_read = work.all_read(&rest.failures);
    let mut shown: Vec<&Finding> = findings.iter().collect();
    if let Some(document) = document {
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
            _ => {
                human::findings(&shown, args.all, paint) + &human::summary(&shown, units, suppressed, &exposures, paint)
            }
        };
        print(&text)?;
    }
    Ok(if args.exit_zero {
        Outcome::Clean
    } else if !all_read {
        Outcome::Failed
    } else if fail_on.iter().any(|f| f.holds(&shown, &exposures)) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}
