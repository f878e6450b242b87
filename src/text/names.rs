//! What is known by name. It can be asked and not walked: the order of a hash table is nothing to show.

use foldhash::fast::RandomState;
use std::collections::HashMap;

/// Something for each of many names.
#[derive(Clone, Debug)]
pub struct Names<T>(HashMap<Box<str>, T, RandomState>);

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self(HashMap::default())
    }
}

impl<T: Copy> Names<T> {
    /// What stands for a name.
    pub fn get(&self, name: &str) -> Option<T> {
        self.0.get(name).copied()
    }

    /// Whether anything does.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Lets something stand for a name, whatever did before.
    pub fn put(&mut self, name: impl Into<Box<str>>, what: T) {
        self.0.insert(name.into(), what);
    }

    /// The same, unless something does already.
    pub fn offer(&mut self, name: impl Into<Box<str>>, what: T) {
        self.0.entry(name.into()).or_insert(what);
    }
}
