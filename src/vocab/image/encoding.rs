//! Data in values: C escapes (`cunescape()`) and base64 (`unbase64mem()`).

use super::cursor::How;
use crate::vocab::words;

/// Decodes what stands behind a backslash: the number of bytes used and what they mean. Other than
/// [`words::c_escape`] it takes surrogates with `\u`, refuses noncharacters with `\U`, and takes NUL where allowed
/// (`cunescape_one()`).
pub(super) fn c_escape(rest: &[u8], accept_nul: bool) -> Option<(usize, Vec<u8>)> {
    let digits = match rest.first()? {
        b'u' => 4,
        b'U' => 8,
        b'x' if accept_nul && rest.starts_with(b"x00") => return Some((3, vec![0])),
        b'0' if accept_nul && rest.starts_with(b"000") => return Some((3, vec![0])),
        _ => return words::c_escape(rest),
    };
    let text = rest.get(1..=digits).filter(|d| d.iter().all(u8::is_ascii_hexdigit))?;
    let code = u32::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()?;
    if code == 0 && !accept_nul {
        return None;
    }
    let nonchar = (0xFDD0..=0xFDEF).contains(&code) || code & 0xFFFE == 0xFFFE;
    let bytes = match char::from_u32(code) {
        Some(_) if digits == 8 && nonchar => return None,
        Some(c) => c.to_string().into_bytes(),
        // a lone surrogate, as the three bytes that systemd writes
        None if digits == 4 => {
            vec![0xE0 | (code >> 12) as u8, 0x80 | (code >> 6 & 0x3F) as u8, 0x80 | (code & 0x3F) as u8]
        }
        None => return None,
    };
    Some((1 + digits, bytes))
}

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
    let symbols: Vec<u8> = text.bytes().filter(|b| !How::BLANKS.contains(b)).collect();
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
