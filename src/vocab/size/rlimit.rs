//! Resource limits: the `Limit...=` keys, class rlimit (systemd.exec(5), setrlimit(2), `rlimit-util.c`).

use super::bytes::bytes;
use super::number::unsigned_64;
use super::{Bad, at_most};
use crate::vocab::time;
use crate::vocab::words::{Cursor, Split};

/// How a resource limit is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RlimitUnit {
    /// a size with suffixes of base 1024
    Bytes,
    /// a number
    Number,
    /// a time span, seconds by default
    Seconds,
    /// a time span, microseconds by default
    Microseconds,
    /// 0 to 40, or a nice level with its sign
    Nice,
}

impl RlimitUnit {
    /// The unit of a `Limit...=` key (`rlimit_parse_table`).
    pub fn of(key: &str) -> Self {
        match key {
            "LimitCPU" => Self::Seconds,
            "LimitRTTIME" => Self::Microseconds,
            "LimitNICE" => Self::Nice,
            "LimitNOFILE" | "LimitNPROC" | "LimitLOCKS" | "LimitSIGPENDING" | "LimitRTPRIO" => Self::Number,
            _ => Self::Bytes,
        }
    }

    /// One of the two limits (`rlimit_parse_one()`).
    fn parse(self, text: &str) -> Result<u64, Bad> {
        if self == Self::Nice {
            return nice_limit(text);
        }
        if text == "infinity" {
            return Ok(RLIM_INFINITY);
        }
        let finite = |n: u64| at_most(n, RLIM_INFINITY - 1);
        match self {
            Self::Number => finite(unsigned_64(text)?),
            Self::Seconds => Ok(match time::timespan(text, time::SECOND)? {
                time::INFINITY => RLIM_INFINITY,
                span => span.div_ceil(time::SECOND),
            }),
            Self::Microseconds => time::timespan(text, 1),
            Self::Bytes | Self::Nice => finite(bytes(text, 1024)?),
        }
    }
}

/// The limit that is none.
pub const RLIM_INFINITY: u64 = u64::MAX;

/// 0 to 40, or a nice level with its sign, which is turned around (`rlimit_parse_nice()`).
fn nice_limit(text: &str) -> Result<u64, Bad> {
    if let Some(level) = text.strip_prefix('+') {
        Ok(20 - at_most(unsigned_64(level)?, 19)?)
    } else if let Some(level) = text.strip_prefix('-') {
        Ok(20 + at_most(unsigned_64(level)?, 20)?)
    } else {
        at_most(unsigned_64(text)?, 40)
    }
}

/// A resource limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rlimit {
    /// what processes start with; [`RLIM_INFINITY`] for none
    pub soft: u64,
    /// up to where they may raise it
    pub hard: u64,
}

/// Why a resource limit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadRlimit {
    /// one of the numbers
    Value(Bad),
    /// the soft limit is above the hard limit
    Order,
}

/// `VALUE` or `SOFT:HARD`: class rlimit (`rlimit_parse()`).
pub fn rlimit(text: &str, unit: RlimitUnit) -> Result<Rlimit, BadRlimit> {
    const UNCLEAR: BadRlimit = BadRlimit::Value(Bad::Syntax);
    let mut words = Cursor::new(text);
    let soft = words.next(Split::COLON).ok().flatten().ok_or(UNCLEAR)?;
    let soft = unit.parse(&soft.text).map_err(BadRlimit::Value)?;
    let hard = match words.next(Split::COLON).map_err(|_| UNCLEAR)? {
        None => soft,
        Some(hard) if words.is_empty() => unit.parse(&hard.text).map_err(BadRlimit::Value)?,
        Some(_) => return Err(UNCLEAR),
    };
    if soft > hard { Err(BadRlimit::Order) } else { Ok(Rlimit { soft, hard }) }
}
