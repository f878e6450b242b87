//! The hash of names in the tables that are made at build time; who makes them and who reads them share it.

/// Of the length and of the eight bytes at either end.
pub(super) fn of(name: &[u8]) -> u32 {
    let short = || name.iter().fold(0, |word: u64, b| word << 8 | u64::from(*b));
    let (head, tail) = match (name.first_chunk(), name.last_chunk()) {
        (Some(head), Some(tail)) => (u64::from_be_bytes(*head), u64::from_be_bytes(*tail)),
        _ => (short(), 0),
    };
    let word = head ^ tail.rotate_left(29) ^ name.len() as u64;
    (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}
