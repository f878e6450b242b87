//! The trial of a unit's sandbox: a child sets up what systemd would set up, with the same calls in the same order, and says
//! of each whether the kernel took it.
//!
//! Nothing of the unit is executed, and nothing is changed outside of the child: what it makes is in namespaces of its own and
//! in its own process, and the kernel takes it away when the child ends. What a trial cannot do without leaving something
//! behind is not tried, and that is said.

mod act;
mod child;
mod filters;
mod groups;
mod manager;
mod mounts;
mod plan;

pub use child::{WORD, main};
pub use manager::ByManager;

use super::{NoKernel, Probe, process::Status};
use crate::host::{Host, Namespace};
use crate::live::child::{Ended, feed};
use crate::tree::{Disk, Tree};
use crate::unit::Unit;
use crate::verdict::{Kind, Line, Ruling, Step};
use crate::vocab::Scope;
use crate::vocab::set::capability_names;
use act::{Act, Answer};
use plan::{Phase, Plan};
use rustix::io::Errno;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A trial that takes longer ends here.
const LIMIT: Duration = Duration::from_secs(20);

/// The word for what came of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// the kernel took all that the line asks for
    Worked,
    /// a call failed
    Failed,
    /// nothing was tried, or not all
    NotTried,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Worked, Self::Failed, Self::NotTried];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Worked => "worked",
            Self::Failed => "failed",
            Self::NotTried => "not-tried",
        }
    }
}

/// What came of the trial of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// the word
    pub outcome: Outcome,
    /// the first call that failed
    pub call: Option<String>,
    /// its error, such as `ENOENT`
    pub errno: Option<String>,
    /// why it was not tried, or what the call was about
    pub why: Option<String>,
    /// what would have been said without the trial, where that was wrong
    pub instead_of: Option<Kind>,
}

/// What came of the trial of a unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trial {
    /// by line
    pub lines: Vec<Tried>,
    /// how the manager's unit failed
    pub status: Option<String>,
    /// what the manager said of it, each with its level
    pub says: Vec<(u8, String)>,
}

impl Trial {
    /// Nothing was tried.
    pub fn none(lines: usize, why: &str) -> Self {
        Self { lines: vec![Tried::not(why); lines], ..Self::default() }
    }
}

impl Tried {
    fn worked() -> Self {
        Self { outcome: Outcome::Worked, call: None, errno: None, why: None, instead_of: None }
    }

    fn failed(call: impl Into<String>, errno: String) -> Self {
        Self { outcome: Outcome::Failed, call: Some(call.into()), errno: Some(errno), ..Self::worked() }
    }

    fn not(why: impl Into<String>) -> Self {
        Self { outcome: Outcome::NotTried, why: Some(why.into()), ..Self::worked() }
    }
}

/// What starts the child.
#[derive(Clone, Debug)]
pub struct Trier {
    program: PathBuf,
    limit: Duration,
}

impl Default for Trier {
    fn default() -> Self {
        Self { program: child::ITSELF.into(), limit: LIMIT }
    }
}

impl Trier {
    /// Tries the lines of a unit: what came of each. What the trial shows replaces what was said of the line.
    pub fn attempt(&self, unit: &Unit, lines: &mut [Line], host: &Host) -> Trial {
        let rights = Rights::of(host, unit.scope);
        let mut plan = plan::plan(unit, lines, host, rights.stand_in);
        if let Some(why) = rights.weaker.as_ref().filter(|_| rights.stand_in) {
            plan.acts.retain(|(phase, act, of)| {
                let kept = *phase == Phase::EarlyUsers || !act.needs_rights();
                for at in of.iter().filter(|_| !kept) {
                    plan.told[*at].get_or_insert(Answer::NotTried(why.clone()));
                }
                kept
            });
        }
        let answers = if plan.acts.iter().all(|(_, _, of)| of.is_empty()) { Ok(Vec::new()) } else { self.run(&plan) };
        let groups = groups::attempt(unit, lines, host);
        let mut out = Vec::with_capacity(lines.len());
        let mut mine: Vec<Vec<usize>> = vec![Vec::new(); lines.len()];
        for (n, (_, _, of)) in plan.acts.iter().enumerate() {
            of.iter().for_each(|at| mine[*at].push(n));
        }
        for (at, line) in lines.iter_mut().enumerate() {
            let mut tried = match (&answers, &groups[at]) {
                (_, Some(tried)) => tried.clone(),
                (Err(why), None) if !mine[at].is_empty() => Tried::not(why.clone()),
                (Err(_), None) => plan.sum(at, &[], &[], &rights).0,
                (Ok(answers), None) => {
                    let (tried, step) = plan.sum(at, &mine[at], answers, &rights);
                    tried.settle(line, step)
                }
            };
            if tried.outcome == Outcome::Failed && groups[at].is_some() {
                tried = tried.settle(line, None);
            }
            out.push(tried);
        }
        Trial { lines: out, ..Trial::default() }
    }

