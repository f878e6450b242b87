//! The text of `unitlint.toml`, setting by setting. The only one that knows how TOML is written.

use super::super::own_rules;
use super::{Config, PerFileSaid, SETTINGS, Said, complaint, place};
use crate::engine::FailOn;
use crate::engine::attach;
use crate::engine::selection::{RuleSet, Wanted};
use crate::rule::pattern::Pattern;
use crate::rule::{Level, Registry};
use crate::suggest::nearest;
use crate::target::{self, Kernel, Target};
use crate::text::Source;
use crate::tree::Tree;
use crate::vocab::Scope;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

type Value<'t> = Spanned<DeValue<'t>>;

struct Reader<'t> {
    tree: &'t dyn Tree,
    source: Arc<Source>,
    config: Config,
}

pub(super) fn read(tree: &dyn Tree, path: &Path, bytes: Vec<u8>) -> Config {
    let source = Arc::new(Source::new(path, bytes));
    let mut reader =
        Reader { tree, source: source.clone(), config: Config { path: Some(path.to_owned()), ..Config::default() } };
    match std::str::from_utf8(&source.bytes) {
        Err(e) => reader.fault(e.valid_up_to()..e.valid_up_to() + 1, "this is not UTF-8"),
        Ok(text) => {
            let (table, errors) = DeTable::parse_recoverable(text);
            let errors = errors.iter().map(|e| (e.span().unwrap_or(0..0), e.message()));
            let spoilt = reader.broken(table.get_ref(), errors);
            reader.table(table.get_ref(), &spoilt);
        }
    }
    reader.config.sort();
    reader.config
}

