//! The file of `unitlint check --baseline` and `--write-baseline`.

use super::args::CheckArgs;
use super::settings::Settings;
use super::{Trouble, complain, current_directory};
use crate::emit::baseline as emit;
use crate::engine::Session;
use crate::engine::baseline::{self, Baseline, Compared, Naming, Seen};
use crate::rule::Finding;
use crate::target::Target;
use crate::tree::{self, Disk, Tree};
use crate::write;
use std::io;
use std::path::{Path, PathBuf};

/// A file with a recorded state.
pub(super) struct Kept {
    /// as it was named
    pub(super) file: PathBuf,
    /// how paths are told in it
    pub(super) naming: Naming,
    /// it is to be written
    pub(super) renew: bool,
    /// the revision that counts besides
    pub(super) since: Option<String>,
}

/// What a run came to.
pub(super) struct Run {
    pub(super) findings: Vec<Finding>,
    pub(super) exposures: Vec<u32>,
    pub(super) seen: Vec<Seen>,
    pub(super) all_read: bool,
}

/// The file of a run, if there is one; read, unless it is to be written, into the session.
pub(super) fn of(args: &CheckArgs, settings: &mut Settings) -> Result<Option<Kept>, Trouble> {
    let config = &settings.config;
    let configured = config.baseline.as_ref().filter(|_| !args.no_baseline);
    let named = args.write_baseline.as_ref().or(args.baseline.as_ref());
    let Some(file) = named.cloned().or_else(|| Some(configured?.value.clone())) else {
        return Ok(None);
    };
    let here = current_directory()?;
    let kept = Kept { naming: Naming::new(&here, &file), file, renew: args.write_baseline.is_some(), since: None };
    if !kept.renew {
        let read = read(&kept.file).and_then(|bytes| Baseline::parse(&bytes).map_err(io::Error::other));
        let known = read.map_err(|e| {
            let shown = kept.file.display();
            let whose = match configured.filter(|_| named.is_none()) {
                Some(said) => format!(" (named in {}:{})", said.at.path().display(), said.at.line()),
                None => String::new(),
            };
            let hint = match e.kind() {
                io::ErrorKind::NotFound => format!("; --write-baseline {shown} makes it"),
                _ => String::new(),
            };
            Trouble(format!("{shown}: {e}{whose}{hint}"))
        })?;
        let (then, now) = (known.systemd, settings.target.model.number());
        if then != now {
            let shown = kept.file.display();
            complain(&format!(
                "{shown} was recorded for systemd {then}: what differs for {now} is told as if it were new"
            ));
        }
        settings.session.baseline = Some(known.renamed(&settings.session.rules));
    }
    Ok(Some(kept))
}

/// The bytes of a file that the user named, perhaps by a link.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    match tree::resolve(&Disk, Path::new("/"), path) {
        Ok(path) => Disk.read(&path),
        // let the system say what is wrong with it
        Err(tree::Unresolved::Missing) => Err(io::Error::from_raw_os_error(2)),
        Err(tree::Unresolved::Loop) => Err(io::Error::from_raw_os_error(40)),
        Err(tree::Unresolved::Failed(e)) => Err(e),
    }
}

impl Kept {
    /// What is said of a comparison with it; nothing where it is written.
    pub(super) fn against(&self) -> Option<emit::Against<'_>> {
        match &self.since {
            Some(revision) => Some(emit::Against::Revision(revision)),
            None => (!self.renew).then_some(emit::Against::File(&self.file)),
        }
    }

    /// Takes away what is known. Where the file is to be written, that is all there is now, and a sentence says so; half of
    /// the truth is not recorded.
    pub(super) fn compare(&self, run: Run, session: &Session, target: Target) -> Result<(Compared, String), Trouble> {
        let Run { findings, exposures, seen, all_read } = run;
        let compare = |known: &Baseline, findings| known.compare(findings, &seen, &self.naming, session);
        if let Some(known) = session.baseline.as_ref().filter(|_| !self.renew) {
            return Ok((compare(known, findings), String::new()));
        }
        if !all_read {
            complain(&format!("{}: not written, because not all could be read", self.file.display()));
            return Ok((Compared::all(findings, exposures), String::new()));
        }
        let state = Baseline::of(&findings, &seen, &self.naming, target.model.number());
        write::create_or_replace(&self.file, &emit::document(&state), baseline::is_one).map_err(|e| {
            let shown = self.file.display();
            match e.kind() {
                io::ErrorKind::AlreadyExists => format!("{shown}: this is no baseline, and stays as it is"),
                _ => format!("{shown}: {e}"),
            }
        })?;
        Ok((compare(&state, findings), emit::written(&state, &self.file)))
    }
}
