//! `unitlint.toml`: where it is, what can be said in it, and what it says.
//!
//! It is searched from a directory upward to the root of the repository and no further: a file above a checkout is
//! somebody else's. Outside of a repository only the directory itself is looked at.

mod read;

use super::FailOn;
use super::attach;
use super::selection::{PerFile, RuleSet, Selection, Wanted};
use crate::rule::pattern::Pattern;
use crate::rule::{self, Check, Finding, Level, Note, Registry};
use crate::target::{Kernel, Target};
use crate::text::{Loc, Source, Span};
use crate::tree::{Tree, Unresolved, resolve};
use crate::vocab::{Arch, Scope};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The name of the file.
pub const NAME: &str = "unitlint.toml";

/// Larger files are not read: what people write by hand is a thousand times smaller.
pub const MAX_FILE: u64 = 1 << 20;

/// A setting of the file.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// as it is written
    pub name: &'static str,
    /// what it takes
    pub takes: Takes,
    /// a value that it takes, in TOML
    pub example: &'static str,
    /// what it does
    pub about: &'static str,
}

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// a release of systemd or a distribution
    Systemd,
    /// a kernel series
    Kernel,
    /// a processor
    Arch,
    /// whose manager
    Scope,
    /// a release of unitlint
    RuleSet,
    /// true or false
    Flag,
    /// rules and groups
    Rules,
    /// rules and groups, each with a level
    Levels,
    /// levels, groups, rules, scores and `worse`
    Gates,
    /// tables of paths with rules and levels
    PerFile,
    /// a file, seen from where the configuration is
    File,
    /// the name of a profile of portable services, or a file as above
    Profile,
    /// directories, seen from there
    Directories,
}

const fn setting(name: &'static str, takes: Takes, example: &'static str, about: &'static str) -> Setting {
    Setting { name, takes, example, about }
}

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    setting(
        "systemd",
        Takes::Systemd,
        "\"debian13\"",
        "the systemd to judge for: a release (239 to 262, latest) or a distribution such as debian13",
    ),
    setting("kernel", Takes::Kernel, "\"6.12\"", "the kernel to judge for; a distribution has its own"),
    setting("arch", Takes::Arch, "\"arm64\"", "the processor to judge for"),
    setting("scope", Takes::Scope, "\"user\"", "whose units they are where the path does not tell: system or user"),
    setting("select", Takes::Rules, "[\"correctness\"]", "only these rules and groups speak; all for every rule"),
    setting("extend-select", Takes::Rules, "[\"private-tmp\"]", "these rules and groups speak besides"),
    setting("ignore", Takes::Rules, "[\"file-mode\"]", "these rules and groups say nothing"),
    setting(
        "levels",
        Takes::Levels,
        "{ versions = \"note\", removed-key = \"error\" }",
        "how loud a rule or group is: allow, note, warn or error; a rule's own counts before its group's",
    ),
    setting(
        "per-file",
        Takes::PerFile,
        "[{ paths = [\"debian/*.service\"], ignore = [\"unknown-key\"], levels = { versions = \"allow\" } }]",
        "other rules or levels for some files; a pattern is compared with the end of a path",
    ),
    setting("preview", Takes::Flag, "true", "new rules speak too; they do not fail a run"),
    setting(
        "rule-set",
        Takes::RuleSet,
        "\"0.1\"",
        "the release of unitlint whose rules are in force: what came later is silent",
    ),
    setting(
        "fail-on",
        Takes::Gates,
        "[\"warn\", \"score>6.0\"]",
        "what makes the exit status 1: levels, groups, rules, scores, and worse: an exposure that rose",
    ),
    setting(
        "security-policy",
        Takes::File,
        "\"policy.json\"",
        "weights and ranges of the exposure checks: a file in the JSON of systemd-analyze",
    ),
    setting(
        "profile",
        Takes::Profile,
        "\"strict\"",
        "check, security and cat look at units as if attached with this profile of portable services: a name or a file",
    ),
    setting("rules", Takes::Directories, "[\"policy\"]", "directories with rules of your own"),
    setting(
        "baseline",
        Takes::File,
        "\"baseline.json\"",
        "what is known: only what is new or worse is reported; check --write-baseline makes the file",
    ),
];

/// What was said, and where.
#[derive(Clone, Debug)]
pub struct Said<T> {
    /// what it means
    pub value: T,
    /// as it was written
    pub text: String,
    /// where
    pub at: Loc,
}

/// Exceptions for files, as they were said.
#[derive(Clone, Debug, Default)]
pub struct PerFileSaid {
    /// `paths`
    pub paths: Vec<Said<Pattern>>,
    /// `ignore`
    pub ignore: Vec<Said<Wanted>>,
    /// `levels`
    pub levels: Vec<(Said<Wanted>, Level)>,
}

