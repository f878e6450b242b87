//! What a finding is about, in words that stay when lines move: the same fault of the same unit has the same mark in the
//! next commit and in another checkout. Messages are no part of it where the file has words of its own, so that a better
//! message makes nothing new.

use crate::rule::Finding;
use crate::syntax::{self, Item, Kind};
use crate::text::{FNV_BASIS, Loc, Source, Span, fnv1a};
use crate::vocab::Scope;
use std::collections::BTreeMap;
use std::sync::Arc;

/// So much of the words is kept; the rest goes into a number.
const LONG: usize = 160;

/// What tells a finding from others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// the unit
    pub unit: String,
    /// whose manager
    pub scope: Scope,
    /// the rule
    pub rule: String,
    /// the key with the word that the finding points at, or its message; empty where a rule speaks once a unit
    pub about: String,
}

/// The marks of findings, in their order. Each file is looked through once.
pub fn marks<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<Mark> {
    let findings: Vec<&Finding> = findings.into_iter().collect();
    let mut abouts: Vec<String> = vec![String::new(); findings.len()];
    let mut by_file: BTreeMap<*const Source, Vec<usize>> = BTreeMap::new();
    for (i, f) in findings.iter().enumerate() {
        match &f.at {
            // wherever the line is that decides it
            _ if f.rule.check.speaks_once() => {}
            Some(at) => by_file.entry(Arc::as_ptr(&at.source)).or_default().push(i),
            None => abouts[i] = short(f.message.clone()),
        }
    }
    // the order of addresses is nobody's: it only says which file comes first
    for found in by_file.into_values() {
        let places = found.iter().filter_map(|i| Some((*i, findings[*i].at.as_ref()?)));
        let mut syntax = None;
        for (i, at) in places {
            let syntax = syntax.get_or_insert_with(|| syntax::parse(&at.source.bytes));
            abouts[i] = short(about(at, &syntax.items).unwrap_or_else(|| findings[i].message.clone()));
        }
    }
    let whole = findings.into_iter().zip(abouts);
    whole.map(|(f, about)| Mark { unit: f.unit.clone(), scope: f.scope, rule: f.rule.id.to_owned(), about }).collect()
}

/// `Key=word`, or what stands at the place; `None` where it says nothing of the finding, as a header does.
fn about(at: &Loc, items: &[Item]) -> Option<String> {
    let behind = items.partition_point(|item| item.span.start <= at.span.start);
    let item = items.get(behind.checked_sub(1)?)?;
    let words = squeezed(&at.source.text(at.span));
    match &item.kind {
        Kind::Section { .. } | Kind::Blank => None,
        _ if words.is_empty() => None,
        Kind::Entry { key, .. } if at.span.start > key.start => {
            Some(format!("{}={words}", squeezed(&at.source.text(*key))))
        }
        // blanks around the equal sign say nothing
        Kind::Entry { key, value, .. } if at.span.end >= value.start => {
            let [key, value] = [*key, Span::new(value.start as usize, at.span.end as usize)].map(|s| at.source.text(s));
            Some(format!("{}={}", squeezed(&key), squeezed(&value)))
        }
        Kind::Entry { .. } | Kind::Comment | Kind::Junk(_) => Some(words),
    }
}

/// On one line with single blanks; marks of continuation and the comments between are left out.
fn squeezed(text: &str) -> String {
    let mut out = String::new();
    for (i, line) in text.split(['\n', '\r']).enumerate() {
        let line = line.trim();
        if i > 0 && line.starts_with(['#', ';']) {
            continue;
        }
        for word in line.strip_suffix('\\').unwrap_or(line).split_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    out
}

/// A long text as its beginning and a number that the whole of it makes.
fn short(text: String) -> String {
    let Some((end, _)) = text.char_indices().nth(LONG) else { return text };
    format!("{}… {:016x}", &text[..end], fnv1a(text.as_bytes(), FNV_BASIS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, word: &str) -> Option<String> {
        let start = text.find(word).unwrap();
        let source = Arc::new(Source::new("a.service", text.into()));
        let items = syntax::parse(&source.bytes).items;
        about(&Loc { source, span: Span::new(start, start + word.len()) }, &items)
    }

    #[test]
    fn a_word_is_told_with_its_key() {
        let text = "[Service]\nUser = frob\nGroup=frob\nAfter=a \\\n# why\n  b\nFrob\n# unitlint: ignore[x]\n";
        assert_eq!(at(text, "frob").unwrap(), "User=frob");
        assert_eq!(at(text, "User = frob").unwrap(), "User=frob");
        assert_eq!(at(text, "User").unwrap(), "User");
        assert_eq!(at(text, "a \\\n# why\n  b").unwrap(), "After=a b");
        assert_eq!(at(text, "Frob").unwrap(), "Frob");
        assert_eq!(at(text, "ignore[x]").unwrap(), "ignore[x]");
        assert_eq!(at(text, "[Service]"), None);
    }

    #[test]
    fn long_words_differ_by_their_ends() {
        let [a, b] = ["a", "b"].map(|end| short(format!("{}{end}", "x".repeat(1 << 20))));
        assert!(a != b && a.len() < 200 && a[..LONG] == b[..LONG]);
        assert_eq!(short("é".repeat(LONG)), "é".repeat(LONG));
    }
}
