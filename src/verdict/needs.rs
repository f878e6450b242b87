//! What each directive needs of a machine: the one table. A directive holds when all that it needs is there; what systemd
//! does without it belongs to the need, not to the directive.

use super::own::Own;
use crate::host::{Module, Namespace};
use crate::vocab::{KeyId, key};

/// Something that a directive needs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Need {
    /// systemd itself does it, and nothing else
    Manager,
    /// a call that the kernel refuses to nobody
    Kernel,
    /// a mount namespace
    Mounts,
    /// a file system of its own on `/proc`
    FreshProc,
    /// the paths that it names are there
    Paths,
    /// another kind of namespace; without it the unit goes on
    Namespace(Namespace),
    /// a filter of system calls
    Filter,
    /// these capabilities are taken from the bounding set
    Drops(&'static [&'static str]),
    /// a controller of the second version, or one of the first; and the file that it is about in either
    Group(&'static str, &'static str, &'static str, &'static str),
    /// programs of BPF in control groups: filters of packets
    Packets,
    /// the same, loaded by a library
    Framework,
    /// a security module that is on
    Module(Module),
    /// pressure that is measured
    Pressure,
    /// this series of the kernel
    Since(u16, u16),
    /// logic of its own
    Own(Own),
}

use Need::{Drops, Filter, Framework, FreshProc, Group, Kernel, Manager, Mounts, Packets, Paths, Pressure, Since};

const fn own(what: Own) -> Need {
    Need::Own(what)
}

