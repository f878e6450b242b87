//! The calls of the kernel that are no files: each gets arguments that cannot change anything, and the kernel says whether
//! it looked at them. A filter of system calls or a security module answers before that.

use crate::host::{Answer, Call};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::MountFlags;
use std::path::Path;

/// What is asked of a kernel besides files.
pub trait Calls {
    /// Makes a call that cannot change anything; `None` where its answer says nothing. `may_mount`: what forbids mounting is
    /// not a lack of privileges.
    fn attempt(&self, call: Call, may_mount: bool) -> Option<Answer>;
    /// The kernel's release and the name of the processor.
    fn name(&self) -> Option<(String, String)>;
    /// Whether there are filters of system calls.
    fn has_seccomp(&self) -> Option<bool>;
}

/// The kernel that this program runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThisKernel;

/// No kernel: files alone tell of another machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKernel;

/// A process that cannot be: numbers end far below.
fn nobody() -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::MAX)
}

/// What a failure says: that of a look at the arguments differs from a refusal.
fn answer(outcome: Result<(), Errno>) -> Answer {
    match outcome {
        Err(Errno::PERM | Errno::ACCESS) => Answer::Refused,
        Err(Errno::NOSYS) => Answer::Missing,
        _ => Answer::Allowed,
    }
}

impl Calls for ThisKernel {
    fn attempt(&self, call: Call, may_mount: bool) -> Option<Answer> {
        Some(match call {
            // no flag: nothing is left behind
            #[allow(deprecated, reason = "what makes it dangerous are its flags, and there are none")]
            Call::Unshare => answer(rustix::thread::unshare(rustix::thread::UnshareFlags::empty())),
            // a file of our own that is no namespace: EINVAL
            Call::Setns => {
                let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY;
                let file = rustix::fs::openat(CWD, "/proc/self/status", flags, Mode::empty()).ok()?;
                answer(rustix::thread::move_into_link_name_space(std::os::fd::AsFd::as_fd(&file), None))
            }
            // the empty path leads nowhere: ENOENT
            Call::Mount => answer(rustix::mount::mount("", "", "", MountFlags::empty(), None)),
            // who may not mount gets the same answer before the paths are looked at
            Call::PivotRoot => match rustix::process::pivot_root("", "") {
                Err(Errno::PERM) if !may_mount => return None,
                other => answer(other),
            },
            // no process has this number: ESRCH
            Call::Priority => answer(rustix::process::setpriority_process(nobody(), 0)),
            Call::Affinity => answer(rustix::thread::sched_setaffinity(nobody(), &rustix::thread::CpuSet::new())),
            Call::Chroot => answer(rustix::process::chroot("")),
            Call::Bpf => {
                use aya::maps::{MapData, MapError};
                match MapData::from_pin(Path::new("")) {
                    Err(MapError::SyscallError(e)) => {
                        answer(e.io_error.raw_os_error().map_or(Ok(()), |n| Err(Errno::from_raw_os_error(n))))
                    }
                    _ => return None,
                }
            }
            Call::Keyctl => {
                use linux_keyutils::{KeyError, KeyRing, KeyRingIdentifier};
                match KeyRing::from_special_id(KeyRingIdentifier::Session, false) {
                    Err(KeyError::AccessDenied | KeyError::PermissionDenied | KeyError::Unknown(1)) => Answer::Refused,
                    Err(KeyError::OperationNotSupported | KeyError::Unknown(38)) => Answer::Missing,
                    _ => Answer::Allowed,
                }
            }
        })
    }

    fn name(&self) -> Option<(String, String)> {
        let name = rustix::system::uname();
        Some((name.release().to_str().ok()?.to_owned(), name.machine().to_str().ok()?.to_owned()))
    }

    fn has_seccomp(&self) -> Option<bool> {
        match rustix::thread::secure_computing_mode() {
            Ok(_) => Some(true),
            Err(Errno::INVAL) => Some(false),
            Err(_) => None,
        }
    }
}

impl Calls for NoKernel {
    fn attempt(&self, _: Call, _: bool) -> Option<Answer> {
        None
    }

    fn name(&self) -> Option<(String, String)> {
        None
    }

    fn has_seccomp(&self) -> Option<bool> {
        None
    }
}
