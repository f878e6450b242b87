//! Addresses, interfaces, names and other values that reach outside of the process, one word or line at a time.

use super::Model;
use super::image::{Cursor, How, is_fd_name, is_file_name};
use super::path::{self, BadPath};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why a text is not a number of the wanted size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadNumber {
    /// not a number
    Syntax,
    /// a number, but negative or too large
    Range,
}

/// A number without sign as `strtoul()` reads it: 0x, 0b, 0o, or a leading 0 for octal; `+` and `-0` are fine
/// (`safe_atou_full()`). Blanks in front are allowed with `blanks`.
fn unsigned(text: &str, max: u64, blanks: bool) -> Result<u64, BadNumber> {
    let start = text.trim_start_matches([' ', '\t', '\n', '\r']);
    if !blanks && start.len() != text.len() {
        return Err(BadNumber::Syntax);
    }
    let (prefix, body) = match start.as_bytes() {
        [b'0', b'b', ..] => (2, &start[2..]),
        [b'0', b'o', ..] => (8, &start[2..]),
        _ => (0, start),
    };
    if prefix != 0 && body.is_empty() {
        return Ok(0);
    }
    let body = body.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let (negative, digits) = match body.as_bytes().first() {
        Some(b'-') => (true, &body[1..]),
        Some(b'+') => (false, &body[1..]),
        _ => (false, body),
    };
    let (radix, digits) = match (prefix, digits.as_bytes()) {
        (0, [b'0', b'x' | b'X', ..]) => (16, &digits[2..]),
        (0, [b'0', _, ..]) => (8, &digits[1..]),
        (0, _) => (10, digits),
        _ => (prefix, digits),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err(BadNumber::Syntax);
    }
    match u64::from_str_radix(digits, radix) {
        Ok(n) if n <= max && (!negative || n == 0) => Ok(n),
        _ => Err(BadNumber::Range),
    }
}

fn unsigned32(text: &str) -> Result<u32, BadNumber> {
    unsigned(text, u64::from(u32::MAX), true).map(|n| n as u32)
}

/// A port other than 0 (`parse_ip_port()`).
///
/// # Errors
/// When it is no number, 0, or too large.
pub fn port(text: &str) -> Result<u16, BadNumber> {
    match unsigned(text, 0xffff, false)? {
        0 => Err(BadNumber::Syntax),
        n => Ok(n as u16),
    }
}

/// One port or `LOW-HIGH`, without 0 (`parse_ip_port_range()`).
pub fn port_range(text: &str) -> Option<(u16, u16)> {
    let mut words = Cursor::new(text);
    let low = words.next(How { separators: b"-", ..How::COLON }).ok()??;
    let part = |t: &str| u16::try_from(unsigned32(t).ok()?).ok().filter(|n| *n != 0);
    let low = part(&low.text)?;
    let high = words.rest().map_or(Some(low), part)?;
    (low <= high).then_some((low, high))
}

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

/// `socket_address_parse()`
fn address(text: &str, model: Model) -> Result<Address<'_>, BadAddress> {
    if text.starts_with(['/', '@']) {
        // one byte of the 108 is kept for a NUL
        return match text.len() {
            2..=107 if text.starts_with('/') => Ok(Address::Path(text.to_owned())),
            2..=107 => Ok(Address::Abstract(&text[1..])),
            _ => Err(BadAddress::Syntax),
        };
    }
    if let Some(rest) = vsock_prefix(text, model) {
        return vsock(rest, model);
    }
    match port(text) {
        Ok(port) => return Ok(Address::Port(port)),
        Err(BadNumber::Range) => return Err(BadAddress::Range),
        Err(BadNumber::Syntax) => {}
    }
    ip(text)
}

fn vsock_prefix(text: &str, model: Model) -> Option<&str> {
    let typed: &[&str] =
        if model.number() < 254 { &[] } else { &["vsock-dgram:", "vsock-seqpacket:", "vsock-stream:"] };
    text.strip_prefix("vsock:").or_else(|| typed.iter().find_map(|p| text.strip_prefix(p)))
}

