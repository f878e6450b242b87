//! System calls: names, groups per systemd version, and the state of `SystemCallFilter=` (systemd.exec(5)).

use super::{
    Arch, ERRNOS, MODELS, Model, SYSCALL_GROUPS, SYSCALL_WORDS, SYSCALLS, SYSCALLS_KNOWN, SYSCALLS_X86_64, number,
};
use std::borrow::Cow;

/// A set of system calls, by their place in [`SYSCALLS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyscallSet(pub(crate) [u64; SYSCALL_WORDS]);

impl SyscallSet {
    /// No call.
    pub const EMPTY: Self = Self([0; SYSCALL_WORDS]);

    /// Whether it has the call.
    pub fn contains(&self, index: usize) -> bool {
        self.0[index / 64] & (1 << (index % 64)) != 0
    }

    /// Adds a call.
    pub fn insert(&mut self, index: usize) {
        self.0[index / 64] |= 1 << (index % 64);
    }

    /// Removes a call.
    pub fn remove(&mut self, index: usize) {
        self.0[index / 64] &= !(1 << (index % 64));
    }

    /// In one and not in the other.
    pub fn without(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & !other.0[i]))
    }

    /// In both.
    pub fn and(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    /// In either.
    pub fn or(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; SYSCALL_WORDS]
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        SYSCALLS.iter().enumerate().filter(|(i, _)| self.contains(*i)).map(|(_, name)| *name)
    }
}

/// A group such as `@mount`.
#[derive(Debug)]
pub struct SyscallGroup {
    /// with its `@`
    pub name: &'static str,
    /// what its members are for
    pub meaning: &'static str,
    pub(crate) versions: u8,
    pub(crate) members: [SyscallSet; MODELS.len()],
}

impl SyscallGroup {
    /// All members, those of nested groups included.
    pub fn members(&self, model: Model) -> &SyscallSet {
        &self.members[model.index()]
    }
}

/// The group of that name, if the modelled release has it.
pub fn group(name: &str, model: Model) -> Option<&'static SyscallGroup> {
    let at = SYSCALL_GROUPS.binary_search_by(|g| g.name.cmp(name)).ok()?;
    Some(&SYSCALL_GROUPS[at]).filter(|g| g.versions & (1 << model.index()) != 0)
}

/// The call of that name, if libseccomp of the modelled release knows it.
pub fn known(name: &str, model: Model) -> Option<usize> {
    SYSCALLS.binary_search(&name).ok().filter(|i| SYSCALLS_KNOWN[model.index()].contains(*i))
}

/// The calls that exist on an architecture. On x86-64 as recorded; elsewhere as the kernel's tables of the `syscalls`
/// crate have them.
pub fn native(arch: Arch, model: Model) -> Cow<'static, SyscallSet> {
    if arch == Arch::X86_64 {
        return Cow::Borrowed(&SYSCALLS_X86_64[model.index()]);
    }
    let mut set = SyscallSet::EMPTY;
    for (i, name) in SYSCALLS.iter().enumerate() {
        if exists(arch, name) {
            set.insert(i);
        }
    }
    Cow::Owned(set)
}

fn exists(arch: Arch, name: &str) -> bool {
    macro_rules! on {
        ($module:ident) => {
            // #79 of the generic table is `newfstatat` to the kernel and to systemd, `fstatat` to the crate
            name.parse::<syscalls::$module::Sysno>().is_ok()
                || (name == "newfstatat" && "fstatat".parse::<syscalls::$module::Sysno>().is_ok())
        };
    }
    match arch {
        Arch::X86_64 => on!(x86_64),
        Arch::X86 => on!(x86),
        Arch::Arm64 => on!(aarch64),
        Arch::Arm => on!(arm),
        Arch::Riscv64 => on!(riscv64),
        Arch::S390x => on!(s390x),
        Arch::Ppc64Le | Arch::Ppc64 => on!(powerpc64),
        Arch::Ppc => on!(powerpc),
        Arch::Loongarch64 => on!(loongarch64),
        Arch::Mips64Le => on!(mips64),
        Arch::MipsLe => on!(mips),
    }
}

