//! The steps by which systemd starts a service, in their order, and how each says that it failed
//! (`exec_invoke()`, systemd.exec(5) "Process Exit Codes").

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident = $status:literal),* $(,)?) => {
        /// A step; the first that fails decides how the unit ends.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Step { $($(#[$doc])* $name),* }
        impl Step {
            /// What systemd shows: exit status and name, or the word for what kept the unit from starting.
            pub fn status(self) -> &'static str { match self { $(Self::$name => $status),* } }
            /// The first step that shows a failure like that.
            pub fn with(status: &str) -> Option<Self> { [$(Self::$name),*].into_iter().find(|s| s.status() == status) }
            /// The exit status with its name.
            pub fn named(code: u8) -> Option<&'static str> {
                let code = format!("{code}/");
                [$(Self::$name),*].iter().map(|s| s.status()).find(|s| s.starts_with(&code))
            }
        }
    };
}

steps! {
    /// reading the unit
    Load = "bad-setting",
    /// the unit is switched off
    Masked = "masked",
    /// there is no such unit
    NotFound = "not-found",
    /// files that the manager reads before it forks
    Resources = "resources",
    /// a command that runs before the program
    Helper = "exit-code",
    /// file descriptors
    Descriptors = "202/FDS",
    /// finding the user
    FindUser = "217/USER",
    /// finding the groups
    FindGroup = "216/GROUP",
    /// the home directory
    Home = "200/CHDIR",
    /// opening the path of a network namespace
    NetworkPath = "225/NETWORK",
    /// opening the path of an IPC namespace
    IpcPath = "226/NAMESPACE",
    /// standard input
    Input = "208/STDIN",
    /// standard output
    Output = "209/STDOUT",
    /// standard error
    ErrorOutput = "222/STDERR",
    /// the scheduler
    Scheduler = "214/SETSCHEDULER",
    /// the nice level
    Nice = "201/NICE",
    /// CPUs
    Cpus = "215/CPUAFFINITY",
    /// nodes of memory
    Nodes = "242/NUMA_POLICY",
    /// the scheduler of disks
    IoPriority = "211/IOPRIO",
    /// the execution domain
    Personality = "230/PERSONALITY",
    /// credentials
    Credentials = "243/CREDENTIALS",
    /// limits
    Limits = "205/LIMITS",
    /// a user namespace before all others
    EarlyUsers = "217/USER",
    /// the network namespace
    Network = "225/NETWORK",
    /// other namespaces and what is mounted in them
    Namespaces = "226/NAMESPACE",
    /// merging of equal pages
    Ksm = "245/KSM",
    /// large pages
    LargePages = "246/MEMORY_THP",
    /// setting the groups
    SetGroups = "216/GROUP",
    /// a user namespace after all others
    LateUsers = "217/USER",
    /// the program
    Program = "203/EXEC",
    /// the bounding set
    Capabilities = "218/CAPABILITIES",
    /// a root without a mount namespace
    Chroot = "210/CHROOT",
    /// setting the user
    SetUser = "217/USER",
    /// the working directory
    Directory = "200/CHDIR",
    /// the label of SELinux
    SeLinux = "229/SELINUX_CONTEXT",
    /// the profile of AppArmor
    AppArmor = "231/APPARMOR",
    /// secure bits
    SecureBits = "213/SECUREBITS",
    /// filters of system calls
    Seccomp = "228/SECCOMP",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stand_in_their_order() {
        assert!(Step::FindUser < Step::Namespaces && Step::Namespaces < Step::Program && Step::Program < Step::SetUser);
        assert_eq!(Step::Program.status(), "203/EXEC");
    }
}
