//! Processor architectures, by systemd's word and the kernel's.

/// The processor architecture that a unit is judged for, by systemd's words (`ConditionArchitecture=`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the words of systemd")]
pub enum Arch {
    #[default]
    X86_64,
    X86,
    Arm64,
    Arm,
    Riscv64,
    S390x,
    Ppc64Le,
    Ppc64,
    Ppc,
    Loongarch64,
    Mips64Le,
    MipsLe,
}

impl Arch {
    /// All, with systemd's word and the kernel's.
    pub const ALL: &'static [(Self, &'static str, &'static str)] = &[
        (Self::X86_64, "x86-64", "x86_64"),
        (Self::X86, "x86", "i686"),
        (Self::Arm64, "arm64", "aarch64"),
        (Self::Arm, "arm", "armv7l"),
        (Self::Riscv64, "riscv64", "riscv64"),
        (Self::S390x, "s390x", "s390x"),
        (Self::Ppc64Le, "ppc64-le", "ppc64le"),
        (Self::Ppc64, "ppc64", "ppc64"),
        (Self::Ppc, "ppc", "ppc"),
        (Self::Loongarch64, "loongarch64", "loongarch64"),
        (Self::Mips64Le, "mips64-le", "mips64el"),
        (Self::MipsLe, "mips-le", "mipsel"),
    ];

    /// By systemd's word or the kernel's.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, systemd, kernel)| word == *systemd || word == *kernel).map(|(arch, _, _)| *arch)
    }

    /// systemd's word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(arch, _, _)| *arch == self).map_or("", |(_, word, _)| word)
    }
}
