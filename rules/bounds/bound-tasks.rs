//! How many processes and threads a unit may have.

use crate::rule::{Bound, Given};
use crate::vocab::key;
use crate::vocab::size::Limit;

/// As many as the kernel can ever count.
const ALL: u64 = 1 << 22;
/// As many as it had once.
const MANY: u64 = 1 << 15;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if !given.has_processes() || given.delegates() {
        return None;
    }
    // shares are hundredths of a percent
    let state = match given.tasks_max() {
        Limit::Unlimited | Limit::Absolute(ALL..) | Limit::Share(10_000..) => "none",
        Limit::Share(5000..) => "most",
        Limit::Absolute(n) if n > MANY => "large",
        Limit::Share(n) if n > 500 => "large",
        Limit::Absolute(_) | Limit::Share(_) => "",
    };
    Bound::bad(key::TASKS_MAX, state)
}
