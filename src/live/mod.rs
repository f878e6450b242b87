//! The running machine: what can be seen of it, and what its manager does with a unit ([`prove`], which alone starts
//! programs).
//!
//! The probes only read: everything that is a file through [`Tree`], the few calls that are none in `kernel`. Nothing is
//! executed, written, or opened that is no regular file, and nothing needs root to answer. What cannot be told is kept as
//! that.

mod child;
mod groups;
mod kernel;
mod machine;
mod named;
mod names;
mod process;
pub mod prove;
pub mod trial;

pub use kernel::{Calls, NoKernel, ThisKernel};
pub use named::{THIS, named};

use crate::host::{Answer, Call, Host, Hosts, Seen};
use crate::target::Kernel;
use crate::tree::{self, Disk, Tree};
use crate::vocab::{Arch, Scope, capability_mask};
use process::Status;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// So much of a file is read: those of the kernel are small, and what is larger is somebody's joke.
const MOST: usize = 1 << 18;

/// Where to look.
struct Probe<'a> {
    tree: &'a dyn Tree,
    /// the root of the system whose units are looked at
    root: &'a Path,
    /// the root below which `/proc` and `/sys` are: that of the system where it has them, else of this machine
    kernel: PathBuf,
    calls: &'a dyn Calls,
}