/// `CID:PORT` (`socket_address_parse_vsock()`).
fn vsock(text: &str, model: Model) -> Result<Address<'_>, BadAddress> {
    let (cid, port) = text.split_once(':').ok_or(BadAddress::Syntax)?;
    let port = unsigned32(port)?;
    if port == u32::MAX && model.number() >= 257 {
        return Err(BadAddress::Syntax);
    }
    let cid = match cid {
        "" => None,
        "any" | "-1" if model.number() > 257 => None,
        "hypervisor" if model.number() >= 257 => Some(0),
        "local" if model.number() >= 257 => Some(1),
        "host" if model.number() >= 257 => Some(2),
        number => Some(unsigned32(number)?).filter(|n| *n != u32::MAX),
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
fn netlink(text: &str) -> Result<Address<'_>, BadAddress> {
    let mut words = Cursor::new(text);
    let word = words.next(How { unquote: false, ..How::UNQUOTE }).ok().flatten().ok_or(BadAddress::Syntax)?;
    let named = NETLINK.iter().find(|(name, _)| *name == word.text).map(|(_, n)| *n);
    let number = || unsigned32(&word.text).ok().filter(|n| *n <= i32::MAX as u32);
    let family = named.or_else(number).ok_or(BadAddress::Syntax)?;
    let group = words.rest().filter(|r| !r.is_empty()).map_or(Ok(0), unsigned32)?;
    Ok(Address::Netlink(family, group))
}

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

/// The number of a network interface (`parse_ifindex()`).
fn is_index(text: &str) -> bool {
    unsigned(text, i32::MAX as u64, true).is_ok_and(|n| n > 0)
}

/// How long the names in `RestrictNetworkInterfaces=` and `BindNetworkInterface=` may be: alternative names count since
/// 257.
pub fn restrict_name_length(model: Model) -> usize {
    if model.number() < 257 { SHORT_NAME } else { LONG_NAME }
}

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
    let mut rule = BindRule::default();
    let mut word = words.next(How::COLON).ok()??.text;
    let version = match &*word {
        "ipv4" => Some(4),
        "ipv6" => Some(6),
        _ => None,
    };
    if version.is_some() {
        rule.ip_version = version;
        match words.next(How::COLON).ok()? {
            Some(next) => word = next.text,
            None => return Some(rule),
        }
    }
    // names of protocols are read without regard to case, and numbers are none
    let tcp =
        if word.eq_ignore_ascii_case("tcp") { Some(true) } else { word.eq_ignore_ascii_case("udp").then_some(false) };
    if tcp.is_some() {
        rule.tcp = tcp;
        match words.next(How::COLON).ok()? {
            Some(next) => word = next.text,
            None => return Some(rule),
        }
    }
    if words.rest().is_some_and(|r| !r.is_empty()) || text.ends_with(':') {
        return None;
    }
    if word != "any" {
        rule.ports = Some(port_range(&word)?);
    }
    Some(rule)
}

/// An entry of `NFTSet=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NftSet {
    /// `cgroup`, `user` or `group`
    pub source: &'static str,
    /// the family of the table
    pub family: &'static str,
    /// the table
    pub table: String,
    /// the set in it
    pub set: String,
}

/// One word of `NFTSet=`, without its quotes: `SOURCE:FAMILY:TABLE:SET` (`config_parse_cgroup_nft_set()`).
pub fn nft_set(word: &str) -> Option<NftSet> {
    let mut parts = Cursor::new(word);
    let mut part = || parts.next(How::INNER).ok().flatten().map(|p| p.text);
    let (source, family, table, set) = (part()?, part()?, part()?, part()?);
    let source = ["cgroup", "user", "group"].into_iter().find(|s| *s == source)?;
    let family = ["arp", "bridge", "inet", "ip", "ip6", "netdev"].into_iter().find(|f| *f == family)?;
    let good = parts.is_empty() && is_nft_identifier(&table) && is_nft_identifier(&set);
    good.then_some(NftSet { source, family, table, set })
}

/// The name of a table or set (`nft_identifier_valid()`).
fn is_nft_identifier(name: &str) -> bool {
    name.len() <= 31
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/\\_.".contains(&b))
}

/// Where a BPF program can be attached (`bpf_cgroup_attach_type_to_string()`).
const ATTACH: [&str; 18] = [
    "ingress",
    "egress",
    "sock_create",
    "sock_ops",
    "device",
    "bind4",
    "bind6",
    "connect4",
    "connect6",
    "post_bind4",
    "post_bind6",
    "sendmsg4",
    "sendmsg6",
    "sysctl",
    "recvmsg4",
    "recvmsg6",
    "getsockopt",
    "setsockopt",
];

/// What is wrong with `BPFProgram=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadProgram {
    /// no colon, or nothing behind it
    Syntax,
    /// unknown place
    AttachType,
}

