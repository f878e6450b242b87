//! What is in force, setting by setting, with the file and line or the argument that says so.

use super::json::Json;
use super::style::{Look, Paint, clean, path};
use crate::rule::{Level, Rule};
use crate::text::Loc;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;

/// Who says so.
#[derive(Clone, Debug)]
pub enum From {
    /// nobody
    Default,
    /// a place in the configuration file
    File(Loc),
    /// an argument
    Argument(&'static str),
}

/// A setting that is in force.
#[derive(Clone, Debug)]
pub struct Row {
    /// as the configuration file names it
    pub name: String,
    /// as the configuration file would write it
    pub value: String,
    /// who says so
    pub from: From,
}

/// All that is in force.
pub struct InForce<'a> {
    /// the configuration file, if there is one
    pub file: Option<&'a Path>,
    /// every setting
    pub rows: Vec<Row>,
    /// every rule with its level; `None` for those that are silent
    pub rules: Vec<(&'static Rule, Option<Level>)>,
}

impl InForce<'_> {
    fn speaking(&self) -> usize {
        self.rules.iter().filter(|(_, level)| level.is_some()).count()
    }

    /// For people: what could be written into the file, each line with who says so.
    pub fn human(&self, paint: Paint) -> String {
        let mut out = match self.file {
            Some(file) => format!("{}\n", paint.the(Look::Strong, format!("# {}", path(file)))),
            None => {
                format!("{}\n", paint.the(Look::Dim, "# no unitlint.toml: these are the defaults and the arguments"))
            }
        };
        let texts: Vec<String> =
            self.rows.iter().map(|r| format!("{} = {}", clean(&r.name), clean(&r.value))).collect();
        let width = texts.iter().map(|t| t.chars().count()).max().unwrap_or(0).min(64);
        for (row, text) in self.rows.iter().zip(texts) {
            let from = match &row.from {
                From::Default => paint.the(Look::Dim, "# default".to_owned()),
                From::File(at) => paint.the(Look::Path, format!("# {}:{}", path(at.path()), at.line())),
                From::Argument(name) => paint.the(Look::Fair, format!("# {name}")),
            };
            let _ = writeln!(out, "{text:<width$}  {from}");
        }
        let (all, speaking) = (self.rules.len(), self.speaking());
        let _ = writeln!(
            out,
            "\n{}",
            paint.the(Look::Dim, format!("# {speaking} of {all} rules speak; levels that differ from the rule's own:"))
        );
        let mut differ = false;
        for (rule, level) in &self.rules {
            if let Some(level) = level.filter(|l| *l != rule.level) {
                differ = true;
                let _ = writeln!(out, "#   {} {} (its own is {})", rule.id, level.word(), rule.level.word());
            }
        }
        if !differ {
            let _ = writeln!(out, "{}", paint.the(Look::Dim, "#   none"));
        }
        out
    }

    /// One document.
    ///
    /// # Errors
    /// Of the writer.
    pub fn json(&self, out: impl Write) -> io::Result<()> {
        let mut json = Json::new(out);
        json.open(b'{').key("unitlint").string(env!("CARGO_PKG_VERSION")).key("schema").number(super::check::SCHEMA);
        json.key("file").optional(self.file.map(|f| f.to_string_lossy()).as_deref());
        json.key("settings").open(b'[');
        for row in &self.rows {
            json.open(b'{').key("name").string(&row.name).key("value").string(&row.value).key("from");
            match &row.from {
                From::Default => json.string("default").key("path").null().key("line").null(),
                From::File(at) => json.string("file").key("path").path(at.path()).key("line").number(at.line()),
                From::Argument(name) => json.string(name).key("path").null().key("line").null(),
            };
            json.close(b'}');
        }
        json.close(b']').key("rules").open(b'[');
        for (rule, level) in &self.rules {
            json.open(b'{').key("rule").string(rule.id).key("speaks").bool(level.is_some());
            json.key("level").string(level.unwrap_or(rule.level).word()).close(b'}');
        }
        json.close(b']').close(b'}');
        json.finish()
    }
}
