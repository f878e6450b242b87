//! The trial of what is written to control groups: into a group of its own below that of this process, which no process is ever
//! in, and which is gone a moment later.
//!
//! The helper that makes it does not end with its parent, but by itself after a few calls: so the group goes even when the
//! parent is killed. What a killed helper leaves, the parent takes away, or the next run.

use super::child::{ITSELF, WORD};
use super::{Tried, errno_name};
use crate::host::{Host, Layout};
use crate::live::child::feed;
use crate::live::groups::path_of;
use crate::tree::{Disk, Tree};
use crate::unit::Unit;
use crate::verdict::Line;
use crate::vocab::size::{Limit, cpu_quota};
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What the groups of trials are called; the number of the process that made it follows.
const NAME: &str = "unitlint-try-";
const TOP: &str = "/sys/fs/cgroup";
const LIMIT: Duration = Duration::from_secs(10);

/// A file of a control group.
struct File {
    line: usize,
    controller: &'static str,
    name: &'static str,
    text: String,
}

/// What came of the lines that are about control groups.
pub(super) fn attempt(unit: &Unit, lines: &[Line], host: &Host) -> Vec<Option<Tried>> {
    let mut out: Vec<Option<Tried>> = vec![None; lines.len()];
    let Some(layout) = host.cgroups.layout.get() else { return out };
    let mut files = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(id) = line.key.filter(|id| CONTROLLED.contains(id)) else { continue };
        match file(unit, id, line, layout) {
            Ok((controller, name, text)) => files.push(File { line: at, controller, name, text }),
            Err(why) => out[at] = Some(Tried::not(why)),
        }
    }
    let Ok(own) = Disk.read(Path::new("/proc/self/cgroup")) else { return out };
    let own = String::from_utf8_lossy(&own);
    let mut dirs: Vec<(String, Vec<File>)> = Vec::new();
    for file in files {
        let Some(dir) = directory(&own, layout, file.controller) else {
            out[file.line] = Some(Tried::not("nobody can tell in which control group this process is"));
            continue;
        };
        match dirs.iter_mut().find(|(d, _)| *d == dir) {
            Some((_, some)) => some.push(file),
            None => dirs.push((dir, vec![file])),
        }
    }
    for (dir, files) in dirs {
        sweep(&dir);
        let answers = run(&dir, &files);
        sweep(&dir);
        for (at, file) in files.iter().enumerate() {
            out[file.line] = Some(told(answers.get(at).copied(), &dir, file, host));
        }
    }
    out
}

const CONTROLLED: [KeyId; 12] = [
    key::MEMORY_MAX,
    key::MEMORY_LIMIT,
    key::MEMORY_HIGH,
    key::MEMORY_LOW,
    key::MEMORY_MIN,
    key::MEMORY_SWAP_MAX,
    key::TASKS_MAX,
    key::CPU_WEIGHT,
    key::CPU_QUOTA,
    key::ALLOWED_CP_US,
    key::ALLOWED_MEMORY_NODES,
    key::IO_WEIGHT,
];

/// The controller, the file and what is written to it; why it is not tried.
fn file(unit: &Unit, id: KeyId, line: &Line, layout: Layout) -> Result<(&'static str, &'static str, String), String> {
    let now = layout == Layout::Unified;
    let limit = |none: &str| match unit.value(id) {
        Value::Limit(Limit::Unlimited) => Ok(none.to_owned()),
        Value::Limit(Limit::Absolute(n)) => Ok(n.to_string()),
        _ => Err("how much that is, systemd works out when it starts the unit".to_owned()),
    };
    let old = || Err("control groups of the first version have no file for it".to_owned());
    Ok(match id {
        key::MEMORY_MAX | key::MEMORY_LIMIT if now => ("memory", "memory.max", limit("max")?),
        key::MEMORY_MAX | key::MEMORY_LIMIT => ("memory", "memory.limit_in_bytes", limit("-1")?),
        key::TASKS_MAX => ("pids", "pids.max", limit("max")?),
        key::CPU_WEIGHT => {
            let weight: u64 = line.value.parse().map_err(|_| "it is no plain number".to_owned())?;
            match now {
                true => ("cpu", "cpu.weight", weight.to_string()),
                false => ("cpu", "cpu.shares", (weight * 1024 / 100).max(2).to_string()),
            }
        }
        key::CPU_QUOTA => {
            let share = cpu_quota(&line.value).map_err(|_| "it is no plain share".to_owned())?;
            let quota = u64::from(share) * 10;
            match now {
                true => ("cpu", "cpu.max", format!("{quota} 100000")),
                false => ("cpu", "cpu.cfs_quota_us", quota.to_string()),
            }
        }
        _ if !now => return old(),
        key::MEMORY_HIGH => ("memory", "memory.high", limit("max")?),
        key::MEMORY_LOW => ("memory", "memory.low", limit("max")?),
        key::MEMORY_MIN => ("memory", "memory.min", limit("max")?),
        key::MEMORY_SWAP_MAX => ("memory", "memory.swap.max", limit("max")?),
        key::ALLOWED_CP_US => ("cpuset", "cpuset.cpus", line.value.replace(' ', ",")),
        key::ALLOWED_MEMORY_NODES => ("cpuset", "cpuset.mems", line.value.replace(' ', ",")),
        _ => ("io", "io.weight", format!("default {}", line.value)),
    })
}

