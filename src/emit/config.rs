//! What is in force, setting by setting, with the file and line or the argument that says so.

use super::check::finding;
use super::json::Json;
use super::style::{Look, Paint, clean, path};
use crate::rule::{Finding, Level, Rule};
use crate::text::{Loc, steers};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

/// Who says so.
#[derive(Clone, Debug)]
pub enum From {
    /// a place in the configuration file
    File(Loc),
    /// an argument
    Argument(&'static str),
}

/// What is said.
#[derive(Clone, Debug)]
pub enum Value {
    /// a text
    Text(String),
    /// true or false
    Flag(bool),
    /// a list of texts
    Texts(Vec<String>),
}

/// A setting.
#[derive(Clone, Debug)]
pub struct Row {
    /// as the configuration file names it
    pub name: String,
    /// `None` where nobody says anything
    pub value: Option<Value>,
    /// what holds then
    pub otherwise: String,
    /// who says so
    pub from: Vec<From>,
}

/// All that is in force.
pub struct InForce<'a> {
    /// the configuration file, if there is one
    pub file: Option<&'a Path>,
    /// every setting
    pub rows: Vec<Row>,
    /// the exceptions for files, setting by setting
    pub per_file: Vec<Vec<Row>>,
    /// every rule with its level; `None` for those that are silent
    pub rules: Vec<(&'static Rule, Option<Level>)>,
    /// what is wrong
    pub findings: &'a [Finding],
}

/// A text as TOML writes it; what would steer a terminal is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if steers(c) => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

fn toml(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Flag(on) => on.to_string(),
        Value::Texts(list) => format!("[{}]", list.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", ")),
    }
}

fn lines(out: &mut String, rows: &[Row], paint: Paint) {
    let text = |row: &Row| match &row.value {
        Some(value) => format!("{} = {}", clean(&row.name), toml(value)),
        None => format!("# {}: {}", row.name, clean(&row.otherwise)),
    };
    let texts: Vec<String> = rows.iter().map(text).collect();
    let width = texts.iter().map(|t| t.chars().count()).max().unwrap_or(0).min(64);
    for (row, text) in rows.iter().zip(texts) {
        let said = |from: &From| match from {
            From::File(at) => paint.the(Look::Path, format!("{}:{}", path(at.path()), at.line())).to_string(),
            From::Argument(name) => paint.the(Look::Fair, name).to_string(),
        };
        let _ = match row.from.iter().map(said).collect::<Vec<_>>().join(", ") {
            from if from.is_empty() => writeln!(out, "{}", paint.the(Look::Dim, text)),
            from => writeln!(out, "{text:<width$}  # {from}"),
        };
    }
}

impl InForce<'_> {
    /// For people: what could be written into the file, each line with who says so.
    pub fn human(&self, paint: Paint) -> String {
        let mut out = match self.file {
            Some(file) => format!("{}\n", paint.the(Look::Strong, format!("# {}", path(file)))),
            None => {
                format!("{}\n", paint.the(Look::Dim, "# no unitlint.toml: these are the defaults and the arguments"))
            }
        };
        lines(&mut out, &self.rows, paint);
        for exception in &self.per_file {
            out.push_str("\n[[per-file]]\n");
            lines(&mut out, exception, paint);
        }
        let (all, speaking) = (self.rules.len(), self.rules.iter().filter(|(_, level)| level.is_some()).count());
        let other = self.rules.iter().filter(|(rule, level)| level.is_some_and(|l| l != rule.level)).count();
        let speak = format!("# {speaking} of {all} rules speak, {other} of them louder or quieter than by default");
        let _ = writeln!(out, "\n{}", paint.the(Look::Dim, speak));
        out
    }

    /// One document.
    ///
    /// # Errors
    /// Of the writer.
    pub fn json(&self, out: impl Write) -> io::Result<()> {
        let mut json = Json::new(out);
        super::head(&mut json);
        json.key("file").optional(self.file.map(|f| f.to_string_lossy()).as_deref()).key("settings");
        rows(&mut json, &self.rows);
        json.key("per_file").open(b'[');
        for exception in &self.per_file {
            rows(&mut json, exception);
        }
        json.close(b']').key("rules").open(b'[');
        for (rule, level) in &self.rules {
            json.open(b'{').key("rule").string(rule.id).key("speaks").bool(level.is_some());
            json.key("level").string(level.unwrap_or(rule.level).word()).close(b'}');
        }
        json.close(b']').key("findings").open(b'[');
        self.findings.iter().for_each(|f| finding(&mut json, f));
        json.close(b']').close(b'}');
        json.finish()
    }
}

fn rows(json: &mut Json<impl Write>, rows: &[Row]) {
    json.open(b'[');
    for row in rows {
        json.open(b'{').key("name").string(&row.name).key("value");
        match &row.value {
            None => json.null(),
            Some(Value::Text(text)) => json.string(text),
            Some(Value::Flag(on)) => json.bool(*on),
            Some(Value::Texts(list)) => {
                json.open(b'[');
                for text in list {
                    json.string(text);
                }
                json.close(b']')
            }
        };
        json.key("from").open(b'[');
        for from in &row.from {
            json.open(b'{').key("argument");
            match from {
                From::Argument(name) => json.string(name).key("path").null().key("line").null(),
                From::File(at) => json.null().key("path").path(at.path()).key("line").number(at.line()),
            };
            json.close(b'}');
        }
        json.close(b']').close(b'}');
    }
    json.close(b']');
}
