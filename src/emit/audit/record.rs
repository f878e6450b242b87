//! A package as an audit tells it: one JSON value a line. The same lines are read again, so that many machines can audit
//! one archive and one makes the report.

use crate::emit::security::refusal;
use crate::engine::census::{self, Census};
use crate::engine::score::{Score, place};
use crate::engine::{Policy, Report, Rest, path_down};
use crate::package::Package;
use crate::rule::{self, Finding, Level};
use crate::unit::Unit;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::Path;

/// An exposure in tenths; a number with one decimal in JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenths(pub u32);

impl Serialize for Tenths {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64(f64::from(self.0) / 10.0)
    }
}

impl<'de> Deserialize<'de> for Tenths {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(d)?;
        if (0.0..=1000.0).contains(&number) {
            return Ok(Self((number * 10.0).round() as u32));
        }
        Err(serde::de::Error::custom("an exposure is from 0 on"))
    }
}

/// A package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// the version of this format
    pub schema: u32,
    /// where it was read
    pub path: String,
    /// `deb`, `rpm`, `tar`, `image` or `directory`
    pub format: String,
    /// its name
    pub name: String,
    /// its version
    pub version: Option<String>,
    /// for which machines
    pub architecture: Option<String>,
    /// what it was built from
    pub source: Option<String>,
    /// whether all of it was seen
    pub complete: bool,
    /// the mean exposure of its units
    pub exposure: Option<Tenths>,
    /// its units
    pub units: Vec<UnitRecord>,
    /// what was found
    pub findings: Vec<FindingRecord>,
    /// how many findings comments and configuration took away
    pub suppressed: usize,
    /// what could not be read; sentences
    pub failures: Vec<String>,
}

/// A unit of a package.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitRecord {
    /// its name
    pub name: String,
    /// `system` or `user`
    pub scope: String,
    /// where it is in the package
    pub path: String,
    /// its drop-ins
    pub dropins: Vec<String>,
    /// its exposure; null for one without a score
    pub exposure: Option<Tenths>,
    /// systemd's word for it
    pub level: Option<String>,
    /// why it has none although it could have one
    pub refused: Option<String>,
    /// what it may take of the machine
    pub resources: Option<Tenths>,
    /// the checks of the exposure score that apply
    pub checks: Vec<CheckRecord>,
    /// the cheapest next steps that seldom break a service
    pub steps: Vec<StepRecord>,
}

/// A check of the exposure score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckRecord {
    /// systemd's name for it
    pub id: String,
    /// whether it costs nothing
    pub set: bool,
    /// what it costs
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Tenths>,
    /// the line that decides it, where one does
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A line that would lower the exposure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// the line
    pub line: String,
    /// the exposure with it and those before it
    pub to: Tenths,
}

/// A finding.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FindingRecord {
    /// the rule
    pub rule: String,
    /// `note`, `warn` or `error`
    pub level: String,
    /// what is wrong
    pub message: String,
    /// the unit; empty where it is about the package
    pub unit: String,
    /// the file in the package
    pub path: String,
    /// the line, from 1; null for a file as a whole
    pub line: Option<u32>,
    /// the column, from 1
    pub column: Option<u32>,
}

impl Record {
    /// Begins with what a package says of itself.
    pub fn of(package: &Package) -> Self {
        let text = |text: &Option<Box<str>>| text.as_ref().map(ToString::to_string);
        Self {
            schema: crate::emit::SCHEMA,
            path: package.root.to_string_lossy().into_owned(),
            format: package.kind.word().to_owned(),
            name: package.name.to_string(),
            version: text(&package.version),
            architecture: text(&package.architecture),
            source: text(&package.source),
            complete: package.is_complete(),
            ..Self::default()
        }
    }

