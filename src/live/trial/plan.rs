//! What a trial of a unit does, in the order of systemd (`exec_invoke()`), and for which of its lines.

mod files;

use super::act::{Act, Answer, Flag, Spot};
use super::filters;
use crate::host::{Host, Names, Namespace, Seen};
use crate::unit::Unit;
use crate::verdict::{self, Line};
use crate::vocab::image::secure_bit;
use crate::vocab::set::{ALL_CAPABILITIES, capability};
use crate::vocab::size::{Rlimit, cpu_affinity};
use crate::vocab::value::{Outcome, Value};
use crate::vocab::{KeyId, Scope, key};

/// The moments of a start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    EarlyUsers,
    Process,
    Network,
    Namespaces,
    Processes,
    Devices,
    Laid,
    Kept,
    Closed,
    NoPrograms,
    Programs,
    Hidden,
    Last,
    Groups,
    LateUsers,
    Rights,
    User,
    After,
    Filters,
}

/// What a trial does, and what is said of lines that have no part in it.
#[derive(Default)]
pub(super) struct Plan {
    /// each with the lines that it is for
    pub(super) acts: Vec<(Phase, Act, Vec<usize>)>,
    /// by line
    pub(super) told: Vec<Option<Answer>>,
}

/// What a path may not hold here.
const PLAIN: [char; 4] = ['"', '\'', '\\', '%'];
/// A user that no system has by another name.
const DYNAMIC: u32 = 61184;

/// Makes the plan. `stand_in`: a namespace of users stands in for the rights of the manager, as far as that goes.
pub(super) fn plan(unit: &Unit, lines: &[Line], host: &Host, stand_in: bool) -> Plan {
    let mut planner = Planner {
        unit,
        host,
        plan: Plan { acts: Vec::new(), told: vec![None; lines.len()] },
        rooted: [key::ROOT_DIRECTORY, key::ROOT_IMAGE, key::ROOT_MSTACK].iter().any(|k| !unit.value(*k).is_empty()),
        shared: Vec::new(),
        at: 0,
    };
    let bare = match unit.value(key::EXEC_START) {
        Value::Commands(all) => !all.is_empty() && all.iter().all(|c| c.full_privileges),
        _ => false,
    };
    for (at, line) in lines.iter().enumerate() {
        planner.at = at;
        let why = match line.key {
            None => Err("systemd does not know it".to_owned()),
            Some(_) if bare => Err("ExecStart=+ runs without it".to_owned()),
            Some(id) if ignored(unit, id, line) => Err("systemd ignores this line".to_owned()),
            Some(id) if id.key().takes_boolean(unit.target.model) && !unit.is_on(id) => {
                Err("nothing is asked for".to_owned())
            }
            Some(id) => planner.line(id, &line.value),
        };
        if let Err(why) = why {
            planner.plan.told[at].get_or_insert(Answer::NotTried(why));
        }
    }
    let mut plan = planner.plan;
    let early = unit.scope == Scope::User && verdict::begins_with_users(unit);
    if early || stand_in {
        let id = |n: u32| format!("{n} {n} 1\n");
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let private = lines.iter().enumerate().filter(|(_, l)| l.key == Some(key::PRIVATE_USERS)).map(|(at, _)| at);
        let of = if early { private.collect() } else { Vec::new() };
        let (late, acts) = std::mem::take(&mut plan.acts).into_iter().partition(|(p, ..)| *p == Phase::LateUsers);
        plan.acts = acts;
        let late: Vec<(Phase, Act, Vec<usize>)> = late;
        for at in late.iter().flat_map(|(_, _, of)| of).filter(|_| !early) {
            let why = "a namespace of users stands in for the rights of the manager already";
            plan.told[*at].get_or_insert(Answer::NotTried(why.into()));
        }
        plan.acts.push((Phase::EarlyUsers, Act::Users { uids: id(uid), gids: id(gid) }, of));
    }
    plan.acts.sort_by(|(a, one, _), (b, other, _)| {
        a.cmp(b).then_with(|| match a {
            Phase::Hidden => other.path().cmp(&one.path()),
            _ => one.path().cmp(&other.path()),
        })
    });
    plan
}

/// Whether systemd passes over a line.
pub(super) fn ignored(unit: &Unit, id: KeyId, line: &Line) -> bool {
    let here = unit.entries(id).find(|e| e.loc().span == line.at.span && e.loc().path() == line.at.path());
    here.is_some_and(|e| matches!(e.assignment.outcome, Outcome::Ignored | Outcome::Fatal))
}

