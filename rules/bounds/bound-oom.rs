//! Who ends when there is no memory left.

use crate::rule::{Bound, Given};
use crate::vocab::key;
use crate::vocab::value::Value;

pub(crate) fn check(given: &Given<'_>) -> Option<Bound> {
    if !given.is_service() {
        return None;
    }
    match given.value(key::OOM_SCORE_ADJUST) {
        // the manager of a user cannot give it
        _ if given.is_users() => {}
        Value::Number(..=-1000) => return Bound::bad(key::OOM_SCORE_ADJUST, "exempt"),
        Value::Number(..=-500) => return Bound::bad(key::OOM_SCORE_ADJUST, "last"),
        _ => {}
    }
    if given.value(key::OOM_POLICY).word() == Some("continue") && !given.delegates() {
        return Bound::bad(key::OOM_POLICY, "continue");
    }
    let omitted = given.unit.value(key::MANAGED_OOM_PREFERENCE).word() == Some("omit");
    Bound::bad(key::MANAGED_OOM_PREFERENCE, "omit").filter(|_| omitted).or(Bound::good(key::OOM_POLICY))
}
