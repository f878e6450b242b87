//! What a check has found, in the formats of other tools: code scanning, merge requests, test reports. What they share is
//! here; each format is a file beside it.

mod checkstyle;
mod github;
mod gitlab;
mod junit;
mod lines;
mod markdown;
mod sarif;
mod xml;

pub use checkstyle::write as checkstyle;
pub use github::write as github;
pub use gitlab::{quality as gitlab, security as gitlab_sast};
pub use junit::write as junit;
pub use lines::write as lines;
pub use markdown::write as markdown;
pub use sarif::write as sarif;

use crate::emit::style::shorten;
use crate::engine::Silenced;
use crate::engine::baseline::Naming;
use crate::engine::mark::marks;
use crate::rule::{Check, Finding, Group, Level, Rule};
use crate::target::Target;
use crate::text::Loc;
use crate::text::{FNV_BASIS, fnv1a};
use crate::vocab::Scope;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Nobody reads a longer message, and none of those who take one refuses it.
const MESSAGE: usize = 4000;
/// So many files are told that could not be looked at.
const FAILURES: usize = 100;
/// So many other places are told of in a message.
const PLACES: usize = 10;

/// What writes a whole report; its errors are those of the writer.
pub type Writer = fn(&Run<'_>, &mut dyn Write) -> io::Result<()>;

/// A unit that was looked at.
#[derive(Clone, Debug)]
pub struct Row {
    /// its name
    pub name: String,
    /// whose manager
    pub scope: Scope,
    /// where it was found
    pub path: PathBuf,
    /// in tenths, where it has a score
    pub exposure: Option<u32>,
    /// what it may take of the machine, in tenths
    pub resources: Option<u32>,
}

/// A run with all that it found.
pub struct Run<'a> {
    /// what is to be told, what matters most first
    pub findings: &'a [&'a Finding],
    /// findings that are not told because there are too many
    pub left_out: usize,
    /// those that somebody has silenced
    pub suppressed: usize,
    /// what is silenced, where somebody wants to be told
    pub silenced: Option<&'a [Silenced]>,
    /// the units
    pub units: &'a [Row],
    /// what could not be looked at
    pub failures: &'a [String],
    /// for which systemd
    pub target: &'a Target,
    /// how paths are told: seen from where the run began
    pub naming: &'a Naming,
    /// begin and end as `YYYY-MM-DDThh:mm:ss`, for formats that ask for it
    pub time: &'a str,
}

impl Run<'_> {
    /// The message with what explains it, for a reader who sees no source.
    fn whole_message(&self, f: &Finding) -> String {
        let mut out = format!("{}: {}", f.unit, f.message);
        let mut places = 0;
        for note in &f.notes {
            match &note.at {
                None => out.extend(["\n", &note.text]),
                Some(_) if places == PLACES => {}
                Some(at) if at.path() == file(f) => {
                    out.push_str(&format!("\nline {}: {}", at.start().line, note.text));
                }
                Some(at) => {
                    out.push_str(&format!("\n{}:{}: {}", self.naming.of(at.path()), at.start().line, note.text));
                }
            }
            places = PLACES.min(places + usize::from(note.at.is_some()));
        }
        let more = f.notes.iter().filter(|n| n.at.is_some()).count().saturating_sub(PLACES);
        if more > 0 {
            out.push_str(&format!("\nand {}", many(more, "more place")));
        }
        for fix in &f.fixes {
            out.extend(["\nFix: ", &fix.title]);
        }
        shorten(&out, MESSAGE).into_owned()
    }

    /// The path of a finding's file.
    fn path(&self, f: &Finding) -> String {
        self.naming.of(file(f))
    }

    /// A number for each finding that stays when lines move and that no other one of the run has.
    fn fingerprints<'f>(&self, findings: impl Iterator<Item = &'f Finding> + Clone) -> Vec<String> {
        let mut seen = std::collections::BTreeMap::new();
        let whole = marks(findings.clone()).into_iter().zip(findings).map(|(mark, f)| {
            let place = self.path(f);
            let nth: &mut u32 = seen.entry((mark.clone(), place.clone())).or_default();
            *nth += 1;
            let scope = mark.scope.word();
            let text = [&mark.rule, scope, &mark.unit, &place, &mark.about, &nth.to_string()].join("\0");
            format!("{:016x}{:016x}", fnv1a(text.as_bytes(), FNV_BASIS), fnv1a(text.as_bytes(), 0x9e37_79b9_7f4a_7c15))
        });
        whole.collect()
    }
}

/// The file that a finding is in.
fn file(f: &Finding) -> &Path {
    f.at.as_ref().map_or(&f.path, Loc::path)
}

/// The lines and columns of a place, from 1; columns in UTF-16 code units, as editors and code scanning count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Region {
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

impl Region {
    fn of(at: &Loc) -> Self {
        let (start, end) = at.ends();
        Self {
            line: start.line,
            column: at.source.utf16_column(at.span.start),
            end_line: end.line,
            end_column: at.source.utf16_column(at.span.end),
        }
    }
}

/// How bad it is for the security of a machine, from 0 to 10 as in CVSS; nothing for what is a plain mistake.
fn severity(rule: &Rule) -> Option<&'static str> {
    match (rule.exposure.as_ref().map(|e| e.weight), &rule.check, rule.group) {
        (Some(1500..), ..) => Some("6.9"),
        (Some(500..1500), ..) => Some("5.0"),
        (Some(_), ..) => Some("3.0"),
        (None, Check::ExposureScore, _) => Some("5.5"),
        (None, _, Group::Contradictions) if rule.level == Level::Error => Some("7.0"),
        (None, _, Group::Contradictions) => Some("4.5"),
        _ => None,
    }
}

/// `1 note`, `2 notes`
fn many(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

/// `2 more findings are left out`
fn left_out(n: usize, what: &str) -> String {
    format!("{} {} left out", many(n, &format!("more {what}")), if n == 1 { "is" } else { "are" })
}

/// With a capital letter.
fn sentence(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}
