//! The lines of tmpfiles.d(5) and sysusers.d(5): words in quotes or not, each with its place. Knows what each word is for.

use crate::rule::shipped::{SYSUSERS, Shipped, TMPFILES, lines};
use crate::text::{Loc, Source, Span, before_lossy};
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
        let (begin, bytes) = (at.span.start as usize, at.span.of(&source.bytes));
        let place = |offset| begin + before_lossy(bytes, offset);
        let fields = words(&text, Split::UNQUOTE_RAW).map_while(Result::ok).map(|word| {
            let span = Span::new(place(word.at.start), place(word.at.end));
            Field { text: word.text.into_owned(), at: Loc { source: source.clone(), span } }
        });
        Line { fields: fields.collect() }
    };
    lines(source).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever a file is written in, a word lies where it says.
    #[test]
    fn words_lie_in_the_file() {
        let text =
            b"d /run/a 0755 fo\xd7\xd7o root\n\xc2\xa0d /run/\xc3\xa4 - \xff\xe2\x82 bar -\n\x0cd \"/run/b c\" - x";
        let source = Arc::new(Source::new("a.conf", text.to_vec()));
        let lines = split(&source);
        let words: Vec<Vec<&[u8]>> =
            lines.iter().map(|l| l.fields.iter().map(|f| f.at.span.of(&source.bytes)).collect()).collect();
        let expected: [&[&[u8]]; 3] = [
            &[b"d", b"/run/a", b"0755", b"fo\xd7\xd7o", b"root"],
            &[b"\xc2\xa0d", b"/run/\xc3\xa4", b"-", b"\xff\xe2\x82", b"bar", b"-"],
            &[b"d", b"\"/run/b c\"", b"-", b"x"],
        ];
        assert_eq!(words, expected);
        assert_eq!(lines[1].fields[3].text, "\u{fffd}\u{fffd}");
    }
}