impl Probe<'_> {
    /// A path of the kernel's file systems as it is reached.
    fn kernel(&self, path: &str) -> PathBuf {
        self.kernel.join(path.trim_start_matches('/'))
    }

    /// A small file of the kernel; else why not.
    fn read(&self, path: &str) -> Result<String, String> {
        match self.tree.head(&self.kernel(path), MOST) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(e) => Err(trouble(path, &e)),
        }
    }

    /// What a small file of the kernel says.
    fn parse<T>(&self, path: &str, parse: impl Fn(&str) -> Option<T>) -> Seen<T> {
        match self.read(path) {
            Ok(text) => match parse(text.trim()) {
                Some(value) => Seen::known(value, path),
                None => Seen::Unknown(format!("{path} says something else than expected")),
            },
            Err(why) => Seen::Unknown(why),
        }
    }

    /// Whether something is there.
    fn is_there(&self, path: &str) -> Seen<bool> {
        match self.tree.stat(&self.kernel(path)) {
            Ok(_) => Seen::known(true, path),
            Err(e) if e.kind() == ErrorKind::NotFound => Seen::known(false, path),
            Err(e) => Seen::Unknown(trouble(path, &e)),
        }
    }

    /// A file of the system, links followed inside its root.
    fn of_system(&self, path: &str) -> Result<String, String> {
        let inside = self.root.join(path.trim_start_matches('/'));
        let real = tree::resolve(self.tree, self.root, &inside).map_err(|_| format!("there is no {path}"))?;
        let bytes = self.tree.head(&real, MOST).map_err(|e| trouble(path, &e))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn trouble(path: &str, e: &std::io::Error) -> String {
    match e.kind() {
        ErrorKind::NotFound => format!("there is no {path}"),
        ErrorKind::PermissionDenied => format!("{path} may not be read"),
        _ => format!("{path}: {e}"),
    }
}

/// The machine that runs the units of a root, looked at when somebody asks.
pub fn hosts(root: &Path) -> Hosts {
    let root = root.to_owned();
    Hosts::looked_at("this machine", move |scope| look(&Disk, &root, &ThisKernel, scope))
}

/// Looks at the machine that runs the units of a root.
///
/// A root with a `/proc` of its own is another machine: then this kernel is not asked.
pub fn look(tree: &dyn Tree, root: &Path, calls: &dyn Calls, scope: Scope) -> Host {
    let own = root != Path::new("/") && tree.stat(&root.join("proc/1/status")).is_ok();
    let kernel = if own { root.to_owned() } else { PathBuf::from("/") };
    let calls = if own { &NoKernel as &dyn Calls } else { calls };
    let probe = Probe { tree, root, kernel, calls };
    let manager = process::manager(&probe, scope);
    let ours = Status::of(&probe, "self").filters();
    // filters that this process has and the manager has not would speak for it alone
    let theirs = Status::of(&probe, if scope == Scope::System { "1" } else { "self" }).filters();
    let own_filters = matches!((ours.get(), theirs.get()), (Some(ours), Some(theirs)) if ours > theirs);
    const MOUNTING: u64 = capability_mask(&["CAP_SYS_ADMIN"]);
    const ADMIN: u64 = capability_mask(&["CAP_SYS_ADMIN", "CAP_BPF"]);
    let own = Status::of(&probe, "self").field("CapEff", |v| u64::from_str_radix(v, 16).ok());
    let capable = own.get().is_some_and(|c| c & ADMIN != 0);
    let recent = probe.parse("/proc/sys/kernel/osrelease", |t| Kernel::parse(t).ok());
    let recent = recent.get().is_some_and(|k| k >= Kernel { major: 5, minor: 19 });
    let attempt = |call: Call| {
        let at = format!("{}() with arguments that change nothing", call.word());
        let said = match calls.attempt(call, own.get().is_some_and(|c| c & MOUNTING != 0)) {
            Some(Answer::Refused | Answer::Missing) if own_filters => {
                Seen::Unknown(format!("{}() is refused to this process, which has filters of its own", call.word()))
            }
            // up to 5.18, bpf() refuses who may not load programs before it looks at what is asked
            Some(Answer::Refused) if call == Call::Bpf && !(capable || recent) => {
                Seen::Unknown("bpf() is refused to this process, which may not load programs".into())
            }
            Some(answer) => Seen::known(answer, at),
            None => Seen::Unknown(format!("{}() was not tried", call.word())),
        };
        (call, said)
    };
    let release = match calls.name() {
        Some((release, _)) => Seen::known(release, "uname()"),
        None => probe.parse("/proc/sys/kernel/osrelease", |t| Some(t.to_owned())),
    };
    let arch = match calls.name() {
        Some((_, machine)) => match Arch::named(&machine) {
            Some(arch) => Seen::known(arch, "uname()"),
            None => Seen::Unknown(format!("{machine} is no processor that is known here")),
        },
        None => Seen::Unknown("uname() was not asked".into()),
    };
    let kernel = match &release {
        Seen::Known { value, at } => match Kernel::parse(value) {
            Ok(kernel) => Seen::known(kernel, at.clone()),
            Err(why) => Seen::Unknown(why),
        },
        Seen::Unknown(why) => Seen::Unknown(why.clone()),
    };
    let (users, groups) = names::of(&probe);
    let modules = machine::modules(&probe);
    Host {
        scope: Some(scope),
        systemd: machine::systemd(&probe),
        features: machine::features(&probe),
        container: machine::container(&probe),
        calls: Call::ALL.iter().map(|c| attempt(*c)).collect(),
        namespaces: machine::namespaces(&probe),
        unprivileged_user_namespaces: machine::unprivileged(&probe),
        seccomp: machine::seccomp(&probe),
        landlock: machine::landlock(&modules, &kernel),
        btf: probe.is_there("/sys/kernel/btf/vmlinux"),
        libbpf: machine::libbpf(&probe),
        cgroups: groups::of(&probe, scope, &manager),
        mounts: machine::mounts(&probe),
        ksm: probe.is_there("/sys/kernel/mm/ksm"),
        pressure: probe.is_there("/proc/pressure/memory"),
        swap: probe.parse("/proc/swaps", |t| Some(t.lines().count() > 1)),
        zswap: probe.parse("/sys/module/zswap/parameters/enabled", |t| Some(t == "Y" || t == "1")),
        memory: machine::memory(&probe),
        cpus: probe.parse("/sys/devices/system/cpu/possible", crate::host::ranges),
        nodes: probe.parse("/sys/devices/system/node/has_memory", crate::host::ranges),
        disks: machine::disks(&probe),
        kernel,
        release,
        arch,
        manager,
        modules,
        users,
        groups,
    }
}
