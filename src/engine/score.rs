//! The exposure score: `security_info_analyze()` in whole numbers.

use super::Policy;
use crate::rule::{self, Rule, Verdict};
use crate::text::{Loc, Span};
use crate::unit::Unit;
use crate::vocab::KeyId;
use std::sync::Arc;

/// One check of a unit.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// the rule that has the check
    pub rule: &'static Rule,
    /// what it says
    pub verdict: Verdict,
    pub(super) weight: u64,
    pub(super) range: u64,
}

impl Part {
    /// systemd's name of the check; that of the rule, where systemd has none.
    pub fn id(&self) -> &'static str {
        self.rule.exposure.map_or(self.rule.id, |e| e.id)
    }

    /// Whether the setting is as it should be; `None` where the check does not apply.
    pub fn is_set(&self) -> Option<bool> {
        self.verdict.badness.map(|b| b == 0)
    }

    /// What it adds to the sum of the score.
    pub fn weighted(&self) -> u64 {
        self.verdict.badness.map_or(0, |b| div_up(u64::from(b) * self.weight, self.range))
    }
}

/// The exposure of a unit.
#[derive(Clone, Debug)]
pub struct Score {
    /// tenths, 0 to 100
    pub exposure: u32,
    /// every check, by rule
    pub parts: Arc<Vec<Part>>,
    sums: Sums,
}

/// What the checks of a score add up to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    badness: u64,
    weight: u64,
}

impl Sums {
    /// Counts a check, unless it does not apply.
    pub(super) fn add(&mut self, part: &Part) {
        if part.verdict.badness.is_some() {
            self.badness += part.weighted();
            self.weight += part.weight;
        }
    }

    /// The score, in tenths.
    pub(super) fn overall(self) -> u32 {
        if self.weight == 0 { 0 } else { div_up(self.badness * 100, self.weight) as u32 }
    }

    /// What a check adds, in tenths; `None` for a good one and for one that does not apply.
    pub(super) fn cost(self, part: &Part) -> Option<u32> {
        let badness = u64::from(part.verdict.badness.filter(|b| *b > 0)?);
        Some(div_up(div_up(badness * part.weight * 100, part.range), self.weight) as u32)
    }
}

/// A check without weight does not apply.
fn weighed(verdict: Verdict, weight: u64) -> Verdict {
    Verdict { badness: verdict.badness.filter(|_| weight > 0), ..verdict }
}

fn div_up(a: u64, b: u64) -> u64 {
    a.div_ceil(b)
}

impl Score {
    /// Scores a unit.
    pub fn of(unit: &Unit, policy: &Policy) -> Self {
        let mut parts = Vec::with_capacity(81);
        let sums = Self::add_up(unit, policy, |part| parts.push(part));
        Self { exposure: sums.overall(), parts: Arc::new(parts), sums }
    }

    /// Its exposure alone, in tenths.
    pub fn exposure_of(unit: &Unit, policy: &Policy) -> u32 {
        Self::add_up(unit, policy, |_| ()).overall()
    }

    /// Makes every check; gives the sums of what they add and of what they could.
    fn add_up(unit: &Unit, policy: &Policy, mut visit: impl FnMut(Part)) -> Sums {
        let mut sums = Sums::default();
        for (rule, exposure) in rule::exposure_rules() {
            let Some(verdict) = rule::judge(rule, unit) else { continue };
            let (weight, range) = policy.weigh(exposure);
            let part = Part { rule, verdict: weighed(verdict, weight), weight, range };
            sums.add(&part);
            visit(part);
        }
        sums
    }

    /// The exposure of a sketch of this score's unit, in tenths. A check of one key whose value is the same says the same.
    pub fn of_sketch(&self, unit: &Unit, sketch: &Unit) -> u32 {
        let mut sums = Sums::default();
        let mut last: Option<(KeyId, bool)> = None;
        for part in self.parts.iter() {
            let same = part.rule.check.lone_key().is_some_and(|key| match last {
                Some((known, same)) if known == key => same,
                _ => {
                    let same = unit.value(key) == sketch.value(key);
                    last = Some((key, same));
                    same
                }
            });
            match if same { None } else { rule::judge(part.rule, sketch) } {
                Some(verdict) => sums.add(&Part { verdict: weighed(verdict, part.weight), ..*part }),
                None => sums.add(part),
            }
        }
        sums.overall()
    }

    /// What a check adds, in tenths; `None` for a good one and for one that does not apply.
    pub fn cost(&self, part: &Part) -> Option<u32> {
        self.sums.cost(part)
    }

    /// The score with all its digits, as a fraction of 2^32.
    pub fn weighted(&self) -> u64 {
        (self.sums.badness << 32).checked_div(self.sums.weight).unwrap_or(0)
    }

    /// The word for the score.
    pub fn level(&self) -> &'static str {
        level(self.exposure)
    }
}

/// The word for an exposure in tenths.
pub fn level(exposure: u32) -> &'static str {
    match exposure {
        100.. => "DANGEROUS",
        90.. => "UNSAFE",
        75.. => "EXPOSED",
        50.. => "MEDIUM",
        10.. => "OK",
        1.. => "SAFE",
        0 => "PERFECT",
    }
}

/// The middle one, the lower of two; `None` of nothing.
pub fn median(mut exposures: Vec<u32>) -> Option<u32> {
    exposures.sort_unstable();
    exposures.get(exposures.len().saturating_sub(1) / 2).copied()
}

/// Tenths as people write them: 94 as `9.4`.
pub fn tenths(exposure: u32) -> String {
    match exposure {
        0..100 => {
            let digit = |n: u32| char::from(b'0' + n as u8);
            let mut text = String::with_capacity(3);
            text.extend([digit(exposure / 10), '.', digit(exposure % 10)]);
            text
        }
        _ => format!("{}.{}", exposure / 10, exposure % 10),
    }
}

/// Where a key is decided, a file and a place in it: an assignment, else the header of the section where one is missing.
pub fn decided(unit: &Unit, key: KeyId) -> Option<(u16, Span)> {
    unit.decisive(key).map(|a| (a.file, a.whole())).or_else(|| section(unit))
}

/// The header of the type's own section.
fn section(unit: &Unit) -> Option<(u16, Span)> {
    unit.header(unit.kind().section()).map(|h| (h.file, h.span))
}

/// The same for a finding, which always has a place: without that header the first one, else the file.
pub fn place(unit: &Unit, key: KeyId) -> Option<Loc> {
    decided(unit, key).map(|(file, span)| unit.loc(file, span)).or_else(|| missing(unit))
}

/// Where a missing directive of the type's own section belongs.
pub fn missing(unit: &Unit) -> Option<Loc> {
    let header = section(unit).or_else(|| unit.headers.first().map(|h| (h.file, h.span)));
    match header {
        Some((file, span)) => Some(unit.loc(file, span)),
        None => (!unit.files.is_empty()).then(|| unit.loc(0, Span::default())),
    }
}
