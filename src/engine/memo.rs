//! What was worked out for units, kept for those that have the same settings: most services of a system share a few
//! sandboxes, and often it is none at all.

use crate::unit::{KeySet, Picture, Unit};

/// So many different sandboxes are kept.
const MOST: usize = 256;

/// Something for each sandbox that was met.
pub(super) struct Memo<T> {
    keys: KeySet,
    known: Vec<Known<T>>,
    /// which keys are set, as a number, and where that is known; the one that was met last comes first
    recent: Vec<(u64, usize)>,
}

struct Known<T> {
    picture: Picture,
    what: T,
}

impl<T> Memo<T> {
    /// For what follows from these keys and from nothing else a picture has.
    pub(super) fn new(keys: KeySet) -> Self {
        Self { keys, known: Vec::new(), recent: Vec::new() }
    }

    /// The keys that count.
    pub(super) fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// What was worked out for a unit or its like.
    pub(super) fn get(&mut self, unit: &Unit) -> Option<&mut T> {
        let set = self.set(unit);
        let same = |(s, at): &(u64, usize)| *s == set && self.known[*at].picture.shows(unit, &self.keys);
        let place = self.recent.iter().position(same)?;
        self.recent[..=place].rotate_right(1);
        Some(&mut self.known[self.recent[0].1].what)
    }

    /// Keeps what was worked out for a unit.
    pub(super) fn put(&mut self, unit: &Unit, what: T) {
        let known = Known { picture: Picture::of(unit, &self.keys), what };
        let at = match self.recent.pop_if(|_| self.known.len() >= MOST) {
            Some((_, at)) => {
                self.known[at] = known;
                at
            }
            None => {
                self.known.push(known);
                self.known.len() - 1
            }
        };
        let set = self.set(unit);
        self.recent.insert(0, (set, at));
    }

    /// A number for the keys that are set: most sandboxes differ in that already.
    fn set(&self, unit: &Unit) -> u64 {
        unit.set_of(&self.keys).digest()
    }
}