struct Planner<'a> {
    unit: &'a Unit,
    host: &'a Host,
    plan: Plan,
    /// the unit has a root of its own
    rooted: bool,
    /// the acts that several lines may need
    shared: Vec<usize>,
    /// the line that is planned
    at: usize,
}

impl Planner<'_> {
    fn add(&mut self, phase: Phase, act: Act) {
        let at = self.at;
        // paths are many, and no two lines share one
        let shared = act.path().is_none() || matches!(act, Act::Proc(_));
        let acts = &mut self.plan.acts;
        let same = self.shared.iter().copied().filter(|_| shared).find(|n| acts[*n].0 == phase && acts[*n].1 == act);
        match same {
            Some(n) if acts[n].2.last() == Some(&at) => {}
            Some(n) => acts[n].2.push(at),
            None => {
                self.shared.extend(shared.then_some(acts.len()));
                acts.push((phase, act, vec![at]));
            }
        }
    }

    /// There is no such user or group.
    fn nobody(&mut self, call: &str) -> Result<(), String> {
        let errno = rustix::io::Errno::SRCH.raw_os_error();
        self.plan.told[self.at] = Some(Answer::Failed(call.to_owned(), errno));
        Ok(())
    }

    /// Something that is mounted.
    fn mount(&mut self, phase: Phase, act: Act) {
        self.add(Phase::Namespaces, Act::Unshare(Namespace::Mount));
        // without these the trial itself sees nothing any more
        let last = matches!(act, Act::Change(_, Flag::ReadOnly | Flag::Writable));
        let phase = match act.path() {
            Some("/proc" | "/proc/self") if !last && phase > Phase::Devices => Phase::Last,
            _ => phase,
        };
        self.add(phase, act);
    }

    fn change(&mut self, path: &str, optional: bool, flag: Flag) {
        let phase = match flag {
            Flag::ReadOnly => Phase::Closed,
            Flag::Writable => Phase::Kept,
            Flag::NoExec => Phase::NoPrograms,
            Flag::Exec => Phase::Programs,
        };
        self.mount(phase, Act::Change(Spot { path: path.to_owned(), optional }, flag));
    }

    fn hide(&mut self, path: &str) {
        self.mount(Phase::Hidden, Act::Hide(Spot { path: path.to_owned(), optional: true }));
    }

    fn filter(&mut self, id: KeyId) -> Result<(), String> {
        if verdict::keeps_privileges(self.unit) {
            self.add(Phase::Rights, Act::Holds(mask(&["CAP_SETPCAP", "CAP_SYS_ADMIN"])));
        }
        let program = filters::program(self.unit, id)?;
        self.add(Phase::Filters, Act::Filter(program));
        Ok(())
    }

    /// The words of a line that are paths.
    fn spots(&self, text: &str) -> Result<Vec<Spot>, String> {
        if self.rooted {
            return Err("the unit has a root of its own, and in there nothing is tried".into());
        }
        let spots = text.split_whitespace().map(|word| Spot {
            optional: word.starts_with('-') || word.starts_with("+-"),
            path: word.trim_start_matches(['-', '+']).to_owned(),
        });
        let spots: Vec<Spot> = spots.collect();
        let odd = spots.iter().find(|s| s.path.contains(PLAIN) || !s.path.starts_with('/'));
        odd.map_or(Ok(()), |s| Err(format!("which path {} is, only systemd can tell", s.path)))?;
        Ok(spots)
    }

    fn inside(&self) -> Result<(), String> {
        self.spots("").map(drop)
    }

    /// Plans what a line asks for; why nothing is tried.
    fn line(&mut self, id: KeyId, text: &str) -> Result<(), String> {
        match id {
            key::PROTECT_SYSTEM
            | key::PROTECT_HOME
            | key::PRIVATE_TMP
            | key::PRIVATE_MOUNTS
            | key::MOUNT_FLAGS
            | key::READ_WRITE_PATHS
            | key::READ_WRITE_DIRECTORIES
            | key::READ_ONLY_PATHS
            | key::READ_ONLY_DIRECTORIES
            | key::INACCESSIBLE_PATHS
            | key::INACCESSIBLE_DIRECTORIES
            | key::EXEC_PATHS
            | key::NO_EXEC_PATHS
            | key::TEMPORARY_FILE_SYSTEM
            | key::BIND_PATHS
            | key::BIND_READ_ONLY_PATHS
            | key::ROOT_DIRECTORY
            | key::WORKING_DIRECTORY => self.paths(id, text),
            key::PRIVATE_DEVICES
            | key::PROTECT_PROC
            | key::PROC_SUBSET
            | key::PROTECT_KERNEL_TUNABLES
            | key::PROTECT_KERNEL_MODULES
            | key::PROTECT_KERNEL_LOGS
            | key::PROTECT_CLOCK
            | key::PROTECT_HOSTNAME
            | key::PROTECT_CONTROL_GROUPS
            | key::PRIVATE_NETWORK
            | key::PRIVATE_IPC
            | key::PRIVATE_PIDS
            | key::PRIVATE_USERS
            | key::NETWORK_NAMESPACE_PATH
            | key::IPC_NAMESPACE_PATH => self.namespaces(id, text),
            key::SYSTEM_CALL_FILTER
            | key::SYSTEM_CALL_ARCHITECTURES
            | key::RESTRICT_ADDRESS_FAMILIES
            | key::RESTRICT_NAMESPACES
            | key::RESTRICT_REALTIME
            | key::RESTRICT_SUID_SGID
            | key::LOCK_PERSONALITY
            | key::MEMORY_DENY_WRITE_EXECUTE => self.filter(id),
            _ => self.process(id, text),
        }
    }

    /// What is about the process alone.
    fn process(&mut self, id: KeyId, text: &str) -> Result<(), String> {
        let value = self.unit.value(id);
        match (id, value) {
            (key::NO_NEW_PRIVILEGES, _) => self.add(Phase::After, Act::NoNewPrivileges),
            (key::USER, _) => return self.user(text),
            (key::DYNAMIC_USER, _) => {
                self.add(Phase::Namespaces, Act::Unshare(Namespace::Mount));
                self.add(Phase::Groups, Act::Groups(vec![DYNAMIC]));
                self.change_user(DYNAMIC);
            }
            (key::GROUP | key::SUPPLEMENTARY_GROUPS, _) => {
                let mut groups = Vec::new();
                for name in text.split_whitespace() {
                    match number(&self.host.groups, name, "nogroup") {
                        Some(Some(gid)) => groups.push(gid),
                        Some(None) => return self.nobody("getgrnam()"),
                        None => return Err(format!("who {name} is, only systemd can tell")),
                    }
                }
                self.add(Phase::Groups, Act::Groups(groups));
            }
            (key::CAPABILITY_BOUNDING_SET, _) => {
                self.add(Phase::Rights, Act::Drop(!self.unit.bounding_set() & ALL_CAPABILITIES));
            }
            (key::AMBIENT_CAPABILITIES, Value::Capabilities(set)) => {
                if self.uid().unwrap_or(0) != 0 {
                    self.change_user(self.uid().unwrap_or(0));
                }
                self.add(Phase::After, Act::Ambient(set & ALL_CAPABILITIES));
            }
            (key::SECURE_BITS, _) => {
                let model = self.unit.target.model;
                let words = self
                    .unit
                    .counted(id)
                    .flat_map(|e| e.text().split_whitespace().filter_map(|w| secure_bit(w, model)).collect::<Vec<_>>());
                self.add(Phase::Rights, Act::SecureBits(words.fold(0, |all, bit| all | u32::from(bit))));
            }
            (key::KEYRING_MODE, _) if self.unit.word(id) != "inherit" => self.add(Phase::Process, Act::Keyring),
            (key::NICE, Value::Number(n)) => {
                self.add(Phase::Process, Act::Nice(i32::try_from(*n).unwrap_or_default()));
            }
            (key::OOM_SCORE_ADJUST, Value::Number(n)) => {
                self.add(Phase::Process, Act::OomScore(i32::try_from(*n).unwrap_or_default()));
            }
            (key::CPU_AFFINITY, _) => {
                let line = cpu_affinity(text, self.unit.target.model).filter(|l| !l.ignored && !l.cpus.is_empty());
                let line = line.ok_or("the CPUs follow from the nodes of memory")?;
                self.add(Phase::Process, Act::Cpus(line.cpus));
            }
            (key::TIMER_SLACK_N_SEC, Value::Span(n)) => self.add(Phase::Process, Act::TimerSlack(*n)),
            (key::MEMORY_THP, _) if text == "disable" => self.add(Phase::Process, Act::SmallPages),
            (key::UMASK, _) => {
                let mask = u32::from_str_radix(text, 8).map_err(|_| "the mask is no plain number")?;
                self.add(Phase::Process, Act::Mask(mask & 0o777));
            }
            (_, Value::Rlimit(Rlimit { soft, hard })) => {
                let Some(resource) = LIMITS.iter().position(|k| *k == id) else { return Err(untried(id)) };
                let resource = u32::try_from(resource).unwrap_or_default();
                self.add(Phase::Process, Act::Limit { resource, soft: *soft, hard: *hard });
            }
            _ => return Err(untried(id)),
        }
        Ok(())
    }

    /// The user of the unit by its number, where that is known.
    fn uid(&self) -> Option<u32> {
        match self.unit.value(key::USER).text() {
            _ if self.unit.is_on(key::DYNAMIC_USER) => Some(DYNAMIC),
            Some(name) => number(&self.host.users, name, "nobody")?,
            None => Some(0),
        }
    }

    fn user(&mut self, name: &str) -> Result<(), String> {
        match number(&self.host.users, name, "nobody") {
            _ if self.unit.is_on(key::DYNAMIC_USER) => Err("systemd makes the user".into()),
            None => Err(format!("who {name} is, only systemd can tell")),
            Some(None) => self.nobody("getpwnam()"),
            Some(Some(uid)) => {
                let group = number(&self.host.groups, name, "nogroup").flatten().unwrap_or(uid);
                self.add(Phase::Groups, Act::Groups(vec![group]));
                self.change_user(uid);
                Ok(())
            }
        }
    }

    fn change_user(&mut self, uid: u32) {
        if verdict::keeps_privileges(self.unit) {
            self.add(Phase::Rights, Act::Holds(mask(&["CAP_SETPCAP", "CAP_SYS_ADMIN"])));
        }
        // what is handed on is kept while the user changes
        let keep = matches!(self.unit.value(key::AMBIENT_CAPABILITIES), Value::Capabilities(set) if *set != 0);
        self.add(Phase::User, Act::User(uid, keep));
    }
}

