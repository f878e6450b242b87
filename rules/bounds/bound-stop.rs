//! What is left of a service when it stops.

use crate::rule::amount::is_endless;
use crate::rule::{Bound, Given};
use crate::vocab::key;
use crate::vocab::value::Value;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    let unit = given.unit;
    if !given.is_service() || given.delegates() {
        return None;
    }
    match unit.word(key::KILL_MODE) {
        "none" => return Bound::bad(key::KILL_MODE, "none"),
        _ if *unit.value(key::SEND_SIGKILL) == Value::Bool(false) => return Bound::bad(key::SEND_SIGKILL, "alive"),
        "process" => return Bound::bad(key::KILL_MODE, "children"),
        _ => {}
    }
    let time = given.timeout(&[key::TIMEOUT_SEC_SERVICE, key::TIMEOUT_STOP_SEC]);
    let (key, us) = time.unwrap_or((key::TIMEOUT_STOP_SEC, 1));
    Bound::bad_if(is_endless(us), key, "endless")
}
