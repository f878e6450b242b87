//! `--profile`: the units as they are when they are attached with a profile of portable services.

use super::{Trouble, Work, complain};
use crate::engine::Config;
use crate::engine::attach::Wanted;
use crate::tree::{self, Disk, Tree};
use std::path::Path;

impl Work {
    /// Lays the profile over the units that the argument names, else the one of the configuration. A name is looked up in
    /// `root`, where there is one.
    pub(super) fn attach(
        &mut self,
        asked: Option<&Path>,
        root: Option<&Path>,
        config: &mut Config,
    ) -> Result<(), Trouble> {
        let is_there = |path: &Path| Disk.stat(path).is_ok();
        let notes = match (asked, config.profile.clone()) {
            (Some(asked), _) => {
                let wanted = Wanted::of(asked, is_there);
                self.plan.attach(&*self.tree, &wanted, root, &tree::read_named).map_err(|e| format!("--profile {e}"))?
            }
            (None, Some(said)) => {
                // no link of a checkout leads out of it
                let attached = self.plan.attach(&*self.tree, &said.value, root, &|path| Disk.read(path));
                attached.unwrap_or_else(|what| {
                    config.fault(&said.at, what);
                    Vec::new()
                })
            }
            (None, None) => return Ok(()),
        };
        notes.iter().for_each(|note| complain(note));
        Ok(())
    }
}
