//! What an ELF file adds to the evidence: functions, calls with arguments, and what its texts name.

use super::elf::{Elf, Machine};
use super::knowledge;
use super::{Act, Evidence, Seen, What};
use crate::vocab::set::{self, ALL_NAMESPACES, clone_flags, family_name};
use crate::vocab::syscall;

/// Functions that start programs.
const EXEC: [&str; 22] = [
    "execve",
    "execv",
    "execvp",
    "execvpe",
    "execl",
    "execlp",
    "execle",
    "fexecve",
    "execveat",
    "posix_spawn",
    "posix_spawnp",
    "system",
    "popen",
    "wordexp",
    "g_spawn_async",
    "g_spawn_sync",
    "g_spawn_command_line_sync",
    "g_spawn_command_line_async",
    "g_subprocess_new",
    "start_process",
    "uv_spawn",
    "apr_proc_create",
];
/// Functions that load code.
const LOAD: [&str; 8] = [
    "dlopen",
    "lt_dlopen",
    "lt_dlopenext",
    "g_module_open",
    "apr_dso_load",
    "OSSL_PROVIDER_load",
    "zend_load_extension",
    "dlmopen",
];

const AF_PACKET: u64 = 17;
const SIOCGIFHWADDR: u64 = 0x8927;
const SOCK_RAW: u64 = 3;
const SOCK_TYPE: u64 = 0xf;
const SOL_SOCKET: u64 = 1;
/// Options of SOL_SOCKET that need `CAP_NET_ADMIN`: SO_MARK, SO_SNDBUFFORCE, SO_RCVBUFFORCE.
const PRIVILEGED_OPTIONS: [u64; 3] = [36, 32, 33];
const SO_PEERCRED: u64 = 17;
/// IP_TRANSPARENT and IPV6_TRANSPARENT, by the level.
const TRANSPARENT: [(u64, u64); 2] = [(0, 19), (41, 75)];
/// MRT_INIT of the routers for multicast, by the level.
const MULTICAST_ROUTER: [(u64, u64); 2] = [(0, 200), (41, 200)];
const PR_CAPBSET_DROP: u64 = 24;
const PR_SET_SECCOMP: u64 = 22;
/// All flags for namespaces, and that for the time.
const CLONE_NEW: u64 = 0x7e02_0080;

impl Elf {
    /// Whether it can start programs.
    pub(super) fn starts_programs(&self) -> bool {
        EXEC.iter().any(|f| self.imports(f))
    }

    /// Whether it loads code at run time.
    pub(super) fn loads_code(&self) -> bool {
        LOAD.iter().any(|f| self.imports(f))
    }

    /// Adds what can be told without another file.
    pub(super) fn tell(&self, file: &str, evidence: &mut Evidence) {
        for function in &self.imports {
            if !self.namespaces(file, function, evidence) {
                evidence.add_function(file, function);
            }
        }
        if self.machine == Machine::X86_64 {
            for number in &self.direct {
                if let Some(name) = syscall::name_x86_64(*number) {
                    evidence.add_function(file, name);
                }
            }
        }
        if self.unknown_direct {
            evidence.unseen.insert(format!("{file} makes system calls that it computes"));
        }
        if self.executable_stack {
            let seen = Seen { file: file.to_owned(), what: What::Call("for an executable stack".into()) };
            evidence.add_named("run-code-it-makes", seen);
        }
        for call in &self.calls {
            self.call(file, call.function, call.args, evidence);
        }
        for (act, package) in knowledge::go_packages().filter(|(_, p)| self.packages.contains(p)) {
            let seen = Seen { file: file.to_owned(), what: What::Library(package.to_owned()) };
            evidence.add_families(package, &seen);
            evidence.add(act, seen);
        }
        for path in &self.paths {
            tell_path(file, path, evidence);
        }
    }

    /// Whether a function is one that makes or joins namespaces and all its calls say which; then these are added.
    fn namespaces(&self, file: &str, function: &str, evidence: &mut Evidence) -> bool {
        let flag = match function {
            "unshare" => 0,
            "setns" => 1,
            _ => return false,
        };
        let mut flags = self.calls.iter().filter(|c| c.function == function).map(|c| c.args[flag]).peekable();
        if flags.peek().is_none() || flags.clone().any(|f| f.is_none() || (flag == 1 && f == Some(0))) {
            return false;
        }
        let seen = Seen { file: file.to_owned(), what: What::Function(function.to_owned()) };
        for flags in flags.flatten() {
            for (kind, _) in clone_flags(ALL_NAMESPACES).filter(|(_, flag)| flags & flag != 0) {
                evidence.add_namespace(kind, &seen);
            }
        }
        evidence.functions.entry(function.to_owned()).or_insert(seen);
        true
    }

