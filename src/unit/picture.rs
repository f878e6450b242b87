//! Some settings of a unit, to be compared with those of others: what follows from them need not be worked out again.

use super::implied::Replaced;
use super::{Setting, Unit};
use crate::target::Target;
use crate::vocab::value::Value;
use crate::vocab::{KEYS, KeyId, Scope, UnitKind};

/// So many words have a bit for each key.
pub(super) const WORDS: usize = KEYS.len().div_ceil(64);

/// A set of keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeySet([u64; WORDS]);

impl KeySet {
    /// These.
    pub const fn of(keys: &[KeyId]) -> Self {
        let mut set = Self([0; WORDS]);
        let mut i = 0;
        while i < keys.len() {
            set.put(keys[i]);
            i += 1;
        }
        set
    }

    /// These, and those that have a say when the manager adds to them (`Unit::sketch` lets it do so anew).
    pub fn with_implying(keys: impl IntoIterator<Item = KeyId>) -> Self {
        keys.into_iter().chain(Unit::IMPLYING).collect()
    }

    /// Puts a key into it.
    pub const fn put(&mut self, id: KeyId) {
        let (word, bit) = Self::place(id);
        self.0[word] |= bit;
    }

    /// Takes a key out of it.
    pub fn take(&mut self, id: KeyId) {
        let (word, bit) = Self::place(id);
        self.0[word] &= !bit;
    }

    /// The keys of both.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine &= theirs);
        self
    }

    /// Whether there is no key in it.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The word and the bit of a key.
    pub(super) const fn place(id: KeyId) -> (usize, u64) {
        (id.index() / 64, 1 << (id.index() % 64))
    }

    /// A bit for each key.
    pub(super) fn words(&self) -> &[u64; WORDS] {
        &self.0
    }

    /// Whether a key is in it.
    pub fn has(&self, id: KeyId) -> bool {
        let (word, bit) = Self::place(id);
        self.0[word] & bit != 0
    }
}

impl FromIterator<KeyId> for KeySet {
    fn from_iter<T: IntoIterator<Item = KeyId>>(keys: T) -> Self {
        let mut set = Self::default();
        keys.into_iter().for_each(|id| set.put(id));
        set
    }
}

/// What a unit has of a set of keys.
#[derive(Clone, Debug)]
pub struct Picture {
    about: (UnitKind, Scope, Target, bool),
    settings: Vec<(KeyId, Value)>,
    replaced: Vec<(KeyId, Value)>,
}

fn about(unit: &Unit) -> (UnitKind, Scope, Target, bool) {
    (unit.kind(), unit.scope, unit.target, unit.lone)
}

fn settings<'u>(unit: &'u Unit, keys: &'u KeySet) -> impl Iterator<Item = (KeyId, &'u Value)> {
    let pair = |s: &'u Setting| (s.key, &s.value);
    unit.settings().iter().filter(|s| keys.has(s.key)).map(pair)
}

fn replaced<'u>(unit: &'u Unit, keys: &'u KeySet) -> impl Iterator<Item = (KeyId, &'u Value)> {
    unit.replaced.iter().map(Replaced::parts).filter(|(key, _)| keys.has(*key))
}

impl Picture {
    /// The settings of a unit, and what they were before the manager added to them.
    pub fn of(unit: &Unit, keys: &KeySet) -> Self {
        let owned = |(key, value): (KeyId, &Value)| (key, value.clone());
        Self {
            about: about(unit),
            settings: settings(unit, keys).map(owned).collect(),
            replaced: replaced(unit, keys).map(owned).collect(),
        }
    }

    /// Whether a unit has the same.
    pub fn shows(&self, unit: &Unit, keys: &KeySet) -> bool {
        settings(unit, keys).eq(self.settings.iter().map(|(key, value)| (*key, value)))
            && replaced(unit, keys).eq(self.replaced.iter().map(|(key, value)| (*key, value)))
            && self.about == about(unit)
    }
}
