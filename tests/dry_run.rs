//! What `unitlint dry-run` says of made-up machines: which mechanism makes which verdict, and that nothing a unit names is
//! opened. Real machines: `tests/live/enforce` of the record beside the sources.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod common;

use common::{text, unitlint};
use std::path::Path;
use std::sync::Mutex;
use unitlint::engine::{Input, Options, Plan, Policy, Score, each_unit, enforced};
use unitlint::host::{Answer, Call};
use unitlint::live::{self, Calls};
use unitlint::target::Target;
use unitlint::tree::{Entry, Memory, Rights, Stat, Tree};
use unitlint::verdict::{Files, Kind, Verdict, judge};
use unitlint::vocab::Scope;

/// A kernel that refuses some calls.
struct Kernel(&'static [Call]);

impl Calls for Kernel {
    fn attempt(&self, call: Call, _: bool) -> Option<Answer> {
        Some(if self.0.contains(&call) { Answer::Refused } else { Answer::Allowed })
    }

    fn name(&self) -> Option<(String, String)> {
        Some(("6.12.30".into(), "x86_64".into()))
    }

    fn has_seccomp(&self) -> Option<bool> {
        Some(true)
    }
}

const ALL: u64 = (1 << 41) - 1;
const SETPCAP: u64 = 1 << 8;
const SYS_ADMIN: u64 = 1 << 21;
const SYS_RESOURCE: u64 = 1 << 24;

/// A machine: the capabilities of its manager, the map of its users, the controllers, calls that are refused, more files.
struct Machine {
    capabilities: u64,
    map: &'static str,
    controllers: &'static str,
    refused: &'static [Call],
    files: &'static [(&'static str, &'static str)],
    scope: Scope,
}

const WHOLE: Machine = Machine {
    capabilities: ALL,
    map: "0 0 4294967295",
    controllers: "cpu io memory pids",
    refused: &[],
    files: &[],
    scope: Scope::System,
};

impl Machine {
    fn tree(&self, lines: &str) -> Memory {
        let uid = if self.scope == Scope::User { 1000 } else { 0 };
        let status = format!(
            "Uid:\t{uid}\t{uid}\t{uid}\t{uid}\nGid:\t{uid}\t{uid}\t{uid}\t{uid}\nCapPrm:\t{0:016x}\nCapEff:\t{0:016x}\n\
             CapBnd:\t{1:016x}\nNoNewPrivs:\t0\nSeccomp_filters:\t1\nCpus_allowed_list:\t0-1\nMems_allowed_list:\t0\n",
            self.capabilities,
            if self.scope == Scope::User { ALL } else { self.capabilities }
        );
        let limits = format!("{:<26}{:<21}{:<21}files\n", "Max open files", 1024, 4096);
        let mut tree = Memory::new()
            .file("/etc/systemd/system/a.service", format!("[Service]\nExecStart=/bin/true\n{lines}\n"))
            .file("/etc/passwd", "root:x:0:0::/:\nweb:x:990:990::/:\n")
            .file("/etc/group", "root:x:0:\n")
            .file("/bin/true", "")
            .rights("/bin/true", Rights { mode: 0o755, uid: 0, gid: 0 })
            .file("/srv/x", "")
            .file("/usr/lib/systemd/libsystemd-shared-257.so", "\0+PAM +SECCOMP +BPF_FRAMEWORK\0")
            .file("/usr/lib/libbpf.so.1", "")
            .file("/proc/1/cgroup", "0::/init.scope\n")
            .file("/proc/1/limits", format!("Limit\n{limits}"))
            .file("/proc/1/oom_score_adj", "0\n")
            .file("/proc/1/uid_map", format!("{}\n", self.map))
            .file("/proc/self/uid_map", format!("{}\n", self.map))
            .file("/proc/self/mountinfo", "1 0 0:1 / /proc rw - proc proc rw\n")
            .file("/proc/sys/user/max_user_namespaces", "100\n")
            .file("/sys/devices/system/cpu/possible", "0-1\n")
            .file("/sys/fs/cgroup/cgroup.controllers", format!("{}\n", self.controllers))
            .file("/sys/kernel/security/lsm", "capability\n");
        for process in ["1", "self"] {
            tree = tree.file(format!("/proc/{process}/status"), status.clone());
        }
        for (path, text) in self.files {
            tree = tree.file(*path, *text);
        }
        tree
    }

    fn judge(&self, lines: &str) -> Verdict {
        self.score(lines).0
    }

    /// With the exposure on paper and here.
    fn score(&self, lines: &str) -> (Verdict, u32, u32) {
        let tree = self.tree(lines);
        let host = live::look(&tree, Path::new("/"), &Kernel(self.refused), self.scope);
        assert_eq!(host.systemd.get(), Some(257));
        let options = Options { scope: Some(self.scope), target: Target::systemd(257), ..Options::default() };
        let plan = Plan::make(&tree, &[Input::Path("/etc/systemd/system/a.service".into())], &options);
        let mut out = None;
        each_unit(&tree, &plan, |unit| {
            let (verdict, policy) = (judge(&unit, &host, Files::of(&tree, Path::new("/"))), Policy::default());
            let here = enforced::exposure(&unit, &verdict, &policy);
            out = Some((verdict, Score::exposure_of(&unit, &policy), here));
        });
        out.unwrap()
    }
}

/// What becomes of the last of these lines, and the status of a unit that does not start.
fn of(machine: &Machine, lines: &str) -> (Kind, Option<&'static str>) {
    let verdict = machine.judge(lines);
    (verdict.lines.last().unwrap().ruling.kind, verdict.status)
}

#[test]
fn each_mechanism_makes_its_verdict() {
    use Kind::{Enforced, Partly, Refused, Skipped};
    let whole = &WHOLE;
    let no_unshare = &Machine { refused: &[Call::Unshare, Call::Setns], ..WHOLE };
    let no_bpf = &Machine { refused: &[Call::Bpf], ..WHOLE };
    let no_setpcap = &Machine { capabilities: ALL & !SETPCAP, ..WHOLE };
    let no_admin = &Machine { capabilities: ALL & !SYS_ADMIN, ..WHOLE };
    let contained = &Machine { map: "0 0 65536", ..WHOLE };
    let no_controllers = &Machine { controllers: "", ..WHOLE };
    let modest = &Machine { capabilities: ALL & !SYS_RESOURCE, ..WHOLE };
    let no_mounts = &Machine { files: &[("/proc/sys/user/max_mnt_namespaces", "0\n")], ..WHOLE };
    let user = &Machine { capabilities: 0, scope: Scope::User, ..WHOLE };
    for (machine, lines, kind, status) in [
        (whole, "PrivateTmp=yes", Enforced, None),
        (no_unshare, "PrivateTmp=yes", Skipped, None),
        (no_admin, "PrivateTmp=yes", Skipped, None),
        (no_mounts, "PrivateTmp=yes", Refused, Some("226/NAMESPACE")),
        (no_unshare, "TemporaryFileSystem=/opt", Refused, Some("226/NAMESPACE")),
        (no_unshare, "BindPaths=/srv", Skipped, None),
        (no_unshare, "BindPaths=/srv:/opt", Refused, Some("226/NAMESPACE")),
        (whole, "ReadOnlyPaths=/nowhere", Refused, Some("226/NAMESPACE")),
        (whole, "ReadOnlyPaths=-/nowhere", Skipped, None),
        (whole, "ReadOnlyPaths=/srv", Enforced, None),
        (no_unshare, "ReadOnlyPaths=/nowhere", Skipped, None),
        (whole, "WorkingDirectory=/nowhere", Refused, Some("200/CHDIR")),
        (no_unshare, "ProtectHostname=yes", Partly, None),
        (no_unshare, "PrivateUsers=yes", Refused, Some("217/USER")),
        (no_setpcap, "CapabilityBoundingSet=CAP_CHOWN", Refused, Some("218/CAPABILITIES")),
        (no_admin, "CapabilityBoundingSet=~CAP_SYS_ADMIN", Enforced, None),
        (no_setpcap, "SecureBits=noroot-locked", Refused, Some("213/SECUREBITS")),
        (no_setpcap, "User=web\nSystemCallFilter=@system-service", Refused, Some("217/USER")),
        (no_admin, "AmbientCapabilities=CAP_SYS_ADMIN", Skipped, None),
        (whole, "User=nobody-here", Refused, Some("217/USER")),
        (whole, "IPAddressDeny=any", Enforced, None),
        (no_bpf, "IPAddressDeny=any", Skipped, None),
        (contained, "IPAddressDeny=any", Skipped, None),
        (whole, "DevicePolicy=strict", Refused, Some("208/STDIN")),
        (whole, "RestrictFileSystems=~tmpfs", Skipped, None),
        (whole, "MemoryMax=1G", Enforced, None),
        (no_controllers, "MemoryMax=1G", Skipped, None),
        (whole, "LimitNOFILE=400", Enforced, None),
        (modest, "LimitNOFILE=1000000", Partly, None),
        (contained, "Nice=-5", Skipped, None),
        (modest, "OOMScoreAdjust=-5", Skipped, None),
        (modest, "OOMScoreAdjust=5", Enforced, None),
        (whole, "CPUAffinity=500", Refused, Some("215/CPUAFFINITY")),
        (whole, "SystemCallFilter=~nosuchcall", Skipped, None),
        (whole, "AppArmorProfile=x", Skipped, None),
        (whole, "ExecStartPre=-/nowhere", Skipped, None),
        (whole, "Frobnicate=yes", Skipped, None),
        (whole, "ProtectProc=ptraceable", Skipped, None),
        (whole, "CapabilityBoundingSet=~CAP_SYS_PTRACE\nProtectProc=ptraceable", Enforced, None),
        (whole, "CapabilityBoundingSet=~CAP_SYS_PTRACE\nProtectProc=invisible", Skipped, None),
        (whole, "User=web\nProtectProc=invisible", Enforced, None),
        (contained, "CapabilityBoundingSet=~CAP_SYS_PTRACE\nProtectProc=invisible", Enforced, None),
        (user, "ProtectSystem=strict", Enforced, None),
        (user, "ProcSubset=pid", Skipped, None),
        (user, "CapabilityBoundingSet=CAP_CHOWN", Refused, Some("218/CAPABILITIES")),
        (user, "DynamicUser=yes", Refused, Some("bad-setting")),
    ] {
        assert_eq!(of(machine, lines), (kind, status), "{lines}");
    }
}

#[test]
fn what_is_skipped_counts_for_nothing_in_the_score() {
    let lines = "PrivateTmp=yes\nProtectSystem=strict\nIPAddressDeny=any\nNoNewPrivileges=yes";
    let (_, paper, there) = WHOLE.score(lines);
    assert_eq!(paper, there);
    let none = Machine { refused: &[Call::Unshare, Call::Bpf], ..WHOLE };
    let (_, bare, _) = WHOLE.score("NoNewPrivileges=yes");
    let (_, same, here) = none.score(lines);
    assert_eq!((same, here), (paper, bare));
}

#[test]
fn nobody_is_blamed_for_what_another_line_does() {
    let verdict = WHOLE.judge("PrivateTmp=yes\nUser=nobody-here");
    let blamed: Vec<&str> = verdict.lines.iter().filter(|l| !l.bystander).map(|l| l.name.as_str()).collect();
    assert_eq!(blamed, ["User"]);
    assert!(verdict.why.unwrap().starts_with("User=: there is no user"));
}

/// Notes what is read.
struct Watched<T> {
    below: T,
    read: Mutex<Vec<String>>,
}

impl<T: Tree> Tree for Watched<T> {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        self.read.lock().unwrap().push(path.display().to_string());
        self.below.read(path)
    }

    fn list(&self, path: &Path) -> std::io::Result<Vec<Entry>> {
        self.below.list(path)
    }

    fn read_link(&self, path: &Path) -> std::io::Result<std::path::PathBuf> {
        self.below.read_link(path)
    }

    fn stat(&self, path: &Path) -> std::io::Result<Stat> {
        self.below.stat(path)
    }
}

