//! `unitlint diff`

use super::args::{DiffArgs, DiffFormat, Units, When};
use super::settings::{Settings, settings, tell};
use super::{Inputs, Out, Outcome, Trouble, Work, complain, overlay_name, paint, print, since as revision, work};
use crate::emit::changes;
use crate::engine::diff::{self, Difference, Pairing, Side};
use crate::engine::{Input, Plan, Said};
use crate::tree::{Disk, Tree};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What standard input is called where nothing says it.
const NAMELESS: &str = "stdin.service";

/// What the user named, as the arguments of a command that looks at units.
fn all_units(args: &DiffArgs, inputs: Vec<PathBuf>) -> Units {
    Units {
        inputs,
        root: args.root.clone(),
        unit_path: args.unit_path.clone(),
        judge: args.judge.clone(),
        stdin_filename: NAMELESS.into(),
        config: args.config.clone(),
        color: When::Auto,
    }
}

/// The same for one of two sides. What comes on standard input stands for the file of the other side; where that has no name
/// either, it is a service.
fn units(args: &DiffArgs, input: &Path, other: &Path) -> Units {
    let nameless = PathBuf::from(NAMELESS);
    let mut units = all_units(args, vec![input.to_owned()]);
    if overlay_name(other, &units) != Some(nameless) {
        units.stdin_filename = other.to_owned();
    }
    units
}

/// Whether a path is a directory, or a link to one.
fn is_directory(path: &Path) -> bool {
    Disk.list(path).is_ok()
}

/// The only unit of a side that is no directory.
fn lone(work: &Work, input: &Path) -> Option<String> {
    match &work.plan.jobs[..] {
        [job] if !is_directory(input) => Some(job.name.to_string()),
        _ => None,
    }
}

fn look(work: &Work, settings: &Settings) -> (Side, bool) {
    let side = Side::look(&*work.tree, &work.plan, &settings.session);
    let all_read = work.all_read(&side.failures);
    (side, all_read)
}

fn full(name: &str) -> String {
    if name.contains('.') { name.to_owned() } else { format!("{name}.service") }
}

pub(super) fn run(args: &DiffArgs) -> Result<Outcome, Trouble> {
    match (&args.profile, &args.since, &args.old, &args.new) {
        (Some(profile), ..) => attached(args, profile),
        (_, Some(revision), ..) => since(args, revision),
        (.., Some(old), Some(new)) => states(args, old, new),
        _ => Err("diff needs the old and the new state, --since or --profile".into()),
    }
}

/// What was named where both states are in one place.
fn all(args: &DiffArgs) -> Vec<PathBuf> {
    args.old.iter().chain(&args.new).cloned().chain(args.units.iter().map(PathBuf::from)).collect()
}

