//! `unitlint audit`: packages and what they come to, for people, for programs and for a monitor.

pub mod changes;
pub mod html;
pub mod prometheus;
pub mod record;

use super::json::{Json, steady};
use super::style::{Look, Paint, clean, path, shorten};
use crate::engine::census::Census;
use crate::engine::score::{level, tenths};
use crate::rule::{self, Level};
use record::{FindingRecord, Record, Tenths};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// A package in the table: what is kept of it when its record has been written.
#[derive(Clone, Debug)]
pub struct Row {
    /// its name
    pub name: String,
    /// its version
    pub version: String,
    /// the census of its units
    pub census: Census,
    /// whether all of it was seen
    pub complete: bool,
}

impl Row {
    /// What the table shows of a package.
    pub fn of(record: &Record) -> Self {
        let mut census = Census::default();
        record.count(&mut census);
        let version = record.version.clone().unwrap_or_default();
        Self { name: record.name.clone(), version, census, complete: record.complete }
    }
}

/// A line of JSON for a package, with its end.
pub fn line(record: &Record) -> String {
    // a record is texts and numbers: nothing in it cannot be written
    serde_json::to_string(record).map(|line| steady(&line) + "\n").unwrap_or_default()
}

/// One document with these lines, and what they come to.
pub fn document(lines: &[String], census: &Census, suppressed: usize) -> String {
    let mut json = Json::new(Vec::new());
    super::head(&mut json);
    json.key("packages").open(b'[');
    for line in lines {
        json.raw(line.trim_end());
    }
    json.close(b']').key("summary").open(b'{').key("packages").number(lines.len() as i64);
    json.key("units").number(census.units as i64).key("refused").number(census.refused as i64);
    for (key, exposure) in [("exposure", census.score()), ("median", census.median()), ("worst", census.worst())] {
        json.key(key);
        match exposure {
            Some(tenths) => json.tenths(tenths),
            None => json.null(),
        };
    }
    json.key("levels").open(b'[');
    for (word, n) in census.levels() {
        json.open(b'{').key("level").string(word).key("units").number(n as i64).close(b'}');
    }
    json.close(b']').key("checks").open(b'[');
    for (id, c) in &census.checks {
        json.open(b'{').key("id").string(id).key("set").number(c.set as i64).key("open").number(c.open as i64);
        json.close(b'}');
    }
    json.close(b']').key("rules").open(b'[');
    for ((id, level), n) in &census.findings {
        json.open(b'{').key("rule").string(id).key("level").string(level.word());
        json.key("findings").number(*n as i64).close(b'}');
    }
    json.close(b']').key("suppressed").number(suppressed as i64).close(b'}').close(b'}');
    json.text()
}

/// The findings of a package, a line each; the worst first.
pub fn findings(record: &Record, paint: Paint) -> String {
    let mut all: Vec<&FindingRecord> = record.findings.iter().collect();
    all.sort_by_key(|f| Reverse(Level::named(&f.level)));
    let mut out = String::new();
    for f in all {
        let place = match (f.path.is_empty(), f.line, f.column) {
            (true, ..) => record.path.clone(),
            (_, Some(line), Some(column)) => format!("{}:{line}:{column}", f.path),
            _ => f.path.clone(),
        };
        let look = match f.level.as_str() {
            "error" => Look::Bad,
            "warn" => Look::Fair,
            _ => Look::Dim,
        };
        let _ = writeln!(
            out,
            "{}: {}: {} {}",
            paint.the(Look::Strong, clean(&record.name)),
            paint.the(Look::Path, clean(&place)),
            paint.the(look, format!("{}[{}]", f.level, f.rule)),
            clean(&f.message)
        );
    }
    for failure in &record.failures {
        let _ = writeln!(out, "{}: {}", clean(&record.name), clean(failure));
    }
    out
}

