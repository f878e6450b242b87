//! The units that systemd brings itself, with what they depend on.

use super::table::{Rows, Text, Texts, reads};
use super::{BOOT_EDGES, BOOT_SYSTEM, BOOT_USER, Scope};

/// A unit of systemd itself: known without being present.
#[derive(Debug)]
pub struct BootUnit {
    pub(super) name: Text,
    pub(super) alias: Text,
    /// whether the usual dependencies are added
    pub default_dependencies: bool,
    pub(super) edges: Rows,
}

reads! {
    BootUnit {
        /// Its name.
        name: Text,
        /// The unit that the name is another one for; empty for none.
        alias: Text,
    }
}

impl BootUnit {
    /// A key of dependencies, and the units it names.
    pub fn edges(&self) -> impl Iterator<Item = (&'static str, Texts)> {
        self.edges.of(&BOOT_EDGES).iter().map(|(key, units)| (key.get(), *units))
    }
}

/// The units that systemd brings itself for a manager, by name.
pub fn boot_units(scope: Scope) -> &'static [BootUnit] {
    match scope {
        Scope::System => &BOOT_SYSTEM,
        Scope::User => &BOOT_USER,
    }
}
