//! A recorded state: the findings and exposures that somebody decided to live with for now. Compared with it, only what is
//! new or worse is left. Pure data; the file comes and goes as bytes.
//!
//! A finding is recognised by its [`Mark`] and not by its line. Among equals the one in the recorded file is the known one;
//! a unit that has moved, or a checkout in another directory, keeps what is recorded under its name.

use super::mark::{Mark, marks};
use super::score::{level, tenths};
use super::{Report, Session, Silenced, Silencer, check};
use crate::rule::{Check, Finding, Level, Note, Registry};
use crate::vocab::Scope;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

/// The version of the file; a change that could break a reader raises it.
pub const SCHEMA: u32 = 1;

/// The member that makes a file a baseline and has the version.
pub const MEMBER: &str = "unitlint-baseline";

/// Findings that are alike, in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recorded {
    /// what they are about
    pub mark: Mark,
    /// the file
    pub path: String,
    /// how many
    pub count: u64,
}

/// A unit of a run, or what is recorded of one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// its name
    pub unit: String,
    /// whose manager
    pub scope: Scope,
    /// where it was found
    pub path: String,
    /// in tenths, where it has a score
    pub exposure: Option<u32>,
}

impl Seen {
    /// What a run says of a unit.
    pub fn of(report: &Report, naming: &Naming) -> Self {
        Self {
            unit: report.unit.name.to_string(),
            scope: report.unit.scope,
            path: naming.of(&report.unit.path),
            exposure: report.score.as_ref().map(|s| s.exposure),
        }
    }
}

/// A recorded state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// the release as which units were judged
    pub systemd: u16,
    /// sorted
    pub findings: Vec<Recorded>,
    /// sorted; each with an exposure
    pub exposures: Vec<Seen>,
}

/// How paths are recorded: seen from the directory of the file, so that it is the same wherever a run starts.
#[derive(Clone, Debug, Default)]
pub struct Naming {
    here: PathBuf,
    beside: PathBuf,
}

impl Naming {
    /// For a baseline in a file, seen from the directory of the run.
    pub fn new(here: &Path, file: &Path) -> Self {
        let file = plain(&here.join(file));
        Self { here: here.to_owned(), beside: file.parent().unwrap_or(Path::new("/")).to_owned() }
    }

    /// The name of a path that was reached; one that does not lie below the file stays as it is.
    pub fn of(&self, path: &Path) -> String {
        let whole = plain(&self.here.join(path));
        let short = plain(path);
        whole.strip_prefix(&self.beside).unwrap_or(&short).to_string_lossy().into_owned()
    }
}

/// A path without `.`, and without `..` behind a name.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut out, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
        out
    })
}

/// What is left of a run when the known is taken away.
#[derive(Debug)]
pub struct Compared {
    /// what is new or worse
    pub findings: Vec<Finding>,
    /// the exposures of units that are new or worse
    pub exposures: Vec<u32>,
    /// an exposure rose
    pub worse: bool,
    /// in numbers
    pub tally: Tally,
    /// what is known, where the session keeps it
    pub silenced: Vec<Silenced>,
}

impl Compared {
    /// Everything, where nothing is known.
    pub fn all(findings: Vec<Finding>, exposures: Vec<u32>) -> Self {
        Self { findings, exposures, worse: false, tally: Tally::default(), silenced: Vec::new() }
    }
}

impl Compared {
    fn know(&mut self, finding: Finding, session: &Session) {
        self.tally.known += 1;
        if session.keeps_silenced {
            self.silenced.push(Silenced { finding, by: Silencer::Baseline });
        }
    }
}

/// How a run and a baseline differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// findings that are recorded
    pub known: u64,
    /// recorded findings that are gone from units that were looked at
    pub gone: u64,
    /// units whose exposure is lower than recorded
    pub fell: u64,
}

