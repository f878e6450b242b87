//! What a start of the unit goes through on the machine: with which capabilities, in which namespaces, and which of these
//! can be had (`exec_invoke()`, `apply_mount_namespace()`, `setup_private_users()`).

use super::files::Files;
use super::ruling::{Kind, Ruling};
use super::step::Step;
use crate::host::{Answer, Call, Host, Namespace, Seen};
use crate::target::Kernel;
use crate::unit::Unit;
use crate::vocab::set::capability;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Scope, key};

/// A unit on a machine.
pub(super) struct Start<'a> {
    pub(super) unit: &'a Unit,
    pub(super) host: &'a Host,
    pub(super) files: Files<'a>,
    /// the release of systemd
    pub(super) version: u16,
    /// whether a user namespace is made before all others, because the manager has no privileges
    early_users: Option<Ruling>,
}

/// Whether something is so, and what says it.
pub(super) type Known = Result<(bool, String), String>;

/// Keys that make the manager of a user begin with a user namespace (`exec_context_need_unprivileged_private_users()`).
const EARLY: [KeyId; 33] = [
    key::PRIVATE_USERS,
    key::PRIVATE_TMP,
    key::PRIVATE_DEVICES,
    key::PRIVATE_NETWORK,
    key::NETWORK_NAMESPACE_PATH,
    key::PRIVATE_IPC,
    key::IPC_NAMESPACE_PATH,
    key::PRIVATE_MOUNTS,
    key::MOUNT_APIVFS,
    key::BIND_LOG_SOCKETS,
    key::BIND_PATHS,
    key::BIND_READ_ONLY_PATHS,
    key::TEMPORARY_FILE_SYSTEM,
    key::ROOT_DIRECTORY,
    key::EXTENSION_DIRECTORIES,
    key::PROTECT_SYSTEM,
    key::PROTECT_HOME,
    key::PRIVATE_PIDS,
    key::PROTECT_KERNEL_TUNABLES,
    key::PROTECT_KERNEL_MODULES,
    key::PROTECT_KERNEL_LOGS,
    key::PROTECT_CONTROL_GROUPS,
    key::PROTECT_CLOCK,
    key::PROTECT_HOSTNAME,
    key::READ_WRITE_PATHS,
    key::READ_ONLY_PATHS,
    key::INACCESSIBLE_PATHS,
    key::EXEC_PATHS,
    key::NO_EXEC_PATHS,
    key::ROOT_IMAGE,
    key::MOUNT_IMAGES,
    key::EXTENSION_IMAGES,
    key::PRIVATE_BPF,
];

/// Keys for which a file system that cannot be rearranged is no trifle (`insist_on_sandboxing()`).
const INSISTING: [KeyId; 8] = [
    key::TEMPORARY_FILE_SYSTEM,
    key::ROOT_DIRECTORY,
    key::ROOT_IMAGE,
    key::ROOT_MSTACK,
    key::MOUNT_IMAGES,
    key::EXTENSION_IMAGES,
    key::EXTENSION_DIRECTORIES,
    key::LOG_NAMESPACE,
];

impl<'a> Start<'a> {
    pub(super) fn new(unit: &'a Unit, host: &'a Host, files: Files<'a>) -> Self {
        let version = unit.target.systemd;
        let mut start = Self { unit, host, files, version, early_users: None };
        if start.begins_with_users() {
            start.early_users = Some(start.users(Step::EarlyUsers));
        }
        start
    }

    /// Whether a key is on, or says anything.
    pub(super) fn is_set(&self, id: KeyId) -> bool {
        match self.unit.value(id) {
            // the root that there is anyway
            Value::Text(path) if id == key::ROOT_DIRECTORY => !matches!(&**path, "" | "/"),
            _ => self.unit.asks_for(id),
        }
    }

    pub(super) fn is_user(&self) -> bool {
        self.unit.scope == Scope::User
    }

    /// Whether a user namespace comes first: up to 253 only where it is asked for.
    pub(super) fn begins_with_users(&self) -> bool {
        if !self.is_user() {
            return false;
        }
        match self.version {
            ..254 => self.is_set(key::PRIVATE_USERS),
            254..=257 => EARLY.iter().any(|k| self.is_set(*k)),
            _ => EARLY.iter().any(|k| self.is_set(*k)) || self.has_proc(),
        }
    }