/// The packages, the most exposed first, no more than `most` of them; those without units are only counted.
pub fn table(rows: &[Row], most: usize, paint: Paint) -> String {
    let mut out = String::new();
    let mut with: Vec<&Row> = rows.iter().filter(|r| r.census.units > 0 || !r.census.findings.is_empty()).collect();
    with.sort_by(|a, b| {
        let key = |r: &Row| (r.census.score(), r.census.worst(), r.census.of_level(Level::Error));
        key(b).cmp(&key(a)).then_with(|| a.name.cmp(&b.name)).then_with(|| a.version.cmp(&b.version))
    });
    let shown = &with[..with.len().min(most)];
    if shown.is_empty() {
        return out;
    }
    let width =
        |text: &dyn Fn(&Row) -> usize, least, most| shown.iter().map(|r| text(r)).max().unwrap_or(0).clamp(least, most);
    let name = width(&|r| r.name.chars().count(), 7, 36);
    let version = width(&|r| r.version.chars().count(), 7, 20);
    let head = format!(
        "{:<name$}  {:<version$}  {:>5}  {:>8}  {:>5}  {:<9}  {:>6}  {:>5}  {:>5}",
        "package", "version", "units", "exposure", "worst", "level", "errors", "warn", "notes"
    );
    let _ = writeln!(out, "{}", paint.the(Look::Dim, head.trim_end()));
    for row in shown {
        let census = &row.census;
        let score = census.score();
        let number = |n: Option<u32>| n.map_or("-".to_owned(), tenths);
        let _ = writeln!(
            out,
            "{:<name$}  {:<version$}  {:>5}  {}  {:>6}  {:>5}  {:>5}{}",
            shorten(&clean(&row.name), name),
            shorten(&clean(&row.version), version),
            census.units,
            paint.the(
                score.map_or(Look::Dim, Paint::exposure),
                format!("{:>8}  {:>5}  {:<9}", number(score), number(census.worst()), score.map_or("", level))
            ),
            census.of_level(Level::Error),
            census.of_level(Level::Warn),
            census.of_level(Level::Note),
            if row.complete { "" } else { "  not all of it was read" }
        );
    }
    if with.len() > shown.len() {
        let _ = writeln!(out, "{} more packages (--all shows them)", with.len() - shown.len());
    }
    out
}

/// What the set comes to: scores, what is found most often, what is switched on least.
pub fn summary(packages: usize, census: &Census, suppressed: usize, paint: Paint) -> String {
    let mut out = String::new();
    let s = |n: u64| if n == 1 { "" } else { "s" };
    let count = packages as u64;
    let _ = write!(out, "{count} package{}, {} unit{}", s(count), census.units, s(census.units));
    if let (Some(score), Some(median), Some(worst)) = (census.score(), census.median(), census.worst()) {
        let levels: Vec<String> = census.levels().iter().map(|(word, n)| format!("{n} {word}")).collect();
        let _ = write!(
            out,
            "; exposure {} {} (mean of {}; median {}, worst {}): {}",
            paint.the(Paint::exposure(score), tenths(score)),
            level(score),
            census.scored(),
            tenths(median),
            tenths(worst),
            levels.join(", ")
        );
    }
    out.push('\n');
    let [errors, warnings, notes] = [Level::Error, Level::Warn, Level::Note].map(|l| census.of_level(l));
    let _ = write!(out, "{errors} error{}, {warnings} warning{}, {notes} note{}", s(errors), s(warnings), s(notes));
    let _ = match suppressed {
        0 => writeln!(out),
        n => writeln!(out, "; {n} suppressed"),
    };
    let mut often: Vec<(&(String, Level), &u64)> = census.findings.iter().collect();
    often.sort_by(|((a, la), na), ((b, lb), nb)| (lb, nb).cmp(&(la, na)).then_with(|| a.cmp(b)));
    if !often.is_empty() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Dim, "found most often"));
    }
    for ((id, found), n) in often.iter().take(12) {
        let summary = rule::find(id).map_or("", |r| r.summary);
        let _ = writeln!(out, "{n:>6}  {:<5}  {id:<34} {}", found.word(), shorten(summary, room(paint, 50)));
    }
    let mut least: Vec<_> = census.checks.iter().filter(|(_, c)| c.set + c.open > 0).collect();
    // of those alike the ones that weigh most
    let weights: BTreeMap<&str, u32> = rule::exposure_rules().map(|(_, check)| (check.id, check.weight)).collect();
    least.sort_by_key(|(id, c)| (c.set * 1000 / (c.set + c.open), Reverse(weights.get(*id)), **id));
    if !least.is_empty() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Dim, "switched on least"));
    }
    for (id, c) in least.iter().take(8) {
        let _ = writeln!(out, "{:>5}%  {id}", c.set * 100 / (c.set + c.open));
    }
    out
}

fn room(paint: Paint, before: usize) -> usize {
    if paint.width > before + 20 { paint.width - before } else { usize::MAX }
}

/// The path of a package for a line of progress.
pub fn name(of: &Path) -> String {
    path(Path::new(of.file_name().unwrap_or(of.as_os_str())))
}

/// An exposure, or nothing.
fn number(of: Option<Tenths>) -> String {
    of.map_or("-".to_owned(), |t| tenths(t.0))
}
