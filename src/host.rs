//! What was seen of a machine: plain data, for whoever asks what a unit comes to there.
//!
//! Knows no unit, and makes no call: `live` looks, or a file of facts is read ([`mod@file`]). Everything says where it was
//! seen, or why nobody could tell.

mod fact;
pub mod file;

use crate::target::Kernel;
use crate::vocab::{Arch, Scope};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Something that was asked of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<T> {
    /// it could be told
    Known {
        /// what it is
        value: T,
        /// the file or the call that said so
        at: String,
    },
    /// it could not; why
    Unknown(String),
}

impl<T> Seen<T> {
    /// What was seen, and where.
    pub fn known(value: T, at: impl Into<String>) -> Self {
        Self::Known { value, at: at.into() }
    }

    /// What was seen, if anything.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Known { value, .. } => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// Where it was seen, or why it was not.
    pub fn at(&self) -> &str {
        match self {
            Self::Known { at, .. } => at,
            Self::Unknown(why) => why,
        }
    }

    /// The same place, another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Seen<U> {
        match self {
            Self::Known { value, at } => Seen::Known { value: f(value), at },
            Self::Unknown(why) => Seen::Unknown(why),
        }
    }

    /// What another probe says where this one says nothing.
    #[must_use]
    pub fn or(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Unknown(_) => other(),
            known => known,
        }
    }
}

impl<T: Copy> Seen<T> {
    /// What was seen, if anything.
    pub fn get(&self) -> Option<T> {
        self.value().copied()
    }
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self::Unknown("nobody looked".into())
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$about])* $variant),* }
        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The word for it.
            pub fn word(self) -> &'static str { match self { $(Self::$variant => $text),* } }
            /// The one a word stands for.
            pub fn named(word: &str) -> Option<Self> { Self::ALL.iter().copied().find(|x| x.word() == word) }
        }
    };
}

words! {
    /// A system call that a filter or a module of the kernel may refuse to everybody.
    Call {
        /// unshare()
        Unshare = "unshare",
        /// setns()
        Setns = "setns",
        /// mount()
        Mount = "mount",
        /// chroot()
        Chroot = "chroot",
        /// pivot_root()
        PivotRoot = "pivot_root",
        /// setpriority()
        Priority = "setpriority",
        /// sched_setaffinity()
        Affinity = "sched_setaffinity",
        /// bpf()
        Bpf = "bpf",
        /// keyctl()
        Keyctl = "keyctl",
    }
}

words! {
    /// What became of a call that cannot change anything.
    Answer {
        /// the kernel looked at its arguments
        Allowed = "allowed",
        /// EPERM or EACCES before that
        Refused = "refused",
        /// ENOSYS
        Missing = "missing",
    }
}

words! {
    /// A kind of namespace.
    Namespace {
        /// control groups
        Cgroup = "cgroup",
        /// System V and POSIX queues
        Ipc = "ipc",
        /// mounts
        Mount = "mnt",
        /// network
        Net = "net",
        /// processes
        Pid = "pid",
        /// users
        User = "user",
        /// host name
        Uts = "uts",
    }
}

words! {
    /// How the hierarchies of control groups are laid out.
    Layout {
        /// one hierarchy
        Unified = "unified",
        /// controllers in hierarchies of their own, processes in the unified one
        Hybrid = "hybrid",
        /// everything in hierarchies of its own
        Legacy = "legacy",
    }
}

words! {
    /// A security module that directives name.
    Module {
        /// AppArmor
        AppArmor = "apparmor",
        /// SELinux
        SeLinux = "selinux",
        /// Smack
        Smack = "smack",
        /// programs of BPF
        Bpf = "bpf",
        /// Landlock
        Landlock = "landlock",
    }
}

