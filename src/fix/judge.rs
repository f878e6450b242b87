//! What the evidence says of the needs of a rule: proven, disproved, or that nobody can tell.

use super::harden::{POWERLESS, is_chosen};
use crate::evidence::{Act, Evidence, Seen};
use crate::rule::{Check, Rule};
use crate::unit::Unit;
use crate::vocab::set::family_name;
use crate::vocab::{self, syscall};

/// What evidence says of a need.
pub(super) enum Proof {
    /// it is so; the words for a comment, after "it"
    Proven(Option<&'static str>),
    /// it is not so
    Disproved(String),
    /// nobody can tell
    Open(String),
}

/// What speaks for and against the lines of a unit.
pub(super) struct Judge<'a> {
    unit: &'a Unit,
    evidence: &'a Evidence,
    unprivileged: bool,
}

impl<'a> Judge<'a> {
    pub(super) fn new(unit: &'a Unit, evidence: &'a Evidence) -> Self {
        Self { unit, evidence, unprivileged: is_unprivileged(unit, evidence) }
    }
}

impl Judge<'_> {
    /// What is known of a need of a rule.
    pub(super) fn need(&self, need: &str, rule: &Rule) -> Proof {
        if let Some(seen) = self.held(rule) {
            return Proof::Disproved(seen.to_string());
        }
        match need {
            _ if self.has_none_of(rule) => Proof::Proven(Some(POWERLESS)),
            "calls" => self.calls(rule),
            "families" => self.open(None),
            "namespaces" => self.namespaces(rule),
            "unprivileged" if self.unprivileged => Proof::Proven(Some(POWERLESS)),
            "unprivileged" => Proof::Disproved("it runs with privileges".into()),
            _ => match need.strip_prefix("no-").and_then(Act::named) {
                Some(act) => self.act(act),
                None => Proof::Open(format!("{need} is not known")),
            },
        }
    }

    /// Where a file has capabilities that the rule takes away: execve() then refuses to run it.
    fn held(&self, rule: &Rule) -> Option<&Seen> {
        let Check::CapabilityBoundingSet { caps } = rule.check else { return None };
        self.evidence.capabilities.iter().find(|(held, _)| *held & caps != 0).map(|(_, seen)| seen)
    }

    /// Whether the rule takes capabilities away that no process of the unit has.
    fn has_none_of(&self, rule: &Rule) -> bool {
        let Check::CapabilityBoundingSet { caps } = rule.check else { return false };
        self.unprivileged && self.unit.capabilities() & caps == 0
    }

    fn act(&self, act: Act) -> Proof {
        // to those without privileges a limit may still allow it
        let is_privileged = act.is_privileged() || (act.name() == "realtime" && !is_chosen(self.unit, "LimitRTPRIO"));
        if self.unprivileged && is_privileged {
            return Proof::Proven(Some(act.says()));
        }
        match self.evidence.of(act) {
            Some(seen) => Proof::Disproved(format!("it {}: {seen}", act.says())),
            None => self.open(Some(act.says())),
        }
    }

    /// Whether it makes or joins namespaces of the kind that the rule is about.
    fn namespaces(&self, rule: &Rule) -> Proof {
        const SAYS: &str = "makes or joins namespaces of this kind";
        let Check::RestrictNamespaces { mask } = rule.check else {
            return Proof::Open("the kind of namespaces is not known".into());
        };
        match self.evidence.namespaces.get(&mask).or(self.evidence.untold_namespaces.as_ref()) {
            Some(seen) => Proof::Disproved(format!("it {SAYS}: {seen}")),
            None => self.open(Some(SAYS)),
        }
    }

    /// Nothing was seen; whether that says something.
    fn open(&self, says: Option<&'static str>) -> Proof {
        match self.evidence.unseen.first() {
            Some(why) => Proof::Open(why.clone()),
            None => Proof::Proven(says),
        }
    }

    /// Whether it calls a member of the group that the rule is about.
    fn calls(&self, rule: &Rule) -> Proof {
        let Some(group) =
            rule.fix.and_then(|f| syscall::group(f.value.trim_start_matches('~'), self.unit.target.model))
        else {
            return Proof::Open("the group is not known".into());
        };
        let fails_anyway = |function: &str| {
            let mut acts = Act::of_function(function).iter().peekable();
            self.unprivileged && acts.peek().is_some() && acts.all(|a| a.is_privileged())
        };
        // what a program with other rights does in its place is more than its caller may
        const OF_HELPERS: [&str; 3] = ["@mount", "@privileged", "@resources"];
        if let Some(seen) = self.evidence.named("helpers").filter(|_| OF_HELPERS.contains(&group.name)) {
            return Proof::Disproved(format!("{seen}, which may need {}", group.name));
        }
        let members = group.members(self.unit.target.model);
        let called = members
            .names()
            .flat_map(|call| wrappers(call).into_iter())
            .find_map(|function| self.evidence.functions.get(function).filter(|_| !fails_anyway(function)));
        match called {
            Some(seen) => Proof::Disproved(format!("{seen}, which {} has", group.name)),
            None if self.unprivileged && members.names().all(fails_anyway) => Proof::Proven(None),
            None => self.open(Some("makes such calls")),
        }
    }

    /// The narrowest value for what was seen.
    pub(super) fn value(&self, key: &str, usual: &str) -> String {
        if key != "RestrictAddressFamilies" || usual.starts_with('~') {
            return usual.to_owned();
        }
        let mut out = usual.to_owned();
        for family in self.evidence.families.keys().filter(|f| ![0, 1, 2, 10, 16].contains(*f)) {
            let name = family_name(*family);
            if !name.is_empty() && !usual.split(' ').any(|u| u == name) {
                out.push(' ');
                out.push_str(name);
            }
        }
        out
    }
}

