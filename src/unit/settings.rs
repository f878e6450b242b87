//! The settings of a unit by key. Rules mostly ask for keys that a unit does not set: that is answered by one bit.

use super::{From, KeySet, Setting};
use crate::vocab::KeyId;
use crate::vocab::value::Value;

use super::picture::WORDS;

/// One setting a key, sorted by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    all: Vec<Setting>,
    /// a bit for each key that is there
    present: [u64; WORDS],
    /// how many bits stand in the words before each
    ranks: [u16; WORDS],
}

/// The word and the bit of a key.
fn place(id: KeyId) -> (usize, u64) {
    (id.index() / 64, 1 << (id.index() % 64))
}

impl Settings {
    /// All of them.
    pub(super) fn all(&self) -> &[Setting] {
        &self.all
    }

    /// That of a key.
    pub(super) fn get(&self, id: KeyId) -> Option<&Setting> {
        let (word, bit) = place(id);
        (self.present[word] & bit != 0).then(|| &self.all[self.before(word, bit)])
    }

    /// That of a key; a new one where there is none.
    pub(super) fn get_or_insert(&mut self, id: KeyId) -> &mut Setting {
        let (word, bit) = place(id);
        let at = self.before(word, bit);
        if self.present[word] & bit == 0 {
            self.present[word] |= bit;
            self.ranks[word + 1..].iter_mut().for_each(|rank| *rank += 1);
            let assignments = Vec::with_capacity(1);
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
                let (word, bit) = place(s.key);
                present[word] &= !bit;
                ranks[word + 1..].iter_mut().for_each(|rank| *rank -= 1);
            }
            keep
        });
    }

    /// Whether any of these keys is there.
    pub(super) fn any(&self, keys: &KeySet) -> bool {
        self.present.iter().zip(keys.words()).any(|(mine, theirs)| mine & theirs != 0)
    }

    /// Which of these keys are there.
    pub(super) fn both(&self, keys: &KeySet) -> KeySet {
        let mut words = self.present;
        words.iter_mut().zip(keys.words()).for_each(|(mine, theirs)| *mine &= theirs);
        KeySet::of_words(words)
    }

    /// A copy of those of some keys.
    pub(super) fn only(&self, keys: &KeySet) -> Self {
        let mut copy = Self { all: Vec::with_capacity(16), ..Self::default() };
        copy.all.extend(self.all.iter().filter(|s| keys.has(s.key)).cloned());
        let mut rank = 0;
        for (word, keys) in keys.words().iter().enumerate() {
            copy.present[word] = self.present[word] & keys;
            copy.ranks[word] = rank;
            rank += copy.present[word].count_ones() as u16;
        }
        copy
    }

    /// Makes room for more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.all.reserve(more);
    }

    /// How many have a smaller key.
    fn before(&self, word: usize, bit: u64) -> usize {
        usize::from(self.ranks[word]) + (self.present[word] & (bit - 1)).count_ones() as usize
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
