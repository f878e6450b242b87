//! What a rule is, the registry of all rules, and the closed set of declarative checks.
//!
//! A rule never prints or asks the clock, and sees no file but what a [`System`] or a [`View`] shows. The registry is made at build time from `rules/`.

pub(crate) mod amount;
mod bound;
mod doc;
pub(crate) mod edit;
mod escape;
mod exec;
mod exposure;
#[allow(dead_code, reason = "some fields are for the build only")]
mod file;
mod finding;
mod hit;
mod machine;
mod maintainer;
pub(crate) mod named;
pub mod own;
pub mod pattern;
mod program;
mod registry;
pub mod relation;
mod settings;
mod shell;
pub mod shipped;
mod tmpfiles;
mod users;
mod world;

use crate::evidence::System;
use crate::unit::Unit;
use crate::vocab::syscall::SyscallGroup;
use crate::vocab::{self, KeyId, Message, UnitKind, key};
pub use bound::{Bound, BoundCode, Given, Role, bound};
use doc::{Doc, Page, Place};
pub use escape::{Escape, in_force};
pub use exposure::{Verdict, exposure_keys, judge};
pub use finding::{Finding, Fix, Note, Verify};
pub use hit::{Code, Hit};
pub use registry::Registry;
use relation::Relation;
pub use settings::{Asks, Condition};
pub use shipped::{PackageCode, Shipped};
use std::sync::OnceLock;
pub use world::{View, WorldCode, WorldHit};

/// The `check` of a rule that looks at a unit and at the files of its system.
pub type FilesCode = fn(&Unit, &System<'_>) -> Vec<Hit>;

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

macro_rules! ordered {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal: $about:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $(#[doc = $about] $variant),* }
        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The word that stands for it.
            pub fn word(self) -> &'static str { match self { $(Self::$variant => $text),* } }
            /// What it means.
            pub fn about(self) -> &'static str { match self { $(Self::$variant => $about),* } }
            /// The one a word stands for.
            pub fn named(word: &str) -> Option<Self> { match word { $($text => Some(Self::$variant),)* _ => None } }
        }
    };
}

ordered! {
    /// The folder of a rule.
    Group {
        Bounds = "bounds": "the checks of the resource score: what bounds a unit",
        Correctness = "correctness": "what systemd ignores, refuses or takes otherwise than it was meant",
        Versions = "versions": "too new, deprecated or removed for the target",
        Contradictions = "contradictions": "settings that undo, shadow or silently disable one another",
        Resources = "resources": "what a unit may take of the machine, and who gives way when there is too little",
        Packaging = "packaging": "what an audit of packages looks for",
        Exposure = "exposure": "the checks of `systemd-analyze security`",
        Policy = "policy": "rules of your own",
    }
}

ordered! {
    /// How much a finding matters.
    Level {
        Allow = "allow": "not reported",
        Note = "note": "worth knowing",
        Warn = "warn": "should be looked at",
        Error = "error": "wrong",
    }
}

ordered! {
    /// The life of a rule.
    Status {
        Stable = "stable": "on by default",
        Preview = "preview": "new; reported only when asked for",
    }
}

ordered! {
    /// How often a directive broke running services that were tried with it alone.
    Risk {
        Low = "low": "seldom breaks a service",
        Medium = "medium": "breaks some services",
        High = "high": "breaks many services; needs to be fitted to the service",
        Unknown = "unknown": "not tried",
    }
}

ordered! {
    /// How sure a fix is.
    Safety {
        Display = "display": "shown, never applied",
        Unsafe = "unsafe": "applied when asked for",
        Safe = "safe": "cannot change what the service can do",
    }
}

/// A check of `systemd-analyze security`.
#[derive(Clone, Copy, Debug)]
pub struct Exposure {
    /// systemd's `json_field`
    pub id: &'static str,
    /// what systemd prints for it
    pub name: &'static str,
    /// its share of the score
    pub weight: u32,
    /// the worst badness
    pub range: u32,
    /// not applicable under `DefaultDependencies=no`
    pub needs_default_dependencies: bool,
}