/// The manager that would start the units: what it has, its services can have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manager {
    /// who it is
    pub uid: Seen<u32>,
    /// its group
    pub gid: Seen<u32>,
    /// the capabilities that it can use, in its own user namespace
    pub capabilities: Seen<u64>,
    /// those that it and its services can ever have
    pub bounding: Seen<u64>,
    /// whether its user namespace is the first one: some of what the kernel asks for counts nowhere else
    pub first_user_namespace: Seen<bool>,
    /// whether it has filters of system calls
    pub filtered: Seen<bool>,
    /// whether it can gain privileges no more
    pub no_new_privileges: Seen<bool>,
    /// soft and hard limits, by the words of `/proc/PID/limits`
    pub limits: Seen<BTreeMap<String, (u64, u64)>>,
    /// what the kernel adds when it looks for a process to kill
    pub oom_score_adjust: Seen<i32>,
    /// the CPUs that it may use, as ranges
    pub cpus: Seen<Vec<(u32, u32)>>,
    /// the nodes whose memory it may use, as ranges
    pub nodes: Seen<Vec<(u32, u32)>>,
}

/// A file system that is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// where
    pub at: String,
    /// `proc`, `cgroup2`
    pub kind: String,
    /// what of it is mounted: deleted files end in `//deleted`
    pub root: String,
    /// nothing can be written through it
    pub read_only: bool,
    /// options of the file system, such as `hidepid=2`
    pub options: String,
}

/// A kind of namespace, as it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// whether the kernel has it
    pub there: Seen<bool>,
    /// how many there may be
    pub limit: Seen<u64>,
}

/// The control groups of the services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cgroups {
    /// how they are laid out
    pub layout: Seen<Layout>,
    /// the controllers that the manager can give to its services
    pub controllers: Seen<Vec<String>>,
    /// the files that a service's group has, by controller; only those that were asked for
    pub files: Seen<Vec<String>>,
    /// whether the CPU controller keeps a share for real-time processes: new groups have none
    pub realtime_share: Seen<bool>,
}

/// A disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// `sda`
    pub name: String,
    /// how its requests are ordered; empty where that could not be told
    pub scheduler: String,
}

/// The users or groups of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// names and numbers
    pub ids: BTreeMap<String, u32>,
    /// other sources are asked as well (NSS): who is not listed may still be there
    pub others: bool,
}

/// A machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// whose units: what is told of the manager and its control groups is of this one's
    pub scope: Option<Scope>,
    /// the kernel
    pub kernel: Seen<Kernel>,
    /// the kernel as it calls itself
    pub release: Seen<String>,
    /// its systemd
    pub systemd: Seen<u16>,
    /// what its systemd was built with and without: `+SECCOMP`, `-BPF_FRAMEWORK`
    pub features: Seen<Vec<String>>,
    /// the processor
    pub arch: Seen<Arch>,
    /// the container manager; empty outside of containers
    pub container: Seen<String>,
    /// the manager of the units
    pub manager: Manager,
    /// calls that could be refused to everybody
    pub calls: BTreeMap<Call, Seen<Answer>>,
    /// kinds of namespaces
    pub namespaces: BTreeMap<Namespace, Kind>,
    /// whether processes without privileges may make user namespaces
    pub unprivileged_user_namespaces: Seen<bool>,
    /// whether the kernel has filters of system calls
    pub seccomp: Seen<bool>,
    /// the security modules that are on
    pub modules: Seen<Vec<String>>,
    /// the newest rules of Landlock that the kernel knows
    pub landlock: Seen<u8>,
    /// whether the kernel describes its types, which some programs of BPF need
    pub btf: Seen<bool>,
    /// whether systemd finds the library that it loads programs of BPF with
    pub libbpf: Seen<bool>,
    /// the control groups
    pub cgroups: Cgroups,
    /// what is mounted on `/proc`, `/sys` and below
    pub mounts: Seen<Vec<Mount>>,
    /// whether the kernel merges equal pages
    pub ksm: Seen<bool>,
    /// whether pressure is measured
    pub pressure: Seen<bool>,
    /// whether there is swap space
    pub swap: Seen<bool>,
    /// whether pages are compressed before they are swapped out
    pub zswap: Seen<bool>,
    /// bytes of memory
    pub memory: Seen<u64>,
    /// the CPUs that there are, as ranges
    pub cpus: Seen<Vec<(u32, u32)>>,
    /// the nodes with memory, as ranges
    pub nodes: Seen<Vec<(u32, u32)>>,
    /// its disks
    pub disks: Seen<Vec<Disk>>,
    /// its users
    pub users: Seen<Names>,
    /// its groups
    pub groups: Seen<Names>,
}

