//! `unitlint.toml`: what it says and where, with every mistake in it as a finding at its place.
//!
//! It is searched from a directory upward to the root of the repository and no further: a file above a checkout is
//! somebody else's. Outside of a repository only the directory itself is looked at.

use super::selection::{PerFile, RuleSet, Wanted};
use super::{FailOn, Selection};
use crate::rule::{self, Check, Finding, Level, Note, Registry};
use crate::target::Target;
use crate::text::{Loc, Source, Span};
use crate::tree::{NodeKind, Tree};
use crate::vocab::{Arch, Scope};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// The name of the file.
pub const NAME: &str = "unitlint.toml";

/// A setting of the file: its name, its JSON type, and what it does.
#[derive(Clone, Copy, Debug)]
pub struct Described {
    /// as it is written
    pub name: &'static str,
    /// what it takes
    pub kind: Takes,
    /// what it does
    pub about: &'static str,
}

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// text
    Text,
    /// true or false
    Flag,
    /// a list of texts
    Texts,
    /// rules and groups
    Rules,
    /// rules and groups, each with a level
    Levels,
    /// tables of paths with rules and levels
    PerFile,
}

/// Every setting there is.
pub const SETTINGS: &[Described] = &[
    Described {
        name: "systemd",
        kind: Takes::Text,
        about: "the systemd to judge for: a release (239 to 262, latest) or a distribution such as debian13",
    },
    Described { name: "kernel", kind: Takes::Text, about: "the kernel to judge for, such as 6.12" },
    Described { name: "arch", kind: Takes::Text, about: "the processor to judge for, such as arm64" },
    Described {
        name: "scope",
        kind: Takes::Text,
        about: "whose units they are where the path does not tell: system or user",
    },
    Described { name: "select", kind: Takes::Rules, about: "only these rules and groups speak; all for every rule" },
    Described { name: "extend-select", kind: Takes::Rules, about: "these rules and groups speak besides" },
    Described { name: "ignore", kind: Takes::Rules, about: "these rules and groups say nothing" },
    Described { name: "levels", kind: Takes::Levels, about: "how loud a rule or group is: allow, note, warn or error" },
    Described { name: "per-file", kind: Takes::PerFile, about: "other rules or levels for some files" },
    Described { name: "preview", kind: Takes::Flag, about: "new rules speak too; they never fail a run" },
    Described {
        name: "rule-set",
        kind: Takes::Text,
        about: "the release of unitlint whose rules are in force, such as 0.1: what came later is silent",
    },
    Described {
        name: "fail-on",
        kind: Takes::Texts,
        about: "what makes the exit status 1: a level, a group, a rule, score>6.0, or worse",
    },
    Described {
        name: "security-policy",
        kind: Takes::Text,
        about: "weights and ranges of the exposure checks: a file in the JSON of systemd-analyze",
    },
    Described { name: "rules", kind: Takes::Texts, about: "directories with rules of your own" },
    Described {
        name: "baseline",
        kind: Takes::Text,
        about: "the file with what is known: only what is new or worse is reported; check --write-baseline makes it",
    },
];

/// A value with the place where it was said.
#[derive(Clone, Debug)]
pub struct Said<T> {
    /// what
    pub value: T,
    /// where
    pub at: Loc,
}

/// Exceptions for files, as they were said.
#[derive(Clone, Debug, Default)]
pub struct PerFileSaid {
    paths: Vec<Said<String>>,
    ignore: Vec<Said<String>>,
    levels: Vec<(Said<String>, Level)>,
}

impl PerFileSaid {
    /// The patterns of the files.
    pub fn paths(&self) -> &[Said<String>] {
        &self.paths
    }
}

/// What a file says, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// where it is; `None` when there is none
    pub path: Option<PathBuf>,
    /// `systemd`
    pub systemd: Option<Said<String>>,
    /// `kernel`
    pub kernel: Option<Said<String>>,
    /// `arch`
    pub arch: Option<Said<String>>,
    /// `scope`
    pub scope: Option<Said<String>>,
    /// `select`
    pub select: Vec<Said<String>>,
    /// `extend-select`
    pub extend: Vec<Said<String>>,
    /// `ignore`
    pub ignore: Vec<Said<String>>,
    /// `levels`
    pub levels: Vec<(Said<String>, Level)>,
    /// `per-file`
    pub per_file: Vec<PerFileSaid>,
    /// `preview`
    pub preview: Option<Said<bool>>,
    /// `rule-set`
    pub rule_set: Option<Said<String>>,
    /// `fail-on`
    pub fail_on: Vec<Said<String>>,
    /// `security-policy`
    pub security_policy: Option<Said<String>>,
    /// `rules`
    pub rules: Vec<Said<String>>,
    /// `baseline`
    pub baseline: Option<Said<String>>,
    /// what is wrong
    pub findings: Vec<Finding>,
}

