//! The trial by the running manager: a unit of our own with `/bin/true` and the settings of the unit, and what the manager says
//! of it.
//!
//! Nothing of the unit is executed, and it decides neither which program runs nor what is loaded with it; settings that would
//! open, make or leave something are not handed over. The unit ends by itself and is forgotten, also when this program is killed.

use super::{Trial, Tried};
use crate::live::child::{Ended, run};
use crate::live::prove::program;
use crate::tree::Tree;
use crate::unit::Unit;
use crate::verdict::{Kind, Line, Ruling, Step};
use crate::vocab::{Context, KeyId, Scope, key};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What runs: it is of this machine and never of the unit.
const TRUE: &str = "/bin/true";
/// How long a start may take; the manager is told less.
const LIMIT: Duration = Duration::from_secs(60);
/// The status of a program that may not be executed, when all before that is done.
const EXEC: i32 = 203;
/// A unit with more lines is not taken apart.
const MOST: usize = 200;

/// Settings that only close something, besides limits and what is written to control groups.
const HANDED: &[KeyId] = &[
    key::AMBIENT_CAPABILITIES,
    key::APP_ARMOR_PROFILE,
    key::CAPABILITY_BOUNDING_SET,
    key::CPU_AFFINITY,
    key::CPU_SCHEDULING_POLICY,
    key::CPU_SCHEDULING_PRIORITY,
    key::DYNAMIC_USER,
    key::EXEC_PATHS,
    key::GROUP,
    key::INACCESSIBLE_PATHS,
    key::IO_SCHEDULING_CLASS,
    key::IO_SCHEDULING_PRIORITY,
    key::KEYRING_MODE,
    key::LOCK_PERSONALITY,
    key::MEMORY_DENY_WRITE_EXECUTE,
    key::MOUNT_FLAGS,
    key::NICE,
    key::NO_EXEC_PATHS,
    key::NO_NEW_PRIVILEGES,
    key::OOM_SCORE_ADJUST,
    key::PERSONALITY,
    key::PRIVATE_DEVICES,
    key::PRIVATE_IPC,
    key::PRIVATE_MOUNTS,
    key::PRIVATE_NETWORK,
    key::PRIVATE_PIDS,
    key::PRIVATE_TMP,
    key::PRIVATE_USERS,
    key::PROC_SUBSET,
    key::PROTECT_CLOCK,
    key::PROTECT_CONTROL_GROUPS,
    key::PROTECT_HOME,
    key::PROTECT_HOSTNAME,
    key::PROTECT_KERNEL_LOGS,
    key::PROTECT_KERNEL_MODULES,
    key::PROTECT_KERNEL_TUNABLES,
    key::PROTECT_PROC,
    key::PROTECT_SYSTEM,
    key::READ_ONLY_PATHS,
    key::READ_WRITE_PATHS,
    key::RESTRICT_ADDRESS_FAMILIES,
    key::RESTRICT_NAMESPACES,
    key::RESTRICT_REALTIME,
    key::RESTRICT_SUID_SGID,
    key::SE_LINUX_CONTEXT,
    key::SECURE_BITS,
    key::SUPPLEMENTARY_GROUPS,
    key::SYSTEM_CALL_ARCHITECTURES,
    key::SYSTEM_CALL_ERROR_NUMBER,
    key::SYSTEM_CALL_FILTER,
    key::TIMER_SLACK_N_SEC,
    key::UMASK,
    key::USER,
];

/// What of the control groups reaches further than the unit, or loads what a file holds.
const NOT_HANDED: &[KeyId] = &[
    key::BPF_PROGRAM,
    key::CPU_SET_PARTITION,
    key::DISABLE_CONTROLLERS,
    key::IP_EGRESS_FILTER_PATH,
    key::IP_INGRESS_FILTER_PATH,
    key::NFT_SET,
    key::SLICE,
];

/// The manager, by `systemd-run`.
#[derive(Clone, Debug)]
pub struct ByManager {
    run: PathBuf,
    journal: Option<PathBuf>,
    user: bool,
    made: u32,
}

/// How a start went.
enum Started {
    Well,
    /// how it did not, as systemd shows it
    Not(String),
    /// the manager did not take a line: what it says
    Refused(String),
}

