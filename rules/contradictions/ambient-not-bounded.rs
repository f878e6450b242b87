//! Capabilities that are given with one hand and taken with the other. The bounding set is the one after loading, so what
//! other settings take from it is gone there.

use crate::rule::{Hit, Note};
use crate::unit::{From, Unit};
use crate::vocab::value::Value;
use crate::vocab::words::{Split, words};
use crate::vocab::{Scope, key, set};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Value::Capabilities(ambient) = *unit.value(key::AMBIENT_CAPABILITIES) else { return Vec::new() };
    let lost = ambient & !unit.bounding_set() & set::ALL_CAPABILITIES;
    if lost == 0 || unit.scope == Scope::User {
        return Vec::new();
    }
    let mut hits = Vec::new();
    for entry in unit.counted(key::AMBIENT_CAPABILITIES).filter(|e| !e.text().starts_with('~')) {
        for word in words(entry.text(), Split::UNQUOTE_RELAX).map_while(Result::ok) {
            let Some(number) = set::capability(&word.text).filter(|n| lost & (1 << n) != 0) else { continue };
            let name = set::capability_names(1 << number).next().unwrap_or_default();
            hits.push(because(unit, Hit::at(entry.part(word.at)).word("capability", name)));
        }
    }
    hits
}

/// With what made the bounding set so small.
fn because(unit: &Unit, hit: Hit) -> Hit {
    let Some(setting) = unit.setting(key::CAPABILITY_BOUNDING_SET) else { return hit };
    let Some(by) = unit.decisive(key::CAPABILITY_BOUNDING_SET) else { return hit };
    let text = match setting.from {
        From::Implied(_) => "this takes it from the bounding set",
        _ => "the bounding set is set here",
    };
    hit.note(Note::on(unit.loc(by.file, by.whole()), text))
}