    /// Runs the child, and gives its answers in the order of the acts.
    fn run(&self, plan: &Plan) -> Result<Vec<Option<Answer>>, String> {
        let mut command = Command::new(&self.program);
        let own = rustix::process::getpid().as_raw_nonzero().to_string();
        command.args([WORD, "child", &own]).env_clear().current_dir("/");
        let input = act::written(plan.acts.iter().map(|(_, act, _)| act));
        let (ended, said) =
            feed(&mut command, input, self.limit, &|| false).map_err(|e| format!("no child could be started: {e}"))?;
        let mut answers = vec![None; plan.acts.len()];
        let mut last = 0;
        for (at, answer) in said.lines().filter_map(Answer::read) {
            if let Some(place) = answers.get_mut(at) {
                *place = Some(answer);
                last = at + 1;
            }
        }
        if last < answers.len() {
            let why = match ended {
                Ended::Late => format!("the trial took longer than {} s", self.limit.as_secs()),
                _ => "the child ended before it was done".to_owned(),
            };
            answers[last..].iter_mut().for_each(|a| *a = Some(Answer::NotTried(why.clone())));
        }
        Ok(answers)
    }
}

impl Plan {
    /// What the acts for a line come to, and the step that would fail with it.
    fn sum(&self, at: usize, mine: &[usize], answers: &[Option<Answer>], rights: &Rights) -> (Tried, Option<Step>) {
        let told = match &self.told[at] {
            Some(Answer::Failed(call, errno)) => return (failed(call, *errno, None), Some(Step::FindUser)),
            Some(Answer::NotTried(why)) => Some(why.clone()),
            _ => None,
        };
        let mut missing = told;
        let (mut any, mut absent, mut there) = (false, false, false);
        for (phase, act, answer) in
            mine.iter().filter_map(|n| Some((self.acts[*n].0, &self.acts[*n].1, answers.get(*n)?)))
        {
            any = true;
            match answer {
                Some(Answer::Worked) => there |= *act != Act::Unshare(Namespace::Mount),
                Some(Answer::Absent) => absent = true,
                Some(Answer::Failed(call, errno)) => {
                    if let Some(why) = rights.excuse(call, Errno::from_raw_os_error(*errno)) {
                        missing.get_or_insert(format!("{call} is refused to this process: {why}"));
                        continue;
                    }
                    return (failed(call, *errno, act.path()), step(phase, act, call, *errno));
                }
                Some(Answer::NotTried(why)) => missing = missing.or_else(|| Some(why.clone())),
                None => missing = missing.or_else(|| Some("the child did not tell".into())),
            }
        }
        let tried = match missing {
            Some(why) => Tried::not(why),
            None if absent && !there => Tried::not("there is nothing at its paths, and systemd goes on without"),
            None if any => Tried::worked(),
            None => Tried::not("there is nothing to try"),
        };
        (tried, None)
    }
}

fn failed(call: &str, errno: i32, path: Option<&str>) -> Tried {
    Tried { why: path.map(Into::into), ..Tried::failed(call, errno_name(errno)) }
}

/// The step that fails with a call; `None` where systemd goes on without.
fn step(phase: Phase, act: &Act, call: &str, errno: i32) -> Option<Step> {
    let errno = Errno::from_raw_os_error(errno);
    let refused = matches!(errno, Errno::PERM | Errno::ACCESS | Errno::NOSYS | Errno::OPNOTSUPP);
    match act {
        Act::Processes => Some(Step::Namespaces),
        Act::Proc(_) if matches!(errno, Errno::PERM | Errno::INVAL) => None,
        Act::Unshare(Namespace::Net) | Act::Enter(_, Namespace::Net) => (!refused).then_some(Step::Network),
        Act::Unshare(_) | Act::Enter(..) => (!refused && errno != Errno::INVAL).then_some(Step::Namespaces),
        _ if act.mounts() => (!(refused && call.starts_with("unshare"))).then_some(Step::Namespaces),
        Act::Users { .. } if phase == Phase::EarlyUsers => Some(Step::EarlyUsers),
        Act::Users { .. } => Some(Step::LateUsers),
        Act::Holds(_) if phase == Phase::Network => None,
        Act::Holds(_) | Act::User(..) => Some(Step::SetUser),
        Act::Groups(_) => Some(Step::SetGroups),
        Act::Drop(_) | Act::Ambient(_) => Some(Step::Capabilities),
        Act::SecureBits(_) => Some(Step::SecureBits),
        Act::Cpus(_) => Some(Step::Cpus),
        Act::Directory(_) => Some(Step::Directory),
        Act::Filter(_) => matches!(errno, Errno::PERM | Errno::ACCESS | Errno::NOMEM).then_some(Step::Seccomp),
        _ => None,
    }
}

