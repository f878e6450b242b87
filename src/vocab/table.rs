//! Texts and lists in the tables, as places in one long text and in one long list.
//!
//! A program that may lie anywhere in memory has every reference of its tables put right before it begins, on pages that are
//! copied for it. With thousands of them that took a third of the time of a run over one unit; a place needs nothing.

use super::{LISTS, TEXT};

/// A text of a table. Each text is there once: two of them are the same where their places are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text {
    at: u32,
    len: u32,
}

impl Text {
    pub(super) const fn new(at: u32, len: u32) -> Self {
        Self { at, len }
    }

    pub(super) const fn len(self) -> usize {
        self.len as usize
    }

    pub(super) fn get(self) -> &'static str {
        &TEXT[self.at as usize..][..self.len as usize]
    }

    pub(super) fn bytes(self) -> &'static [u8] {
        &TEXT.as_bytes()[self.at as usize..][..self.len as usize]
    }

    pub(super) fn is(self, other: &str) -> bool {
        self.len as usize == other.len() && self.bytes() == other.as_bytes()
    }

    /// The same for the compiler.
    pub(super) const fn is_now(self, other: &str) -> bool {
        let (all, other) = (TEXT.as_bytes(), other.as_bytes());
        let mut i = 0;
        while i < other.len() && i < self.len as usize && all[self.at as usize + i] == other[i] {
            i += 1;
        }
        i == other.len() && i == self.len as usize
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.get().fmt(f)
    }
}

/// Goes over [`Texts`].
pub(super) type Iter = std::iter::Map<std::slice::Iter<'static, Text>, fn(&'static Text) -> &'static str>;

/// Texts of a table.
#[derive(Clone, Copy)]
pub struct Texts {
    at: u32,
    len: u32,
}

impl Texts {
    pub(super) const fn new(at: u32, len: u32) -> Self {
        Self { at, len }
    }

    fn all(self) -> &'static [Text] {
        &LISTS[self.at as usize..][..self.len as usize]
    }

    /// One after the other.
    pub fn iter(self) -> Iter {
        self.all().iter().map(|text| text.get())
    }

    /// The first of them.
    pub fn first(self) -> Option<&'static str> {
        self.iter().next()
    }

    /// All of them in one text.
    pub fn join(self, between: &str) -> String {
        self.iter().collect::<Vec<_>>().join(between)
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Whether one of them is `text`.
    pub fn contains(self, text: &str) -> bool {
        self.all().iter().any(|t| t.is(text))
    }

    /// The one that is `text`, to stay.
    pub fn find(self, text: &str) -> Option<&'static str> {
        self.all().iter().find(|t| t.is(text)).map(|t| t.get())
    }
}

impl IntoIterator for Texts {
    type Item = &'static str;
    type IntoIter = Iter;

    fn into_iter(self) -> Iter {
        self.iter()
    }
}

impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Rows of another table that belong to one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    at: u32,
    len: u32,
}

impl Rows {
    pub(super) const fn new(at: u32, len: u32) -> Self {
        Self { at, len }
    }

    pub(super) fn of<T>(self, table: &'static [T]) -> &'static [T] {
        &table[self.at as usize..][..self.len as usize]
    }
}

/// What reads the texts of a row.
macro_rules! reads {
    ($row:ident { $($(#[$doc:meta])* $field:ident: $kind:ident),* $(,)? }) => {
        impl $row { $(reads!(@ $(#[$doc])* $field $kind);)* }
    };
    (@ $(#[$doc:meta])* $field:ident Text) => {
        $(#[$doc])*
        pub fn $field(&self) -> &'static str { self.$field.get() }
    };
    (@ $(#[$doc:meta])* $field:ident Texts) => {
        $(#[$doc])*
        pub fn $field(&self) -> Texts { self.$field }
    };
}
pub(super) use reads;
