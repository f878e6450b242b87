//! Messages as they come and go: a header with a length, a blank line, JSON.

use lsp_server::{Message, RequestId, ResponseError};
use serde_json::Value;
use std::io::{self, BufRead, Read, Write};

/// No message of an editor is longer, save for files that are not read either.
const LONGEST: u64 = 256 << 20;
/// No line of a header is longer.
const HEADER: u64 = 4096;

/// What was read.
#[derive(Debug)]
pub(super) enum Incoming {
    /// a message
    Message(Message),
    /// something of the right length that is none, and why
    Garbage(String),
}

/// The next message; `None` at the end.
///
/// # Errors
/// What comes is no header, or is too long: where the next message would begin is not known.
pub(super) fn read(input: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut length = None;
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.take(HEADER).read_until(b'\n', &mut line)? == 0 {
            return if length.is_none() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        let text = str::from_utf8(&line).unwrap_or_default().trim_end();
        if text.is_empty() && line.ends_with(b"\n") {
            break;
        }
        let Some((name, value)) = text.split_once(':') else { return Err(invalid("a header without a colon")) };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse::<u64>().ok();
        }
    }
    let length = length.filter(|n| *n <= LONGEST).ok_or_else(|| invalid("no length that a message can have"))?;
    let mut bytes = Vec::new();
    if input.take(length).read_to_end(&mut bytes)? as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(match serde_json::from_slice(&bytes) {
        Ok(message) => Incoming::Message(message),
        Err(e) => Incoming::Garbage(e.to_string()),
    }))
}

/// What is sent.
#[derive(Debug)]
pub(super) enum Outgoing {
    /// a message
    Message(Message),
    /// the answer to something that was no message, and so had no number
    Fault(ResponseError),
}

/// Writes a message.
///
/// # Errors
/// Nobody reads any more.
pub(super) fn write(output: &mut impl Write, message: &Outgoing) -> io::Result<()> {
    match message {
        Outgoing::Message(message) => message.write(output),
        Outgoing::Fault(error) => {
            let text = serde_json::json!({ "jsonrpc": "2.0", "id": Value::Null, "error": error }).to_string();
            write!(output, "Content-Length: {}\r\n\r\n{text}", text.len())?;
            output.flush()
        }
    }
}

/// The request that a notification takes back.
pub(super) fn cancelled(message: &Message) -> Option<RequestId> {
    let Message::Notification(n) = message else { return None };
    let id = n.params.get("id").filter(|_| n.method == "$/cancelRequest")?;
    match id {
        Value::String(id) => Some(id.clone().into()),
        id => Some(i32::try_from(id.as_i64()?).ok()?.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<String> {
        let mut input = bytes;
        let mut out = Vec::new();
        loop {
            match read(&mut input) {
                Ok(Some(Incoming::Message(Message::Request(r)))) => out.push(r.method),
                Ok(Some(Incoming::Message(m))) => out.push(format!("{m:?}")),
                Ok(Some(Incoming::Garbage(_))) => out.push("garbage".into()),
                Ok(None) => return out,
                Err(e) => {
                    out.push(format!("{:?}", e.kind()));
                    return out;
                }
            }
        }
    }

    #[test]
    fn what_is_no_message() {
        let message = r#"{"jsonrpc":"2.0","id":1,"method":"a"}"#;
        let good = format!("Content-Length: {}\r\nContent-Type: x; charset=utf-8\r\n\r\n{message}", message.len());
        assert_eq!(all(good.as_bytes()), ["a"]);
        assert_eq!(all(format!("content-length:2\n\n{{]{good}").as_bytes()), ["garbage", "a"]);
        assert_eq!(all(format!("Content-Length: 4\r\n\r\n\u{ff}\u{ff}{good}").as_bytes()), ["garbage", "a"]);
        for bad in ["hello\r\n", "Content-Length: x\r\n\r\n", "\r\n", "Content-Length: 99999999999999\r\n\r\n"] {
            assert_eq!(all(bad.as_bytes()), ["InvalidData"], "{bad}");
        }
        for cut in ["Content-Length: 3\r\n", "Content-Length: 3\r\n\r\n{}"] {
            assert_eq!(all(cut.as_bytes()), ["UnexpectedEof"], "{cut}");
        }
        assert_eq!(all(&vec![b'x'; 100_000]), ["InvalidData"]);
    }
}
