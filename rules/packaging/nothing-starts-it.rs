//! Services that nothing in their package starts: not enabled, not pulled in, not activated, not named by a script.

use crate::load::{Activation, dependency_owner};
use crate::rule::maintainer;
use crate::rule::shipped::{ACTIVATION, UDEV, UNITS};
use crate::rule::{Hit, Shipped};
use crate::unit::{State, Unit};
use crate::vocab::{KeyId, UnitKind, is_well_known, key};
use std::collections::BTreeSet;

const INSTALL: [KeyId; 6] =
    [key::WANTED_BY, key::REQUIRED_BY, key::UPHELD_BY, key::ALSO, key::ALIAS, key::DEFAULT_INSTANCE];

/// Who names a unit here does not start it.
const IDLE: [KeyId; 4] = [key::AFTER, key::BEFORE, key::CONFLICTS, key::PART_OF];

/// What makes or starts units by its own means.
const GENERATORS: [&str; 4] = [
    "/usr/lib/systemd/system-generators",
    "/lib/systemd/system-generators",
    "/usr/lib/systemd/user-generators",
    "/usr/lib/systemd/user-environment-generators",
];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let may = |u: &&Unit| {
        u.kind() == UnitKind::Service
            && u.state == State::Loaded
            && !u.lone
            && u.name.instance().is_none()
            && u.aliases.is_empty()
            // what runs once may be for whoever calls it
            && u.word(key::TYPE_SERVICE) != "oneshot"
            && !u.is_on(key::REFUSE_MANUAL_START)
            // another package may have the file with which the message bus starts it
            && (shipped.is_whole || u.value(key::BUS_NAME).text().is_none())
            && !INSTALL.iter().any(|k| u.counted(*k).next().is_some())
            && !is_well_known(u.name.as_str(), u.scope, u.target.model)
    };
    let mut found: Vec<&Unit> = shipped.units.iter().filter(may).collect();
    if found.is_empty() || !shipped.list_all(&GENERATORS).is_empty() {
        return Vec::new();
    }
    let named = named(shipped);
    found.retain(|u| {
        let stem = u.name.stem();
        !named.contains(u.name.as_str())
            && !shipped.units.iter().any(|o| o.scope == u.scope && o.kind() != u.kind() && o.name.stem() == stem)
            && !maintainer::mention(shipped, u.name.as_str())
    });
    if found.is_empty() {
        return Vec::new();
    }
    let texts: Vec<_> =
        shipped.texts(&UDEV, ".rules").into_iter().chain(shipped.texts(&ACTIVATION, ".service")).collect();
    found.retain(|u| !texts.iter().any(|t| memchr::memmem::find(&t.bytes, u.name.as_str().as_bytes()).is_some()));
    let told = |u: &Unit| {
        let hit = Hit::whole(&u.path).word("unit", u.name.as_str());
        let bus = u.value(key::BUS_NAME).text();
        match bus {
            Some(name) => hit.help(format!("or let the message bus start it: SystemdService={} for {name}", u.name)),
            None => hit,
        }
    };
    let help = "give it an [Install] section, a socket, a timer, or a unit that pulls it in; if a program starts it, nothing is wrong";
    found.into_iter().map(|u| told(u).help(help)).collect()
}

/// The names that units of the package pull in, by words or by links.
fn named(shipped: &Shipped<'_>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for unit in shipped.units {
        for (id, entry) in unit.all_entries().filter(|(id, _)| !IDLE.contains(id)) {
            let words = entry.text().split([' ', '\t', '=']).filter(|w| w.ends_with(".service"));
            out.extend(words.filter(|w| *w != unit.name.as_str() || id == key::UNIT).map(str::to_owned));
        }
    }
    for dir in shipped.list_all(&UNITS).iter().filter(|e| dependency_owner(&e.name).is_some()) {
        out.extend(shipped.list(&dir.path).into_iter().map(|e| e.name));
    }
    for dir in ACTIVATION {
        for entry in shipped.list(dir) {
            let path = shipped.inside(&entry.path);
            let read = Activation::read(shipped.tree, shipped.root, path);
            out.extend(read.and_then(|a| a.service).map(String::from));
        }
    }
    out
}
