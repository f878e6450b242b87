//! What the machine and its kernel are: namespaces, security modules, mounts, memory, processors, disks; and which systemd
//! its files are of.

use super::Probe;
use crate::host::{Disk, Kind, Module, Mount, Namespace, Seen};
use crate::target::Kernel;
use crate::tree::NodeKind;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The library that all programs of systemd share, with the release in its name.
fn library(probe: &Probe<'_>) -> Option<(u16, PathBuf)> {
    library_directories(probe).into_iter().find_map(|dir| {
        let dir = dir.join("systemd");
        probe.tree.list(&dir).unwrap_or_default().into_iter().find_map(|entry| {
            let number = entry.name.to_str()?.strip_prefix("libsystemd-shared-").map(leading)?;
            Some((number.ok()?, dir.join(&entry.name)))
        })
    })
}

/// What systemd was built with: `systemctl --version` prints a text that lies in the library.
pub(super) fn features(probe: &Probe<'_>) -> Seen<Vec<String>> {
    const LARGEST: usize = 1 << 24;
    let Some((_, path)) = library(probe) else { return Seen::Unknown("no library of systemd was found".into()) };
    let Ok(bytes) = probe.tree.head(&path, LARGEST) else {
        return Seen::Unknown(format!("{} cannot be read", path.display()));
    };
    let at = memchr::memmem::find_iter(&bytes, b"PAM ").find(|at| *at > 0 && b"+-".contains(&bytes[at - 1]));
    let text = at.and_then(|at| bytes[at - 1..].split(|b| *b == 0).next()).and_then(|t| std::str::from_utf8(t).ok());
    match text {
        Some(text) => Seen::known(text.split(' ').map(str::to_owned).collect(), path.to_string_lossy()),
        None => Seen::Unknown(format!("{} does not tell it", path.display())),
    }
}

/// By the name of the library that all programs of systemd share, else by the package.
pub(super) fn systemd(probe: &Probe<'_>) -> Seen<u16> {
    if let Some((version, path)) = library(probe) {
        return Seen::known(version, path.to_string_lossy());
    }
    let status = probe.of_system("/var/lib/dpkg/status").unwrap_or_default();
    let package = status.split("\n\n").find(|p| p.starts_with("Package: systemd\n"));
    match package.and_then(|p| p.lines().find_map(|l| l.strip_prefix("Version: "))).map(leading) {
        Some(Ok(version)) => Seen::known(version, "/var/lib/dpkg/status"),
        _ => Seen::Unknown("no file tells which systemd is installed".into()),
    }
}

/// The number at the beginning.
fn leading(text: &str) -> Result<u16, std::num::ParseIntError> {
    text[..text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len())].parse()
}

/// `/usr/lib`, `/usr/lib64`, and those of Debian that are named after the processor.
fn library_directories(probe: &Probe<'_>) -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = ["usr/lib", "lib", "usr/lib64"].iter().map(|d| probe.root.join(d)).collect();
    let arch = |name: &str| name.ends_with("-linux-gnu") || name.contains("-linux-gnu");
    for entry in probe.tree.list(&probe.root.join("usr/lib")).unwrap_or_default() {
        if entry.kind == NodeKind::Directory && entry.name.to_str().is_some_and(arch) {
            dirs.push(probe.root.join("usr/lib").join(entry.name));
        }
    }
    dirs
}

/// The library that systemd loads programs of BPF with, when it needs it.
pub(super) fn libbpf(probe: &Probe<'_>) -> Seen<bool> {
    let found = library_directories(probe).into_iter().find_map(|dir| {
        ["libbpf.so.1", "libbpf.so.0"].iter().map(|n| dir.join(n)).find(|p| probe.tree.stat(p).is_ok())
    });
    match found {
        Some(path) => Seen::known(true, path.to_string_lossy()),
        None => Seen::known(false, "no libbpf.so.1 below /usr/lib"),
    }
}

