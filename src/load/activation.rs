//! What the message bus starts when somebody asks for a name: the `*.service` files of dbus-daemon(1), which are no units.
//! They lie beside the units of a root; where there is no root, there are none.

use super::{Catalog, unit_directory};
use crate::text::{Loc, Source, Span};
use crate::tree::{self, Tree};
use crate::vocab::Scope;
use ini::{Ini, ParseOption};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where they are searched below a root, the strongest first.
const SYSTEM: [&str; 5] = ["etc", "run", "usr/local/share", "usr/share", "lib"];
const USER: [&str; 3] = ["etc", "usr/local/share", "usr/share"];

const SECTION: &str = "D-BUS Service";

/// Theirs are a few lines.
const LARGEST: u64 = 64 * 1024;

/// How a name of the message bus is started.
#[derive(Clone, Debug)]
pub struct Activation {
    /// the file, as it was reached
    pub path: PathBuf,
    /// the name on the bus
    pub name: Box<str>,
    /// what the bus starts itself
    pub exec: Box<str>,
    /// the unit that it asks systemd for instead
    pub service: Option<Box<str>>,
    source: Arc<Source>,
}

impl Activation {
    /// Those of the root that a search path belongs to, one for each name.
    pub fn all(tree: &dyn Tree, catalog: &Catalog) -> Vec<Self> {
        let root = &catalog.root;
        if !catalog.directories.iter().any(|d| unit_directory(d).is_some_and(|u| u.root == *root)) {
            return Vec::new();
        }
        let (tops, below): (&[&str], _) = match catalog.scope {
            Scope::System => (&SYSTEM, "dbus-1/system-services"),
            Scope::User => (&USER, "dbus-1/services"),
        };
        let (mut names, mut out) = (BTreeSet::new(), Vec::new());
        for dir in tops.iter().map(|top| root.join(top).join(below)) {
            let Ok(real) = tree::resolve(tree, root, &dir) else { continue };
            for entry in tree.list(&real).unwrap_or_default() {
                let path = dir.join(&entry.name);
                if path.extension().is_some_and(|e| e == "service")
                    && let Some(read) = Self::read(tree, root, path)
                    && names.insert(read.name.clone())
                {
                    out.push(read);
                }
            }
        }
        out
    }

    /// What a file says; nothing where that is no way to start a name.
    pub fn read(tree: &dyn Tree, root: &Path, path: PathBuf) -> Option<Self> {
        let real = tree::resolve(tree, root, &path).ok()?;
        tree.stat(&real).ok().filter(|s| s.size <= LARGEST)?;
        let source = Arc::new(Source::new(path.clone(), tree.read(&real).ok()?));
        let text = std::str::from_utf8(&source.bytes).ok()?;
        let plain = ParseOption { enabled_quote: false, enabled_escape: false, ..ParseOption::default() };
        let ini = Ini::load_from_str_opt(text, plain).ok()?;
        let get = |key| ini.get_from(Some(SECTION), key).filter(|v| !v.is_empty()).map(Box::from);
        let (name, exec, service) = (get("Name")?, get("Exec").unwrap_or_default(), get("SystemdService"));
        Some(Self { path, name, exec, service, source })
    }

    /// Where a key has its value, or else where the name has.
    pub fn place(&self, key: &str) -> Loc {
        let span = self.value(key).or_else(|| self.value("Name")).unwrap_or_default();
        Loc { source: self.source.clone(), span }
    }

    fn value(&self, key: &str) -> Option<Span> {
        let mut start = 0;
        let mut inside = false;
        for line in self.source.bytes.split_inclusive(|b| *b == b'\n') {
            let (at, text) = (start, std::str::from_utf8(line).unwrap_or_default());
            start += line.len();
            if let Some(header) = text.trim().strip_prefix('[') {
                inside = header.strip_suffix(']') == Some(SECTION);
            } else if let Some((name, value)) = text.split_once('=').filter(|(name, _)| inside && name.trim() == key) {
                let from = at + name.len() + 1 + (value.len() - value.trim_start().len());
                return Some(Span::new(from, from + value.trim().len()));
            }
        }
        None
    }

    /// The program that the bus starts, unless it is one that does nothing.
    pub fn program(&self) -> Option<&str> {
        let program = self.exec.split_whitespace().next()?;
        let idle = matches!(program.rsplit('/').next(), Some("false" | "true" | "nologin" | "systemctl"));
        (!idle).then_some(program)
    }
}