/// The file as it is written.
#[derive(serde::Deserialize)]
struct Document {
    systemd: u16,
    findings: Vec<FindingLine>,
    exposures: Vec<ExposureLine>,
}

#[derive(serde::Deserialize)]
struct FindingLine {
    unit: String,
    scope: String,
    rule: String,
    #[serde(default)]
    about: String,
    path: String,
    #[serde(default = "one")]
    count: u64,
}

#[derive(serde::Deserialize)]
struct ExposureLine {
    unit: String,
    scope: String,
    path: String,
    exposure: f64,
}

/// What is read first: a later version may have other members.
#[derive(serde::Deserialize)]
struct Version {
    #[serde(rename = "unitlint-baseline")]
    schema: Option<u32>,
}

fn one() -> u64 {
    1
}

fn scope(word: &str) -> Result<Scope, String> {
    let all = [Scope::System, Scope::User];
    all.into_iter().find(|s| s.word() == word).ok_or_else(|| format!("{} is no scope", super::loader::excerpt(word)))
}

/// Whether bytes look like a baseline, whatever happened to it since: a file that does not is not replaced by one.
pub fn is_one(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(1024)];
    bytes.is_empty() || memchr::memmem::find(head, format!("\"{MEMBER}\"").as_bytes()).is_some()
}

