//! The messages of systemd's own loader, as facts: which exist, since when, and what they mean for the unit.

use super::table::{Text, reads};
use super::{MESSAGES, Message, Model};
use std::ops::Range;

/// What is known of a message.
#[derive(Debug)]
pub struct MessageInfo {
    pub(super) id: Text,
    pub(super) stage: Text,
    pub(super) kind: Text,
    pub(super) effect: Text,
    pub(super) trigger: Text,
    /// first release that says it
    pub since: u16,
    /// last release that says it
    pub until: u16,
}

reads! {
    MessageInfo {
        /// Its name in the data.
        id: Text,
        /// What systemd is doing when it says it: parse, load, scan, verify, …
        stage: Text,
        /// The sort of message as the recordings name it; empty where none fits.
        kind: Text,
        /// What happens to the line or the unit.
        effect: Text,
        /// When it is said.
        trigger: Text,
    }
}

impl Message {
    /// What is known of it.
    pub fn info(self) -> &'static MessageInfo {
        &MESSAGES[self as usize]
    }

    /// Whether the modelled release says it.
    pub fn said_by(self, model: Model) -> bool {
        (self.info().since..=self.info().until).contains(&model.number())
    }
}

/// Something wrong in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// what systemd says of it
    pub message: Message,
    /// where in the value, in bytes
    pub at: Range<usize>,
    /// the word or path it is about
    pub about: String,
}
