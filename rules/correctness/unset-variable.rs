//! Knows the variables that a command asks for and the unit does not set.

use super::exec::{self, Variables};
use super::shell::{self, Assigned};
use crate::rule::Hit;
use crate::unit::Unit;
use crate::vocab::command::{Dollar, dollars};
use crate::vocab::{Scope, key};
use std::collections::BTreeSet;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut variables = None;
    let mut told = BTreeSet::new();
    exec::hits_with(unit, b'$', |entry, line| {
        let variables = variables.get_or_insert_with(|| Variables::of(unit));
        let mut hits = Vec::new();
        if line.no_variables || variables.others {
            return hits;
        }
        let script = shell::script(line);
        for (i, word) in line.words.iter().enumerate().skip(1) {
            let raw = exec::raw(entry, word);
            let whole = exec::is_variable(&word.text) && exec::is_name(&word.text[1..]);
            let sets = (script == Some(i)).then(|| Assigned::by(raw));
            for (dollar, at) in dollars(raw) {
                let name = match dollar {
                    Dollar::Braced => &raw[at.start + 2..at.end - 1],
                    Dollar::Plain if whole => &word.text[1..],
                    _ => continue,
                };
                let state = match name {
                    "HOME" | "USER" | "LOGNAME" | "SHELL" if !variables.sets(name) => {
                        if logs_in(unit) {
                            continue;
                        }
                        "login"
                    }
                    _ if variables.has(name) => continue,
                    _ => "",
                };
                // what the script sets itself is another rule's
                let own = |s: &Assigned<'_>| s.sets(name) || s.reads_file_before(at.start) || shell::sets_itself(name);
                let elsewhere = !sets.as_ref().is_some_and(own);
                if exec::is_name(name) && elsewhere && told.insert(name.to_owned()) {
                    let end = if whole { at.start + 1 + name.len() } else { at.end };
                    let place = entry.part(word.at.start + at.start..word.at.start + end);
                    let help = match state {
                        "login" => "write the path; %h is the home of the user who runs the manager",
                        _ => "set it by Environment= or EnvironmentFile=; a drop-in may do so too",
                    };
                    hits.push(Hit::at(place).state(state).word("name", name).help(help));
                }
            }
        }
        hits
    })
}

/// Whether systemd sets the variables of a login.
fn logs_in(unit: &Unit) -> bool {
    unit.scope == Scope::User
        || !unit.value(key::USER).is_empty()
        || unit.is_on(key::DYNAMIC_USER)
        || unit.is_on(key::SET_LOGIN_ENVIRONMENT)
}
