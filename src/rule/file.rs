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
    /// the release of unitlint that brought the rule, or that made it stable after it was a preview: a pinned rule set
    /// asks for it
    #[serde(default)]
    pub(crate) since: String,
    #[serde(default)]
    pub(crate) status: String,
    /// allow, note, warn or error
    pub(crate) level: String,
    /// how often the fix breaks a running service: low, medium or high
    #[serde(default)]
    pub(crate) risk: String,
    pub(crate) exposure: Option<ExposureFile>,
    pub(crate) resources: Option<ResourcesFile>,
    pub(crate) check: CheckFile,
    #[serde(default)]
    pub(crate) when: WhenFile,
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

/// The check of the resource score that the rule is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResourcesFile {
    pub(crate) weight: u32,
    pub(crate) range: u32,
    /// which units are asked, in words
    pub(crate) asked: String,
    /// how bad each state of the check is; one that is good has no name
    pub(crate) values: BTreeMap<String, u32>,
    pub(crate) step: Option<StepFile>,
}

/// What is proposed against a bad state.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepFile {
    /// `KEY=VALUE`; `KEY=` where the number is the unit's own
    pub(crate) set: String,
    /// how to find the number, or what the line does; `UNIT` stands for the unit
    pub(crate) how: String,
    /// the state with the line, whatever number it has; empty for the good one
    #[serde(default)]
    pub(crate) state: String,
    /// the states that it is against; empty for all that are worse
    #[serde(default)]
    pub(crate) against: Vec<String>,
}

/// What the rule is limited to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhenFile {
    /// types of units
    #[serde(default)]
    pub(crate) units: Vec<String>,
    /// the first systemd
    #[serde(default)]
    pub(crate) systemd: u16,
    /// directives one of which is set
    #[serde(default)]
    pub(crate) sets: Vec<String>,
}

/// The directive that silences the rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FixFile {
    pub(crate) set: String,
    pub(crate) safety: String,
    /// what evidence has to prove of a unit's programs so that the fix is safe
    #[serde(default)]
    pub(crate) needs: Vec<String>,
}

impl FixFile {
    /// Key and value.
    pub(crate) fn parts(&self) -> (&str, &str) {
        self.set.split_once('=').unwrap_or((&self.set, ""))
    }
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
    /// of a rule about packages: who installs it, `deb` or `rpm`; or `image` for a whole system
    #[serde(default)]
    pub(crate) format: String,
    /// of a rule about packages: what runs when it comes and goes
    #[serde(default)]
    pub(crate) scripts: BTreeMap<String, String>,
    /// of a rule about packages: what is wrong with the archive, `broken`, `limit`, `trick` or `odd`
    #[serde(default)]
    pub(crate) fault: String,
    /// the names of files that carry a finding as a whole; the empty one for the package itself
    #[serde(default)]
    pub(crate) whole: Vec<String>,
    /// the machine that it is judged for: profiles, separated by commas
    #[serde(default)]
    pub(crate) host: String,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) fixed: String,
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// other units beside it, and by their whole paths other files: then all units are looked at
    #[serde(default)]
    pub(crate) units: BTreeMap<String, String>,
    /// files of a whole system around it
    #[serde(default)]
    pub(crate) root: BTreeMap<String, NodeFile>,
}

/// A file of the system around an example; a directory where neither text nor link is told.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeFile {
    /// what it holds
    pub(crate) text: Option<String>,
    /// where it leads
    pub(crate) link: Option<String>,
    /// permission bits in octal
    #[serde(default)]
    pub(crate) mode: String,
    /// UID:GID
    #[serde(default)]
    pub(crate) owner: String,
}

