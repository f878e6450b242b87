//! What `/proc` tells of a process: credentials, filters, limits, where its control group is.

use super::Probe;
use crate::host::{Manager, Seen, ranges};
use crate::vocab::Scope;
use std::collections::BTreeMap;

/// `/proc/PID/status`, which everybody may read.
pub(super) struct Status {
    at: String,
    text: Result<String, String>,
}

impl Status {
    pub(super) fn of(probe: &Probe<'_>, process: &str) -> Self {
        let at = format!("/proc/{process}/status");
        Self { text: probe.read(&at), at }
    }

    /// A line of it.
    pub(super) fn field<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Seen<T> {
        let text = match &self.text {
            Ok(text) => text,
            Err(why) => return Seen::Unknown(why.clone()),
        };
        let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'));
        match line.and_then(|l| parse(l.trim())) {
            Some(value) => Seen::known(value, format!("{} {name}", self.at)),
            None => Seen::Unknown(format!("{} has no {name}", self.at)),
        }
    }

    fn set(&self, name: &str) -> Seen<u64> {
        self.field(name, |v| u64::from_str_radix(v, 16).ok())
    }

    fn id(&self, name: &str) -> Seen<u32> {
        // real, effective, saved, for files
        self.field(name, |v| v.split_whitespace().nth(1)?.parse().ok())
    }

    pub(super) fn filters(&self) -> Seen<u32> {
        // the number is told since 5.9; before that only whether there are any
        let any = || self.field("Seccomp", |v| v.parse::<u32>().ok()).map(|mode| u32::from(mode != 0));
        self.field("Seccomp_filters", |v| v.parse().ok()).or(any)
    }
}

/// The manager of the system or of the user who asks.
pub(super) fn manager(probe: &Probe<'_>, scope: Scope) -> Manager {
    let own = Status::of(probe, "self");
    let process = match scope {
        Scope::System => Some("1".to_owned()),
        Scope::User => user_manager(probe),
    };
    let Some(process) = process else { return without_process(probe, &own) };
    let status = Status::of(probe, &process);
    Manager {
        uid: status.id("Uid"),
        gid: status.id("Gid"),
        capabilities: capabilities(&status),
        bounding: status.set("CapBnd"),
        first_user_namespace: first_user_namespace(probe, &process),
        filtered: status.filters().map(|n| n > 0),
        no_new_privileges: status.field("NoNewPrivs", |v| Some(v == "1")),
        limits: limits(probe, &process),
        oom_score_adjust: probe.parse(&format!("/proc/{process}/oom_score_adj"), |t| t.parse().ok()),
        cpus: status.field("Cpus_allowed_list", ranges),
        nodes: status.field("Mems_allowed_list", ranges),
    }
}

/// What a manager can use: it raises what it is permitted when it needs it.
fn capabilities(status: &Status) -> Seen<u64> {
    status.set("CapPrm")
}

/// A manager of a user that nobody sees: it has what this process has that is no more than a user's.
fn without_process(probe: &Probe<'_>, own: &Status) -> Manager {
    let first = Status::of(probe, "1");
    Manager {
        uid: own.id("Uid"),
        gid: own.id("Gid"),
        capabilities: match own.id("Uid").get() {
            Some(0) => capabilities(&first),
            Some(_) => capabilities(own),
            None => Seen::Unknown("nobody knows whose manager it is".into()),
        },
        bounding: first.set("CapBnd"),
        first_user_namespace: first_user_namespace(probe, "1"),
        filtered: first.filters().map(|n| n > 0),
        no_new_privileges: first.field("NoNewPrivs", |v| Some(v == "1")),
        limits: Seen::Unknown("the manager of the user is not running, or not to be seen".into()),
        oom_score_adjust: Seen::Unknown("the manager of the user is not running, or not to be seen".into()),
        cpus: own.field("Cpus_allowed_list", ranges),
        nodes: own.field("Mems_allowed_list", ranges),
    }
}

/// The process of the manager whose service or session this is.
fn user_manager(probe: &Probe<'_>) -> Option<String> {
    let group = user_group(probe)?;
    ["/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"].iter().find_map(|top| {
        let procs = probe.read(&format!("{top}{group}/init.scope/cgroup.procs")).ok()?;
        procs.lines().next().filter(|pid| pid.bytes().all(|b| b.is_ascii_digit()) && *pid != "0").map(str::to_owned)
    })
}

/// The control group of the manager of the user who asks.
pub(super) fn user_group(probe: &Probe<'_>) -> Option<String> {
    let groups = probe.read("/proc/self/cgroup").ok()?;
    let of_line = |line: &str| {
        let path = line.splitn(3, ':').nth(2)?;
        let from = path.find("/user@")?;
        let length = path[from + 1..].find('/').map_or(path.len(), |n| from + 1 + n);
        path[..length].ends_with(".service").then(|| path[..length].to_owned())
    };
    let inside = groups.lines().find_map(of_line);
    inside.or_else(|| {
        let uid = Status::of(probe, "self").id("Uid").get()?;
        Some(format!("/user.slice/user-{uid}.slice/user@{uid}.service"))
    })
}

/// The first user namespace has a number of its own; where it cannot be read, the map of its users tells.
fn first_user_namespace(probe: &Probe<'_>, process: &str) -> Seen<bool> {
    const FIRST: &str = "user:[4026531837]";
    let link = format!("/proc/{process}/ns/user");
    if let Ok(target) = probe.tree.read_link(&probe.kernel(&link)) {
        return Seen::known(target.to_str() == Some(FIRST), link);
    }
    let map = |who: &str| {
        probe.parse(&format!("/proc/{who}/uid_map"), |t| Some(t.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    let theirs = map(process);
    if theirs.value().is_some_and(|m| m != "0 0 4294967295") {
        return theirs.map(|_| false);
    }
    // the same map as ours: then most likely the same namespace, and ours can be read
    if theirs.value().is_some()
        && theirs.value() == map("self").value()
        && let Ok(target) = probe.tree.read_link(&probe.kernel("/proc/self/ns/user"))
    {
        return Seen::known(target.to_str() == Some(FIRST), format!("/proc/{process}/uid_map, /proc/self/ns/user"));
    }
    theirs.map(|m| m == "0 0 4294967295")
}

/// `/proc/PID/limits`.
fn limits(probe: &Probe<'_>, process: &str) -> Seen<BTreeMap<String, (u64, u64)>> {
    let line = |line: &str| {
        let name = line.get(..26)?.trim().to_owned();
        let mut values =
            line.get(26..)?.split_whitespace().map(|v| if v == "unlimited" { Some(u64::MAX) } else { v.parse().ok() });
        Some((name, (values.next()??, values.next()??)))
    };
    probe.parse(&format!("/proc/{process}/limits"), |t| Some(t.lines().skip(1).filter_map(line).collect()))
}
