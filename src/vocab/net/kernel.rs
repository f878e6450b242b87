//! What is attached to the kernel: `NFTSet=` and `BPFProgram=` (systemd.resource-control(5)).

use crate::vocab::words::{Cursor, Split};

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
    let mut part = || parts.next(Split::FIELDS).ok().flatten().map(|p| p.text.into_owned());
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
    let word = words.next(Split::COLONS).ok().flatten().ok_or(BadProgram::Syntax)?;
    let path = words.rest().filter(|r| !r.is_empty()).ok_or(BadProgram::Syntax)?;
    let place = ATTACH.into_iter().find(|a| *a == word.text).ok_or(BadProgram::AttachType)?;
    Ok((place, path))
}