impl Host {
    /// What became of a call.
    pub fn call(&self, call: Call) -> &Seen<Answer> {
        static NOBODY: Seen<Answer> = Seen::Unknown(String::new());
        self.calls.get(&call).unwrap_or(&NOBODY)
    }

    /// Whether systemd was built with something, such as `SECCOMP`.
    pub fn built_with(&self, feature: &str) -> Option<bool> {
        let word = self.features.value()?.iter().find(|f| f.get(1..) == Some(feature))?;
        Some(word.starts_with('+'))
    }

    /// A kind of namespace.
    pub fn namespace(&self, kind: Namespace) -> Option<&Kind> {
        self.namespaces.get(&kind)
    }

    /// The mounts at a path and below it.
    pub fn mounts_below<'a>(&'a self, top: &'a str) -> impl Iterator<Item = &'a Mount> {
        let below =
            move |m: &&Mount| m.at.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.mounts.value().into_iter().flatten().filter(below)
    }
}

/// A machine as the manager of the system sees it, and as those of users do: looked at when somebody asks.
pub struct Hosts {
    /// what it is called in messages: `this machine`
    pub name: String,
    look: Box<dyn Fn(Scope) -> Host + Send + Sync>,
    system: OnceLock<Host>,
    user: OnceLock<Host>,
}

impl Hosts {
    /// One that is looked at.
    pub fn looked_at(name: &str, look: impl Fn(Scope) -> Host + Send + Sync + 'static) -> Self {
        Self { name: name.into(), look: Box::new(look), system: OnceLock::new(), user: OnceLock::new() }
    }

    /// One that is known.
    pub fn known(name: &str, system: Host, user: Host) -> Self {
        Self { system: system.into(), user: user.into(), ..Self::looked_at(name, |_| Host::default()) }
    }

    /// As the manager of a scope sees it.
    pub fn of(&self, scope: Scope) -> &Host {
        let seen = if scope == Scope::System { &self.system } else { &self.user };
        seen.get_or_init(|| (self.look)(scope))
    }
}

impl std::fmt::Debug for Hosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hosts").field("system", &self.system).field("user", &self.user).finish_non_exhaustive()
    }
}

/// `0-3,5` as ranges.
pub fn ranges(text: &str) -> Option<Vec<(u32, u32)>> {
    let range = |item: &str| {
        let (low, high) = item.split_once('-').unwrap_or((item, item));
        Some((low.trim().parse().ok()?, high.trim().parse().ok()?))
    };
    text.trim().split(',').filter(|item| !item.is_empty()).map(range).collect()
}

/// Ranges as they are written.
pub fn shown(ranges: &[(u32, u32)]) -> String {
    let one = |(low, high): &(u32, u32)| if low == high { low.to_string() } else { format!("{low}-{high}") };
    ranges.iter().map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_written() {
        assert_eq!(ranges("0-3,5\n"), Some(vec![(0, 3), (5, 5)]));
        assert_eq!(ranges("").as_deref(), Some(&[][..]));
        assert_eq!(ranges("a"), None);
        assert_eq!(shown(&[(0, 3), (5, 5)]), "0-3,5");
    }

    #[test]
    fn words_are_found_again() {
        assert!(Call::ALL.iter().all(|c| Call::named(c.word()) == Some(*c)));
        assert!(Namespace::ALL.iter().all(|c| Namespace::named(c.word()) == Some(*c)));
        assert_eq!(Layout::named("none"), None);
    }
}
