//! What the manager gives to units that say nothing: `system.conf` and `user.conf` of a root (systemd-system.conf(5)).

use super::is_root;
use crate::load::{self, Catalog, File};
use crate::syntax::Kind;
use crate::target::Target;
use crate::text::{Loc, Span};
use crate::tree::{self, Tree};
use crate::vocab::name::UnitName;
use crate::vocab::size::{self, Limit};
use crate::vocab::specifier::{Deprecated, Subject};
use crate::vocab::value::{self, Outcome, Value};
use crate::vocab::{KeyId, Scope, UnitKind, key};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The keys that are about resources.
const KEYS: [&str; 12] = [
    "DefaultCPUAccounting",
    "DefaultIOAccounting",
    "DefaultMemoryAccounting",
    "DefaultTasksAccounting",
    "DefaultTasksMax",
    "DefaultOOMPolicy",
    "DefaultMemoryPressureWatch",
    "DefaultMemoryPressureThresholdSec",
    "DefaultCPUPressureWatch",
    "DefaultIOPressureWatch",
    "DefaultMemoryZSwapWriteback",
    "CPUAffinity",
];

/// What else units get from it: the key of the manager, and that of the units.
const GIVEN: [(&str, KeyId); 11] = [
    ("DefaultLimitCORE", key::LIMIT_CORE),
    ("DefaultLimitNOFILE", key::LIMIT_NOFILE),
    ("DefaultLimitRTTIME", key::LIMIT_RTTIME),
    ("DefaultOOMPolicy", key::OOM_POLICY),
    ("DefaultOOMScoreAdjust", key::OOM_SCORE_ADJUST),
    ("DefaultRestartSec", key::RESTART_SEC),
    ("DefaultStartLimitBurst", key::START_LIMIT_BURST),
    ("DefaultStartLimitInterval", key::START_LIMIT_INTERVAL_SEC),
    ("DefaultStartLimitIntervalSec", key::START_LIMIT_INTERVAL_SEC),
    ("DefaultTimeoutStartSec", key::TIMEOUT_START_SEC),
    ("DefaultTimeoutStopSec", key::TIMEOUT_STOP_SEC),
];

/// A setting of the manager that says what units get.
#[derive(Clone, Debug)]
pub struct UnitDefault {
    /// which
    pub key: &'static str,
    /// as it is written
    pub value: String,
    /// where
    pub at: Loc,
}

/// What the manager gives to units that say nothing.
#[derive(Clone, Debug)]
pub struct Manager {
    /// what its files say, by key
    pub defaults: Vec<UnitDefault>,
    /// `DefaultTasksMax=`; it is not for slices
    pub tasks_max: Limit,
    /// what else it gives: the keys of units, each once
    given: Vec<(KeyId, Value)>,
}

impl Default for Manager {
    fn default() -> Self {
        // of what the kernel allows in all
        Self { defaults: Vec::new(), tasks_max: Limit::Share(1500), given: Vec::new() }
    }
}

impl Manager {
    /// What its files say of a key.
    pub fn said(&self, key: &str) -> Option<&UnitDefault> {
        self.defaults.iter().find(|d| d.key == key)
    }

    /// What a unit gets for a key that it does not set.
    pub fn given(&self, key: KeyId) -> &Value {
        self.given.iter().find(|(k, _)| *k == key).map_or(&Value::Unset, |(_, value)| value)
    }

    /// Reads the files of the root that a search path belongs to: the strongest main file, then the drop-ins in the order
    /// of their names.
    pub fn read(tree: &dyn Tree, catalog: &Catalog, target: Target) -> Self {
        let mut manager = Self::default();
        if !is_root(catalog) {
            return manager;
        }
        let name = if catalog.scope == Scope::System { "system.conf" } else { "user.conf" };
        let directories = load::configuration_path(&catalog.root);
        let main = directories.iter().find_map(|dir| file(tree, &catalog.root, &dir.join(name)));
        let mut dropins: BTreeMap<std::ffi::OsString, PathBuf> = BTreeMap::new();
        for dir in directories.iter().map(|d| d.join(format!("{name}.d"))) {
            let Ok(real) = tree::resolve(tree, &catalog.root, &dir) else { continue };
            for entry in tree.list(&real).unwrap_or_default() {
                if Path::new(&entry.name).extension().is_some_and(|e| e == "conf") {
                    // of one name the strongest counts, even where that is empty
                    dropins.entry(entry.name.clone()).or_insert_with(|| dir.join(&entry.name));
                }
            }
        }
        let dropins = dropins.values().filter_map(|path| file(tree, &catalog.root, path));
        for file in main.into_iter().chain(dropins) {
            manager.take(&file, catalog.scope, target);
        }
        manager.defaults.sort_by_key(|d| d.key);
        manager
    }

    fn take(&mut self, file: &File, scope: Scope, target: Target) {
        let bytes = &file.source.bytes;
        let mut inside = false;
        for item in &file.syntax().items {
            match &item.kind {
                Kind::Section { name } => inside = name.of(bytes) == b"Manager",
                Kind::Entry { key, value, .. } if inside => {
                    let Some((name, text)) = item.entry(bytes) else { continue };
                    if let Some((_, key)) = GIVEN.iter().find(|(k, _)| *k == name) {
                        self.give(*key, &text.text, scope, target);
                    }
                    let Some(known) = KEYS.iter().find(|k| **k == name) else { continue };
                    let span = Span { start: key.start, end: value.end.max(key.end) };
                    self.set(known, &text.text, Loc { source: Arc::clone(&file.source), span });
                }
                _ => {}
            }
        }
    }

    /// What units get for one of their keys: it is written as in a unit.
    fn give(&mut self, key: KeyId, text: &str, scope: Scope, target: Target) {
        let Some(name) = UnitName::parse("manager.service") else { return };
        let (model, arch) = (target.model, target.arch);
        let subject = Subject { name: &name, fragment: "", scope, model, arch, deprecated: Deprecated::default() };
        let setting = value::Setting { subject, kind: UnitKind::Service };
        let mut value = Value::Unset;
        match value::assign(key, &mut value, text, &setting, &mut Vec::new()) {
            Outcome::Set | Outcome::Reset => {
                self.given.retain(|(k, _)| *k != key);
                self.given.push((key, value));
            }
            Outcome::Ignored | Outcome::Fatal => {}
        }
    }

    fn set(&mut self, key: &'static str, text: &str, at: Loc) {
        if key == "DefaultTasksMax" {
            match size::tasks_max(text) {
                _ if text.is_empty() => self.tasks_max = Self::default().tasks_max,
                Ok(limit) => self.tasks_max = limit,
                Err(_) => return,
            }
        }
        self.defaults.retain(|d| d.key != key);
        if !text.is_empty() {
            self.defaults.push(UnitDefault { key, value: text.to_owned(), at });
        }
    }
}

/// A file of the root under the name by which it was reached.
fn file(tree: &dyn Tree, root: &Path, path: &Path) -> Option<File> {
    let real = tree::resolve(tree, root, path).ok()?;
    tree.read(&real).ok().map(|bytes| File::new(path, bytes))
}
