//! Names and numbers of network interfaces (`ifname_valid_full()`, `parse_ifindex()`).

use super::port::unsigned;
use crate::vocab::Model;

/// The longest name of a network interface.
pub const SHORT_NAME: usize = 15;
/// The longest alternative name of one.
pub const LONG_NAME: usize = 127;

/// A name that a network interface can have: [`SHORT_NAME`] for `BindToDevice=`, see [`restrict_name_length`] for the
/// others (`ifname_valid_full()`).
pub fn is_interface(name: &str, longest: usize) -> bool {
    let valid = |b: u8| (0x21..0x7f).contains(&b) && !b":/%".contains(&b);
    !name.is_empty()
        && name.len() <= longest
        && !matches!(name, "." | ".." | "all" | "default")
        && name.bytes().all(valid)
        && !is_index(name)
        && !name.bytes().all(|b| b.is_ascii_digit())
}

/// Whether this is the number of a network interface (`parse_ifindex()`).
pub(super) fn is_index(text: &str) -> bool {
    unsigned(text, i32::MAX as u64, true).is_ok_and(|n| n > 0)
}

/// How long the names in `RestrictNetworkInterfaces=` and `BindNetworkInterface=` may be: alternative names count since
/// 257.
pub fn restrict_name_length(model: Model) -> usize {
    if model.number() < 257 { SHORT_NAME } else { LONG_NAME }
}