/// Who runs the container; empty where this is none.
pub(super) fn container(probe: &Probe<'_>) -> Seen<String> {
    // written by systemd when it starts in one; others leave their marks
    let said = probe.parse("/run/systemd/container", |t| Some(t.to_owned()));
    if said.value().is_some() {
        return said;
    }
    let marks = [("/.dockerenv", "docker"), ("/run/.containerenv", "podman")];
    if let Some((path, name)) = marks.iter().find(|(path, _)| probe.tree.stat(&probe.kernel(path)).is_ok()) {
        return Seen::known((*name).to_owned(), *path);
    }
    if probe.read("/proc/sys/kernel/osrelease").is_ok_and(|r| r.contains("microsoft") || r.contains("WSL")) {
        return Seen::known("wsl".to_owned(), "/proc/sys/kernel/osrelease");
    }
    match probe.read("/proc/1/cgroup") {
        Ok(_) => Seen::known(String::new(), "/run/systemd/container"),
        Err(why) => Seen::Unknown(why),
    }
}

/// The kinds that the kernel has, and how many of each there may be.
pub(super) fn namespaces(probe: &Probe<'_>) -> BTreeMap<Namespace, Kind> {
    let kind = |kind: &Namespace| {
        let word = kind.word();
        // without any of them, nobody can tell
        let there = match probe.tree.list(&probe.kernel("/proc/self/ns")) {
            Ok(list) if !list.is_empty() => {
                Seen::known(list.iter().any(|e| e.name.to_str() == Some(word)), format!("/proc/self/ns/{word}"))
            }
            _ => Seen::Unknown("/proc/self/ns may not be read".into()),
        };
        (
            *kind,
            Kind { there, limit: probe.parse(&format!("/proc/sys/user/max_{word}_namespaces"), |t| t.parse().ok()) },
        )
    };
    Namespace::ALL.iter().map(kind).collect()
}

/// The switches for user namespaces: Debian's, and Ubuntu's.
pub(super) fn unprivileged(probe: &Probe<'_>) -> Seen<bool> {
    let switches = [
        ("/proc/sys/kernel/unprivileged_userns_clone", "0"),
        ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"),
    ];
    for (path, off) in switches {
        if probe.read(path).is_ok_and(|t| t.trim() == off) {
            return Seen::known(false, path);
        }
    }
    probe.parse("/proc/sys/user/max_user_namespaces", |t| t.parse::<u64>().ok()).map(|n| n > 0)
}

/// Filters of system calls: `prctl()` knows, and the directory of their actions is only there with them.
pub(super) fn seccomp(probe: &Probe<'_>) -> Seen<bool> {
    match probe.calls.has_seccomp() {
        Some(has) => Seen::known(has, "prctl(PR_GET_SECCOMP)"),
        None => probe.parse("/proc/sys/kernel/seccomp/actions_avail", |t| Some(t.contains("errno"))),
    }
}

/// The security modules, as systemd finds them: each by the files that it makes.
pub(super) fn modules(probe: &Probe<'_>) -> Seen<Vec<String>> {
    const LIST: &str = "/sys/kernel/security/lsm";
    let list = probe.parse(LIST, |t| Some(t.split(',').map(str::to_owned).collect::<Vec<_>>()));
    if list.value().is_some() {
        return list;
    }
    match probe.tree.list(&probe.kernel("/sys/kernel")) {
        Ok(entries) if !entries.is_empty() => {}
        _ => return Seen::Unknown("there is no /sys".into()),
    }
    let on = |path: &str| probe.read(path).is_ok_and(|t| t.starts_with('Y'));
    let there = |path: &str| probe.tree.stat(&probe.kernel(path)).is_ok();
    let found = [
        (Module::AppArmor, on("/sys/module/apparmor/parameters/enabled")),
        (Module::SeLinux, there("/sys/fs/selinux/enforce")),
        (Module::Smack, there("/sys/fs/smackfs/load2")),
    ];
    let names = found.iter().filter(|(_, on)| *on).map(|(m, _)| m.word().to_owned()).collect();
    Seen::known(names, format!("there is no {LIST}"))
}

