//! The part of a plan that is about what is mounted and about namespaces.

use super::{PLAIN, Phase, Planner, mask};
use crate::host::Namespace;
use crate::live::trial::act::{Act, Flag, Spot};
use crate::vocab::{KeyId, key};

impl Planner<'_> {
    pub(super) fn paths(&mut self, id: KeyId, text: &str) -> Result<(), String> {
        let unit = self.unit;
        match id {
            key::PROTECT_SYSTEM => {
                self.inside()?;
                match unit.word(id) {
                    "strict" => {
                        self.change("/", false, Flag::ReadOnly);
                        for path in ["/proc", "/sys", "/dev", "/home", "/run/user", "/root"] {
                            self.change(path, true, Flag::Writable);
                        }
                    }
                    word => {
                        self.change("/usr", false, Flag::ReadOnly);
                        self.change("/boot", true, Flag::ReadOnly);
                        self.change("/efi", true, Flag::ReadOnly);
                        if word == "full" {
                            self.change("/etc", false, Flag::ReadOnly);
                        }
                    }
                }
            }
            key::PROTECT_HOME => {
                self.inside()?;
                for path in ["/home", "/run/user", "/root"] {
                    match unit.word(id) {
                        "read-only" => self.change(path, true, Flag::ReadOnly),
                        "tmpfs" => self.temporary(path, true, "ro,mode=0755,size=0,nr_inodes=0"),
                        _ => self.hide(path),
                    }
                }
            }
            key::PRIVATE_TMP => {
                self.inside()?;
                for path in ["/tmp", "/var/tmp"] {
                    self.temporary(path, true, "mode=1777,size=10%,nr_inodes=400k");
                }
            }
            key::PRIVATE_MOUNTS | key::MOUNT_FLAGS => self.add(Phase::Namespaces, Act::Unshare(Namespace::Mount)),
            key::TEMPORARY_FILE_SYSTEM => {
                for spot in self.spots(text)? {
                    let (path, options) = spot.path.split_once(':').unwrap_or((&spot.path, ""));
                    self.temporary(path, spot.optional, &format!("mode=0755,{options}"));
                }
            }
            key::BIND_PATHS | key::BIND_READ_ONLY_PATHS => {
                for spot in self.spots(text)? {
                    let mut parts = spot.path.split(':');
                    let from = parts.next().unwrap_or_default().to_owned();
                    let to = parts.next().filter(|to| !to.is_empty()).unwrap_or(&from).to_owned();
                    let recursive = parts.next() != Some("norbind");
                    let from = Spot { path: from, optional: spot.optional };
                    let read_only = id == key::BIND_READ_ONLY_PATHS;
                    self.mount(Phase::Laid, Act::Bind { from, to, read_only, recursive });
                }
            }
            key::ROOT_DIRECTORY => {
                if text.contains(PLAIN) {
                    return Err("which path it is, only systemd can tell".into());
                }
                self.mount(Phase::Laid, Act::Root(Spot { path: text.to_owned(), optional: false }));
            }
            key::WORKING_DIRECTORY => {
                self.inside()?;
                let (optional, path) = text.strip_prefix('-').map_or((false, text), |path| (true, path));
                let made = [
                    key::RUNTIME_DIRECTORY,
                    key::STATE_DIRECTORY,
                    key::CACHE_DIRECTORY,
                    key::LOGS_DIRECTORY,
                    key::CONFIGURATION_DIRECTORY,
                ];
                if path.contains(PLAIN) || !path.starts_with('/') {
                    return Err("which path it is, only systemd can tell".into());
                }
                if made.iter().any(|k| !self.unit.value(*k).is_empty()) {
                    return Err("systemd may make the directory, and a trial writes nothing".into());
                }
                self.add(Phase::After, Act::Directory(Spot { path: path.to_owned(), optional }));
            }
            _ => {
                let flag = match id {
                    key::READ_WRITE_PATHS | key::READ_WRITE_DIRECTORIES => Some(Flag::Writable),
                    key::READ_ONLY_PATHS | key::READ_ONLY_DIRECTORIES => Some(Flag::ReadOnly),
                    key::NO_EXEC_PATHS => Some(Flag::NoExec),
                    key::EXEC_PATHS => Some(Flag::Exec),
                    _ => None,
                };
                for spot in self.spots(text)? {
                    match flag {
                        Some(flag) => self.change(&spot.path, spot.optional, flag),
                        None => self.mount(Phase::Hidden, Act::Hide(spot)),
                    }
                }
            }
        }
        Ok(())
    }

    fn temporary(&mut self, path: &str, optional: bool, options: &str) {
        let spot = Spot { path: path.to_owned(), optional };
        self.mount(Phase::Laid, Act::Temporary(spot, options.to_owned()));
    }

    pub(super) fn namespaces(&mut self, id: KeyId, text: &str) -> Result<(), String> {
        let unit = self.unit;
        match id {
            key::PRIVATE_DEVICES => {
                self.inside()?;
                self.mount(Phase::Devices, Act::Devices);
                self.add(Phase::Rights, Act::Drop(mask(&["CAP_MKNOD", "CAP_SYS_RAWIO"])));
                self.filter(id)?;
            }
            key::PROTECT_PROC | key::PROC_SUBSET => {
                self.inside()?;
                let mut options = Vec::new();
                match unit.word(key::PROTECT_PROC) {
                    "default" => {}
                    word => options.push(format!("hidepid={word}")),
                }
                if unit.word(key::PROC_SUBSET) == "pid" {
                    options.push("subset=pid".to_owned());
                }
                if options.is_empty() {
                    return Err("nothing is asked for".into());
                }
                self.mount(Phase::Devices, Act::Proc(options.join(",")));
            }
            key::PROTECT_KERNEL_TUNABLES => {
                self.inside()?;
                for name in ["acpi", "apm", "asound", "bus", "fs", "irq", "latency_stats", "mtrr", "scsi", "sys"] {
                    self.change(&format!("/proc/{name}"), true, Flag::ReadOnly);
                }
                self.change("/proc/sysrq-trigger", true, Flag::ReadOnly);
                self.change("/sys", true, Flag::ReadOnly);
                self.hide("/proc/kallsyms");
                self.hide("/proc/kcore");
            }
            key::PROTECT_KERNEL_MODULES => {
                self.inside()?;
                self.hide("/usr/lib/modules");
                self.add(Phase::Rights, Act::Drop(mask(&["CAP_SYS_MODULE"])));
                self.filter(id)?;
            }
            key::PROTECT_KERNEL_LOGS => {
                self.inside()?;
                self.hide("/proc/kmsg");
                self.hide("/dev/kmsg");
                self.add(Phase::Rights, Act::Drop(mask(&["CAP_SYSLOG"])));
                self.filter(id)?;
            }
            key::PROTECT_CLOCK => {
                self.add(Phase::Rights, Act::Drop(mask(&["CAP_SYS_TIME", "CAP_WAKE_ALARM"])));
                self.filter(id)?;
            }
            key::PROTECT_HOSTNAME => {
                self.add(Phase::Namespaces, Act::Unshare(Namespace::Uts));
                self.filter(id)?;
            }
            key::PROTECT_CONTROL_GROUPS => {
                self.inside()?;
                if matches!(unit.word(id), "private" | "strict") {
                    self.add(Phase::Namespaces, Act::Unshare(Namespace::Cgroup));
                }
                if unit.word(id) != "private" {
                    self.change("/sys/fs/cgroup", true, Flag::ReadOnly);
                }
            }
            key::PRIVATE_NETWORK => {
                self.add(Phase::Network, Act::Unshare(Namespace::Net));
                if unit.target.systemd >= 254 {
                    self.add(Phase::Network, Act::Holds(mask(&["CAP_NET_ADMIN"])));
                }
            }
            key::PRIVATE_IPC => self.add(Phase::Network, Act::Unshare(Namespace::Ipc)),
            key::PRIVATE_PIDS => self.mount(Phase::Processes, Act::Processes),
            key::PRIVATE_USERS => {
                let uid = self.uid().unwrap_or(0);
                let map = match unit.word(id) {
                    "identity" | "full" | "managed" => "0 0 65536\n".to_owned(),
                    _ if uid == 0 => "0 0 1\n".to_owned(),
                    _ => format!("0 0 1\n{uid} {uid} 1\n"),
                };
                self.add(Phase::LateUsers, Act::Users { uids: map.clone(), gids: map });
            }
            _ => {
                if text.contains(PLAIN) {
                    return Err("which path it is, only systemd can tell".into());
                }
                let kind = if id == key::NETWORK_NAMESPACE_PATH { Namespace::Net } else { Namespace::Ipc };
                self.add(Phase::Network, Act::Enter(text.to_owned(), kind));
            }
        }
        Ok(())
    }
}
