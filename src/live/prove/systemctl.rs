//! The manager of this machine, by `systemctl`; and whether there is one.

use super::before;
use super::manager::{Active, Manager, Status, Step, Stop, Verb};
use crate::live::child::{Ended, how, run};
use crate::tree::Tree;
use crate::write;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Where its programs are.
const PROGRAMS: [&str; 4] = ["/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin"];
/// What answers without doing anything takes no longer.
const SOON: Duration = Duration::from_secs(30);
/// What is put back takes its time, and is not given up early.
const PATIENCE: Duration = Duration::from_secs(300);
/// Besides the line that tells what happened, this many.
const WORDS: usize = 2;

/// Why nothing can be proven on this machine.
pub fn why_not(tree: &dyn Tree) -> Option<&'static str> {
    if !rustix::process::geteuid().is_root() {
        return Some("--prove starts and stops services of this machine: it needs root");
    }
    if tree.stat(Path::new("/run/systemd/system")).is_err() {
        return Some("--prove needs a running systemd, and this machine runs none (there is no /run/systemd/system)");
    }
    program(tree, "systemctl").is_none().then_some("--prove needs systemctl, which is not here")
}

/// A program of systemd.
pub(in crate::live) fn program(tree: &dyn Tree, name: &str) -> Option<PathBuf> {
    PROGRAMS.iter().map(|dir| Path::new(dir).join(name)).find(|path| tree.stat(path).is_ok())
}

/// The system manager of this machine, and the user's probe.
pub struct Systemctl {
    systemctl: PathBuf,
    journalctl: Option<PathBuf>,
    probe: Option<String>,
    limit: Duration,
    interrupted: Arc<AtomicBool>,
    heed: bool,
    begun: Instant,
}

impl Systemctl {
    /// The manager, with a probe for the shell. Every step, and the probe, may take as long as `limit`; `interrupted` says
    /// that somebody wants an end.
    pub fn new(tree: &dyn Tree, probe: Option<&str>, limit: Duration, interrupted: Arc<AtomicBool>) -> Self {
        Self {
            systemctl: program(tree, "systemctl").unwrap_or_else(|| "systemctl".into()),
            journalctl: program(tree, "journalctl"),
            probe: probe.map(str::to_owned),
            limit,
            interrupted,
            heed: true,
            begun: Instant::now(),
        }
    }

    /// The release of systemd that runs.
    pub fn release(&mut self) -> Option<String> {
        let (_, said) = self.call(&["--version"], SOON).ok()?;
        let word = said.strip_prefix("systemd ")?.split(|c: char| !c.is_ascii_digit()).next()?;
        Some(word.to_owned())
    }

    fn is_interrupted(&self) -> bool {
        self.heed && self.interrupted.load(Ordering::SeqCst)
    }

    /// Runs something; whether it went well, and what it said.
    fn done(&self, command: &mut Command, limit: Duration) -> Step<(Result<(), String>, String)> {
        if self.is_interrupted() {
            return Err(Stop::Interrupted);
        }
        let name = command.get_program().to_string_lossy().into_owned();
        match run(command, limit, &|| self.is_interrupted()) {
            Err(e) => Err(Stop::Broken(format!("{name}: {e}"))),
            Ok((Ended::Interrupted, _)) => Err(Stop::Interrupted),
            Ok((Ended::Late, said)) => Ok((Err(format!("takes longer than {} s", limit.as_secs())), said)),
            Ok((Ended::Itself(status), said)) if status.success() => Ok((Ok(()), said)),
            Ok((Ended::Itself(status), said)) => Ok((Err(how(status)), said)),
        }
    }

    fn call(&self, words: &[&str], limit: Duration) -> Step<(Result<(), String>, String)> {
        let mut command = Command::new(&self.systemctl);
        command.args(["--system", "--no-ask-password", "--no-pager"]).args(words);
        self.done(command.env("LC_ALL", "C").env("SYSTEMD_COLORS", "0"), limit)
    }

    fn must(&self, words: &[&str]) -> Step<String> {
        match self.call(words, PATIENCE)? {
            (Ok(()), said) => Ok(said),
            (Err(why), said) => Err(Stop::Broken(format!("systemctl {}: {why}: {}", words[0], last(&said)))),
        }
    }

    fn journal(&self, unit: &str) -> Option<String> {
        let journalctl = self.journalctl.as_ref()?;
        let (_, invocation) = self.call(&["show", "--value", "-p", "InvocationID", "--", unit], SOON).ok()?;
        let invocation = invocation.trim();
        if invocation.is_empty() {
            return None;
        }
        let _ = self.done(Command::new(journalctl).arg("--sync"), SOON);
        let mut command = Command::new(journalctl);
        command.args(["-q", "--no-pager", "-o", "cat", "-n", "60"]);
        // what the unit said, and what the manager said of it
        command.args([&format!("_SYSTEMD_INVOCATION_ID={invocation}"), "+", &format!("INVOCATION_ID={invocation}")]);
        Some(self.done(command.env("LC_ALL", "C"), SOON).ok()?.1)
    }
}