/// The configuration that is in force for a directory, if there is one.
pub fn search(tree: &dyn Tree, from: &Path) -> Option<PathBuf> {
    let here = |dir: &Path, name: &str| tree.stat(&dir.join(name)).ok().map(|s| s.kind);
    let is_config = |dir: &Path| matches!(here(dir, NAME), Some(NodeKind::File | NodeKind::Link));
    let top = from.ancestors().find(|dir| here(dir, ".git").is_some()).unwrap_or(from);
    from.ancestors().take_while(|dir| dir.starts_with(top)).find(|dir| is_config(dir)).map(|dir| dir.join(NAME))
}

impl Config {
    /// Reads a file. What is wrong in it becomes a finding; the rest counts.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(tree: &dyn Tree, path: &Path) -> std::io::Result<Self> {
        let source = Arc::new(Source::new(path, tree.read(path)?));
        let mut reader = Reader { config: Self { path: Some(path.to_owned()), ..Self::default() }, source };
        let source = reader.source.clone();
        match std::str::from_utf8(&source.bytes) {
            Err(e) => reader.fault(e.valid_up_to()..e.valid_up_to() + 1, "this is not UTF-8", None),
            Ok(text) => {
                let (table, errors) = DeTable::parse_recoverable(text);
                for e in &errors {
                    reader.fault(e.span().unwrap_or(0..0), e.message(), None);
                }
                reader.table(table.get_ref());
            }
        }
        Ok(reader.config)
    }

    /// A path that the file names, seen from where the file is.
    pub fn beside(&self, path: &str) -> PathBuf {
        self.path.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join(path)
    }

    fn fault(&mut self, at: &Loc, text: impl Into<String>) {
        self.findings.extend(complaint(at.clone(), text.into(), None));
    }

    /// Reads the rules of the directories that the file names.
    pub fn own_rules(&mut self, tree: &dyn Tree) -> Registry {
        let mut rules = Registry::default();
        for said in std::mem::take(&mut self.rules) {
            let dir = self.beside(&said.value);
            match super::own_rules::read(tree, &dir, &mut rules) {
                Ok(faults) => {
                    self.findings.extend(faults.into_iter().filter_map(|(at, text)| complaint(at, text, None)));
                }
                Err(e) => self.fault(&said.at, format!("{}: {e}", dir.display())),
            }
            self.rules.push(said);
        }
        rules
    }

    /// What the file says of the target.
    pub fn target(&mut self) -> Target {
        let mut target = Target::default();
        if let Some(said) = self.systemd.clone() {
            match Target::parse(&said.value) {
                Ok(parsed) => target = parsed,
                Err(e) => self.fault(&said.at, e),
            }
        }
        if let Some(said) = self.kernel.clone() {
            match crate::target::Kernel::parse(&said.value) {
                Some(kernel) => target.kernel = Some(kernel),
                None => self.fault(&said.at, format!("{} is no kernel version; give one like 6.12", said.value)),
            }
        }
        if let Some(said) = self.arch.clone() {
            match Arch::named(&said.value) {
                Some(arch) => target.arch = arch,
                None => self.fault(&said.at, format!("{} is no architecture", said.value)),
            }
        }
        target
    }

    /// Whose units they are where the path does not tell.
    pub fn scope(&mut self) -> Option<Scope> {
        let said = self.scope.clone()?;
        match said.value.as_str() {
            "system" => Some(Scope::System),
            "user" => Some(Scope::User),
            other => {
                self.fault(&said.at, format!("{other} is no scope: system or user"));
                None
            }
        }
    }

    /// Which rules speak.
    pub fn selection(&mut self, rules: &Registry) -> Selection {
        let mut faults = Vec::new();
        let mut wanted = |said: &Said<String>| match Wanted::parse(&said.value, rules) {
            Ok(wanted) => Some(wanted),
            Err(e) => {
                faults.push((said.at.clone(), e));
                None
            }
        };
        let mut all = |list: &[Said<String>]| list.iter().filter_map(&mut wanted).collect::<Vec<_>>();
        let (select, extend, ignore) = (all(&self.select), all(&self.extend), all(&self.ignore));
        let ignored: Vec<Vec<Wanted>> = self.per_file.iter().map(|p| all(&p.ignore)).collect();
        let mut louder = |list: &[(Said<String>, Level)]| {
            list.iter().filter_map(|(said, level)| Some((wanted(said)?, *level))).collect::<Vec<_>>()
        };
        let levels = louder(&self.levels);
        let mut per_file = Vec::new();
        for (said, ignore) in self.per_file.iter().zip(ignored) {
            let levels = louder(&said.levels);
            per_file.push((said.paths.clone(), PerFile { paths: Vec::new(), ignore, levels }));
        }
        for (paths, exception) in &mut per_file {
            for said in paths {
                match glob::Pattern::new(&said.value) {
                    Ok(pattern) => exception.paths.push(pattern),
                    Err(e) => faults.push((said.at.clone(), format!("{} is no pattern: {}", said.value, e.msg))),
                }
            }
        }
        let rule_set = self.rule_set.as_ref().and_then(|said| match RuleSet::parse(&said.value) {
            Ok(set) => Some(set),
            Err(e) => {
                faults.push((said.at.clone(), e));
                None
            }
        });
        for (at, text) in faults {
            self.fault(&at, text);
        }
        let per_file = per_file.into_iter().map(|(_, exception)| exception).collect();
        let preview = self.preview.as_ref().is_some_and(|p| p.value);
        Selection { select, extend, ignore, levels, preview, rule_set, per_file }
    }

    /// What makes a run fail; empty when nothing is said.
    pub fn gates(&mut self, rules: &Registry) -> Vec<FailOn> {
        let mut gates = Vec::new();
        for said in self.fail_on.clone() {
            match FailOn::parse(&said.value, rules) {
                Ok(gate) => gates.push(gate),
                Err(e) => self.fault(&said.at, e),
            }
        }
        gates
    }
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

