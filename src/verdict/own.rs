//! Directives whose needs depend on what they say, on who runs the unit, or on numbers of the machine.

use super::files::Look;
use super::ruling::{Kind, Ruling};
use super::start::Start;
use super::step::Step;
use crate::host::{Answer, Call, Layout, Namespace, Seen, shown};
use crate::unit::Entry;
use crate::vocab::size::{Rlimit, cpu_affinity, numa_mask};
use crate::vocab::value::Value;
use crate::vocab::{Arch, KeyId, key, syscall};

/// The logic of a directive, by its name.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "named after the directives")]
pub(super) enum Own {
    Affinity,
    Ambient,
    Bounding,
    Calls,
    ControlGroups,
    CpuAccounting,
    Credential,
    Devices,
    Domain,
    DynamicUser,
    EnvironmentFile,
    FileSystems,
    Grouped,
    Groups,
    Images,
    IoDevice,
    IoScheduling,
    IoWeight,
    IpcPath,
    KernelLog,
    Keyring,
    Ksm,
    Limit,
    Network,
    NetworkPath,
    Nice,
    Numa,
    OomPolicy,
    OomScore,
    OpenFile,
    OutOfMemoryDaemon,
    Credentials,
    Pam,
    Personality,
    ProcessIds,
    Program,
    Queues,
    RootDirectory,
    Scheduling,
    SecureBits,
    Stream,
    Submounts,
    Untold,
    User,
    Users,
    Visible,
    WorkingDirectory,
    WriteExecute,
}

