//! Comments that switch a rule off at one place: `# unitlint: ignore[rule-id] reason`, above a line or a section header.
//! `until=YYYY-MM-DD` in front of the reason lets one expire. Those that do nothing are told.

use super::Session;
use crate::load::File;
use crate::rule::{Check, Finding, Level, Note, Registry, Rule};
use crate::syntax::Kind;
use crate::text::{Loc, Source, Span};
use crate::unit::{State, Unit};
use crate::vocab::Scope;
use memchr::memmem;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// `2026-11-22`
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |width: usize| {
            let part = parts.next().filter(|p| p.len() == width && p.bytes().all(|b| b.is_ascii_digit()))?;
            part.parse::<u16>().ok()
        };
        let (year, month, day) = (number(4)?, number(2)?, number(2)?);
        let good = (1..=12).contains(&month) && (1..=31).contains(&day) && parts.next().is_none();
        good.then_some(Self { year, month: month as u8, day: day as u8 })
    }

    /// The day that lies so many days after 1970-01-01.
    pub fn from_days(days: u64) -> Self {
        // eras of 400 years that begin in March, so that the leap day is the last of its year
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Self { year: year as u16, month: month as u8, day: day as u8 }
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// A finding that is not told, and who says so.
#[derive(Clone, Debug)]
pub struct Silenced {
    /// the finding
    pub finding: Finding,
    /// what silences it
    pub by: Silencer,
}

/// What silences a finding.
#[derive(Clone, Debug)]
pub enum Silencer {
    /// a comment: where the rule stands in it, and the reason behind it
    Comment(Loc, Span),
    /// the configuration, for this file
    Configuration,
    /// it is recorded as known
    Baseline,
}

/// The findings at the levels of the session, without those about files that are excepted from their rule.
pub(super) fn settled(findings: Vec<Finding>, session: &Session, silenced: &mut Vec<Silenced>) -> Vec<Finding> {
    let keep = |f: &Finding| session.keeps_silenced && session.selection.excepts(f);
    let mut settle = |f: Finding| {
        if keep(&f) {
            silenced.push(Silenced { finding: f, by: Silencer::Configuration });
            return None;
        }
        session.selection.settle(f)
    };
    findings.into_iter().filter_map(&mut settle).collect()
}

/// One rule of one comment.
#[derive(Clone, Debug)]
struct Suppression {
    file: Arc<Source>,
    /// the id in the comment
    at: Span,
    id: String,
    /// the rule that it stands for
    rule: Option<&'static Rule>,
    /// the bytes whose findings it is about
    covers: Span,
    /// they are those of a section, not of a line
    section: bool,
    /// its rule was asked of the unit
    asked: bool,
    /// empty where it has none
    reason: Span,
    until: Option<Date>,
    used: bool,
}

const MARK: &str = "unitlint:";

static FINDER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(MARK));

/// What comments left of the findings of a unit.
pub(super) struct Applied {
    pub(super) findings: Vec<Finding>,
    /// how many were taken away
    pub(super) suppressed: usize,
    /// comments about rules that speak later
    pub(super) open: Vec<Open>,
}

/// A comment about a rule that looks at several units, in a file of one of them.
#[derive(Clone, Debug)]
pub(super) struct Open {
    suppression: Suppression,
    unit: String,
    scope: Scope,
    path: PathBuf,
}

