//! Comments that switch a rule off at one place: `# unitlint: ignore[rule-id] reason`, above a line or a section header.
//! `until=YYYY-MM-DD` in front of the reason lets one expire. Those that do nothing are told.

use super::Session;
use crate::load::File;
use crate::rule::{Check, Finding, Level, Note, Registry, Rule};
use crate::syntax::Kind;
use crate::text::{Loc, Span};
use crate::unit::{State, Unit};
use std::collections::BTreeMap;
use std::sync::Arc;

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

/// One rule of one comment.
struct Suppression<'f> {
    file: &'f File,
    /// the id in the comment
    at: Span,
    id: String,
    /// the bytes whose findings it is about
    covers: Span,
    /// they are those of a section, not of a line
    section: bool,
    reason: bool,
    until: Option<Date>,
    used: bool,
}

const MARK: &str = "unitlint:";

/// What is left of the findings, and how many were taken away. Complaints about the comments themselves are added when
/// their rule speaks.
pub fn apply(unit: &Unit, findings: Vec<Finding>, session: &Session) -> (Vec<Finding>, usize) {
    let Session { rules, selection, today, .. } = session;
    let today = *today;
    let marked = unit.files.iter().filter(|f| memchr::memmem::find(&f.source.bytes, MARK.as_bytes()).is_some());
    let mut broken = Vec::new();
    let mut all: Vec<Suppression<'_>> = marked.flat_map(|f| comments(f, &mut broken)).collect();
    if all.is_empty() && broken.is_empty() {
        return (findings, 0);
    }
    // lines do not overlap one another, nor do sections: by their starts the ones around a place are found at once
    let file_of = |source: &Arc<crate::text::Source>| unit.files.iter().position(|f| Arc::ptr_eq(&f.source, source));
    let mut starts: BTreeMap<(Option<usize>, bool, u32), Vec<usize>> = BTreeMap::new();
    for (i, s) in all.iter().enumerate() {
        starts.entry((file_of(&s.file.source), s.section, s.covers.start)).or_default().push(i);
    }
    let before = findings.len();
    let mut kept: Vec<Finding> = findings
        .into_iter()
        .filter(|f| {
            let Some(at) = &f.at else { return true };
            let file = file_of(&at.source);
            let mut hit = false;
            for section in [false, true] {
                let around = starts.range((file, section, 0)..=(file, section, at.span.start)).next_back();
                for i in around.into_iter().flat_map(|(_, all)| all) {
                    let s = &mut all[*i];
                    if s.covers(f) {
                        s.used = true;
                        hit |= !s.expired(today);
                    }
                }
            }
            !hit
        })
        .collect();
    let suppressed = before - kept.len();
    let complaining = rules.all().find(|r| matches!(r.check, Check::Suppression));
    if let Some(rule) = complaining.filter(|r| selection.has(r)) {
        // a rule that did not speak leaves nothing to suppress
        let scoring = |r: &Rule| r.exposure.is_some() || matches!(r.check, Check::ExposureScore);
        let asked = |r: &Rule| unit.state == State::Loaded && !(unit.lone && scoring(r));
        let spoke = |s: &&Suppression<'_>| rules.find(&s.id).is_none_or(|r| selection.has(r) && asked(r));
        let states =
            all.iter().filter(spoke).filter_map(|s| Some((s.file, s.at, s.state(rules, today)?, s.id.as_str())));
        let states = states.chain(broken.iter().map(|(file, at)| (*file, *at, "malformed", "")));
        kept.extend(states.filter_map(|(file, at, state, id)| {
            let mut found = complaint(rule, unit, file, at, state, id);
            if state == "unknown" {
                let near = crate::suggest::nearest(id, rules.all().map(|r| r.id));
                found.notes.extend(near.map(|n| Note::new(format!("did you mean {n}?"))));
            }
            selection.settle(found)
        }));
    }
    (kept, suppressed)
}

impl Suppression<'_> {
    fn covers(&self, f: &Finding) -> bool {
        f.rule.id == self.id
            && f.at.as_ref().is_some_and(|at| {
                Arc::ptr_eq(&at.source, &self.file.source)
                    && (self.covers.start..self.covers.end).contains(&at.span.start)
            })
    }

    fn expired(&self, today: Option<Date>) -> bool {
        matches!((self.until, today), (Some(until), Some(today)) if until < today)
    }

    /// What is wrong with it.
    fn state(&self, rules: &Registry, today: Option<Date>) -> Option<&'static str> {
        if rules.find(&self.id).is_none() {
            Some("unknown")
        } else if self.used && self.expired(today) {
            Some("expired")
        } else if !self.used {
            Some("unused")
        } else if !self.reason {
            Some("no-reason")
        } else {
            None
        }
    }
}

/// The suppressions of a file; what begins like one and is none goes to `broken`.
fn comments<'f>(file: &'f File, broken: &mut Vec<(&'f File, Span)>) -> Vec<Suppression<'f>> {
    let bytes = &file.source.bytes;
    let items = &file.syntax.items;
    let mut out = Vec::new();
    for (i, item) in items.iter().enumerate().filter(|(_, item)| item.kind == Kind::Comment) {
        let Ok(text) = std::str::from_utf8(item.span.of(bytes)) else { continue };
        let body = text.trim_start().trim_start_matches(['#', ';']).trim_start();
        let Some(rest) = body.strip_prefix(MARK) else { continue };
        let offset = |part: &str| item.span.start as usize + (part.as_ptr() as usize - text.as_ptr() as usize);
        let span = |part: &str| Span::new(offset(part), offset(part) + part.len());
        let parsed = rest.trim_start().strip_prefix("ignore[").and_then(|r| r.split_once(']'));
        let Some((ids, reason)) = parsed else {
            broken.push((file, span(body.trim_end())));
            continue;
        };
        let mut reason = reason.trim();
        let mut until = None;
        if let Some(date) = reason.split_whitespace().next().and_then(|w| w.strip_prefix("until=")) {
            until = Date::parse(date);
            if until.is_none() {
                broken.push((file, span(date)));
            }
            reason = reason["until=".len() + date.len()..].trim();
        }
        let (covers, section) = covered(file, i);
        for id in ids.split(',').map(str::trim).filter(|id| !id.is_empty()) {
            out.push(Suppression {
                file,
                at: span(id),
                id: id.to_owned(),
                covers,
                section,
                reason: !reason.is_empty(),
                until,
                used: false,
            });
        }
    }
    out
}

/// The line below a comment, or the section whose header that is, and which of them it is.
fn covered(file: &File, comment: usize) -> (Span, bool) {
    let items = &file.syntax.items;
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

fn complaint(rule: &'static Rule, unit: &Unit, file: &File, at: Span, state: &str, id: &str) -> Finding {
    let mut found = super::check::finding(rule, unit, rule.message(state).replace("{about}", id));
    found.at = Some(Loc { source: file.source.clone(), span: at });
    if state == "no-reason" {
        found.level = found.level.min(Level::Note);
    }
    found
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
