//! `RootHash=` and `RootHashSignature=` (systemd.exec(5)).

use super::encoding::base64;
use crate::vocab::words::BLANKS;

/// `RootHash=`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootHash<'a> {
    /// a file, not checked any further
    File(&'a str),
    /// that many bytes in the value itself
    Bytes(usize),
}

/// What is wrong with a root hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadHash {
    /// neither a path nor in the right encoding
    Encoding,
    /// fewer than 16 bytes
    Short,
}

/// A path, or at least 16 bytes in hexadecimal digits, blanks allowed (`config_parse_exec_root_hash()`).
///
/// # Errors
/// When it is neither.
pub fn root_hash(text: &str) -> Result<RootHash<'_>, BadHash> {
    if text.starts_with('/') {
        return Ok(RootHash::File(text));
    }
    let digits = text.bytes().filter(|b| !BLANKS.contains(b));
    let count = digits.clone().count();
    if count % 2 != 0 || !digits.clone().all(|b| b.is_ascii_hexdigit()) {
        return Err(BadHash::Encoding);
    }
    if count < 32 { Err(BadHash::Short) } else { Ok(RootHash::Bytes(count / 2)) }
}

/// A path, or data behind `base64:` (`config_parse_exec_root_hash_sig()`).
///
/// # Errors
/// When it is neither.
pub fn root_hash_signature(text: &str) -> Result<RootHash<'_>, BadHash> {
    if text.starts_with('/') {
        return Ok(RootHash::File(text));
    }
    let data = text.strip_prefix("base64:").and_then(base64).ok_or(BadHash::Encoding)?;
    Ok(RootHash::Bytes(data.len()))
}