/// The last line that says something.
fn last(said: &str) -> &str {
    said.lines().rev().map(str::trim).find(|l| !l.is_empty()).unwrap_or("it says nothing")
}

impl Manager for Systemctl {
    fn show(&mut self, units: &[String]) -> Step<Vec<Status>> {
        const PROPERTIES: &str = "-pId,LoadState,ActiveState,Result,ExecMainCode,ExecMainStatus,ConditionResult,NRestarts,\
            CanReload,CanStart,CanStop,RefuseManualStart,RefuseManualStop,Transient,NeedDaemonReload,ControlGroup,Requires,\
            Wants,BindsTo,Upholds,RequiredBy,RequisiteOf,BoundBy,ConsistsOf,PropagatesStopTo,Conflicts,ConflictedBy,TriggeredBy";
        let mut out = Vec::new();
        for some in units.chunks(100) {
            let mut words = vec!["show", PROPERTIES, "--"];
            words.extend(some.iter().map(String::as_str));
            let said = self.must(&words)?;
            out.extend(said.split("\n\n").map(status).filter(|s| !s.name.is_empty()));
        }
        Ok(out)
    }

    fn ask(&mut self, verb: Verb, unit: &str) -> Step<Result<(), String>> {
        let limit = if self.heed { self.limit } else { PATIENCE };
        let words: &[&str] = match verb {
            Verb::Start => &["start", "--", unit],
            Verb::Restart => &["restart", "--", unit],
            Verb::Reload => &["reload", "--", unit],
            Verb::Stop => &["stop", "--", unit],
            Verb::Forget => &["reset-failed", "--", unit],
            Verb::Kill => &["kill", "--signal=KILL", "--", unit],
        };
        let (done, said) = self.call(words, limit)?;
        Ok(done.map_err(|why| if said.trim().is_empty() { why } else { last(&said).to_owned() }))
    }

    fn lay(&mut self, unit: &str, text: &str) -> Step<()> {
        put(&before::files(unit).0, text)
    }

    fn lift(&mut self, unit: &str) -> Step<()> {
        remove(&before::files(unit).0)
    }

    fn note(&mut self, unit: &str, before: Option<&str>) -> Step<()> {
        let path = before::files(unit).1;
        match before {
            Some(text) => put(&path, text),
            None => remove(&path),
        }
    }

    fn reread(&mut self) -> Step<()> {
        self.must(&["daemon-reload"]).map(drop)
    }

    fn probe(&mut self, unit: &str) -> Step<Option<Result<(), String>>> {
        let Some(probe) = &self.probe else { return Ok(None) };
        let mut command = Command::new("/bin/sh");
        command.args(["-c", probe]).env("UNIT", unit);
        let (done, said) = self.done(&mut command, self.limit)?;
        Ok(Some(done.map_err(|why| match last(&said) {
            _ if said.trim().is_empty() => format!("the probe {why}"),
            words => format!("the probe {why}: {words}"),
        })))
    }

    fn words(&mut self, unit: &str) -> Vec<String> {
        telling(&self.journal(unit).unwrap_or_default())
    }

    fn pause(&mut self, time: Duration) -> Step<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            if self.is_interrupted() {
                return Err(Stop::Interrupted);
            }
            thread::sleep(Duration::from_millis(20).min(end.saturating_duration_since(Instant::now())));
        }
        Ok(())
    }

    fn now(&mut self) -> Duration {
        self.begun.elapsed()
    }

    fn heed(&mut self, yes: bool) {
        self.heed = yes;
    }
}

fn put(path: &Path, text: &str) -> Step<()> {
    // a note of an earlier run is put back first, so that what lies there is ours
    let ours = |bytes: &[u8]| bytes.starts_with(b"# ") && memchr::memmem::find(bytes, b"unitlint").is_some();
    write::create_below(Path::new("/"), path, text.as_bytes(), ours)
        .map_err(|e| Stop::Broken(format!("{}: {e}", path.display())))
}

fn remove(path: &Path) -> Step<()> {
    let top = Path::new(before::DIRECTORY).parent().unwrap_or(Path::new("/run"));
    write::remove(path, top).map_err(|e| Stop::Broken(format!("{}: {e}", path.display())))
}

