//! The file that keeps a recorded state: a line a finding, sorted, so that it can be read, reviewed and merged; and what is
//! said of a comparison with it.

use super::json::quote;
use super::style::{Look, Paint, clean, path};
use crate::engine::baseline::{Baseline, MEMBER, SCHEMA, Tally};
use crate::engine::score::tenths;
use std::fmt::Write as _;
use std::path::Path;

/// The bytes of the file.
pub fn document(baseline: &Baseline) -> Vec<u8> {
    let word = |text: &str| {
        let mut out = Vec::new();
        quote(&mut out, text);
        String::from_utf8(out).unwrap_or_default()
    };
    let findings = baseline.findings.iter().map(|r| {
        let (mark, path) = (&r.mark, word(&r.path));
        let about = if mark.about.is_empty() { String::new() } else { format!(",\"about\":{}", word(&mark.about)) };
        let count = if r.count == 1 { String::new() } else { format!(",\"count\":{}", r.count) };
        let (unit, rule, scope) = (word(&mark.unit), word(&mark.rule), mark.scope.word());
        format!("{{\"unit\":{unit},\"scope\":\"{scope}\",\"rule\":{rule}{about},\"path\":{path}{count}}}")
    });
    let exposures = baseline.exposures.iter().filter_map(|s| {
        let (unit, scope, path, exposure) = (word(&s.unit), s.scope.word(), word(&s.path), tenths(s.exposure?));
        Some(format!("{{\"unit\":{unit},\"scope\":\"{scope}\",\"path\":{path},\"exposure\":{exposure}}}"))
    });
    let (findings, exposures) = (lines(findings), lines(exposures));
    let head = format!("\"{MEMBER}\": {SCHEMA},\n\"systemd\": {}", baseline.systemd);
    format!("{{\n{head},\n\"findings\": {findings},\n\"exposures\": {exposures}\n}}\n").into_bytes()
}

/// A list with a line an entry.
fn lines(entries: impl Iterator<Item = String>) -> String {
    let entries: Vec<String> = entries.collect();
    if entries.is_empty() { "[]".into() } else { format!("[\n{}\n]", entries.join(",\n")) }
}

fn some(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// What a run was compared with.
#[derive(Clone, Copy, Debug)]
pub enum Against<'a> {
    /// the file of a baseline
    File(&'a Path),
    /// a revision
    Revision(&'a str),
}

/// What a run and a recorded state had in common, and whether a file of it can be renewed.
pub fn compared(tally: Tally, against: Against<'_>, paint: Paint) -> String {
    let file = match against {
        Against::File(file) => path(file),
        Against::Revision(revision) => clean(revision).into_owned(),
    };
    let known = some(tally.known, "finding is", "findings are");
    let mut out = format!("Compared with {}: {known} known", paint.the(Look::Path, &file));
    if tally.gone + tally.fell == 0 {
        out.push_str(".\n");
        return out;
    }
    if tally.gone > 0 {
        let _ = write!(out, ", {}", paint.the(Look::Good, some(tally.gone, "is gone", "are gone")));
    }
    if tally.fell > 0 {
        let fell = format!("{} fell", some(tally.fell, "exposure", "exposures"));
        let _ = write!(out, ", {}", paint.the(Look::Good, fell));
    }
    match against {
        Against::File(_) => {
            let _ = writeln!(out, "; {} renews it.", paint.the(Look::Code, format!("--write-baseline {file}")));
        }
        Against::Revision(_) => out.push_str(".\n"),
    }
    out
}

/// What was written.
pub fn written(baseline: &Baseline, file: &Path) -> String {
    let findings = baseline.findings.iter().fold(0_u64, |n, r| n.saturating_add(r.count));
    let units = some(baseline.exposures.len() as u64, "unit", "units");
    let findings = some(findings, "finding", "findings");
    format!("{findings} and the exposure of {units} are recorded in {}", path(file))
}
