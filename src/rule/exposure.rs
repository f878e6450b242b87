//! The checks of `systemd-analyze security`, to the integer (`analyze-security.c`; data: `exposure.json`).

use super::{Check, Condition, Rule};
use crate::unit::{Assignment, Unit};
use crate::vocab::set::ALL_NAMESPACES;
use crate::vocab::syscall::{self, SyscallGroup};
use crate::vocab::value::Value;
use crate::vocab::{ADDRESS_FAMILIES, KeyId, key, user};

/// What a check says of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// 0 is good; `None` where the check does not apply
    pub badness: Option<u32>,
    /// the state, which chooses the message
    pub state: &'static str,
    /// the key that decides
    pub key: KeyId,
}

/// Judges a unit by a rule's check; `None` for a check of another sort.
pub fn judge(rule: &Rule, unit: &Unit) -> Option<Verdict> {
    // a key that this type of unit does not take is no fault of it
    let foreign = |key: KeyId| !key.key().placements().iter().any(|p| p.section.fits(unit.kind()));
    let mut verdict = check(&rule.check, unit, rule.exposure.map_or(1, |e| e.range))?;
    if rule.exposure.is_none() && verdict.badness != Some(0) && rule.check.key().is_some_and(foreign) {
        return None;
    }
    let needs = rule.exposure.is_some_and(|e| e.needs_default_dependencies);
    if needs && !unit.is_on(key::DEFAULT_DEPENDENCIES) {
        verdict.badness = None;
        verdict.key = key::DEFAULT_DEPENDENCIES;
    }
    Some(verdict)
}

/// The keys that the checks of the score look at.
pub fn exposure_keys() -> impl Iterator<Item = KeyId> {
    const OTHERS: [KeyId; 20] = [
        key::AMBIENT_CAPABILITIES,
        key::CAPABILITY_BOUNDING_SET,
        key::DEFAULT_DEPENDENCIES,
        key::DEVICE_ALLOW,
        key::DEVICE_POLICY,
        key::DYNAMIC_USER,
        key::IP_ADDRESS_ALLOW,
        key::IP_ADDRESS_DENY,
        key::IP_EGRESS_FILTER_PATH,
        key::IP_INGRESS_FILTER_PATH,
        key::REMOVE_IPC,
        key::RESTRICT_ADDRESS_FAMILIES,
        key::RESTRICT_NAMESPACES,
        key::ROOT_DIRECTORY,
        key::ROOT_IMAGE,
        key::SUPPLEMENTARY_GROUPS,
        key::SYSTEM_CALL_ARCHITECTURES,
        key::SYSTEM_CALL_FILTER,
        key::UMASK,
        key::USER,
    ];
    super::exposure_rules().filter_map(|(rule, _)| rule.check.key()).chain(OTHERS)
}

