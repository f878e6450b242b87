//! `SocketBindAllow=` and `SocketBindDeny=` (systemd.resource-control(5), `parse_socket_bind_item()`).

use super::port::port_range;
use crate::vocab::words::{Cursor, Split};

/// One rule of `SocketBindAllow=` and `SocketBindDeny=`; what is `None` matches everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct BindRule {
    /// 4 or 6
    pub ip_version: Option<u8>,
    /// true for TCP, false for UDP
    pub tcp: Option<bool>,
    /// lowest and highest port
    pub ports: Option<(u16, u16)>,
}

/// `[ipv4|ipv6][:tcp|udp][:PORTS|any]`, not empty (`parse_socket_bind_item()`).
pub fn socket_bind_rule(text: &str) -> Option<BindRule> {
    let mut words = Cursor::new(text);
    let mut next = || words.next(Split::COLON).ok().map(|word| word.map(|w| w.text));
    let mut rule = BindRule::default();
    let mut word = next()??;
    rule.ip_version = match &*word {
        "ipv4" => Some(4),
        "ipv6" => Some(6),
        _ => None,
    };
    if rule.ip_version.is_some() {
        let Some(following) = next()? else { return Some(rule) };
        word = following;
    }
    // names of protocols are read without regard to case, and numbers are none
    rule.tcp = match word.to_ascii_lowercase().as_str() {
        "tcp" => Some(true),
        "udp" => Some(false),
        _ => None,
    };
    if rule.tcp.is_some() {
        let Some(following) = next()? else { return Some(rule) };
        word = following;
    }
    if !words.is_empty() || text.ends_with(':') {
        return None;
    }
    if word != "any" {
        rule.ports = Some(port_range(&word)?);
    }
    Some(rule)
}
