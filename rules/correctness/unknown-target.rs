//! Targets that nobody brings: misspelt ones, and those of the other manager. Knows the targets of each release and
//! scope; cannot know a target that lies beside the unit, so a name must be all but right to count as misspelt.

use crate::rule::amount::PULLED_IN_BY;
use crate::rule::{Fix, Hit, Level, Safety};
use crate::suggest;
use crate::unit::{Entry, Unit};
use crate::vocab::value::Outcome;
use crate::vocab::words::{Split, Word, words};
use crate::vocab::{KeyId, Model, Origin, Scope, key, origins, well_known_units};

/// A start fails with what these name.
const NEEDED: [KeyId; 3] = [key::REQUIRES, key::REQUISITE, key::BINDS_TO];

/// Without effect where the unit is not there.
const HARMLESS: [KeyId; 5] = [key::WANTS, key::UPHOLDS, key::AFTER, key::BEFORE, key::PART_OF];

/// Nobody writes more targets, and looking for the nearest name takes its time.
const MANY: usize = 64;

/// What is wrong with a name.
enum Wrong {
    /// one of the other manager
    OtherManager,
    /// nearly this one
    Typo(&'static str),
}

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    if !is_suspect(unit) {
        return Vec::new();
    }
    let mut hits = Vec::new();
    let mut started = false;
    let mut seen = 0;
    for (id, entry) in entries(unit, &PULLED_IN_BY) {
        for word in words(entry.text(), Split::UNQUOTE_RAW).map_while(Result::ok) {
            seen += 1;
            match judge(&word.text, unit.scope, seen <= MANY) {
                Some(wrong) => hits.push(hit(unit, id, &entry, &word, &wrong)),
                None => started = true,
            }
        }
    }
    if started {
        // another target starts the unit, so what this one lacks is not missed
        hits = hits.into_iter().map(|h| h.at_most(Level::Note)).collect();
    }
    for keys in [&NEEDED[..], &HARMLESS] {
        for (id, entry) in entries(unit, keys) {
            for word in words(entry.text(), Split::RAW).map_while(Result::ok) {
                if let Some(wrong) = judge(&word.text, unit.scope, false) {
                    let hit = hit(unit, id, &entry, &word, &wrong);
                    hits.push(if NEEDED.contains(&id) { hit } else { hit.at_most(Level::Note) });
                }
            }
        }
    }
    hits
}

/// Whether anything can be found: by the names that were taken from the lines, which need not be read again.
fn is_suspect(unit: &Unit) -> bool {
    let unknown = |name: &str| target(name).is_some() && !is_known(name, unit.scope);
    let set = PULLED_IN_BY.iter().chain(&NEEDED).chain(&HARMLESS).filter_map(|id| unit.setting(*id));
    // what a reset takes back is looked at, too
    set.map(|setting| setting.every_word())
        .any(|words| words.is_none_or(|names| names.iter().any(|name| unknown(name))))
}

fn entries<'u>(unit: &'u Unit, keys: &'u [KeyId]) -> impl Iterator<Item = (KeyId, Entry<'u>)> {
    let of = |id: &'u KeyId| unit.entries(*id).filter(|e| e.assignment.outcome == Outcome::Set).map(|e| (*id, e));
    keys.iter().flat_map(of)
}

/// The stem of a target without instance.
fn target(name: &str) -> Option<&str> {
    name.strip_suffix(".target").filter(|s| !s.bytes().any(|b| matches!(b, b'%' | b'@')))
}

/// Whether some release has it: a target of another one is no typo.
fn is_known(name: &str, scope: Scope) -> bool {
    origins(name, scope).next().is_some()
}

fn judge(name: &str, scope: Scope, typos: bool) -> Option<Wrong> {
    let stem = target(name)?;
    let other = if scope == Scope::System { Scope::User } else { Scope::System };
    if is_known(name, scope) {
        return None;
    }
    // systemd ships it for that manager and not for this one; of what packages bring nothing is known
    if origins(name, other).any(|o| o == Origin::Shipped) {
        return Some(Wrong::OtherManager);
    }
    // short words are near to too many others
    let limit = match stem.len() {
        0..=4 => return None,
        5..=7 => 1,
        _ => 2,
    };
    let near = |scope| {
        let targets = well_known_units(scope, Model::LATEST).filter(|n| n.ends_with(".target"));
        suggest::within(name, targets, limit)
    };
    let meant = || near(scope).or_else(|| instead(near(Scope::System)?).filter(|_| scope == Scope::User));
    typos.then(meant).flatten().map(Wrong::Typo)
}

fn hit(unit: &Unit, id: KeyId, entry: &Entry<'_>, word: &Word<'_>, wrong: &Wrong) -> Hit {
    let at = entry.part(word.at.clone());
    let (state, instead) = match (wrong, unit.scope) {
        (Wrong::Typo(near), _) => ("typo", Some(*near)),
        (Wrong::OtherManager, Scope::System) => ("system", None),
        (Wrong::OtherManager, Scope::User) if PULLED_IN_BY.contains(&id) => ("user", instead(&word.text)),
        (Wrong::OtherManager, Scope::User) => ("user", None),
    };
    let effect = match id {
        id if PULLED_IN_BY.contains(&id) => "enabling makes a link that nothing ever follows",
        id if NEEDED.contains(&id) => "starting the unit fails, as the target is not found",
        key::WANTS | key::UPHOLDS => "nothing is started with the unit",
        _ => "nothing is waited for",
    };
    let mut hit = Hit::at(at.clone()).state(state).word("key", id.name()).word("name", &*word.text).help(effect);
    if let Some(instead) = instead {
        let title = format!("write {instead} instead of {}", word.text);
        hit = hit.fix(Fix::replace(title, Safety::Unsafe, &at, instead));
    } else if state == "system" {
        hit = hit.help("install the unit for the user managers, below /usr/lib/systemd/user or /etc/systemd/user");
    } else if !PULLED_IN_BY.contains(&id) {
        hit = hit.help("the managers do not see each other's units; what has to wait belongs into a system unit");
    }
    hit
}

/// What starts units of a user manager at about the time of a target of the system.
fn instead(name: &str) -> Option<&'static str> {
    match name {
        "graphical.target" => Some("graphical-session.target"),
        "sysinit.target" | "local-fs.target" => Some("basic.target"),
        "multi-user.target" | "network.target" | "network-online.target" | "getty.target" => Some("default.target"),
        _ => None,
    }
}