/// The rules of Landlock that a series of the kernel knows; a distribution may have brought back more.
pub(super) fn landlock(modules: &Seen<Vec<String>>, kernel: &Seen<Kernel>) -> Seen<u8> {
    const SINCE: [((u16, u16), u8); 7] =
        [((5, 13), 1), ((5, 19), 2), ((6, 2), 3), ((6, 7), 4), ((6, 10), 5), ((6, 12), 6), ((6, 15), 7)];
    let (Some(modules), Some(kernel)) = (modules.value(), kernel.get()) else {
        return Seen::Unknown("the security modules cannot be told".into());
    };
    if !modules.iter().any(|m| m == Module::Landlock.word()) {
        return Seen::Unknown("it is not among the modules that can be seen".into());
    }
    let known = SINCE.iter().rev().find(|((major, minor), _)| (kernel.major, kernel.minor) >= (*major, *minor));
    match known {
        Some((_, abi)) => Seen::known(*abi, format!("Linux {kernel}")),
        None => Seen::known(0, format!("Linux {kernel}")),
    }
}

/// What is mounted where the kernel's file systems are.
pub(super) fn mounts(probe: &Probe<'_>) -> Seen<Vec<Mount>> {
    probe.parse("/proc/self/mountinfo", |text| {
        let found: Vec<Mount> = text.lines().filter_map(mount).collect();
        let tops = found.iter().filter(|m| m.kind == "proc").map(|m| m.at.clone());
        let tops: Vec<String> = tops.chain(["/proc".into(), "/sys".into()]).collect();
        Some(found.into_iter().filter(|m| tops.iter().any(|top| m.at.starts_with(top)) || m.at == "/").collect())
    })
}

fn mount(line: &str) -> Option<Mount> {
    let (left, right) = line.split_once(" - ")?;
    let mut left = left.split(' ').skip(3);
    let (root, at, flags) = (left.next()?, left.next()?, left.next()?);
    let mut right = right.split(' ');
    let kind = right.next()?;
    Some(Mount {
        at: at.replace("\\040", " "),
        kind: kind.to_owned(),
        root: root.replace("\\040", " "),
        read_only: flags.split(',').any(|f| f == "ro"),
        options: right.nth(1)?.to_owned(),
    })
}

pub(super) fn memory(probe: &Probe<'_>) -> Seen<u64> {
    probe.parse("/proc/meminfo", |t| {
        let line = t.lines().find_map(|l| l.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    })
}

/// The disks, with the scheduler that is chosen for each.
pub(super) fn disks(probe: &Probe<'_>) -> Seen<Vec<Disk>> {
    const TOP: &str = "/sys/block";
    let Ok(entries) = probe.tree.list(&probe.kernel(TOP)) else { return Seen::Unknown(format!("there is no {TOP}")) };
    let disk = |name: String| {
        let chosen = probe.read(&format!("{TOP}/{name}/queue/scheduler")).ok().and_then(|t| {
            let (_, rest) = t.split_once('[')?;
            Some(rest.split_once(']')?.0.to_owned())
        });
        Disk { name, scheduler: chosen.unwrap_or_default() }
    };
    let real = |name: &String| !["loop", "ram", "zram"].iter().any(|kind| name.starts_with(kind));
    let names = entries.into_iter().filter_map(|e| e.name.into_string().ok()).filter(real);
    Seen::known(names.map(disk).collect(), TOP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_mountinfo() {
        let m = mount("101 90 0:21 /kmsg//deleted /proc/kmsg rw,nosuid shared:5 - proc proc rw,hidepid=2").unwrap();
        assert_eq!((m.at.as_str(), m.root.as_str(), m.read_only), ("/proc/kmsg", "/kmsg//deleted", false));
        assert_eq!((m.kind.as_str(), m.options.as_str()), ("proc", "rw,hidepid=2"));
        assert_eq!(mount("nonsense"), None);
        assert_eq!(leading("257.13-1~deb13u1.so"), Ok(257));
    }
}
