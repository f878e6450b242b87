//! The lines of tmpfiles.d(5) and sysusers.d(5): words in quotes or not, each with its place. Knows what each word is for.

use crate::rule::shipped::{SYSUSERS, Shipped, TMPFILES, lines};
use crate::text::{Loc, Source, Span};
use crate::vocab::words::{Split, words};
use std::sync::Arc;

/// A word of a line.
#[derive(Clone, Debug)]
pub(super) struct Field {
    /// without its quotes
    pub(super) text: String,
    /// where it is
    pub(super) at: Loc,
}

impl Field {
    /// Something is said, not left to systemd.
    pub(super) fn is_said(&self) -> bool {
        !matches!(self.text.as_str(), "" | "-")
    }
}

/// A line in its words.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// its words
    pub(super) fields: Vec<Field>,
}

impl Line {
    /// A word that says something.
    pub(super) fn said(&self, n: usize) -> Option<&Field> {
        self.fields.get(n).filter(|f| f.is_said())
    }
}

/// A line of tmpfiles.d: type, path, mode, user, group, age, argument.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// the letter, and what modifies it
    pub(super) kind: Field,
    /// the path
    pub(super) path: Field,
    /// the line
    pub(super) line: Line,
}

impl Item {
    /// The letter.
    pub(super) fn letter(&self) -> char {
        self.kind.text.chars().next().unwrap_or_default()
    }

    /// The mode without what modifies it.
    pub(super) fn mode(&self) -> Option<&Field> {
        self.line.said(2)
    }

    /// The user and the group, without what modifies them; `false` for the group.
    pub(super) fn owners(&self) -> impl Iterator<Item = (bool, &str, &Field)> {
        let named = [(true, 3), (false, 4)].into_iter().filter_map(|(user, n)| Some((user, self.line.said(n)?)));
        named.map(|(user, field)| (user, field.text.trim_start_matches(':'), field))
    }

    /// The path without a slash at its end.
    pub(super) fn plain_path(&self) -> &str {
        self.path.text.trim_end_matches('/')
    }
}

/// The lines of all files of tmpfiles.d that have a type and a path.
pub(super) fn items(shipped: &Shipped<'_>) -> Vec<Item> {
    let all = shipped.texts(&TMPFILES, ".conf").into_iter().flat_map(|source| split(&source));
    let item = |line: Line| Some(Item { kind: line.fields.first()?.clone(), path: line.fields.get(1)?.clone(), line });
    all.filter_map(item).collect()
}

/// The lines of all files of sysusers.d.
pub(super) fn accounts(shipped: &Shipped<'_>) -> Vec<Line> {
    shipped.texts(&SYSUSERS, ".conf").iter().flat_map(split).collect()
}

/// The lines of a file in their words. What stands in one quote alone is left out.
fn split(source: &Arc<Source>) -> Vec<Line> {
    let line = |(at, text): (Loc, String)| {
        let begin = at.span.start as usize;
        let fields = words(&text, Split::UNQUOTE_RAW).map_while(Result::ok).map(|word| {
            let span = Span::new(begin + word.at.start, begin + word.at.end);
            Field { text: word.text.into_owned(), at: Loc { source: source.clone(), span } }
        });
        Line { fields: fields.collect() }
    };
    lines(source).map(line).collect()
}
