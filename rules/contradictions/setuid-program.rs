//! Programs of an ordinary user that the file system makes root.

use crate::evidence::System;
use crate::evidence::system::SEARCH_PATH;
use crate::rule::Hit;
use crate::rule::named::{expanded, is_fixed};
use crate::rule::program::{Role, each_run};
use crate::tree::NodeKind;
use crate::unit::Unit;
use crate::vocab::{Scope, key};

pub(crate) fn check(unit: &Unit, system: &System<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    let Some(user) = unit.value(key::USER).text().filter(|u| !u.is_empty()) else { return hits };
    if unit.scope == Scope::User || unit.is_privileged() || unit.has_own_root() || !unit.may_gain_privileges() {
        return hits;
    }
    if !system.has_owners() {
        return hits;
    }
    let is_setuid = |path: &str| {
        let found = system.look(path).found();
        found.is_some_and(|n| n.stat.kind == NodeKind::File && n.stat.mode & 0o4001 == 0o4001 && n.stat.uid == 0)
    };
    each_run(unit, |run| {
        let programs = run.parts().into_iter().filter(|p| p.role != Role::Script && !run.is_root(unit));
        for part in programs.filter(|p| is_fixed(unit, p.text) && !p.text.is_empty()) {
            let found = match expanded(unit, part.text) {
                Some(path) => is_setuid(&path),
                None => {
                    let full = SEARCH_PATH.iter().map(|dir| format!("{dir}/{}", part.text));
                    full.into_iter().find(|p| system.look(p).found().is_some()).is_some_and(|p| is_setuid(&p))
                }
            };
            if found {
                hits.push(Hit::at(part.at).word("program", part.text).word("user", user));
            }
        }
    });
    hits
}
