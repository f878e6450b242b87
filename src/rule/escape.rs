//! Ways by which a process that was taken over can undo the sandbox it runs in: what each takes back, what it needs, and
//! what closes it. A way is told only when the effective unit proves that all it needs is there.

use super::Condition;
use crate::unit::{KeySet, Setting, State, Unit};
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
        self.undone_of(unit, &in_force(unit, &self.undoes.iter().copied().collect()))
    }

    /// The same for a unit of whose protections those that are [`in_force`] are known.
    pub fn undone_of(&self, unit: &Unit, in_force: &KeySet) -> Vec<KeyId> {
        if unit.state != State::Loaded || unit.kind() != UnitKind::Service {
            return Vec::new();
        }
        let is_there = |key: &&KeyId| in_force.has(**key);
        let open = self.undoes.iter().any(|key| is_there(&key)) && self.by.iter().all(|c| c.holds(unit));
        if open { self.undoes.iter().filter(is_there).copied().collect() } else { Vec::new() }
    }
}

/// Those protections of a unit that were asked for or came with others, and are not switched off.
pub fn in_force(unit: &Unit, protections: &KeySet) -> KeySet {
    if !unit.sets_any(protections) {
        return KeySet::default();
    }
    let counts = |s: &&Setting| protections.has(s.key) && is_in_force(s.key, &s.value);
    unit.settings().iter().filter(counts).map(|s| s.key).collect()
}

fn is_in_force(key: KeyId, value: &Value) -> bool {
    match value {
        Value::Unset => false,
        Value::Bool(on) => *on,
        Value::Word(word) => !key.key().is_false(word) && *word != "default" && *word != "all",
        value => !value.is_empty(),
    }
}