impl Tried {
    /// What a trial shows of a line counts more than what was worked out.
    fn settle(mut self, line: &mut Line, step: Option<Step>) -> Self {
        use crate::vocab::key;
        let kind = line.ruling.kind;
        // nothing is hidden from who may look at every process: that is no call
        let other = matches!(line.key, Some(key::PROTECT_PROC));
        let (now, reason) = match self.outcome {
            Outcome::NotTried => return self,
            Outcome::Worked if matches!(kind, Kind::Enforced | Kind::Partly) || other => return self,
            Outcome::Worked => (Kind::Enforced, "the kernel takes it, as a trial shows".to_owned()),
            Outcome::Failed if matches!(kind, Kind::Skipped | Kind::Refused | Kind::Partly) => return self,
            Outcome::Failed => {
                let now = if step.is_some() { Kind::Refused } else { Kind::Skipped };
                let call = self.call.as_deref().unwrap_or_default();
                let errno = self.errno.as_deref().unwrap_or_default();
                (now, format!("{call} fails with {errno}, as a trial shows"))
            }
        };
        if kind != Kind::Unknown {
            self.instead_of = Some(kind);
        }
        line.ruling = Ruling { kind: now, reason, probe: "trial".into(), step: step.filter(|_| now == Kind::Refused) };
        self
    }
}

/// What this process may do, held against the manager whose units are tried.
struct Rights {
    /// what the manager has and this process has not
    weaker: Option<String>,
    /// a namespace of users stands in for what the manager may do
    stand_in: bool,
}

impl Rights {
    fn of(host: &Host, scope: Scope) -> Self {
        let probe = Probe { tree: &Disk, root: Path::new("/"), kernel: "/".into(), calls: &NoKernel };
        let own = Status::of(&probe, "self");
        let set = |status: &Status| status.field("CapPrm", |v| u64::from_str_radix(v, 16).ok()).get();
        let mut weaker = match (set(&own), host.manager.capabilities.get()) {
            (Some(own), Some(theirs)) if theirs & !own != 0 => {
                let missing: Vec<&str> = capability_names(theirs & !own).collect();
                Some(match missing.as_slice() {
                    [one] => format!("the manager has {one}, and this process has not"),
                    many => format!("the manager has {} capabilities that this process has not", many.len()),
                })
            }
            (Some(_), Some(_)) => None,
            _ if scope == Scope::User || rustix::process::geteuid().is_root() => None,
            _ => Some("nobody can tell what the manager may do".to_owned()),
        };
        if scope == Scope::System && weaker.is_none() {
            let filters = |status: &Status| status.filters().get();
            let users = |who: &str| Disk.read_link(Path::new(&format!("/proc/{who}/ns/user"))).ok();
            if filters(&own) > filters(&Status::of(&probe, "1")) {
                weaker = Some("it has filters of system calls of its own".into());
            } else if users("self").zip(users("1")).is_some_and(|(own, theirs)| own != theirs) {
                weaker = Some("it is in another namespace of users".into());
            }
        }
        let stand_in = scope == Scope::System && !rustix::process::geteuid().is_root();
        Self { weaker, stand_in }
    }

    /// Why a failure says nothing of the manager.
    fn excuse(&self, call: &str, errno: Errno) -> Option<&str> {
        let refused = matches!(errno, Errno::PERM | Errno::ACCESS | Errno::NOSYS);
        let odd = self.stand_in && (call.starts_with("mount") || matches!(errno, Errno::INVAL | Errno::NOSPC));
        self.weaker.as_deref().filter(|_| refused || odd)
    }
}

/// An error by its name.
fn errno_name(errno: i32) -> String {
    const NAMES: [(Errno, &str); 22] = [
        (Errno::PERM, "EPERM"),
        (Errno::NOENT, "ENOENT"),
        (Errno::SRCH, "ESRCH"),
        (Errno::INTR, "EINTR"),
        (Errno::IO, "EIO"),
        (Errno::NXIO, "ENXIO"),
        (Errno::AGAIN, "EAGAIN"),
        (Errno::NOMEM, "ENOMEM"),
        (Errno::ACCESS, "EACCES"),
        (Errno::BUSY, "EBUSY"),
        (Errno::EXIST, "EEXIST"),
        (Errno::NODEV, "ENODEV"),
        (Errno::NOTDIR, "ENOTDIR"),
        (Errno::INVAL, "EINVAL"),
        (Errno::NOSPC, "ENOSPC"),
        (Errno::ROFS, "EROFS"),
        (Errno::RANGE, "ERANGE"),
        (Errno::LOOP, "ELOOP"),
        (Errno::NAMETOOLONG, "ENAMETOOLONG"),
        (Errno::NOSYS, "ENOSYS"),
        (Errno::OPNOTSUPP, "EOPNOTSUPP"),
        (Errno::USERS, "EUSERS"),
    ];
    let known = NAMES.iter().find(|(e, _)| e.raw_os_error() == errno);
    known.map_or_else(|| format!("error {errno}"), |(_, name)| (*name).to_owned())
}
