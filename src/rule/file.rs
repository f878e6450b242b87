//! The shape of a rule file, as serde sees it. The build reads `rules/` with it, and the program reads a user's own
//! rules with it: one format, one set of complaints.

use serde::Deserialize;
use std::collections::BTreeMap;

/// `rules/<group>/<id>.toml`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleFile {
    /// what is wrong, as a clause in lower case
    pub(crate) summary: String,
    /// why it matters and what the directive changes, Markdown
    pub(crate) rationale: String,
    /// what stops working, and how to see it beforehand
    #[serde(default)]
    pub(crate) breaks: String,
    /// the release of unitlint that brought the rule
    pub(crate) since: String,
    #[serde(default)]
    pub(crate) status: String,
    /// allow, note, warn or error
    pub(crate) level: String,
    /// how often the fix breaks a running service: low, medium or high
    #[serde(default)]
    pub(crate) risk: String,
    pub(crate) exposure: Option<ExposureFile>,
    pub(crate) check: CheckFile,
    /// what is so when the check is good
    #[serde(default)]
    pub(crate) good: String,
    /// the summary in a certain state of the check
    #[serde(default)]
    pub(crate) messages: BTreeMap<String, String>,
    pub(crate) fix: Option<FixFile>,
    /// the finding in words, with {about}, {key}, {section}, {unit} and {systemd}; instead of `messages` where there is one
    #[serde(default)]
    pub(crate) say: String,
    #[serde(default)]
    pub(crate) references: Vec<String>,
    #[serde(default)]
    pub(crate) example: Vec<ExampleFile>,
}

/// The row of `systemd-analyze security` that the rule reproduces.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExposureFile {
    pub(crate) id: String,
    /// the name that systemd prints
    pub(crate) name: String,
    pub(crate) weight: u32,
    pub(crate) range: u32,
    /// not applicable under `DefaultDependencies=no`
    #[serde(default)]
    pub(crate) needs_default_dependencies: bool,
}

/// The directive that silences the rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixFile {
    pub(crate) set: String,
    pub(crate) safety: String,
}

/// A unit that the rule is shown and tested on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExampleFile {
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) systemd: u16,
    #[serde(default)]
    pub(crate) scope: String,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) fixed: String,
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
}

/// The closed set of matchers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "snake_case")]
pub(crate) enum CheckFile {
    /// a boolean that should be on (`bad = true`: off)
    Bool {
        key: String,
        #[serde(default)]
        bad: bool,
    },
    /// a word, each with its badness
    Enum {
        key: String,
        badness: BTreeMap<String, u32>,
    },
    /// any of these left in the bounding set
    CapabilityBoundingSet {
        caps: Vec<String>,
    },
    /// this type of namespace can still be made
    RestrictNamespaces {
        namespace: String,
    },
    /// sockets of these families can still be made; an empty list means all others
    RestrictAddressFamilies {
        families: Vec<String>,
    },
    /// members of this group can still be called
    SyscallFilter {
        group: String,
    },
    User {},
    SupplementaryGroups {},
    RootDirectory {},
    Umask {},
    RemoveIpc {},
    SyscallArchitectures {},
    IpAddress {},
    DeviceAllow {},
    AmbientCapabilities {},
    /// the whole exposure score of a unit
    ExposureScore {},
    /// comments that switch rules off
    Suppression {},
    /// the loader of systemd says one of these; `case` tells apart what systemd does not
    Message {
        messages: Vec<String>,
        #[serde(default)]
        case: String,
    },
}
