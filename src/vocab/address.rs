//! Address prefixes of `IPAddressAllow=` and `IPAddressDeny=` (systemd.resource-control(5)).

use super::number;
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network, with the host bits cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prefix {
    /// the first address
    pub base: IpAddr,
    /// how many bits count
    pub bits: u8,
}

impl Prefix {
    const fn v4(a: u8, b: u8, bits: u8) -> Self {
        Self { base: IpAddr::V4(Ipv4Addr::new(a, b, 0, 0)), bits }
    }

    const fn v6(first: u16, last: u16, bits: u8) -> Self {
        Self { base: IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, last)), bits }
    }

    /// All of IPv4.
    pub const ALL_V4: Self = Self::v4(0, 0, 0);
    /// All of IPv6.
    pub const ALL_V6: Self = Self::v6(0, 0, 0);

    /// `ADDRESS` or `ADDRESS/BITS`.
    pub fn parse(word: &str) -> Option<Self> {
        let (address, bits) = match word.split_once('/') {
            Some((address, bits)) => {
                (address, Some(u8::try_from(number::integer(bits).filter(|_| !bits.starts_with('-'))?).ok()?))
            }
            None => (word, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(width);
        (bits <= width).then(|| Self { base: mask(address, bits), bits })
    }

    /// The meaning of a word: a prefix or one of the four shortcuts.
    pub fn of_word(word: &str) -> Option<Vec<Self>> {
        Some(match word {
            "any" => vec![Self::ALL_V4, Self::ALL_V6],
            "localhost" => vec![Self::v4(127, 0, 8), Self::v6(0, 1, 128)],
            "link-local" => vec![Self::v4(169, 254, 16), Self::v6(0xfe80, 0, 64)],
            "multicast" => vec![Self::v4(224, 0, 4), Self::v6(0xff00, 0, 8)],
            _ => vec![Self::parse(word)?],
        })
    }

    /// Whether all its addresses are in `other` as well.
    pub fn is_within(&self, other: &Self) -> bool {
        self.base.is_ipv4() == other.base.is_ipv4()
            && other.bits <= self.bits
            && mask(self.base, other.bits) == other.base
    }

    /// What `systemd-analyze security --offline` takes for the local host: it looks at the base address only.
    pub fn is_localhost(&self) -> bool {
        match self.base {
            IpAddr::V4(a) => a.octets()[0] == 127,
            IpAddr::V6(a) => a == Ipv6Addr::LOCALHOST,
        }
    }
}

fn mask(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(a) => Ipv4Addr::from(u32::from(a) & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)).into(),
        IpAddr::V6(a) => {
            Ipv6Addr::from(u128::from(a) & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)).into()
        }
    }
}

/// Adds a prefix and drops those that are contained in another. None of a list overlaps another one, so only the next
/// one before it can contain it, and those that it contains follow it.
pub fn add(list: &mut BTreeSet<Prefix>, prefix: Prefix) {
    if list.range(..=prefix).next_back().is_some_and(|p| prefix.is_within(p)) {
        return;
    }
    while let Some(inner) = list.range(prefix..).next().copied().filter(|p| p.is_within(&prefix)) {
        list.remove(&inner);
    }
    list.insert(prefix);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        assert_eq!(Prefix::parse("192.168.1.5/16").unwrap().base.to_string(), "192.168.0.0");
        assert_eq!(Prefix::parse("::/0"), Some(Prefix::ALL_V6));
        for bad in ["1.2.3", "foo", "1.2.3.4/33", "::1/129", "1.2.3.4/", "1.2.3.4/-1"] {
            assert_eq!(Prefix::parse(bad), None, "{bad}");
        }
        assert!(Prefix::parse("127.1.2.3/32").unwrap().is_localhost());
    }

    #[test]
    fn contained_ones_are_dropped() {
        let list = |words: &[&str]| {
            let mut list = BTreeSet::new();
            words.iter().for_each(|word| add(&mut list, Prefix::parse(word).unwrap()));
            list.iter().map(|p| format!("{}/{}", p.base, p.bits)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(list(&["10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", "::1"]), "0.0.0.0/0 ::1/128");
        assert_eq!(list(&["10.0.0.0/16", "9.0.0.0/8", "10.0.0.0/8", "10.0.0.0/24"]), "9.0.0.0/8 10.0.0.0/8");
        assert_eq!(list(&["10.1.0.0/16", "10.2.0.0/16", "11.0.0.0/8", "10.0.0.0/8"]), "10.0.0.0/8 11.0.0.0/8");
        assert_eq!(list(&["::/0", "fe80::/64", "1.2.3.4", "1.2.3.4/32"]), "1.2.3.4/32 ::/0");
    }
}