impl Baseline {
    /// Reads the file.
    ///
    /// # Errors
    /// A sentence for the user: no JSON, no baseline, or one of a later version.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        // what is quoted from the file may be long
        let wrong = |e: serde_json::Error| super::loader::excerpt(&e.to_string()).into_owned();
        let version: Version = serde_json::from_slice(bytes).map_err(|e| match e.classify() {
            serde_json::error::Category::Data => format!("no baseline of unitlint: {}", wrong(e)),
            _ => format!("not JSON: {}", wrong(e)),
        })?;
        match version.schema {
            Some(SCHEMA) => {}
            None => return Err(format!("no baseline of unitlint: it has no {MEMBER}")),
            Some(other) => return Err(format!("a baseline of version {other}; this unitlint reads version {SCHEMA}")),
        }
        let document: Document =
            serde_json::from_slice(bytes).map_err(|e| format!("a broken baseline: {}", wrong(e)))?;
        let mut out = Self { systemd: document.systemd, ..Self::default() };
        for line in document.findings {
            let mark = Mark { scope: scope(&line.scope)?, unit: line.unit, rule: line.rule, about: line.about };
            out.findings.push(Recorded { mark, path: line.path, count: line.count });
        }
        for line in document.exposures {
            if !(0.0..=10.0).contains(&line.exposure) {
                return Err(format!("a broken baseline: {} is no exposure", line.exposure));
            }
            let exposure = Some((line.exposure * 10.0).round() as u32);
            out.exposures.push(Seen { scope: scope(&line.scope)?, unit: line.unit, path: line.path, exposure });
        }
        out.findings.sort();
        out.exposures.sort();
        Ok(out)
    }

    /// What is recorded of a removed rule is that of its successor.
    pub fn renamed(mut self, rules: &Registry) -> Self {
        for recorded in &mut self.findings {
            if let Some(rule) = rules.named(&recorded.mark.rule).filter(|r| r.id != recorded.mark.rule) {
                rule.id.clone_into(&mut recorded.mark.rule);
            }
        }
        self.findings.sort();
        self
    }

    /// What a run found. Mistakes in the configuration are never lived with, and scores are recorded as numbers.
    pub fn of(findings: &[Finding], units: &[Seen], naming: &Naming, systemd: u16) -> Self {
        let mut counts: BTreeMap<(Mark, String), u64> = BTreeMap::new();
        for (mark, f) in marks(findings).into_iter().zip(findings).filter(|(_, f)| is_recorded(f)) {
            *counts.entry((mark, naming.of(path(f)))).or_default() += 1;
        }
        let findings = counts.into_iter().map(|((mark, path), count)| Recorded { mark, path, count }).collect();
        let mut exposures: Vec<Seen> = units.iter().filter(|u| u.exposure.is_some()).cloned().collect();
        exposures.sort();
        Self { systemd, findings, exposures }
    }

    /// What is recorded here or there; of what is alike as many as there are where there are more, of an exposure the higher.
    #[must_use]
    pub fn or(mut self, other: &Self) -> Self {
        let mut findings: BTreeMap<(Mark, String), u64> = BTreeMap::new();
        for r in self.findings.into_iter().chain(other.findings.iter().cloned()) {
            let count = findings.entry((r.mark, r.path)).or_default();
            *count = r.count.max(*count);
        }
        let one = |((mark, path), count)| Recorded { mark, path, count };
        self.findings = findings.into_iter().map(one).collect();
        self.exposures.extend(other.exposures.iter().cloned());
        self.exposures.sort_by(|a, b| (&a.unit, a.scope, &a.path).cmp(&(&b.unit, b.scope, &b.path)).then(b.cmp(a)));
        self.exposures.dedup_by(|b, a| (&a.unit, a.scope, &a.path) == (&b.unit, b.scope, &b.path));
        self
    }

    /// Whether an exposure is above a recorded one of that name.
    pub(super) fn is_above(&self, unit: &str, scope: Scope, exposure: u32) -> bool {
        let from = self.exposures.partition_point(|s| (&*s.unit, s.scope) < (unit, scope));
        let same = self.exposures[from..].iter().take_while(|s| s.unit == unit && s.scope == scope);
        same.filter_map(|s| s.exposure).any(|e| e < exposure)
    }

    /// Takes away what is known. `units` are all that were looked at.
    pub fn compare(&self, findings: Vec<Finding>, units: &[Seen], naming: &Naming, session: &Session) -> Compared {
        let recorded = self.recorded_exposures(units);
        let mut out = Compared::all(Vec::new(), Vec::new());
        let mut by_unit: BTreeMap<(String, Scope, String), (u32, Option<u32>)> = BTreeMap::new();
        for (unit, recorded) in units.iter().zip(recorded) {
            let Some(now) = unit.exposure else { continue };
            by_unit.insert((unit.unit.clone(), unit.scope, unit.path.clone()), (now, recorded));
            out.tally.fell += u64::from(recorded.is_some_and(|r| now < r));
            out.exposures.extend(recorded.is_none_or(|r| now > r).then_some(now));
        }
        let marks = marks(&findings);
        let mut known = Known::new(self);
        let exactly: Vec<bool> = findings
            .iter()
            .zip(&marks)
            .map(|(f, mark)| is_recorded(f) && known.take(mark, Some(&naming.of(path(f)))))
            .collect();
        for ((finding, mark), exactly) in findings.into_iter().zip(&marks).zip(exactly) {
            if exactly || is_recorded(&finding) && known.take(mark, None) {
                out.know(finding, session);
                continue;
            }
            if !matches!(finding.rule.check, Check::ExposureScore) {
                out.findings.push(finding);
                continue;
            }
            match by_unit.get(&(finding.unit.clone(), finding.scope, naming.of(&finding.path))) {
                Some((now, Some(then))) if now > then => {
                    out.worse = true;
                    out.findings.push(risen(finding, *then, *now));
                }
                Some((_, Some(_))) => out.know(finding, session),
                // it was there only because a unit of that name is recorded elsewhere
                Some((now, None)) if *now < check::EXPOSED => {}
                _ => out.findings.push(finding),
            }
        }
        let looked_at: BTreeSet<(&str, Scope)> = units.iter().map(|u| (&*u.unit, u.scope)).collect();
        // a rule that was not asked has found nothing, and says nothing by that
        let spoke = |id: &str| session.rules.find(id).is_none_or(|r| session.selection.has(r));
        let met = |m: &Mark| looked_at.contains(&(&*m.unit, m.scope)) && spoke(&m.rule);
        out.tally.gone =
            known.0.iter().filter(|(mark, _)| met(mark)).fold(0, |n, (_, left)| left.all.saturating_add(n));
        out
    }

    /// What is recorded of each unit: under its path, else under the path of that name that ends most like it and that no
    /// other unit has taken.
    fn recorded_exposures(&self, units: &[Seen]) -> Vec<Option<u32>> {
        let mut groups: BTreeMap<(&str, Scope), (Vec<usize>, Vec<_>)> = BTreeMap::new();
        for s in &self.exposures {
            groups.entry((&s.unit, s.scope)).or_default().1.push(s);
        }
        for (i, u) in units.iter().enumerate() {
            if let Some(group) = groups.get_mut(&(&*u.unit, u.scope)) {
                group.0.push(i);
            }
        }
        let mut found = vec![None; units.len()];
        for (mut left, mut recorded) in groups.into_values() {
            for depth in (0..=DEPTH).rev() {
                if left.is_empty() || recorded.is_empty() {
                    break;
                }
                let mut by_ending: BTreeMap<&str, Vec<&Seen>> = BTreeMap::new();
                for s in recorded {
                    by_ending.entry(ending(&s.path, depth)).or_default().push(s);
                }
                left.retain(|i| match by_ending.get_mut(ending(&units[*i].path, depth)).and_then(Vec::pop) {
                    Some(s) => {
                        found[*i] = s.exposure;
                        false
                    }
                    None => true,
                });
                recorded = by_ending.into_values().flatten().collect();
            }
        }
        found
    }
}