fn check(check: &Check, unit: &Unit, range: u32) -> Option<Verdict> {
    let verdict = |key, badness: u32, state| Verdict { badness: Some(badness), state, key };
    let flag = |key, bad: bool| verdict(key, if bad { range } else { 0 }, "");
    Some(match *check {
        Check::Bool { key, bad } => flag(key, unit.is_on(key) == bad),
        Check::Enum { key, badness } => {
            let word = unit.word(key);
            let found = badness.iter().find(|(w, _)| *w == word);
            // a word that the table does not know is the worst
            verdict(key, found.map_or(range, |(_, b)| *b), found.map_or("", |(w, _)| w))
        }
        Check::CapabilityBoundingSet { caps } => flag(key::CAPABILITY_BOUNDING_SET, unit.bounding_set() & caps != 0),
        Check::AmbientCapabilities => flag(
            key::AMBIENT_CAPABILITIES,
            matches!(unit.value(key::AMBIENT_CAPABILITIES), Value::Capabilities(bits) if *bits != 0),
        ),
        Check::RestrictNamespaces { mask } => {
            let left = match unit.value(key::RESTRICT_NAMESPACES) {
                Value::Namespaces(bits) => *bits,
                _ => ALL_NAMESPACES,
            };
            flag(key::RESTRICT_NAMESPACES, left & mask != 0)
        }
        Check::RestrictAddressFamilies { families } => {
            flag(key::RESTRICT_ADDRESS_FAMILIES, family_allowed(unit, families))
        }
        Check::SyscallFilter { group } => {
            let (badness, state) = syscalls(unit, group);
            verdict(key::SYSTEM_CALL_FILTER, badness, state)
        }
        Check::SyscallArchitectures => {
            let (badness, state) = match unit.value(key::SYSTEM_CALL_ARCHITECTURES) {
                Value::List(list) if list.len() == 1 && *list[0] == *"native" => (0, ""),
                Value::List(list) if !list.is_empty() => (8, "some"),
                _ => (10, "any"),
            };
            verdict(key::SYSTEM_CALL_ARCHITECTURES, badness, state)
        }
        Check::User => identity(unit),
        Check::SupplementaryGroups if unit.is_privileged() => not_applicable(key::USER),
        Check::SupplementaryGroups => {
            flag(key::SUPPLEMENTARY_GROUPS, !unit.value(key::SUPPLEMENTARY_GROUPS).is_empty())
        }
        Check::RemoveIpc if unit.is_privileged() || user_scope_of_262(unit) => not_applicable(key::USER),
        Check::RemoveIpc => flag(key::REMOVE_IPC, !unit.is_on(key::REMOVE_IPC)),
        Check::RootDirectory => root(unit),
        Check::Umask => {
            let mask = match unit.value(key::UMASK) {
                Value::Number(mask) => *mask,
                _ => 0o022,
            };
            let (badness, state) = match mask {
                m if m & 0o002 == 0 => (10, "world-writable"),
                m if m & 0o004 == 0 => (5, "world-readable"),
                m if m & 0o020 == 0 => (2, "group-writable"),
                m if m & 0o040 == 0 => (1, "group-readable"),
                _ => (0, ""),
            };
            verdict(key::UMASK, badness, state)
        }
        Check::IpAddress => addresses(unit),
        Check::DeviceAllow => match unit.word(key::DEVICE_POLICY) {
            "auto" if unit.setting(key::DEVICE_POLICY).is_none() => verdict(key::DEVICE_ALLOW, 10, "open"),
            "auto" => verdict(key::DEVICE_POLICY, 10, "open"),
            _ if unit.value(key::DEVICE_ALLOW).is_empty() => verdict(key::DEVICE_POLICY, 0, ""),
            _ => verdict(key::DEVICE_POLICY, 5, "some"),
        },
        Check::Settings { at, all, any, none } => {
            // what a lone drop-in leaves out stands in the unit that it is for
            if unit.lone && (!none.is_empty() || all.iter().chain(any).any(|c| c.negated)) {
                return None;
            }
            let holds = |c: &Condition| c.holds(unit);
            let met = all.iter().all(holds) && (any.is_empty() || any.iter().any(holds)) && !none.iter().any(holds);
            flag(at, met)
        }
        Check::Required { key } => flag(key, unit.decisive(key).is_none()),
        Check::Forbidden { key, values } => {
            let written = |a: &Assignment| values.is_empty() || values.contains(&&*unit.entry(a).value.text);
            flag(key, unit.decisive(key).is_some_and(written))
        }
        Check::ExposureScore
        | Check::ResourceScore
        | Check::Bound(_)
        | Check::Escape(_)
        | Check::EscapeSum
        | Check::Suppression
        | Check::Configuration
        | Check::Message { .. }
        | Check::Code(_)
        | Check::Files(_)
        | Check::Package(_)
        | Check::World(_)
        | Check::Relation { .. }
        | Check::Removed { .. } => {
            return None;
        }
    })
}

