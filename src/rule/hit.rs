//! What a rule with code of its own says of a unit. The file `rules/<group>/<id>.rs` beside the rule file has one
//! function `check`; it looks at a unit and tells where it hits, in which state and with what to do. Words and levels are
//! the rule file's.

use super::{Fix, Level, Note};
use crate::text::Loc;
use crate::unit::Unit;
use crate::vocab::Message;
use std::path::PathBuf;

/// The `check` of a rule.
pub type Code = fn(&Unit) -> Vec<Hit>;

/// One place where a rule speaks.
#[derive(Clone, Debug, Default)]
pub struct Hit {
    /// chooses the message of the rule file; empty for the only one
    pub state: &'static str,
    /// what `{name}`s in the message stand for
    pub words: Vec<(&'static str, String)>,
    /// the word that it is about; `None` for the unit as a whole
    pub at: Option<Loc>,
    /// of a package: the file that it is about as a whole
    pub path: Option<PathBuf>,
    /// no more than this, where the rule's own level would be too much
    pub at_most: Option<Level>,
    /// what explains it, and what to do
    pub notes: Vec<Note>,
    /// what mends it
    pub fixes: Vec<Fix>,
    /// what `systemd-analyze verify` says of the same
    pub verify: Option<Message>,
}

impl Hit {
    /// A hit at a place.
    #[must_use]
    pub fn at(at: Loc) -> Self {
        Self { at: Some(at), ..Self::default() }
    }

    /// A hit at a file of a package as a whole.
    #[must_use]
    pub fn whole(path: impl Into<PathBuf>) -> Self {
        Self { path: Some(path.into()), ..Self::default() }
    }

    /// In a state that has a message of its own.
    #[must_use]
    pub fn state(mut self, state: &'static str) -> Self {
        self.state = state;
        self
    }

    /// With what `{name}` stands for.
    #[must_use]
    pub fn word(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.words.push((name, text.into()));
        self
    }

    /// No worse than a level.
    #[must_use]
    pub fn at_most(mut self, level: Level) -> Self {
        self.at_most = Some(level);
        self
    }

    /// With a remark.
    #[must_use]
    pub fn note(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }

    /// With a remark without a place.
    #[must_use]
    pub fn help(self, text: impl Into<String>) -> Self {
        self.note(Note::new(text))
    }

    /// Of which `systemd-analyze verify` says something as well.
    #[must_use]
    pub fn verify(mut self, message: Message) -> Self {
        self.verify = Some(message);
        self
    }

    /// With a change that mends it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }
}
