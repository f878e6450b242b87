//! What changed from one set of packages to another: units whose exposure moved, findings that came or went.

use super::number;
use super::record::{Record, Tenths, UnitRecord};
use crate::emit::style::{Look, Paint, clean};
use crate::engine::census::Census;
use crate::engine::score::tenths;
use crate::rule::Level;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Two sets side by side.
pub struct Changes<'a> {
    /// packages that are only in the new one
    pub came: Vec<&'a Record>,
    /// packages that are only in the old one
    pub went: Vec<&'a Record>,
    /// units whose exposure is another now, the largest rise first
    pub moved: Vec<Moved<'a>>,
    /// findings by rule that are more or fewer: before and after
    pub findings: Vec<(String, Level, u64, u64)>,
    /// the whole, before and after
    pub census: (Census, Census),
}

/// A unit whose exposure is another now; nothing where it is not there or has none.
pub struct Moved<'a> {
    /// the package
    pub package: &'a str,
    /// the unit
    pub unit: &'a str,
    /// before
    pub old: Option<Tenths>,
    /// now
    pub new: Option<Tenths>,
}

impl Moved<'_> {
    /// Whether it is worse now: it rose, or came without a bound.
    pub fn is_worse(&self) -> bool {
        self.new > self.old && self.old.is_some()
    }
}

impl<'a> Changes<'a> {
    /// Compares.
    pub fn of(old: &'a [Record], new: &'a [Record]) -> Self {
        let key = |r: &'a Record| (r.name.as_str(), r.architecture.as_deref());
        let (before, after): (BTreeMap<_, _>, BTreeMap<_, _>) =
            (old.iter().map(|r| (key(r), r)).collect(), new.iter().map(|r| (key(r), r)).collect());
        let only = |these: &BTreeMap<_, &'a Record>, those: &BTreeMap<_, &'a Record>| -> Vec<&'a Record> {
            these.iter().filter(|(k, _)| !those.contains_key(*k)).map(|(_, r)| *r).collect()
        };
        let mut moved = Vec::new();
        for (k, new) in &after {
            let Some(old) = before.get(k) else { continue };
            moved.extend(units(old, new));
        }
        let delta = |m: &Moved<'_>| {
            let tenths = |t: Option<Tenths>| t.map_or(0, |t| i64::from(t.0));
            tenths(m.new) - tenths(m.old)
        };
        moved.sort_by(|a, b| delta(b).cmp(&delta(a)).then_with(|| (a.package, a.unit).cmp(&(b.package, b.unit))));
        let count = |records: &[Record]| {
            let mut census = Census::default();
            records.iter().for_each(|r| r.count(&mut census));
            census
        };
        let census = (count(old), count(new));
        let mut rules: BTreeMap<&(String, Level), (u64, u64)> = BTreeMap::new();
        for (key, n) in &census.0.findings {
            rules.entry(key).or_default().0 = *n;
        }
        for (key, n) in &census.1.findings {
            rules.entry(key).or_default().1 = *n;
        }
        let changed = rules.into_iter().filter(|(_, (a, b))| a != b);
        let findings = changed.map(|((id, level), (a, b))| (id.clone(), *level, a, b)).collect();
        Self { came: only(&after, &before), went: only(&before, &after), moved, findings, census }
    }

    /// Whether a unit that was there is more exposed now.
    pub fn is_worse(&self) -> bool {
        self.moved.iter().any(Moved::is_worse)
    }

    /// For people.
    pub fn human(&self, paint: Paint) -> String {
        let mut out = String::new();
        let arrow = paint.either("→", "->");
        for (what, records) in [("new", &self.came), ("gone", &self.went)] {
            for r in records {
                let version = r.version.as_deref().unwrap_or_default();
                let _ =
                    writeln!(out, "{what:<5} {} {}  exposure {}", clean(&r.name), clean(version), number(r.exposure));
            }
        }
        for m in &self.moved {
            let look = if m.new > m.old { Look::Bad } else { Look::Good };
            let change = format!("{:>4} {arrow} {:<4}", number(m.old), number(m.new));
            let _ = writeln!(out, "{}  {} ({})", paint.the(look, change), clean(m.unit), clean(m.package));
        }
        for (id, level, a, b) in &self.findings {
            let look = if b > a { Look::Fair } else { Look::Good };
            let _ = writeln!(out, "{}  {}[{id}]", paint.the(look, format!("{a:>4} {arrow} {b:<4}")), level.word());
        }
        let score = |c: &Census| c.score().map_or("-".to_owned(), tenths);
        let (old, new) = &self.census;
        let _ =
            writeln!(out, "{} {arrow} {} units, exposure {} {arrow} {}", old.units, new.units, score(old), score(new));
        out
    }
}

fn units<'a>(old: &'a Record, new: &'a Record) -> Vec<Moved<'a>> {
    let key = |u: &'a UnitRecord| (u.name.as_str(), u.scope.as_str());
    let before: BTreeMap<_, _> = old.units.iter().map(|u| (key(u), u)).collect();
    let after: BTreeMap<_, _> = new.units.iter().map(|u| (key(u), u)).collect();
    let exposure = |side: &BTreeMap<(&str, &str), &UnitRecord>, k| side.get(k).and_then(|u| u.exposure);
    let keys: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let moved = keys.into_iter().map(|k| Moved {
        package: &new.name,
        unit: k.0,
        old: exposure(&before, k),
        new: exposure(&after, k),
    });
    moved.filter(|m| m.old != m.new).collect()
}
