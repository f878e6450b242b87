//! Filters of system calls as systemd puts them on a service, one for each directive, as programs for the kernel.
//!
//! Two things differ, and neither is what the kernel looks at when it takes a program: a denied call fails instead of
//! killing, and what the child itself needs to tell its story and to end is allowed.

use super::mounts::Step;
use crate::unit::Unit;
use crate::vocab::set::{ALL_NAMESPACES, clone_flags};
use crate::vocab::syscall::{self, SyscallSet};
use crate::vocab::value::Value;
use crate::vocab::{Arch, KeyId, SYSCALLS, key};
use rustix::io::Errno;
use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, sock_filter,
};
use std::collections::BTreeMap;

/// What the child needs after the filter is on.
const NEEDED: &[&str] = &[
    "brk",
    "clock_gettime",
    "close",
    "exit",
    "exit_group",
    "futex",
    "getpid",
    "getrandom",
    "getppid",
    "lseek",
    "madvise",
    "mmap",
    "mprotect",
    "mremap",
    "munmap",
    "prctl",
    "read",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "seccomp",
    "sched_yield",
    "sigaltstack",
    "write",
    "writev",
];

/// Compares an argument of a call.
type Condition = (u8, SeccompCmpOp, u64);

/// The program of a directive; why there is none.
pub(super) fn program(unit: &Unit, id: KeyId) -> Result<Vec<u32>, String> {
    let model = unit.target.model;
    let groups = |names: &[&str]| {
        let all = names.iter().filter_map(|n| syscall::group(n, model)).map(|g| *g.members(model));
        all.fold(SyscallSet::EMPTY, |all, some| all.or(&some))
    };
    match id {
        key::SYSTEM_CALL_FILTER => {
            let Value::Filter(filter) = unit.value(id) else { return Err("nothing is filtered".into()) };
            let native = syscall::native(unit.target.arch, model);
            let denied = native.without(&filter.allows(&native));
            match filter.allow {
                true => listed(unit, &filter.allows(&native), true),
                false if denied.is_empty() => Err("it denies no call of this machine".into()),
                false => listed(unit, &denied, false),
            }
        }
        key::PROTECT_CLOCK => listed(unit, &groups(&["@clock"]), false),
        key::PROTECT_KERNEL_MODULES => listed(unit, &groups(&["@module"]), false),
        key::PRIVATE_DEVICES => listed(unit, &groups(&["@raw-io"]), false),
        key::PROTECT_KERNEL_LOGS => calls(unit, &[("syslog", &[])]),
        key::PROTECT_HOSTNAME => calls(unit, &[("sethostname", &[]), ("setdomainname", &[])]),
        key::PROTECT_KERNEL_TUNABLES => calls(unit, &[("_sysctl", &[])]),
        key::LOCK_PERSONALITY => calls(unit, &[("personality", &[(0, SeccompCmpOp::Ne, 0)])]),
        key::RESTRICT_REALTIME => calls(unit, &[("sched_setscheduler", &[(1, SeccompCmpOp::Gt, 0)])]),
        // the program of all denied calls is as good as any other one
        key::SYSTEM_CALL_ARCHITECTURES => calls(unit, &[("kexec_load", &[])]),
        key::MEMORY_DENY_WRITE_EXECUTE => {
            let executable = (2, SeccompCmpOp::MaskedEq(4), 4);
            calls(
                unit,
                &[("pkey_mprotect", &[executable]), ("shmat", &[(2, SeccompCmpOp::MaskedEq(0o100_000), 0o100_000)])],
            )
        }
        key::RESTRICT_SUID_SGID => {
            let with = |at: u8, bit: u64| (at, SeccompCmpOp::MaskedEq(bit), bit);
            let mut rules: Vec<(&str, Vec<Condition>)> = Vec::new();
            for bit in [0o4000, 0o2000] {
                for (name, at) in [("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("mkdir", 1), ("mkdirat", 2)] {
                    rules.push((name, vec![with(at, bit)]));
                }
                for (name, at) in [("mknod", 1), ("mknodat", 2), ("creat", 1)] {
                    rules.push((name, vec![with(at, bit)]));
                }
                rules.push(("open", vec![with(1, 0o100), with(2, bit)]));
                rules.push(("openat", vec![with(2, 0o100), with(3, bit)]));
            }
            let rules: Vec<(&str, &[Condition])> = rules.iter().map(|(n, c)| (*n, c.as_slice())).collect();
            calls(unit, &rules)
        }
        key::RESTRICT_NAMESPACES => {
            let Value::Namespaces(allowed) = unit.value(id) else { return Err("nothing is filtered".into()) };
            namespaces(unit, *allowed)
        }
        key::RESTRICT_ADDRESS_FAMILIES => {
            let Value::Families(families) = unit.value(id) else { return Err("nothing is filtered".into()) };
            let denied: Vec<[Condition; 1]> =
                (0..64).filter(|n| !families.allows(*n)).map(|n| [(0, SeccompCmpOp::Eq, u64::from(n))]).collect();
            let rules: Vec<(&str, &[Condition])> = denied.iter().map(|c| ("socket", c.as_slice())).collect();
            calls(unit, &rules)
        }
        _ => Err("no filter is known for it".into()),
    }
}

fn namespaces(unit: &Unit, allowed: u8) -> Result<Vec<u32>, String> {
    let bits = clone_flags(!allowed & ALL_NAMESPACES).map(|(_, flag)| flag);
    let denied: Vec<[Condition; 1]> = bits.map(|bit| [(0, SeccompCmpOp::MaskedEq(bit), bit)]).collect();
    let mut rules: Vec<(&str, &[Condition])> = Vec::new();
    for condition in &denied {
        rules.extend([("unshare", condition.as_slice()), ("clone", condition.as_slice())]);
    }
    rules.push(("clone3", &[]));
    calls(unit, &rules)
}

fn target(unit: &Unit) -> Result<TargetArch, String> {
    match unit.target.arch {
        Arch::X86_64 => Ok(TargetArch::x86_64),
        Arch::Arm64 => Ok(TargetArch::aarch64),
        Arch::Riscv64 => Ok(TargetArch::riscv64),
        _ => Err("filters are not tried on this processor".into()),
    }
}

/// A list of calls that are allowed or denied as a whole.
fn listed(unit: &Unit, set: &SyscallSet, allow: bool) -> Result<Vec<u32>, String> {
    let arch = unit.target.arch;
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for name in SYSCALLS.iter().enumerate().filter(|(at, _)| set.contains(*at)).map(|(_, name)| *name) {
        if let Some(number) = syscall::number(arch, name).filter(|_| allow || !NEEDED.contains(&name)) {
            rules.insert(i64::from(number), Vec::new());
        }
    }
    if allow {
        rules.extend(NEEDED.iter().filter_map(|n| Some((i64::from(syscall::number(arch, n)?), Vec::new()))));
    }
    compiled(unit, rules, allow)
}

/// Calls that are denied when all conditions of a line hold.
fn calls(unit: &Unit, denied: &[(&str, &[Condition])]) -> Result<Vec<u32>, String> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for (name, conditions) in denied {
        let Some(number) = syscall::number(unit.target.arch, name) else { continue };
        let of = rules.entry(i64::from(number)).or_default();
        if conditions.is_empty() {
            continue;
        }
        let all: Result<Vec<SeccompCondition>, _> = conditions
            .iter()
            .map(|(at, op, value)| SeccompCondition::new(*at, SeccompCmpArgLen::Dword, op.clone(), *value))
            .collect();
        of.push(all.and_then(SeccompRule::new).map_err(|e| e.to_string())?);
    }
    compiled(unit, rules, false)
}

