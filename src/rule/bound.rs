//! The checks of the resource score: what a unit may take of its machine. The code beside each rule file tells the state a
//! unit is in; how bad a state is, and how much the check weighs, the rule file says.

use super::amount::{latest, limit, span};
use super::settings::is_on;
use super::{Check, Rule, Verdict};
use crate::unit::cgroups::{Manager, ROOT_SLICE};
use crate::unit::{State, Unit};
use crate::vocab::cgroup::{self, LAST_TRANSLATED};
use crate::vocab::size::Limit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Scope, UnitKind, key};

/// The `check` of a rule of the resource score; `None` where it does not apply.
pub type BoundCode = fn(&Given<'_>) -> Option<Bound>;

/// How far something is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// the key that decides
    pub key: KeyId,
    /// the state, by its name in the rule file; empty where nothing is wrong
    pub state: &'static str,
}

impl Bound {
    /// As it should be.
    pub fn good(key: KeyId) -> Option<Self> {
        Some(Self { key, state: "" })
    }

    /// In a state that is worse.
    pub fn bad(key: KeyId, state: &'static str) -> Option<Self> {
        Some(Self { key, state })
    }

    /// In a state that is worse, or as it should be.
    pub fn bad_if(bad: bool, key: KeyId, state: &'static str) -> Option<Self> {
        Some(Self { key, state: if bad { state } else { "" } })
    }
}

/// What a unit is for: which bounds can be asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// a service that runs until it is stopped
    Lasting,
    /// a service that is to come to an end by itself: `Type=oneshot`
    Oneshot,
    /// a socket
    Socket,
    /// a slice other than the root slice
    Slice,
    /// a mount or swap
    Mount,
}

impl Role {
    /// The role of a unit; `None` where nothing can be asked.
    pub fn of(unit: &Unit) -> Option<Self> {
        if unit.lone || unit.state != State::Loaded {
            return None;
        }
        match unit.kind() {
            UnitKind::Service if unit.word(key::TYPE_SERVICE) == "oneshot" => Some(Self::Oneshot),
            UnitKind::Service => Some(Self::Lasting),
            UnitKind::Socket => Some(Self::Socket),
            UnitKind::Slice if unit.name.as_str() != ROOT_SLICE => Some(Self::Slice),
            UnitKind::Mount | UnitKind::Swap => Some(Self::Mount),
            _ => None,
        }
    }
}

/// A unit, and what its manager gives it where it says nothing.
pub struct Given<'a> {
    /// the unit
    pub unit: &'a Unit,
    /// what it is for
    pub role: Role,
    manager: &'a Manager,
}

impl<'a> Given<'a> {
    /// `None` where nothing can be asked of the unit.
    pub fn of(unit: &'a Unit, manager: &'a Manager) -> Option<Self> {
        Some(Self { unit, role: Role::of(unit)?, manager })
    }

    /// Whether it is a service.
    pub fn is_service(&self) -> bool {
        matches!(self.role, Role::Lasting | Role::Oneshot)
    }

    /// Whether it is a service or holds some.
    pub fn has_processes(&self) -> bool {
        self.is_service() || self.role == Role::Slice
    }

    /// Whether it is a unit of the manager of a user.
    pub fn is_users(&self) -> bool {
        self.unit.scope == Scope::User
    }

    /// Whether it is a service of the early boot or the late shutdown: nobody is there yet who could want for something.
    pub fn is_early(&self) -> bool {
        self.is_service() && !self.unit.is_on(key::DEFAULT_DEPENDENCIES)
    }

    /// Whether it has control groups of its own making: what runs in them is bounded there.
    pub fn delegates(&self) -> bool {
        is_on(self.unit, key::DELEGATE)
    }

    /// The value of a key: the unit's, else what the manager gives.
    pub fn value(&self, key: KeyId) -> &'a Value {
        match self.unit.value(key) {
            Value::Unset => self.manager.given(key),
            value => value,
        }
    }

    /// The tasks that it may have at most.
    pub fn tasks_max(&self) -> Limit {
        match self.unit.value(key::TASKS_MAX) {
            Value::Limit(limit) => *limit,
            // the default is not for slices
            _ if self.role == Role::Slice => Limit::Unlimited,
            _ => self.manager.tasks_max,
        }
    }

    /// The limit of memory that nothing goes beyond, with its key.
    pub fn memory_max(&self) -> Option<(KeyId, Limit)> {
        let old = || {
            Some((key::MEMORY_LIMIT, limit(self.unit, key::MEMORY_LIMIT)?)).filter(|_| self.counts(key::MEMORY_LIMIT))
        };
        limit(self.unit, key::MEMORY_MAX).map(|limit| (key::MEMORY_MAX, limit)).or_else(old)
    }

    /// A weight below the usual one, with its key.
    pub fn low_weight(&self, new: KeyId, old: KeyId, scale: fn(u64) -> u64) -> Option<(KeyId, u64)> {
        let number = |id| match self.unit.value(id) {
            Value::Number(n) => u64::try_from(*n).ok(),
            _ => None,
        };
        let old = || Some((old, scale(number(old).filter(|_| self.counts(old))?)));
        number(new).map(|n| (new, n)).or_else(old).filter(|(_, weight)| *weight < 100)
    }

    /// Whether a key of cgroup v1 has a say: the release translates it, and no key of the new sort is set.
    fn counts(&self, old: KeyId) -> bool {
        let new = cgroup::family(old).map_or(&[][..], |f| f.new);
        self.unit.target.systemd <= LAST_TRANSLATED && new.iter().all(|k| *self.unit.value(*k) == Value::Unset)
    }

    /// A time that one of several keys sets, with its key; what the manager gives goes by the last of them.
    pub fn timeout(&self, keys: &[KeyId]) -> Option<(KeyId, u64)> {
        let given = || match self.manager.given(*keys.last()?) {
            Value::Span(us) => Some((*keys.last()?, *us)),
            _ => None,
        };
        self.said(keys).or_else(given)
    }

    /// The same where the manager has nothing to give.
    pub fn said(&self, keys: &[KeyId]) -> Option<(KeyId, u64)> {
        latest(self.unit, keys).and_then(|(id, _)| Some((id, span(self.unit, id)?)))
    }
}

/// Judges a unit by a check of the resource score.
pub fn bound(rule: &Rule, given: &Given<'_>) -> Option<Verdict> {
    let (Check::Bound(code), Some(resources)) = (rule.check, rule.resources) else { return None };
    let Bound { key, state } = code(given)?;
    Some(Verdict { badness: Some(resources.badness(state)), state, key })
}