/// A check of the resource score.
#[derive(Clone, Copy, Debug)]
pub struct Resources {
    /// its share of the score
    pub weight: u32,
    /// the worst badness
    pub range: u32,
    /// which units are asked, in words
    pub asked: &'static str,
    /// how bad each state is, the worst first; the good one has no name
    pub values: &'static [(&'static str, u32)],
    /// what is proposed against a bad state
    pub step: Option<Step>,
}

impl Resources {
    /// What is proposed against a state.
    pub fn step_against(&self, state: &str) -> Option<&Step> {
        self.step.as_ref().filter(|s| s.against.is_empty() || s.against.contains(&state))
    }

    /// How bad a state is; one that the file does not know is the worst.
    pub fn badness(&self, state: &str) -> u32 {
        let found = || self.values.iter().find(|(s, _)| *s == state).map_or(self.range, |(_, badness)| *badness);
        if state.is_empty() { 0 } else { found() }
    }
}

/// What is proposed against a bad state.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// `KEY=VALUE`; `KEY=` where the number is the unit's own
    pub set: &'static str,
    /// how to find the number, or what the line does; `UNIT` stands for the unit
    pub how: &'static str,
    /// the state with the line, whatever number it has
    pub state: &'static str,
    /// the states that it is against; empty for all that are worse
    pub against: &'static [&'static str],
}

impl Step {
    /// The key of the line.
    pub fn key(&self) -> &'static str {
        self.set.split_once('=').map_or(self.set, |(key, _)| key)
    }

    /// The line, and how to find its number.
    pub fn told(&self) -> String {
        [self.set, "  ", self.how].concat()
    }
}

/// The assignment that silences a rule.
#[derive(Clone, Copy, Debug)]
pub struct FixSpec {
    /// the key of `KEY=VALUE`
    pub key: &'static str,
    /// its value
    pub value: &'static str,
    /// how sure it is when nothing is known of the service
    pub safety: Safety,
    /// what has to be proven of its programs to make it safe; nothing would do where this is empty
    pub needs: &'static [&'static str],
}

impl FixSpec {
    /// `KEY=VALUE`
    pub fn line(&self) -> String {
        format!("{}={}", self.key, self.value)
    }
}

/// A unit that shows the rule; the marks `#~ id` say where it must speak.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// the unit's name
    pub name: &'static str,
    /// for which systemd, 0 for the newest
    pub systemd: u16,
    /// a unit of a user manager
    pub user: bool,
    /// the profiles of the machine that it is judged for, separated by commas; empty for none
    pub host: &'static str,
    /// the fragment
    pub text: &'static str,
    /// the fragment after the fix, or empty
    pub fixed: &'static str,
    /// drop-ins: name and text
    pub files: &'static [(&'static str, &'static str)],
    /// other units beside it: name and text
    pub units: &'static [(&'static str, &'static str)],
    /// files of a whole system around it, or of a package; none where nothing is known of one
    pub root: &'static [Planted],
    /// of a package: who installs it (`deb`, `rpm`), or `image` for a whole system; empty for neither
    pub format: &'static str,
    /// of a package: what runs when it comes and goes, name and text
    pub scripts: &'static [(&'static str, &'static str)],
    /// of a package: what is wrong with the archive, `broken`, `limit`, `trick` or `odd`; empty for nothing
    pub fault: &'static str,
    /// the names of files that carry a finding as a whole; the empty one for the package itself
    pub whole: &'static [&'static str],
}

/// A file of the system around an example; a directory where there is neither text nor link.
#[derive(Clone, Copy, Debug)]
pub struct Planted {
    /// where it is
    pub path: &'static str,
    /// what it holds
    pub text: Option<&'static str>,
    /// where it leads
    pub link: Option<&'static str>,
    /// permission bits
    pub mode: u32,
    /// who owns it
    pub uid: u32,
    /// its group
    pub gid: u32,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "described in rule/file.rs")]
