//! `DEVICE VALUE` lines: classes io_device_weight, io_device_latency, io_device_limit (systemd.resource-control(5)).

use crate::vocab::words::{Split, Word, words};
use std::ops::Range;

/// A device and the text of its value: classes io_device_weight, io_device_latency and io_device_limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IoDevice<'a> {
    /// the path, still with specifiers
    pub path: Word<'a>,
    /// what follows
    pub value: &'a str,
    /// where that stands
    pub at: Range<usize>,
}

/// Why a device line cannot be taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadDevice {
    /// an open quote
    Quoting,
    /// path or value is missing
    Incomplete,
}

/// Splits `DEVICE VALUE`; systemd looks at the path first and at the value then (`config_parse_io_device_weight()`).
pub fn io_device(text: &str) -> Result<IoDevice<'_>, BadDevice> {
    let mut rest = words(text, Split::UNQUOTE);
    let path = rest.next().ok_or(BadDevice::Incomplete)?.map_err(|_| BadDevice::Quoting)?;
    match rest.rest() {
        "" => Err(BadDevice::Incomplete),
        value => Ok(IoDevice { path, value, at: text.len() - value.len()..text.len() }),
    }
}