    fn has_proc(&self) -> bool {
        self.unit.word(key::PROTECT_PROC) != "default" || self.unit.word(key::PROC_SUBSET) != "all"
    }

    /// Whether the early user namespace is made.
    pub(super) fn in_early_users(&self) -> bool {
        self.early_users.as_ref().is_some_and(|r| r.kind == Kind::Enforced)
    }

    /// Whether the manager, or what it made itself into, has a capability in its own user namespace.
    pub(super) fn has(&self, name: &str) -> Known {
        if self.in_early_users() {
            return Ok((true, "the unit has a user namespace of its own".into()));
        }
        if self.early_users.as_ref().is_some_and(|r| r.kind == Kind::Unknown) {
            return Err("nobody can tell whether the unit gets a user namespace of its own".into());
        }
        match &self.host.manager.capabilities {
            Seen::Known { value, at } => Ok((capability(name).is_some_and(|c| value & (1 << c) != 0), at.clone())),
            Seen::Unknown(why) => Err(format!("the capabilities of the manager cannot be told: {why}")),
        }
    }

    /// The same, where only the first user namespace counts.
    pub(super) fn has_first(&self, name: &str) -> Known {
        if self.in_early_users() {
            return Ok((false, "the unit has a user namespace of its own".into()));
        }
        let (has, at) = self.has(name)?;
        if !has {
            return Ok((false, at));
        }
        match &self.host.manager.first_user_namespace {
            Seen::Known { value, at } => Ok((*value, at.clone())),
            Seen::Unknown(why) => Err(format!("the user namespace of the manager cannot be told: {why}")),
        }
    }

    /// Whether a call reaches the kernel.
    pub(super) fn call(&self, call: Call) -> Known {
        let filtered = &self.host.manager.filtered;
        match self.host.call(call) {
            Seen::Known { value, at } => Ok((*value == Answer::Allowed, at.clone())),
            // without filters there is nothing that would refuse it to everybody
            Seen::Unknown(_) if filtered.get() == Some(false) => Ok((true, filtered.at().to_owned())),
            Seen::Unknown(why) if why.is_empty() => Err(format!("{}() was not tried", call.word())),
            Seen::Unknown(why) => Err(why.clone()),
        }
    }

    /// Whether the kernel is of a series or a later one.
    pub(super) fn kernel(&self, major: u16, minor: u16) -> Known {
        match &self.host.kernel {
            Seen::Known { value, at } => Ok((*value >= Kernel { major, minor }, format!("{at}: Linux {value}"))),
            Seen::Unknown(why) => Err(format!("the kernel cannot be told: {why}")),
        }
    }

    /// How many namespaces of a kind there may be, and whether there are such at all. `Some` when none can be made.
    fn none_of(&self, kind: Namespace, full: Step) -> Option<Ruling> {
        let there = self.host.namespace(kind)?;
        if there.there.get() == Some(false) {
            let reason = format!("the kernel has no {} namespaces", kind.word());
            return Some(Ruling::skipped(reason, there.there.at()));
        }
        let reason = format!("no {} namespace may be made: its number is limited to 0", kind.word());
        (there.limit.get() == Some(0)).then(|| Ruling::refused(full, reason, there.limit.at()))
    }

    /// A namespace of a kind by `unshare()`: what is forbidden is skipped, what fails otherwise is not.
    pub(super) fn namespace(&self, kind: Namespace, full: Step) -> Ruling {
        let what = format!("{} namespace", kind.word());
        let none = self.none_of(kind, full);
        if let Some(gone) = none.as_ref().filter(|r| r.kind == Kind::Skipped) {
            return gone.clone();
        }
        let one = |known: Known, why: &str| match known {
            Ok((true, at)) => Ruling::enforced(format!("a {what} can be made"), at),
            Ok((false, at)) => Ruling::skipped(format!("there is no {what}: {why}"), at),
            Err(why) => Ruling::unknown(why),
        };
        let call = one(self.call(Call::Unshare), "unshare() is refused");
        let may = Ruling::chain(vec![call, one(self.has("CAP_SYS_ADMIN"), "the manager has no CAP_SYS_ADMIN")]);
        match none {
            Some(none) if may.kind == Kind::Enforced => none,
            _ => may,
        }
    }

