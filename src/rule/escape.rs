//! Ways by which a process that was taken over can undo the sandbox it runs in: what each takes back, what it needs, and
//! what closes it. A way is told only when the effective unit proves that all it needs is there.

use super::Condition;
use crate::unit::{State, Unit};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, UnitKind};

/// A way out.
#[derive(Clone, Copy, Debug)]
pub struct Escape {
    /// the protections that it takes back
    pub undoes: &'static [KeyId],
    /// what it needs, all of it
    pub by: &'static [Condition],
    /// lines each of which closes it, the cheapest first
    pub closes: &'static [&'static str],
    /// it is no news by itself: it needs a hole in another program, or nearly every service has it
    pub weak: bool,
}

impl Escape {
    /// The protections of a unit that it takes back; none where there is no such protection or no such way.
    pub fn undone(&self, unit: &Unit) -> Vec<KeyId> {
        if unit.state != State::Loaded || unit.kind() != UnitKind::Service {
            return Vec::new();
        }
        let undone: Vec<KeyId> = self.undoes.iter().copied().filter(|key| in_force(unit, *key)).collect();
        if undone.is_empty() || !self.by.iter().all(|c| c.holds(unit)) { Vec::new() } else { undone }
    }
}

/// Whether a protection was asked for.
fn in_force(unit: &Unit, key: KeyId) -> bool {
    match unit.value(key) {
        Value::Unset => false,
        Value::Bool(on) => *on,
        Value::Word(word) => *word != key.key().false_word && *word != "default" && *word != "all",
        value => !value.is_empty(),
    }
}
