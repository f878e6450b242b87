//! Time spans and calendar expressions: systemd.time(7), `time-util.c`, `calendarspec.c`.

mod calendar;
mod date;
mod expression;
mod span;
mod zones;

pub use calendar::{Calendar, Component};
pub use date::Weekday;
pub use span::{INFINITY, SECOND, timespan, timespan_nsec};
pub use zones::{Zone, time_zone};

/// The decimal digits at the start of a text, and what follows.
fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

#[cfg(test)]
mod tests;
