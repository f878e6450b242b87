//! `--since`: the same units as they were in a revision of the git repository around them.

use super::args::CheckArgs;
use super::baseline::Kept;
use super::settings::Settings;
use super::{Trouble, Work, current_directory};
use crate::engine::attach::Wanted;
use crate::engine::baseline::{Baseline, Naming, Seen};
use crate::engine::{self, Config, Input, Options, Plan};
use crate::tree::git::{self, Git};
use crate::tree::{self, Disk, Tree};
use std::path::{Path, PathBuf};

/// The nearest directory that is there.
fn directory(here: &Path, path: &Path) -> PathBuf {
    let whole = here.join(path);
    let is_directory = |p: &&Path| Disk.list(p).is_ok();
    whole.ancestors().find(is_directory).map_or_else(|| here.to_owned(), Path::to_owned)
}

/// A revision of the repository that all named units are in.
pub(super) fn open(revision: &str, inputs: &[Input], options: &Options) -> Result<Git, Trouble> {
    let here = current_directory()?;
    let directories = options.unit_path.iter().flatten().chain(&options.root);
    let mut paths: Vec<&Path> = directories.map(PathBuf::as_path).collect();
    let no_place = paths.is_empty();
    for input in inputs {
        match input {
            Input::Path(path) => paths.push(path),
            Input::Unit(name) if no_place => {
                return Err(
                    format!("--since {revision}: {name} is a unit of this host; name a file or directory").into()
                );
            }
            Input::Unit(_) => {}
        }
    }
    // a hook of git is told which repository it is
    let told = std::env::var_os("GIT_DIR").is_some();
    let around = paths.first().filter(|_| !told).map_or_else(|| here.clone(), |path| directory(&here, path));
    let wrong = |why: String| format!("--since {revision}: {why}");
    let top = git::checkout(&around).map_err(wrong)?;
    let tree = Git::open(top, &here, revision).map_err(wrong)?;
    if let Some(path) = paths.iter().find(|path| !tree.holds(path)) {
        return Err(wrong(format!("{} is not in the repository {}", path.display(), tree.top().display())).into());
    }
    Ok(tree)
}

/// Lays the profile over units as it was in their revision; where it was not there, they were without one.
fn attach(tree: &Git, plan: &mut Plan, asked: Option<&Path>, root: Option<&Path>, config: &Config) {
    let wanted = match (asked, &config.profile) {
        (Some(asked), _) => Wanted::of(asked, |path| tree.stat(path).is_ok()),
        (None, Some(said)) => said.value.clone(),
        (None, None) => return,
    };
    let read = |path: &Path| match tree::resolve(tree, Path::new("/"), path) {
        Ok(path) => tree.read(&path),
        Err(_) => Err(std::io::ErrorKind::NotFound.into()),
    };
    let _ = plan.attach(tree, &wanted, root, &read);
}

/// What is known of the units of a check because it was so before, with what is recorded in a file besides.
pub(super) fn known(
    revision: &str,
    args: &CheckArgs,
    work: &Work,
    settings: &mut Settings,
    kept: Option<Kept>,
) -> Result<Kept, Trouble> {
    let Work { inputs, options, .. } = work;
    let tree = open(revision, inputs, options)?;
    let mut plan = Plan::elsewhere(&tree, inputs, options, Some(&work.plan));
    attach(&tree, &mut plan, args.attach.profile.as_deref(), args.units.root.as_deref(), &settings.config);
    let kept = match kept {
        Some(kept) => Kept { since: Some(revision.to_owned()), ..kept },
        None => {
            let naming = Naming::new(&current_directory()?, Path::new("unitlint"));
            Kept { file: PathBuf::new(), naming, renew: false, since: Some(revision.to_owned()) }
        }
    };
    let recorded = settings.session.baseline.take();
    let (mut findings, mut seen) = (Vec::new(), Vec::new());
    let rest = engine::run(&tree, &plan, &settings.session, |report| {
        seen.push(Seen::of(&report, &kept.naming));
        findings.extend(report.findings);
    });
    findings.extend(rest.findings);
    tree.sound().map_err(|why| format!("--since {revision}: {why}"))?;
    let was = Baseline::of(&findings, &seen, &kept.naming, settings.target.model.number());
    settings.session.baseline = Some(match &recorded {
        Some(recorded) => was.or(recorded),
        None => was,
    });
    Ok(kept)
}

/// The path that is neither here nor there.
pub(super) fn nowhere<'i>(inputs: &'i [Input], trees: [&dyn Tree; 2]) -> Option<&'i Path> {
    inputs.iter().find_map(|input| match input {
        Input::Path(path) => trees.iter().all(|tree| tree.stat(path).is_err()).then_some(path.as_path()),
        Input::Unit(_) => None,
    })
}
