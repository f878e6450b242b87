//! Settings that the manager loads and that do nothing, or something else, next to others (`service_verify()`,
//! `service_add_extras()`).

use super::{At, Problem, State, Unit};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Message, UnitKind, key};

impl Unit {
    /// Notes what the manager warns of once the unit is loaded.
    pub(super) fn note_idle(&mut self) {
        if self.state != State::Loaded || self.kind() != UnitKind::Service {
            return;
        }
        let model = self.target.model;
        for (message, id, holds) in self.idle() {
            if !holds || !message.said_by(model) {
                continue;
            }
            let Some(a) = self.setting(id).and_then(|s| s.assignments.last()) else { continue };
            let line = self.files[usize::from(a.file)].syntax().items[a.item as usize].line;
            let at = At::Span { file: a.file, span: a.whole(), line };
            self.problems.push(Problem { message, at, about: id.name().to_owned() });
        }
    }

    fn idle(&self) -> [(Message, KeyId, bool); 9] {
        let set = |id| *self.value(id) != Value::Unset;
        let span = |id| match self.value(id) {
            Value::Span(n) => Some(*n),
            _ => None,
        };
        let max = span(key::RUNTIME_MAX_SEC).is_some_and(|n| n != u64::MAX);
        let steps = matches!(self.value(key::RESTART_STEPS), Value::Number(n) if *n > 0);
        let delay = span(key::RESTART_MAX_DELAY_SEC).filter(|n| *n != u64::MAX);
        let restart = span(key::RESTART_SEC).unwrap_or(100_000);
        let credentials = [
            key::LOAD_CREDENTIAL,
            key::LOAD_CREDENTIAL_ENCRYPTED,
            key::SET_CREDENTIAL,
            key::SET_CREDENTIAL_ENCRYPTED,
            key::IMPORT_CREDENTIAL,
        ];
        let credential = credentials.into_iter().any(set);
        let post = !self.value(key::EXEC_START_POST).is_empty();
        let kind = self.word(key::TYPE_SERVICE);
        [
            (Message::RuntimemaxOneshot, key::RUNTIME_MAX_SEC, max && kind == "oneshot"),
            (
                Message::RuntimeRandomizedWithoutMax,
                key::RUNTIME_RANDOMIZED_EXTRA_SEC,
                set(key::RUNTIME_RANDOMIZED_EXTRA_SEC) && !max,
            ),
            (Message::RestartStepsWithoutMax, key::RESTART_STEPS, steps && delay.is_none()),
            (Message::RestartMaxWithoutSteps, key::RESTART_MAX_DELAY_SEC, delay.is_some() && !steps),
            (Message::RestartMaxSmaller, key::RESTART_MAX_DELAY_SEC, delay.is_some_and(|d| d < restart)),
            (
                Message::RestartRandomizedInfinity,
                key::RESTART_RANDOMIZED_DELAY_SEC,
                span(key::RESTART_RANDOMIZED_DELAY_SEC) == Some(u64::MAX),
            ),
            (Message::CredentialsRace, key::EXEC_START_POST, kind == "simple" && post && credential),
            (
                Message::UsbDescriptorsWithoutStrings,
                key::USB_FUNCTION_DESCRIPTORS,
                set(key::USB_FUNCTION_DESCRIPTORS) && !set(key::USB_FUNCTION_STRINGS),
            ),
            (
                Message::UsbStringsWithoutDescriptors,
                key::USB_FUNCTION_STRINGS,
                set(key::USB_FUNCTION_STRINGS) && !set(key::USB_FUNCTION_DESCRIPTORS),
            ),
        ]
    }
}