/// The directory of the group of this process; `None` where it is not to be seen.
fn directory(own: &str, layout: Layout, controller: &str) -> Option<String> {
    let unified = layout == Layout::Unified;
    let path = path_of(own, if unified { "" } else { controller }).filter(|path| !path.starts_with("/.."))?;
    Some(if unified { format!("{TOP}{path}") } else { format!("{TOP}/{controller}{path}") })
}

/// Takes away what a killed run has left.
fn sweep(dir: &str) {
    for entry in Disk.list(Path::new(dir)).unwrap_or_default() {
        let name = entry.name.to_string_lossy().into_owned();
        let Some(process) = name.strip_prefix(NAME).filter(|n| n.bytes().all(|b| b.is_ascii_digit())) else { continue };
        if Disk.stat(Path::new(&format!("/proc/{process}"))).is_err() {
            let _ = rustix::fs::unlinkat(CWD, format!("{dir}/{name}"), AtFlags::REMOVEDIR);
        }
    }
}

/// Where a helper stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Worked,
    NoGroup(i32),
    NoFile(i32),
    NotTaken(i32),
}

/// Lets a helper write the files; what it says of each.
fn run(dir: &str, files: &[File]) -> Vec<Said> {
    let mut input = format!("{dir}\0");
    for file in files {
        input.push_str(&format!("{}\0{}\0", file.name, file.text));
    }
    let mut command = Command::new(ITSELF);
    command.args([WORD, "group", "0"]).env_clear().current_dir("/");
    let Ok((_, said)) = feed(&mut command, input.into_bytes(), LIMIT, &|| false) else { return Vec::new() };
    let line = |line: &str| {
        let (word, errno) = line.split_once(' ')?;
        let errno = errno.parse().ok()?;
        Some(match word {
            "worked" => Said::Worked,
            "group" => Said::NoGroup(errno),
            "file" => Said::NoFile(errno),
            "write" => Said::NotTaken(errno),
            _ => return None,
        })
    };
    said.lines().map_while(line).collect()
}

fn told(said: Option<Said>, dir: &str, file: &File, host: &Host) -> Tried {
    let failed = |call: &str, errno: i32| Tried::failed(format!("{call}({})", file.name), errno_name(errno));
    let has = |list: &[String]| list.iter().any(|c| c == file.controller);
    match said {
        None => Tried::not("the process that writes to a control group could not be started"),
        Some(Said::Worked) => Tried::worked(),
        Some(Said::NoGroup(errno)) => {
            Tried::not(format!("no group can be made below that of this process, {dir}: {}", errno_name(errno)))
        }
        Some(Said::NoFile(errno)) => match host.cgroups.controllers.value() {
            Some(list) if !has(list) => failed("open", errno),
            _ => Tried::not(format!("the groups below that of this process have no {}", file.name)),
        },
        Some(Said::NotTaken(errno)) => failed("write", errno),
    }
}

/// The helper: makes a group, writes, and takes it away.
pub(super) fn main() -> u8 {
    let mut text = String::new();
    if io::stdin().lock().take(1 << 20).read_to_string(&mut text).is_err() {
        return 2;
    }
    let mut words = text.split_terminator('\0');
    let Some(dir) = words.next().filter(|dir| dir.starts_with(TOP)) else { return 2 };
    let group = format!("{dir}/{NAME}{}", rustix::process::getpid().as_raw_nonzero());
    let made = rustix::fs::mkdirat(CWD, &*group, Mode::from_raw_mode(0o755));
    let mut out = String::new();
    while let (Some(name), Some(text)) = (words.next(), words.next()) {
        let (word, done) = match made {
            Err(e) => ("group", Err(e)),
            Ok(()) => put(&group, name, text),
        };
        let word = if done.is_ok() { "worked" } else { word };
        out.push_str(&format!("{word} {}\n", done.map_or_else(Errno::raw_os_error, |()| 0)));
    }
    if made.is_ok() {
        let _ = rustix::fs::unlinkat(CWD, &*group, AtFlags::REMOVEDIR);
    }
    let mut to = io::stdout().lock();
    u8::from(to.write_all(out.as_bytes()).and_then(|()| to.flush()).is_err())
}

fn put(group: &str, name: &str, text: &str) -> (&'static str, Result<(), Errno>) {
    let flags = OFlags::WRONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    match rustix::fs::openat(CWD, format!("{group}/{name}"), flags, Mode::empty()) {
        Err(e) => ("file", Err(e)),
        Ok(file) => ("write", rustix::io::write(&file, text.as_bytes()).map(drop)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_of_this_process() {
        let own = "4:memory:/a\n1:name=systemd:/b\n0::/c/d.service\n";
        let at = |layout, controller| directory(own, layout, controller);
        assert_eq!(at(Layout::Unified, "cpu").as_deref(), Some("/sys/fs/cgroup/c/d.service"));
        assert_eq!(at(Layout::Legacy, "memory").as_deref(), Some("/sys/fs/cgroup/memory/a"));
        assert_eq!(at(Layout::Legacy, "cpu"), None);
        assert_eq!(directory("0::/../x\n", Layout::Unified, "cpu"), None);
    }
}
