//! What a socket unit listens on: the `Listen*=` keys (systemd.socket(5), `socket-util.c`).

use super::interface::{LONG_NAME, is_index, is_interface};
use super::netlink::netlink;
use super::port::{BadNumber, port, unsigned_32};
use crate::vocab::Model;
use crate::vocab::path::{self, BadPath};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The sort of a `Listen*=` key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named like the keys")]
pub enum Listen {
    Stream,
    Datagram,
    SequentialPacket,
    Fifo,
    Special,
    Netlink,
    MessageQueue,
    UsbFunction,
}

impl Listen {
    /// By the name of the key.
    pub fn named(key: &str) -> Option<Self> {
        Some(match key {
            "ListenStream" => Self::Stream,
            "ListenDatagram" => Self::Datagram,
            "ListenSequentialPacket" => Self::SequentialPacket,
            "ListenFIFO" => Self::Fifo,
            "ListenSpecial" => Self::Special,
            "ListenNetlink" => Self::Netlink,
            "ListenMessageQueue" => Self::MessageQueue,
            "ListenUSBFunction" => Self::UsbFunction,
            _ => return None,
        })
    }

    /// Whether a path below /var/run/ is moved to /run/ with a notice (`patch_var_run()`).
    pub fn moves_var_run(self) -> bool {
        matches!(self, Self::Stream | Self::Datagram | Self::SequentialPacket | Self::Fifo)
    }
}

/// What a socket unit listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address<'a> {
    /// a socket, FIFO, device, queue or directory; simplified except for sockets
    Path(String),
    /// `@NAME`
    Abstract(&'a str),
    /// a port on all addresses
    Port(u16),
    /// an address and a port; the interface has to exist, which is not checked here
    Ip(IpAddr, u16, Option<&'a str>),
    /// a virtual machine socket: context ID (none: any) and port
    Vsock(Option<u32>, u32),
    /// family and group
    Netlink(u32, u32),
}

/// Why a socket cannot listen there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAddress {
    /// not an address
    Syntax,
    /// a number in it is too large or negative
    Range,
    /// `ListenSequentialPacket=` takes local sockets only
    Family,
    /// an unusable path
    Path(BadPath),
}

impl From<BadNumber> for BadAddress {
    fn from(bad: BadNumber) -> Self {
        match bad {
            BadNumber::Syntax => Self::Syntax,
            BadNumber::Range => Self::Range,
        }
    }
}

/// The value of a `Listen*=` key (`config_parse_socket_listen()`).
///
/// # Errors
/// When nothing can listen there.
pub fn socket_address(listen: Listen, text: &str, model: Model) -> Result<Address<'_>, BadAddress> {
    match listen {
        Listen::Stream | Listen::Datagram => address(text, model),
        Listen::SequentialPacket => match address(text, model)? {
            local @ (Address::Path(_) | Address::Abstract(_)) => Ok(local),
            _ => Err(BadAddress::Family),
        },
        Listen::Netlink => netlink(text),
        Listen::Special => path::absolute(text, model).map(Address::Path).map_err(BadAddress::Path),
        Listen::Fifo | Listen::MessageQueue | Listen::UsbFunction => match path::absolute(text, model) {
            Ok(path) if path::below_api_vfs(&path, model) => Err(BadAddress::Path(BadPath::ApiVfs)),
            Ok(path) => Ok(Address::Path(path)),
            Err(bad) => Err(BadAddress::Path(bad)),
        },
    }
}

/// A socket of the file system, abstract, virtual machine or internet kind (`socket_address_parse()`).
fn address(text: &str, model: Model) -> Result<Address<'_>, BadAddress> {
    // a path or abstract name; one byte of the 108 is kept for a NUL
    let fits = (2..=107).contains(&text.len());
    if text.starts_with('/') {
        return if fits { Ok(Address::Path(text.to_owned())) } else { Err(BadAddress::Syntax) };
    }
    if let Some(name) = text.strip_prefix('@') {
        return if fits { Ok(Address::Abstract(name)) } else { Err(BadAddress::Syntax) };
    }
    if let Some(rest) = vsock_prefix(text, model) {
        return vsock(rest, model);
    }
    match port(text) {
        Ok(port) => Ok(Address::Port(port)),
        Err(BadNumber::Range) => Err(BadAddress::Range),
        Err(BadNumber::Syntax) => ip(text),
    }
}

/// What follows `vsock:`, or since 254 the prefix of a socket type (`socket_address_parse_vsock()`).
fn vsock_prefix(text: &str, model: Model) -> Option<&str> {
    let (kind, rest) = text.split_once(':')?;
    let known = match kind {
        "vsock" => true,
        "vsock-dgram" | "vsock-seqpacket" | "vsock-stream" => model.number() >= 254,
        _ => false,
    };
    known.then_some(rest)
}

/// `CID:PORT` (`socket_address_parse_vsock()`).
fn vsock(text: &str, model: Model) -> Result<Address<'_>, BadAddress> {
    let (cid, port) = text.split_once(':').ok_or(BadAddress::Syntax)?;
    let port = unsigned_32(port)?;
    if port == u32::MAX && model.number() >= 257 {
        return Err(BadAddress::Syntax);
    }
    let cid = match cid {
        "" => None,
        "any" | "-1" if model.number() > 257 => None,
        "hypervisor" if model.number() >= 257 => Some(0),
        "local" if model.number() >= 257 => Some(1),
        "host" if model.number() >= 257 => Some(2),
        number => Some(unsigned_32(number)?).filter(|n| *n != u32::MAX),
    };
    Ok(Address::Vsock(cid, port))
}

/// `ADDRESS:PORT[%INTERFACE]` (`in_addr_port_ifindex_name_from_string_auto()`).
fn ip(text: &str) -> Result<Address<'_>, BadAddress> {
    if text.contains('#') {
        return Err(BadAddress::Syntax);
    }
    let (rest, interface) = match text.split_once('%') {
        Some((rest, name)) if is_index(name) || is_interface(name, LONG_NAME) => (rest, Some(name)),
        Some(_) => return Err(BadAddress::Syntax),
        None => (text, None),
    };
    let (host, number) = rest.rsplit_once(':').ok_or(BadAddress::Syntax)?;
    if let Some(host) = host.strip_prefix('[') {
        let host = host.strip_suffix(']').ok_or(BadAddress::Syntax)?;
        let port = port(number)?;
        let address: Ipv6Addr = host.parse().map_err(|_| BadAddress::Syntax)?;
        return Ok(Address::Ip(IpAddr::V6(address), port, interface));
    }
    let address: Ipv4Addr = host.parse().map_err(|_| BadAddress::Syntax)?;
    Ok(Address::Ip(IpAddr::V4(address), port(number)?, interface))
}
