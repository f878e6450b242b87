//! What the user of an editor asks for: its settings, in the words of the command line and of `unitlint.toml`.

use crate::engine::Asked;
use crate::engine::suppress::Date;
use crate::live;
use crate::vocab::Scope;
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;

/// The settings of an editor. What it does not say has its default.
#[derive(Clone, Debug)]
pub(super) struct Wishes {
    systemd: Option<String>,
    kernel: Option<String>,
    arch: Option<String>,
    host: Vec<String>,
    scope: Option<Scope>,
    select: Vec<String>,
    extend: Vec<String>,
    ignore: Vec<String>,
    preview: bool,
    /// the configuration, instead of the one that is searched upward
    pub(super) config: Option<PathBuf>,
    /// no configuration is read
    pub(super) isolated: bool,
    /// scores above sections
    pub(super) lens: bool,
    /// what a line costs
    pub(super) cost_hints: bool,
    /// that a line does not count in the end
    pub(super) effective_hints: bool,
    /// files are formatted on request
    pub(super) format: bool,
    /// all units of the workspace are looked at, and not only open ones
    pub(super) workspace: bool,
    /// the editor shows scores by itself
    pub(super) status: bool,
    /// the editor shows explanations by itself
    pub(super) explains: bool,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            systemd: None,
            kernel: None,
            arch: None,
            host: Vec::new(),
            scope: None,
            select: Vec::new(),
            extend: Vec::new(),
            ignore: Vec::new(),
            preview: false,
            config: None,
            isolated: false,
            lens: true,
            cost_hints: true,
            effective_hints: true,
            format: false,
            workspace: true,
            status: false,
            explains: false,
        }
    }
}

impl Wishes {
    /// What the first message says, and sentences about what is wrong in it.
    pub(super) fn first(settings: &Map<String, Value>) -> (Self, Vec<String>) {
        Self::default().read(settings)
    }

    /// What a later one says, and sentences about what is wrong in it. What only the first can say stays.
    pub(super) fn read(&self, settings: &Map<String, Value>) -> (Self, Vec<String>) {
        let mut wishes = Self { status: self.status, explains: self.explains, ..Self::default() };
        let mut faults = Vec::new();
        for (name, value) in settings {
            if value.is_null() {
                continue;
            }
            if let Err(takes) = wishes.set(name, value) {
                faults.push(format!("unitlint.{name}: {takes}"));
            }
        }
        (wishes, faults)
    }

    /// Takes in a setting; else what it takes.
    fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        match name {
            "systemd" => self.systemd = word(value)?,
            "kernel" => self.kernel = word(value)?,
            "arch" => self.arch = word(value)?,
            "host" => self.host = host(value)?,
            "scope" => {
                let said = word(value)?;
                let scope = said.as_deref().map(|w| Scope::named(w).ok_or("system or user is needed")).transpose();
                self.scope = scope?;
            }
            "select" => self.select = words(value)?,
            "extendSelect" => self.extend = words(value)?,
            "ignore" => self.ignore = words(value)?,
            "preview" => self.preview = flag(value)?,
            "config" => self.config = word(value)?.map(PathBuf::from),
            "isolated" => self.isolated = flag(value)?,
            "codeLens" => self.lens = flag(value)?,
            "inlayHints" => {
                let Value::Object(hints) = value else { return Err("an object is needed".into()) };
                for (name, value) in hints.iter().filter(|(_, v)| !v.is_null()) {
                    match name.as_str() {
                        "cost" => self.cost_hints = flag(value)?,
                        "effective" => self.effective_hints = flag(value)?,
                        _ => return Err(format!("{name} is no hint; there are cost and effective")),
                    }
                }
            }
            "format" => self.format = flag(value)?,
            "workspaceDiagnostics" => self.workspace = flag(value)?,
            "status" => self.status = flag(value)?,
            "explains" => self.explains = flag(value)?,
            // of the editor's own: where the program is, and what of the messages is written down
            "path" | "trace" => {}
            _ => return Err("there is no such setting".into()),
        }
        Ok(())
    }

    /// What is asked of the engine, and sentences about what is wrong with it.
    pub(super) fn asked(&self, today: Option<Date>) -> (Asked, Vec<String>) {
        let mut faults = Vec::new();
        let hosts = live::named(&self.host, None).unwrap_or_else(|what| {
            faults.push(format!("unitlint.host: {what}"));
            None
        });
        let hosts = hosts.map(|(hosts, strange)| {
            faults.extend(strange.into_iter().map(|what| format!("unitlint.host: {what}")));
            Arc::new(hosts)
        });
        let asked = Asked {
            systemd: self.systemd.clone(),
            kernel: self.kernel.clone(),
            arch: self.arch.clone(),
            scope: self.scope,
            select: self.select.clone(),
            extend: self.extend.clone(),
            ignore: self.ignore.clone(),
            preview: self.preview,
            hosts,
            today,
            ..Asked::default()
        };
        (asked, faults)
    }
}

fn flag(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "true or false is needed".into())
}

/// A word; an empty one says nothing, and a number is one.
fn word(value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::String(word) => Ok(Some(word.trim().to_owned()).filter(|w| !w.is_empty())),
        Value::Number(number) => Ok(Some(number.to_string())),
        _ => Err("a word is needed".into()),
    }
}

fn words(value: &Value) -> Result<Vec<String>, String> {
    let all = value.as_array().ok_or("a list of words is needed")?;
    let words: Result<Vec<Option<String>>, String> = all.iter().map(word).collect();
    Ok(words?.into_iter().flatten().collect())
}

/// Names of machines, as a list or with commas between.
fn host(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::Array(_) => words(value),
        _ => Ok(word(value)?.iter().flat_map(|w| w.split(',')).map(|w| w.trim().to_owned()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_may_say() {
        let read = |text: &str| {
            let Value::Object(settings) = serde_json::from_str(text).unwrap() else { panic!("no object") };
            Wishes::default().read(&settings)
        };
        let (wishes, faults) = read(
            r#"{"systemd": 257, "scope": "user", "select": ["all"], "codeLens": false, "path": "/usr/bin/unitlint",
                "inlayHints": {"cost": false}, "kernel": "", "arch": null, "host": "debian13, docker"}"#,
        );
        assert_eq!(faults, [""; 0]);
        assert_eq!((wishes.systemd.as_deref(), wishes.kernel, wishes.scope), (Some("257"), None, Some(Scope::User)));
        assert!(!wishes.lens && !wishes.cost_hints && wishes.effective_hints && wishes.host == ["debian13", "docker"]);
        let (_, faults) = read(r#"{"codeLens": 1, "scope": "all", "colour": "red", "ignore": "x"}"#);
        assert_eq!(
            faults,
            [
                "unitlint.codeLens: true or false is needed",
                "unitlint.colour: there is no such setting",
                "unitlint.ignore: a list of words is needed",
                "unitlint.scope: system or user is needed",
            ]
        );
    }
}