/// Units as they were in a revision, and as they are.
fn since(args: &DiffArgs, name: &str) -> Result<Outcome, Trouble> {
    let units = all_units(args, all(args));
    let settings = settings(&units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    let Inputs { tree, mut inputs, options } = super::inputs(&units, &settings, false, ".")?;
    if options.root.is_none() && options.unit_path.is_none() {
        // the units of this host are in no repository, and what has no file any more had one
        inputs.iter_mut().for_each(|input| {
            if let Input::Unit(name) = input {
                *input = Input::Path(name.as_str().into());
            }
        });
    }
    let old_tree = revision::open(name, &inputs, &options)?;
    if let Some(path) = revision::nowhere(&inputs, [&*tree, &old_tree]) {
        return Err(format!("{}: neither here nor in {name}", path.display()).into());
    }
    // a drop-in belongs to a unit, also where only one of both is there
    let named = Plan::elsewhere(&old_tree, &inputs, &options, None);
    let plan = Plan::elsewhere(&*tree, &inputs, &options, Some(&named));
    let old_plan = Plan::elsewhere(&old_tree, &inputs, &options, Some(&plan));
    plan.failures.iter().for_each(|failure| complain(failure));
    if plan.jobs.is_empty() && old_plan.jobs.is_empty() {
        return Err(format!("no unit to look at, neither here nor in {name}").into());
    }
    let old = Side::look(&old_tree, &old_plan, &settings.session);
    old_tree.sound().map_err(|why| format!("--since {name}: {why}"))?;
    let new = Side::look(&*tree, &plan, &settings.session);
    new.failures.iter().for_each(|failure| complain(failure));
    let all_read = plan.failures.is_empty() && new.failures.is_empty();
    let here = Path::new("");
    let difference = diff::compare(old, new, Pairing::ByName(here, here), settings.target.model);
    report(args, &settings, &difference, all_read)
}

/// Units as they are, and as they are when they are attached with a profile.
fn attached(args: &DiffArgs, profile: &Path) -> Result<Outcome, Trouble> {
    let units = all_units(args, all(args));
    let mut settings = settings(&units, Some(&args.choice), args.choice.security_policy.as_deref())?;
    let mut work = work(&units, &settings, false, ".")?;
    work.attach(Some(profile), args.root.as_deref(), &mut settings.config)?;
    let new = Side::look(&*work.tree, &work.plan, &settings.session);
    work.plan.attached.clear();
    let old = Side::look(&*work.tree, &work.plan, &settings.session);
    let all_read = work.all_read(&(&old.failures | &new.failures));
    // both sides are in one place
    let here = Path::new("");
    let difference = diff::compare(old, new, Pairing::ByName(here, here), settings.target.model);
    report(args, &settings, &difference, all_read)
}

/// Two states of units.
fn states(args: &DiffArgs, old: &Path, new: &Path) -> Result<Outcome, Trouble> {
    let is_stdin = |p: &Path| p.as_os_str() == "-";
    for (side, other) in [(old, new), (new, old)] {
        if is_stdin(side) && (is_stdin(other) || is_directory(other)) {
            return Err("standard input stands for the file of the other side, which has to be one".into());
        }
    }
    // the configuration is that of the new state, unless this has no place
    let (old_units, new_units) = (units(args, old, new), units(args, new, old));
    let settings = settings(
        if is_stdin(new) { &old_units } else { &new_units },
        Some(&args.choice),
        args.choice.security_policy.as_deref(),
    )?;
    let mut before = work(&old_units, &settings, false, ".")?;
    let mut after = work(&new_units, &settings, false, ".")?;
    let mut wanted: BTreeSet<String> = args.units.iter().map(|name| full(name)).collect();
    let pairing = match (lone(&before, old), lone(&after, new)) {
        (Some(_), Some(_)) => Pairing::TheOnly,
        (one, other) => {
            wanted.extend(one.or(other));
            Pairing::ByName(old, new)
        }
    };
    if !wanted.is_empty() {
        let missing = diff::only(&mut before.plan, &wanted);
        let nowhere = &diff::only(&mut after.plan, &wanted) & &missing;
        if let Some(name) = nowhere.first() {
            return Err(format!("{name}: neither in {} nor in {}", old.display(), new.display()).into());
        }
    }
    let (old_side, old_read) = look(&before, &settings);
    let (new_side, new_read) = look(&after, &settings);
    let difference = diff::compare(old_side, new_side, pairing, settings.target.model);
    report(args, &settings, &difference, old_read && new_read)
}

/// Prints what changed.
fn report(args: &DiffArgs, settings: &Settings, difference: &Difference, all_read: bool) -> Result<Outcome, Trouble> {
    let sound = tell(&settings.config.findings) && all_read;
    match args.format {
        DiffFormat::Json => {
            changes::json(Out::new()?, difference, &settings.target).map_err(|e| format!("standard output: {e}"))?
        }
        DiffFormat::Human => print(&changes::human(difference, paint(args.color)))?,
        DiffFormat::Concise => print(&changes::concise(difference, paint(args.color)))?,
        DiffFormat::Markdown => print(&changes::markdown(difference))?,
    }
    let said: Said = difference.appeared().collect();
    let (exposures, resources, worse) = (difference.exposures(), difference.resources(), difference.is_worse());
    // what the configuration says is said of whole states
    let mut gates = settings.fail_on.iter().filter(|_| !args.choice.fail_on.is_empty());
    let holds = gates.any(|gate| gate.holds(&said, &exposures, &resources, worse));
    Ok(match (sound, holds) {
        (false, _) => Outcome::Failed,
        (true, true) => Outcome::Findings,
        (true, false) => Outcome::Clean,
    })
}
