//! What the reader of packages saw that is wrong with the archive itself.

use crate::rule::{Hit, Level, Shipped};

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let hit = |fault: &crate::rule::shipped::Fault| {
        let hit = Hit::whole(shipped.root);
        let hit = hit.state(fault.weight).word("what", &fault.what).help(fault.why).help(fault.advice);
        match fault.weight {
            "odd" => hit.at_most(Level::Note),
            "limit" => hit.at_most(Level::Warn),
            _ => hit,
        }
    };
    shipped.faults.iter().map(hit).collect()
}