    /// A user namespace: whatever fails keeps the unit from starting.
    pub(super) fn users(&self, step: Step) -> Ruling {
        if let Some(none) = self.none_of(Namespace::User, step) {
            return Ruling::refused(step, none.reason, none.probe);
        }
        let call = match self.call(Call::Unshare) {
            Ok((true, at)) => at,
            Ok((false, at)) => return Ruling::refused(step, "unshare() is refused", at),
            Err(why) => return Ruling::unknown(why),
        };
        let manager = &self.host.manager;
        let has = |name: &str| match &manager.capabilities {
            Seen::Known { value, .. } => capability(name).map(|c| value & (1 << c) != 0),
            Seen::Unknown(_) => None,
        };
        let privileged = match (has("CAP_SYS_ADMIN"), manager.first_user_namespace.get()) {
            (Some(admin), Some(first)) => Some(admin && first),
            (Some(false), None) => Some(false),
            _ => None,
        };
        if privileged != Some(true) {
            let switch = &self.host.unprivileged_user_namespaces;
            match switch.get() {
                Some(true) => {}
                Some(false) if privileged == Some(false) => {
                    return Ruling::refused(step, "who has no privileges may make no user namespace", switch.at());
                }
                _ => return Ruling::untold("whether user namespaces may be made", switch),
            }
        }
        // a map with root in it needs one capability, a map of several users two more
        let many = matches!(self.unit.word(key::PRIVATE_USERS), "identity" | "full" | "managed");
        let root = manager.uid.get().is_none_or(|uid| uid == 0) || many;
        let since = self.kernel(5, 12).is_ok_and(|(since, _)| since);
        let needed = [("CAP_SETFCAP", root && since), ("CAP_SETUID", many), ("CAP_SETGID", many)];
        for (name, _) in needed.iter().filter(|(_, needed)| *needed) {
            match has(name) {
                Some(true) => {}
                Some(false) => {
                    let reason = format!("the manager has no {name}, which writing the map of users needs");
                    return Ruling::refused(step, reason, manager.capabilities.at());
                }
                None => return Ruling::untold("the capabilities of the manager", &manager.capabilities),
            }
        }
        Ruling::enforced("a user namespace can be made", call)
    }

    /// The mount namespace of the unit: where it is forbidden, systemd goes on without, unless the unit would be in
    /// another place than it was meant to be.
    pub(super) fn mounts(&self) -> Ruling {
        if let Some(early) = self.early_users.as_ref().filter(|r| r.kind == Kind::Refused) {
            // a namespace that was not asked for is tried and then done without, but its limit stays
            if self.is_set(key::PRIVATE_USERS) {
                return early.clone();
            }
        }
        let made = self.namespace(Namespace::Mount, Step::Namespaces);
        if made.kind == Kind::Enforced {
            return match self.call(Call::Mount) {
                Ok((true, at)) => {
                    let made = Ruling::enforced("a mount namespace can be made", format!("{}, {at}", made.probe));
                    Ruling::chain(vec![made, self.new_root()])
                }
                Ok((false, at)) => Ruling::refused(Step::Namespaces, "mount() is refused", at),
                Err(why) => Ruling::unknown(why),
            };
        }
        match (made.kind, self.insists()) {
            (Kind::Skipped, Some(by)) => {
                let reason = format!("{}, and {} must not be left out", made.reason, by);
                Ruling::refused(Step::Namespaces, reason, made.probe)
            }
            _ => made,
        }
    }

    /// The new root of a mount namespace is entered by `pivot_root()` since 254, and by `chroot()` before and where the
    /// other fails.
    fn new_root(&self) -> Ruling {
        let chroot = match (self.call(Call::Chroot), self.has("CAP_SYS_CHROOT")) {
            (Ok((true, _)), Ok((true, at))) => return Ruling::enforced("", at),
            (Ok((false, at)), _) => Ruling::refused(Step::Namespaces, "chroot() is refused", at),
            (_, Ok((false, at))) => Ruling::refused(Step::Namespaces, "the manager has no CAP_SYS_CHROOT", at),
            (Err(why), _) | (_, Err(why)) => Ruling::unknown(why),
        };
        match self.call(Call::PivotRoot) {
            _ if self.version < 254 => chroot,
            Ok((true, at)) => Ruling::enforced("", at),
            Ok((false, _)) => chroot,
            Err(why) => Ruling::unknown(why),
        }
    }

