//! Findings: all rules, and what holds for whatever they say.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;
use unitlint::engine::{Selection, Session};
use unitlint::rule::{Finding, Registry};
use unitlint::text::{Source, Span};
use unitlint::tree::{Tree, resolve};

/// Every rule speaks.
pub fn session() -> &'static Session {
    static ALL: LazyLock<Session> = LazyLock::new(|| {
        let rules = Registry::default();
        Session::with(Selection::parse(&["all".into()], &[], &rules).expect("all is a word"))
    });
    &ALL
}

/// All that a finding says, to be compared.
pub fn told(findings: &[Finding]) -> String {
    let mut out = String::new();
    for f in findings {
        assert!(!f.message.is_empty(), "{} says nothing", f.rule.id);
        let at = f.at.as_ref().map(|at| (at.path().to_owned(), at.span, at.start(), at.end()));
        let _ = writeln!(out, "{} {:?} {} {:?} {at:?} {}", f.rule.id, f.level, f.unit, f.path, f.message);
        for note in &f.notes {
            let _ = writeln!(out, "  {} {:?}", note.text, note.at.as_ref().map(|at| (at.path().to_owned(), at.span)));
        }
        for fix in &f.fixes {
            let edits: Vec<_> = fix.edits.iter().map(|(source, edit)| (&source.path, edit)).collect();
            let _ = writeln!(out, "  {} {:?} {edits:?}", fix.title, fix.safety);
        }
        let _ = writeln!(out, "  {:?}", f.verify);
    }
    out
}

/// What a tree has at a path, links followed.
pub fn content(tree: &dyn Tree, path: &Path) -> Option<Vec<u8>> {
    tree.read(&resolve(tree, Path::new("/"), path).ok()?).ok()
}

/// Every place that findings name lies inside of its file, does not cut a character, and the file is what is there.
pub fn has_all_places(findings: &[Finding], read: &dyn Fn(&Path) -> Option<Vec<u8>>) {
    for f in findings {
        let places = f.at.iter().chain(f.notes.iter().filter_map(|note| note.at.as_ref()));
        for at in places {
            is_inside(&at.source, at.span, f);
            let path = at.path();
            // what cannot be read has a place without content: a directory with the name of a file, say
            let there = read(path).unwrap_or_default();
            assert_eq!(there, *at.source.bytes, "{}: {} is another file", f.rule.id, path.display());
        }
        for (source, edit) in f.fixes.iter().flat_map(|fix| &fix.edits) {
            is_inside(source, edit.span, f);
        }
    }
}

fn is_inside(source: &Source, span: Span, f: &Finding) {
    let range = span.range();
    assert!(range.start <= range.end && range.end <= source.bytes.len(), "{}: {span:?} is outside", f.rule.id);
    if let Ok(text) = std::str::from_utf8(&source.bytes) {
        let whole = text.is_char_boundary(range.start) && text.is_char_boundary(range.end);
        assert!(whole, "{}: {span:?} cuts a character of {text:?}", f.rule.id);
    }
}
