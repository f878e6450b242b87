//! Of which files of a package the content is kept: what systemd and its neighbours read, and what starts programs. Of
//! all others a path, a kind and rights are enough to know what is there.

/// Directories below which all content is kept. `lib` and `share` stand for those of /usr and /usr/local as well.
const DIRECTORIES: &[&str] = &[
    // units, presets, profiles
    "etc/systemd/",
    "etc/xdg/systemd/user/",
    "run/systemd/",
    "lib/systemd/system/",
    "lib/systemd/user/",
    "lib/systemd/system-preset/",
    "lib/systemd/user-preset/",
    "lib/systemd/initrd-preset/",
    "lib/systemd/portable/",
    "share/systemd/user/",
    // what goes with units: users, files, devices, what the kernel is told
    "etc/tmpfiles.d/",
    "etc/sysusers.d/",
    "etc/sysctl.d/",
    "etc/modules-load.d/",
    "etc/udev/rules.d/",
    "run/tmpfiles.d/",
    "run/sysusers.d/",
    "lib/tmpfiles.d/",
    "lib/sysusers.d/",
    "lib/sysctl.d/",
    "lib/modules-load.d/",
    "lib/udev/rules.d/",
    "share/user-tmpfiles.d/",
    // who may start and ask for what
    "etc/dbus-1/",
    "share/dbus-1/services/",
    "share/dbus-1/system-services/",
    "share/dbus-1/system.d/",
    "share/dbus-1/session.d/",
    "etc/polkit-1/",
    "share/polkit-1/actions/",
    "share/polkit-1/rules.d/",
    // the other ways to start something
    "etc/init.d/",
    "etc/rc.d/",
    "etc/cron.d/",
    "etc/cron.hourly/",
    "etc/cron.daily/",
    "etc/cron.weekly/",
    "etc/cron.monthly/",
    "etc/cron.yearly/",
    "etc/xinetd.d/",
    // the environment of units
    "etc/default/",
    "etc/sysconfig/",
    "etc/environment.d/",
    "lib/environment.d/",
];

/// Single files.
const FILES: &[&str] = &[
    "etc/crontab",
    "etc/environment",
    "etc/group",
    "etc/initrd-release",
    "etc/os-release",
    "etc/passwd",
    "etc/sysctl.conf",
    "lib/os-release",
];

/// So much of a program is kept, to tell what the kernel would do with it.
pub(super) const HEAD: u64 = 256;

/// Whether the content of a file counts, by its path without the first slash.
pub(super) fn is_kept(path: &[u8]) -> bool {
    let below = |top: &str| {
        let path = path.strip_prefix(top.as_bytes())?;
        (path.starts_with(b"lib/") || path.starts_with(b"share/")).then_some(path)
    };
    let path = below("usr/local/").or_else(|| below("usr/")).unwrap_or(path);
    if DIRECTORIES.iter().any(|d| path.starts_with(d.as_bytes())) || FILES.iter().any(|f| path == f.as_bytes()) {
        return true;
    }
    // the settings of the manager and of its services, not the programs beside them
    path.strip_prefix(b"lib/systemd/").is_some_and(|p| {
        let first = p.split(|b| *b == b'/').next().unwrap_or_default();
        first.ends_with(b".conf") || first.ends_with(b".conf.d")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_starts_something_is_kept() {
        for kept in [
            "usr/lib/systemd/system/a.service.d/x.conf",
            "lib/systemd/system/a.service",
            "usr/local/lib/systemd/user/a.service",
            "usr/local/share/systemd/user/a.service",
            "usr/lib/systemd/journald.conf.d/a.conf",
            "usr/lib/systemd/logind.conf",
            "etc/systemd/system.conf",
            "usr/share/dbus-1/system-services/a.service",
            "usr/lib/os-release",
        ] {
            assert!(is_kept(kept.as_bytes()), "{kept}");
        }
        for other in ["usr/lib/systemd/systemd", "usr/lib/systemd/catalog/a", "usr/bin/a", "usr/etc/default/a"] {
            assert!(!is_kept(other.as_bytes()), "{other}");
        }
    }
}
