//! Reads calendar expressions: class calendar (systemd.time(7), `calendar_spec_from_string()`).

use super::calendar::{Calendar, Component};
use super::date::{Weekday, date};
use super::{SECOND, Zone, split_digits, time_zone};
use crate::vocab::size::scan;

/// The shorthands and the expressions that they stand for (systemd.time(7)).
const SHORTHANDS: [(&str, &str); 13] = [
    ("minutely", "*-*-* *:*:00"),
    ("hourly", "*-*-* *:00:00"),
    ("daily", "*-*-* 00:00:00"),
    ("weekly", "Mon *-*-* 00:00:00"),
    ("monthly", "*-*-01 00:00:00"),
    ("quarterly", "*-01,04,07,10-01 00:00:00"),
    ("biannually", "*-01,07-01 00:00:00"),
    ("bi-annually", "*-01,07-01 00:00:00"),
    ("semiannually", "*-01,07-01 00:00:00"),
    ("semi-annually", "*-01,07-01 00:00:00"),
    ("annually", "*-01-01 00:00:00"),
    ("yearly", "*-01-01 00:00:00"),
    ("anually", "*-01-01 00:00:00"),
];

impl Component {
    /// A number alone.
    const fn one(number: i32) -> Self {
        Self { start: number, stop: None, repeat: 0 }
    }
}

impl Calendar {
    /// A calendar expression: the value of `OnCalendar=` (`calendar_spec_from_string()`).
    pub fn parse(text: &str) -> Option<Self> {
        let (text, zone) = split_zone(text);
        if text.is_empty() {
            return None;
        }
        let shorthand = SHORTHANDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        let mut calendar = Self { zone, ..Self::ANY };
        calendar.read(shorthand.map_or(text, |(_, expression)| expression))?;
        calendar.normalize();
        calendar.is_valid().then_some(calendar)
    }

    /// `[WEEKDAYS] [DATE] [TIME]`, or `[WEEKDAYS] @SECONDS`
    fn read(&mut self, text: &str) -> Option<()> {
        let text = self.read_weekdays(text)?;
        if let Some(stamp) = text.strip_prefix('@') {
            return self.read_stamp(stamp);
        }
        let text = self.read_date(text)?;
        self.read_time(text)
    }

    /// Days of the week, their lists and ranges; gives what follows (`parse_weekdays()`).
    fn read_weekdays<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        if split_weekday(text).is_none() {
            return Some(text);
        }
        let mut rest = text;
        loop {
            let (first, after) = split_weekday(rest)?;
            // ".." or, for old units, "-"
            let (last, after) = match after.strip_prefix("..").or_else(|| after.strip_prefix('-')) {
                Some(after) => split_weekday(after)?,
                None => (first, after),
            };
            if first > last {
                return None;
            }
            for (day, _) in &Weekday::ALL[first as usize..=last as usize] {
                self.weekdays |= day.bit();
            }
            // a list may end with a comma
            let list = after.strip_prefix(',');
            rest = list.unwrap_or(after);
            if rest.is_empty() || rest.starts_with(' ') {
                return Some(rest.trim_start_matches(' '));
            }
            list?;
        }
    }

    /// `[YEAR-]MONTH-DAY`, with `~` before the day to count from the end of the month, or nothing. Gives the time that
    /// follows (`parse_date()`).
    fn read_date<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        if text.is_empty() {
            return Some(text);
        }
        let (first, rest) = chain(text, false)?;
        if rest.is_empty() || rest.starts_with(':') {
            return Some(text);
        }
        let (second, rest) = chain(self.read_separator(rest)?, false)?;
        let rest = if rest.is_empty() || rest.starts_with(' ') {
            (self.month, self.day) = (first, second);
            rest
        } else if self.end_of_month {
            return None;
        } else {
            let (third, rest) = chain(self.read_separator(rest)?, false)?;
            (self.year, self.month, self.day) = (first, second, third);
            rest
        };
        (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim_start_matches(' '))
    }

    /// `-` or `~` in a date.
    fn read_separator<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        self.end_of_month = text.starts_with('~');
        text.strip_prefix(['-', '~'])
    }

    /// Seconds since the epoch (`calendarspec_from_time_t()`).
    fn read_stamp(&mut self, text: &str) -> Option<()> {
        let number = scan(text, 10);
        if number.overflow || number.negative || number.end == 0 || number.end != text.len() {
            return None;
        }
        let seconds = i64::try_from(number.value).ok()?;
        let (year, month, day) = date(seconds / 86_400);
        let one = |n: i64| Some(vec![Component::one(i32::try_from(n).ok()?)]);
        (self.year, self.month, self.day) = (one(year)?, one(month)?, one(day)?);
        (self.hour, self.minute) = (one(seconds / 3600 % 24)?, one(seconds / 60 % 60)?);
        self.microsecond = one(seconds % 60 * SECOND as i64)?;
        self.zone = Zone::Utc;
        Some(())
    }

    /// `HOUR:MINUTE[:SECOND]`; none at all is midnight (`parse_calendar_time()`).
    fn read_time(&mut self, text: &str) -> Option<()> {
        let zero = || vec![Component::one(0)];
        if text.is_empty() {
            (self.hour, self.minute, self.microsecond) = (zero(), zero(), zero());
            return Some(());
        }
        let (hour, rest) = chain(text, false)?;
        let (minute, rest) = chain(rest.strip_prefix(':')?, false)?;
        let (second, rest) = if rest.is_empty() { (zero(), "") } else { chain(rest.strip_prefix(':')?, true)? };
        (self.hour, self.minute, self.microsecond) = (hour, minute, second);
        rest.is_empty().then_some(())
    }
}