    /// What was found of a unit.
    pub fn unit(&mut self, report: &Report, policy: &Policy) {
        let inside = |path: &Path| inside(Path::new(&self.path), path);
        let unit = &report.unit;
        let score = report.score.as_ref();
        let steps = score.map(|s| path_down::propose(unit, s, policy)).unwrap_or_default().steps;
        let record = UnitRecord {
            name: unit.name.to_string(),
            scope: unit.scope.word().to_owned(),
            path: inside(&unit.path),
            dropins: unit.files.iter().skip(1).map(|f| inside(&f.source.path)).collect(),
            exposure: score.map(|s| Tenths(s.exposure)),
            level: score.map(|s| s.level().to_owned()),
            refused: refusal(unit).filter(|_| unit.kind().has_exec_context()).map(str::to_owned),
            resources: report.bounds.as_ref().map(|b| Tenths(b.overall)),
            checks: score.map(|s| checks(unit, s, &inside)).unwrap_or_default(),
            steps: steps.into_iter().map(|s| StepRecord { line: s.line, to: Tenths(s.after) }).collect(),
        };
        self.units.push(record);
        self.suppressed += report.suppressed;
        self.findings.extend(report.findings.iter().map(|f| finding(Path::new(&self.path), f)));
    }

    /// What is said of the package as a whole.
    pub fn rest(&mut self, rest: &Rest) {
        self.suppressed += rest.suppressed;
        self.findings.extend(rest.findings.iter().map(|f| finding(Path::new(&self.path), f)));
        self.failures.extend(rest.failures.iter().cloned());
        let mut census = Census::default();
        self.units.iter().for_each(|u| census.unit(u.exposure.map(|e| e.0), false, []));
        self.exposure = census.score().map(Tenths);
    }

    /// Counts it.
    pub fn count(&self, census: &mut Census) {
        for unit in &self.units {
            let mut checks = unit.checks.iter().peekable();
            // both are in the order of the score
            let said = rule::exposure_rules()
                .map(|(_, check)| checks.next_if(|c| c.id == check.id).map(|c| c.set))
                .filter(|_| unit.exposure.is_some());
            census.unit(unit.exposure.map(|e| e.0), unit.refused.is_some(), said);
            if let Some(Tenths(score)) = unit.resources {
                *census.resources.entry(score).or_default() += 1;
            }
        }
        for f in &self.findings {
            census.finding(&f.rule, Level::named(&f.level).unwrap_or(Level::Note));
        }
    }

    /// Reads a line that an audit has written.
    ///
    /// # Errors
    /// A sentence.
    pub fn read(line: &str) -> Result<Self, String> {
        let record: Self =
            serde_json::from_str(line).map_err(|e| format!("it is no package that an audit has written: {e}"))?;
        match record.schema {
            crate::emit::SCHEMA => Ok(record),
            other => Err(format!("it is of version {other}, which this release does not read")),
        }
    }
}

/// A path of a package as it is installed.
fn inside(root: &Path, path: &Path) -> String {
    match path.strip_prefix(root) {
        Ok(rest) if rest.as_os_str().is_empty() => String::new(),
        Ok(rest) => format!("/{}", rest.to_string_lossy()),
        Err(_) => path.to_string_lossy().into_owned(),
    }
}

fn checks(unit: &Unit, score: &Score, inside: &dyn Fn(&Path) -> String) -> Vec<CheckRecord> {
    let all = score.parts.iter().zip(census::checks(score));
    let told = all.filter_map(|(part, set)| {
        let set = set?;
        let decided = unit.decisive(part.verdict.key).is_some();
        let at = place(unit, part.verdict.key).filter(|_| decided);
        Some(CheckRecord {
            id: part.id().to_owned(),
            set,
            cost: score.cost(part).filter(|_| !set).map(Tenths),
            at: at.map(|at| format!("{}:{}", inside(at.path()), at.start().line)),
        })
    });
    told.collect()
}

fn finding(root: &Path, f: &Finding) -> FindingRecord {
    let path = f.at.as_ref().map_or(f.path.as_path(), |at| at.path());
    let start = f.at.as_ref().map(|at| at.start());
    FindingRecord {
        rule: f.rule.id.to_owned(),
        level: f.level.word().to_owned(),
        message: f.message.clone(),
        unit: f.unit.clone(),
        path: inside(root, path),
        line: start.map(|s| s.line),
        column: start.map(|s| s.column),
    }
}
