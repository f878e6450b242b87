//! `unitlint fix`

use super::args::{FixArgs, SafetyArg};
use super::settings::settings_on;
use super::{Outcome, Trouble, Work, complain, overlay_name, paint, print, work};
use crate::emit::{diff, hardening, human};
use crate::engine::Session;
use crate::engine::score::tenths;
use crate::fix::harden::{self, Hardened, Hardening};
use crate::fix::{self, Change, dropin};
use crate::load;
use crate::rule::{Finding, Safety};
use crate::write;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

pub(super) fn run(args: &FixArgs) -> Result<Outcome, Trouble> {
    let hosts = args.on.hosts(args.units.root.as_deref())?;
    let settings = settings_on(hosts, &args.units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    let work = work(&args.units, &settings, false, ".")?;
    if let Some(input) = args.units.inputs.iter().find(|i| args.apply && overlay_name(i, &args.units).is_some()) {
        let what = if input.as_os_str() == "-" { "standard input".into() } else { input.display().to_string() };
        return Err(format!("{what} cannot be changed: leave --apply away to see the diff").into());
    }
    let at_least = args.safety.into();
    let wish = harden::Wish { at_least, target: args.target_score, tried: false };
    if let Some(dir) = &args.output {
        let (all, all_read) = hardened(&work, &settings.session, wish);
        return write_dropins(dir, &all, all_read);
    }
    let paint = paint(args.units.color);
    if args.why {
        let (all, all_read) = hardened(&work, &settings.session, wish);
        print(&all.iter().map(|h| hardening::why(h, paint)).collect::<Vec<_>>().join("\n"))?;
        return Ok(if all_read { Outcome::Clean } else { Outcome::Failed });
    }
    let mut mended = fix::mend(&*work.tree, &work.plan, &settings.session, at_least);
    let all_read = work.all_read(&mended.unread);
    // the same files: what cannot be read of them has been told
    let hardened = if args.no_hardening { Vec::new() } else { worked_out(&work, &settings.session, wish).0 };
    let changed = |h| Some((h, Hardened::change(h, &*work.tree))).filter(|(_, change)| change.before != change.after);
    let new = hardened.iter().filter(|h| !h.hardening.lines.is_empty()).filter_map(changed);
    let (dropins, new): (Vec<&Hardened>, Vec<Change>) = new.unzip();
    let config: Vec<&Finding> = settings.config.findings.iter().collect();
    let mut text = human::findings(&config, true, paint);
    let mut failed = !config.is_empty() || !all_read;
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
        for dropin in &dropins {
            failed |= !put(&dropin.top, &dropin.place, dropin, &mut text);
        }
    } else {
        mended.changes.extend(new);
        text.push_str(&diff::unified(&mended.changes, paint));
    }
    print(&text)?;
    for Hardened { unit, hardening, .. } in &dropins {
        complain(&format!(
            "{}: the exposure falls from {} to {}",
            unit.name,
            tenths(hardening.before),
            tenths(hardening.after)
        ));
    }
    for outdated in hardened.iter().filter(|h| h.is_outdated(&*work.tree)) {
        complain(&format!("{}: nothing speaks for its lines any more; remove it", outdated.place.display()));
    }
    let alone = hardened.iter().filter(|h| h.hardening.left_alone.is_some() && !h.evidence.programs.is_empty()).count();
    if alone > 0 {
        let (services, are) = if alone == 1 { ("service", "is") } else { ("services", "are") };
        complain(&format!("{alone} {services} {are} not hardened: --why tells the reasons"));
    }
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
    } else if args.check && !(mended.changes.is_empty() && dropins.is_empty()) {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

impl From<SafetyArg> for Safety {
    fn from(word: SafetyArg) -> Self {
        match word {
            SafetyArg::Safe => Self::Safe,
            SafetyArg::Unsafe => Self::Unsafe,
        }
    }
}

/// The services of a plan with their drop-ins, and what cannot be read of them.
fn worked_out(work: &Work, session: &Session, wish: harden::Wish) -> (Vec<Hardened>, BTreeSet<String>) {
    let mut all = Vec::new();
    let tree = harden::without_ours(&*work.tree, &work.plan, false);
    let unread = harden::each(&tree, &work.plan, session, wish, |hardened| all.push(hardened));
    (all, unread)
}

/// The same; tells what cannot be read, and whether there is nothing of that.
fn hardened(work: &Work, session: &Session, wish: harden::Wish) -> (Vec<Hardened>, bool) {
    let (all, unread) = worked_out(work, session, wish);
    (all, work.all_read(&unread))
}

/// Writes a drop-in below a directory; whether that went well.
pub(super) fn put(top: &Path, path: &Path, hardened: &Hardened, text: &mut String) -> bool {
    match write::create_below(top, path, hardened.text().as_bytes(), load::is_ours) {
        Ok(()) => {
            let Hardening { before, after, .. } = hardened.hardening;
            let _ = writeln!(text, "{}: exposure {} to {}", path.display(), tenths(before), tenths(after));
            true
        }
        Err(e) => {
            complain(&format!("{}: {e}", path.display()));
            false
        }
    }
}

/// A drop-in for each service, and nothing else.
fn write_dropins(dir: &Path, all: &[Hardened], all_read: bool) -> Result<Outcome, Trouble> {
    let mut text = String::new();
    let mut failed = !all_read;
    for one in all {
        let name = &one.unit.name;
        if let Some(why) = &one.hardening.left_alone {
            complain(&format!("{name}: left as it is: {why}"));
        } else if one.hardening.lines.is_empty() {
            complain(&format!("{name}: nothing to do that is sure enough"));
        } else if dir == Path::new("-") {
            text.push_str(&one.text());
        } else {
            failed |= !put(dir, &dir.join(format!("{name}.d")).join(dropin::NAME), one, &mut text);
        }
    }
    print(&text)?;
    Ok(if failed { Outcome::Failed } else { Outcome::Clean })
}
