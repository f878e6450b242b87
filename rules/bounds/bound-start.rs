//! How long a unit may take to start.

use crate::rule::amount::is_endless;
use crate::rule::{Bound, Given, Role};
use crate::vocab::key;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    let unit = given.unit;
    let waited_for = || {
        !matches!(unit.word(key::TYPE_SERVICE), "simple" | "exec" | "idle")
            || !unit.value(key::EXEC_START_PRE).is_empty()
    };
    match given.role {
        Role::Oneshot => {
            // the default of the manager is not for these
            let said = given.said(&[key::TIMEOUT_SEC_SERVICE, key::TIMEOUT_START_SEC]);
            let (key, us) = said.unwrap_or((key::TIMEOUT_START_SEC, 0));
            Bound::bad_if(is_endless(us), key, "run")
        }
        Role::Lasting if waited_for() => {
            let time = given.timeout(&[key::TIMEOUT_SEC_SERVICE, key::TIMEOUT_START_SEC]);
            let (key, us) = time.unwrap_or((key::TIMEOUT_START_SEC, 1));
            Bound::bad_if(is_endless(us), key, "none")
        }
        Role::Mount => {
            let (key, us) = given.said(&[key::TIMEOUT_SEC_MOUNT]).unwrap_or((key::TIMEOUT_SEC_MOUNT, 1));
            Bound::bad_if(is_endless(us), key, "none")
        }
        Role::Lasting | Role::Socket | Role::Slice => None,
    }
}
