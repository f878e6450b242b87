//! `unitlint cat`

use super::args::{CatArgs, Format};
use super::settings::{settings, tell};
use super::{Out, Outcome, Trouble, paint, print, work};
use crate::emit::cat;

pub(super) fn run(args: &CatArgs) -> Result<Outcome, Trouble> {
    if args.units.inputs.is_empty() && args.units.root.is_none() && args.units.unit_path.is_none() {
        return Err("cat needs a unit, or --root DIR for all of a root".into());
    }
    let mut settings = settings(&args.units, None, None)?;
    let mut work = work(&args.units, &settings, false, ".")?;
    work.attach(args.attach.profile.as_deref(), args.units.root.as_deref(), &mut settings.config)?;
    let mut units = Vec::new();
    let all_read = work.each_unit(|unit| units.push(unit));
    if args.format == Format::Json {
        cat::json(Out::new()?, &units).map_err(|e| format!("standard output: {e}"))?;
    } else {
        let paint = paint(args.units.color);
        let texts: Vec<String> = units.iter().map(|u| cat::human(u, paint)).collect();
        print(&texts.join("\n"))?;
    }
    Ok(if tell(&settings.config.findings) && all_read { Outcome::Clean } else { Outcome::Failed })
}
