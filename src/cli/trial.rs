//! `unitlint dry-run --try`

use super::Trouble;
use crate::host::Host;
use crate::live::trial::{ByManager, Trial, Trier};
use crate::tree::Disk;
use crate::unit::Unit;
use crate::verdict::Line;
use crate::vocab::Scope;
use clap::ValueEnum;

/// Who tries what a unit asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Try {
    /// a child of this program
    Child,
    /// the running manager
    Manager,
}

/// Who tries units.
pub(super) enum Trials {
    Child(Trier),
    /// the managers, as they are needed
    Managers(Vec<(Scope, Result<ByManager, String>)>),
}

impl Trials {
    /// Gets ready; a manager that cannot be asked at all is told at once.
    pub(super) fn new(how: Try, scope: Scope) -> Result<Self, Trouble> {
        match how {
            Try::Child => Ok(Self::Child(Trier::default())),
            Try::Manager => {
                let first = ByManager::new(&Disk, scope)?;
                Ok(Self::Managers(vec![(scope, Ok(first))]))
            }
        }
    }

    /// Tries the lines of a unit.
    pub(super) fn attempt(&mut self, unit: &Unit, lines: &mut [Line], host: &Host) -> Trial {
        let managers = match self {
            Self::Child(trier) => return trier.attempt(unit, lines, host),
            Self::Managers(managers) => managers,
        };
        if !managers.iter().any(|(scope, _)| *scope == unit.scope) {
            managers.push((unit.scope, ByManager::new(&Disk, unit.scope)));
        }
        match managers.iter_mut().find(|(scope, _)| *scope == unit.scope) {
            Some((_, Ok(manager))) => manager.attempt(unit, lines),
            Some((_, Err(why))) => Trial::none(lines.len(), why),
            None => Trial::default(),
        }
    }
}
