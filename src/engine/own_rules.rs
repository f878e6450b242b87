//! A user's own rules: directories of rule files in the format of `rules/`.

use super::config::{load, place};
use crate::rule::{Group, Registry, own};
use crate::text::{Loc, Source};
use crate::tree::Tree;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Reads the rule files of a directory. What is wrong with them is told with its place; those that are right count.
///
/// # Errors
/// The directory cannot be read.
pub(super) fn read(tree: &dyn Tree, dir: &Path, rules: &mut Registry) -> io::Result<Vec<(Loc, String)>> {
    let mut faults = Vec::new();
    for entry in tree.list(dir)? {
        let path = dir.join(&entry.name);
        let Some(id) = entry.name.to_str().and_then(|n| n.strip_suffix(".toml")) else { continue };
        let (bytes, unread) = match load(tree, dir, &path) {
            Ok(bytes) => (bytes, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let source = Arc::new(Source::new(&path, bytes));
        let mut fault = |at, what| faults.push((place(&source, at), what));
        if let Some(why) = unread {
            fault(0..0, format!("the rule cannot be read: {why}"));
            continue;
        }
        match own::read(id, &source).map(|rule| rules.add(rule)) {
            Ok(Ok(_)) => {}
            Ok(Err(known)) if known.group == Group::Policy => {
                fault(0..0, format!("another of your rules is called {id}: give the file another name"));
            }
            Ok(Err(_)) => fault(0..0, format!("{id} is a built-in rule: give the file another name")),
            Err(wrong) => wrong.into_iter().for_each(|(at, what)| fault(at, what)),
        }
    }
    Ok(faults)
}
