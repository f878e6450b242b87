//! Build time only: the texts and lists of tables, each kept once, as `table.rs` reads them.

use std::collections::BTreeMap;
use std::fmt::Write;

/// A place and a length.
type Part = (usize, usize);

#[derive(Default)]
pub(crate) struct Texts {
    all: String,
    seen: BTreeMap<String, Part>,
    lists: Vec<Part>,
    seen_lists: BTreeMap<Vec<Part>, Part>,
}

impl Texts {
    /// Where a text is.
    pub(crate) fn part(&mut self, text: &str) -> Part {
        if text.is_empty() {
            return (0, 0);
        }
        if let Some(part) = self.seen.get(text) {
            return *part;
        }
        let part = (self.all.len(), text.len());
        self.all.push_str(text);
        self.seen.insert(text.to_owned(), part);
        part
    }

    /// A text, as an expression.
    pub(crate) fn text(&mut self, text: &str) -> String {
        let (at, len) = self.part(text);
        format!("Text::new({at}, {len})")
    }

    /// Texts, as an expression.
    pub(crate) fn list(&mut self, texts: &[&str]) -> String {
        let parts: Vec<Part> = texts.iter().map(|text| self.part(text)).collect();
        let (at, len) = match self.seen_lists.get(&parts) {
            _ if parts.is_empty() => (0, 0),
            Some(part) => *part,
            None => {
                let part = (self.lists.len(), parts.len());
                self.lists.extend(&parts);
                self.seen_lists.insert(parts, part);
                part
            }
        };
        format!("Texts::new({at}, {len})")
    }

    /// All of them in one.
    pub(crate) fn all(&self) -> &str {
        &self.all
    }

    /// The tables that all of them are in.
    pub(crate) fn code(&self) -> String {
        let mut lists = String::new();
        for (at, len) in &self.lists {
            write!(lists, "Text::new({at}, {len}), ").unwrap();
        }
        format!("static TEXT: &str = {:?};\nstatic LISTS: [Text; {}] = [{lists}];\n", self.all, self.lists.len())
    }
}

/// Rows of a table that belong to rows of another one.
pub(crate) struct Rows {
    declaration: &'static str,
    rows: Vec<String>,
}

impl Rows {
    /// `static NAME: [TYPE; `, without what follows.
    pub(crate) fn new(declaration: &'static str) -> Self {
        Self { declaration, rows: Vec::new() }
    }

    /// Some more, as an expression.
    pub(crate) fn add(&mut self, rows: Vec<String>) -> String {
        let (at, len) = (self.rows.len(), rows.len());
        self.rows.extend(rows);
        format!("Rows::new({at}, {len})")
    }

    /// The table.
    pub(crate) fn code(&self) -> String {
        format!("{}{}] = [{}];\n", self.declaration, self.rows.len(), self.rows.join(", "))
    }
}