impl NodeFile {
    /// Permission bits, owner and group; `None` for what cannot be read.
    pub(crate) fn rights(&self) -> Option<(u32, u32, u32)> {
        let usual = if self.text.is_some() { 0o644 } else { 0o755 };
        let mode = if self.mode.is_empty() { usual } else { u32::from_str_radix(&self.mode, 8).ok()? };
        let (uid, gid) = if self.owner.is_empty() { ("0", "0") } else { self.owner.split_once(':')? };
        Some((mode, uid.parse().ok()?, gid.parse().ok()?))
    }
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
    /// `<id>.rs` beside the rule file tells how far a unit is bounded: a check of the resource score
    Bound {},
    /// the whole resource score of a unit
    ResourceScore {},
    /// comments that switch rules off
    Suppression {},
    /// the loader of systemd says one of these; `case` tells apart what systemd does not
    Message {
        messages: Vec<String>,
        #[serde(default)]
        case: String,
    },
    /// `<id>.rs` beside the rule file looks at the unit
    Code {},
    /// the same, and it looks at the files of the unit's system
    Files {},
    /// the same, and it looks at a package as a whole
    Package {},
    /// the same for several units at once
    World {},
    /// what is wrong with unitlint.toml and the user's own rules
    Configuration {},
    /// a way by which a process that was taken over undoes these protections
    Escape {
        undoes: Vec<String>,
        by: Vec<String>,
        closes: Vec<String>,
        /// it is no news by itself
        #[serde(default)]
        weak: bool,
    },
    /// all such ways of a unit
    EscapeSum {},
    /// settings that do not go together; the finding is at the key `at`
    Settings {
        at: String,
        all: Vec<String>,
        #[serde(default)]
        any: Vec<String>,
        #[serde(default)]
        none: Vec<String>,
    },
    /// the key must be assigned
    Required {
        key: String,
    },
    /// the key must not be assigned, or not have one of these values
    Forbidden {
        key: String,
        #[serde(default)]
        values: Vec<String>,
    },
    /// settings of several units that have to stand to one another as these say; for a user's own rules
    Relation {
        holds: Vec<HoldsFile>,
    },
    /// there is no such rule any more; where its name is used, the successor is meant
    Removed {
        #[serde(default)]
        successor: String,
    },
}

/// What has to hold: a relation, alone or with the reason for it. `rule/relation/mod.rs` has its grammar.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "this has to be a relation in quotes, or a table with that and because")]
pub(crate) enum HoldsFile {
    Plain(String),
    Told(ToldFile),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToldFile {
    /// the relation
    pub(crate) that: String,
    /// what it is for
    #[serde(default)]
    pub(crate) because: String,
}

impl HoldsFile {
    /// The relation, and what it is for.
    pub(crate) fn parts(&self) -> (&str, &str) {
        match self {
            Self::Plain(that) => (that, ""),
            Self::Told(told) => (&told.that, &told.because),
        }
    }
}

pub(crate) fn no_directive(key: &str) -> String {
    format!("{key}= is no directive of any known systemd")
}

/// What conditions ask besides directives.
const SUBJECTS: &str = "@root, @user-manager, @cap=, @call=, @family=, @namespace=, @reachable=, @writable=, @disks, @new-privileges, \
     @attached";

/// A condition on a unit, taken apart: `Key`, `Key=a|b`, `@root`, `@user-manager`, `@cap=CAP_X`, each perhaps behind `!`.
pub(crate) struct ConditionFile<'a> {
    /// `!`
    pub(crate) negated: bool,
    /// the key, or what `@` begins
    pub(crate) subject: &'a str,
    /// one of these; empty where it only has to be on
    pub(crate) words: Vec<&'a str>,
}

impl<'a> ConditionFile<'a> {
    pub(crate) fn parse(text: &'a str) -> Self {
        let (negated, rest) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let (subject, words) = rest.split_once('=').map_or((rest, Vec::new()), |(s, w)| (s, w.split('|').collect()));
        Self { negated, subject, words }
    }

    /// What is wrong with it.
    fn fault(&self, is_key: &dyn Fn(&str) -> bool) -> Option<String> {
        match (self.subject, self.words.as_slice()) {
            ("@root" | "@user-manager" | "@disks" | "@new-privileges" | "@attached", []) => None,
            ("@call" | "@family" | "@namespace" | "@reachable" | "@writable", words) if !words.is_empty() => None,
            ("@cap", words) if !words.is_empty() && words.iter().all(|w| w.starts_with("CAP_")) => None,
            (key, _) if !key.starts_with('@') && is_key(key) => None,
            (other, _) => Some(format!("{other} is neither a directive nor one of {SUBJECTS}")),
        }
    }
}