/// Takes away what comments switch off. Complaints about the comments themselves are added when their rule speaks.
pub(super) fn apply(unit: &Unit, findings: Vec<Finding>, session: &Session, silenced: &mut Vec<Silenced>) -> Applied {
    let marked = unit.files.iter().filter(|f| FINDER.find(&f.source.bytes).is_some());
    let mut broken = Vec::new();
    let mut all: Vec<Suppression> = marked.flat_map(|f| comments(f, &session.rules, &mut broken)).collect();
    // nobody scores drop-ins alone, and what is not taken is asked nothing
    let scoring = |r: &Rule| r.is_part() || r.is_sum() || matches!(r.check, Check::Escape(_) | Check::EscapeSum);
    for s in &mut all {
        s.asked = unit.state == State::Loaded && !(unit.lone && s.rule.is_some_and(scoring));
    }
    if all.is_empty() && broken.is_empty() {
        return Applied { findings, suppressed: 0, open: Vec::new() };
    }
    let before = findings.len();
    let mut findings = left(findings, all.iter_mut(), session, silenced);
    let suppressed = before - findings.len();
    let later = |s: &Suppression| s.rule.is_some_and(|r| matches!(r.check, Check::World(_) | Check::Relation { .. }));
    let (open, all): (Vec<_>, Vec<_>) = all.into_iter().partition(later);
    let nothing = |rule| super::check::finding(rule, unit, String::new());
    findings.extend(all.iter().filter_map(|s| s.complaint(session, nothing)));
    findings.extend(broken.into_iter().filter_map(|at| told(session, nothing, "malformed", "", at)));
    let open = open.into_iter().map(|suppression| {
        let (unit, scope, path) = (unit.name.to_string(), unit.scope, unit.path.clone());
        Open { suppression, unit, scope, path }
    });
    Applied { findings, suppressed, open: open.collect() }
}

/// The same for findings about several units, when all of them are there.
pub(super) fn apply_open(
    mut open: Vec<Open>,
    findings: Vec<Finding>,
    session: &Session,
    silenced: &mut Vec<Silenced>,
) -> (Vec<Finding>, usize) {
    let before = findings.len();
    let mut findings = left(findings, open.iter_mut().map(|o| &mut o.suppression), session, silenced);
    let suppressed = before - findings.len();
    for o in open {
        let nothing = |rule: &'static Rule| Finding {
            unit: o.unit.clone(),
            ..super::check::nothing(rule, o.scope, o.path.clone())
        };
        findings.extend(o.suppression.complaint(session, nothing));
    }
    (findings, suppressed)
}

/// The findings that no comment takes away.
fn left<'s>(
    findings: Vec<Finding>,
    all: impl Iterator<Item = &'s mut Suppression>,
    session: &Session,
    silenced: &mut Vec<Silenced>,
) -> Vec<Finding> {
    let mut all: Vec<&mut Suppression> = all.collect();
    // lines do not overlap one another, nor do sections: by their starts the ones around a place are found at once
    let files: Vec<Arc<Source>> = all.iter().map(|s| s.file.clone()).collect();
    let mut starts: BTreeMap<(&Path, bool, u32), Vec<usize>> = BTreeMap::new();
    for ((i, s), file) in all.iter().enumerate().zip(&files) {
        starts.entry((&file.path, s.section, s.covers.start)).or_default().push(i);
    }
    let mut hits = |f: &Finding| {
        let at = f.at.as_ref()?;
        let (file, mut hit) = (&*at.source.path, None);
        for section in [false, true] {
            let around = starts.range((file, section, 0)..=(file, section, at.span.start)).next_back();
            for i in around.into_iter().flat_map(|(_, all)| all) {
                let s = &mut all[*i];
                if s.covers(f) {
                    s.used = true;
                    if !s.expired(session.today) {
                        hit = Some(Silencer::Comment(Loc { source: s.file.clone(), span: s.at }, s.reason));
                    }
                }
            }
        }
        hit
    };
    let mut out = Vec::with_capacity(findings.len());
    for finding in findings {
        match hits(&finding) {
            None => out.push(finding),
            Some(by) if session.keeps_silenced => silenced.push(Silenced { finding, by }),
            Some(_) => {}
        }
    }
    out
}