/// `TYPE:PATH`: the place and the path, whose specifiers are expanded and which has to be absolute
/// (`config_parse_bpf_foreign_program()`).
///
/// # Errors
/// What is wrong with the part in front of the path.
pub fn bpf_program(text: &str) -> Result<(&'static str, &str), BadProgram> {
    let mut words = Cursor::new(text);
    let word = words.next(How::COLONS).ok().flatten().ok_or(BadProgram::Syntax)?;
    let path = words.rest().filter(|r| !r.is_empty()).ok_or(BadProgram::Syntax)?;
    let place = ATTACH.into_iter().find(|a| *a == word.text).ok_or(BadProgram::AttachType)?;
    Ok((place, path))
}

/// A name on the bus; the names of connections (`:1.5`) count (`service_name_is_valid()`).
pub fn bus_name(text: &str) -> Option<&str> {
    let (unique, rest) = text.strip_prefix(':').map_or((false, text), |r| (true, r));
    let part = |p: &str| {
        p.starts_with(|c: char| unique || !c.is_ascii_digit())
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    (text.len() <= 255 && rest.contains('.') && rest.split('.').all(part)).then_some(text)
}

/// A word of `Documentation=` (`documentation_url_is_valid()`).
pub fn documentation_url(word: &str) -> Option<&str> {
    let rest = ["http://", "https://", "file:/", "info:", "man:"].iter().find_map(|p| word.strip_prefix(p))?;
    (!rest.is_empty() && rest.is_ascii()).then_some(word)
}

/// `FileDescriptorName=` (`fdname_is_valid()`).
pub fn fd_name(text: &str) -> Option<&str> {
    is_fd_name(text).then_some(text)
}

/// `XAttrEntryPoint=`, `XAttrListen=`, `XAttrAccept=`: `user.NAME=VALUE`.
pub fn xattr_assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let rest = name.strip_prefix("user.")?;
    (!rest.is_empty() && name.len() <= 255).then_some((name, value))
}

/// What is wrong with a field of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadField {
    /// no equal sign
    NoValue,
    /// an impossible name
    Name,
}

/// A word of `LogExtraFields=` (`config_parse_log_extra_fields()`, `journal_field_valid()`).
///
/// # Errors
/// When it does not assign a field.
pub fn journal_field(word: &str) -> Result<(&str, &str), BadField> {
    let (name, value) = word.split_once('=').ok_or(BadField::NoValue)?;
    let good = (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if good { Ok((name, value)) } else { Err(BadField::Name) }
}

/// `LogNamespace=`: part of a file name and of an instance (`log_namespace_name_valid()`).
pub fn log_namespace(text: &str) -> Option<&str> {
    let good = text.bytes().all(|b| b.is_ascii_alphanumeric() || b":-_.@".contains(&b));
    (good && is_file_name(text) && text.len() <= 222).then_some(text)
}

/// What can be said of a pattern without PCRE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternFault {
    /// a parenthesis that is not closed or not open
    Parenthesis,
    /// a character class that is not closed
    Class,
    /// `*`, `+` or `?` with nothing to repeat
    Quantifier,
    /// a backslash at the end
    Backslash,
}

/// A line of `LogFilterPatterns=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern<'a> {
    /// `~`: drops what matches
    pub deny: bool,
    /// the pattern
    pub text: &'a str,
    /// what is certainly wrong with it; systemd logs that without file and line, and drops the pattern
    pub fault: Option<PatternFault>,
}

/// `[~]PATTERN` (`config_parse_log_filter_patterns()`). Only some mistakes are found.
pub fn regex_pattern(text: &str) -> Pattern<'_> {
    let (deny, text) = text.strip_prefix('~').map_or((false, text), |r| (true, r));
    Pattern { deny, text, fault: pattern_fault(text) }
}

fn pattern_fault(text: &str) -> Option<PatternFault> {
    // literal runs, comments, options and verbs change what characters mean
    if ["\\Q", "\\c", "(?#", "(?C", "(*"].iter().any(|s| text.contains(s)) || has_extended_option(text) {
        return None;
    }
    let bytes = text.as_bytes();
    let (mut depth, mut i, mut repeatable) = (0_usize, 0, false);
    while let Some(b) = bytes.get(i) {
        i += 1;
        match b {
            b'\\' if i == bytes.len() => return Some(PatternFault::Backslash),
            b'\\' => {
                i += 1;
                repeatable = true;
            }
            b'[' => {
                match class_end(bytes, i) {
                    Some(end) => i = end,
                    None => return Some(PatternFault::Class),
                }
                repeatable = true;
            }
            b'(' => {
                depth += 1;
                // what makes a group special is skipped: (?:, (?=, (?<name>, (?+1)
                if bytes.get(i) == Some(&b'?') {
                    i += 1 + usize::from(matches!(bytes.get(i + 1), Some(b'+' | b'*')));
                }
                repeatable = false;
            }
            b')' if depth == 0 => return Some(PatternFault::Parenthesis),
            b')' => {
                depth -= 1;
                repeatable = true;
            }
            b'|' | b'^' => repeatable = false,
            b'*' | b'+' | b'?' if !repeatable => return Some(PatternFault::Quantifier),
            b'*' | b'+' | b'?' => {
                i += usize::from(matches!(bytes.get(i), Some(b'+' | b'?')));
                repeatable = false;
            }
            _ => repeatable = true,
        }
    }
    (depth > 0).then_some(PatternFault::Parenthesis)
}

