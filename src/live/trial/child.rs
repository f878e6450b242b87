//! The child of a trial: this program once more, which does to itself what systemd does to a service, and then ends.
//!
//! It has one thread, executes nothing but itself, and ends with its parent (`PR_SET_PDEATHSIG`). All that it makes belongs
//! to its own process or to namespaces of its own, and goes with it.

use super::act::{self, Act, Answer};
use super::mounts::{self, Mounts, Step};
use crate::host::Namespace;
use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::{Gid, Resource, Rlimit, Signal, Uid};
use rustix::thread::{CapabilitiesSecureBits, CapabilitySet, CpuSet, LinkNameSpaceType, UnshareFlags};
use std::io::{self, Read, Write};
use std::num::NonZeroU64;
use std::os::fd::AsFd;
use std::process::{Child, ChildStdin, Command, Stdio};

/// The word by which this program is its own child.
pub const WORD: &str = "__try";
/// This program.
pub(super) const ITSELF: &str = "/proc/self/exe";
/// More than this is no plan of ours.
const ENOUGH: u64 = 64 << 20;
/// What the helpers answer for an error that has no number.
const ODD: i32 = 255;

/// What the child is to do, by the words after [`WORD`]; its exit status.
pub fn main(words: &[String]) -> u8 {
    let (role, parent) = match words {
        [role, parent] => (role.as_str(), parent.parse::<i32>().ok()),
        _ => return 2,
    };
    if role == "group" {
        return super::groups::main();
    }
    // a process that is the first of its namespace does not see its parent
    if !bound_to(if role == "proc" { None } else { parent }) {
        return 2;
    }
    let status = match role {
        "child" => return child(parent),
        "maps" => write_maps(parent.unwrap_or_default()),
        "proc" => mounts::fresh_proc_for_a_moment().map_err(|(_, e)| e),
        _ => return 2,
    };
    match status {
        Ok(()) => 0,
        Err(e) => u8::try_from(e.raw_os_error()).unwrap_or(u8::MAX),
    }
}

/// Ends with its parent, if that is still there.
fn bound_to(parent: Option<i32>) -> bool {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).is_ok()
        && rustix::process::getppid().map(|p| p.as_raw_nonzero().get()) == parent
}

/// Does all acts, and tells after each what came of it.
fn child(parent: Option<i32>) -> u8 {
    let core = rustix::process::getrlimit(Resource::Core);
    let _ = rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), ..core });
    let mut bytes = Vec::new();
    if io::stdin().lock().take(ENOUGH).read_to_end(&mut bytes).is_err() {
        return 2;
    }
    let Some(acts) = act::read(&bytes) else { return 2 };
    drop(bytes);
    // it is started before anything changes: it writes from outside
    let maps = acts.iter().filter(|a| matches!(a, Act::Users { .. })).map(|_| Helper::start().ok()).collect();
    let mut child = Trial { mounts: Mounts::default(), maps };
    let mut out = io::stdout().lock();
    for (at, act) in acts.iter().enumerate() {
        let answer = child.act(act);
        // the kernel forgets about the parent when users, groups or privileges change
        if !bound_to(parent) {
            return 2;
        }
        if out.write_all(answer.line(at).as_bytes()).and_then(|()| out.flush()).is_err() {
            return 2;
        }
    }
    0
}

/// What writes the maps of a namespace of users, from outside of it.
struct Helper {
    child: Child,
    to: ChildStdin,
}

impl Helper {
    fn start() -> io::Result<Self> {
        let mut child = itself("maps").stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let to = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, to })
    }

    fn write(mut self, uids: &str, gids: &str) -> Step<()> {
        let odd = |e: io::Error| ("write()", Errno::from_io_error(&e).unwrap_or(Errno::IO));
        self.to.write_all(format!("{uids}\0{gids}\0.").as_bytes()).map_err(odd)?;
        drop(self.to);
        match self.child.wait().map_err(odd)?.code() {
            Some(0) => Ok(()),
            code => Err(("write(/proc/PID/uid_map)", Errno::from_raw_os_error(code.unwrap_or(ODD)))),
        }
    }
}