#[test]
fn what_a_unit_names_is_only_looked_at() {
    let names = ["/dev/mem", "/proc/kmsg", "/secret", "/loop", "/proc/self/mem", "/dev/watchdog"];
    let keys = "ReadOnlyPaths InaccessiblePaths BindPaths BindReadOnlyPaths WorkingDirectory RootDirectory EnvironmentFile \
        OpenFile ExecStartPre ExecStartPost NetworkNamespacePath IPCNamespacePath StandardInput=file: StandardOutput=append: \
        LoadCredential=a: RootImage MountImages ExtensionImages IODeviceWeight PAMName";
    let mut lines = String::new();
    for name in names {
        for key in keys.split_whitespace() {
            lines.push_str(&if key.contains('=') { format!("{key}{name}\n") } else { format!("{key}={name}\n") });
        }
    }
    let tree =
        WHOLE.tree(&lines).file("/dev/mem", "x").file("/proc/kmsg", "x").file("/secret", "x").link("/loop", "/loop");
    let tree = Watched { below: tree, read: Mutex::default() };
    let host = live::look(&tree, Path::new("/"), &Kernel(&[]), Scope::System);
    let plan = Plan::make(&tree, &[Input::Path("/etc/systemd/system/a.service".into())], &Options::default());
    each_unit(&tree, &plan, |unit| {
        let verdict = judge(&unit, &host, Files::of(&tree, Path::new("/")));
        assert!(verdict.lines.len() > 20);
    });
    let read = tree.read.into_inner().unwrap();
    assert!(!read.is_empty() && read.iter().all(|path| !names.contains(&path.as_str())), "{read:?}");
}

#[test]
fn other_machines_are_told_by_their_files() {
    let mut out = String::new();
    for host in ["unified", "hybrid", "legacy", "container"] {
        let shown = unitlint(&["dry-run", "--isolated", "--root", &format!("fixtures/hosts/{host}")]);
        out.push_str(&format!("{host}: {:?}\n{}\n", shown.status.code(), text(&shown)));
    }
    let shown = unitlint(&["dry-run", "--isolated", "--user", "--root", "fixtures/hosts/user"]);
    out.push_str(&format!("user: {:?}\n{}\n", shown.status.code(), text(&shown)));
    insta::with_settings!({ snapshot_path => "../snapshots/dry-run", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("human", out);
    });
    let json = unitlint(&["dry-run", "--isolated", "--format", "json", "--root", "fixtures/hosts/unified"]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    insta::with_settings!({ snapshot_path => "../snapshots/dry-run", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("json", format!("{value:#}").replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    });
}