/// The day of the week at the start of a text, by its long or short name, and what follows.
fn split_weekday(text: &str) -> Option<(Weekday, &str)> {
    let after = |name: &str| {
        let start = text.get(..name.len())?;
        start.eq_ignore_ascii_case(name).then(|| &text[name.len()..])
    };
    Weekday::ALL.iter().find_map(|(day, name)| Some((*day, after(name).or_else(|| after(&name[..3]))?)))
}

/// `*` or a list of numbers; gives what follows (`parse_chain()`). No list in systemd is longer than 241.
fn chain(text: &str, seconds: bool) -> Option<(Vec<Component>, &str)> {
    if let Some(rest) = text.strip_prefix('*') {
        let every = Component { start: 0, stop: None, repeat: SECOND as i32 };
        return Some((if seconds { vec![every] } else { Vec::new() }, rest));
    }
    let (mut chain, mut rest) = (Vec::new(), text);
    while chain.len() <= 240 {
        let (component, after) = component(rest, seconds)?;
        chain.push(component);
        match after.strip_prefix(',') {
            Some(after) => rest = after,
            None => return Some((chain, after)),
        }
    }
    None
}

/// `START[..STOP][/STEP]` (`prepend_component()`).
fn component(text: &str, seconds: bool) -> Option<(Component, &str)> {
    let (start, mut rest) = decimal(text, seconds)?;
    let (mut stop, mut repeat) = (None, 0);
    if let Some(after) = rest.strip_prefix("..") {
        let (number, after) = decimal(after, seconds)?;
        (stop, repeat, rest) = (Some(number), if seconds { SECOND as i32 } else { 1 }, after);
    }
    if let Some(after) = rest.strip_prefix('/') {
        (repeat, rest) = decimal(after, seconds).filter(|(step, _)| *step != 0)?;
    }
    let ends = rest.is_empty() || rest.starts_with([' ', ',', '-', '~', ':']);
    ends.then_some((Component { start, stop, repeat }, rest))
}

/// A number; seconds have decimal places and become microseconds, the seventh place rounds
/// (`parse_component_decimal()`).
fn decimal(text: &str, seconds: bool) -> Option<(i32, &str)> {
    let (digits, mut rest) = split_digits(text);
    let mut value: u64 = digits.parse().ok()?;
    if seconds {
        value = value.checked_mul(SECOND)?;
        // two points are a range
        if let Some(after) = rest.strip_prefix('.').filter(|after| !after.starts_with('.')) {
            let (places, after) = split_digits(after);
            value = value.checked_add(fraction(places)?)?;
            rest = after;
        }
    }
    Some((i32::try_from(value).ok()?, rest))
}

/// The microseconds that decimal places stand for; `None` for none.
fn fraction(places: &str) -> Option<u64> {
    let digit = |i: usize| places.as_bytes().get(i).map_or(0, |b| u64::from(b - b'0'));
    let micros = (0..6).fold(0, |sum, i| sum * 10 + digit(i)) + u64::from(digit(6) >= 5);
    (!places.is_empty()).then_some(micros)
}

/// Takes the time zone off the end.
fn split_zone(text: &str) -> (&str, Zone) {
    let start = text.len().saturating_sub(4);
    if text.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(" UTC")) {
        return (&text[..start], Zone::Utc);
    }
    let named = text.rsplit_once(' ').and_then(|(rest, zone)| Some((rest, time_zone(zone)?)));
    named.unwrap_or((text, Zone::Local))
}