/// What the rule says that speaks for comments.
fn told(
    session: &Session,
    nothing: impl Fn(&'static Rule) -> Finding,
    state: &str,
    id: &str,
    at: Loc,
) -> Option<Finding> {
    let complaining = session.rules.all().find(|r| matches!(r.check, Check::Suppression));
    let rule = complaining.filter(|r| session.selection.has(r))?;
    let message = rule.message(state).replace("{about}", id);
    let mut found = Finding { message, at: Some(at), ..nothing(rule) };
    if state == "no-reason" {
        found.level = found.level.min(Level::Note);
    }
    if state == "unknown" {
        let near = crate::suggest::nearest(id, session.rules.all().map(|r| r.id));
        found.notes.extend(near.map(|n| Note::new(format!("did you mean {n}?"))));
    }
    session.selection.settle(found)
}

impl Suppression {
    fn covers(&self, f: &Finding) -> bool {
        self.rule.is_some_and(|rule| rule.id == f.rule.id)
            && f.at.as_ref().is_some_and(|at| {
                at.source.path == self.file.path && (self.covers.start..self.covers.end).contains(&at.span.start)
            })
    }

    fn expired(&self, today: Option<Date>) -> bool {
        matches!((self.until, today), (Some(until), Some(today)) if until < today)
    }

    /// What there is to say of it. A rule that did not speak leaves nothing to suppress.
    fn complaint(&self, session: &Session, nothing: impl Fn(&'static Rule) -> Finding) -> Option<Finding> {
        let spoke = self.rule.is_none_or(|r| self.asked && session.selection.has(r));
        let state = self.state(session.today).filter(|_| spoke)?;
        told(session, nothing, state, &self.id, Loc { source: self.file.clone(), span: self.at })
    }

    /// What is wrong with it.
    fn state(&self, today: Option<Date>) -> Option<&'static str> {
        if self.rule.is_none() {
            Some("unknown")
        } else if self.used && self.expired(today) {
            Some("expired")
        } else if !self.used {
            Some("unused")
        } else if self.reason.range().is_empty() {
            Some("no-reason")
        } else {
            None
        }
    }
}

/// The suppressions of a file; what begins like one and is none goes to `broken`.
fn comments(file: &File, rules: &Registry, broken: &mut Vec<Loc>) -> Vec<Suppression> {
    let bytes = &file.source.bytes;
    let items = &file.syntax().items;
    let mut out = Vec::new();
    for (i, item) in items.iter().enumerate().filter(|(_, item)| item.kind == Kind::Comment) {
        let Ok(text) = std::str::from_utf8(item.span.of(bytes)) else { continue };
        let body = text.trim_start().trim_start_matches(['#', ';']).trim_start();
        let Some(rest) = body.strip_prefix(MARK) else { continue };
        let offset = |part: &str| item.span.start as usize + (part.as_ptr() as usize - text.as_ptr() as usize);
        let span = |part: &str| Span::new(offset(part), offset(part) + part.len());
        let parsed = rest.trim_start().strip_prefix("ignore[").and_then(|r| r.split_once(']'));
        let Some((ids, reason)) = parsed else {
            broken.push(Loc { source: file.source.clone(), span: span(body.trim_end()) });
            continue;
        };
        let mut reason = reason.trim();
        let mut until = None;
        if let Some(date) = reason.split_whitespace().next().and_then(|w| w.strip_prefix("until=")) {
            until = Date::parse(date);
            if until.is_none() {
                broken.push(Loc { source: file.source.clone(), span: span(date) });
            }
            reason = reason["until=".len() + date.len()..].trim();
        }
        let (covers, section) = covered(file, i);
        for id in ids.split(',').map(str::trim).filter(|id| !id.is_empty()) {
            out.push(Suppression {
                file: file.source.clone(),
                at: span(id),
                id: id.to_owned(),
                rule: rules.named(id),
                covers,
                section,
                asked: true,
                reason: span(reason),
                until,
                used: false,
            });
        }
    }
    out
}

/// The line below a comment, or the section whose header that is, and which of them it is.
fn covered(file: &File, comment: usize) -> (Span, bool) {
    let items = &file.syntax().items;
    let below = items[comment + 1..].iter().position(|i| !matches!(i.kind, Kind::Comment | Kind::Blank));
    let Some(first) = below.map(|b| comment + 1 + b) else { return (Span::default(), false) };
    let start = items[first].span.start;
    let is_header = |i: &crate::syntax::Item| matches!(i.kind, Kind::Section { .. });
    let section = is_header(&items[first]);
    let last = match section {
        true => items[first + 1..].iter().position(is_header).map_or(items.len(), |n| first + 1 + n),
        false => first + 1,
    };
    (Span { start, end: items[last - 1].span.end.max(start + 1) }, section)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        assert_eq!(Date::parse("2026-02-03"), Some(Date { year: 2026, month: 2, day: 3 }));
        for bad in ["2026-2-3", "2026-13-01", "2026-01-00", "26-01-01", "2026-01-01-01", "x"] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
        for (days, text) in [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_779, "2026-11-22")] {
            assert_eq!(Some(Date::from_days(days)), Date::parse(text));
        }
    }
}