fn compiled(unit: &Unit, rules: BTreeMap<i64, Vec<SeccompRule>>, allow: bool) -> Result<Vec<u32>, String> {
    let refuse = SeccompAction::Errno(Errno::PERM.raw_os_error().unsigned_abs());
    let (others, these) = if allow { (refuse, SeccompAction::Allow) } else { (SeccompAction::Allow, refuse) };
    let filter = SeccompFilter::new(rules, others, these, target(unit)?).map_err(|e| e.to_string())?;
    let program: BpfProgram = filter.try_into().map_err(|e: seccompiler::BackendError| e.to_string())?;
    Ok(program.iter().flat_map(|i| [u32::from(i.code), u32::from(i.jt), u32::from(i.jf), i.k]).collect())
}

/// Puts a program on this process.
pub(super) fn install(program: &[u32]) -> Step<()> {
    let instruction = |c: &[u32]| {
        let small = |n: u32| u8::try_from(n).ok();
        Some(sock_filter { code: u16::try_from(c[0]).ok()?, jt: small(c[1])?, jf: small(c[2])?, k: c[3] })
    };
    let program: Option<BpfProgram> = program.chunks_exact(4).map(instruction).collect();
    let failed = |e: &std::io::Error| Errno::from_io_error(e).unwrap_or(Errno::IO);
    match seccompiler::apply_filter(&program.ok_or(("seccomp()", Errno::INVAL))?) {
        Ok(()) => Ok(()),
        Err(Error::Prctl(e)) => Err(("prctl(PR_SET_NO_NEW_PRIVS)", failed(&e))),
        Err(Error::Seccomp(e)) => Err(("seccomp(SECCOMP_SET_MODE_FILTER)", failed(&e))),
        Err(_) => Err(("seccomp(SECCOMP_SET_MODE_FILTER)", Errno::INVAL)),
    }
}
