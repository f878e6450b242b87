//! A dynamic user by the name of an account that every system has. systemd allocates nothing then: it takes the account
//! (`dynamic_user_realize()`), and with it the rights of root. Other names may or may not be accounts; only root is known.

use crate::rule::{Fix, Hit, Note, Safety};
use crate::unit::Unit;
use crate::vocab::{Scope, key};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let is_root = matches!(unit.value(key::USER).text(), Some("root" | "0"));
    if !is_root || !unit.value(key::DYNAMIC_USER).is_true() || unit.scope == Scope::User {
        return Vec::new();
    }
    let Some(user) = unit.decisive(key::USER).map(|a| unit.entry(a)) else { return Vec::new() };
    let mut hit = Hit::at(user.value_loc()).state("root").word("user", user.text());
    if let Some(dynamic) = unit.decisive(key::DYNAMIC_USER) {
        hit = hit.note(Note::on(unit.loc(dynamic.file, dynamic.whole()), "asked for a user of its own here"));
    }
    let title = format!("take User={} away", user.text());
    vec![
        hit.help("the account exists, so systemd uses it; of DynamicUser= only the sandbox is left").fix(Fix::replace(
            title,
            Safety::Unsafe,
            &user.lines(),
            "",
        )),
    ]
}
