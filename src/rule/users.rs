//! Users and groups: which ones every system has, and which ones a package makes when it is installed.

use super::maintainer;
use crate::rule::shipped::Shipped;
use crate::rule::tmpfiles;
use crate::vocab::key;
use std::collections::BTreeSet;

/// Those of base-passwd, of Fedora's setup, and of systemd with its parts: whoever installs a service has them.
const EVERYWHERE: &[&str] = &[
    "_apt",
    "adm",
    "audio",
    "backup",
    "bin",
    "cdrom",
    "clock",
    "crontab",
    "daemon",
    "dbus",
    "dialout",
    "dip",
    "disk",
    "fax",
    "floppy",
    "ftp",
    "games",
    "gnats",
    "halt",
    "input",
    "irc",
    "kmem",
    "kvm",
    "list",
    "lock",
    "lp",
    "mail",
    "man",
    "mem",
    "messagebus",
    "news",
    "nobody",
    "nogroup",
    "operator",
    "plugdev",
    "polkitd",
    "proxy",
    "render",
    "root",
    "sasl",
    "sgx",
    "shadow",
    "shutdown",
    "src",
    "staff",
    "sudo",
    "sync",
    "sys",
    "systemd-coredump",
    "systemd-journal",
    "systemd-journal-gateway",
    "systemd-journal-remote",
    "systemd-journal-upload",
    "systemd-network",
    "systemd-oom",
    "systemd-resolve",
    "systemd-timesync",
    "tape",
    "tty",
    "users",
    "utmp",
    "uucp",
    "video",
    "voice",
    "wheel",
    "www-data",
];

/// What makes them.
const MAKERS: [&str; 8] =
    ["adduser", "addgroup", "useradd", "groupadd", "systemd-sysusers", "usermod", "dh_systemd_user", "sysusers"];

/// The users and groups that a package can count on.
pub(super) struct Accounts<'s> {
    shipped: &'s Shipped<'s>,
    made: BTreeSet<String>,
    /// a script makes one whose name cannot be told
    unknown: bool,
}

impl<'s> Accounts<'s> {
    /// Those of a package.
    pub(super) fn of(shipped: &'s Shipped<'s>) -> Self {
        let mut made = BTreeSet::new();
        for line in tmpfiles::accounts(shipped) {
            let Some(kind) = line.fields.first() else { continue };
            // the line of a member makes both
            let names = if kind.text.starts_with('m') { 1..3 } else { 1..2 };
            made.extend(names.filter_map(|n| line.said(n)).map(|f| f.text.clone()));
            // u NAME UID:GROUP
            let group = line.said(2).and_then(|f| f.text.split_once(':'));
            made.extend(group.map(|(_, group)| group.to_owned()));
        }
        if shipped.is_whole {
            for path in ["/etc/passwd", "/etc/group", "/usr/lib/passwd", "/usr/lib/group"] {
                let Some(source) = shipped.text(path) else { continue };
                let names = source.bytes.split(|b| *b == b'\n').filter_map(|l| l.split(|b| *b == b':').next());
                made.extend(names.map(|n| String::from_utf8_lossy(n).into_owned()));
            }
        }
        let dynamic = shipped.units.iter().filter(|u| u.is_on(key::DYNAMIC_USER));
        made.extend(dynamic.flat_map(|u| [u.value(key::USER).text().unwrap_or(u.name.prefix()).to_owned()]));
        let unknown = maintainer::scripts(shipped).any(|(_, calls)| {
            let makes = |c: &maintainer::Call<'_>| MAKERS.contains(&c.program());
            calls.iter().any(|c| makes(c) && c.operands().any(|w| w.text.contains('$')))
        });
        Self { shipped, made, unknown }
    }

    /// Whether a name will be there, as far as anybody can tell.
    pub(super) fn may_have(&self, name: &str) -> bool {
        let told = name.bytes().all(|b| b.is_ascii_digit()) || name.contains(['%', '$', ' ']);
        told || EVERYWHERE.contains(&name)
            || self.made.contains(name)
            || (!self.shipped.is_whole
                && (self.unknown || maintainer::mention(self.shipped, name) || self.is_near(name)))
    }

    /// Whether a package that comes with this one is called like it, like the user, or says that it has it.
    fn is_near(&self, name: &str) -> bool {
        let first = |text: &str| text.split(['-', '_', '.', '(']).next().unwrap_or_default().to_owned();
        let (own, user) = (first(self.shipped.name), first(name.trim_start_matches('_')));
        self.shipped.depends.iter().any(|d| {
            let has = [format!("user({name})"), format!("group({name})")];
            has.contains(d) || first(d) == own || d.contains(&user) && user.len() > 3
        })
    }
}
