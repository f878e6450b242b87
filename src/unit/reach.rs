//! What the processes of a unit can reach once they run: calls, sockets, files, devices, namespaces, capabilities. This is
//! the view *at start*: what systemd implies only then is in it. Whatever depends on the machine is taken as it is there
//! without the unit's own restrictions.

use super::{KeySet, Unit};
use crate::vocab::set::{self, Families};
use crate::vocab::syscall;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, SYSCALLS, Scope, capability_mask, key};
use std::borrow::Cow;

/// What can be done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// it is not there, or cannot be opened
    Hidden,
    /// it can be read
    ReadOnly,
    /// it can be written by who may
    Writable,
}

/// A directory and what can be done below it.
pub(super) type Fence = (Cow<'static, str>, Access);

/// Keys that give the unit a directory of its own, and where it lies for the system manager.
const OWN: [(KeyId, &str); 4] = [
    (key::RUNTIME_DIRECTORY, "/run/"),
    (key::STATE_DIRECTORY, "/var/lib/"),
    (key::CACHE_DIRECTORY, "/var/cache/"),
    (key::LOGS_DIRECTORY, "/var/log/"),
];

/// Keys that systemd keeps with filters of system calls (`context_has_seccomp()`).
pub const FILTERED: [KeyId; 15] = [
    key::SYSTEM_CALL_FILTER,
    key::SYSTEM_CALL_LOG,
    key::SYSTEM_CALL_ARCHITECTURES,
    key::RESTRICT_ADDRESS_FAMILIES,
    key::RESTRICT_NAMESPACES,
    key::PRIVATE_DEVICES,
    key::PROTECT_KERNEL_TUNABLES,
    key::PROTECT_KERNEL_MODULES,
    key::PROTECT_KERNEL_LOGS,
    key::PROTECT_CLOCK,
    key::PROTECT_HOSTNAME,
    key::MEMORY_DENY_WRITE_EXECUTE,
    key::RESTRICT_REALTIME,
    key::RESTRICT_SUID_SGID,
    key::LOCK_PERSONALITY,
];

/// Everything that says what can be reached, besides what is [`FILTERED`].
pub const REACHING: [KeyId; 23] = [
    key::AMBIENT_CAPABILITIES,
    key::CACHE_DIRECTORY,
    key::CAPABILITY_BOUNDING_SET,
    key::DEVICE_ALLOW,
    key::DEVICE_POLICY,
    key::DYNAMIC_USER,
    key::INACCESSIBLE_PATHS,
    key::LOGS_DIRECTORY,
    key::NO_NEW_PRIVILEGES,
    key::PRIVATE_TMP,
    key::PRIVATE_USERS,
    key::PROC_SUBSET,
    key::PROTECT_CONTROL_GROUPS,
    key::PROTECT_HOME,
    key::PROTECT_SYSTEM,
    key::READ_ONLY_PATHS,
    key::READ_WRITE_PATHS,
    key::ROOT_DIRECTORY,
    key::ROOT_IMAGE,
    key::RUNTIME_DIRECTORY,
    key::STATE_DIRECTORY,
    key::TEMPORARY_FILE_SYSTEM,
    key::USER,
];

/// What keeps processes from files; without any of it all is there.
const FENCING: KeySet = KeySet::of(&[
    key::INACCESSIBLE_PATHS,
    key::PRIVATE_DEVICES,
    key::PROC_SUBSET,
    key::PROTECT_CONTROL_GROUPS,
    key::PROTECT_HOME,
    key::PROTECT_KERNEL_TUNABLES,
    key::PROTECT_SYSTEM,
    key::READ_ONLY_PATHS,
    key::ROOT_DIRECTORY,
    key::ROOT_IMAGE,
    key::TEMPORARY_FILE_SYSTEM,
]);

impl Unit {
    /// Whether a key is on, or says anything.
    pub fn asks_for(&self, id: KeyId) -> bool {
        match self.value(id) {
            Value::Bool(on) => *on,
            Value::Word(_) => self.is_on(id),
            value => !value.is_empty(),
        }
    }

    /// Whether a filter of system calls is put on its processes.
    pub fn is_filtered(&self) -> bool {
        FILTERED.iter().any(|id| self.asks_for(*id))
    }

    /// Whether a process of the unit can make one of these system calls.
    pub fn can_call(&self, names: &[&str]) -> bool {
        let Value::Filter(filter) = self.value(key::SYSTEM_CALL_FILTER) else { return true };
        if !filter.allow && filter.set.is_empty() {
            return true;
        }
        let mut calls = syscall::SyscallSet::EMPTY;
        names.iter().filter_map(|name| SYSCALLS.binary_search(name).ok()).for_each(|at| calls.insert(at));
        // a call that this libseccomp does not know stays outside of a deny list and of an allow list
        !filter.allows(&calls).is_empty()
    }

    /// Whether it can make sockets of a family such as `AF_UNIX`.
    pub fn can_open_family(&self, family: &str) -> bool {
        let Some(number) = set::family(family) else { return true };
        match self.value(key::RESTRICT_ADDRESS_FAMILIES) {
            Value::Families(families) if families.listed || *families == Families::NONE => families.allows(number),
            _ => true,
        }
    }

    /// Whether it can make or join namespaces of a type.
    pub fn can_use_namespace(&self, name: &str) -> bool {
        match (self.value(key::RESTRICT_NAMESPACES), set::namespace(name)) {
            (Value::Namespaces(left), Some(bit)) => left & bit != 0,
            _ => true,
        }
    }

    /// The capabilities of its processes: root has the bounding set, everybody else the ambient ones.
    pub fn capabilities(&self) -> u64 {
        if self.scope == Scope::User || self.is_on(key::PRIVATE_USERS) {
            // what they have counts in a user namespace only
            return 0;
        }
        let own = match self.value(key::AMBIENT_CAPABILITIES) {
            Value::Capabilities(bits) => *bits,
            _ => 0,
        };
        self.bounding_set() & if self.is_privileged() { u64::MAX } else { own }
    }

    /// Whether programs with the setuid bit or file capabilities keep their power. Up to 254 filters of system calls switch
    /// it off for services without `CAP_SYS_ADMIN`; later ones only where the filter forbids the calls that drop
    /// privileges (systemd.exec(5), `NoNewPrivileges=`; seen on 252 and 257).
    pub fn may_gain_privileges(&self) -> bool {
        let without_admin = self.capabilities() & capability_mask(&["CAP_SYS_ADMIN"]) == 0;
        let implied = match self.target.systemd {
            ..255 => without_admin && self.is_filtered(),
            _ => !["capget", "capset", "prctl"].iter().all(|call| self.can_call(&[call])),
        };
        !(self.is_on(key::NO_NEW_PRIVILEGES) || self.is_on(key::DYNAMIC_USER) || implied)
    }

    /// Whether it can open the disks of the machine as files. Who may open them is not asked.
    pub fn can_open_disks(&self) -> bool {
        if self.is_on(key::PRIVATE_DEVICES) {
            return false;
        }
        let entries: &[Box<str>] = match self.value(key::DEVICE_ALLOW) {
            Value::List(list) => list,
            _ => &[],
        };
        if self.word(key::DEVICE_POLICY) == "auto" && entries.is_empty() {
            return true;
        }
        const DISKS: [&str; 9] = [
            "block-*",
            "block-sd",
            "block-blkext",
            "block-device-mapper",
            "/dev/sd",
            "/dev/nvme",
            "/dev/vd",
            "/dev/dm-",
            "/dev/mapper/",
        ];
        entries.iter().any(|e| {
            let (device, access) = e.split_once(char::is_whitespace).unwrap_or((e, "rwm"));
            access.contains('w') && DISKS.iter().any(|d| device.starts_with(d))
        })
    }

    /// Whether the files that it sees are not those of the system: a root of its own.
    pub fn has_own_root(&self) -> bool {
        let set = |id| self.value(id).text().is_some_and(|p| !p.is_empty() && p != "/");
        set(key::ROOT_DIRECTORY) || set(key::ROOT_IMAGE)
    }

    /// What can be done with a path of the system. The nearest of all that is said of it and what it lies in counts.
    pub fn access(&self, path: &str) -> Access {
        if !self.sets_any(&FENCING) {
            return Access::Writable;
        }
        if self.has_own_root() {
            return Access::Hidden;
        }
        let mut best: (usize, Access) = (0, Access::Writable);
        for (dir, access) in self.fences.get_or_init(|| self.fences()) {
            // where it would end tells nearly always
            let ends = path.len() == dir.len() || path.as_bytes().get(dir.len()) == Some(&b'/');
            let below = ends && path.starts_with(&**dir);
            // of two that say something of one path the stricter one wins
            if below && (dir.len() > best.0 || dir.len() == best.0 && *access < best.1) {
                best = (dir.len(), *access);
            }
        }
        best.1
    }

    /// What is said of directories, without the slash at the end.
    fn fences(&self) -> Vec<Fence> {
        let mut fences: Vec<Fence> = Vec::new();
        let mut say = |dir: &'static str, access| fences.push((dir.into(), access));
        match self.word(key::PROTECT_SYSTEM) {
            "strict" => say("", Access::ReadOnly),
            "full" => ["/usr", "/boot", "/efi", "/etc"].iter().for_each(|d| say(d, Access::ReadOnly)),
            "yes" => ["/usr", "/boot", "/efi"].iter().for_each(|d| say(d, Access::ReadOnly)),
            _ => {}
        }
        if self.word(key::PROTECT_SYSTEM) == "strict" {
            ["/dev", "/proc", "/sys"].iter().for_each(|d| say(d, Access::Writable));
        }
        let homes = match self.word(key::PROTECT_HOME) {
            "yes" | "tmpfs" => Some(Access::Hidden),
            "read-only" => Some(Access::ReadOnly),
            _ => None,
        };
        if let Some(access) = homes {
            ["/home", "/root", "/run/user"].iter().for_each(|d| say(d, access));
        }
        if self.is_on(key::PROTECT_KERNEL_TUNABLES) {
            ["/proc/sys", "/sys", "/proc/sysrq-trigger"].iter().for_each(|d| say(d, Access::ReadOnly));
        }
        if matches!(self.word(key::PROTECT_CONTROL_GROUPS), "yes" | "strict")
            || self.value(key::PROTECT_CONTROL_GROUPS).is_true()
        {
            say("/sys/fs/cgroup", Access::ReadOnly);
        }
        if self.word(key::PROC_SUBSET) == "pid" {
            say("/proc/sys", Access::Hidden);
        }
        if self.is_on(key::PRIVATE_TMP) {
            // a directory of its own in its place: it can be written, but is not the system's
            ["/tmp", "/var/tmp"].iter().for_each(|d| say(d, Access::Writable));
        }
        if self.is_on(key::PRIVATE_DEVICES) {
            say("/dev", Access::ReadOnly);
        }
        let mut say = |dir: &str, access| fences.push((dir.trim_end_matches('/').to_owned().into(), access));
        for (id, access) in [
            (key::READ_WRITE_PATHS, Access::Writable),
            (key::READ_ONLY_PATHS, Access::ReadOnly),
            (key::INACCESSIBLE_PATHS, Access::Hidden),
            (key::TEMPORARY_FILE_SYSTEM, Access::Hidden),
        ] {
            for entry in self.entries_of(id) {
                let bare = entry.trim_start_matches(['-', '+']);
                say(bare.split(':').next().unwrap_or(bare), access);
            }
        }
        for (id, base) in OWN {
            for entry in self.entries_of(id) {
                say(&format!("{base}{}", entry.split(':').next().unwrap_or(entry)), Access::Writable);
            }
        }
        fences
    }

    /// The directories of a key such as `StateDirectory=`, as paths of the system.
    pub fn own_directories(&self) -> Vec<String> {
        let all = OWN.iter().flat_map(|(id, base)| self.entries_of(*id).map(move |e| (e, base)));
        all.map(|(entry, base)| format!("{base}{}", entry.split(':').next().unwrap_or(entry))).collect()
    }

    fn entries_of(&self, id: KeyId) -> impl Iterator<Item = &str> {
        let list: &[Box<str>] = match self.value(id) {
            Value::List(list) => list,
            _ => &[],
        };
        list.iter().map(|e| &**e)
    }
}
