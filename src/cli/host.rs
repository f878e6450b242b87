//! `--host`: the machine that units are judged for.

use super::{Trouble, complain};
use crate::host::Hosts;
use crate::host::file::{PROFILES, Profile};
use crate::live;
use crate::suggest;
use crate::tree::{self, Disk, Tree};
use crate::verdict::Files;
use clap::Args;
use std::path::Path;
use std::sync::Arc;

/// The machine that will run the units.
#[derive(Clone, Debug, Default, Args)]
pub(super) struct OnHost {
    /// Judge the units for a machine, with its systemd, kernel and processor: a file that `dry-run --save` wrote, `this` for
    /// this machine, or debian12, debian13, docker, lxc, rhel9, ubuntu24.04, wsl2; of several, separated by commas, each counts
    /// over those before it, such as debian13,docker
    #[arg(long, value_name = "NAME|FILE", value_delimiter = ',', value_hint = clap::ValueHint::AnyPath)]
    pub(super) host: Vec<String>,
}

/// This machine.
pub(super) const THIS: &str = "this";

impl OnHost {
    /// Whether it is this machine, named or not.
    pub(super) fn is_this(&self) -> bool {
        self.host.is_empty() || self.host == [THIS]
    }

    /// The files that units name: those of this machine are not those of another.
    pub(super) fn files<'a>(&self, root: Option<&'a Path>) -> Files<'a> {
        match root {
            Some(root) => Files::of(&Disk, root),
            None if self.is_this() => Files::of(&Disk, Path::new("/")),
            None => Files::unknown(),
        }
    }

    /// The machine that is asked for.
    pub(super) fn hosts(&self, root: Option<&Path>) -> Result<Option<Arc<Hosts>>, Trouble> {
        match self.host.as_slice() {
            [] => return Ok(None),
            [name] if name == THIS => return Ok(Some(Arc::new(live::hosts(root.unwrap_or(Path::new("/")))))),
            _ => {}
        }
        let mut profile = Profile::default();
        for name in &self.host {
            let known = PROFILES.iter().find(|(known, _)| known == name);
            let text = match known {
                Some((_, text)) => text.as_bytes().to_vec(),
                None if name == THIS => return Err("--host this: this machine goes with no other".into()),
                None => read(name)?,
            };
            profile.add(name, &text).map_err(|what| format!("--host {name}: {what}"))?;
        }
        let (hosts, strange) = profile.read().map_err(|what| format!("--host {}: {what}", self.host.join(",")))?;
        for fact in strange {
            complain(&format!("--host {}: {fact} means nothing here and is left out", self.host.join(",")));
        }
        Ok(Some(Arc::new(hosts)))
    }
}

fn read(name: &str) -> Result<Vec<u8>, Trouble> {
    let path = Path::new(name);
    if !name.contains('/') && Disk.stat(path).is_err() {
        let names: Vec<&str> = PROFILES.iter().map(|(name, _)| *name).collect();
        let meant = suggest::nearest(name, names.iter().copied()).map_or(String::new(), |n| format!("; {n} is near"));
        return Err(format!("--host {name}: there is no such file; known are this, {}{meant}", names.join(", ")).into());
    }
    tree::read_named(path).map_err(|e| Trouble(format!("--host {name}: {e}")))
}