impl Reader<'_> {
    fn fault(&mut self, at: Range<usize>, what: impl Into<String>) {
        self.hinted(at, what, None);
    }

    fn hinted(&mut self, at: Range<usize>, what: impl Into<String>, hint: Option<String>) {
        let at = place(&self.source, at);
        self.config.findings.extend(complaint(at, what.into(), hint));
    }

    /// What is no TOML; gives the settings that are spoilt by it. Of the errors in one of them, or in neighbouring lines,
    /// only the first is told: the others mostly follow from it.
    fn broken<'e>(
        &mut self,
        table: &DeTable<'_>,
        errors: impl Iterator<Item = (Range<usize>, &'e str)>,
    ) -> BTreeSet<String> {
        let mut errors: Vec<_> = errors.collect();
        errors.sort_by_key(|(at, _)| at.start);
        let (mut spoilt, mut last) = (BTreeSet::new(), None);
        for (at, what) in errors {
            let line = self.source.lines().line_of(at.start as u32);
            let around =
                |(key, value): &(&Spanned<_>, &Value<'_>)| (key.span().start..=value.span().end).contains(&at.start);
            let news = match table.iter().find(around) {
                Some((key, _)) => spoilt.insert(key.get_ref().to_string()),
                None => last.is_none_or(|last| line > last + 1),
            };
            if news {
                self.fault(at, what.replace('\n', " "));
            }
            last = Some(line);
        }
        spoilt
    }

    /// A member that there is not.
    fn unknown(&mut self, at: Range<usize>, name: &str, known: &[&str]) {
        let near = nearest(name, known.iter().copied()).map(|n| format!("did you mean {n}?"));
        let hint = near.unwrap_or_else(|| format!("there are {}", known.join(", ")));
        self.hinted(at, format!("{name} is no setting"), Some(hint));
    }

    fn table(&mut self, table: &DeTable<'_>, spoilt: &BTreeSet<String>) {
        // the user's own rules come first: the other settings may name them
        if let Some(value) = table.get("rules").filter(|_| !spoilt.contains("rules")) {
            self.directories(value);
        }
        let rules = self.config.rules.clone();
        let wanted = |word: &str| Wanted::parse(word, &rules);
        for (key, value) in table {
            let Some(setting) = SETTINGS.iter().find(|s| s.name == key.get_ref()) else {
                let known: Vec<&str> = SETTINGS.iter().map(|s| s.name).collect();
                self.unknown(key.span(), key.get_ref(), &known);
                continue;
            };
            match setting.name {
                name if spoilt.contains(name) => {}
                "systemd" => self.config.systemd = self.one(value, Target::parse),
                "kernel" => self.config.kernel = self.one(value, Kernel::parse),
                "arch" => self.config.arch = self.one(value, target::arch),
                "scope" => self.config.scope = self.one(value, scope),
                "select" => self.config.select = self.many(value, wanted),
                "extend-select" => self.config.extend = self.many(value, wanted),
                "ignore" => self.config.ignore = self.many(value, wanted),
                "levels" => self.config.levels = self.levels(value, &rules),
                "per-file" => self.config.per_file = self.per_file(value, &rules),
                "preview" => self.config.preview = self.flag(value),
                "rule-set" => self.config.rule_set = self.one(value, RuleSet::parse),
                "fail-on" => self.config.fail_on = self.many(value, |word| FailOn::parse(word, &rules)),
                "security-policy" => self.config.security_policy = self.file(value),
                "baseline" => self.config.baseline = self.file(value),
                "profile" => self.config.profile = self.profile(value),
                _ => {}
            }
        }
    }

    fn file(&mut self, value: &Value<'_>) -> Option<Said<PathBuf>> {
        let path = self.one(value, |path| Ok(PathBuf::from(path)));
        path.map(|said| self.beside(said))
    }

    fn profile(&mut self, value: &Value<'_>) -> Option<Said<attach::Wanted>> {
        let Said { value: path, text, at } = self.file(value)?;
        let wanted = match attach::Wanted::of(Path::new(&text), |_| self.tree.stat(&path).is_ok()) {
            attach::Wanted::Path(_) => attach::Wanted::Path(path),
            name => name,
        };
        Some(Said { value: wanted, text, at })
    }

    /// A path that the file names, seen from where the file is.
    fn beside(&self, said: Said<PathBuf>) -> Said<PathBuf> {
        let dir = self.source.path.parent().unwrap_or(Path::new(""));
        Said { value: dir.join(&said.value), ..said }
    }

    fn directories(&mut self, value: &Value<'_>) {
        for said in self.many(value, |path| Ok(PathBuf::from(path))) {
            let said = self.beside(said);
            match own_rules::read(self.tree, &said.value, &mut self.config.rules) {
                Ok(faults) => {
                    self.config.findings.extend(faults.into_iter().filter_map(|(at, what)| complaint(at, what, None)));
                }
                Err(e) => {
                    let what = format!("{}: {e}", said.value.display());
                    self.config.findings.extend(complaint(said.at.clone(), what, None));
                }
            }
            self.config.directories.push(said);
        }
    }

    /// A text, and what it stands for. Numbers without quotes are what people write for a release.
    fn one<T>(&mut self, value: &Value<'_>, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<Said<T>> {
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            _ => {
                self.fault(value.span(), "this has to be a text in quotes");
                return None;
            }
        };
        match parse(&text) {
            Ok(parsed) => Some(Said { value: parsed, text, at: place(&self.source, value.span()) }),
            Err(what) => {
                self.fault(value.span(), what);
                None
            }
        }
    }

    fn flag(&mut self, value: &Value<'_>) -> Option<Said<bool>> {
        let DeValue::Boolean(on) = *value.get_ref() else {
            self.fault(value.span(), "this has to be true or false, without quotes");
            return None;
        };
        Some(Said { value: on, text: on.to_string(), at: place(&self.source, value.span()) })
    }

    /// A list of texts; a single one needs no brackets.
    fn many<T>(&mut self, value: &Value<'_>, parse: impl Fn(&str) -> Result<T, String>) -> Vec<Said<T>> {
        match value.get_ref() {
            DeValue::Array(list) => list.iter().filter_map(|v| self.one(v, &parse)).collect(),
            DeValue::String(_) => self.one(value, parse).into_iter().collect(),
            _ => {
                self.fault(value.span(), "this has to be a list of texts");
                Vec::new()
            }
        }
    }

    fn levels(&mut self, value: &Value<'_>, rules: &Registry) -> Vec<(Said<Wanted>, Level)> {
        let DeValue::Table(table) = value.get_ref() else {
            self.fault(value.span(), "this has to be a table of rules with their levels");
            return Vec::new();
        };
        let mut out = Vec::new();
        for (key, value) in table {
            let level = self.one(value, |word| {
                Level::named(word).ok_or_else(|| format!("{word} is no level: allow, note, warn or error"))
            });
            match (Wanted::parse(key.get_ref(), rules), level) {
                (Ok(wanted), Some(level)) => {
                    let at = place(&self.source, key.span());
                    out.push((Said { value: wanted, text: key.get_ref().to_string(), at }, level.value));
                }
                (Err(what), _) => self.fault(key.span(), what),
                (Ok(_), None) => {}
            }
        }
        out
    }

    fn per_file(&mut self, value: &Value<'_>, rules: &Registry) -> Vec<PerFileSaid> {
        let DeValue::Array(list) = value.get_ref() else {
            self.fault(value.span(), "this has to be written as [[per-file]]");
            return Vec::new();
        };
        list.iter().filter_map(|entry| self.exception(entry, rules)).collect()
    }

    fn exception(&mut self, entry: &Value<'_>, rules: &Registry) -> Option<PerFileSaid> {
        let DeValue::Table(table) = entry.get_ref() else {
            self.fault(entry.span(), "this has to be a table with paths");
            return None;
        };
        let mut said = PerFileSaid::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "paths" => said.paths = self.many(value, Pattern::parse),
                "ignore" => said.ignore = self.many(value, |word| Wanted::parse(word, rules)),
                "levels" => said.levels = self.levels(value, rules),
                other => self.unknown(key.span(), other, &["paths", "ignore", "levels"]),
            }
        }
        let none = |paths: &Value<'_>| matches!(paths.get_ref(), DeValue::Array(list) if list.is_empty());
        if table.get("paths").is_none_or(none) {
            self.fault(entry.span(), "which files? paths is missing");
        }
        Some(said)
    }
}

fn scope(word: &str) -> Result<Scope, String> {
    Scope::named(word).ok_or_else(|| format!("{word} is no scope: system or user"))
}