/// This program as a helper of this process.
fn itself(role: &str) -> Command {
    let mut command = Command::new(ITSELF);
    command.args([WORD, role, &rustix::process::getpid().as_raw_nonzero().to_string()]);
    command.env_clear().stderr(Stdio::null());
    command
}

fn write_maps(process: i32) -> Result<(), Errno> {
    let mut text = String::new();
    io::stdin().lock().take(4096).read_to_string(&mut text).map_err(|_| Errno::IO)?;
    let [uids, gids, "."] = text.split('\0').collect::<Vec<_>>()[..] else { return Err(Errno::PIPE) };
    let put = |name: &str, text: &str| put(&format!("/proc/{process}/{name}"), text);
    // who may set groups may leave this out, and who may not has to say so
    if put("gid_map", gids).is_err() {
        put("setgroups", "deny")?;
        put("gid_map", gids)?;
    }
    put("uid_map", uids)
}

/// Writes a small file of the kernel at once.
fn put(path: &str, text: &str) -> Result<(), Errno> {
    let file = rustix::fs::openat(CWD, path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::write(&file, text.as_bytes()).map(drop)
}

struct Trial {
    mounts: Mounts,
    maps: Vec<Option<Helper>>,
}

impl Trial {
    fn act(&mut self, act: &Act) -> Answer {
        match act {
            Act::Root(s) => self.mounts.attempt(|m| m.root(s)),
            Act::Change(s, flag) => self.mounts.attempt(|m| m.change(s, *flag)),
            Act::Hide(s) => self.mounts.attempt(|m| m.hide(s)),
            Act::Temporary(s, options) => self.mounts.attempt(|m| m.temporary(s, options)),
            Act::Bind { from, to, read_only, recursive } => {
                self.mounts.attempt(|m| m.bind(from, to, *read_only, *recursive))
            }
            Act::Devices => self.mounts.attempt(Mounts::devices),
            Act::Proc(options) => self.mounts.attempt(|m| m.proc(options)),
            Act::Processes => self.mounts.attempt(|_| processes()),
            Act::Unshare(Namespace::Mount) => {
                let made = unshare(Namespace::Mount).and_then(|()| self.mounts.cut_off());
                let answer = told(made);
                self.mounts.take(if answer == Answer::Worked { Ok(()) } else { Err(answer.clone()) });
                answer
            }
            Act::Unshare(kind) => told(unshare(*kind)),
            Act::Users { uids, gids } => match self.maps.pop().flatten() {
                Some(helper) => told(unshare(Namespace::User).and_then(|()| helper.write(uids, gids))),
                None => Answer::NotTried("the process that writes the map of users could not be started".into()),
            },
            Act::Limit { resource, soft, hard } => limit(*resource, *soft, *hard),
            Act::Keyring => keyring(),
            other => told(own(other)),
        }
    }
}

fn told(done: Step<()>) -> Answer {
    match done {
        Ok(()) => Answer::Worked,
        Err((call, e)) => Answer::Failed(call.to_owned(), e.raw_os_error()),
    }
}

fn unshare(kind: Namespace) -> Step<()> {
    let (flag, call) = match kind {
        Namespace::Cgroup => (UnshareFlags::NEWCGROUP, "unshare(CLONE_NEWCGROUP)"),
        Namespace::Ipc => (UnshareFlags::NEWIPC, "unshare(CLONE_NEWIPC)"),
        Namespace::Mount => (UnshareFlags::NEWNS, "unshare(CLONE_NEWNS)"),
        Namespace::Net => (UnshareFlags::NEWNET, "unshare(CLONE_NEWNET)"),
        Namespace::Pid => (UnshareFlags::NEWPID, "unshare(CLONE_NEWPID)"),
        Namespace::User => (UnshareFlags::NEWUSER, "unshare(CLONE_NEWUSER)"),
        Namespace::Uts => (UnshareFlags::NEWUTS, "unshare(CLONE_NEWUTS)"),
    };
    #[allow(deprecated, reason = "dangerous is the flag for the table of files, and it is not among these")]
    rustix::thread::unshare(flag).map_err(|e| (call, e))
}

/// Processes of its own: the next process is the first one there, and mounts `/proc`.
fn processes() -> Step<Answer> {
    unshare(Namespace::Pid)?;
    match itself("proc").stdin(Stdio::null()).stdout(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(Answer::Worked),
        Ok(status) => Err(("mount(proc)", Errno::from_raw_os_error(status.code().unwrap_or(ODD)))),
        Err(e) => Err(("clone()", Errno::from_io_error(&e).unwrap_or(Errno::IO))),
    }
}

/// What is about this process alone.
fn own(act: &Act) -> Step<()> {
    match act {
        Act::Enter(path, kind) => enter(path, *kind),
        Act::Holds(set) => {
            let have = rustix::thread::capabilities(None).map_err(|e| ("capget()", e))?;
            let all = have.permitted.contains(CapabilitySet::from_bits_retain(*set));
            if all { Ok(()) } else { Err(("capset()", Errno::PERM)) }
        }
        Act::Groups(groups) => {
            let groups: Vec<Gid> = groups.iter().map(|g| Gid::from_raw(*g)).collect();
            rustix::thread::set_thread_groups(&groups).map_err(|e| ("setgroups()", e))?;
            let Some(first) = groups.first().copied() else { return Ok(()) };
            rustix::thread::set_thread_res_gid(first, first, first).map_err(|e| ("setresgid()", e))
        }
        Act::User(uid, keep) => {
            if *keep {
                let bits = rustix::thread::capabilities_secure_bits().unwrap_or(CapabilitiesSecureBits::empty());
                rustix::thread::set_capabilities_secure_bits(bits | CapabilitiesSecureBits::KEEP_CAPS)
                    .map_err(|e| ("prctl(PR_SET_SECUREBITS)", e))?;
            }
            let uid = Uid::from_raw(*uid);
            rustix::thread::set_thread_res_uid(uid, uid, uid).map_err(|e| ("setresuid()", e))
        }
        Act::Drop(set) => each(*set, |one| {
            // what the kernel does not know, or what is gone, needs not go
            match rustix::thread::capability_is_in_bounding_set(one) {
                Ok(true) => {
                    rustix::thread::remove_capability_from_bounding_set(one).map_err(|e| ("prctl(PR_CAPBSET_DROP)", e))
                }
                _ => Ok(()),
            }
        }),
        Act::Ambient(set) => {
            let mut have = rustix::thread::capabilities(None).map_err(|e| ("capget()", e))?;
            let set = CapabilitySet::from_bits_retain(*set);
            have.inheritable |= set;
            have.effective |= set;
            rustix::thread::set_capabilities(None, have).map_err(|e| ("capset()", e))?;
            each(set.bits(), |one| {
                rustix::thread::configure_capability_in_ambient_set(one, true)
                    .map_err(|e| ("prctl(PR_CAP_AMBIENT_RAISE)", e))
            })
        }
        Act::SecureBits(bits) => {
            let bits = CapabilitiesSecureBits::from_bits_retain(*bits);
            rustix::thread::set_capabilities_secure_bits(bits).map_err(|e| ("prctl(PR_SET_SECUREBITS)", e))
        }
        Act::NoNewPrivileges => rustix::thread::set_no_new_privs(true).map_err(|e| ("prctl(PR_SET_NO_NEW_PRIVS)", e)),
        Act::Nice(n) => rustix::process::setpriority_process(None, *n).map_err(|e| ("setpriority()", e)),
        Act::OomScore(n) => {
            put("/proc/self/oom_score_adj", &n.to_string()).map_err(|e| ("write(/proc/self/oom_score_adj)", e))
        }
        Act::Cpus(ranges) => {
            let mut set = CpuSet::new();
            let most = u32::try_from(CpuSet::MAX_CPU).unwrap_or(0);
            for cpu in ranges.iter().flat_map(|(low, high)| *low..most.min(high.saturating_add(1))) {
                set.set(cpu as usize);
            }
            rustix::thread::sched_setaffinity(None, &set).map_err(|e| ("sched_setaffinity()", e))
        }
        Act::TimerSlack(n) => {
            rustix::thread::set_current_timer_slack(NonZeroU64::new(*n)).map_err(|e| ("prctl(PR_SET_TIMERSLACK)", e))
        }
        Act::SmallPages => {
            rustix::thread::disable_transparent_huge_pages(true).map_err(|e| ("prctl(PR_SET_THP_DISABLE)", e))
        }
        Act::Mask(mask) => {
            rustix::process::umask(Mode::from_raw_mode(*mask));
            Ok(())
        }
        Act::Directory(spot) => match rustix::process::chdir(&*spot.path) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) if spot.optional => Ok(()),
            done => done.map_err(|e| ("chdir()", e)),
        },
        Act::Filter(program) => super::filters::install(program),
        _ => Ok(()),
    }
}

