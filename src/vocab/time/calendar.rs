//! What a calendar expression means, and whether it can mean it (systemd.time(7), `CalendarSpec`).

use super::date::{Weekday, date, days};
use super::{SECOND, Zone};

/// One number of a calendar expression, with its range and repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Component {
    /// the number, or the start of the range; microseconds for seconds
    pub start: i32,
    /// the end of the range
    pub stop: Option<i32>,
    /// the step, 0 for none
    pub repeat: i32,
}

impl Component {
    /// Ends the range at its last step; a range of one number becomes that number (`normalize_chain()`).
    fn normalize(&mut self) {
        let Some(stop) = self.stop else { return };
        if stop > self.start && self.repeat > 0 {
            self.stop = Some(stop - (stop - self.start) % self.repeat);
        }
        if self.stop == Some(self.start) {
            (self.stop, self.repeat) = (None, 0);
        }
    }
}

/// A calendar expression (`CalendarSpec`). An empty list stands for `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Monday is bit 0; 0 for any day
    pub weekdays: u8,
    /// 1970 to 2199
    pub year: Vec<Component>,
    /// 1 to 12
    pub month: Vec<Component>,
    /// 1 to 31
    pub day: Vec<Component>,
    /// 0 to 23
    pub hour: Vec<Component>,
    /// 0 to 59
    pub minute: Vec<Component>,
    /// microseconds of the minute
    pub microsecond: Vec<Component>,
    /// days count from the end of the month
    pub end_of_month: bool,
    /// where the clock hangs
    pub zone: Zone,
}

impl Calendar {
    /// Any time, in the time zone of the machine.
    pub(super) const ANY: Self = Self {
        weekdays: 0,
        year: Vec::new(),
        month: Vec::new(),
        day: Vec::new(),
        hour: Vec::new(),
        minute: Vec::new(),
        microsecond: Vec::new(),
        end_of_month: false,
        zone: Zone::Local,
    };

    /// The day of the week of the one date that the expression names, if the expression asks for other days of the
    /// week: the timer never elapses. 262 warns of it (`calendar_spec_warn_weekday_conflict()`). A date that does not
    /// exist is no conflict.
    pub fn weekday_conflict(&self) -> Option<Weekday> {
        let one = |chain: &[Component]| match chain {
            [Component { start, stop: None, repeat: 0 }] => Some(i64::from(*start)),
            _ => None,
        };
        let (year, month, day) = (one(&self.year)?, one(&self.month)?, one(&self.day)?);
        if self.weekdays == 0 || self.end_of_month {
            return None;
        }
        let number = days(year, month, day);
        let weekday = Weekday::of(number);
        (date(number) == (year, month, day) && self.weekdays & weekday.bit() == 0).then_some(weekday)
    }

    /// Brings years, ranges and lists into one form (`calendar_spec_normalize()`).
    pub(super) fn normalize(&mut self) {
        if self.weekdays == 127 {
            self.weekdays = 0;
        }
        self.end_of_month &= !self.day.is_empty();
        for c in &mut self.year {
            c.start = full_year(c.start);
            c.stop = c.stop.map(full_year);
        }
        for chain in
            [&mut self.year, &mut self.month, &mut self.day, &mut self.hour, &mut self.minute, &mut self.microsecond]
        {
            chain.iter_mut().for_each(Component::normalize);
            chain.sort_unstable();
            chain.dedup();
        }
    }

    /// Whether all numbers fit where they stand (`calendar_spec_valid()`).
    pub(super) fn is_valid(&self) -> bool {
        fits(&self.year, 1970, 2199, false)
            && fits(&self.month, 1, 12, false)
            && fits(&self.day, 1, 31, self.end_of_month)
            && fits(&self.hour, 0, 23, false)
            && fits(&self.minute, 0, 59, false)
            && fits(&self.microsecond, 0, 60 * SECOND as i32 - 1, false)
    }
}

/// 12 is 2012, 89 is 1989 (`fix_year()`).
fn full_year(year: i32) -> i32 {
    match year {
        0..70 => year + 2000,
        70..100 => year + 1900,
        _ => year,
    }
}

/// Whether numbers, ranges and steps stay between `from` and `to` (`chain_valid()`).
fn fits(chain: &[Component], from: i32, to: i32, end_of_month: bool) -> bool {
    // from the end of the month, days up to the 28th last one
    let to = if end_of_month { to - 3 } else { to };
    chain.iter().all(|c| {
        let step = match c.stop {
            Some(stop) => (from..=to).contains(&stop) && i64::from(c.start) + i64::from(c.repeat) <= i64::from(stop),
            None if end_of_month => c.start - c.repeat >= from,
            None => i64::from(c.start) + i64::from(c.repeat) <= i64::from(to),
        };
        (from..=to).contains(&c.start) && c.repeat <= to - from && step
    })
}
