//! Units that parse and are refused all the same: `service_verify()` and its sisters for the other types.

mod other;
mod service;

use super::{At, Problem, State, Unit};
use crate::vocab::{Message, UnitKind};

impl Unit {
    /// Sets the state when the manager would not take the unit.
    pub(super) fn refuse(&mut self) {
        let exec = if self.kind().has_exec_context() { self.exec_conflict() } else { None };
        let found = exec.or_else(|| match self.kind() {
            UnitKind::Service => self.service_conflict(),
            UnitKind::Mount => self.mount_conflict(),
            UnitKind::Automount => self.automount_conflict(),
            UnitKind::Swap => self.swap_conflict(),
            UnitKind::Timer => self.timer_conflict(),
            UnitKind::Path => self.path_conflict(),
            UnitKind::Socket => self.socket_conflict(),
            UnitKind::Slice if !self.name.is_valid_slice() => Some(Message::SliceInvalidName),
            _ => None,
        });
        if let Some(message) = found {
            self.refuse_for(message);
        }
    }

    /// Refuses the unit with a message that names no line.
    pub(super) fn refuse_for(&mut self, message: Message) {
        self.state = State::Refused(message.info().trigger().to_owned());
        self.problems.push(Problem { message, at: At::Unit, about: String::new() });
    }
}