fn not_applicable(key: KeyId) -> Verdict {
    Verdict { badness: None, state: "", key }
}

fn user_scope_of_262(unit: &Unit) -> bool {
    unit.scope == crate::vocab::Scope::User && unit.target.model.number() >= 262
}

fn identity(unit: &Unit) -> Verdict {
    let name = unit.value(key::USER).text();
    let dynamic = unit.is_on(key::DYNAMIC_USER);
    let root = matches!(name, Some("0" | "root"));
    let (badness, state) = match name {
        Some(user::NOBODY) => (9, "nobody"),
        _ if dynamic && !root => (0, ""),
        Some(_) if !root => (0, ""),
        _ if user_scope_of_262(unit) => (0, ""),
        _ => (10, "root"),
    };
    let key = if name.is_none() && dynamic { key::DYNAMIC_USER } else { key::USER };
    Verdict { badness: Some(badness), state, key }
}

fn root(unit: &Unit) -> Verdict {
    let set = |id| unit.value(id).text().is_some_and(|p| !p.is_empty() && p != "/");
    let key = if set(key::ROOT_IMAGE) && !set(key::ROOT_DIRECTORY) { key::ROOT_IMAGE } else { key::ROOT_DIRECTORY };
    Verdict { badness: Some(u32::from(!set(key))), state: "", key }
}

/// Whether the stored list counts as open for a group of families; an empty group means all that have no group.
fn family_allowed(unit: &Unit, group: &[&str]) -> bool {
    const GROUPED: [&str; 5] = ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET"];
    let Value::Families(families) = unit.value(key::RESTRICT_ADDRESS_FAMILIES) else {
        return true;
    };
    let named =
        |number: u8, names: &[&str]| ADDRESS_FAMILIES.iter().any(|(name, n)| *n == number && names.contains(name));
    let listed = families.numbers().any(|n| if group.is_empty() { !named(n, &GROUPED) } else { named(n, group) });
    // one listed member decides: in an allow list the group is open, in a deny list it counts as closed
    listed == families.allow
}

fn syscalls(unit: &Unit, group: &SyscallGroup) -> (u32, &'static str) {
    let Value::Filter(filter) = unit.value(key::SYSTEM_CALL_FILTER) else {
        return (10, "none");
    };
    if !filter.allow && filter.set.is_empty() {
        return (10, "none");
    }
    let model = unit.target.model;
    let calls = group.members(model).and(&syscall::native(unit.target.arch, model));
    match (filter.allows(&calls).is_empty(), filter.allow) {
        (true, _) => (0, ""),
        (false, true) => (9, "allow"),
        (false, false) => (10, "deny"),
    }
}

fn addresses(unit: &Unit) -> Verdict {
    let verdict = |key, badness, state| Verdict { badness: Some(badness), state, key };
    let filters = [key::IP_INGRESS_FILTER_PATH, key::IP_EGRESS_FILTER_PATH];
    if let Some(key) = filters.into_iter().find(|k| !unit.value(*k).is_empty()) {
        return verdict(key, 0, "");
    }
    let list = |id| match unit.value(id) {
        Value::Prefixes(list) => Some(list),
        _ => None,
    };
    use crate::vocab::address::Prefix;
    if !list(key::IP_ADDRESS_DENY).is_some_and(|l| l.contains(&Prefix::ALL_V4) && l.contains(&Prefix::ALL_V6)) {
        return verdict(key::IP_ADDRESS_DENY, 10, "open");
    }
    match list(key::IP_ADDRESS_ALLOW).filter(|l| !l.is_empty()) {
        Some(allowed) if allowed.iter().any(|p| !p.is_localhost()) => verdict(key::IP_ADDRESS_ALLOW, 5, "some"),
        Some(_) => verdict(key::IP_ADDRESS_ALLOW, 2, "localhost"),
        None => verdict(key::IP_ADDRESS_DENY, 0, ""),
    }
}
