//! Netlink addresses: `ListenNetlink=` (systemd.socket(5), `socket-netlink.c`, `socket-util.c`).

use super::address::{Address, BadAddress};
use super::port::unsigned_32;
use crate::vocab::words::{Cursor, Split};

/// The families of netlink that have names, and their numbers (`netlink_family_to_string()`).
const NETLINK: [(&str, u32); 18] = [
    ("route", 0),
    ("firewall", 3),
    ("inet-diag", 4),
    ("nflog", 5),
    ("xfrm", 6),
    ("selinux", 7),
    ("iscsi", 8),
    ("audit", 9),
    ("fib-lookup", 10),
    ("connector", 11),
    ("netfilter", 12),
    ("ip6-fw", 13),
    ("dnrtmsg", 14),
    ("kobject-uevent", 15),
    ("generic", 16),
    ("scsitransport", 18),
    ("ecryptfs", 19),
    ("rdma", 20),
];

/// `FAMILY [GROUP]` (`socket_address_parse_netlink()`).
pub(super) fn netlink(text: &str) -> Result<Address<'_>, BadAddress> {
    let mut words = Cursor::new(text);
    let word = words.next(Split::PLAIN).ok().flatten().ok_or(BadAddress::Syntax)?;
    let named = NETLINK.iter().find(|(name, _)| *name == word.text).map(|(_, number)| *number);
    let number = || unsigned_32(&word.text).ok().filter(|n| *n <= i32::MAX as u32);
    let family = named.or_else(number).ok_or(BadAddress::Syntax)?;
    let group = match words.rest() {
        None | Some("") => 0,
        Some(group) => unsigned_32(group)?,
    };
    Ok(Address::Netlink(family, group))
}
