//! What a rule says of a unit: plain data for every emitter.

use super::{Level, Rule, Safety};
use crate::text::{Edit, Loc, Source};
use crate::vocab::Scope;
use std::path::PathBuf;
use std::sync::Arc;

/// Something to tell the user.
#[derive(Clone, Debug)]
pub struct Finding {
    /// whose finding it is
    pub rule: &'static Rule,
    /// as the configuration wants it
    pub level: Level,
    /// the unit
    pub unit: String,
    /// whose manager
    pub scope: Scope,
    /// where the unit was found
    pub path: PathBuf,
    /// the word or header it is about; `None` for the unit as a whole
    pub at: Option<Loc>,
    /// what is wrong
    pub message: String,
    /// what explains it
    pub notes: Vec<Note>,
    /// what mends it
    pub fixes: Vec<Fix>,
    /// what systemd itself would print
    pub verify: Option<Verify>,
}

/// A remark, perhaps on another place.
#[derive(Clone, Debug)]
pub struct Note {
    /// the remark
    pub text: String,
    /// the place
    pub at: Option<Loc>,
}

impl Note {
    /// A remark without a place.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), at: None }
    }

    /// A remark on a place.
    pub fn on(at: Loc, text: impl Into<String>) -> Self {
        Self { text: text.into(), at: Some(at) }
    }
}

/// A change that mends a finding.
#[derive(Clone, Debug)]
pub struct Fix {
    /// what to do
    pub title: String,
    /// how sure it is
    pub safety: Safety,
    /// in which files; empty where the change is a drop-in's
    pub edits: Vec<(Arc<Source>, Edit)>,
}

impl Fix {
    /// A line to write somewhere: no edit of a file at hand.
    pub fn line(title: impl Into<String>, safety: Safety) -> Self {
        Self { title: title.into(), safety, edits: Vec::new() }
    }

    /// Other text at a place.
    pub fn replace(title: impl Into<String>, safety: Safety, at: &Loc, insert: impl Into<String>) -> Self {
        Self::line(title, safety).and(at, insert)
    }

    /// With one more edit.
    #[must_use]
    pub fn and(mut self, at: &Loc, insert: impl Into<String>) -> Self {
        self.edits.push((at.source.clone(), Edit { span: at.span, insert: insert.into() }));
        self
    }
}

/// A message of systemd's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verify {
    /// the sort of message
    pub kind: &'static str,
    /// the file that it names
    pub file: Option<PathBuf>,
    /// the line that it names: the last physical one of a continued assignment
    pub line: Option<u32>,
    /// the unit that it names instead
    pub unit: Option<String>,
}
