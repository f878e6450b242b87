//! Which units are enabled when they are installed: the `*.preset` files of systemd.preset(5). They lie beside the units of a
//! root; where there is no root, there are none.

use super::{Catalog, unit_directory};
use crate::text::{Loc, Source, Span};
use crate::tree::{self, Tree};
use crate::vocab::Scope;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where they are searched below a root, the strongest first.
const TOPS: [&str; 5] = ["etc", "run", "usr/local/lib", "usr/lib", "lib"];

/// Those of a whole distribution are shorter.
const LARGEST: u64 = 1024 * 1024;

/// The lines of one file.
pub struct Preset {
    /// the file, as it was reached
    pub path: PathBuf,
    /// its lines, without comments
    pub lines: Vec<PresetLine>,
    source: Arc<Source>,
}

/// `enable foo.service`
pub struct PresetLine {
    /// what is to be done
    pub verb: Box<str>,
    /// the name of a unit, or a pattern
    pub pattern: Box<str>,
    at: Span,
}

impl Preset {
    /// Those of the root that a search path belongs to. A file hides those of the same name in weaker directories.
    pub fn all(tree: &dyn Tree, catalog: &Catalog) -> Vec<Self> {
        let root = &catalog.root;
        if !catalog.directories.iter().any(|d| unit_directory(d).is_some_and(|u| u.root == *root)) {
            return Vec::new();
        }
        let below = match catalog.scope {
            Scope::System => "systemd/system-preset",
            Scope::User => "systemd/user-preset",
        };
        let (mut names, mut out): (BTreeSet<OsString>, Vec<Self>) = (BTreeSet::new(), Vec::new());
        for dir in TOPS.iter().map(|top| root.join(top).join(below)) {
            let Ok(real) = tree::resolve(tree, root, &dir) else { continue };
            for entry in tree.list(&real).unwrap_or_default() {
                let path = dir.join(&entry.name);
                if path.extension().is_some_and(|e| e == "preset") && names.insert(entry.name) {
                    out.extend(Self::read(tree, root, path));
                }
            }
        }
        out
    }

    fn read(tree: &dyn Tree, root: &Path, path: PathBuf) -> Option<Self> {
        let real = tree::resolve(tree, root, &path).ok()?;
        tree.stat(&real).ok().filter(|s| s.size <= LARGEST)?;
        let source = Arc::new(Source::new(path.clone(), tree.read(&real).ok()?));
        let mut start = 0;
        let mut lines = Vec::new();
        for line in source.bytes.split_inclusive(|b| *b == b'\n') {
            let (from, text) = (start, std::str::from_utf8(line).unwrap_or_default());
            start += line.len();
            let mut words = text.split_whitespace();
            let (Some(verb), Some(pattern)) = (words.next(), words.next()) else { continue };
            if !verb.starts_with(['#', ';']) {
                // behind the verb
                let behind = text.find(verb).map_or(0, |at| at + verb.len());
                let at = from + behind + text[behind..].find(pattern).unwrap_or(0);
                let at = Span::new(at, at + pattern.len());
                lines.push(PresetLine { verb: verb.into(), pattern: pattern.into(), at });
            }
        }
        Some(Self { path, lines, source })
    }

    /// The pattern of a line.
    pub fn place(&self, line: &PresetLine) -> Loc {
        Loc { source: self.source.clone(), span: line.at }
    }
}

impl PresetLine {
    /// Whether it is the name of one unit, or of all instances of a template.
    pub fn is_name(&self) -> bool {
        !self.pattern.contains(['*', '?', '['])
    }

    /// Whether the line is about a unit. What is in brackets is about none.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.pattern.as_bytes(), name.as_bytes());
        let (mut p, mut n) = (0, 0);
        // where to go on when what follows the last star does not fit
        let mut star: Option<(usize, usize)> = None;
        while n < name.len() {
            match pattern.get(p) {
                Some(b'*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some(b'[') => return false,
                Some(b) if *b == b'?' || *b == name[n] => (p, n) = (p + 1, n + 1),
                _ => match star {
                    Some((at, from)) => {
                        star = Some((at, from + 1));
                        (p, n) = (at + 1, from + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern[p..].iter().all(|b| *b == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_a_shell_does() {
        let matches = |pattern: &str, name: &str| {
            PresetLine { verb: "enable".into(), pattern: pattern.into(), at: Span::default() }.matches(name)
        };
        assert!(matches("*", "a.service") && matches("a*.service*", "ab.service") && matches("?b*", "ab.c"));
        assert!(!matches("a*.socket", "a.service") && !matches("a", "ab") && !matches("[a]", "a"));
    }
}
