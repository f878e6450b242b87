//! `unitlint check`

use super::args::CheckArgs;
use super::baseline::{self, Kept, Run};
use super::settings::{Settings, settings_on};
use super::sinks::{Needs, Sink, Told};
use super::{Outcome, Trouble, complain, since, work};
use crate::emit::human::SHOWN;
use crate::emit::report::Row;
use crate::engine::baseline::{Compared, Seen};
use crate::engine::{self, FailOn, Said, Silenced};
use crate::rule::Finding;

/// More than a report has room for.
const SILENCED: usize = 25_000;

pub(super) fn run(args: &CheckArgs) -> Result<Outcome, Trouble> {
    let hosts = args.on.hosts(args.units.root.as_deref())?;
    let mut settings = settings_on(hosts, &args.units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    settings.session.keeps_silenced = args.report_suppressed;
    let mut kept = baseline::of(args, &mut settings)?;
    let mut work = work(&args.units, &settings, false, ".")?;
    work.attach(args.attach.profile.as_deref(), args.units.root.as_deref(), &mut settings.config)?;
    if let Some(revision) = &args.since {
        kept = Some(since::known(revision, args, &work, &mut settings, kept)?);
    }
    let mut sinks = Sink::all(args, &settings.target)?;
    let mut findings = std::mem::take(&mut settings.config.findings);
    let Settings { session, fail_on, .. } = &settings;
    if kept.is_none() && !args.choice.fail_on.is_empty() && fail_on.contains(&FailOn::Worse) {
        return Err("--fail-on worse: worse than what? Name a --baseline FILE or --since REV".into());
    }
    // where nothing is compared or left out, findings are taken as they come, and none is kept that nobody asks for
    let whole = kept.is_some() || args.max_findings.is_some();
    let needs = sinks.iter().map(|sink| sink.needs(args)).max().filter(|_| !whole).unwrap_or(Needs::All);
    let streamed = needs < Needs::All;
    let mut said = Said::default();
    let mut tell = |sinks: &mut Vec<Sink<'_>>, found: &mut Vec<Finding>| {
        if streamed {
            sinks.iter_mut().for_each(|sink| sink.findings(found));
            let most = if needs == Needs::Few { SHOWN } else { 0 };
            found.retain(|f| said.note(f) <= most);
        }
    };
    tell(&mut sinks, &mut findings);
    let mut suppressed = 0;
    let mut silenced: Vec<Silenced> = Vec::new();
    let (mut units, mut exposures, mut resources, mut seen) = (0, Vec::new(), Vec::new(), Vec::new());
    let mut rows = Vec::new();
    let rest = engine::run(&*work.tree, &work.plan, session, |report| {
        suppressed += report.suppressed;
        units += 1;
        let exposure = report.score.as_ref().map(|s| s.exposure);
        exposures.extend(exposure);
        resources.extend(report.bounds.as_ref().map(|b| b.overall));
        seen.extend(kept.as_ref().map(|kept| Seen::of(&report, &kept.naming)));
        sinks.iter_mut().for_each(|sink| sink.unit(&report));
        if sinks.iter().any(Sink::is_report) {
            rows.push(Row {
                name: report.unit.name.to_string(),
                scope: report.unit.scope,
                path: report.unit.path.clone(),
                exposure,
                resources: report.bounds.as_ref().map(|b| b.overall),
            });
        }
        let mut found = report.findings;
        tell(&mut sinks, &mut found);
        findings.append(&mut found);
        keep(report.silenced, &mut silenced);
    });
    suppressed += rest.suppressed;
    keep(rest.silenced, &mut silenced);
    let mut found = rest.findings;
    tell(&mut sinks, &mut found);
    findings.append(&mut found);
    let all_read = work.all_read(&rest.failures);
    let (left, recorded) = match &kept {
        Some(kept) => {
            let run = Run { findings, exposures: exposures.clone(), seen, all_read };
            kept.compare(run, session, settings.target)?
        }
        None => (Compared::all(findings, exposures.clone()), String::new()),
    };
    keep(left.silenced, &mut silenced);
    let all: Vec<&Finding> = left.findings.iter().collect();
    if !streamed {
        all.iter().for_each(|f| _ = said.note(f));
    }
    let shown = worst(&all, args.max_findings);
    let failures: Vec<String> = work.plan.failures.iter().chain(&rest.failures).cloned().collect();
    let told = Told {
        shown: &shown,
        streamed,
        said: if streamed { &said } else { &shown.iter().copied().collect() },
        left_out: all.len() - shown.len(),
        units,
        suppressed,
        silenced: args.report_suppressed.then_some(&silenced),
        exposures: &exposures,
        rows: &rows,
        failures: &failures,
        tally: kept.is_some().then_some(left.tally),
        kept: kept.as_ref().and_then(Kept::against),
        // what was recorded is all there is to say
        quiet: shown.is_empty() && !recorded.is_empty(),
        target: &settings.target,
    };
    for sink in sinks {
        sink.finish(&told, args)?;
    }
    if !recorded.is_empty() {
        complain(&recorded);
    }
    Ok(if args.exit_zero {
        Outcome::Clean
    } else if !all_read {
        Outcome::Failed
    } else if fail_on.iter().any(|f| f.holds(&said, &left.exposures, &resources, left.worse)) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// Keeps what is silenced, as far as anybody can be told.
fn keep(more: Vec<Silenced>, all: &mut Vec<Silenced>) {
    let room = SILENCED.saturating_sub(all.len());
    all.extend(more.into_iter().take(room));
}

/// The worst of some findings, in their order.
fn worst<'f>(all: &[&'f Finding], most: Option<usize>) -> Vec<&'f Finding> {
    let Some(most) = most else { return all.to_vec() };
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(all[*i].level));
    order.truncate(most);
    order.sort_unstable();
    order.into_iter().map(|i| all[i]).collect()
}