/// What `systemctl show` says of a unit.
fn status(block: &str) -> Status {
    let all: BTreeMap<&str, &str> = block.lines().filter_map(|l| l.split_once('=')).collect();
    let get = |key: &str| all.get(key).copied().unwrap_or_default();
    let names = |keys: &[&str]| keys.iter().flat_map(|k| get(k).split_whitespace()).map(str::to_owned).collect();
    let is = |key: &str| get(key) == "yes";
    let refusal = match get("LoadState") {
        "loaded" if is("Transient") => Some("it is transient: there is no file to write lines for"),
        "loaded" if get("CanStart") == "no" => Some("it cannot be started by hand"),
        "loaded" if get("CanStop") == "no" || is("RefuseManualStop") => Some("it refuses to be stopped by hand"),
        "loaded" if is("RefuseManualStart") => Some("it refuses to be started by hand"),
        "loaded" => None,
        "not-found" => Some("the manager does not know it"),
        "masked" => Some("it is masked"),
        _ => Some("the manager cannot load it: systemctl status tells why"),
    };
    let ending = match (get("Result"), get("ExecMainCode"), get("ExecMainStatus")) {
        ("" | "success", ..) => None,
        ("exit-code", "1", code) if code != "0" => Some(format!("it exits with {code}")),
        ("exit-code", ..) => Some("a command of it fails".to_owned()),
        ("signal" | "core-dump", "2" | "3", signal) => Some(format!("it is killed by signal {signal}")),
        ("timeout", ..) => Some("it takes longer than its own limit".to_owned()),
        ("protocol", ..) => Some("it ends before it says that it is ready".to_owned()),
        (result, ..) => Some(format!("it fails: {result}")),
    };
    Status {
        name: get("Id").to_owned(),
        unusable: refusal.map(str::to_owned),
        active: match get("ActiveState") {
            "active" | "reloading" | "refreshing" => Active::Up,
            "inactive" | "" => Active::Down,
            "failed" => Active::Failed,
            _ => Active::Changing,
        },
        ending,
        skipped: get("ConditionResult") == "no" && get("ActiveState") == "inactive",
        restarts: get("NRestarts").parse().unwrap_or(0),
        can_reload: is("CanReload"),
        stale: is("NeedDaemonReload"),
        group: get("ControlGroup").to_owned(),
        pulls: names(&["Requires", "Wants", "BindsTo", "Upholds"]),
        drags: names(&["RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo"]),
        displaces: names(&["Conflicts", "ConflictedBy"]),
        triggers: names(&["TriggeredBy"]),
    }
}

/// The lines of a journal that tell why something failed: the last that sound like it, of the unit before the manager.
fn telling(journal: &str) -> Vec<String> {
    const SIGNS: &str = "denied|not permitted|not allowed|read-only|failed|failure|fatal|error|cannot|can't|unable|refused|no such|\
        unsupported|not supported|invalid|bad system call|not implemented|emerg|panic|killed";
    // what the manager says of every failure
    const USUAL: &str = "failed with result|failed to start|main process exited|control process exited|start request repeated|\
        scheduled restart job|triggering onfailure";
    let has = |line: &str, words: &str| {
        let line = line.to_ascii_lowercase();
        words.split('|').any(|w| line.contains(w))
    };
    let lines: Vec<&str> = journal.lines().map(str::trim).filter(|l| !l.is_empty()).collect();
    let mut out: Vec<&str> = Vec::new();
    for line in lines.iter().rev().filter(|l| has(l, SIGNS) && !has(l, USUAL)) {
        if !out.contains(line) && out.len() < WORDS {
            out.push(line);
        }
    }
    if out.is_empty() {
        out.extend(lines.iter().rev().find(|l| l.to_ascii_lowercase().contains("process exited")));
    }
    out.reverse();
    out.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_manager_says() {
        let said = "Id=a.service\nLoadState=loaded\nActiveState=failed\nResult=exit-code\nExecMainCode=1\nExecMainStatus=226\n\
            ConditionResult=yes\nNRestarts=2\nCanReload=yes\nCanStart=yes\nCanStop=yes\nRequires=b.socket -.mount\nWants=\n";
        let is = status(said);
        assert_eq!((is.name.as_str(), is.active, is.restarts, is.can_reload), ("a.service", Active::Failed, 2, true));
        assert_eq!(is.ending.as_deref(), Some("it exits with 226"));
        assert_eq!(is.pulls, ["b.socket", "-.mount"]);
        assert_eq!((is.unusable, is.skipped), (None, false));
        assert!(status("Id=b.service\nLoadState=not-found\nActiveState=inactive\n").unusable.is_some());
    }

    #[test]
    fn what_tells_why() {
        let journal = "Starting a.service...\na.service: Failed to set up mount namespacing: No such file or directory\n\
            a.service: Failed at step NAMESPACE spawning /bin/a: No such file or directory\n\
            a.service: Main process exited, code=exited, status=226/NAMESPACE\na.service: Failed with result 'exit-code'.\n";
        assert_eq!(telling(journal).len(), 2);
        assert!(telling(journal)[1].contains("step NAMESPACE"));
        let journal = "Started a.service.\na.service: Main process exited, code=killed, status=31/SYS\n";
        assert!(telling(journal)[0].contains("31/SYS"));
        assert!(telling("").is_empty());
    }
}
