//! Time spans and calendar expressions: systemd.time(7), `time-util.c`, `calendarspec.c`.

use super::size::{Bad, scan};

/// What `infinity` is as a time span (`USEC_INFINITY`); every other span is shorter.
pub const INFINITY: u64 = u64::MAX;
/// A second in microseconds, the unit of [`timespan`].
pub const SECOND: u64 = 1_000_000;

const WHITESPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// A unit in microseconds, and its spellings; among words with the same start the longer one first.
const UNITS: [(&str, u64); 30] = [
    ("seconds", SECOND),
    ("second", SECOND),
    ("sec", SECOND),
    ("s", SECOND),
    ("minutes", 60 * SECOND),
    ("minute", 60 * SECOND),
    ("min", 60 * SECOND),
    ("months", 2_629_800 * SECOND),
    ("month", 2_629_800 * SECOND),
    ("M", 2_629_800 * SECOND),
    ("msec", 1000),
    ("ms", 1000),
    ("m", 60 * SECOND),
    ("hours", 3600 * SECOND),
    ("hour", 3600 * SECOND),
    ("hr", 3600 * SECOND),
    ("h", 3600 * SECOND),
    ("days", 86_400 * SECOND),
    ("day", 86_400 * SECOND),
    ("d", 86_400 * SECOND),
    ("weeks", 604_800 * SECOND),
    ("week", 604_800 * SECOND),
    ("w", 604_800 * SECOND),
    ("years", 31_557_600 * SECOND),
    ("year", 31_557_600 * SECOND),
    ("y", 31_557_600 * SECOND),
    ("usec", 1),
    ("us", 1),
    ("\u{b5}s", 1),
    ("\u{3bc}s", 1),
];

/// The unit at the start of a text, in microseconds, and what follows (`extract_multiplier()`).
fn unit(text: &str) -> Option<(u64, &str)> {
    UNITS.iter().find_map(|(name, factor)| Some((*factor, text.strip_prefix(name)?)))
}

/// As [`unit`], in nanoseconds (`extract_nsec_multiplier()`).
fn unit_nsec(text: &str) -> Option<(u64, &str)> {
    let nano = text.strip_prefix("nsec").or_else(|| text.strip_prefix("ns"));
    nano.map(|rest| (1, rest)).or_else(|| unit(text).map(|(factor, rest)| (factor * 1000, rest)))
}

/// A time span in microseconds; a bare number counts `default` of them. [`INFINITY`] for `infinity`: class timespan
/// (`parse_time()`).
pub fn timespan(text: &str, default: u64) -> Result<u64, Bad> {
    span(text, default, unit)
}

/// A time span in nanoseconds, which bare numbers are: class timespan_nsec (`parse_nsec()`).
pub fn timespan_nsec(text: &str) -> Result<u64, Bad> {
    span(text, 1, unit_nsec)
}

/// Adds `NUMBER[.FRACTION][UNIT]` items up.
fn span(text: &str, default: u64, unit: fn(&str) -> Option<(u64, &str)>) -> Result<u64, Bad> {
    let mut rest = text.trim_start_matches(WHITESPACE);
    if let Some(after) = rest.strip_prefix("infinity") {
        return if after.trim_start_matches(WHITESPACE).is_empty() { Ok(INFINITY) } else { Err(Bad::Syntax) };
    }
    let (mut sum, mut something) = (0_u64, false);
    let add = |sum: u64, more: u64| sum.checked_add(more).filter(|s| *s < INFINITY).ok_or(Bad::Range);
    loop {
        rest = rest.trim_start_matches(WHITESPACE);
        if rest.is_empty() {
            return if something { Ok(sum) } else { Err(Bad::Syntax) };
        }
        let number = scan(rest, 10);
        if rest.starts_with('-') || number.negative || number.value > i64::MAX as u64 {
            return Err(Bad::Range);
        }
        let fraction = rest[number.end..].strip_prefix('.');
        if fraction.is_none() && number.end == 0 {
            return Err(Bad::Syntax);
        }
        let digits = fraction.map_or("", |f| &f[..f.len() - f.trim_start_matches(|c: char| c.is_ascii_digit()).len()]);
        let behind = fraction.map_or(&rest[number.end..], |f| &f[digits.len()..]);
        let next = behind.trim_start_matches(WHITESPACE);
        let (factor, after) = unit(next).unwrap_or((default, next));
        // "12.34.56" is refused, "12.34 .56" and "12.34s.56" are not
        if after.len() == behind.len() && !after.is_empty() {
            return Err(Bad::Syntax);
        }
        if number.value >= INFINITY / factor {
            return Err(Bad::Range);
        }
        sum = add(sum, number.value * factor)?;
        if fraction.is_some() {
            if digits.is_empty() {
                return Err(Bad::Syntax);
            }
            let mut place = factor;
            for digit in digits.bytes() {
                place /= 10;
                sum = add(sum, u64::from(digit - b'0') * place)?;
            }
        }
        (rest, something) = (after, true);
    }
}

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

