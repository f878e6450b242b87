//! One layer of an image: files that come, and the names of those that go.

use super::super::account::{Account, Ended};
use super::super::contents::Contents;
use super::super::intake::Intake;
use super::super::problem::ProblemKind;
use std::io::Read;

/// How the name of a file begins that hides one of a lower layer.
const WHITEOUT: &[u8] = b".wh.";
/// The rest of the name of the one that hides all of a directory.
const OPAQUE: &[u8] = b".wh..opq";

/// What a layer changes.
pub(super) struct Layer {
    contents: Contents,
    /// names that it takes away
    hidden: Vec<Vec<u8>>,
    /// directories of which it takes away what lower layers have in them
    opaque: Vec<Vec<u8>>,
}

impl Layer {
    /// Reads as much of a layer as there is; what ended it is told.
    pub(super) fn read(from: impl Read, account: &Account<'_>) -> Self {
        let mut intake = Intake::new(account);
        let (mut hidden, mut opaque) = (Vec::new(), Vec::new());
        let _: Result<(), Ended> = super::unpacked(from, account, &mut |entry, data| {
            let base = entry.name.rsplit(|b| *b == b'/').next().unwrap_or_default();
            let Some(rest) = base.strip_prefix(WHITEOUT) else { return intake.take(&entry, data) };
            let Some(path) = intake.components(entry.name) else { return Ok(()) };
            let above = &path[..path.len().saturating_sub(1)];
            match rest {
                OPAQUE => opaque.push(above.join(&b'/')),
                b"" | b"." | b".." => {
                    account.tell(ProblemKind::Climbs, Some(entry.name), "it hides a directory from within");
                }
                // what aufs kept for itself
                _ if rest.starts_with(WHITEOUT) => {}
                _ => hidden.push([above, &[rest]].concat().join(&b'/')),
            }
            Ok(())
        });
        Self { contents: intake.contents, hidden, opaque }
    }

    /// Lays it over the layers below it: what it hides is theirs, never its own.
    pub(super) fn lay(&self, over: &mut Contents) {
        fn parts(path: &[u8]) -> Vec<&[u8]> {
            path.split(|b| *b == b'/').filter(|p| !p.is_empty()).collect()
        }
        for path in &self.opaque {
            over.clear(&parts(path));
        }
        for path in &self.hidden {
            over.remove(&parts(path));
        }
        over.lay(&self.contents);
    }
}