struct Reader {
    config: Config,
    source: Arc<Source>,
}

impl Reader {
    fn loc(&self, range: Range<usize>) -> Loc {
        let end = self.source.bytes.len();
        Loc { source: self.source.clone(), span: Span::new(range.start.min(end), range.end.min(end)) }
    }

    fn fault(&mut self, at: Range<usize>, text: &str, hint: Option<String>) {
        let at = self.loc(at);
        self.config.findings.extend(complaint(at, text.to_owned(), hint));
    }

    /// A member that there is not.
    fn unknown(&mut self, at: Range<usize>, name: &str, known: &[&str]) {
        let near = crate::suggest::nearest(name, known.iter().copied()).map(|n| format!("did you mean {n}?"));
        let hint = near.unwrap_or_else(|| format!("there are {}", known.join(", ")));
        self.fault(at, &format!("{name} is no setting"), Some(hint));
    }

    fn table(&mut self, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "systemd" => self.config.systemd = self.text(value),
                "kernel" => self.config.kernel = self.text(value),
                "arch" => self.config.arch = self.text(value),
                "scope" => self.config.scope = self.text(value),
                "select" => self.config.select = self.texts(value),
                "extend-select" => self.config.extend = self.texts(value),
                "ignore" => self.config.ignore = self.texts(value),
                "levels" => self.config.levels = self.levels(value),
                "per-file" => self.config.per_file = self.per_file(value),
                "preview" => match value.get_ref() {
                    DeValue::Boolean(on) => {
                        self.config.preview = Some(Said { value: *on, at: self.loc(value.span()) });
                    }
                    _ => self.fault(value.span(), "preview is true or false", None),
                },
                "rule-set" => self.config.rule_set = self.text(value),
                "fail-on" => self.config.fail_on = self.texts(value),
                "security-policy" => self.config.security_policy = self.text(value),
                "rules" => self.config.rules = self.texts(value),
                "baseline" => self.config.baseline = self.text(value),
                other => {
                    let known: Vec<&str> = SETTINGS.iter().map(|s| s.name).collect();
                    self.unknown(key.span(), other, &known);
                }
            }
        }
    }

    fn text(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Said<String>> {
        // numbers without quotes are what people write for a release
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            _ => {
                self.fault(value.span(), "this has to be a text in quotes", None);
                return None;
            }
        };
        Some(Said { value: text, at: self.loc(value.span()) })
    }

    fn texts(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<Said<String>> {
        match value.get_ref() {
            DeValue::Array(list) => list.iter().filter_map(|v| self.text(v)).collect(),
            DeValue::String(_) => self.text(value).into_iter().collect(),
            _ => {
                self.fault(value.span(), "this has to be a list of texts", None);
                Vec::new()
            }
        }
    }

    fn levels(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<(Said<String>, Level)> {
        let DeValue::Table(table) = value.get_ref() else {
            self.fault(value.span(), "this has to be a table of rules with their levels", None);
            return Vec::new();
        };
        let mut out = Vec::new();
        for (key, value) in table {
            let Some(word) = self.text(value) else { continue };
            match Level::named(&word.value) {
                Some(level) => {
                    out.push((Said { value: key.get_ref().to_string(), at: self.loc(key.span()) }, level));
                }
                None => {
                    let text = format!("{} is no level: allow, note, warn or error", word.value);
                    self.fault(value.span(), &text, None);
                }
            }
        }
        out
    }

    fn per_file(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<PerFileSaid> {
        let single = DeArray::default();
        let list = match value.get_ref() {
            DeValue::Array(list) => list,
            _ => {
                self.fault(value.span(), "this has to be written as [[per-file]]", None);
                &single
            }
        };
        let mut out = Vec::new();
        for entry in list.iter() {
            let DeValue::Table(table) = entry.get_ref() else {
                self.fault(entry.span(), "this has to be a table with paths", None);
                continue;
            };
            let mut said = PerFileSaid::default();
            for (key, value) in table {
                match key.get_ref().as_ref() {
                    "paths" => said.paths = self.texts(value),
                    "ignore" => said.ignore = self.texts(value),
                    "levels" => said.levels = self.levels(value),
                    other => self.unknown(key.span(), other, &["paths", "ignore", "levels"]),
                }
            }
            if said.paths.is_empty() {
                self.fault(entry.span(), "which files? paths is missing", None);
            }
            out.push(said);
        }
        out
    }
}
