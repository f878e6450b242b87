//! Some settings of a unit, to be compared with those of others: what follows from them need not be worked out again.

use super::implied::Replaced;
use super::{Setting, Unit};
use crate::target::Target;
use crate::vocab::value::Value;
use crate::vocab::{KEYS, Key, KeyId, Scope, UnitKind, key, lookup_anywhere, user};

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

    /// All keys of which something is so.
    pub fn matching(fits: impl Fn(&Key) -> bool) -> Self {
        KEYS.iter().filter(|key| fits(key)).filter_map(|key| lookup_anywhere(key.name())).collect()
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

    /// A number for it: that of most other sets differs.
    pub fn digest(&self) -> u64 {
        self.0.iter().fold(0, |n: u64, word| (n.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
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

/// What a unit has of a set of keys. Of a user only that counts which the manager and `systemd-analyze` look at.
#[derive(Clone, Debug)]
pub struct Picture {
    about: About,
    settings: Vec<(KeyId, Value)>,
    replaced: Vec<(KeyId, Value)>,
}

/// What is not a setting, and what `User=` names.
type About = (UnitKind, Scope, Target, bool, Who);

/// A user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Unset,
    Root,
    Nobody,
    Other,
}

fn about(unit: &Unit) -> About {
    let who = match unit.value(key::USER).text() {
        None => Who::Unset,
        Some("0" | "root") => Who::Root,
        Some(user::NOBODY) => Who::Nobody,
        Some(_) => Who::Other,
    };
    (unit.kind(), unit.scope, unit.target, unit.lone, who)
}

fn settings<'u>(unit: &'u Unit, keys: &'u KeySet) -> impl Iterator<Item = (KeyId, &'u Value)> {
    let pair = |s: &'u Setting| (s.key, &s.value);
    unit.settings().iter().filter(|s| keys.has(s.key) && s.key != key::USER).map(pair)
}

fn replaced<'u>(unit: &'u Unit, keys: &'u KeySet) -> impl Iterator<Item = (KeyId, &'u Value)> {
    unit.replaced.iter().map(Replaced::parts).filter(|(id, _)| keys.has(*id))
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
