//! What a manager without privileges does not do, or fails at: seen on 252, 257 and 262 with the manager of an ordinary
//! user. That of root can do nearly all of it.

use crate::rule::Hit;
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Scope, key};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if unit.scope != Scope::User || unit.lone {
        return Vec::new();
    }
    let namespace = has_user_namespace(unit);
    let mut hits = Vec::new();
    for setting in unit.settings() {
        let Some(a) = unit.decisive(setting.key).filter(|_| !setting.assignments.is_empty()) else { continue };
        let Some(state) = state(unit, setting.key, namespace) else { continue };
        let named = unit.entry(a).text().contains('%');
        if !named || state != "identity" {
            hits.push(Hit::at(unit.loc(a.file, a.whole())).state(state).word("key", setting.key.name()));
        }
    }
    hits
}

/// What becomes of a setting; `None` where it is carried out.
fn state(unit: &Unit, id: KeyId, namespace: bool) -> Option<&'static str> {
    let model = unit.target.model;
    let old = model.number() < 254;
    match id {
        key::USER | key::GROUP | key::SUPPLEMENTARY_GROUPS => is_on(unit, id).then_some("identity"),
        key::PAM_NAME => (!old && is_on(unit, id)).then_some("identity"),
        key::CAPABILITY_BOUNDING_SET | key::AMBIENT_CAPABILITIES => {
            let changes = match *unit.value(id) {
                Value::Capabilities(bits) => bits != 0 || id == key::CAPABILITY_BOUNDING_SET,
                _ => false,
            };
            // the session may hand this one on
            let alarm = id == key::AMBIENT_CAPABILITIES && !old;
            (changes && !namespace && !alarm).then_some("capabilities")
        }
        key::REMOVE_IPC => unit.is_on(id).then_some("skipped"),
        key::PROTECT_PROC => (unit.word(id) != "default").then_some("skipped"),
        _ if !old || namespace || !is_on(unit, id) => None,
        key::PRIVATE_DEVICES | key::PROTECT_CLOCK | key::PROTECT_KERNEL_MODULES | key::PROTECT_KERNEL_LOGS => {
            Some("drops")
        }
        key::BIND_PATHS | key::BIND_READ_ONLY_PATHS | key::TEMPORARY_FILE_SYSTEM => Some("mounts"),
        key::PRIVATE_USERS | key::ROOT_DIRECTORY => None,
        _ => (adds_mounts(id) || id.key().user_manager(model) == "needs-user-namespace").then_some("old"),
    }
}

/// Whether a user namespace is made: asked for, or since 254 needed by another setting.
fn has_user_namespace(unit: &Unit) -> bool {
    let model = unit.target.model;
    let needs = |id: KeyId| {
        let own = matches!(id, key::CAPABILITY_BOUNDING_SET | key::AMBIENT_CAPABILITIES);
        !own && is_on(unit, id) && (id.key().user_manager(model) == "needs-user-namespace" || adds_mounts(id))
    };
    unit.is_on(key::PRIVATE_USERS) || model.number() >= 254 && unit.settings().iter().any(|s| needs(s.key))
}

fn adds_mounts(id: KeyId) -> bool {
    matches!(id, key::PROTECT_SYSTEM | key::BIND_PATHS | key::BIND_READ_ONLY_PATHS | key::PROTECT_CONTROL_GROUPS)
}

fn is_on(unit: &Unit, id: KeyId) -> bool {
    match unit.value(id) {
        Value::Unset => false,
        Value::Bool(on) => *on,
        Value::Word(_) => unit.is_on(id),
        value => !value.is_empty(),
    }
}