impl RuleFile {
    /// What serde cannot see: the field, and what is wrong with it.
    pub(crate) fn complaints(&self, id: &str, is_key: &dyn Fn(&str) -> bool) -> Vec<(&'static str, String)> {
        let mut out = Vec::new();
        let mut expect = |good: bool, field, what: String| {
            if !good {
                out.push((field, what));
            }
        };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        expect(!id.is_empty() && id.bytes().all(plain), "", format!("the id {id} is not lower case with dashes"));
        let one_of = |word: &str, words: &[&str]| words.contains(&word);
        expect(
            one_of(&self.level, &["allow", "note", "warn", "error"]),
            "level",
            format!("level is {:?}, not allow, note, warn or error", self.level),
        );
        expect(
            one_of(&self.status, &["", "stable", "preview"]),
            "status",
            format!("status is {:?}, not stable or preview", self.status),
        );
        expect(
            one_of(&self.risk, &["", "low", "medium", "high"]),
            "risk",
            format!("risk is {:?}, not low, medium or high", self.risk),
        );
        expect(
            !self.summary.trim().is_empty() && !self.summary.ends_with('.'),
            "summary",
            "the summary is empty or a full sentence".into(),
        );
        expect(!self.rationale.trim().is_empty(), "rationale", "the rationale is empty".into());
        for unit in &self.when.units {
            let known = "service socket target device mount automount swap timer path slice scope";
            expect(known.split(' ').any(|k| k == unit), "when.units", format!("{unit} is no type of unit"));
        }
        for key in &self.when.sets {
            expect(is_key(key), "when.sets", no_directive(key));
        }
        for (path, node) in self.example.iter().flat_map(|e| &e.root) {
            let good = path.starts_with('/') && node.rights().is_some();
            expect(good, "example", format!("{path} of the root is no absolute path, or has no such mode or owner"));
        }
        match &self.check {
            CheckFile::Bool { key, .. }
            | CheckFile::Enum { key, .. }
            | CheckFile::Required { key }
            | CheckFile::Forbidden { key, .. } => {
                expect(is_key(key), "check.key", no_directive(key));
            }
            CheckFile::Settings { at, all, any, none } => {
                expect(is_key(at), "check", format!("{at}= is no directive of any known systemd"));
                for condition in all.iter().chain(any).chain(none) {
                    if let Some(what) = ConditionFile::parse(condition).fault(is_key) {
                        expect(false, "check", what);
                    }
                }
            }
            CheckFile::Escape { undoes, by, closes, .. } => {
                for key in undoes.iter().map(String::as_str).chain(closes.iter().filter_map(|c| c.split('=').next())) {
                    expect(is_key(key), "check", format!("{key}= is no directive of any known systemd"));
                }
                for condition in by {
                    if let Some(what) = ConditionFile::parse(condition).fault(is_key) {
                        expect(false, "check", what);
                    }
                }
            }
            CheckFile::Relation { holds } => {
                let said = !holds.is_empty() && holds.iter().all(|h| !h.parts().0.trim().is_empty());
                expect(said, "check.holds", "nothing is said that has to hold".into());
                let alone = self.when.units.is_empty() && self.when.sets.is_empty();
                expect(alone, "when", "a relation names its units itself".into());
            }
            _ => {}
        }
        if let Some(resources) = &self.resources {
            let ResourcesFile { weight, range, values, step, .. } = resources;
            let worst = values.values().max().copied().unwrap_or_default();
            expect(
                *weight > 0 && worst == *range && !values.contains_key(""),
                "resources",
                format!("the worst value is {worst} and the range {range}, or the weight is nothing"),
            );
            if let Some(step) = step {
                let (key, _) = step.set.split_once('=').unwrap_or_default();
                expect(is_key(key), "resources.step", no_directive(key));
                for state in step.against.iter().chain(Some(&step.state).filter(|s| !s.is_empty())) {
                    expect(values.contains_key(state), "resources.step", format!("{state} is no state of the check"));
                }
            }
            let told = values.keys().all(|state| self.messages.contains_key(state));
            expect(told, "messages", "a state of the check has no message".into());
        }
        expect(
            self.resources.is_some() == matches!(self.check, CheckFile::Bound {}),
            "resources",
            "a check of the resource score has both: resources, and a check of kind bound".into(),
        );
        if let Some(fix) = &self.fix {
            expect(
                one_of(&fix.safety, &["display", "unsafe", "safe"]),
                "fix.safety",
                format!("fix.safety is {:?}, not display, unsafe or safe", fix.safety),
            );
            let (key, _) = fix.parts();
            expect(is_key(key), "fix.set", no_directive(key));
        }
        out
    }
}
