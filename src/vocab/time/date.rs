//! Days of the week, and the Gregorian calendar (`mktime()`, `gmtime_r()`).

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "days of the week")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// All of them, with their names.
    pub(super) const ALL: [(Self, &'static str); 7] = [
        (Self::Monday, "Monday"),
        (Self::Tuesday, "Tuesday"),
        (Self::Wednesday, "Wednesday"),
        (Self::Thursday, "Thursday"),
        (Self::Friday, "Friday"),
        (Self::Saturday, "Saturday"),
        (Self::Sunday, "Sunday"),
    ];

    /// `Mon`
    pub fn short(self) -> &'static str {
        &Self::ALL[self as usize].1[..3]
    }

    /// Its bit in the weekdays of a calendar expression.
    pub(super) fn bit(self) -> u8 {
        1 << self as u8
    }

    /// The day of the week of a day since 1970-01-01, which was a Thursday.
    pub(super) fn of(day: i64) -> Self {
        Self::ALL[(day + 3).rem_euclid(7) as usize].0
    }
}

/// Days since 1970-01-01 in the Gregorian calendar.
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, in_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + in_era * 365 + in_era / 4 - in_era / 100 + of_year - 719_468
}

/// The date of a day since 1970-01-01.
pub(super) fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, in_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let of_year = in_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}