/// Whether `(?x)` or the like makes blanks and comments meaningless.
fn has_extended_option(text: &str) -> bool {
    text.match_indices("(?").any(|(at, _)| {
        text[at + 2..].bytes().take_while(|b| b.is_ascii_alphabetic() || b"-^".contains(b)).any(|b| b == b'x')
    })
}

/// The end of the character class that starts at `i`, behind its bracket.
fn class_end(bytes: &[u8], mut i: usize) -> Option<usize> {
    i += usize::from(bytes.get(i) == Some(&b'^'));
    let first = i;
    loop {
        match *bytes.get(i)? {
            b']' if i > first => return Some(i + 1),
            b'\\' => i += 2,
            b'[' if bytes.get(i + 1) == Some(&b':') => {
                let name = bytes[i + 2..].iter().take_while(|b| b.is_ascii_alphabetic() || **b == b'^').count();
                let named = bytes[i + 2 + name..].starts_with(b":]");
                i += if named { name + 4 } else { 1 };
            }
            _ => i += 1,
        }
    }
}

/// A host name: labels of letters, digits and hyphens, at most 64 bytes (`hostname_is_valid()`).
pub fn hostname(text: &str) -> Option<&str> {
    let label = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    (text.len() <= 64 && text.split('.').all(label)).then_some(text)
}

/// Where a standard stream comes from or goes to; the rest of `fd:` and of the paths has its specifiers still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream<'a> {
    /// a word of its own; `file`, `append` and `truncate` without a path are accepted
    Word(&'static str),
    /// `fd:NAME`; no name stands for the name of the stream
    Fd(&'a str),
    /// `file:PATH`
    File(&'a str),
    /// `append:PATH`
    Append(&'a str),
    /// `truncate:PATH`
    Truncate(&'a str),
}

impl<'a> Stream<'a> {
    /// The path, which has to be absolute.
    pub fn path(self) -> Option<&'a str> {
        match self {
            Self::File(path) | Self::Append(path) | Self::Truncate(path) => Some(path),
            Self::Word(_) | Self::Fd(_) => None,
        }
    }
}

/// `StandardInput=` (`config_parse_exec_input()`).
pub fn standard_input(text: &str) -> Option<Stream<'_>> {
    const WORDS: [&str; 8] = ["null", "tty", "tty-force", "tty-fail", "socket", "data", "fd", "file"];
    stream(text, &WORDS, false)
}

/// `StandardOutput=` and `StandardError=`; the obsolete `syslog` and `syslog+console` come back as such
/// (`config_parse_exec_output()`).
pub fn standard_output(text: &str) -> Option<Stream<'_>> {
    const WORDS: [&str; 14] = [
        "inherit",
        "null",
        "tty",
        "kmsg",
        "kmsg+console",
        "journal",
        "journal+console",
        "socket",
        "fd",
        "file",
        "append",
        "truncate",
        "syslog",
        "syslog+console",
    ];
    stream(text, &WORDS, true)
}

fn stream<'a>(text: &'a str, words: &[&'static str], output: bool) -> Option<Stream<'a>> {
    if let Some(word) = words.iter().find(|w| **w == text) {
        return Some(Stream::Word(word));
    }
    match text.split_once(':')? {
        ("fd", name) => Some(Stream::Fd(name)),
        ("file", path) => Some(Stream::File(path)),
        ("append", path) if output => Some(Stream::Append(path)),
        ("truncate", path) if output => Some(Stream::Truncate(path)),
        _ => None,
    }
}

/// The word that replaces an obsolete one of `StandardOutput=`, which gives a notice.
pub fn replaced_output(word: &str) -> Option<&'static str> {
    match word {
        "syslog" => Some("journal"),
        "syslog+console" => Some("journal+console"),
        _ => None,
    }
}

/// A name of an environment variable, a word of `PassEnvironment=` (`env_name_is_valid()`).
pub fn env_name(word: &str) -> Option<&str> {
    let good = word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    good.then_some(word)
}

/// A word of `Environment=`, decoded and expanded: `NAME=VALUE` (`env_assignment_is_valid()`). Any value of valid UTF-8
/// will do.
pub fn env_assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    env_name(name).map(|name| (name, value))
}

