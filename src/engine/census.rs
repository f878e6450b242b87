//! What a set of units comes to: a package, an image, a distribution, a fleet. Sets are added: the census of two is that of
//! both, in any order, so that many machines can count one archive.

use super::score::Score;
use crate::rule::{self, Level};
use std::collections::BTreeMap;

/// How often a check of the exposure score was passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// it costs nothing
    pub set: u64,
    /// it costs something
    pub open: u64,
    /// it does not apply
    pub apart: u64,
}

/// What a set of units comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// units of all types
    pub units: u64,
    /// those without a score that could have one: masked or refused
    pub refused: u64,
    /// how many have which exposure, by tenths
    pub exposures: BTreeMap<u32, u64>,
    /// the checks of the score, by systemd's name
    pub checks: BTreeMap<&'static str, Coverage>,
    /// how many have which resource score, by tenths
    pub resources: BTreeMap<u32, u64>,
    /// the findings by rule and level
    pub findings: BTreeMap<(String, Level), u64>,
}

impl Census {
    /// A unit more; `checks` in the order of the score, none for a unit without one.
    pub fn unit(&mut self, exposure: Option<u32>, refused: bool, checks: impl IntoIterator<Item = Option<bool>>) {
        self.units += 1;
        self.refused += u64::from(refused);
        if let Some(exposure) = exposure {
            *self.exposures.entry(exposure).or_default() += 1;
        }
        for ((_, check), set) in rule::exposure_rules().zip(checks) {
            let coverage = self.checks.entry(check.id).or_default();
            match set {
                Some(true) => coverage.set += 1,
                Some(false) => coverage.open += 1,
                None => coverage.apart += 1,
            }
        }
    }

    /// A finding more.
    pub fn finding(&mut self, rule: &str, level: Level) {
        *self.findings.entry((rule.to_owned(), level)).or_default() += 1;
    }

    /// Another set.
    pub fn add(&mut self, other: &Self) {
        self.units += other.units;
        self.refused += other.refused;
        for (exposure, n) in &other.exposures {
            *self.exposures.entry(*exposure).or_default() += n;
        }
        for (score, n) in &other.resources {
            *self.resources.entry(*score).or_default() += n;
        }
        for (check, c) in &other.checks {
            let own = self.checks.entry(check).or_default();
            *own = Coverage { set: own.set + c.set, open: own.open + c.open, apart: own.apart + c.apart };
        }
        for (key, n) in &other.findings {
            *self.findings.entry(key.clone()).or_default() += n;
        }
    }

    /// How many have a score.
    pub fn scored(&self) -> u64 {
        self.exposures.values().sum()
    }

    /// The score of the set, in tenths: the mean exposure of its units, so that every line that is added anywhere counts.
    pub fn score(&self) -> Option<u32> {
        let n = self.scored();
        let sum: u64 = self.exposures.iter().map(|(exposure, n)| u64::from(*exposure) * n).sum();
        (n > 0).then(|| u32::try_from((2 * sum + n) / (2 * n)).unwrap_or(u32::MAX))
    }

    /// The exposure of the middle one, the lower of two.
    pub fn median(&self) -> Option<u32> {
        let middle = self.scored().checked_sub(1)? / 2;
        let mut before = 0;
        self.exposures.iter().find_map(|(exposure, n)| {
            before += n;
            (before > middle).then_some(*exposure)
        })
    }

    /// The worst exposure.
    pub fn worst(&self) -> Option<u32> {
        self.exposures.keys().next_back().copied()
    }

    /// How many have each of systemd's words, the worst first.
    pub fn levels(&self) -> Vec<(&'static str, u64)> {
        let mut out: Vec<(&'static str, u64)> = Vec::new();
        for (exposure, n) in self.exposures.iter().rev() {
            match out.last_mut() {
                Some((word, sum)) if *word == super::score::level(*exposure) => *sum += n,
                _ => out.push((super::score::level(*exposure), *n)),
            }
        }
        out
    }

    /// How many findings there are of a level.
    pub fn of_level(&self, level: Level) -> u64 {
        self.findings.iter().filter(|((_, l), _)| *l == level).map(|(_, n)| n).sum()
    }
}

/// What each check of a score says, in the order that [`Census::unit`] takes.
pub fn checks(score: &Score) -> impl Iterator<Item = Option<bool>> + '_ {
    score.parts.iter().map(super::score::Part::is_set)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(exposures: &[u32]) -> Census {
        let mut census = Census::default();
        for e in exposures {
            census.unit(Some(*e), false, [Some(true), Some(false), None]);
            census.finding("x", Level::Warn);
        }
        census
    }

    #[test]
    fn two_sets_are_one() {
        let (mut left, right) = (of(&[94, 20]), of(&[50, 96, 10]));
        left.add(&right);
        assert_eq!(left, of(&[10, 96, 20, 50, 94]));
        assert_eq!((left.scored(), left.score(), left.median(), left.worst()), (5, Some(54), Some(50), Some(96)));
        assert_eq!(left.levels(), [("UNSAFE", 2), ("MEDIUM", 1), ("OK", 2)]);
        assert_eq!(left.of_level(Level::Warn), 5);
        assert_eq!((of(&[]).score(), of(&[]).median(), of(&[90, 95]).median()), (None, None, Some(90)));
    }
}
