//! Timers that count only from the unit that they trigger, which nothing has started yet.

use crate::rule::Hit;
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let times = [key::ON_ACTIVE_SEC, key::ON_BOOT_SEC, key::ON_STARTUP_SEC, key::ON_CALENDAR];
    let events = [key::ON_CLOCK_CHANGE, key::ON_TIMEZONE_CHANGE];
    let starts = times.iter().any(|k| !unit.value(*k).is_empty()) || events.iter().any(|k| unit.is_on(*k));
    // a timer that is bound to a service runs with that one, which starts what it repeats, too
    let company = [key::BINDS_TO, key::PART_OF, key::REQUIRES, key::REQUISITE];
    let bound = |k: &KeyId| matches!(unit.value(*k), Value::List(l) if l.iter().any(|name| name.ends_with(".service")));
    if unit.lone || starts || company.iter().any(bound) {
        return Vec::new();
    }
    let counted = [key::ON_UNIT_INACTIVE_SEC, key::ON_UNIT_ACTIVE_SEC];
    let Some(id) = counted.into_iter().find(|k| !unit.value(*k).is_empty()) else { return Vec::new() };
    let Some(at) = unit.decisive(id).map(|a| unit.loc(a.file, a.whole())) else { return Vec::new() };
    let help = "write OnActiveSec= or OnBootSec= as well, or OnCalendar= instead: something has to start it first";
    vec![Hit::at(at).word("key", id.name()).help(help)]
}