/// So many of the last names of a path are compared before all of it counts.
const DEPTH: usize = 16;

/// The last names of a path; all of it for the greatest depth.
fn ending(path: &str, depth: usize) -> &str {
    match depth {
        0 => "",
        DEPTH => path,
        _ => path.rmatch_indices('/').nth(depth - 1).map_or(path, |(at, _)| &path[at + 1..]),
    }
}

/// How many findings of a baseline have not been met yet, by mark.
struct Known<'b>(BTreeMap<&'b Mark, Left<'b>>);

#[derive(Default)]
struct Left<'b> {
    all: u64,
    by_path: BTreeMap<&'b str, u64>,
}

impl<'b> Known<'b> {
    fn new(baseline: &'b Baseline) -> Self {
        let mut known: BTreeMap<&Mark, Left<'_>> = BTreeMap::new();
        for r in &baseline.findings {
            let left = known.entry(&r.mark).or_default();
            left.all = left.all.saturating_add(r.count);
            let here = left.by_path.entry(&r.path).or_default();
            *here = here.saturating_add(r.count);
        }
        Self(known)
    }

    /// Whether there is one left, in that file or, without one, anywhere.
    fn take(&mut self, mark: &Mark, path: Option<&str>) -> bool {
        let Some(left) = self.0.get_mut(mark).filter(|left| left.all > 0) else { return false };
        if let Some(path) = path {
            let Some(here) = left.by_path.get_mut(path).filter(|n| **n > 0) else { return false };
            *here -= 1;
        }
        left.all -= 1;
        true
    }
}

/// Whether a finding is kept as such.
fn is_recorded(f: &Finding) -> bool {
    !matches!(f.rule.check, Check::Configuration | Check::ExposureScore)
}

fn path(f: &Finding) -> &Path {
    f.at.as_ref().map_or(&f.path, |at| at.path())
}

/// The finding about a score, of one that rose.
fn risen(mut finding: Finding, then: u32, now: u32) -> Finding {
    finding.level = finding.level.max(Level::Warn);
    finding.message = format!("exposure {} -> {} {}", tenths(then), tenths(now), level(now));
    finding.notes.insert(0, Note::new(format!("it was {} before; unitlint diff tells what has changed", tenths(then))));
    finding
}
