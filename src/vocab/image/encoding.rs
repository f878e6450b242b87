//! Data in values: C escapes (`cunescape()`) and base64 (`unbase64mem()`).

use crate::vocab::words::{BLANKS, c_escape};

/// The bytes that a text with C escapes stands for (`cunescape_length_with_prefix()`).
pub(super) fn unescape(text: &str, accept_nul: bool) -> Option<Vec<u8>> {
    let mut rest = text.as_bytes();
    let mut out = Vec::with_capacity(rest.len());
    while let Some(backslash) = rest.iter().position(|b| *b == b'\\') {
        let (used, bytes) = c_escape(&rest[backslash + 1..], accept_nul)?;
        out.extend_from_slice(&rest[..backslash]);
        out.extend(bytes);
        rest = &rest[backslash + 1 + used..];
    }
    out.extend_from_slice(rest);
    Some(out)
}

/// `StandardInputText=`: C escapes, no NUL; specifiers are expanded afterwards (`config_parse_exec_input_text()`).
pub fn escaped_text(text: &str) -> Option<Vec<u8>> {
    unescape(text, false)
}

/// The data of a base64 text; blanks are passed over, the padding has to be complete and its unused bits zero
/// (`unbase64mem()`).
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text.bytes().filter(|b| !BLANKS.contains(b)).collect();
    if !symbols.len().is_multiple_of(4) {
        return None;
    }
    let padding = symbols.iter().rev().take_while(|b| **b == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(symbols.len() / 4 * 3);
    let (mut bits, mut have) = (0_u32, 0);
    for symbol in &symbols[..symbols.len() - padding] {
        bits = bits << 6 | sextet(*symbol)?;
        have += 6;
        if have >= 8 {
            have -= 8;
            out.push((bits >> have) as u8);
            bits &= (1 << have) - 1;
        }
    }
    (bits == 0).then_some(out)
}

/// The six bits that a letter of base64 stands for (`unbase64char()`).
fn sextet(symbol: u8) -> Option<u32> {
    Some(u32::from(match symbol {
        b'A'..=b'Z' => symbol - b'A',
        b'a'..=b'z' => symbol - b'a' + 26,
        b'0'..=b'9' => symbol - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}
