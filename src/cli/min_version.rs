//! `unitlint check --min-version`

use super::args::CheckArgs;
use super::formats::CheckFormat;
use super::settings::settings;
use super::{Out, Outcome, Trouble, paint, print, work};
use crate::emit::min_version as emit;
use crate::engine::min_version;
use crate::target::Target;

/// Units are read as the newest systemd reads them. When a release was asked for, a unit that needs a newer one makes the
/// exit status 1.
pub(super) fn run(args: &CheckArgs) -> Result<Outcome, Trouble> {
    let reports =
        ![CheckFormat::Human, CheckFormat::Concise, CheckFormat::Table, CheckFormat::Json].contains(&args.format);
    if reports || !args.write.is_empty() {
        return Err("--min-version tells its table or JSON on standard output, and no other report".into());
    }
    let mut settings = settings(&args.units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    let asked = args.units.judge.systemd.is_some() || settings.config.systemd.is_some();
    let limit = asked.then_some(settings.target.systemd);
    let target = Target { arch: settings.target.arch, kernel: settings.target.kernel, ..Target::default() };
    settings.target = target;
    let mut work = work(&args.units, &settings, false, ".")?;
    work.attach(args.attach.profile.as_deref(), args.units.root.as_deref(), &mut settings.config)?;
    let mut rows: Vec<emit::Row> = Vec::new();
    let all_read = work.each_unit(|unit| {
        let needs = min_version::needs(&unit);
        rows.push((unit, needs));
    });
    if args.format == CheckFormat::Json {
        emit::json(Out::new()?, &rows).map_err(|e| format!("standard output: {e}"))?;
    } else {
        print(&emit::table(&rows, args.all, paint(args.units.color)))?;
    }
    let newest = rows.iter().filter_map(|(_, needs)| needs.first()).map(|n| n.since).max();
    Ok(match (newest, limit) {
        _ if args.exit_zero => Outcome::Clean,
        _ if !all_read => Outcome::Failed,
        (Some(since), Some(limit)) if since > limit => Outcome::Findings,
        _ => Outcome::Clean,
    })
}
