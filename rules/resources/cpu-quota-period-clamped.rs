//! Periods of the quota that the kernel does not have.

use crate::rule::amount::{decisive, in_words, number, span, written};
use crate::rule::{Fix, Hit, Safety};
use crate::unit::Unit;
use crate::vocab::{key, time};

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Some(period) = span(unit, key::CPU_QUOTA_PERIOD_SEC) else { return Vec::new() };
    let used = period.clamp(time::SECOND / 1000, time::SECOND);
    // without a quota another rule speaks
    if period == used || period == time::INFINITY || number(unit, key::CPU_QUOTA).is_none() {
        return Vec::new();
    }
    let Some(entry) = decisive(unit, key::CPU_QUOTA_PERIOD_SEC) else { return Vec::new() };
    let text = in_words(used).replace(' ', "");
    let fix = Fix::replace(format!("write {text}"), Safety::Unsafe, &entry.value_loc(), text);
    vec![Hit::at(entry.loc()).word("setting", written(&entry)).word("used", in_words(used)).fix(fix)]
}
