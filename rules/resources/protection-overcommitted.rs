//! The promises of the units of a slice, added up and held against that of the slice.

use crate::rule::{Hit, Note, View, WorldHit};
use crate::vocab::size::Limit;
use crate::vocab::{KeyId, key};

const PROMISES: [KeyId; 2] = [key::MEMORY_MIN, key::MEMORY_LOW];

/// So many units are named.
const NAMED: usize = 5;

pub(crate) fn check(view: &View<'_>) -> Vec<WorldHit> {
    let groups = view.cgroups;
    let mut out = Vec::new();
    for (node, id) in view.asked_groups().filter(|(_, id)| *id != groups.root()) {
        let slice = groups.group(id);
        for own in slice.own.iter().filter(|own| PROMISES.contains(&own.key)) {
            let promise = groups.own_limit(id, own.key);
            let (mut sum, mut given) = (0_u64, Vec::new());
            for member in &slice.members {
                let Some(of) = groups.group(*member).own(own.key) else { continue };
                // without the size of the machine shares are added to shares, and numbers to numbers
                let amount = match (promise, groups.own_limit(*member, own.key)) {
                    (Limit::Absolute(_), Limit::Absolute(n)) => n,
                    (Limit::Share(_), Limit::Share(n)) => n.into(),
                    _ => continue,
                };
                sum = sum.saturating_add(amount);
                if amount > 0 {
                    given.push(of);
                }
            }
            let (has, total) = match promise {
                Limit::Absolute(n) => (n, mebibytes(sum)),
                Limit::Share(n) => (n.into(), format!("{}.{:02}%", sum / 100, sum % 100)),
                Limit::Unlimited => continue,
            };
            // a slice without a promise is another rule's
            if has == 0 || sum <= has {
                continue;
            }
            let hit = Hit::at(own.at.clone())
                .word("key", own.key.name())
                .word("value", &*own.text)
                .word("sum", total)
                .word("slice", &*slice.shown);
            let notes = given.iter().take(NAMED).map(|of| Note::on(of.at.clone(), "promised here"));
            let hit = notes.fold(hit, Hit::note);
            out.push(WorldHit { node, hit, link: None });
        }
    }
    out
}

/// Rounded up, so that it is never told to be as much as what it is more than.
fn mebibytes(n: u64) -> String {
    if n.is_multiple_of(1 << 30) { format!("{}G", n >> 30) } else { format!("{}M", n.div_ceil(1 << 20)) }
}
