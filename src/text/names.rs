//! What is known by name. It can be asked and not walked: the order of a hash table is nothing to show.

use hashbrown::{DefaultHashBuilder, HashMap, HashTable, hash_table};
use std::hash::BuildHasher;

/// Something for each of many names.
#[derive(Clone, Debug)]
pub struct Names<T>(HashMap<Box<str>, T>);

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

/// Where things are in a list that holds their names.
#[derive(Clone, Debug, Default)]
pub struct Index {
    places: HashTable<u32>,
    state: DefaultHashBuilder,
}

impl Index {
    /// The place of a name; `at` gives the name of each place.
    pub fn get<'a>(&self, name: &str, at: impl Fn(usize) -> &'a str) -> Option<usize> {
        self.places.find(self.state.hash_one(name), |place| at(*place as usize) == name).map(|place| *place as usize)
    }

    /// The place of a name, which is `new` if it had none.
    pub fn get_or_put<'a>(&mut self, name: &str, new: usize, at: impl Fn(usize) -> &'a str) -> usize {
        let state = &self.state;
        let entry = self.places.entry(
            state.hash_one(name),
            |place| at(*place as usize) == name,
            |place| state.hash_one(at(*place as usize)),
        );
        match entry {
            hash_table::Entry::Occupied(known) => *known.get() as usize,
            hash_table::Entry::Vacant(free) => *free.insert(new as u32).get() as usize,
        }
    }
}
