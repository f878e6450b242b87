//! What a run is made with: the rules, which of them speak, how exposure is weighed, and the day.

use super::suppress::Date;
use super::{Baseline, Policy, Selection};
use crate::host::Hosts;
use crate::rule::Registry;
use std::sync::Arc;

/// What a run is made with.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// the rules there are
    pub rules: Registry,
    /// those that speak
    pub selection: Selection,
    /// how the exposure checks are weighed
    pub policy: Policy,
    /// the day of the run: suppressions may expire. Without it none does
    pub today: Option<Date>,
    /// what is known: with it, an exposure that rose is told however low it is
    pub baseline: Option<Baseline>,
    /// the machine that will run the units; without it nothing is said of what becomes of them there
    pub hosts: Option<Arc<Hosts>>,
    /// findings that somebody has silenced are kept, for a report that tells them too
    pub keeps_silenced: bool,
}

impl Session {
    /// The built-in rules, and these of them.
    pub fn with(selection: Selection) -> Self {
        Self { selection, ..Self::default() }
    }
}