/// The number of a system call on an architecture whose filters can be tried.
pub fn number(arch: Arch, name: &str) -> Option<u32> {
    macro_rules! on {
        ($module:ident) => {{
            let generic = if name == "newfstatat" { "fstatat" } else { name };
            let found = name.parse::<syscalls::$module::Sysno>().or_else(|_| generic.parse());
            found.ok().map(|s| s.id() as u32)
        }};
    }
    match arch {
        Arch::X86_64 => on!(x86_64),
        Arch::Arm64 => on!(aarch64),
        Arch::Riscv64 => on!(riscv64),
        _ => None,
    }
}

/// The name of a system call by its number on x86-64.
pub fn name_x86_64(number: u32) -> Option<&'static str> {
    syscalls::x86_64::Sysno::new(number as usize).map(|s| s.name())
}

/// What happens at a denied call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// the process is killed
    Kill,
    /// the call fails with this error number
    Errno(u16),
}

/// The name of an error in capitals, from one in any case.
pub fn errno(word: &str, model: Model) -> Option<&'static str> {
    let known = ERRNOS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    known.filter(|(_, introduced)| *introduced <= model.number()).map(|(name, _)| *name)
}

/// `EPERM`, `1` or `kill`; error names in any case.
pub fn action(word: &str, model: Model) -> Option<Action> {
    if word == "kill" {
        return Some(Action::Kill);
    }
    match number::integer(word) {
        Some(n) => u16::try_from(n).ok().filter(|n| *n <= 4095).map(Action::Errno),
        // which number it is depends on the architecture; that it is one is what counts
        None => errno(word, model).map(|_| Action::Errno(u16::MAX)),
    }
}

/// The state of `SystemCallFilter=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// the listed calls are allowed, all others denied
    pub allow: bool,
    /// what is listed
    pub set: SyscallSet,
    /// listed in an allow list with an error number: denied all the same
    pub marked: SyscallSet,
}

impl Filter {
    /// The filter that a first assignment starts with; an allow list has `@default` in it.
    pub fn new(invert: bool, model: Model) -> Self {
        let mut filter = Self { allow: !invert, set: SyscallSet::EMPTY, marked: SyscallSet::EMPTY };
        if let Some(default) = (!invert).then(|| group("@default", model)).flatten() {
            filter.put(default.members(model), false, false, model);
        }
        filter
    }

    /// Adds or removes calls; `action`: with an error number or `kill`.
    pub fn put(&mut self, calls: &SyscallSet, invert: bool, action: bool, model: Model) {
        let calls = calls.and(&SYSCALLS_KNOWN[model.index()]);
        if invert != self.allow {
            self.set = self.set.or(&calls);
            self.marked = self.marked.without(&calls);
        } else if self.allow && action {
            self.set = self.set.or(&calls);
            self.marked = self.marked.or(&calls);
        } else {
            self.set = self.set.without(&calls);
            self.marked = self.marked.without(&calls);
        }
    }

    /// What can be called: the allowed ones, or all but the denied ones.
    pub fn allows(&self, calls: &SyscallSet) -> SyscallSet {
        if self.allow { calls.and(&self.set.without(&self.marked)) } else { calls.without(&self.set) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(SYSCALLS.is_sorted());
        assert!(SYSCALL_GROUPS.is_sorted_by_key(|g| g.name));
    }

    #[test]
    fn groups_follow_the_version() {
        let old = Model::nearest(252);
        assert!(group("@sandbox", old).is_none());
        assert!(group("@sandbox", Model::LATEST).is_some());
        assert!(known("mseal", old).is_none());
        assert!(known("mseal", Model::LATEST).is_some());
    }

    #[test]
    fn other_architectures_have_their_own_calls() {
        let has = |arch, name| native(arch, Model::LATEST).contains(SYSCALLS.binary_search(&name).unwrap());
        assert!(has(Arch::X86_64, "iopl") && !has(Arch::Arm64, "iopl"));
        assert!(has(Arch::Arm64, "newfstatat"));
        assert!(has(Arch::S390x, "s390_pci_mmio_read") && !has(Arch::X86_64, "s390_pci_mmio_read"));
    }
}