pub enum Check {
    Bool { key: KeyId, bad: bool },
    Enum { key: KeyId, badness: &'static [(&'static str, u32)] },
    CapabilityBoundingSet { caps: u64 },
    RestrictNamespaces { mask: u8 },
    RestrictAddressFamilies { families: &'static [&'static str] },
    SyscallFilter { group: &'static SyscallGroup },
    User,
    SupplementaryGroups,
    RootDirectory,
    Umask,
    RemoveIpc,
    SyscallArchitectures,
    IpAddress,
    DeviceAllow,
    AmbientCapabilities,
    ExposureScore,
    Bound(BoundCode),
    ResourceScore,
    Suppression,
    Message { messages: &'static [Message], case: Case },
    Code(Code),
    Files(FilesCode),
    Package(PackageCode),
    World(WorldCode),
    Configuration,
    Escape(Escape),
    EscapeSum,
    Settings { at: KeyId, all: &'static [Condition], any: &'static [Condition], none: &'static [Condition] },
    Required { key: KeyId },
    Forbidden { key: KeyId, values: &'static [&'static str] },
    Relation { holds: &'static [Relation] },
    Removed { successor: &'static str },
}

impl Check {
    /// The key, where it is about one.
    pub fn key(&self) -> Option<KeyId> {
        match *self {
            Self::Bool { key, .. } | Self::Enum { key, .. } | Self::Required { key } | Self::Forbidden { key, .. } => {
                Some(key)
            }
            Self::Settings { at, .. } => Some(at),
            _ => None,
        }
    }

    /// The one key whose value decides; `None` where there are others, too.
    pub fn lone_key(&self) -> Option<KeyId> {
        Some(match *self {
            Self::Bool { key, .. } | Self::Enum { key, .. } => key,
            Self::CapabilityBoundingSet { .. } => key::CAPABILITY_BOUNDING_SET,
            Self::AmbientCapabilities => key::AMBIENT_CAPABILITIES,
            Self::RestrictNamespaces { .. } => key::RESTRICT_NAMESPACES,
            Self::RestrictAddressFamilies { .. } => key::RESTRICT_ADDRESS_FAMILIES,
            Self::SyscallFilter { .. } => key::SYSTEM_CALL_FILTER,
            Self::SyscallArchitectures => key::SYSTEM_CALL_ARCHITECTURES,
            Self::Umask => key::UMASK,
            _ => return None,
        })
    }

    /// Whether there is at most one finding a unit, which is about the unit as a whole wherever it points.
    pub fn speaks_once(&self) -> bool {
        !matches!(
            self,
            Self::Code(_)
                | Self::World(_)
                | Self::Package(_)
                | Self::Relation { .. }
                | Self::Message { .. }
                | Self::Suppression
                | Self::Configuration
        )
    }
}

/// What a rule is limited to; the score never is.
#[derive(Clone, Copy, Debug, Default)]
pub struct When {
    /// only units of these types; empty for all
    pub units: &'static [UnitKind],
    /// only from this systemd on
    pub systemd: u16,
    /// only units that set one of these, or have one of them implied; empty for all
    pub sets: &'static [KeyId],
}

impl When {
    /// Whether the rule looks at a unit at all.
    pub fn fits(&self, unit: &Unit) -> bool {
        (self.units.is_empty() || self.units.contains(&unit.kind()))
            && unit.target.systemd >= self.systemd
            && (self.sets.is_empty() || self.sets.iter().any(|key| unit.setting(*key).is_some()))
    }
}

/// What tells apart two rules for one message of systemd's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// whatever it is
    Any,
    /// no release knows it
    Unknown,
    /// another section knows it
    Elsewhere,
    /// a newer release knows it
    TooNew,
    /// a key of cgroup v1 that cgroup v2 has another one for
    CgroupV1,
}

/// A rule as its file tells it.
#[derive(Debug)]
pub struct Rule {
    /// the name of its file
    pub id: &'static str,
    /// its folder
    pub group: Group,
    /// what is wrong, as a clause
    pub summary: &'static str,
    /// whether it is on by default
    pub status: Status,
    /// how much a finding matters
    pub level: Level,
    /// how often the fix breaks a service
    pub risk: Risk,
    /// the row of systemd that it reproduces
    pub exposure: Option<&'static Exposure>,
    /// the check of the resource score that it is
    pub resources: Option<&'static Resources>,
    /// what it looks at
    pub check: Check,
    /// at which units
    pub when: When,
    /// what is so when nothing is wrong
    pub good: &'static str,
    /// the finding in words, for a rule with one message
    pub say: &'static str,
    /// the summary in certain states
    pub messages: &'static [(&'static str, &'static str)],
    /// what silences it
    pub fix: Option<&'static FixSpec>,
    doc: Doc,
}

impl Rule {
    /// Why it matters, Markdown.
    pub fn rationale(&self) -> &'static str {
        self.doc.rationale()
    }

    /// What the fix breaks, Markdown.
    pub fn breaks(&self) -> &'static str {
        self.doc.breaks()
    }

    /// The release of unitlint that brought it.
    pub fn since(&self) -> &'static str {
        self.doc.since()
    }

    /// Where it is from.
    pub fn references(&self) -> std::str::Lines<'static> {
        self.doc.references()
    }

    /// Units that show it.
    pub fn examples(&self) -> &'static [Example] {
        self.doc.examples()
    }

    /// The summary for a state of the check.
    pub fn message(&self, state: &str) -> &'static str {
        self.messages.iter().find(|(s, _)| *s == state).map_or(self.summary, |(_, text)| text)
    }

    /// Whether it is a check of a score, which speaks through the sum unless it is asked for.
    pub fn is_part(&self) -> bool {
        self.exposure.is_some() || self.resources.is_some()
    }

    /// Whether it tells a score, the sum of such checks.
    pub fn is_sum(&self) -> bool {
        matches!(self.check, Check::ExposureScore | Check::ResourceScore)
    }

    /// Whether only its name is left.
    pub fn is_removed(&self) -> bool {
        matches!(self.check, Check::Removed { .. })
    }

    /// The relations that it asks for; none unless it is a policy of that kind.
    pub fn holds(&self) -> &'static [Relation] {
        match self.check {
            Check::Relation { holds } => holds,
            _ => &[],
        }
    }

    /// The file of the rule in the sources.
    pub fn file(&self) -> String {
        match self.group {
            Group::Policy => format!("{}.toml", self.id),
            group => format!("rules/{}/{}.toml", group.word(), self.id),
        }
    }

    /// The page of the rule in the web; `None` for a user's own.
    pub fn page(&self) -> Option<String> {
        let ours = self.group != Group::Policy;
        ours.then(|| format!("{}/blob/main/{}", env!("CARGO_PKG_REPOSITORY"), self.file()))
    }
}

/// The rule of that id.
pub fn find(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|r| r.id == id)
}

/// The checks of `systemd-analyze security`, each with its rule.
pub fn exposure_rules() -> impl Iterator<Item = (&'static Rule, &'static Exposure)> {
    EXPOSURE_RULES.iter().filter_map(|at| Some((&RULES[usize::from(*at)], RULES[usize::from(*at)].exposure?)))
}

/// The checks of the resource score, each with its rule.
pub fn bound_rules() -> impl Iterator<Item = (&'static Rule, &'static Resources)> {
    BOUND_RULES.iter().filter_map(|at| Some((&RULES[usize::from(*at)], RULES[usize::from(*at)].resources?)))
}
