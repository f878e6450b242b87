//! Exit statuses and the signals that stand beside them (systemd.exec(5), "Process Exit Codes", `exit-status.c`).

use super::number::exit_number;
use super::signal::signal;
use crate::vocab::Model;

/// The names of exit statuses (systemd.exec(5), "Process Exit Codes").
const EXIT_STATUSES: &[(u8, &str)] = &[
    (0, "SUCCESS"),
    (1, "FAILURE"),
    (2, "INVALIDARGUMENT"),
    (3, "NOTIMPLEMENTED"),
    (4, "NOPERMISSION"),
    (5, "NOTINSTALLED"),
    (6, "NOTCONFIGURED"),
    (7, "NOTRUNNING"),
    (64, "USAGE"),
    (65, "DATAERR"),
    (66, "NOINPUT"),
    (67, "NOUSER"),
    (68, "NOHOST"),
    (69, "UNAVAILABLE"),
    (70, "SOFTWARE"),
    (71, "OSERR"),
    (72, "OSFILE"),
    (73, "CANTCREAT"),
    (74, "IOERR"),
    (75, "TEMPFAIL"),
    (76, "PROTOCOL"),
    (77, "NOPERM"),
    (78, "CONFIG"),
    (200, "CHDIR"),
    (201, "NICE"),
    (202, "FDS"),
    (203, "EXEC"),
    (204, "MEMORY"),
    (205, "LIMITS"),
    (206, "OOM_ADJUST"),
    (207, "SIGNAL_MASK"),
    (208, "STDIN"),
    (209, "STDOUT"),
    (210, "CHROOT"),
    (211, "IOPRIO"),
    (212, "TIMERSLACK"),
    (213, "SECUREBITS"),
    (214, "SETSCHEDULER"),
    (215, "CPUAFFINITY"),
    (216, "GROUP"),
    (217, "USER"),
    (218, "CAPABILITIES"),
    (219, "CGROUP"),
    (220, "SETSID"),
    (221, "CONFIRM"),
    (222, "STDERR"),
    (224, "PAM"),
    (225, "NETWORK"),
    (226, "NAMESPACE"),
    (227, "NO_NEW_PRIVILEGES"),
    (228, "SECCOMP"),
    (229, "SELINUX_CONTEXT"),
    (230, "PERSONALITY"),
    (231, "APPARMOR"),
    (232, "ADDRESS_FAMILIES"),
    (233, "RUNTIME_DIRECTORY"),
    (235, "CHOWN"),
    (236, "SMACK_PROCESS_LABEL"),
    (237, "KEYRING"),
    (238, "STATE_DIRECTORY"),
    (239, "CACHE_DIRECTORY"),
    (240, "LOGS_DIRECTORY"),
    (241, "CONFIGURATION_DIRECTORY"),
    (242, "NUMA_POLICY"),
    (243, "CREDENTIALS"),
    (244, "BPF"),
    (245, "KSM"),
    (246, "MEMORY_THP"),
    (255, "EXCEPTION"),
];

/// A word of an exit status list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitWord {
    /// an exit status
    Status(u8),
    /// a signal
    Signal(u8),
}

/// An exit status by name or number, else a signal name: one word of class exit_status_set
/// (`config_parse_set_status()`, `exit_status_from_string()`).
pub fn exit_word(word: &str, model: Model) -> Option<ExitWord> {
    let since = |status| match status {
        245 => 254,
        246 => 260,
        _ => 0,
    };
    let named = EXIT_STATUSES.iter().find(|(status, name)| *name == word && since(*status) <= model.number());
    match named.map(|(status, _)| *status).or_else(|| exit_number(word).ok()) {
        Some(status) => Some(ExitWord::Status(status)),
        None => signal(word).map(ExitWord::Signal),
    }
}