    fn call(&self, file: &str, function: &str, [a, b, c]: [Option<u64>; 3], evidence: &mut Evidence) {
        let seen = |text: String| Seen { file: file.to_owned(), what: What::Call(text) };
        match (function, a, b, c) {
            ("socket", Some(family), kind, _) => {
                let name = u8::try_from(family).ok().map(family_name).filter(|n| !n.is_empty()).unwrap_or("?");
                let place = seen(format!("socket({name})"));
                if let Ok(number) = u8::try_from(family) {
                    evidence.families.entry(number).or_insert_with(|| place.clone());
                }
                match (family, kind.map(|k| k & SOCK_TYPE)) {
                    (AF_PACKET, _) => evidence.add_named("raw-packets", place),
                    (2 | 10, Some(SOCK_RAW)) => {
                        evidence.add_named("raw-packets", seen(format!("socket({name}, SOCK_RAW)")))
                    }
                    (16, _) => evidence.add_named("configure-network", place),
                    _ => {}
                }
            }
            ("socket", None, ..) => {
                evidence.untold_sockets.get_or_insert_with(|| seen("socket() of a family that it computes".into()));
            }
            ("chmod" | "fchmod" | "mkdir", _, Some(mode), _) | ("fchmodat" | "mkdirat", _, _, Some(mode))
                if mode & 0o6000 != 0 && mode < 0o10000 =>
            {
                evidence.add_named("setuid-files", seen(format!("{function}({mode:o})")));
            }
            ("setsockopt", _, Some(level), Some(option)) => {
                let is_privileged = level == SOL_SOCKET && PRIVILEGED_OPTIONS.contains(&option);
                if is_privileged
                    || TRANSPARENT.contains(&(level, option))
                    || MULTICAST_ROUTER.contains(&(level, option))
                {
                    evidence.add_named("configure-network", seen(format!("setsockopt({level}, {option})")));
                }
            }
            ("getsockopt", _, Some(SOL_SOCKET), Some(SO_PEERCRED)) => {
                evidence.add_named("read-peers", seen("getsockopt(SO_PEERCRED)".into()));
            }
            ("ioctl", _, Some(request), _) => {
                // many ask for the address of a card to make an identifier of it; who makes sockets for cards does both
                let untold = || self.calls.iter().any(|c| c.function == "socket" && c.args[0].is_none());
                if let Some(act) = request_act(request & 0xffff_ffff).filter(|_| request != SIOCGIFHWADDR || untold()) {
                    evidence.add_named(act, seen(format!("ioctl({request:#x})")));
                }
            }
            ("prctl", Some(PR_CAPBSET_DROP), ..) => {
                evidence.add_named("change-user", seen("prctl(PR_CAPBSET_DROP)".into()))
            }
            ("prctl", Some(PR_SET_SECCOMP), ..) => {
                evidence.add_named("install-seccomp", seen("prctl(PR_SET_SECCOMP)".into()))
            }
            ("clone", _, _, flags) if flags.is_none_or(|f| f & CLONE_NEW != 0) => {
                evidence.add_named("namespaces", seen("clone() for namespaces".into()));
            }
            ("syscall", Some(number), ..) if self.machine == Machine::X86_64 => {
                if let Some(name) = u32::try_from(number).ok().and_then(syscall::name_x86_64) {
                    evidence.add_function(file, name);
                }
            }
            ("syscall", None, ..) => {
                evidence.unseen.insert(format!("{file} makes system calls that it computes"));
            }
            _ => {}
        }
    }
}

/// What a request of ioctl() is for, where it needs something.
fn request_act(request: u64) -> Option<&'static str> {
    Some(match request {
        // SIOCADDRT, SIOCDELRT; SIOCSIF… are those that set, by their numbers in linux/sockios.h
        0x890b
        | 0x890c
        | 0x8911
        | 0x8914
        | 0x8916
        | 0x8918
        | 0x891a
        | 0x891c
        | 0x891e
        | 0x8922
        | 0x8923
        | 0x8924
        | 0x8931
        | 0x8932
        | 0x8934
        | 0x8936
        | 0x8937
        | 0x8943
        | 0x8946
        | 0x8953
        | 0x8955
        | 0x8971
        | 0x8983
        | 0x8990..=0x8995
        | 0x89a0..=0x89a3
        | 0x89b0 => "configure-network",
        // SIOCGIFINDEX
        SIOCGIFHWADDR | 0x8933 => "link-layer",
        // TUNSETIFF
        0x4004_54ca => "devices",
        // RTC_SET_TIME and its like
        0x4024_700a | 0x4028_700f => "set-clock",
        // KD…, VT_…
        0x4b00..=0x4bff | 0x5600..=0x560f | 0x5412 | 0x541d => "terminals",
        // FS_IOC_SETFLAGS
        0x4008_6602 | 0x4004_6602 => "immutable-files",
        _ => return None,
    })
}

/// Adds the acts that a path shows.
pub(super) fn tell_path(file: &str, path: &str, evidence: &mut Evidence) {
    let path = path.trim_end_matches(['/', '.', ':', ',']);
    if is_temporary(path) {
        return;
    }
    let seen = || Seen { file: file.to_owned(), what: What::Path(path.to_owned()) };
    // the namespaces of a process, or those for the network that have names
    let named = ["/run/netns", "/var/run/netns"].iter().any(|p| path.starts_with(p)).then_some("net");
    let kind = path.strip_prefix("/proc/").and_then(|p| p.rsplit_once("/ns/")).map(|(_, kind)| kind).or(named);
    let kind = kind.filter(|k| set::namespace(k).is_some());
    if let Some(kind) = kind {
        evidence.add_namespace(kind, &seen());
    }
    for act in Act::of_path(path).filter(|a| kind.is_none() || a.name() != "namespaces") {
        evidence.add(act, seen());
    }
}

/// Whether a path below /tmp is one that nobody else looks for: the directory, or a name that is made anew each time.
fn is_temporary(path: &str) -> bool {
    let rest = path.strip_prefix("/var/tmp").or_else(|| path.strip_prefix("/tmp"));
    rest.is_some_and(|r| r.is_empty() || r.contains("XXX") || (r.starts_with('/') && r.contains('%')))
}
