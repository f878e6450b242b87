//! Places in files whose text is not kept: what looks at a whole system holds a place for each line that names another unit,
//! and only a few of them are ever told. For these the files are read once more.

use crate::rule::Finding;
use crate::text::{Loc, Source};
use crate::tree::{self, Tree};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The files of one unit without their text, one for each that is met.
#[derive(Default)]
pub(super) struct Outlines(Vec<(Arc<Source>, Arc<Source>)>);

impl Outlines {
    /// Lets a place keep the path and not the text.
    pub(super) fn shed(&mut self, at: &mut Loc) {
        let known = self.0.iter().find(|(whole, _)| Arc::ptr_eq(whole, &at.source)).map(|(_, outline)| outline.clone());
        let outline = known.unwrap_or_else(|| {
            let outline = Arc::new(at.source.outline());
            self.0.push((at.source.clone(), outline.clone()));
            outline
        });
        at.source = outline;
    }
}

/// Files that are read once more.
pub(super) struct Readers<'a> {
    tree: &'a dyn Tree,
    root: &'a Path,
    read: BTreeMap<PathBuf, Option<Arc<Source>>>,
}

impl<'a> Readers<'a> {
    /// Nothing read yet; no link leads out of `root`.
    pub(super) fn new(tree: &'a dyn Tree, root: &'a Path) -> Self {
        Self { tree, root, read: BTreeMap::new() }
    }

    /// Gives the places of a finding their files again. Where a file has changed meanwhile nobody knows the place any more.
    pub(super) fn restore(&mut self, finding: &mut Finding) {
        let mut place = |at: &mut Option<Loc>| {
            if let Some(known) = at.as_mut().filter(|at| at.source.is_outline()) {
                match self.whole(&known.source) {
                    Some(source) => known.source = source,
                    None => *at = None,
                }
            }
        };
        place(&mut finding.at);
        finding.notes.iter_mut().for_each(|note| place(&mut note.at));
        finding.fixes.retain_mut(|fix| {
            fix.edits.iter_mut().all(|(source, _)| match source.is_outline() {
                true => self.whole(source).map(|whole| *source = whole).is_some(),
                false => true,
            })
        });
    }

    fn whole(&mut self, outline: &Source) -> Option<Arc<Source>> {
        let (tree, root) = (self.tree, self.root);
        let read = || {
            let direct = tree.read(&outline.path).ok();
            let bytes = direct.or_else(|| tree.read(&tree::resolve(tree, root, &outline.path).ok()?).ok())?;
            outline.is_outline_of(&bytes).then(|| Arc::new(Source::new(outline.path.clone(), bytes)))
        };
        self.read.entry(outline.path.clone()).or_insert_with(read).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{Fix, Note, RULES, Safety};
    use crate::text::Span;
    use crate::tree::Memory;

    #[test]
    fn places_come_back_unless_the_file_has_changed() {
        let path = Path::new("/etc/systemd/system/a.service");
        let text = b"[Unit]\nAfter=b.service\n";
        let source = Arc::new(Source::new(path, text.to_vec()));
        let whole = Loc { source, span: Span::new(13, 22) };
        let mut at = whole.clone();
        let mut outlines = Outlines::default();
        outlines.shed(&mut at);
        assert!(at.source.is_outline() && at.source.bytes.is_empty() && at.path() == path);
        let mut again = whole.clone();
        outlines.shed(&mut again);
        assert_eq!(again, at);
        for (now, found) in [(&text[..], true), (b"[Unit]\nAfter=c.service\n", false)] {
            let tree = Memory::new().file(path, now);
            let mut finding = crate::engine::check::nothing(&RULES[0], crate::vocab::Scope::System, path.into());
            finding.at = Some(at.clone());
            finding.notes.push(Note::on(at.clone(), "here"));
            finding.fixes.push(Fix::replace("mend", Safety::Unsafe, &at, "b"));
            Readers::new(&tree, Path::new("/")).restore(&mut finding);
            let place = finding.at.as_ref().map(|at| (at.start().line, at.source.text(at.span).into_owned()));
            assert_eq!(place, found.then(|| (2, "b.service".to_owned())));
            assert_eq!((finding.notes[0].at.is_some(), finding.fixes.len()), (found, usize::from(found)));
        }
    }
}
