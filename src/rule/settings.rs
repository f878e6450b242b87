//! Conditions on the effective settings of a unit, as rule files write them: `PrivateNetwork`, `!Delegate`,
//! `Restart=always|on-failure`, `@root`, `@cap=CAP_SYS_ADMIN`.

use crate::unit::{Access, Unit};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Scope, set};

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
    /// they can make one of these system calls
    Call(&'static [&'static str]),
    /// they can make sockets of one of these families
    Family(&'static [&'static str]),
    /// they can make or join namespaces of one of these types
    Namespace(&'static [&'static str]),
    /// one of these paths is there for them
    Reachable(&'static [&'static str]),
    /// they can write to one of these paths, if its mode lets them
    Writable(&'static [&'static str]),
    /// they can open the disks of the machine, if their modes let them
    Disks,
    /// setuid programs and file capabilities give them more than they have
    NewPrivileges,
    /// a profile of portable services is laid over the unit, so that an image will be its root
    Attached,
}

impl Asks {
    /// The key, where it is about one.
    pub fn key(self) -> Option<KeyId> {
        match self {
            Self::On(key) | Self::Is(key, _) => Some(key),
            _ => None,
        }
    }
}

impl Condition {
    /// What is so when it holds, of the processes of a unit; `None` where that says nothing about them.
    pub fn told(&self, unit: &Unit) -> Option<String> {
        let or = |words: &[&str]| words.join(" or ");
        Some(match (self.negated, self.asks) {
            (false, Asks::Root) => "it runs as root".into(),
            (true, Asks::Root) => "it does not run as root".into(),
            (false, Asks::Capability(caps)) => {
                let names: Vec<_> = set::capability_names(caps & unit.capabilities()).collect();
                format!("it has {}", names.join(" and "))
            }
            (false, Asks::Call(names)) => {
                let open: Vec<_> = names.iter().filter(|n| unit.can_call(&[n])).map(|n| format!("{n}()")).collect();
                format!("it may call {}", open.join(", "))
            }
            (false, Asks::Family(names)) => format!("it may use {} sockets", or(names)),
            (false, Asks::Namespace(names)) => format!("it may enter {} namespaces", or(names)),
            (false, Asks::Reachable(paths)) => format!("{} can be reached", or(paths)),
            (false, Asks::Writable(paths)) => {
                let open: Vec<&str> = paths.iter().copied().filter(|p| unit.access(p) == Access::Writable).collect();
                format!("{} can be written", open.join(" and "))
            }
            (false, Asks::Disks) => "the disks can be opened".into(),
            (false, Asks::NewPrivileges) => "setuid programs work (no NoNewPrivileges=)".into(),
            (false, Asks::On(key)) => format!("{}= is set", key.name()),
            (true, Asks::On(key)) => format!("{}= is not set", key.name()),
            _ => return None,
        })
    }

    /// The key without which it holds for no unit.
    pub fn needs(&self) -> Option<KeyId> {
        match self.asks {
            Asks::On(key) | Asks::Is(key, _) if self.negated || Unit::DEFAULTED.has(key) => None,
            Asks::On(key) => Some(key),
            Asks::Is(key, words) => (!words.contains(&"")).then_some(key),
            _ => None,
        }
    }

    /// Whether it is so.
    pub fn holds(&self, unit: &Unit) -> bool {
        let holds = match self.asks {
            Asks::On(key) => is_on(unit, key),
            Asks::Is(key, words) => is_one_of(unit, key, words),
            Asks::Root => unit.is_privileged() && unit.scope == Scope::System,
            Asks::UserManager => unit.scope == Scope::User,
            Asks::Capability(caps) => unit.capabilities() & caps != 0,
            Asks::Call(names) => unit.can_call(names),
            Asks::Family(names) => names.iter().any(|f| unit.can_open_family(f)),
            Asks::Namespace(names) => names.iter().any(|n| unit.can_use_namespace(n)),
            Asks::Reachable(paths) => paths.iter().any(|p| unit.access(p) > Access::Hidden),
            Asks::Writable(paths) => paths.iter().any(|p| unit.access(p) == Access::Writable),
            Asks::Disks => unit.can_open_disks(),
            Asks::NewPrivileges => unit.may_gain_privileges(),
            Asks::Attached => unit.profile.is_some(),
        };
        holds != self.negated
    }
}

/// Whether a key is on: a boolean is true, a list has entries, anything else is set.
pub(super) fn is_on(unit: &Unit, key: KeyId) -> bool {
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
