//! The configuration of a program.

use super::{HOMES, MANY, MANY_TOGETHER, Walk};
use crate::evidence::{Seen, What, text};
use crate::tree::NodeKind;

/// Files and directories that many programs share.
const SHARED: [&str; 54] = [
    "ssl",
    "pam.d",
    "init.d",
    "default",
    "alternatives",
    "ld.so.conf.d",
    "security",
    "skel",
    "systemd",
    "network",
    "cron.d",
    "cron.daily",
    "cron.hourly",
    "logrotate.d",
    "profile.d",
    "X11",
    "xdg",
    "apt",
    "dpkg",
    "ca-certificates",
    "gss",
    "krb5.conf.d",
    "python3",
    "perl",
    "terminfo",
    "selinux",
    "apparmor.d",
    "sysctl.d",
    "modprobe.d",
    "tmpfiles.d",
    "udev",
    "dbus-1",
    "pki",
    "crypto-policies",
    "sudoers.d",
    "passwd",
    "group",
    "shadow",
    "gshadow",
    "hosts",
    "host.conf",
    "resolv.conf",
    "nsswitch.conf",
    "services",
    "protocols",
    "fstab",
    "mtab",
    "localtime",
    "shells",
    "hostname",
    "profile",
    "issue",
    "motd",
    "mime.types",
];

/// Programs with other rights than the one that runs them, which configurations name.
const PRIVILEGED: [&str; 9] = ["sudo", "pkexec", "doas", "sendmail", "fping", "ping", "mail", "su", "runuser"];

impl Walk<'_, '_> {
    /// A configuration file, and what lies beside it.
    pub(super) fn configuration(&mut self, path: &str) {
        let below = &path["/etc/".len()..];
        if SHARED.contains(&below) {
            return;
        }
        match below.split_once('/') {
            Some((dir, _)) if !SHARED.contains(&dir) => self.configuration_below(&format!("/etc/{dir}"), 3),
            None if self.look(path).found().is_some_and(|n| n.stat.kind == NodeKind::Directory) => {
                self.configuration_below(path, 3);
            }
            _ => self.configuration_file(path),
        }
    }

    pub(super) fn configuration_below(&mut self, dir: &str, depth: usize) {
        if !self.seen.insert(dir.to_owned()) {
            return;
        }
        for name in self.inspector.system.names(dir).iter().take(MANY_TOGETHER) {
            let path = format!("{dir}/{name}");
            match self.look(&path).found().map(|n| n.stat.kind) {
                Some(NodeKind::File) => self.configuration_file(&path),
                // what is there to be switched on is not on
                Some(NodeKind::Directory) if depth > 0 && !name.ends_with("-available") => {
                    self.configuration_below(&path, depth - 1)
                }
                _ => {}
            }
        }
    }

    pub(super) fn configuration_file(&mut self, path: &str) {
        let Some(node) = self.look(path).found() else { return };
        if !self.seen.insert(node.path.clone()) || self.evidence.configuration.len() > MANY {
            return;
        }
        let Some(text) = self.text(&node).filter(|t| !t.contains('\0')) else { return };
        self.evidence.configuration.insert(node.path.clone());
        for line in text.lines().map(str::trim).filter(|l| !l.starts_with(['#', ';']) && !l.starts_with("//")) {
            for found in text::paths(line) {
                self.named(&node.path, found.to_owned());
            }
            if let Some(word) = HOMES.iter().find(|w| line.contains(**w)) {
                self.evidence.add_named("home", Seen { file: node.path.clone(), what: What::Path((*word).to_owned()) });
            }
            for part in line.split(['"', '\'', '=', ',']) {
                let mut words = part.split_whitespace().enumerate().peekable();
                while let Some((n, word)) = words.next() {
                    // a command stands alone or has something behind it
                    let is_command = PRIVILEGED.contains(&word) && (n == 0 || words.peek().is_some());
                    if is_command && self.find(word).is_some() {
                        self.privileged_program(word, &node.path);
                    }
                }
            }
        }
    }
}
