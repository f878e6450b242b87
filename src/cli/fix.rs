//! `unitlint fix`

use super::args::{FixArgs, SafetyArg};
use super::settings::settings;
use super::{Outcome, Trouble, Work, complain, overlay_name, paint, print, work};
use crate::emit::{diff, human};
use crate::engine::Session;
use crate::engine::score::tenths;
use crate::fix::{self, dropin, harden};
use crate::rule::{Finding, Safety};
use crate::write;
use std::fmt::Write as _;
use std::path::Path;

pub(super) fn run(args: &FixArgs) -> Result<Outcome, Trouble> {
    let settings = settings(&args.units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    let work = work(&args.units, &settings, false, ".")?;
    if let Some(input) = args.units.inputs.iter().find(|i| args.apply && overlay_name(i, &args.units).is_some()) {
        let what = if input.as_os_str() == "-" { "standard input".into() } else { input.display().to_string() };
        return Err(format!("{what} cannot be changed: leave --apply away to see the diff").into());
    }
    let at_least = match args.safety {
        SafetyArg::Safe => Safety::Safe,
        SafetyArg::Unsafe => Safety::Unsafe,
    };
    if let Some(dir) = &args.output {
        return write_dropins(dir, &work, &settings.session, at_least);
    }
    let mended = fix::mend(&*work.tree, &work.plan, &settings.session, at_least);
    let paint = paint(args.units.color);
    let config: Vec<&Finding> = settings.config.findings.iter().collect();
    let mut text = human::findings(&config, true, paint);
    let mut failed = !config.is_empty() || !work.plan.failures.is_empty();
    for failure in &mended.failures {
        complain(failure);
        failed = true;
    }
    if args.apply {
        for change in &mended.changes {
            match write::replace(&change.path, &change.before, &change.after) {
                Ok(()) => {
                    for (rule, title) in &change.done {
                        let _ = writeln!(text, "{}: {title} [{rule}]", change.shown.display());
                    }
                }
                Err(e) => {
                    complain(&format!("{}: {e}", change.shown.display()));
                    failed = true;
                }
            }
        }
    } else {
        text.push_str(&diff::unified(&mended.changes, paint));
    }
    print(&text)?;
    for (unit, before, after) in &mended.scores {
        let how = if after > before { "rises" } else { "falls" };
        complain(&format!("{unit}: the exposure {how} from {} to {}", tenths(*before), tenths(*after)));
    }
    if mended.unsure > 0 {
        let n = mended.unsure;
        let (es, them) = if n == 1 { ("", "it") } else { ("es", "them") };
        complain(&format!("{n} more fix{es} may change what a unit does: --safety unsafe makes {them}"));
    }
    Ok(if failed {
        Outcome::Failed
    } else if args.check && !mended.changes.is_empty() {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// A drop-in for each service, and nothing else.
fn write_dropins(dir: &Path, work: &Work, session: &Session, at_least: Safety) -> Result<Outcome, Trouble> {
    let mut text = String::new();
    let mut failed = !work.plan.failures.is_empty();
    harden::each(&*work.tree, &work.plan, session, at_least, |unit, _, hardening, evidence| {
        if let Some(why) = &hardening.left_alone {
            complain(&format!("{}: left as it is: {why}", unit.name));
        } else if hardening.lines.is_empty() {
            complain(&format!("{}: nothing to do that is sure enough", unit.name));
        } else {
            let dropin = dropin::text(unit, &hardening, &evidence);
            if dir == Path::new("-") {
                text.push_str(&dropin);
                return;
            }
            let path = dir.join(format!("{}.d", unit.name)).join(dropin::NAME);
            match write::create_below(&path, dropin.as_bytes(), dropin::is_ours) {
                Ok(()) => {
                    let (before, after) = (tenths(hardening.before), tenths(hardening.after));
                    let _ = writeln!(text, "{}: exposure {before} to {after}", path.display());
                }
                Err(e) => {
                    complain(&format!("{}: {e}", path.display()));
                    failed = true;
                }
            }
        }
    });
    print(&text)?;
    Ok(if failed { Outcome::Failed } else { Outcome::Clean })
}