/// The functions of the C library that make a system call under another name.
fn wrappers(call: &'static str) -> Vec<&'static str> {
    const OTHERS: [(&str, &[&str]); 20] = [
        ("adjtimex", &["ntp_adjtime", "ntp_gettime", "ntp_gettimex", "adjtime"]),
        ("setgroups", &["initgroups"]),
        ("setresuid", &["seteuid"]),
        ("setresgid", &["setegid"]),
        ("setrlimit", &["setrlimit64", "prlimit", "prlimit64"]),
        ("setpriority", &["nice"]),
        ("sched_setscheduler", &["pthread_setschedparam"]),
        (
            "sched_setaffinity",
            &[
                "pthread_setaffinity_np",
                "numa_bind",
                "numa_run_on_node",
                "numa_run_on_node_mask",
                "numa_sched_setaffinity",
            ],
        ),
        (
            "set_mempolicy",
            &[
                "numa_bind",
                "numa_set_membind",
                "numa_set_interleave_mask",
                "numa_set_preferred",
                "numa_set_localalloc",
                "numa_set_bind_policy",
            ],
        ),
        (
            "mbind",
            &[
                "numa_tonode_memory",
                "numa_tonodemask_memory",
                "numa_interleave_memory",
                "numa_alloc_onnode",
                "numa_alloc_interleaved",
                "numa_alloc_local",
            ],
        ),
        ("migrate_pages", &["numa_migrate_pages"]),
        ("move_pages", &["numa_move_pages"]),
        ("umount2", &["umount"]),
        ("capset", &["cap_set_proc", "capng_apply"]),
        ("chown", &["chown32"]),
        ("perf_event_open", &["perf_event_open"]),
        ("init_module", &["kmod_module_insert_module", "kmod_module_probe_insert_module"]),
        ("iopl", &["pci_system_init"]),
        ("clock_settime", &["stime"]),
        ("bpf", &["bpf_prog_load", "bpf_object__load"]),
    ];
    let mut out = vec![call];
    out.extend(OTHERS.iter().filter(|(c, _)| *c == call).flat_map(|(_, names)| names.iter().copied()));
    out
}

/// Whether its processes have no power over the machine and no way to get some.
fn is_unprivileged(unit: &Unit, evidence: &Evidence) -> bool {
    let gains =
        unit.may_gain_privileges() && (evidence.named("setuid-programs").is_some() || !evidence.unseen.is_empty());
    // a port below 1024 gives no power over the machine
    let power = unit.capabilities() & !vocab::capability_mask(&["CAP_NET_BIND_SERVICE"]);
    !unit.is_privileged() && power == 0 && !gains
}
