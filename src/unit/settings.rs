//! The settings of a unit by key. Rules mostly ask for keys that a unit does not set: that is answered by one bit.

use super::picture::WORDS;
use super::{From, KeySet, Setting};
use crate::vocab::KeyId;
use crate::vocab::value::Value;
use smallvec::SmallVec;

/// One setting a key, sorted by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    all: Vec<Setting>,
    /// the keys that are there
    present: KeySet,
    /// how many of them stand in the words of that set before each
    ranks: [u16; WORDS],
}

impl Settings {
    /// All of them.
    pub(super) fn all(&self) -> &[Setting] {
        &self.all
    }

    /// That of a key.
    pub(super) fn get(&self, id: KeyId) -> Option<&Setting> {
        self.present.has(id).then(|| &self.all[self.before(id)])
    }

    /// That of a key; a new one where there is none.
    pub(super) fn get_or_insert(&mut self, id: KeyId) -> &mut Setting {
        let at = self.before(id);
        if !self.present.has(id) {
            self.present.put(id);
            self.ranks[KeySet::place(id).0 + 1..].iter_mut().for_each(|rank| *rank += 1);
            let assignments = SmallVec::new();
            self.all.insert(at, Setting { key: id, assignments, value: Value::Unset, from: From::Default });
        }
        &mut self.all[at]
    }

    /// Forgets those that are not wanted.
    pub(super) fn retain(&mut self, wanted: impl Fn(&Setting) -> bool) {
        let (present, ranks) = (&mut self.present, &mut self.ranks);
        self.all.retain(|s| {
            let keep = wanted(s);
            if !keep {
                present.take(s.key);
                ranks[KeySet::place(s.key).0 + 1..].iter_mut().for_each(|rank| *rank -= 1);
            }
            keep
        });
    }

    /// The keys that are there.
    pub(super) fn present(&self) -> KeySet {
        self.present
    }

    /// A copy of those of some keys.
    pub(super) fn only(&self, keys: &KeySet) -> Self {
        let present = self.present.and(keys);
        let mut copy = Self { all: Vec::with_capacity(16), present, ..Self::default() };
        copy.all.extend(self.all.iter().filter(|s| keys.has(s.key)).cloned());
        let mut rank = 0;
        for (before, word) in copy.ranks.iter_mut().zip(present.words()) {
            *before = rank;
            rank += word.count_ones() as u16;
        }
        copy
    }

    /// Makes room for more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.all.reserve(more);
    }

    /// How many have a smaller key.
    fn before(&self, id: KeyId) -> usize {
        let (word, bit) = KeySet::place(id);
        usize::from(self.ranks[word]) + (self.present.words()[word] & (bit - 1)).count_ones() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::key;

    #[test]
    fn what_is_put_in_is_found() {
        let mut settings = Settings::default();
        let keys = [key::USER, key::AFTER, key::EXEC_START, key::PRIVATE_TMP, key::AFTER];
        for (n, key) in keys.into_iter().enumerate() {
            settings.get_or_insert(key).value = Value::Number(n as i64);
        }
        let number = |settings: &Settings, key| settings.get(key).map(|s| s.value.clone());
        assert_eq!(number(&settings, key::AFTER), Some(Value::Number(4)));
        assert_eq!(number(&settings, key::PRIVATE_TMP), Some(Value::Number(3)));
        assert_eq!(number(&settings, key::BEFORE), None);
        assert!(settings.all().is_sorted_by_key(|s| s.key) && settings.all().len() == 4);
        settings.retain(|s| s.key != key::USER);
        assert_eq!((number(&settings, key::USER), settings.all().len()), (None, 3));
        assert_eq!(number(&settings, key::EXEC_START), Some(Value::Number(2)));
        let some = settings.only(&KeySet::of(&[key::PRIVATE_TMP, key::EXEC_START, key::BEFORE]));
        assert_eq!((number(&some, key::PRIVATE_TMP), number(&some, key::AFTER)), (Some(Value::Number(3)), None));
        assert_eq!((number(&some, key::EXEC_START), some.all().len()), (Some(Value::Number(2)), 2));
    }
}