/// Directives with the same needs stand together. A list is one thing that the directive does, and all of what is in it is
/// needed for that; several lists are several things, of which some can fail.
pub(super) const NEEDS: &[(&[KeyId], &[&[Need]])] = &[
    // what is mounted
    (
        &[
            key::PROTECT_SYSTEM,
            key::PROTECT_HOME,
            key::PRIVATE_TMP,
            key::TEMPORARY_FILE_SYSTEM,
            key::PRIVATE_MOUNTS,
            key::MOUNT_FLAGS,
            key::MOUNT_APIVFS,
            key::BIND_LOG_SOCKETS,
            key::ROOT_EPHEMERAL,
        ],
        &[&[Mounts]],
    ),
    (
        &[
            key::READ_WRITE_PATHS,
            key::READ_ONLY_PATHS,
            key::INACCESSIBLE_PATHS,
            key::EXEC_PATHS,
            key::NO_EXEC_PATHS,
            key::READ_WRITE_DIRECTORIES,
            key::READ_ONLY_DIRECTORIES,
            key::INACCESSIBLE_DIRECTORIES,
            key::BIND_PATHS,
            key::BIND_READ_ONLY_PATHS,
            key::EXTENSION_DIRECTORIES,
        ],
        &[&[Mounts, Paths]],
    ),
    (&[key::ROOT_DIRECTORY], &[&[own(Own::RootDirectory)]]),
    (
        &[
            key::ROOT_IMAGE,
            key::ROOT_MSTACK,
            key::MOUNT_IMAGES,
            key::EXTENSION_IMAGES,
            key::ROOT_HASH,
            key::ROOT_HASH_SIGNATURE,
            key::ROOT_VERITY,
            key::ROOT_IMAGE_OPTIONS,
        ],
        &[&[Mounts, Paths, own(Own::Images)]],
    ),
    (
        &[key::ROOT_IMAGE_POLICY, key::MOUNT_IMAGE_POLICY, key::EXTENSION_IMAGE_POLICY, key::REFRESH_ON_RELOAD],
        &[&[Manager]],
    ),
    (&[key::PROTECT_PROC], &[&[Since(5, 8), Mounts, FreshProc, own(Own::Visible)]]),
    (&[key::PROC_SUBSET], &[&[Since(5, 8), Mounts, FreshProc]]),
    (&[key::PRIVATE_DEVICES], &[&[Mounts], &[Drops(&["CAP_MKNOD", "CAP_SYS_RAWIO"])], &[Filter]]),
    (&[key::PROTECT_KERNEL_TUNABLES], &[&[Mounts, own(Own::Submounts)]]),
    (&[key::PROTECT_KERNEL_MODULES], &[&[Mounts], &[Drops(&["CAP_SYS_MODULE"])], &[Filter]]),
    (&[key::PROTECT_KERNEL_LOGS], &[&[Mounts, own(Own::KernelLog)], &[Drops(&["CAP_SYSLOG"])], &[Filter]]),
    (&[key::PROTECT_CLOCK], &[&[Drops(&["CAP_SYS_TIME", "CAP_WAKE_ALARM"])], &[Filter]]),
    (&[key::PROTECT_CONTROL_GROUPS], &[&[Mounts, own(Own::ControlGroups)]]),
    (&[key::PRIVATE_BPF], &[&[Mounts, Since(6, 9), own(Own::Untold)]]),
    (
        &[
            key::BPF_DELEGATE_ATTACHMENTS,
            key::BPF_DELEGATE_COMMANDS,
            key::BPF_DELEGATE_MAPS,
            key::BPF_DELEGATE_PROGRAMS,
            key::USER_NAMESPACE_PATH,
            key::DELEGATE_NAMESPACES,
        ],
        &[&[own(Own::Untold)]],
    ),
    // namespaces
    (&[key::PRIVATE_NETWORK], &[&[own(Own::Network)]]),
    (&[key::NETWORK_NAMESPACE_PATH], &[&[own(Own::NetworkPath)]]),
    (&[key::PRIVATE_IPC], &[&[own(Own::Queues)]]),
    (&[key::IPC_NAMESPACE_PATH], &[&[own(Own::IpcPath)]]),
    (&[key::PROTECT_HOSTNAME], &[&[Need::Namespace(Namespace::Uts)], &[Filter]]),
    (&[key::PRIVATE_PIDS], &[&[own(Own::ProcessIds)], &[Mounts]]),
    (&[key::PRIVATE_USERS], &[&[own(Own::Users)]]),
    // system calls
    (
        &[
            key::RESTRICT_NAMESPACES,
            key::RESTRICT_ADDRESS_FAMILIES,
            key::RESTRICT_REALTIME,
            key::RESTRICT_SUID_SGID,
            key::SYSTEM_CALL_ARCHITECTURES,
        ],
        &[&[Filter]],
    ),
    (&[key::SYSTEM_CALL_FILTER, key::SYSTEM_CALL_LOG], &[&[Filter, own(Own::Calls)]]),
    (&[key::LOCK_PERSONALITY], &[&[Filter, own(Own::Domain)]]),
    (&[key::SYSTEM_CALL_ERROR_NUMBER], &[&[Filter]]),
    (&[key::MEMORY_DENY_WRITE_EXECUTE], &[&[own(Own::WriteExecute)]]),
    (&[key::NO_NEW_PRIVILEGES], &[&[Kernel]]),
    // privileges
    (&[key::CAPABILITY_BOUNDING_SET], &[&[own(Own::Bounding)]]),
    (&[key::AMBIENT_CAPABILITIES], &[&[own(Own::Ambient)]]),
    (&[key::SECURE_BITS], &[&[own(Own::SecureBits)]]),
    (&[key::USER], &[&[own(Own::User)]]),
    (&[key::GROUP, key::SUPPLEMENTARY_GROUPS], &[&[own(Own::Groups)]]),
    (&[key::DYNAMIC_USER], &[&[own(Own::DynamicUser)]]),
    (&[key::SE_LINUX_CONTEXT, key::SE_LINUX_CONTEXT_FROM_NET], &[&[Need::Module(Module::SeLinux), own(Own::Untold)]]),
    (&[key::APP_ARMOR_PROFILE], &[&[Need::Module(Module::AppArmor), own(Own::Untold)]]),
    (&[key::SMACK_PROCESS_LABEL], &[&[Need::Module(Module::Smack), own(Own::Untold)]]),
    (&[key::KEYRING_MODE], &[&[own(Own::Keyring)]]),
    (&[key::PAM_NAME], &[&[own(Own::Pam)]]),
    // control groups
    (
        &[key::MEMORY_MAX, key::STARTUP_MEMORY_MAX, key::MEMORY_LIMIT],
        &[&[Group("memory", "memory.max", "memory", "memory.limit_in_bytes")]],
    ),
    (&[key::MEMORY_ACCOUNTING], &[&[Group("memory", "memory.current", "memory", "memory.usage_in_bytes")]]),
    (&[key::MEMORY_HIGH, key::STARTUP_MEMORY_HIGH], &[&[Group("memory", "memory.high", "", "")]]),
    (
        &[key::MEMORY_LOW, key::STARTUP_MEMORY_LOW, key::DEFAULT_MEMORY_LOW, key::DEFAULT_STARTUP_MEMORY_LOW],
        &[&[Group("memory", "memory.low", "", "")]],
    ),
    (&[key::MEMORY_MIN, key::DEFAULT_MEMORY_MIN], &[&[Group("memory", "memory.min", "", "")]]),
    (&[key::MEMORY_SWAP_MAX, key::STARTUP_MEMORY_SWAP_MAX], &[&[Group("memory", "memory.swap.max", "", "")]]),
    (&[key::MEMORY_Z_SWAP_MAX, key::STARTUP_MEMORY_Z_SWAP_MAX], &[&[Group("memory", "memory.zswap.max", "", "")]]),
    (&[key::MEMORY_Z_SWAP_WRITEBACK], &[&[Group("memory", "memory.zswap.writeback", "", "")]]),
    (&[key::OOM_POLICY], &[&[own(Own::OomPolicy)]]),
    (&[key::TASKS_MAX], &[&[Group("pids", "pids.max", "pids", "pids.max")]]),
    (&[key::TASKS_ACCOUNTING], &[&[Group("pids", "pids.current", "pids", "pids.current")]]),
    (&[key::CPU_WEIGHT, key::STARTUP_CPU_WEIGHT], &[&[Group("cpu", "cpu.weight", "cpu", "cpu.shares")]]),
    (&[key::CPU_SHARES, key::STARTUP_CPU_SHARES], &[&[Group("cpu", "cpu.weight", "cpu", "cpu.shares")]]),
    (&[key::CPU_QUOTA, key::CPU_QUOTA_PERIOD_SEC], &[&[Group("cpu", "cpu.max", "cpu", "cpu.cfs_quota_us")]]),
    (&[key::CPU_ACCOUNTING], &[&[own(Own::CpuAccounting)]]),
    (&[key::ALLOWED_CP_US, key::STARTUP_ALLOWED_CP_US], &[&[Group("cpuset", "cpuset.cpus", "", "")]]),
    (&[key::ALLOWED_MEMORY_NODES, key::STARTUP_ALLOWED_MEMORY_NODES], &[&[Group("cpuset", "cpuset.mems", "", "")]]),
    (&[key::CPU_SET_PARTITION], &[&[Group("cpuset", "cpuset.cpus.partition", "", ""), own(Own::Untold)]]),
    (&[key::IO_ACCOUNTING, key::BLOCK_IO_ACCOUNTING], &[&[Group("io", "io.stat", "blkio", "")]]),
    (
        &[key::IO_WEIGHT, key::STARTUP_IO_WEIGHT, key::BLOCK_IO_WEIGHT, key::STARTUP_BLOCK_IO_WEIGHT],
        &[&[own(Own::IoWeight)]],
    ),
    (&[key::IO_DEVICE_WEIGHT, key::BLOCK_IO_DEVICE_WEIGHT], &[&[own(Own::IoWeight), Paths]]),
    (&[key::IO_DEVICE_LATENCY_TARGET_SEC], &[&[Group("io", "io.latency", "", ""), own(Own::Untold)]]),
    (
        &[key::IO_READ_BANDWIDTH_MAX, key::IO_WRITE_BANDWIDTH_MAX, key::IO_READ_IOPS_MAX, key::IO_WRITE_IOPS_MAX],
        &[&[Group("io", "io.max", "blkio", "blkio.throttle.read_bps_device"), own(Own::IoDevice)]],
    ),
    (
        &[key::BLOCK_IO_READ_BANDWIDTH, key::BLOCK_IO_WRITE_BANDWIDTH],
        &[&[Group("io", "io.max", "blkio", "blkio.throttle.read_bps_device"), own(Own::IoDevice)]],
    ),
    (&[key::IP_ADDRESS_ALLOW, key::IP_ADDRESS_DENY, key::IP_ACCOUNTING], &[&[Packets]]),
    (&[key::IP_INGRESS_FILTER_PATH, key::IP_EGRESS_FILTER_PATH, key::BPF_PROGRAM], &[&[Packets, own(Own::Untold)]]),
    (&[key::DEVICE_POLICY, key::DEVICE_ALLOW], &[&[own(Own::Devices)]]),
    (
        &[key::SOCKET_BIND_ALLOW, key::SOCKET_BIND_DENY, key::RESTRICT_NETWORK_INTERFACES],
        &[&[Packets, Framework, Since(5, 7)]],
    ),
    (&[key::BIND_NETWORK_INTERFACE], &[&[Packets, Framework, own(Own::Untold)]]),
    (&[key::RESTRICT_FILE_SYSTEMS], &[&[own(Own::FileSystems)]]),
    (&[key::NFT_SET], &[&[own(Own::Untold)]]),
    (
        &[
            key::SLICE,
            key::DELEGATE_SUBGROUP,
            key::DISABLE_CONTROLLERS,
            key::COREDUMP_RECEIVE,
            key::MANAGED_OOM_PREFERENCE,
        ],
        &[&[own(Own::Grouped)]],
    ),
    (&[key::DELEGATE], &[&[own(Own::Grouped)]]),
    (
        &[
            key::MANAGED_OOM_SWAP,
            key::MANAGED_OOM_MEMORY_PRESSURE,
            key::MANAGED_OOM_MEMORY_PRESSURE_LIMIT,
            key::MANAGED_OOM_MEMORY_PRESSURE_DURATION_SEC,
            key::OOM_RULES,
        ],
        &[&[Pressure, own(Own::OutOfMemoryDaemon)]],
    ),
    (
        &[key::MEMORY_PRESSURE_WATCH, key::MEMORY_PRESSURE_THRESHOLD_SEC],
        &[&[Pressure, Group("memory", "memory.pressure", "", "")]],
    ),
    (&[key::CPU_PRESSURE_WATCH, key::CPU_PRESSURE_THRESHOLD_SEC], &[&[Pressure, own(Own::Grouped)]]),
    (&[key::IO_PRESSURE_WATCH, key::IO_PRESSURE_THRESHOLD_SEC], &[&[Pressure, own(Own::Grouped)]]),
    // the scheduler, limits
    (&[key::NICE], &[&[own(Own::Nice)]]),
    (
        &[key::CPU_SCHEDULING_POLICY, key::CPU_SCHEDULING_PRIORITY, key::CPU_SCHEDULING_RESET_ON_FORK],
        &[&[own(Own::Scheduling)]],
    ),
    (&[key::CPU_AFFINITY], &[&[own(Own::Affinity)]]),
    (&[key::NUMA_POLICY, key::NUMA_MASK], &[&[own(Own::Numa)]]),
    (&[key::IO_SCHEDULING_CLASS, key::IO_SCHEDULING_PRIORITY], &[&[own(Own::IoScheduling)]]),
    (&[key::OOM_SCORE_ADJUST], &[&[own(Own::OomScore)]]),
    (
        &[
            key::LIMIT_AS,
            key::LIMIT_CORE,
            key::LIMIT_CPU,
            key::LIMIT_DATA,
            key::LIMIT_FSIZE,
            key::LIMIT_LOCKS,
            key::LIMIT_MEMLOCK,
            key::LIMIT_MSGQUEUE,
            key::LIMIT_NICE,
            key::LIMIT_NOFILE,
            key::LIMIT_NPROC,
            key::LIMIT_RSS,
            key::LIMIT_RTPRIO,
            key::LIMIT_RTTIME,
            key::LIMIT_SIGPENDING,
            key::LIMIT_STACK,
        ],
        &[&[own(Own::Limit)]],
    ),
    (&[key::MEMORY_KSM], &[&[own(Own::Ksm)]]),
    (&[key::MEMORY_THP], &[&[Kernel]]),
    (&[key::PERSONALITY], &[&[own(Own::Personality)]]),
    (&[key::UMASK, key::TIMER_SLACK_N_SEC, key::IGNORE_SIGPIPE, key::COREDUMP_FILTER], &[&[Kernel]]),
    // files, and what is handed to the processes
    (&[key::WORKING_DIRECTORY], &[&[own(Own::WorkingDirectory)]]),
    (&[key::ENVIRONMENT_FILE], &[&[own(Own::EnvironmentFile)]]),
    (&[key::LOAD_CREDENTIAL], &[&[own(Own::Credential)]]),
    (&[key::SET_CREDENTIAL, key::IMPORT_CREDENTIAL], &[&[own(Own::Credentials)]]),
    (&[key::LOAD_CREDENTIAL_ENCRYPTED, key::SET_CREDENTIAL_ENCRYPTED], &[&[own(Own::Untold)]]),
    (&[key::STANDARD_INPUT, key::STANDARD_OUTPUT, key::STANDARD_ERROR], &[&[own(Own::Stream)]]),
    (&[key::OPEN_FILE], &[&[own(Own::OpenFile)]]),
    (
        &[
            key::EXEC_START,
            key::EXEC_START_PRE,
            key::EXEC_START_POST,
            key::EXEC_STOP,
            key::EXEC_STOP_POST,
            key::EXEC_RELOAD,
            key::EXEC_RELOAD_POST,
            key::EXEC_CONDITION,
        ],
        &[&[own(Own::Program)]],
    ),
    (&[key::LOG_NAMESPACE], &[&[Mounts, own(Own::Untold)]]),
    (
        &[key::TTY_PATH, key::TTYV_HANGUP, key::TTYVT_DISALLOCATE, key::TTY_RESET, key::TTY_ROWS, key::TTY_COLUMNS],
        &[&[own(Own::Untold)]],
    ),
    (
        &[
            key::RUNTIME_DIRECTORY,
            key::STATE_DIRECTORY,
            key::CACHE_DIRECTORY,
            key::LOGS_DIRECTORY,
            key::CONFIGURATION_DIRECTORY,
            key::RUNTIME_DIRECTORY_MODE,
            key::STATE_DIRECTORY_MODE,
            key::CACHE_DIRECTORY_MODE,
            key::LOGS_DIRECTORY_MODE,
            key::CONFIGURATION_DIRECTORY_MODE,
            key::RUNTIME_DIRECTORY_PRESERVE,
            key::TIMEOUT_CLEAN_SEC,
            key::ENVIRONMENT,
            key::PASS_ENVIRONMENT,
            key::UNSET_ENVIRONMENT,
            key::SET_LOGIN_ENVIRONMENT,
            key::EXEC_SEARCH_PATH,
            key::STANDARD_INPUT_TEXT,
            key::STANDARD_INPUT_DATA,
            key::SYSLOG_IDENTIFIER,
            key::SYSLOG_FACILITY,
            key::SYSLOG_LEVEL,
            key::SYSLOG_LEVEL_PREFIX,
            key::LOG_LEVEL_MAX,
            key::LOG_EXTRA_FIELDS,
            key::LOG_RATE_LIMIT_INTERVAL_SEC,
            key::LOG_RATE_LIMIT_BURST,
            key::LOG_FILTER_PATTERNS,
            key::REMOVE_IPC,
            key::UTMP_IDENTIFIER,
            key::UTMP_MODE,
        ],
        &[&[Manager]],
    ),
    (
        &[
            key::STATE_DIRECTORY_QUOTA,
            key::CACHE_DIRECTORY_QUOTA,
            key::LOGS_DIRECTORY_QUOTA,
            key::STATE_DIRECTORY_ACCOUNTING,
            key::CACHE_DIRECTORY_ACCOUNTING,
            key::LOGS_DIRECTORY_ACCOUNTING,
        ],
        &[&[Since(5, 14), own(Own::Untold)]],
    ),
    // how processes end
    (
        &[
            key::KILL_MODE,
            key::KILL_SIGNAL,
            key::RESTART_KILL_SIGNAL,
            key::FINAL_KILL_SIGNAL,
            key::SEND_SIGHUP,
            key::SEND_SIGKILL,
            key::WATCHDOG_SIGNAL,
            key::TIMEOUT_ABORT_SEC,
            key::TIMEOUT_SEC_SERVICE,
            key::TIMEOUT_START_SEC,
            key::TIMEOUT_STOP_SEC,
            key::TIMEOUT_START_FAILURE_MODE,
            key::TIMEOUT_STOP_FAILURE_MODE,
            key::RUNTIME_MAX_SEC,
            key::RUNTIME_RANDOMIZED_EXTRA_SEC,
            key::WATCHDOG_SEC,
            key::RESTART,
            key::RESTART_SEC,
            key::RESTART_STEPS,
            key::RESTART_MAX_DELAY_SEC,
            key::RESTART_MODE,
            key::RESTART_FORCE_EXIT_STATUS,
            key::RESTART_PREVENT_EXIT_STATUS,
            key::SUCCESS_EXIT_STATUS,
        ],
        &[&[Manager]],
    ),
];

/// What a directive needs; `None` for what says nothing to the machine.
pub(super) fn of(id: KeyId) -> Option<&'static [&'static [Need]]> {
    NEEDS.iter().find(|(keys, _)| keys.contains(&id)).map(|(_, needs)| *needs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::{Context, KEYS, Section, lookup};

    #[test]
    fn every_directive_of_a_service_has_its_needs() {
        let told = [Context::Exec, Context::Cgroup, Context::Kill];
        let gone =
            |id: KeyId| (0..crate::vocab::MODELS.len()).all(|_| id.key().status == crate::vocab::Status::Removed);
        for k in KEYS.iter().filter(|k| told.contains(&k.context)) {
            let Some(id) = lookup(Section::Service, k.name()) else { continue };
            assert!(of(id).is_some() || gone(id), "{}", k.name());
        }
        for (at, (keys, _)) in NEEDS.iter().enumerate() {
            for k in *keys {
                assert!(NEEDS[..at].iter().all(|(before, _)| !before.contains(k)), "{} twice", k.name());
            }
        }
    }
}
