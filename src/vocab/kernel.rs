//! Names of the kernel and of LXC that people look up: files of control groups, namespaces and clone flags, capabilities,
//! system calls and their groups, keys of containers; each with the directives that are about it.

use super::syscall::SyscallGroup;
use super::table::{Text, Texts, reads};
use super::{CGROUP_DIRECTIVES, KERNEL_NAMES, SYSCALL_GROUPS, SYSCALLS};

/// What is known of a name.
#[derive(Debug)]
pub struct KernelName {
    pub(super) name: Text,
    pub(super) kind: Text,
    pub(super) controller: Text,
    pub(super) about: Text,
    pub(super) value: Text,
    pub(super) kernel: Text,
    pub(super) counterparts: Texts,
    pub(super) directives: Texts,
    pub(super) old_directives: Texts,
    pub(super) conversion: Text,
    pub(super) manuals: Texts,
    pub(super) also: Texts,
}

reads! {
    KernelName {
        /// As it is written; a `*` is any one part between dots, at the end any rest.
        name: Text,
        /// What it is: `cgroup v2 file`, `namespace`, `capability`, …
        kind: Text,
        /// The controller of a file of a control group.
        controller: Text,
        /// What it does.
        about: Text,
        /// What is written or read.
        value: Text,
        /// The first kernel that has it; empty where that is not known or is no matter of the kernel.
        kernel: Text,
        /// The files of the other version of cgroups.
        counterparts: Texts,
        /// The directives about it, the nearest first.
        directives: Texts,
        /// The directives that were about it up to systemd 257.
        old_directives: Texts,
        /// How a value is carried over.
        conversion: Text,
        /// Where it is from, as references of rules are written.
        manuals: Texts,
    }
}

/// What a directive of resource control writes.
#[derive(Debug)]
pub struct CgroupDirective {
    pub(super) name: Text,
    pub(super) writes: Texts,
    pub(super) wrote: Text,
    pub(super) kernel: Text,
}

reads! {
    CgroupDirective {
        /// The directive.
        name: Text,
        /// The files of cgroup v2, or what else it does.
        writes: Texts,
        /// The file of cgroup v1 that it wrote up to systemd 257.
        wrote: Text,
        /// The first kernel with which it works; empty for any that systemd runs on.
        kernel: Text,
    }
}

/// Something that a word names.
#[derive(Clone, Copy, Debug)]
pub enum Named {
    /// a name of the data
    Name(&'static KernelName),
    /// `@mount`
    Group(&'static SyscallGroup),
    /// a system call, by its place in [`SYSCALLS`]
    Call(usize),
}

/// What a directive of resource control writes, if it is one.
pub fn written_by(directive: &str) -> Option<&'static CgroupDirective> {
    CGROUP_DIRECTIVES.iter().find(|d| d.name.is(directive))
}

/// What LXC writes into files of control groups, and of which version they are.
const LXC_FILES: [(&str, &str); 2] = [("lxc.cgroup2.", "cgroup v2 file"), ("lxc.cgroup.", "cgroup v1 file")];

/// Everything that a word names. Case does not matter; a file may be given with its path, a call with its brackets.
pub fn find(word: &str) -> Vec<Named> {
    let word = word.trim().trim_end_matches("()");
    let word = if word.starts_with('/') { word.rsplit('/').next().unwrap_or(word) } else { word };
    let names = |word: &str| KERNEL_NAMES.iter().filter(move |n| n.is(word)).map(Named::Name).collect::<Vec<_>>();
    let mut found = names(word);
    if found.is_empty() {
        let file = LXC_FILES.iter().find_map(|(key, kind)| Some((word.strip_prefix(key)?, *kind)));
        let files = file.into_iter().flat_map(|(file, kind)| names(file).into_iter().map(move |n| (n, kind)));
        found.extend(files.filter(|(n, kind)| matches!(n, Named::Name(n) if n.kind.is(kind))).map(|(n, _)| n));
    }
    found.extend(SYSCALL_GROUPS.iter().filter(|g| g.name.eq_ignore_ascii_case(word)).map(Named::Group));
    found.extend(SYSCALLS.iter().position(|s| s.eq_ignore_ascii_case(word)).map(Named::Call));
    found
}

/// Names that are near to a word.
pub fn candidates() -> impl Iterator<Item = &'static str> {
    let names = KERNEL_NAMES.iter().map(KernelName::name).filter(|n| !n.contains('*'));
    names.chain(SYSCALL_GROUPS.iter().map(|g| g.name)).chain(SYSCALLS.iter().copied())
}

/// `lxc.cgroup2.memory.max` as what says that LXC writes a file, and the file.
pub fn lxc_file(word: &str) -> Option<(&'static str, &str)> {
    LXC_FILES.iter().find_map(|(key, _)| Some((*key, word.strip_prefix(key)?)))
}

impl KernelName {
    fn is(&self, word: &str) -> bool {
        let bare = || self.kind.is("capability") && word.contains('_') && self.name()[4..].eq_ignore_ascii_case(word);
        matches(self.name(), word) || self.also.iter().any(|a| a.eq_ignore_ascii_case(word)) || bare()
    }
}

/// Whether a word is what a pattern says: a `*` is one part, at the end any rest.
fn matches(pattern: &str, word: &str) -> bool {
    if !pattern.contains('*') {
        return pattern.eq_ignore_ascii_case(word);
    }
    let (mut parts, mut words) = (pattern.split('.').peekable(), word.split('.'));
    while let Some(part) = parts.next() {
        match words.next() {
            None | Some("") => return false,
            Some(_) if part == "*" && parts.peek().is_none() => return true,
            Some(word) if part != "*" && !part.eq_ignore_ascii_case(word) => return false,
            Some(_) => {}
        }
    }
    words.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::super::CAPABILITIES;
    use super::*;

    #[test]
    fn patterns_have_one_part_for_a_star() {
        assert!(matches("hugetlb.*.max", "hugetlb.2MB.max") && !matches("hugetlb.*.max", "hugetlb.2MB.rsvd.max"));
        assert!(matches("lxc.sysctl.*", "lxc.sysctl.net.ipv4.ip_forward") && !matches("lxc.sysctl.*", "lxc.sysctl"));
        assert!(!matches("hugetlb.*.max", "hugetlb..max"));
    }

    #[test]
    fn every_capability_is_known() {
        for name in CAPABILITIES {
            assert!(matches!(find(name)[..], [Named::Name(n)] if n.kind() == "capability"), "{name}");
        }
    }

    #[test]
    fn names_are_found_in_many_spellings() {
        for word in ["/sys/fs/cgroup/a.slice/memory.max", "MEMORY.MAX", "lxc.cgroup2.memory.max", "memory.max"] {
            assert!(matches!(find(word)[..], [Named::Name(n)] if n.directives.contains("MemoryMax")), "{word}");
        }
        assert!(matches!(find("mount()")[..], [Named::Call(_)]));
        assert!(matches!(find("sys_admin")[..], [Named::Name(n)] if n.name() == "CAP_SYS_ADMIN"));
        assert_eq!(find("pids.max").len(), 2);
        assert_eq!(lxc_file("lxc.cgroup.cpu.share"), Some(("lxc.cgroup.", "cpu.share")));
    }
}
