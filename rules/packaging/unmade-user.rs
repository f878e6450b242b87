//! Users and groups that a package names and does not make.

use crate::rule::tmpfiles::items;
use crate::rule::users::Accounts;
use crate::rule::{Hit, Level, Shipped};
use crate::unit::State;
use crate::vocab::{KeyId, Scope, key};

const NAMES: [KeyId; 5] = [key::USER, key::GROUP, key::SUPPLEMENTARY_GROUPS, key::SOCKET_USER, key::SOCKET_GROUP];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    let accounts = Accounts::of(shipped);
    let told = |hit: Hit, name: &str, user: bool| {
        let made = if user { format!("u {name} -") } else { format!("g {name} -") };
        let help = format!("ship a file in /usr/lib/sysusers.d with the line: {made}");
        let hit = hit.word("what", if user { "user" } else { "group" }).word("name", name).help(help);
        // what a package depends on may make it, and what that depends on
        match (shipped.is_whole, shipped.depends.is_empty()) {
            (true, _) => hit.word("where", ""),
            (false, true) => hit.word("where", " in the package").at_most(Level::Warn),
            (false, false) => hit.word("where", " in the package").at_most(Level::Note),
        }
    };
    for unit in shipped.units.iter().filter(|u| u.scope == Scope::System && u.state == State::Loaded) {
        let dynamic = unit.is_on(key::DYNAMIC_USER);
        for id in NAMES {
            let is_user = matches!(id, key::USER | key::SOCKET_USER);
            if dynamic && matches!(id, key::USER | key::GROUP) {
                continue;
            }
            let all = unit.counted(id).collect::<Vec<_>>();
            // of a list every word counts, of a name only the last
            let from = if id == key::SUPPLEMENTARY_GROUPS { 0 } else { all.len().saturating_sub(1) };
            for entry in &all[from..] {
                for name in entry.text().split_ascii_whitespace().filter(|n| !accounts.may_have(n)) {
                    let hit = Hit::at(entry.word(name)).state("unit").word("unit", unit.name.as_str());
                    out.push(told(hit, name, is_user));
                }
            }
        }
    }
    for item in items(shipped) {
        for (is_user, name, field) in item.owners().filter(|(_, name, _)| !accounts.may_have(name)) {
            let hit = Hit::at(field.at.clone()).state("tmpfiles").word("path", &item.path.text);
            out.push(told(hit, name, is_user));
        }
    }
    out
}