    /// The key because of which systemd does not go on without a mount namespace.
    pub(super) fn insists(&self) -> Option<&'static str> {
        let by = INSISTING.iter().find(|k| self.is_set(**k)).map(|k| k.name());
        let by = by.or_else(|| self.unit.is_on(key::DYNAMIC_USER).then_some("DynamicUser="));
        by.or_else(|| {
            let moved = |id: KeyId| self.unit.counted(id).any(|e| binds(e.text()).any(|(from, to)| from != to));
            [key::BIND_PATHS, key::BIND_READ_ONLY_PATHS].into_iter().find(|id| moved(*id)).map(KeyId::name)
        })
    }

    /// Filters of system calls.
    pub(super) fn filters(&self) -> Ruling {
        if self.host.built_with("SECCOMP") == Some(false) {
            return Ruling::skipped("systemd was built without filters of system calls", self.host.features.at());
        }
        match &self.host.seccomp {
            Seen::Known { value: true, at } => Ruling::enforced("the kernel filters system calls", at.clone()),
            Seen::Known { value: false, at } => {
                Ruling::skipped("the kernel has no filters of system calls", at.clone())
            }
            unknown => Ruling::untold("whether the kernel filters system calls", unknown),
        }
    }

    /// Whether a filter is put on after the user has changed, with privileges that are kept for that: since 255.
    pub(super) fn needs_kept_privileges(&self) -> bool {
        let user = self.unit.value(key::USER).text().is_some_and(|u| u != "root" && u != "0")
            || self.is_set(key::DYNAMIC_USER);
        let filtered = self.unit.is_filtered();
        let drops = ["capget", "capset", "prctl"].iter().all(|call| self.unit.can_call(&[call]));
        self.version >= 255 && !self.is_user() && user && filtered && drops
    }

    /// Since 255 a filter that is put on a service with a user of its own is put on with privileges that are kept for that.
    pub(super) fn keeps_privileges(&self) -> Option<Ruling> {
        if !self.needs_kept_privileges() {
            return None;
        }
        let lost = ["CAP_SETPCAP", "CAP_SYS_ADMIN"].into_iter().find_map(|name| match self.has(name) {
            Ok((true, _)) => None,
            Ok((false, at)) => {
                let reason =
                    format!("the manager has no {name}, which it keeps for the filter while it changes the user");
                Some(Ruling::refused(Step::SetUser, reason, at))
            }
            Err(why) => Some(Ruling::unknown(why)),
        });
        // the namespace of its own gives both
        lost.filter(|_| !self.unit.is_on(key::PRIVATE_USERS))
    }

    /// Whether a new `/proc` can be mounted: who made a user namespace first must not see more of it than before.
    pub(super) fn fresh_proc(&self) -> Known {
        if !self.in_early_users() {
            return Ok((true, String::new()));
        }
        if !self.is_set(key::PRIVATE_PIDS) {
            return Ok((false, "the unit has a user namespace of its own, and the processes are not in it".into()));
        }
        let Seen::Known { value, at } = &self.host.mounts else { return Err(self.host.mounts.at().to_owned()) };
        // one that nothing is mounted over will do; an empty directory below it does no harm
        let covered = |top: &str| {
            let harmless = |m: &crate::host::Mount| m.at == top || m.at.ends_with("/sys/fs/binfmt_misc");
            self.host.mounts_below(top).any(|m| !harmless(m))
        };
        let whole = value.iter().find(|m| m.kind == "proc" && m.root == "/" && !covered(&m.at));
        Ok(match whole {
            Some(whole) => (true, format!("{at}: {}", whole.at)),
            None => (false, format!("{at}: something is mounted over every /proc")),
        })
    }
}

/// Source and destination of each word of `BindPaths=`, without the mark for what may be missing.
pub(super) fn binds(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split_whitespace().map(|word| {
        let word = word.strip_prefix('-').unwrap_or(word);
        let mut parts = word.split(':');
        let from = parts.next().unwrap_or_default();
        (from, parts.next().filter(|to| !to.is_empty()).unwrap_or(from))
    })
}
