//! Amounts in the settings of a unit: what is assigned, which of two limits is larger, and when restarts come to an end.
//! For rules about resources.

use crate::text::Loc;
use crate::unit::cgroups::union;
use crate::unit::{Entry, Unit};
use crate::vocab::size::Limit;
use crate::vocab::time::{INFINITY, SECOND};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};
use std::cmp::Ordering;

/// The assignment that decides the value of a key.
pub(crate) fn decisive(unit: &Unit, id: KeyId) -> Option<Entry<'_>> {
    unit.decisive(id).map(|a| unit.entry(a))
}

/// Key and value as they are written, for a message.
pub(crate) fn written(entry: &Entry<'_>) -> String {
    format!("{}={}", entry.key(), entry.text())
}

/// The place of an assignment.
pub(crate) fn place(unit: &Unit, id: KeyId) -> Option<Loc> {
    decisive(unit, id).map(|e| e.loc())
}

/// The one of several keys that is assigned last, where each takes the place of the others.
pub(crate) fn latest<'u>(unit: &'u Unit, keys: &[KeyId]) -> Option<(KeyId, Entry<'u>)> {
    let assigned = keys.iter().filter_map(|k| Some((*k, decisive(unit, *k)?)));
    assigned.max_by_key(|(_, e)| (e.assignment.file, e.assignment.item))
}

/// With what `systemctl enable` has others pull a unit in.
pub(crate) const PULLED_IN_BY: [KeyId; 3] = [key::WANTED_BY, key::REQUIRED_BY, key::UPHELD_BY];

/// Whether a boot or another unit wants it by an `[Install]` section of its own.
pub(crate) fn is_installed(unit: &Unit) -> bool {
    PULLED_IN_BY.into_iter().any(|k| !unit.value(k).is_empty())
}

/// Whether the time is none: 0 and infinity are the same to the timeouts of services.
pub(crate) fn is_endless(us: u64) -> bool {
    us == 0 || us == INFINITY
}

/// The limit that a key sets; `None` where there is none.
pub(crate) fn limit(unit: &Unit, id: KeyId) -> Option<Limit> {
    match unit.value(id) {
        Value::Limit(limit) if *limit != Limit::Unlimited => Some(*limit),
        _ => None,
    }
}

/// The limit that a key sets as a number of bytes or tasks; shares depend on the machine.
pub(crate) fn absolute(unit: &Unit, id: KeyId) -> Option<u64> {
    match limit(unit, id) {
        Some(Limit::Absolute(n)) => Some(n),
        _ => None,
    }
}

/// Which of two limits is larger; `None` for a number and a share, of which only the machine knows.
pub(crate) fn compare(a: Limit, b: Limit) -> Option<Ordering> {
    match (a, b) {
        (Limit::Absolute(a), Limit::Absolute(b)) => Some(a.cmp(&b)),
        (Limit::Share(a), Limit::Share(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

/// A time; `None` where nothing is assigned.
pub(crate) fn span(unit: &Unit, id: KeyId) -> Option<u64> {
    match unit.value(id) {
        Value::Span(us) => Some(*us),
        _ => None,
    }
}

/// A number; `None` where nothing is assigned.
pub(crate) fn number(unit: &Unit, id: KeyId) -> Option<i64> {
    match unit.value(id) {
        Value::Number(n) => Some(*n),
        _ => None,
    }
}

/// How many starts a unit has in which time, by itself or by the defaults of the manager.
#[derive(Clone, Copy)]
pub(crate) struct StartLimit {
    /// which key sets the time
    pub(crate) interval_key: KeyId,
    /// in microseconds
    pub(crate) interval: u64,
    /// how many starts
    pub(crate) burst: u64,
}

impl StartLimit {
    pub(crate) fn of(unit: &Unit) -> Self {
        let keys = [key::START_LIMIT_INTERVAL_SEC, key::START_LIMIT_INTERVAL];
        let interval_key = keys.into_iter().find(|k| span(unit, *k).is_some()).unwrap_or(keys[0]);
        Self {
            interval_key,
            interval: span(unit, interval_key).unwrap_or(10 * SECOND),
            burst: number(unit, key::START_LIMIT_BURST).and_then(|n| u64::try_from(n).ok()).unwrap_or(5),
        }
    }

    /// Whether starts are not counted at all.
    pub(crate) fn is_off(self) -> bool {
        self.interval == 0 || self.burst == 0
    }
}

/// The time between the end of a service and its restart; a longer one may follow later (`RestartSteps=`).
pub(crate) fn restart_delay(unit: &Unit) -> u64 {
    span(unit, key::RESTART_SEC).unwrap_or(SECOND / 10)
}

/// A time in words, as far as messages need them.
pub(crate) fn in_words(us: u64) -> String {
    const UNITS: [(u64, &str); 5] =
        [(3600 * SECOND, "h"), (60 * SECOND, "min"), (SECOND, "s"), (SECOND / 1000, "ms"), (1, "us")];
    if us == INFINITY {
        return "infinity".into();
    }
    let fits = |(size, _): &&(u64, &str)| us >= *size && us.is_multiple_of(*size);
    // what is no whole number of anything is told in the unit below the largest
    UNITS.iter().find(fits).map_or_else(|| "0".into(), |(size, unit)| format!("{} {unit}", us / size))
}

/// The CPUs or nodes of a list such as `0-3 8`: first and last of each range, in order and apart from each other.
pub(crate) fn cpus(unit: &Unit, id: KeyId) -> Option<Vec<(u32, u32)>> {
    let Value::List(list) = unit.value(id) else { return None };
    let ranges: Option<Vec<_>> = list.iter().map(|item| crate::vocab::size::range(item).ok()).collect();
    ranges.map(union).filter(|r| !r.is_empty())
}

/// How many CPUs such ranges hold.
pub(crate) fn count(ranges: &[(u32, u32)]) -> u32 {
    ranges.iter().map(|(low, high)| high - low + 1).sum()
}

/// Hundredths of a percent in words.
pub(crate) fn percent(n: u32) -> String {
    let text = format!("{}.{:02}", n / 100, n % 100);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Such ranges in words: `0-3,8`.
pub(crate) fn ranges(ranges: &[(u32, u32)]) -> String {
    let one = |(first, last): &(u32, u32)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.iter().map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_words() {
        let told = [0, 100_000, 10 * SECOND, 90 * SECOND, 120 * SECOND, INFINITY].map(in_words);
        assert_eq!(told, ["0", "100 ms", "10 s", "90 s", "2 min", "infinity"]);
    }

    #[test]
    fn cpus_are_counted_once() {
        let ranges = union(vec![(8, 8), (2, 5), (0, 3), (8, 8)]);
        assert_eq!(ranges, [(0, 5), (8, 8)]);
        assert_eq!(count(&ranges), 7);
    }
}
