//! Conditions on the effective settings of a unit, as rule files write them: `PrivateNetwork`, `!Delegate`,
//! `Restart=always|on-failure`, `@root`, `@cap=CAP_SYS_ADMIN`.

use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Scope};

/// A condition.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    /// it must not hold
    pub negated: bool,
    /// what it asks
    pub asks: Asks,
}

/// What a condition asks.
#[derive(Clone, Copy, Debug)]
pub enum Asks {
    /// the key is on: a boolean is true, a list has entries, anything else is set
    On(KeyId),
    /// the value of the key, or an entry of its list, is one of these
    Is(KeyId, &'static [&'static str]),
    /// the processes run as root
    Root,
    /// a unit of the manager of a user
    UserManager,
    /// the processes have one of these capabilities
    Capability(u64),
}

impl Condition {
    /// Whether it is so.
    pub fn holds(&self, unit: &Unit) -> bool {
        let holds = match self.asks {
            Asks::On(key) => is_on(unit, key),
            Asks::Is(key, words) => is_one_of(unit, key, words),
            Asks::Root => unit.is_privileged() && unit.scope == Scope::System,
            Asks::UserManager => unit.scope == Scope::User,
            Asks::Capability(caps) => has_capability(unit, caps),
        };
        holds != self.negated
    }
}

fn is_on(unit: &Unit, key: KeyId) -> bool {
    match unit.value(key) {
        Value::Unset | Value::Bool(_) | Value::Word(_) => unit.is_on(key),
        Value::Number(n) => *n != 0,
        Value::Span(n) => *n != 0,
        value => !value.is_empty(),
    }
}

fn is_one_of(unit: &Unit, key: KeyId, words: &[&str]) -> bool {
    let known = |text: &str| words.contains(&text);
    match unit.value(key) {
        Value::Unset | Value::Word(_) => known(unit.word(key)),
        Value::Bool(on) => known(if *on { "yes" } else { "no" }),
        Value::Text(text) => known(text),
        Value::Number(n) => known(&n.to_string()),
        Value::List(list) => list.iter().any(|entry| known(entry)),
        _ => false,
    }
}

/// Whether the processes of the unit have one of these capabilities once they run.
fn has_capability(unit: &Unit, caps: u64) -> bool {
    let ambient = match unit.value(crate::vocab::key::AMBIENT_CAPABILITIES) {
        Value::Capabilities(bits) => *bits,
        _ => 0,
    };
    let own = if unit.is_privileged() { u64::MAX } else { ambient };
    unit.scope == Scope::System && unit.bounding_set() & own & caps != 0
}