/// A word of `UnsetEnvironment=`: a name, or a name and the value that it has to have.
pub fn env_name_or_assignment(word: &str) -> Option<(&str, Option<&str>)> {
    match word.split_once('=') {
        Some((name, value)) => env_name(name).map(|name| (name, Some(value))),
        None => env_name(word).map(|name| (name, None)),
    }
}

/// `EnvironmentFile=`, expanded: whether the file may be missing, and its path or glob, which has to be absolute
/// (`config_parse_unit_env_file()`).
pub fn env_file(text: &str) -> (bool, &str) {
    text.strip_prefix('-').map_or((false, text), |path| (true, path))
}

/// Which device a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Device {
    /// a node below /dev, in its simple form
    Node(String),
    /// `block-GLOB`
    Block(String),
    /// `char-GLOB`
    Char(String),
}

/// What is wrong with the device of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadDevice {
    /// neither below /dev nor a group of devices
    NotDevice,
    /// an unusable path
    Path(BadPath),
}

/// The first word of `DeviceAllow=`, expanded (`config_parse_device_allow()`). The empty word gives a bad path.
///
/// # Errors
/// When there can be no such device.
pub fn device(text: &str, model: Model) -> Result<Device, BadDevice> {
    if let Some(glob) = text.strip_prefix("block-") {
        return Ok(Device::Block(glob.to_owned()));
    }
    if let Some(glob) = text.strip_prefix("char-") {
        return Ok(Device::Char(glob.to_owned()));
    }
    if text.is_empty() {
        return Err(BadDevice::Path(BadPath::NotAbsolute));
    }
    let simple = path::simplify(text, model);
    let below = |dir: &str| simple.strip_prefix(dir).is_some_and(|r| r.is_empty() || r.starts_with('/'));
    if !below("/dev") && !below("/run/systemd/inaccessible") {
        return Err(BadDevice::NotDevice);
    }
    path::absolute(text, model).map(Device::Node).map_err(BadDevice::Path)
}

/// What a rule allows to do with a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceRights {
    /// `r`
    pub read: bool,
    /// `w`
    pub write: bool,
    /// `m`
    pub mknod: bool,
}