impl ByManager {
    /// The manager of the system or of the user; why there is none.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn new(tree: &dyn Tree, scope: Scope) -> Result<Self, String> {
        let there = |path: &str| tree.stat(Path::new(path)).is_ok();
        let user = scope == Scope::User;
        let uid = rustix::process::geteuid();
        if !user && !uid.is_root() {
            return Err("--try=manager starts a unit of the system manager: it needs root, or --user".into());
        }
        if !user && !there("/run/systemd/system") {
            return Err("--try=manager needs a running systemd, and there is no /run/systemd/system".into());
        }
        if user && !there(&format!("/run/user/{}/systemd/private", uid.as_raw())) {
            return Err("--try=manager needs a running manager of the user, and there is none".into());
        }
        let run = program(tree, "systemd-run").ok_or("--try=manager needs systemd-run, which is not here")?;
        Ok(Self { run, journal: program(tree, "journalctl"), user, made: 0 })
    }

    /// A manager that is played by programs.
    pub fn played(run: PathBuf, journal: Option<PathBuf>, user: bool) -> Self {
        Self { run, journal, user, made: 0 }
    }

    /// Lets the manager start what the lines of a unit ask for, together and where that fails one by one.
    pub fn attempt(&mut self, unit: &Unit, lines: &mut [Line]) -> Trial {
        let mut trial = Trial { lines: Vec::new(), status: None, says: Vec::new() };
        let mut why: Vec<Option<String>> = lines.iter().map(|line| kept_back(unit, line)).collect();
        loop {
            let handed: Vec<&Line> = lines.iter().zip(&why).filter(|(_, w)| w.is_none()).map(|(l, _)| l).collect();
            if handed.is_empty() {
                break;
            }
            let started = self.start(&handed, &mut trial.says);
            match started {
                Started::Well => break,
                Started::Not(status) => {
                    trial.status = Some(status);
                    break;
                }
                Started::Refused(said) => {
                    // it names the line that a unit of this kind cannot have
                    let named = |line: &Line| said.contains(&line.name);
                    let at = lines.iter().zip(&why).position(|(l, w)| w.is_none() && named(l));
                    match at {
                        Some(at) => why[at] = Some(format!("the manager does not take it for a passing unit: {said}")),
                        None => {
                            why.iter_mut().filter(|w| w.is_none()).for_each(|w| *w = Some(said.clone()));
                            break;
                        }
                    }
                }
            }
        }
        let count = why.iter().filter(|w| w.is_none()).count();
        for (line, why) in lines.iter_mut().zip(why) {
            let tried = match (why, &trial.status) {
                (Some(why), _) => Tried::not(why),
                (None, None) => took(line),
                (None, Some(_)) if count > MOST => Tried::not(format!("more than {MOST} lines are not tried alone")),
                (None, Some(_)) => match self.start(&[line], &mut Vec::new()) {
                    Started::Well => took(line),
                    Started::Not(status) => refused(line, status),
                    Started::Refused(said) => Tried::not(said),
                },
            };
            trial.lines.push(tried);
        }
        trial
    }

    /// Starts a unit with these lines and waits for its end.
    fn start(&mut self, lines: &[&Line], says: &mut Vec<(u8, String)>) -> Started {
        self.made += 1;
        let name = format!("unitlint-try-{}-{}.service", rustix::process::getpid().as_raw_nonzero(), self.made);
        let mut command = Command::new(&self.run);
        command.args([if self.user { "--user" } else { "--system" }, "--no-ask-password"]);
        command.args(["--wait", "--collect", "--service-type=exec"]).arg(format!("--unit={name}"));
        command.args(["-p", "TimeoutStartSec=20", "-p", "TimeoutStopSec=10", "-p", "RuntimeMaxSec=20"]);
        for line in lines {
            command.arg("-p").arg(format!("{}={}", line.name, line.value));
        }
        command.args(["--", TRUE]).env("LC_ALL", "C").env("SYSTEMD_COLORS", "0");
        let ended = run(&mut command, LIMIT, &|| false);
        let (started, asked) = match ended {
            Err(e) => (Started::Refused(format!("systemd-run: {e}")), false),
            Ok((Ended::Itself(status), _)) if status.success() => (Started::Well, true),
            // it was started: that `/bin/true` gets no further inside is not about the sandbox of the unit
            Ok((Ended::Itself(status), said)) if status.code() == Some(EXEC) || said.contains("code=killed") => {
                (Started::Well, true)
            }
            Ok((Ended::Itself(_), said)) if said.contains("code=dumped") => (Started::Well, true),
            Ok((Ended::Itself(status), said)) => {
                let said = said.lines().rev().map(str::trim).find(|l| !l.is_empty()).unwrap_or_default().to_owned();
                match status.code() {
                    Some(code @ 200..=255) => (Started::Not(status_of(code)), true),
                    _ if said.starts_with("Job for") => (Started::Not("it fails".into()), true),
                    _ => (Started::Refused(said), false),
                }
            }
            Ok(_) => (Started::Not("timeout".into()), true),
        };
        if asked {
            says.extend(self.says(&name));
        }
        started
    }

    /// What the manager said of a unit, with the level; the usual words of a start and an end are left out.
    fn says(&self, name: &str) -> Vec<(u8, String)> {
        const USUAL: [&str; 8] = [
            "Starting ",
            "Started ",
            "Running as unit",
            "Deactivated successfully",
            "Main process exited",
            "Failed with result",
            "Failed to start ",
            "Consumed ",
        ];
        let Some(journal) = &self.journal else { return Vec::new() };
        let _ = run(Command::new(journal).arg("--sync"), LIMIT, &|| false);
        let field = if self.user { "USER_UNIT" } else { "UNIT" };
        let mut command = Command::new(journal);
        command.args(["-q", "--no-pager", "-o", "export", "-n", "200"]).arg(format!("{field}={name}"));
        // what was said before the new process had become the program
        command.arg("+").arg(format!("_SYSTEMD_{field}={name}"));
        let Ok((_, said)) = run(command.env("LC_ALL", "C"), LIMIT, &|| false) else { return Vec::new() };
        let entry = |block: &str| {
            let field = |name: &str| block.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix('='));
            let text = field("MESSAGE")?.to_owned();
            let text = text.strip_prefix(&format!("{name}: ")).unwrap_or(&text).to_owned();
            (!USUAL.iter().any(|u| text.starts_with(u))).then_some((field("PRIORITY")?.parse().ok()?, text))
        };
        said.split("\n\n").filter_map(entry).collect()
    }
}

