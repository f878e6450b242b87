//! `--host`: the machine that units are judged for.

use super::{Trouble, complain};
use crate::host::Hosts;
use crate::live::{self, THIS};
use crate::tree::Disk;
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
        let found = live::named(&self.host, root).map_err(|what| format!("--host {what}"))?;
        Ok(found.map(|(hosts, strange)| {
            strange.iter().for_each(|what| complain(&format!("--host {what}")));
            Arc::new(hosts)
        }))
    }
}