/// What follows the device in `DeviceAllow=`: `r`, `w` and `m` in any order and number; nothing stands for all of them.
pub fn device_rights(text: &str) -> Option<DeviceRights> {
    let has = |letter: u8| text.is_empty() || text.bytes().any(|b| b == letter);
    let good = text.bytes().all(|b| b"rwm".contains(&b));
    good.then(|| DeviceRights { read: has(b'r'), write: has(b'w'), mknod: has(b'm') })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(version: u16) -> Model {
        Model::nearest(version)
    }

    fn stream_of(text: &str, version: u16) -> Result<Address<'_>, BadAddress> {
        socket_address(Listen::Stream, text, at(version))
    }

    #[test]
    fn ports() {
        for (text, value) in [("80", 80), ("+80", 80), ("0x50", 80), ("0b11", 3), ("0o17", 15), ("010", 8), ("0b+1", 1)]
        {
            assert_eq!(port(text), Ok(value), "{text}");
        }
        for text in ["", "0", "00", "-0", "080", "0b", "0x", " 80", "8o", "１", "1.", "1e3"] {
            assert_eq!(port(text), Err(BadNumber::Syntax), "{text}");
        }
        for text in ["65536", "-1", "99999999999999999999"] {
            assert_eq!(port(text), Err(BadNumber::Range), "{text}");
        }
        let ranges = [("1- 2", Some((1, 2))), ("+1-+2", Some((1, 2))), ("7", Some((7, 7))), ("\\80", Some((80, 80)))];
        for (text, range) in ranges {
            assert_eq!(port_range(text), range, "{text}");
        }
        for text in ["0", "2-1", "0-5", "1-65536", "1 -2", "-5", "5-", "1-2-3", "-", "1--2", "80 81", "\"80\""] {
            assert_eq!(port_range(text), None, "{text}");
        }
    }

    #[test]
    fn socket_addresses() {
        let long = |n| format!("/{}", "a".repeat(n));
        for text in ["/a", "/a/../b", "/a b", &long(106)] {
            assert_eq!(stream_of(text, 252), Ok(Address::Path(text.to_owned())), "{text}");
        }
        assert_eq!(stream_of("@a b", 252), Ok(Address::Abstract("a b")));
        assert_eq!(stream_of("80", 252), Ok(Address::Port(80)));
        let v4 = IpAddr::V4(Ipv4Addr::new(1, 2, 3, 4));
        assert_eq!(stream_of("1.2.3.4:0x50", 252), Ok(Address::Ip(v4, 80, None)));
        let v6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
        assert_eq!(stream_of("[::1]:80%lo", 252), Ok(Address::Ip(v6, 80, Some("lo"))));
        assert_eq!(stream_of("vsock::80", 252), Ok(Address::Vsock(None, 80)));
        assert_eq!(stream_of("vsock:0x2:0x50", 252), Ok(Address::Vsock(Some(2), 80)));
        let bad = [
            "/",
            "@",
            "a",
            "./a",
            "0",
            "080",
            "1.2.3.4",
            "1.2.3.4:",
            "1.2.3.4:0",
            "01.2.3.4:80",
            "1.2.3:80",
            "1.2.3.4: 80",
            "1.2.3.4 :80",
            "[::1]",
            "[::1]:0",
            "[::1]80",
            "::1:80",
            "::1",
            "[::1%lo]:80",
            "[1.2.3.4]:80",
            "[]:80",
            "[foo]:80",
            "[::1]:80%",
            "[::1]:80%a b",
            "[::1]:80#x",
            "localhost:80",
            "*:80",
            ":80",
            "80%lo",
            "vsock:2:",
            "vsock:2",
            "vsock:2:3:4",
            "VSOCK:2:80",
            "\"80\"",
            "80 # x",
            &long(107),
        ];
        for text in bad {
            assert_eq!(stream_of(text, 252), Err(BadAddress::Syntax), "{text}");
        }
        for text in ["65536", "-1", "1.2.3.4:65536", "[::1]:65536", "vsock:-1:80", "vsock:4294967296:80"] {
            assert_eq!(stream_of(text, 252), Err(BadAddress::Range), "{text}");
        }
        assert_eq!(stream_of("vsock:host:80", 252), Err(BadAddress::Syntax));
        assert_eq!(stream_of("vsock:host:80", 257), Ok(Address::Vsock(Some(2), 80)));
        assert_eq!(stream_of("vsock-stream:2:80", 252), Err(BadAddress::Syntax));
        assert_eq!(stream_of("vsock-stream:2:80", 257), Ok(Address::Vsock(Some(2), 80)));
        assert_eq!(stream_of("vsock:2:4294967295", 252), Ok(Address::Vsock(Some(2), u32::MAX)));
        assert_eq!(stream_of("vsock:2:4294967295", 257), Err(BadAddress::Syntax));
    }

    #[test]
    fn other_sockets() {
        let packet = |text| socket_address(Listen::SequentialPacket, text, at(252));
        assert!(packet("/a").is_ok() && packet("@a").is_ok());
        assert_eq!((packet("80"), packet("[::1]:80")), (Err(BadAddress::Family), Err(BadAddress::Family)));
        assert_eq!((packet("foo"), packet("vsock:2:80")), (Err(BadAddress::Syntax), Err(BadAddress::Family)));

        let path = |listen, text, version| socket_address(listen, text, at(version)).err();
        let bad = |bad| Some(BadAddress::Path(bad));
        for listen in [Listen::Fifo, Listen::Special, Listen::MessageQueue, Listen::UsbFunction] {
            assert_eq!(path(listen, "/a b", 252), None);
            assert_eq!(path(listen, "@a", 252), bad(BadPath::NotAbsolute));
            assert_eq!(path(listen, "/a/../b", 252), bad(BadPath::NotNormalized));
            let api = if listen == Listen::Special { None } else { bad(BadPath::ApiVfs) };
            assert_eq!((path(listen, "/proc/x", 252), path(listen, "/dev/x", 257)), (None, api));
        }

        let netlink = |text| socket_address(Listen::Netlink, text, at(252));
        for (text, family, group) in
            [("kobject-uevent 1", 15, 1), ("route", 0, 0), ("route \t 0x5", 0, 5), ("31", 31, 0), ("rou\\te", 0, 0)]
        {
            assert_eq!(netlink(text), Ok(Address::Netlink(family, group)), "{text}");
        }
        for text in ["foo", "Route 1", "route 5 6", "-1", "2147483648", "crypto", "route \"5\""] {
            assert_eq!(netlink(text), Err(BadAddress::Syntax), "{text}");
        }
        assert_eq!(netlink("route -1"), Err(BadAddress::Range));
    }

    #[test]
    fn interfaces() {
        for good in ["lo", "eth0.1", "1a", "all1", "@", "\"a\"", "-1", "0x0", "+0", "0b", "aaaaaaaaaaaaaaa"] {
            assert!(is_interface(good, SHORT_NAME), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            "all",
            "default",
            "0",
            "12",
            "0x1",
            "+1",
            "08",
            "4294967296",
            "a:b",
            "a/b",
            "a b",
            "ä",
            "%n",
            "aaaaaaaaaaaaaaaa",
        ] {
            assert!(!is_interface(bad, SHORT_NAME), "{bad}");
        }
        assert!(is_interface(&"a".repeat(127), restrict_name_length(at(257))));
        assert!(!is_interface(&"a".repeat(16), restrict_name_length(at(252))));
    }

    #[test]
    fn bind_rules() {
        let rule = |ip_version, tcp, ports| Some(BindRule { ip_version, tcp, ports });
        let table = [
            ("any", rule(None, None, None)),
            ("ipv4", rule(Some(4), None, None)),
            ("TCP", rule(None, Some(true), None)),
            ("ipv6:udp:any", rule(Some(6), Some(false), None)),
            ("ipv4:tcp:1-2", rule(Some(4), Some(true), Some((1, 2)))),
            ("ipv4: 80", rule(Some(4), None, Some((80, 80)))),
            ("ipv4:6", rule(Some(4), None, Some((6, 6)))),
        ];
        for (text, rule) in table {
            assert_eq!(socket_bind_rule(text), rule, "{text}");
        }
        for bad in [
            "IPv4",
            "ANY",
            "any:80",
            "any any",
            "tcp:ipv4:80",
            "tcp:udp",
            "ipv4:",
            "ipv4::80",
            ":80",
            "80:",
            "tcp:80:1",
            "ipv4\\:80",
            "6:80",
            "sctp",
            "any:",
        ] {
            assert_eq!(socket_bind_rule(bad), None, "{bad}");
        }
    }

    #[test]
    fn kernel_tables() {
        let set = nft_set("cgroup:inet:filter:my_set").unwrap();
        assert_eq!((set.source, set.family, &*set.table, &*set.set), ("cgroup", "inet", "filter", "my_set"));
        assert!(nft_set("user::ip:t:s").is_some());
        for bad in [
            "prefix:inet:t:s",
            "cgroup:ipv4:t:s",
            "cgroup:inet:t",
            "cgroup:inet:t:s:x",
            "cgroup:inet:1t:s",
            "cgroup:inet:t:a-b",
        ] {
            assert_eq!(nft_set(bad), None, "{bad}");
        }
        assert_eq!(bpf_program("ingress:/a:b"), Ok(("ingress", "/a:b")));
        assert_eq!(bpf_program("ingress::/a"), Ok(("ingress", "/a")));
        for (bad, what) in [
            ("ingress:", BadProgram::Syntax),
            (":/a", BadProgram::Syntax),
            ("Ingress:/a", BadProgram::AttachType),
            ("sock_release:/a", BadProgram::AttachType),
        ] {
            assert_eq!(bpf_program(bad), Err(what), "{bad}");
        }
    }

    #[test]
    fn names() {
        for good in ["a.b", "-a.b", "a.b-c", ":1.5", ":a.b", "_a._b"] {
            assert!(bus_name(good).is_some(), "{good}");
        }
        for bad in ["", "a", "a..b", ".a.b", "a.b.", "1a.b", "a.1b", "a.b c", ":1", ":1.", "::a.b", "ä.b", "a/b.c", "."]
        {
            assert!(bus_name(bad).is_none(), "{bad}");
        }
        for good in ["http://a", "https://a\"b\"", "file:/a", "file://", "info:a", "man:a(1),b", "man:\\"] {
            assert!(documentation_url(good).is_some(), "{good}");
        }
        for bad in ["", "http://", "HTTP://a", "file:a", "file:/", "man:", "info:", "ftp://a", "man:ä", "www.a"] {
            assert!(documentation_url(bad).is_none(), "{bad}");
        }
        assert!(fd_name("a b").is_some() && fd_name(&"a".repeat(255)).is_some());
        assert!(fd_name("a:b").is_none() && fd_name("ä").is_none() && fd_name("a\tb").is_none());
        for good in ["a", "a.b", "a@b", "a:b", "-", &"a".repeat(222)] {
            assert!(log_namespace(good).is_some(), "{good}");
        }
        for bad in ["", ".", "..", "a b", "a/b", "ä", "a\\x2db", "a%", "~", &"a".repeat(223)] {
            assert!(log_namespace(bad).is_none(), "{bad}");
        }
        assert!(hostname("a-b.c").is_some() && hostname(&"a".repeat(64)).is_some());
        for bad in ["", "-a", "a-", "a..b", ".a", "a.", "a_b", "ä", &"a".repeat(65)] {
            assert!(hostname(bad).is_none(), "{bad}");
        }
        assert_eq!(xattr_assignment("user.varlink=a=b"), Some(("user.varlink", "a=b")));
        assert!(xattr_assignment("user.=a").is_none() && xattr_assignment("trusted.a=b").is_none());
    }

    #[test]
    fn fields_and_variables() {
        assert_eq!(journal_field("A_1==b"), Ok(("A_1", "=b")));
        assert_eq!(journal_field("A"), Err(BadField::NoValue));
        for bad in ["=1", "a=1", "_A=1", "1A=1", "A-B=1", "A.B=1", "Ä=1"] {
            assert_eq!(journal_field(bad), Err(BadField::Name), "{bad}");
        }
        assert_eq!(env_assignment("_a=\u{1}=b"), Some(("_a", "\u{1}=b")));
        for bad in ["=1", "A", "1A=1", "A-B=1", "A+=1", "A =1", "Ä=1"] {
            assert_eq!(env_assignment(bad), None, "{bad}");
        }
        assert_eq!(env_name_or_assignment("A"), Some(("A", None)));
        assert_eq!(env_name_or_assignment("A="), Some(("A", Some(""))));
        assert_eq!((env_name(""), env_name("A=b"), env_name("_")), (None, None, Some("_")));
        assert_eq!((env_file("-/a b"), env_file("--a")), ((true, "/a b"), (true, "-a")));
    }

    #[test]
    fn streams() {
        assert_eq!(standard_input("fd"), Some(Stream::Word("fd")));
        assert_eq!(
            (standard_input("fd:"), standard_input("file: a")),
            (Some(Stream::Fd("")), Some(Stream::File(" a")))
        );
        assert_eq!(standard_output("truncate:/a"), Some(Stream::Truncate("/a")));
        assert_eq!(standard_output("syslog"), Some(Stream::Word("syslog")));
        for bad in ["NULL", "inherit", "append:/a", "journal", "FILE:/a", "append"] {
            assert_eq!(standard_input(bad), None, "{bad}");
        }
        for bad in ["Journal", "data", "tty-force", "syslog+", "console"] {
            assert_eq!(standard_output(bad), None, "{bad}");
        }
    }

    #[test]
    fn devices() {
        let old = at(252);
        assert_eq!(device("//dev/./a/", old), Ok(Device::Node("/dev/a".into())));
        assert_eq!(
            (device("char-*", old), device("block-", old)),
            (Ok(Device::Char("*".into())), Ok(Device::Block(String::new())))
        );
        for bad in ["foo", "/a", "/devx", "dev/a", "Char-a"] {
            assert_eq!(device(bad, old), Err(BadDevice::NotDevice), "{bad}");
        }
        for bad in ["/dev/../a", "/run/systemd/inaccessible/../x"] {
            assert_eq!(device(bad, old), Err(BadDevice::Path(BadPath::NotNormalized)), "{bad}");
        }
        assert_eq!(device_rights("rr"), Some(DeviceRights { read: true, write: false, mknod: false }));
        assert_eq!(device_rights(""), device_rights("wmr"));
        for bad in ["R", "x", "r w", "-", "\"r\""] {
            assert_eq!(device_rights(bad), None, "{bad}");
        }
    }

    #[test]
    fn patterns() {
        use PatternFault::{Backslash, Class, Parenthesis, Quantifier};
        assert!(regex_pattern("~a").deny && regex_pattern("~a").text == "a");
        let bad = [
            ("(", Parenthesis),
            ("a)", Parenthesis),
            ("(?:a", Parenthesis),
            ("[", Class),
            ("[]a", Class),
            ("[^]a", Class),
            ("*a", Quantifier),
            ("a**", Quantifier),
            ("(a|*)", Quantifier),
            ("a\\", Backslash),
        ];
        for (text, fault) in bad {
            assert_eq!(regex_pattern(text).fault, Some(fault), "{text}");
        }
        for good in [
            "",
            "a*?b++",
            "[]a]",
            "[^]a]",
            "[[:alpha:])]",
            "(?<n>a)\\)",
            "\\Q(",
            "(?#()",
            "(?x)a # (",
            "a|b",
            "{",
            "(a(?+1)?)",
            "[\\]]",
        ] {
            assert_eq!(regex_pattern(good).fault, None, "{good}");
        }
    }
}
