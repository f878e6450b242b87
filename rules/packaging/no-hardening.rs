//! Packages in which no service closes anything.

use crate::rule::{Hit, Note, Shipped, exposure_keys};
use crate::unit::{From, State, Unit};
use crate::vocab::{KeyId, Scope, Section, UnitKind, key};

/// Keys that are checked with the exposure and close nothing by themselves.
const OTHERS: [KeyId; 5] =
    [key::DEFAULT_DEPENDENCIES, key::DELEGATE, key::NOTIFY_ACCESS, key::KEYRING_MODE, key::UMASK];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let keys: Vec<KeyId> = exposure_keys().filter(|k| !OTHERS.contains(k)).collect();
    let assigned = |u: &Unit, k: KeyId| u.setting(k).is_some_and(|s| matches!(s.from, From::Assigned(_)));
    let runs = |u: &&Unit| {
        let own = u.kind() == UnitKind::Service && u.scope == Scope::System && u.state == State::Loaded && !u.lone;
        own && u.word(key::TYPE_SERVICE) != "oneshot" && u.counted(key::EXEC_START).next().is_some()
    };
    let services: Vec<&Unit> = shipped.units.iter().filter(runs).collect();
    let Some(first) = services.first() else { return Vec::new() };
    // a whole system has the score of each service
    if shipped.is_whole || services.iter().any(|u| keys.iter().any(|k| assigned(u, *k))) {
        return Vec::new();
    }
    let at = |u: &Unit| u.header(Section::Service).map(|h| u.loc(h.file, h.span));
    let mut hit = Hit { at: at(first), ..Hit::whole(&first.path) };
    for other in &services[1..] {
        hit.notes.extend(at(other).map(|at| Note::on(at, format!("nor does {}", other.name))));
    }
    let count = services.len();
    let hit =
        if count == 1 { hit.word("unit", first.name.as_str()) } else { hit.state("all").word("n", count.to_string()) };
    vec![hit.help("`unitlint fix` proposes lines, each with what speaks against it")]
}
