//! What a rule says of itself, which no finding needs.
//!
//! That of the built-in rules is places in one long text, their files, and the examples are read from there when somebody asks
//! for them: references would have to be put right each time the program starts (see `vocab/table.rs`).

use super::file::{ExampleFile, NodeFile, RuleFile};
use super::{DOC_EXAMPLES, DOC_FILES, DOC_PAGES, DOC_TEXT, Example, Planted};
use std::collections::BTreeMap;

/// The texts of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<T> {
    /// why it matters, Markdown
    pub(super) rationale: T,
    /// what the fix breaks, Markdown
    pub(super) breaks: T,
    /// the release of unitlint that brought it
    pub(super) since: T,
    /// where it is from, a line each
    pub(super) references: T,
}

/// Where a text is in `DOC_TEXT`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(u32, u32);

impl Place {
    pub(super) const fn new(at: u32, len: u32) -> Self {
        Self(at, len)
    }

    fn text(self) -> &'static str {
        &DOC_TEXT[self.0 as usize..][..self.1 as usize]
    }
}

/// What is told of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Doc {
    /// by its place in the registry
    Built(u16),
    /// with its examples
    Own(&'static Page<&'static str>, &'static [Example]),
}

impl Doc {
    fn page(self) -> Page<&'static str> {
        match self {
            Self::Built(rule) => {
                let Page { rationale, breaks, since, references } = &DOC_PAGES[usize::from(rule)];
                Page {
                    rationale: rationale.text(),
                    breaks: breaks.text(),
                    since: since.text(),
                    references: references.text(),
                }
            }
            Self::Own(page, _) => *page,
        }
    }

    pub(super) fn rationale(self) -> &'static str {
        self.page().rationale
    }

    pub(super) fn breaks(self) -> &'static str {
        self.page().breaks
    }

    pub(super) fn since(self) -> &'static str {
        self.page().since
    }

    pub(super) fn references(self) -> std::str::Lines<'static> {
        self.page().references.lines()
    }

    pub(super) fn examples(self) -> &'static [Example] {
        match self {
            Self::Built(rule) => DOC_EXAMPLES[usize::from(rule)].get_or_init(|| {
                let file = toml::from_str(DOC_FILES[usize::from(rule)].text());
                self::examples(&file.map_or_else(|_| Vec::new(), |file: RuleFile| file.example), keep)
            }),
            Self::Own(_, examples) => examples,
        }
    }
}

/// Text that stays as long as the program.
pub(super) fn keep(text: &str) -> &'static str {
    Box::leak(text.into())
}

pub(super) fn keep_all<T>(list: Vec<T>) -> &'static [T] {
    Box::leak(list.into_boxed_slice())
}

/// The examples of a file, with their texts as `keep` makes them.
pub(super) fn examples(all: &[ExampleFile], keep: fn(&str) -> &'static str) -> &'static [Example] {
    keep_all(all.iter().map(|e| example(e, keep)).collect())
}

fn example(e: &ExampleFile, keep: fn(&str) -> &'static str) -> Example {
    let pairs =
        |all: &BTreeMap<String, String>| keep_all(all.iter().map(|(name, text)| (keep(name), keep(text))).collect());
    let planted = |(path, node): (&String, &NodeFile)| {
        let (mode, uid, gid) = node.rights().unwrap_or_default();
        let (text, link) = (node.text.as_deref().map(keep), node.link.as_deref().map(keep));
        Planted { path: keep(path), text, link, mode, uid, gid }
    };
    Example {
        name: if e.name.is_empty() { "foo.service" } else { keep(&e.name) },
        systemd: e.systemd,
        user: e.scope == "user",
        host: keep(&e.host),
        text: keep(&e.text),
        fixed: keep(&e.fixed),
        files: pairs(&e.files),
        units: pairs(&e.units),
        root: keep_all(e.root.iter().map(planted).collect()),
        format: keep(&e.format),
        scripts: pairs(&e.scripts),
        fault: keep(&e.fault),
        whole: keep_all(e.whole.iter().map(|name| keep(name)).collect()),
    }
}
