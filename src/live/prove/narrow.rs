//! The search for a largest set that works. Knows nothing of services.

use std::collections::{BTreeMap, BTreeSet};

/// Some of the pieces, by their numbers.
pub type Pieces = BTreeSet<usize>;

/// A set of the pieces from 0 to `count` that works and to which none can be added, found by asking `works`; the empty set
/// is known to work. Earlier pieces are kept where two go only without each other.
///
/// What is kept is asked as a whole with each half of what is not, so that a kept set is always one that was seen to work:
/// for `k` pieces that break alone that takes about `2k·log(count)` questions, and one for each of them at the end.
///
/// # Errors
/// What `works` gives.
pub fn narrow<E>(count: usize, mut works: impl FnMut(&Pieces) -> Result<bool, E>) -> Result<Pieces, E> {
    let mut known: BTreeMap<Pieces, bool> = BTreeMap::from([(Pieces::new(), true)]);
    let mut ask = |set: &Pieces| match known.get(set) {
        Some(answer) => Ok(*answer),
        None => {
            let answer = works(set)?;
            known.insert(set.clone(), answer);
            Ok(answer)
        }
    };
    let mut kept = Pieces::new();
    // the next is the last
    let mut open: Vec<_> = std::iter::once(0..count).collect();
    while let Some(some) = open.pop() {
        let with: Pieces = kept.iter().copied().chain(some.clone()).collect();
        if ask(&with)? {
            kept = with;
        } else if some.len() > 1 {
            let middle = some.start + some.len() / 2;
            open.extend([middle..some.end, some.start..middle]);
        }
    }
    // a piece may need one that was added later, and a trial may fail for a reason of its own
    loop {
        let before = kept.len();
        for piece in 0..count {
            let mut with = kept.clone();
            if with.insert(piece) && ask(&with)? {
                kept = with;
            }
        }
        if kept.len() == before {
            return Ok(kept);
        }
    }
}
