//! How many services connections may start.

use crate::rule::amount::number;
use crate::rule::{Bound, Given, Role};
use crate::vocab::key;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    let unit = given.unit;
    if given.role != Role::Socket || !unit.is_on(key::ACCEPT) {
        return None;
    }
    match number(unit, key::MAX_CONNECTIONS) {
        Some(65536..) => return Bound::bad(key::MAX_CONNECTIONS, "none"),
        Some(1025..) => return Bound::bad(key::MAX_CONNECTIONS, "many"),
        _ => {}
    }
    // on a socket in the file system a source is a user, and its mode says who may come
    let network = unit.counted(key::LISTEN_STREAM).any(|e| !e.text().starts_with(['/', '@', '%']));
    let open = network && number(unit, key::MAX_CONNECTIONS_PER_SOURCE).is_none_or(|n| n == 0);
    Bound::bad_if(open, key::MAX_CONNECTIONS_PER_SOURCE, "source")
}