/// The limits by their numbers.
const LIMITS: [KeyId; 16] = [
    key::LIMIT_CPU,
    key::LIMIT_FSIZE,
    key::LIMIT_DATA,
    key::LIMIT_STACK,
    key::LIMIT_CORE,
    key::LIMIT_RSS,
    key::LIMIT_NPROC,
    key::LIMIT_NOFILE,
    key::LIMIT_MEMLOCK,
    key::LIMIT_AS,
    key::LIMIT_LOCKS,
    key::LIMIT_SIGPENDING,
    key::LIMIT_MSGQUEUE,
    key::LIMIT_NICE,
    key::LIMIT_RTPRIO,
    key::LIMIT_RTTIME,
];

fn mask(names: &[&str]) -> u64 {
    names.iter().filter_map(|n| capability(n)).fold(0, |all, c| all | 1 << c)
}

/// The number of a user or group: `Some(None)` for who is not there, `None` where other sources are asked.
fn number(names: &Seen<Names>, name: &str, nobody: &str) -> Option<Option<u32>> {
    if let Ok(number) = name.parse() {
        return Some(Some(number));
    }
    match (name, names.value()) {
        ("root", _) => Some(Some(0)),
        ("nobody", _) => Some(Some(65534)),
        (name, _) if name == nobody => Some(Some(65534)),
        (name, _) if name.contains('%') => None,
        (_, Some(known)) => match known.ids.get(name) {
            Some(number) => Some(Some(*number)),
            None => (!known.others).then_some(None),
        },
        _ => None,
    }
}

/// Why a directive is not tried.
fn untried(id: KeyId) -> String {
    let why = match id {
        key::IP_ADDRESS_ALLOW
        | key::IP_ADDRESS_DENY
        | key::IP_ACCOUNTING
        | key::DEVICE_ALLOW
        | key::DEVICE_POLICY
        | key::SOCKET_BIND_ALLOW
        | key::SOCKET_BIND_DENY
        | key::RESTRICT_NETWORK_INTERFACES
        | key::RESTRICT_FILE_SYSTEMS => "a trial loads no programs of BPF into the kernel",
        key::APP_ARMOR_PROFILE | key::SE_LINUX_CONTEXT | key::SMACK_PROCESS_LABEL => {
            "a label comes with a program, and a trial executes none"
        }
        _ if id.name().starts_with("Exec") => "a trial executes nothing of the unit",
        _ => "it is no call that a trial could make",
    };
    why.to_owned()
}