/// What a file says. What is wrong in it is a finding and counts for nothing else.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// where it is; `None` when there is none
    pub path: Option<PathBuf>,
    /// `systemd`
    pub systemd: Option<Said<Target>>,
    /// `kernel`
    pub kernel: Option<Said<Kernel>>,
    /// `arch`
    pub arch: Option<Said<Arch>>,
    /// `scope`
    pub scope: Option<Said<Scope>>,
    /// `select`
    pub select: Vec<Said<Wanted>>,
    /// `extend-select`
    pub extend: Vec<Said<Wanted>>,
    /// `ignore`
    pub ignore: Vec<Said<Wanted>>,
    /// `levels`
    pub levels: Vec<(Said<Wanted>, Level)>,
    /// `per-file`
    pub per_file: Vec<PerFileSaid>,
    /// `preview`
    pub preview: Option<Said<bool>>,
    /// `rule-set`
    pub rule_set: Option<Said<RuleSet>>,
    /// `fail-on`
    pub fail_on: Vec<Said<FailOn>>,
    /// `security-policy`, seen from the current directory
    pub security_policy: Option<Said<PathBuf>>,
    /// `profile`; a path is seen from the current directory
    pub profile: Option<Said<attach::Wanted>>,
    /// `rules`, seen from the current directory
    pub directories: Vec<Said<PathBuf>>,
    /// `baseline`, seen from the current directory
    pub baseline: Option<Said<PathBuf>>,
    /// the built-in rules and those of the directories
    pub rules: Registry,
    /// what is wrong, in the order of the file; what is wrong with rules of the user's own comes behind
    pub findings: Vec<Finding>,
}

/// The configuration for a directory, if there is one: where it lies, and the directory that no link may lead out of.
pub fn search(tree: &dyn Tree, from: &Path) -> Option<(PathBuf, PathBuf)> {
    let has = |dir: &Path, name: &str| tree.stat(&dir.join(name)).is_ok();
    let top = from.ancestors().find(|dir| has(dir, ".git")).unwrap_or(from);
    let mut below = from.ancestors().take_while(|dir| dir.starts_with(top));
    below.find(|dir| has(dir, NAME)).map(|dir| (dir.join(NAME), top.to_owned()))
}

/// The bytes of a file that people write for unitlint. A link may not lead out of `top`: whoever writes into a checkout
/// could else have any file shown.
///
/// # Errors
/// A sentence for the user.
pub fn load(tree: &dyn Tree, top: &Path, path: &Path) -> Result<Vec<u8>, String> {
    let file = resolve(tree, top, path).map_err(|e| match e {
        Unresolved::Loop => "its links go in a circle".to_owned(),
        Unresolved::Missing if tree.stat(path).is_ok() => format!("a link that leads nowhere in {}", top.display()),
        Unresolved::Missing => "there is no such file".to_owned(),
        Unresolved::Failed(e) => e.to_string(),
    })?;
    match tree.stat(&file).map(|stat| stat.size) {
        Ok(size) if size > MAX_FILE => Err("it is larger than 1 MiB".to_owned()),
        Ok(_) => tree.read(&file).map_err(|e| match e.kind() {
            std::io::ErrorKind::InvalidInput => "it is no regular file".to_owned(),
            _ => e.to_string(),
        }),
        Err(e) => Err(e.to_string()),
    }
}

impl Config {
    /// Reads a file of this text, which lies at a path, and the rules that it names.
    pub fn read(tree: &dyn Tree, path: &Path, bytes: Vec<u8>) -> Self {
        read::read(tree, path, bytes)
    }

    /// In place of a file that cannot be read.
    pub fn unreadable(path: &Path, why: &str) -> Self {
        let mut config = Self { path: Some(path.to_owned()), ..Self::default() };
        let nowhere = place(&Arc::new(Source::new(path, Vec::new())), 0..0);
        config.findings.extend(complaint(nowhere, format!("the configuration cannot be read: {why}"), None));
        config
    }

    /// Which rules speak.
    pub fn selection(&self) -> Selection {
        let wanted = |list: &[Said<Wanted>]| list.iter().map(|said| said.value).collect();
        let levels = |list: &[(Said<Wanted>, Level)]| list.iter().map(|(said, level)| (said.value, *level)).collect();
        let per_file = |said: &PerFileSaid| PerFile {
            paths: said.paths.iter().map(|said| said.value.clone()).collect(),
            ignore: wanted(&said.ignore),
            levels: levels(&said.levels),
        };
        Selection {
            select: wanted(&self.select),
            extend: wanted(&self.extend),
            ignore: wanted(&self.ignore),
            levels: levels(&self.levels),
            preview: self.preview.as_ref().is_some_and(|said| said.value),
            rule_set: self.rule_set.as_ref().map(|said| said.value.clone()),
            per_file: self.per_file.iter().map(per_file).collect(),
        }
    }

    /// One more thing that turned out to be wrong.
    pub fn fault(&mut self, at: &Loc, what: String) {
        self.findings.extend(complaint(at.clone(), what, None));
        self.sort();
    }

    /// In the order of the file; rule files come after it.
    fn sort(&mut self) {
        let own = self.path.clone().unwrap_or_default();
        self.findings.sort_by_key(|f| (f.path != own, f.path.clone(), f.at.as_ref().map(|at| at.span)));
    }
}

/// Some bytes of a file; those beyond its end are left out.
pub(super) fn place(source: &Arc<Source>, range: Range<usize>) -> Loc {
    let end = source.bytes.len();
    Loc { source: source.clone(), span: Span::new(range.start.min(end), range.end.min(end)) }
}

/// A finding of the rule that speaks for the configuration.
pub(super) fn complaint(at: Loc, message: String, hint: Option<String>) -> Option<Finding> {
    let rule = rule::RULES.iter().find(|r| matches!(r.check, Check::Configuration))?;
    let path = at.path().to_owned();
    Some(Finding {
        rule,
        level: rule.level,
        unit: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        scope: Scope::System,
        path,
        at: Some(at),
        message,
        notes: hint.map(Note::new).into_iter().collect(),
        fixes: Vec::new(),
        verify: None,
    })
}
