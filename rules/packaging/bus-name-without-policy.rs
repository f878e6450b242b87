//! Services that take a name on the system bus which no policy lets them have.

use crate::rule::{Hit, Shipped};
use crate::vocab::{Scope, key};

const POLICIES: [&str; 2] = ["/usr/share/dbus-1/system.d", "/etc/dbus-1/system.d"];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let named = shipped.units.iter().filter(|u| u.scope == Scope::System);
    let mut named = named.filter_map(|u| Some((u, u.value(key::BUS_NAME).text()?))).peekable();
    if named.peek().is_none() {
        return Vec::new();
    }
    let policies = shipped.texts(&POLICIES, ".conf");
    let missing = named.filter(|(u, name)| {
        let owns = |text: &[u8]| may_own(&String::from_utf8_lossy(text), name);
        u.name.as_str() != "dbus.service" && !name.contains('%') && !policies.iter().any(|p| owns(&p.bytes))
    });
    missing
        .filter_map(|(u, name)| {
            let entry = u.counted(key::BUS_NAME).last()?;
            let help = format!("ship /usr/share/dbus-1/system.d/{name}.conf with <allow own=\"{name}\"/> for its user");
            Some(Hit::at(entry.value_loc()).word("name", name).help(help))
        })
        .collect()
}

/// Whether a policy lets somebody have the name.
fn may_own(text: &str, name: &str) -> bool {
    let mut own = text.split("own").skip(1).filter_map(|rest| {
        let (prefix, rest) = rest.strip_prefix("_prefix").map_or((false, rest), |rest| (true, rest));
        let value = rest.trim_start().strip_prefix('=')?.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        Some((prefix, value[1..].split(quote).next()?))
    });
    own.any(|(prefix, owned)| {
        owned == name || owned == "*" || prefix && name.strip_prefix(owned).is_some_and(|rest| rest.starts_with('.'))
    })
}