/// The time zone that a calendar expression is meant in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// the time zone of the machine
    Local,
    /// `UTC`, or an `@` time stamp
    Utc,
    /// a time zone by name
    Named(&'static str, &'static str),
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
    const ALL: [(Self, &'static str); 7] = [
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

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, in_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + in_era * 365 + in_era / 4 - in_era / 100 + of_year - 719_468
}

/// The date of a day since 1970-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, in_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (in_era - in_era / 1460 + in_era / 36_524 - in_era / 146_096) / 365;
    let of_year = in_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

impl Calendar {
    const ANY: Self = Self {
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
        let (weekday, _) = Weekday::ALL[usize::try_from((number + 3).rem_euclid(7)).ok()?];
        (date(number) == (year, month, day) && self.weekdays & weekday.bit() == 0).then_some(weekday)
    }

    /// A calendar expression: the value of `OnCalendar=` (`calendar_spec_from_string()`).
    pub fn parse(text: &str) -> Option<Self> {
        let (text, zone) = split_zone(text);
        let mut calendar = Self { zone, ..Self::ANY };
        if text.is_empty() || !(calendar.shorthand(text) || calendar.expression(text).is_some()) {
            return None;
        }
        calendar.normalize();
        calendar.is_valid().then_some(calendar)
    }

    /// `daily` and its sisters; false if it is none of them.
    fn shorthand(&mut self, text: &str) -> bool {
        const WORDS: [(&str, u8); 13] = [
            ("minutely", 0),
            ("hourly", 1),
            ("daily", 2),
            ("weekly", 3),
            ("monthly", 4),
            ("quarterly", 5),
            ("biannually", 6),
            ("bi-annually", 6),
            ("semiannually", 6),
            ("semi-annually", 6),
            ("annually", 7),
            ("yearly", 7),
            ("anually", 7),
        ];
        let Some((_, period)) = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) else {
            return false;
        };
        let fixed = |numbers: &[i32]| numbers.iter().map(|n| Component { start: *n, stop: None, repeat: 0 }).collect();
        self.microsecond = fixed(&[0]);
        self.minute = if *period >= 1 { fixed(&[0]) } else { Vec::new() };
        self.hour = if *period >= 2 { fixed(&[0]) } else { Vec::new() };
        self.day = if *period >= 4 { fixed(&[1]) } else { Vec::new() };
        self.weekdays = u8::from(*period == 3);
        self.month = match period {
            5 => fixed(&[1, 4, 7, 10]),
            6 => fixed(&[1, 7]),
            7 => fixed(&[1]),
            _ => Vec::new(),
        };
        true
    }

    /// `[WEEKDAYS] [DATE] [TIME]`
    fn expression(&mut self, text: &str) -> Option<()> {
        let text = self.parse_weekdays(text)?;
        match self.parse_date(text)? {
            Some(time) => self.parse_time(time),
            None => Some(()),
        }
    }

    /// Days of the week, their lists and ranges; gives what follows (`parse_weekdays()`).
    fn parse_weekdays<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let starts = |text: &str, name: &str| text.get(..name.len()).is_some_and(|t| t.eq_ignore_ascii_case(name));
        let (mut rest, mut from, mut first) = (text, None::<u8>, true);
        loop {
            let day = Weekday::ALL.iter().find(|(_, name)| starts(rest, &name[..3]));
            let Some((day, name)) = day else {
                return first.then_some(rest);
            };
            rest = &rest[if starts(rest, name) { name.len() } else { 3 }..];
            if !rest.is_empty() && !rest.starts_with(['-', '.', ',', ' ']) {
                return None;
            }
            let number = *day as u8;
            let range = from.unwrap_or(number)..=number;
            if range.is_empty() {
                return None;
            }
            self.weekdays |= range.fold(0, |bits, n| bits | 1 << n);
            if rest.is_empty() {
                return Some(rest);
            } else if rest.starts_with(' ') {
                return Some(rest.trim_start_matches(' '));
            } else if let Some(after) = rest.strip_prefix(',') {
                (rest, from) = (after, None);
            } else {
                // ".." or, for old units, "-"
                let after = rest.strip_prefix("..").or_else(|| rest.strip_prefix('-')).filter(|_| from.is_none())?;
                (rest, from) = (after, Some(number));
            }
            // a list may end with a comma, a range may not be open
            if rest.is_empty() || rest.starts_with(' ') {
                return from.is_none().then(|| rest.trim_start_matches(' '));
            }
            first = false;
        }
    }

    /// `[YEAR-]MONTH-DAY`, with `~` before the day to count from the end of the month, or `@SECONDS`. Gives the time
    /// that follows, or nothing after a time stamp (`parse_date()`).
    fn parse_date<'a>(&mut self, text: &'a str) -> Option<Option<&'a str>> {
        if text.is_empty() {
            return Some(Some(text));
        }
        if let Some(stamp) = text.strip_prefix('@') {
            return self.stamp(stamp).map(|()| None);
        }
        let (first, rest) = chain(text, false)?;
        if rest.is_empty() || rest.starts_with(':') {
            return Some(Some(text));
        }
        let rest = self.separator(rest)?;
        let (second, rest) = chain(rest, false)?;
        if rest.is_empty() || rest.starts_with(' ') {
            (self.month, self.day) = (first, second);
            return Some(Some(rest.trim_start_matches(' ')));
        } else if self.end_of_month {
            return None;
        }
        let rest = self.separator(rest)?;
        let (third, rest) = chain(rest, false)?;
        (self.year, self.month, self.day) = (first, second, third);
        (rest.is_empty() || rest.starts_with(' ')).then(|| Some(rest.trim_start_matches(' ')))
    }

    /// `-` or `~` in a date.
    fn separator<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        self.end_of_month = text.starts_with('~');
        text.strip_prefix(['-', '~'])
    }

    /// Seconds since the epoch (`calendarspec_from_time_t()`).
    fn stamp(&mut self, text: &str) -> Option<()> {
        let number = scan(text, 10);
        if number.overflow || number.negative || number.end == 0 || number.end != text.len() {
            return None;
        }
        let seconds = i64::try_from(number.value).ok()?;
        let (year, month, day) = date(seconds / 86_400);
        let fixed = |n: i64| Some(vec![Component { start: i32::try_from(n).ok()?, stop: None, repeat: 0 }]);
        (self.year, self.month, self.day) = (fixed(year)?, fixed(month)?, fixed(day)?);
        (self.hour, self.minute) = (fixed(seconds / 3600 % 24)?, fixed(seconds / 60 % 60)?);
        self.microsecond = fixed(seconds % 60 * SECOND as i64)?;
        self.zone = Zone::Utc;
        Some(())
    }

    /// `HOUR:MINUTE[:SECOND]`; none at all is midnight (`parse_calendar_time()`).
    fn parse_time(&mut self, text: &str) -> Option<()> {
        const ZERO: Component = Component { start: 0, stop: None, repeat: 0 };
        if text.is_empty() {
            (self.hour, self.minute, self.microsecond) = (vec![ZERO], vec![ZERO], vec![ZERO]);
            return Some(());
        }
        let (hour, rest) = chain(text, false)?;
        let (minute, rest) = chain(rest.strip_prefix(':')?, false)?;
        let (second, rest) = if rest.is_empty() { (vec![ZERO], "") } else { chain(rest.strip_prefix(':')?, true)? };
        (self.hour, self.minute, self.microsecond) = (hour, minute, second);
        rest.is_empty().then_some(())
    }

    /// `calendar_spec_normalize()`
    fn normalize(&mut self) {
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

    /// `calendar_spec_valid()`
    fn is_valid(&self) -> bool {
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
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let number = scan(text, 10);
    let (mut value, mut rest) = (number.value, &text[number.end..]);
    if seconds {
        value = value.checked_mul(SECOND)?;
        if let Some(after) = rest.strip_prefix('.').filter(|after| !after.starts_with('.')) {
            let end = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let digit = |i: usize| after.as_bytes()[..end].get(i).map_or(0, |b| u64::from(b - b'0'));
            let add = (0..6).fold(0, |sum, i| sum * 10 + digit(i)) + u64::from(digit(6) >= 5);
            value = value.checked_add(Some(add).filter(|_| end > 0)?)?;
            rest = &after[end..];
        }
    }
    let value = i32::try_from(value).ok().filter(|_| !number.overflow)?;
    Some((value, rest))
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

/// A time zone by the name that it has in the database, in the same case (`timezone_is_valid()`).
pub fn time_zone(name: &str) -> Option<Zone> {
    let name = name.strip_prefix("posix/").or_else(|| name.strip_prefix("right/")).unwrap_or(name);
    let (area, city) = name.rsplit_once('/').unwrap_or(("", name));
    let (area, cities) = ZONES.iter().find(|(a, _)| *a == area)?;
    let city = cities.split(' ').find(|c| *c == city)?;
    Some(if area.is_empty() && city == "UTC" { Zone::Utc } else { Zone::Named(area, city) })
}

/// The time zones of the IANA database by area, with the old names.
const ZONES: &[(&str, &str)] = &[
    (
        "Africa",
        "Abidjan Accra Addis_Ababa Algiers Asmara Asmera Bamako Bangui Banjul Bissau Blantyre Brazzaville \
         Bujumbura Cairo Casablanca Ceuta Conakry Dakar Dar_es_Salaam Djibouti Douala El_Aaiun Freetown \
         Gaborone Harare Johannesburg Juba Kampala Khartoum Kigali Kinshasa Lagos Libreville Lome Luanda \
         Lubumbashi Lusaka Malabo Maputo Maseru Mbabane Mogadishu Monrovia Nairobi Ndjamena Niamey Nouakchott \
         Ouagadougou Porto-Novo Sao_Tome Timbuktu Tripoli Tunis Windhoek",
    ),
    (
        "America",
        "Adak Anchorage Anguilla Antigua Araguaina Aruba Asuncion Atikokan Atka Bahia Bahia_Banderas Barbados \
         Belem Belize Blanc-Sablon Boa_Vista Bogota Boise Buenos_Aires Cambridge_Bay Campo_Grande Cancun \
         Caracas Catamarca Cayenne Cayman Chicago Chihuahua Ciudad_Juarez Coral_Harbour Cordoba Costa_Rica \
         Coyhaique Creston Cuiaba Curacao Danmarkshavn Dawson Dawson_Creek Denver Detroit Dominica Edmonton \
         Eirunepe El_Salvador Ensenada Fort_Nelson Fort_Wayne Fortaleza Glace_Bay Godthab Goose_Bay \
         Grand_Turk Grenada Guadeloupe Guatemala Guayaquil Guyana Halifax Havana Hermosillo Indianapolis \
         Inuvik Iqaluit Jamaica Jujuy Juneau Knox_IN Kralendijk La_Paz Lima Los_Angeles Louisville \
         Lower_Princes Maceio Managua Manaus Marigot Martinique Matamoros Mazatlan Mendoza Menominee Merida \
         Metlakatla Mexico_City Miquelon Moncton Monterrey Montevideo Montreal Montserrat Nassau New_York \
         Nipigon Nome Noronha Nuuk Ojinaga Panama Pangnirtung Paramaribo Phoenix Port-au-Prince Port_of_Spain \
         Porto_Acre Porto_Velho Puerto_Rico Punta_Arenas Rainy_River Rankin_Inlet Recife Regina Resolute \
         Rio_Branco Rosario Santa_Isabel Santarem Santiago Santo_Domingo Sao_Paulo Scoresbysund Shiprock \
         Sitka St_Barthelemy St_Johns St_Kitts St_Lucia St_Thomas St_Vincent Swift_Current Tegucigalpa Thule \
         Thunder_Bay Tijuana Toronto Tortola Vancouver Virgin Whitehorse Winnipeg Yakutat Yellowknife",
    ),
    (
        "America/Argentina",
        "Buenos_Aires Catamarca ComodRivadavia Cordoba Jujuy La_Rioja Mendoza Rio_Gallegos Salta San_Juan \
         San_Luis Tucuman Ushuaia",
    ),
    ("America/Indiana", "Indianapolis Knox Marengo Petersburg Tell_City Vevay Vincennes Winamac"),
    ("America/Kentucky", "Louisville Monticello"),
    ("America/North_Dakota", "Beulah Center New_Salem"),
    ("Antarctica", "Casey Davis DumontDUrville Macquarie Mawson McMurdo Palmer Rothera South_Pole Syowa Troll Vostok"),
    ("Arctic", "Longyearbyen"),
    (
        "Asia",
        "Aden Almaty Amman Anadyr Aqtau Aqtobe Ashgabat Ashkhabad Atyrau Baghdad Bahrain Baku Bangkok Barnaul \
         Beirut Bishkek Brunei Calcutta Chita Choibalsan Chongqing Chungking Colombo Dacca Damascus Dhaka \
         Dili Dubai Dushanbe Famagusta Gaza Harbin Hebron Ho_Chi_Minh Hong_Kong Hovd Irkutsk Istanbul Jakarta \
         Jayapura Jerusalem Kabul Kamchatka Karachi Kashgar Kathmandu Katmandu Khandyga Kolkata Krasnoyarsk \
         Kuala_Lumpur Kuching Kuwait Macao Macau Magadan Makassar Manila Muscat Nicosia Novokuznetsk \
         Novosibirsk Omsk Oral Phnom_Penh Pontianak Pyongyang Qatar Qostanay Qyzylorda Rangoon Riyadh Saigon \
         Sakhalin Samarkand Seoul Shanghai Singapore Srednekolymsk Taipei Tashkent Tbilisi Tehran Tel_Aviv \
         Thimbu Thimphu Tokyo Tomsk Ujung_Pandang Ulaanbaatar Ulan_Bator Urumqi Ust-Nera Vientiane \
         Vladivostok Yakutsk Yangon Yekaterinburg Yerevan",
    ),
    (
        "Atlantic",
        "Azores Bermuda Canary Cape_Verde Faeroe Faroe Jan_Mayen Madeira Reykjavik South_Georgia St_Helena \
         Stanley",
    ),
    (
        "Australia",
        "ACT Adelaide Brisbane Broken_Hill Canberra Currie Darwin Eucla Hobart LHI Lindeman Lord_Howe \
         Melbourne NSW North Perth Queensland South Sydney Tasmania Victoria West Yancowinna",
    ),
    ("Brazil", "Acre DeNoronha East West"),
    (
        "",
        "CET CST6CDT Cuba EET EST EST5EDT Egypt Eire Factory GB GB-Eire GMT GMT+0 GMT-0 GMT0 Greenwich HST \
         Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST MST7MDT NZ NZ-CHAT Navajo PRC \
         PST8PDT Poland Portugal ROC ROK Singapore Turkey UCT UTC Universal W-SU WET Zulu localtime \
         posixrules",
    ),
    ("Canada", "Atlantic Central Eastern Mountain Newfoundland Pacific Saskatchewan Yukon"),
    ("Chile", "Continental EasterIsland"),
    (
        "Etc",
        "GMT GMT+0 GMT+1 GMT+10 GMT+11 GMT+12 GMT+2 GMT+3 GMT+4 GMT+5 GMT+6 GMT+7 GMT+8 GMT+9 GMT-0 GMT-1 \
         GMT-10 GMT-11 GMT-12 GMT-13 GMT-14 GMT-2 GMT-3 GMT-4 GMT-5 GMT-6 GMT-7 GMT-8 GMT-9 GMT0 Greenwich \
         UCT UTC Universal Zulu",
    ),
    (
        "Europe",
        "Amsterdam Andorra Astrakhan Athens Belfast Belgrade Berlin Bratislava Brussels Bucharest Budapest \
         Busingen Chisinau Copenhagen Dublin Gibraltar Guernsey Helsinki Isle_of_Man Istanbul Jersey \
         Kaliningrad Kiev Kirov Kyiv Lisbon Ljubljana London Luxembourg Madrid Malta Mariehamn Minsk Monaco \
         Moscow Nicosia Oslo Paris Podgorica Prague Riga Rome Samara San_Marino Sarajevo Saratov Simferopol \
         Skopje Sofia Stockholm Tallinn Tirane Tiraspol Ulyanovsk Uzhgorod Vaduz Vatican Vienna Vilnius \
         Volgograd Warsaw Zagreb Zaporozhye Zurich",
    ),
    ("Indian", "Antananarivo Chagos Christmas Cocos Comoro Kerguelen Mahe Maldives Mauritius Mayotte Reunion"),
    ("Mexico", "BajaNorte BajaSur General"),
    (
        "Pacific",
        "Apia Auckland Bougainville Chatham Chuuk Easter Efate Enderbury Fakaofo Fiji Funafuti Galapagos \
         Gambier Guadalcanal Guam Honolulu Johnston Kanton Kiritimati Kosrae Kwajalein Majuro Marquesas \
         Midway Nauru Niue Norfolk Noumea Pago_Pago Palau Pitcairn Pohnpei Ponape Port_Moresby Rarotonga \
         Saipan Samoa Tahiti Tarawa Tongatapu Truk Wake Wallis Yap",
    ),
    (
        "US",
        "Alaska Aleutian Arizona Central East-Indiana Eastern Hawaii Indiana-Starke Michigan Mountain Pacific \
         Samoa",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans() {
        let good = [
            ("5", 5 * SECOND),
            ("1h30min", 5400 * SECOND),
            ("1 h 30 min", 5400 * SECOND),
            (".5h", 1800 * SECOND),
            ("5 5", 10 * SECOND),
            ("+3s", 3 * SECOND),
            ("5M", 5 * 2_629_800 * SECOND),
            ("5m", 300 * SECOND),
            ("1y", 31_557_600 * SECOND),
            ("5\u{b5}s 5\u{3bc}s", 10),
            ("0.0000001s", 0),
            ("12.34 .5", 12_840_000),
            ("1.5s.5", 2 * SECOND),
            ("infinity ", INFINITY),
        ];
        for (text, span) in good {
            assert_eq!(timespan(text, SECOND), Ok(span), "{text}");
        }
        let unclear = [
            "",
            "5S",
            "5ns",
            "1.5.5",
            "5.",
            "3.sec",
            "3. 1",
            "infinityx",
            "5 infinity",
            "5hrs",
            "1e3",
            "0x10",
            "Infinity",
            "+ 3",
        ];
        for text in unclear {
            assert_eq!(timespan(text, SECOND), Err(Bad::Syntax), "{text}");
        }
        for text in ["-1", "-0", "1h -5", "584555y", "18446744073709551s 1s", "99999999999999999999"] {
            assert_eq!(timespan(text, SECOND), Err(Bad::Range), "{text}");
        }
    }

    #[test]
    fn time_spans_in_nanoseconds() {
        let all =
            [("5", Ok(5)), ("5ns", Ok(5)), ("1us 1nsec", Ok(1001)), ("1.5us", Ok(1500)), ("585y", Err(Bad::Range))];
        for (text, span) in all {
            assert_eq!(timespan_nsec(text), span, "{text}");
        }
        assert_eq!(timespan_nsec("infinity"), Ok(INFINITY));
    }

    #[test]
    fn calendar_expressions() {
        let good = [
            "daily",
            "Yearly",
            "anually",
            "semi-annually",
            "daily UTC",
            "hourly Europe/Berlin",
            "Mon",
            "mon..FRI",
            "Mon-Fri,Sun",
            "Mon,Tue,",
            "Mon..Mon",
            "Mon  12:00",
            "12-25 10:00",
            "*:0/15",
            "*:*",
            "*-*-* *:*:*",
            "1..1:00",
            "1..5/10:00",
            "*-*~07/1",
            "02~03",
            "*-*~1..3",
            "@1395716396",
            "@+1",
            "2003-02..04-05",
            "69-01-01",
            "*:*:0.5/0.5",
            "0:0:59.999999",
            "*:*:0/59.999999",
            "2024-02-31",
            "12:00 utc",
            "daily posix/Europe/Berlin",
            "12:00:00.1234567890123",
            "*-01,07-01",
        ];
        for text in good {
            assert!(Calendar::parse(text).is_some(), "{text}");
        }
        let bad = [
            "",
            "dayly",
            "daily 10:00",
            "daily europe/berlin",
            "daily Foo/Bar",
            "UTC",
            "Europe/Berlin",
            "Mond",
            "Mon..",
            "Mon.Fri",
            "Fri..Mon",
            ",Mon",
            "Mon..Wed..Fri",
            "Mon, Tue",
            "Mon Tue",
            "*",
            "12",
            "24:00",
            "*:0/0",
            "*:00/60",
            "5..1:00",
            "1,,2:00",
            "1,:00",
            "100-01-01",
            "2200-01-01",
            "1969-01-01",
            "2024-13-01",
            "2024-01-01T10:00",
            "2024-01-01 10:00:00 Z",
            "2024~01-01",
            "*-*~29",
            "*-*~3..1",
            "@",
            "@-1",
            "@1 10:00",
            "@1.5",
            "@7258118400",
            "0:0:59.9999999",
            "0:0:0.",
            "-1:00",
            "0x10:00",
            "10::10",
            "*,1:00",
            "*/2-*-*",
            "0 0 * * *",
            "12:00  UTC",
            "hourly 5",
        ];
        for text in bad {
            assert_eq!(Calendar::parse(text), None, "{text}");
        }
        let list = |n| vec!["1"; n].join(",") + ":00";
        assert!(Calendar::parse(&list(241)).is_some() && Calendar::parse(&list(242)).is_none());
    }

    #[test]
    fn calendar_expressions_are_normalized() {
        let one = |start| Component { start, stop: None, repeat: 0 };
        let c = Calendar::parse("Mon..Wed,Sun 24..26-3,1,1-1..10/4 1:30:0.5 Asia/Kolkata").unwrap();
        assert_eq!(c.weekdays, 0b100_0111);
        assert_eq!(c.year, [Component { start: 2024, stop: Some(2026), repeat: 1 }]);
        assert_eq!((&c.month[..], &c.hour[..], &c.minute[..]), (&[one(1), one(3)][..], &[one(1)][..], &[one(30)][..]));
        assert_eq!(c.day, [Component { start: 1, stop: Some(9), repeat: 4 }]);
        assert_eq!((c.microsecond, c.zone), (vec![one(500_000)], Zone::Named("Asia", "Kolkata")));
        let stamp = Calendar::parse("@951782400").unwrap();
        assert_eq!((stamp.year, stamp.month, stamp.day), (vec![one(2000)], vec![one(2)], vec![one(29)]));
        assert_eq!(Calendar::parse("Sun..Sun,Mon..Sat").unwrap().weekdays, 0);
    }

    #[test]
    fn a_weekday_contradicts_a_date() {
        let conflicts = [
            ("Thu 2027-01-01", Some(Weekday::Friday)),
            ("Mon,Tue 27-1-1 12:00 UTC", Some(Weekday::Friday)),
            ("Sat,Sun 2024-02-29", Some(Weekday::Thursday)),
            ("Thu 2027-01-01..1", Some(Weekday::Friday)),
            ("Fri 2027-01-01", None),
            ("2027-01-01", None),
            ("Thu *-01-01", None),
            ("Thu 2027-01-01,02", None),
            ("Thu 2027-01~01", None),
            ("Thu 2027-02-31", None),
        ];
        for (text, day) in conflicts {
            assert_eq!(Calendar::parse(text).unwrap().weekday_conflict(), day, "{text}");
        }
        assert_eq!(Weekday::Friday.short(), "Fri");
    }

    #[test]
    fn days_and_dates_agree() {
        assert_eq!((days(1970, 1, 1), days(2000, 3, 1), date(11_016)), (0, 11_017, (2000, 2, 29)));
        assert!((0..84_000).all(|n| {
            let (y, m, d) = date(n);
            days(y, m, d) == n
        }));
    }
}
