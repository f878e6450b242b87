//! The units of a search path by name: found at once, walked in order.

use super::Place;
use crate::text::Index;

/// In which directory of the search path, and what it is.
type Entry = (u16, Place);

/// What each name is.
#[derive(Default)]
pub(super) struct Entries {
    all: Vec<(Box<str>, Entry)>,
    index: Index,
}

impl Entries {
    /// What a name is.
    pub(super) fn get(&self, name: &str) -> Option<&Entry> {
        self.index.get(name, |at| &self.all[at].0).map(|at| &self.all[at].1)
    }

    /// Takes in a name; in place of what is known of it only if that gives way.
    pub(super) fn put(&mut self, name: &str, entry: Entry, gives_way: impl Fn(&Entry) -> bool) {
        let new = self.all.len();
        let at = self.index.get_or_put(name, new, |at| &self.all[at].0);
        if at == new {
            self.all.push((name.into(), entry));
        } else if gives_way(&self.all[at].1) {
            self.all[at].1 = entry;
        }
    }

    /// Brings all into order, once they are there.
    pub(super) fn sort(&mut self) {
        if !self.all.is_sorted_by(|a, b| a.0 <= b.0) {
            self.all.sort_unstable_by(|a, b| a.0.cmp(&b.0));
            self.index = Index::default();
            for (at, (name, _)) in self.all.iter().enumerate() {
                self.index.get_or_put(name, at, |at| &self.all[at].0);
            }
        }
        self.all.shrink_to_fit();
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.all.iter().map(|(name, entry)| (&**name, entry))
    }

    /// Those whose names begin so.
    pub(super) fn beginning<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Entry)> {
        let first = self.all.partition_point(|(name, _)| **name < *prefix);
        self.all[first..]
            .iter()
            .map(|(name, entry)| (&**name, entry))
            .take_while(move |(name, _)| name.starts_with(prefix))
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}