fn each(set: u64, mut act: impl FnMut(CapabilitySet) -> Step<()>) -> Step<()> {
    (0..64).filter(|n| set & (1 << n) != 0).try_for_each(|n| act(CapabilitySet::from_bits_retain(1 << n)))
}

/// Into a namespace that somebody made: what is no namespace is not opened.
fn enter(path: &str, kind: Namespace) -> Step<()> {
    match mounts::is_namespace(path) {
        Ok(true) => {}
        Ok(false) => return Err(("setns()", Errno::INVAL)),
        Err(e) => return Err(("open()", e)),
    }
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let file = rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(|e| ("open()", e))?;
    let kind = match kind {
        Namespace::Net => LinkNameSpaceType::Network,
        _ => LinkNameSpaceType::InterProcessCommunication,
    };
    rustix::thread::move_into_link_name_space(file.as_fd(), Some(kind)).map_err(|e| ("setns()", e))
}

/// A limit is set and put back, so that the child goes on as before.
fn limit(resource: u32, soft: u64, hard: u64) -> Answer {
    const ALL: [Resource; 16] = [
        Resource::Cpu,
        Resource::Fsize,
        Resource::Data,
        Resource::Stack,
        Resource::Core,
        Resource::Rss,
        Resource::Nproc,
        Resource::Nofile,
        Resource::Memlock,
        Resource::As,
        Resource::Locks,
        Resource::Sigpending,
        Resource::Msgqueue,
        Resource::Nice,
        Resource::Rtprio,
        Resource::Rttime,
    ];
    let Some(resource) = usize::try_from(resource).ok().and_then(|at| ALL.get(at)).copied() else {
        return Answer::NotTried("this limit is not known".into());
    };
    let some = |n: u64| (n != u64::MAX).then_some(n);
    let before = rustix::process::getrlimit(resource);
    let most = before.maximum.unwrap_or(u64::MAX);
    // who lowers a hard limit cannot raise it again
    let wanted = Rlimit { current: some(soft), maximum: some(hard.max(most)) };
    let done = rustix::process::setrlimit(resource, wanted);
    if done.is_ok() {
        let _ = rustix::process::setrlimit(resource, before);
    }
    told(done.map_err(|e| ("setrlimit()", e)))
}

/// Whether there are keyrings: a new one would stay for a while.
fn keyring() -> Answer {
    let call = "keyctl()".to_owned();
    match KeyRing::from_special_id(KeyRingIdentifier::Session, false) {
        Err(KeyError::AccessDenied | KeyError::PermissionDenied | KeyError::Unknown(1)) => {
            Answer::Failed(call, Errno::PERM.raw_os_error())
        }
        Err(KeyError::OperationNotSupported | KeyError::Unknown(38)) => {
            Answer::Failed(call, Errno::NOSYS.raw_os_error())
        }
        _ => Answer::Worked,
    }
}
