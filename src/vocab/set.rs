//! Values that are sets and grow or shrink by assignments with and without `~`: capabilities, namespaces and address
//! families (systemd.exec(5)).

use super::{ADDRESS_FAMILIES, CAPABILITIES, NAMESPACES, number};

/// The bits of all capabilities that a kernel of today has.
pub const ALL_CAPABILITIES: u64 = (1 << CAPABILITIES.len()) - 1;

/// A capability by name in any case or by number; `None` for a word that systemd drops without a message.
pub fn capability(word: &str) -> Option<u8> {
    if !word.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return number::integer(word).and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 62);
    }
    let mut slot = capability_slot(word.as_bytes());
    while let Some(c) = CAPABILITY_SLOTS[slot] {
        if CAPABILITIES[usize::from(c)].eq_ignore_ascii_case(word) {
            return Some(c);
        }
        slot = (slot + 1) % CAPABILITY_SLOTS.len();
    }
    None
}

/// Capabilities where their names say, or in the next free slot: long lists of them are usual.
static CAPABILITY_SLOTS: [Option<u8>; 128] = {
    let mut slots = [None; 128];
    let mut c = 0;
    while c < CAPABILITIES.len() {
        let mut slot = capability_slot(CAPABILITIES[c].as_bytes());
        while slots[slot].is_some() {
            slot = (slot + 1) % slots.len();
        }
        slots[slot] = Some(c as u8);
        c += 1;
    }
    slots
};

const fn capability_slot(name: &[u8]) -> usize {
    let last = name[name.len() - 1].to_ascii_uppercase() as usize;
    let middle = name[name.len() / 2].to_ascii_uppercase() as usize;
    (name.len() * 31 + last * 7 + middle) % 128
}

/// The names of a set, by number.
pub fn capability_names(set: u64) -> impl Iterator<Item = &'static str> {
    CAPABILITIES.iter().enumerate().filter(move |(i, _)| set & (1 << i) != 0).map(|(_, name)| *name)
}

/// The bits of all namespace types.
pub const ALL_NAMESPACES: u8 = ((1_u16 << NAMESPACES.len()) - 1) as u8;

/// The bit of a namespace word.
pub fn namespace(word: &str) -> Option<u8> {
    NAMESPACES.iter().position(|(name, _)| *name == word).map(|i| 1 << i)
}

/// The words of these namespace types, each with its flag of clone() and unshare() (`linux/sched.h`).
pub fn clone_flags(types: u8) -> impl Iterator<Item = (&'static str, u64)> {
    let flag = |name: &str| {
        Some(match name {
            "CLONE_NEWNS" => 0x2_0000,
            "CLONE_NEWCGROUP" => 0x200_0000,
            "CLONE_NEWUTS" => 0x400_0000,
            "CLONE_NEWIPC" => 0x800_0000,
            "CLONE_NEWUSER" => 0x1000_0000,
            "CLONE_NEWPID" => 0x2000_0000,
            "CLONE_NEWNET" => 0x4000_0000,
            _ => return None,
        })
    };
    let asked = NAMESPACES.iter().enumerate().filter(move |(i, _)| types & (1 << i) != 0);
    asked.filter_map(move |(_, (word, name))| Some((*word, flag(name)?)))
}

/// The number of an address family word, in any case.
pub fn family(word: &str) -> Option<u8> {
    ADDRESS_FAMILIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, number)| *number)
}

/// The usual word of an address family number.
pub fn family_name(number: u8) -> &'static str {
    ADDRESS_FAMILIES
        .iter()
        .rev()
        .find(|(name, n)| *n == number && !matches!(*name, "AF_ROUTE" | "AF_LOCAL" | "AF_FILE"))
        .map_or("", |(name, _)| name)
}

/// The state of `RestrictAddressFamilies=`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Families {
    /// the listed ones are allowed, all others denied
    pub allow: bool,
    /// something was listed: the next assignment adds to it or takes from it
    pub listed: bool,
    set: u64,
}

impl Families {
    /// What `none` means.
    pub const NONE: Self = Self { allow: true, listed: false, set: 0 };

    /// The first list decides whether it allows or denies.
    pub fn begin(&mut self, invert: bool) {
        if !self.listed {
            *self = Self { allow: !invert, listed: true, set: 0 };
        }
    }

    /// Adds or removes a family.
    pub fn put(&mut self, family: u8, invert: bool) {
        if invert != self.allow {
            self.set |= 1 << family;
        } else {
            self.set &= !(1 << family);
        }
    }

    /// The numbers of the listed families.
    pub fn numbers(&self) -> impl Iterator<Item = u8> + '_ {
        (0..64).filter(|n| self.set & (1 << n) != 0)
    }

    /// Whether sockets of the family can be made.
    pub fn allows(&self, family: u8) -> bool {
        (self.set & (1 << family) != 0) == self.allow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capability_words() {
        assert_eq!(capability("Cap_Chown"), Some(0));
        let all = CAPABILITIES.iter().enumerate();
        assert!(all.clone().all(|(i, name)| capability(name) == Some(i as u8)));
        assert!(all.clone().all(|(i, name)| capability(&name.to_lowercase()) == Some(i as u8)));
        assert_eq!((capability(""), capability("CAP_NOTHING"), capability("cap_")), (None, None, None));
        assert_eq!((capability("62"), capability("63"), capability("SYS_ADMIN")), (Some(62), None, None));
    }

    #[test]
    fn every_family_fits_the_set() {
        assert!(ADDRESS_FAMILIES.iter().all(|(_, n)| *n < 64));
        assert_eq!(family_name(1), "AF_UNIX");
    }
}
