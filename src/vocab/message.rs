//! The messages of systemd's own loader, as facts: which exist, since when, and what they mean for the unit.

use super::{MESSAGES, Message, Model};
use std::ops::Range;

/// What is known of a message.
#[derive(Debug)]
pub struct MessageInfo {
    /// its name in the data
    pub id: &'static str,
    /// what systemd is doing when it says it: parse, load, scan, verify, …
    pub stage: &'static str,
    /// the sort of message as the recordings name it; empty where none fits
    pub kind: &'static str,
    /// what happens to the line or the unit
    pub effect: &'static str,
    /// when it is said
    pub trigger: &'static str,
    /// first release that says it
    pub since: u16,
    /// last release that says it
    pub until: u16,
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
