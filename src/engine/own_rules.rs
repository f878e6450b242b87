//! A user's own rules: directories of rule files in the format of `rules/`.

use crate::rule::{Registry, own};
use crate::text::{Loc, Source, Span};
use crate::tree::{NodeKind, Tree};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Reads the rule files of a directory. What is wrong with them is told with its place; those that are right count.
///
/// # Errors
/// The directory cannot be read.
pub(super) fn read(tree: &dyn Tree, dir: &Path, rules: &mut Registry) -> io::Result<Vec<(Loc, String)>> {
    let mut faults = Vec::new();
    let entries = tree.list(dir)?;
    for entry in entries.iter().filter(|e| e.kind == NodeKind::File) {
        let path = dir.join(&entry.name);
        let Some(id) = entry.name.to_str().and_then(|n| n.strip_suffix(".toml")) else { continue };
        let source = Arc::new(match tree.read(&path) {
            Ok(bytes) => Source::new(&path, bytes),
            Err(e) => {
                let nowhere = Loc { source: Arc::new(Source::new(&path, Vec::new())), span: Span::default() };
                faults.push((nowhere, format!("{}: {e}", path.display())));
                continue;
            }
        });
        let loc = |range: std::ops::Range<usize>| Loc {
            source: source.clone(),
            span: Span::new(range.start.min(source.bytes.len()), range.end.min(source.bytes.len())),
        };
        match std::str::from_utf8(&source.bytes) {
            Err(e) => faults.push((loc(e.valid_up_to()..e.valid_up_to() + 1), "this is not UTF-8".into())),
            Ok(text) => match own::parse(id, text) {
                Err(wrong) => faults.extend(wrong.into_iter().map(|(range, what)| (loc(range), what))),
                Ok(rule) => {
                    if let Err(known) = rules.add(rule) {
                        faults.push((loc(0..0), format!("there is a rule {} already: {}", known.id, known.file())));
                    }
                }
            },
        }
    }
    Ok(faults)
}