impl Start<'_> {
    /// What becomes of an assignment by its own logic.
    pub(super) fn own(&self, what: Own, entry: &Entry<'_>, id: KeyId) -> Ruling {
        match what {
            Own::Affinity => self.affinity(entry),
            Own::Ambient => self.ambient(),
            Own::Bounding => self.dropping(!self.unit.bounding_set(), "CapabilityBoundingSet="),
            Own::Calls => self.calls(entry, id),
            Own::ControlGroups => self.control_groups(),
            Own::CpuAccounting => self.cpu_accounting(),
            Own::Credential => self.credential(entry),
            Own::Devices => self.devices(),
            Own::Domain => self.domain(),
            Own::DynamicUser => self.dynamic_user(),
            Own::EnvironmentFile => self.needed_file(entry, Step::Resources),
            Own::FileSystems => self.file_systems(),
            Own::Grouped => self.grouped(),
            Own::Groups => self.groups(entry, id),
            Own::Images => Ruling::unknown("nobody can tell what is in the image, and whether it can be mounted"),
            Own::IoDevice => self.io_device(entry),
            Own::IoScheduling => self.io_scheduling(),
            Own::IoWeight => self.io_weight(id),
            Own::IpcPath => self.namespace_path(entry, Step::IpcPath, Namespace::Ipc),
            Own::KernelLog => self.kernel_log(),
            Own::Keyring => self.keyring(),
            Own::Ksm => self.ksm(),
            Own::Limit => self.limit(id),
            Own::Network => self.network(),
            Own::NetworkPath => self.namespace_path(entry, Step::NetworkPath, Namespace::Net),
            Own::Nice => self.nice(),
            Own::Numa => self.numa(),
            Own::OomPolicy => self.oom_policy(),
            Own::OomScore => self.oom_score(),
            Own::OpenFile => self.open_file(entry),
            Own::OutOfMemoryDaemon => self.out_of_memory_daemon(),
            Own::Credentials => self.own_credentials(),
            Own::Pam => self.pam(entry),
            Own::Personality => self.personality(entry),
            Own::ProcessIds => self.process_ids(),
            Own::Program => self.program(entry, id),
            Own::Queues => self.queues(),
            Own::RootDirectory => self.root_directory(entry),
            Own::Scheduling => self.scheduling(),
            Own::SecureBits => self.secure_bits(),
            Own::Stream => self.stream(entry, id),
            Own::Submounts => self.submounts(),
            Own::Untold => Ruling::unknown("nobody can tell without starting the unit"),
            Own::User => self.user(entry),
            Own::Users => self.private_users(),
            Own::Visible => self.visible(),
            Own::WorkingDirectory => self.working_directory(entry),
            Own::WriteExecute => self.write_execute(),
        }
    }

    /// A list of calls of which systemd knows none denies nothing.
    fn calls(&self, entry: &Entry<'_>, id: KeyId) -> Ruling {
        let (deny, text) = match entry.text().strip_prefix('~') {
            Some(text) => (true, text),
            None => (false, entry.text()),
        };
        if id == key::SYSTEM_CALL_LOG && self.host.manager.filtered.get() != Some(false) {
            // what it needs of the kernel is refused where seccomp() is, and that cannot be tried without consequences
            return Ruling::unknown("nobody can tell whether the filter of the manager refuses seccomp()");
        }
        let model = self.unit.target.model;
        let is_known = |word: &str| {
            let name = word.split(':').next().unwrap_or_default();
            syscall::known(name, model).is_some() || syscall::group(name, model).is_some()
        };
        match text.split_whitespace().any(is_known) {
            true => Ruling::enforced("", ""),
            false if deny => Ruling::skipped("systemd knows none of these calls", ""),
            false => Ruling::unknown("systemd knows none of these calls"),
        }
    }

    /// What is locked is asked for by personality().
    fn domain(&self) -> Ruling {
        match self.usual(Call::Priority, Step::Personality) {
            Ok(()) => Ruling::enforced("", ""),
            Err(_) => Ruling::unknown("nobody can tell whether a filter refuses personality()"),
        }
    }

    /// A processor runs its own programs and those of its forerunner.
    fn personality(&self, entry: &Entry<'_>) -> Ruling {
        if self.usual(Call::Priority, Step::Personality).is_err() {
            return Ruling::unknown("nobody can tell whether a filter refuses personality()");
        }
        let arch = self.unit.target.arch;
        match (arch, entry.text()) {
            (Arch::X86_64, "x86-64" | "x86") => Ruling::enforced("the processor runs such programs", ""),
            (_, word) if word == arch.word() => Ruling::enforced("the processor runs such programs", ""),
            (Arch::X86_64, _) => Ruling::skipped("the processor runs no such programs", ""),
            _ => Ruling::unknown("nobody can tell whether the processor runs such programs"),
        }
    }

    fn keyring(&self) -> Ruling {
        if self.unit.word(key::KEYRING_MODE) == "inherit" {
            return Ruling::enforced("the unit keeps the keyring of the manager", "");
        }
        match self.call(Call::Keyctl) {
            Ok((true, at)) => Ruling::enforced("the kernel has keyrings", at),
            Ok((false, at)) => Ruling::skipped("keyctl() is refused", at),
            Err(why) => Ruling::unknown(why),
        }
    }

    fn ksm(&self) -> Ruling {
        match (self.kernel(6, 4), &self.host.ksm) {
            (Ok((false, at)), _) => Ruling::refused(Step::Ksm, "the kernel is older than 6.4", at),
            (Ok(_), Seen::Known { value: true, at }) => Ruling::enforced("the kernel merges equal pages", at.clone()),
            (Ok(_), Seen::Known { value: false, at }) => {
                Ruling::refused(Step::Ksm, "the kernel does not merge equal pages", at.clone())
            }
            (Err(why), _) => Ruling::unknown(why),
            (_, unknown) => Ruling::untold("whether the kernel merges equal pages", unknown),
        }
    }

    fn nice(&self) -> Ruling {
        let Value::Number(level) = *self.unit.value(key::NICE) else {
            return Ruling::enforced("the manager's own", "");
        };
        if let Err(refused) = self.usual(Call::Priority, Step::Nice) {
            // what may not be raised stays as it is
            return if level < 0 { Ruling::skipped(refused.reason, refused.probe) } else { refused };
        }
        if level >= 0 {
            return Ruling::enforced("everybody may be nicer", "");
        }
        match self.has_first("CAP_SYS_NICE") {
            Ok((true, at)) => return Ruling::enforced("the manager has CAP_SYS_NICE", at),
            Ok((false, _)) => {}
            Err(why) => return Ruling::unknown(why),
        }
        let Seen::Known { value: limits, at } = &self.host.manager.limits else {
            return Ruling::untold("the limits of the manager", &self.host.manager.limits);
        };
        let least = 20 - limits.get("Max nice priority").map_or(0, |(soft, _)| i64::try_from(*soft).unwrap_or(40));
        match least {
            _ if least <= level => Ruling::enforced(format!("the limit is {least}"), at.clone()),
            0.. => Ruling::skipped("the manager has no CAP_SYS_NICE, and the limit for this is 0", at.clone()),
            _ => Ruling::partly(
                format!("the manager has no CAP_SYS_NICE, and the limit for this is {least}"),
                at.clone(),
            ),
        }
    }

    fn scheduling(&self) -> Ruling {
        let policy = self.unit.word(key::CPU_SCHEDULING_POLICY);
        let real_time = matches!(policy, "fifo" | "rr");
        if !matches!(self.unit.value(key::CPU_SCHEDULING_POLICY), Value::Word(_) | Value::Unset) {
            return Ruling::unknown("the policy has no name here");
        }
        // a filter that refuses its sisters may refuse this call, too
        if let Err(refused) = self.usual(Call::Affinity, Step::Scheduler) {
            return Ruling::unknown(refused.reason);
        }
        if !real_time {
            return Ruling::enforced("everybody may do that", "");
        }
        let groups = &self.host.cgroups;
        if groups.realtime_share.get() == Some(true) {
            return Ruling::unknown("a control group of its own would have no share for real-time processes");
        }
        match self.has_first("CAP_SYS_NICE") {
            Ok((true, at)) => Ruling::enforced("the manager has CAP_SYS_NICE", at),
            Ok((false, at)) => match self.host.manager.limits.value().and_then(|l| l.get("Max realtime priority")) {
                Some((0, _)) => Ruling::refused(Step::Scheduler, "the manager has no CAP_SYS_NICE", at),
                _ => Ruling::unknown("the limit for real-time priorities may allow it"),
            },
            Err(why) => Ruling::unknown(why),
        }
    }

    fn io_scheduling(&self) -> Ruling {
        if let Err(refused) = self.usual(Call::Priority, Step::IoPriority) {
            return Ruling::unknown(refused.reason);
        }
        if self.unit.word(key::IO_SCHEDULING_CLASS) != "realtime" {
            return Ruling::enforced("everybody may do that", "");
        }
        match (self.has_first("CAP_SYS_NICE"), self.has_first("CAP_SYS_ADMIN")) {
            (Ok((true, at)), _) | (_, Ok((true, at))) => Ruling::enforced("the manager may do that", at),
            (Ok((false, at)), Ok((false, _))) => {
                Ruling::refused(Step::IoPriority, "the manager has neither CAP_SYS_NICE nor CAP_SYS_ADMIN", at)
            }
            (Err(why), _) | (_, Err(why)) => Ruling::unknown(why),
        }
    }

    fn affinity(&self, entry: &Entry<'_>) -> Ruling {
        let Some(line) = cpu_affinity(entry.text(), self.unit.target.model) else {
            return Ruling::unknown("the CPUs follow from the nodes of memory");
        };
        if let Err(refused) = self.usual(Call::Affinity, Step::Cpus) {
            return refused;
        }
        let asked = line.cpus;
        let meet = |have: &[(u32, u32)]| {
            asked.iter().any(|(low, high)| have.iter().any(|(from, to)| low <= to && from <= high))
        };
        let (host, manager) = (&self.host.cpus, &self.host.manager.cpus);
        if let Seen::Known { value, at } = manager
            && meet(value)
        {
            return Ruling::enforced(format!("CPUs {} may be used", shown(value)), at.clone());
        }
        match host {
            Seen::Known { value, at } if !meet(value) => {
                Ruling::refused(Step::Cpus, format!("there are only CPUs {}", shown(value)), at.clone())
            }
            _ => Ruling::unknown("the manager does not use these CPUs, and nobody can tell whether it may"),
        }
    }

    fn numa(&self) -> Ruling {
        let Some(policy) = self.unit.setting(key::NUMA_POLICY) else {
            return Ruling::skipped("there is no NUMAPolicy= that it belongs to", "");
        };
        if matches!(policy.value, Value::Word("default" | "local")) {
            return Ruling::enforced("everybody may do that", "");
        }
        let mut asked = Vec::new();
        for entry in self.unit.counted(key::NUMA_MASK) {
            asked.extend(numa_mask(entry.text(), self.unit.target.model).map(|l| l.cpus).unwrap_or_default());
        }
        let nodes = &self.host.manager.nodes;
        match nodes {
            Seen::Known { value, at } => {
                let there = |n: u32| value.iter().any(|(low, high)| (*low..=*high).contains(&n));
                let all = asked.iter().all(|(low, high)| there(*low) && there(*high));
                match all {
                    true => self.policy_of_memory(),
                    false => Ruling::refused(Step::Nodes, format!("there are only nodes {}", shown(value)), at.clone()),
                }
            }
            unknown => Ruling::untold("the nodes of memory", unknown),
        }
    }

    /// Filters of container managers let the policy pass for whom they leave `CAP_SYS_NICE`.
    fn policy_of_memory(&self) -> Ruling {
        let usual = self.usual(Call::Affinity, Step::Nodes).is_ok();
        let manager = &self.host.manager;
        match (manager.filtered.get(), self.has("CAP_SYS_NICE")) {
            (Some(false), _) => Ruling::enforced("the nodes are there", manager.nodes.at()),
            (Some(true), Ok((true, at))) if usual => Ruling::enforced("the nodes are there", at),
            _ => Ruling::unknown("nobody can tell whether a filter refuses the policy"),
        }
    }

    /// A call that is hardly ever refused: what its refusal comes to, if it is.
    fn usual(&self, call: Call, step: Step) -> Result<(), Ruling> {
        match self.host.call(call) {
            Seen::Known { value: Answer::Refused | Answer::Missing, at } => {
                Err(Ruling::refused(step, format!("{}() is refused", call.word()), at.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Who may not lower it goes on as before.
    fn oom_score(&self) -> Ruling {
        let Value::Number(asked) = *self.unit.value(key::OOM_SCORE_ADJUST) else {
            return Ruling::enforced("the manager's own", "");
        };
        let now = &self.host.manager.oom_score_adjust;
        if now.get().is_some_and(|now| asked >= i64::from(now)) {
            return Ruling::enforced("everybody may raise it", now.at());
        }
        match self.has_first("CAP_SYS_RESOURCE") {
            Ok((true, at)) => Ruling::enforced("the manager has CAP_SYS_RESOURCE", at),
            Ok((false, at)) if now.value().is_some() => {
                Ruling::skipped("the manager has no CAP_SYS_RESOURCE, which lowering it needs", at)
            }
            Ok(_) => Ruling::untold("the value that the manager has", now),
            Err(why) => Ruling::unknown(why),
        }
    }

    /// A limit above the one of the manager becomes that one (`setrlimit_closest()`).
    fn limit(&self, id: KeyId) -> Ruling {
        let Value::Rlimit(Rlimit { soft, hard }) = *self.unit.value(id) else {
            return Ruling::enforced("the manager's own", "");
        };
        match self.has_first("CAP_SYS_RESOURCE") {
            // the kernel has a last limit of its own
            Ok((true, at)) if id != key::LIMIT_NOFILE => {
                return Ruling::enforced("the manager has CAP_SYS_RESOURCE", at);
            }
            Ok(_) => {}
            Err(why) => return Ruling::unknown(why),
        }
        let Seen::Known { value: limits, at } = &self.host.manager.limits else {
            return Ruling::untold("the limits of the manager", &self.host.manager.limits);
        };
        let Some((now_soft, now_hard)) = name_of(id).and_then(|name| limits.get(name)).copied() else {
            return Ruling::unknown(format!("{at} does not tell this limit"));
        };
        let unlimited = |n: u64| if n == u64::MAX { "no limit".to_owned() } else { n.to_string() };
        if hard <= now_hard {
            return Ruling::enforced(
                format!("the manager's own limit is not lower: {}", unlimited(now_hard)),
                at.clone(),
            );
        }
        if self.has_first("CAP_SYS_RESOURCE").is_ok_and(|(has, _)| has) {
            return Ruling::unknown("nobody can tell how many files the kernel lets a process open");
        }
        // what services begin with, where the manager does not hand its own on
        let begins = match id {
            key::LIMIT_NOFILE => 1024.min(now_hard),
            key::LIMIT_MEMLOCK => (8 << 20).min(now_hard),
            _ => now_soft,
        };
        let reason = format!("the manager has no CAP_SYS_RESOURCE, and its own limit is {}", unlimited(now_hard));
        let probe = at.clone();
        if soft.min(now_hard) == begins { Ruling::skipped(reason, probe) } else { Ruling::partly(reason, probe) }
    }

    /// In a user namespace of its own, a unit cannot make read-only what others mounted below.
    fn submounts(&self) -> Ruling {
        let below =
            self.host.mounts_below("/proc/sys").find(|m| m.at != "/proc/sys" && m.at != "/proc/sys/fs/binfmt_misc");
        match below {
            Some(mount) if self.in_early_users() => {
                let reason = format!("what is mounted on {} stays as it is", mount.at);
                Ruling::partly(reason, self.host.mounts.at())
            }
            _ => Ruling::enforced("", ""),
        }
    }

    /// A file that was mounted over and is gone cannot be hidden.
    fn kernel_log(&self) -> Ruling {
        let gone = self.host.mounts_below("/proc/kmsg").find(|m| m.root.ends_with("//deleted"));
        match (gone, self.fresh_proc()) {
            (Some(_), Ok((false, at))) => {
                let reason = "what was mounted on /proc/kmsg is gone, and cannot be hidden";
                Ruling::refused(Step::Namespaces, reason, at)
            }
            (Some(_), Err(why)) => Ruling::unknown(why),
            _ => Ruling::enforced("", ""),
        }
    }

    /// The namespace of processes is made by `clone()`, which nobody can try without consequences.
    fn process_ids(&self) -> Ruling {
        if self.call(Call::Unshare).is_ok_and(|(allowed, _)| !allowed) {
            return Ruling::unknown("nobody can tell whether a filter refuses clone(), as it does unshare()");
        }
        match self.fresh_proc() {
            Ok((true, _)) => self.insisting(Namespace::Pid),
            Ok((false, at)) => Ruling::unknown(format!("nobody can tell whether a new /proc can be mounted: {at}")),
            Err(why) => Ruling::unknown(why),
        }
    }

    fn control_groups(&self) -> Ruling {
        match self.unit.word(key::PROTECT_CONTROL_GROUPS) {
            "private" | "strict" if self.host.cgroups.layout.get() == Some(Layout::Unified) => {
                self.insisting(Namespace::Cgroup)
            }
            word @ ("private" | "strict") => match &self.host.cgroups.layout {
                Seen::Known { at, .. } if word == "private" => {
                    Ruling::skipped("that needs the unified hierarchy of control groups", at.clone())
                }
                Seen::Known { at, .. } => Ruling::partly("a namespace needs the unified hierarchy", at.clone()),
                unknown => Ruling::untold("the layout of the control groups", unknown),
            },
            _ => Ruling::enforced("", ""),
        }
    }

    /// A namespace without which the unit does not start.
    pub(super) fn insisting(&self, kind: Namespace) -> Ruling {
        let made = self.namespace(kind, Step::Namespaces);
        match made.kind {
            Kind::Skipped => Ruling::refused(Step::Namespaces, made.reason, made.probe),
            _ => made,
        }
    }

    /// `true` where it is sure to be there.
    pub(super) fn found(&self, path: &str) -> Look {
        if path.contains('%') { Look::Unknown } else { self.files.look(path) }
    }
}

/// A limit by its words in `/proc/PID/limits`.
fn name_of(id: KeyId) -> Option<&'static str> {
    Some(match id {
        key::LIMIT_AS => "Max address space",
        key::LIMIT_CORE => "Max core file size",
        key::LIMIT_CPU => "Max cpu time",
        key::LIMIT_DATA => "Max data size",
        key::LIMIT_FSIZE => "Max file size",
        key::LIMIT_LOCKS => "Max file locks",
        key::LIMIT_MEMLOCK => "Max locked memory",
        key::LIMIT_MSGQUEUE => "Max msgqueue size",
        key::LIMIT_NICE => "Max nice priority",
        key::LIMIT_NOFILE => "Max open files",
        key::LIMIT_NPROC => "Max processes",
        key::LIMIT_RSS => "Max resident set",
        key::LIMIT_RTPRIO => "Max realtime priority",
        key::LIMIT_RTTIME => "Max realtime timeout",
        key::LIMIT_SIGPENDING => "Max pending signals",
        key::LIMIT_STACK => "Max stack size",
        _ => return None,
    })
}
