//! The time zones of the IANA database by name, with the old names (tzset(3), `timezone_is_valid()`).

/// One name in a line.
const ZONES: &str = include_str!("../data/time_zones.txt");

/// The time zone that a calendar expression is meant in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// the time zone of the machine
    Local,
    /// `UTC`, or an `@` time stamp
    Utc,
    /// the area, which is empty for some old names, and the city
    Named(&'static str, &'static str),
}

/// A time zone by the name that it has in the database, in the same case (`timezone_is_valid()`).
pub fn time_zone(name: &str) -> Option<Zone> {
    let name = name.strip_prefix("posix/").or_else(|| name.strip_prefix("right/")).unwrap_or(name);
    let known = ZONES.lines().find(|zone| *zone == name)?;
    Some(match known.rsplit_once('/') {
        Some((area, city)) => Zone::Named(area, city),
        None if known == "UTC" => Zone::Utc,
        None => Zone::Named("", known),
    })
}