/// `226/NAMESPACE`.
fn status_of(code: i32) -> String {
    let word = u8::try_from(code).ok().and_then(Step::named);
    word.map_or_else(|| format!("exit status {code}"), str::to_owned)
}

/// Why a line is not handed to the manager.
fn kept_back(unit: &Unit, line: &Line) -> Option<String> {
    let Some(id) = line.key else { return Some("systemd does not know it".into()) };
    let group = id.key().context == Context::Cgroup && !NOT_HANDED.contains(&id);
    let bound = matches!(id, key::BIND_PATHS | key::BIND_READ_ONLY_PATHS | key::TEMPORARY_FILE_SYSTEM);
    if !(HANDED.contains(&id) || group || id.name().starts_with("Limit")) {
        let why = if bound { "it could change which program runs" } else { "it opens, makes or starts something" };
        return Some(format!("{why}, and so it is not handed to the manager"));
    }
    let mut after = line.value.split('%').skip(1);
    let specifier = after.any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '%'));
    if specifier || line.value.contains(['\n', '\0']) {
        return Some("its specifiers mean something else in another unit".into());
    }
    let nothing = line.value.is_empty() || super::plan::ignored(unit, id, line);
    nothing.then(|| "systemd ignores this line".into())
}

/// The manager took a line: if it was said to keep the unit from starting, that was wrong.
fn took(line: &mut Line) -> Tried {
    if matches!(line.ruling.kind, Kind::Skipped | Kind::Partly) {
        return Tried::not("the manager starts a unit with it, and does not say what becomes of it");
    }
    let mut tried = Tried::worked();
    if line.ruling.kind == Kind::Refused {
        tried.instead_of = Some(Kind::Refused);
        let reason = "the manager starts a unit with it".to_owned();
        line.ruling = Ruling { kind: Kind::Unknown, reason, probe: "trial".into(), step: None };
    }
    tried
}

/// The manager did not start a unit with a line.
fn refused(line: &mut Line, status: String) -> Tried {
    let mut tried = Tried::failed("start of a unit with it", status.clone());
    if line.ruling.kind != Kind::Refused {
        tried.instead_of = Some(line.ruling.kind).filter(|k| *k != Kind::Unknown);
        let step = Step::with(&status);
        let reason = format!("the manager does not start a unit with it: {status}");
        line.ruling = Ruling { kind: Kind::Refused, reason, probe: "trial".into(), step };
    }
    tried
}
