//! A line of several entries, and what is wrong with some of them.

use crate::vocab::path::BadPath;
use crate::vocab::words::{BadSyntax, Cursor, Split, Word};
use std::ops::Range;

/// What is wrong with a part of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// quotes, escapes, or the number of fields; the rest of the line is lost
    Syntax,
    /// a specifier that cannot be resolved
    Specifier,
    /// an unusable path
    Path(BadPath),
    /// absolute where it has to be relative
    PathAbsolute,
    /// a directory below `private`
    Private,
    /// a symbolic link for `ConfigurationDirectory=`
    LinkNotSupported,
    /// unknown option or flag
    Option,
    /// unknown partition
    Partition,
    /// an image without a place to mount it
    NoDestination,
    /// the name of a credential
    CredentialName,
    /// where a credential comes from
    CredentialSource,
    /// data that cannot be decoded
    Data,
}

/// A part of a value that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// what is wrong
    pub what: Bad,
    /// the part that is wrong, decoded
    pub about: String,
    /// the word that it stands in
    pub at: Range<usize>,
}

/// What a line of several entries comes to: the good ones and the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entries<T> {
    /// those that count, in order
    pub items: Vec<T>,
    /// the rest
    pub problems: Vec<Problem>,
}

/// A part of a value, or what is wrong and the part that is.
pub(super) type Judged<T> = Result<T, (Bad, String)>;

impl<T> Entries<T> {
    pub(super) fn new() -> Self {
        Self { items: Vec::new(), problems: Vec::new() }
    }

    /// Reads a line. `entry` takes one entry off and keeps it, and is asked again while it gives true; where it
    /// cannot tell words apart, the rest of the line is lost.
    pub(super) fn read(
        text: &str,
        mut entry: impl FnMut(&mut Self, &mut Cursor<'_>) -> Result<bool, BadSyntax>,
    ) -> Self {
        let (mut all, mut words) = (Self::new(), Cursor::new(text));
        loop {
            let start = words.offset();
            match entry(&mut all, &mut words) {
                Ok(true) => {}
                Ok(false) => return all,
                Err(BadSyntax) => {
                    all.problem(Bad::Syntax, &text[start..], &(start..text.len()));
                    return all;
                }
            }
        }
    }

    /// Reads a line of words, each of which is an entry with fields. Where `entry` cannot tell the fields of one
    /// apart, the rest of the line is lost.
    pub(super) fn read_words(text: &str, mut entry: impl FnMut(&mut Self, &Word<'_>) -> Result<(), BadSyntax>) -> Self {
        Self::read(text, |all, words| {
            let Some(word) = words.next(Split::UNQUOTE_RAW)? else { return Ok(false) };
            let good = entry(all, &word).is_ok();
            if !good {
                all.problem(Bad::Syntax, &word.text, &word.at);
            }
            Ok(good)
        })
    }

    pub(super) fn problem(&mut self, what: Bad, about: &str, at: &Range<usize>) {
        self.problems.push(Problem { what, about: about.to_owned(), at: at.clone() });
    }

    /// The value, or its problem on record.
    pub(super) fn good<V>(&mut self, judged: Judged<V>, at: &Range<usize>) -> Option<V> {
        judged.map_err(|(what, about)| self.problem(what, &about, at)).ok()
    }

    /// Keeps an entry, or its problem.
    pub(super) fn keep(&mut self, judged: Judged<T>, at: &Range<usize>) {
        let good = self.good(judged, at);
        self.items.extend(good);
    }
}
