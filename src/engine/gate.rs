//! What makes a run fail: a level, a rule, a group, a score, or one that rose.

use super::census::Census;
use crate::rule::{Finding, Group, Level, Registry, Rule, Status};
use std::collections::BTreeMap;

/// What makes the exit status 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailOn {
    /// a finding of at least this level by a rule that is no preview
    Level(Level),
    /// a finding of this rule, even if it is a preview: it was named
    Rule(&'static str),
    /// a finding of this group by a rule that is no preview
    Group(Group),
    /// an exposure above so many tenths
    Score(u32),
    /// a resource score above so many tenths
    Resources(u32),
    /// an exposure that rose above the known one
    Worse,
}

/// Which rules spoke, at which levels and how often.
#[derive(Debug, Default)]
pub struct Said(BTreeMap<(usize, Level), (&'static Rule, usize)>);

impl<'f> FromIterator<&'f Finding> for Said {
    fn from_iter<T: IntoIterator<Item = &'f Finding>>(findings: T) -> Self {
        let mut said = Self::default();
        findings.into_iter().for_each(|f| _ = said.note(f));
        said
    }
}

impl Said {
    /// Notes a finding; gives how many there are now of its rule at its level.
    pub fn note(&mut self, f: &Finding) -> usize {
        let rule = std::ptr::from_ref(f.rule).addr();
        let (_, count) = self.0.entry((rule, f.level)).or_insert((f.rule, 0));
        *count += 1;
        *count
    }

    /// How many findings of a level there are.
    pub fn of_level(&self, level: Level) -> usize {
        self.0.iter().filter(|((_, of), _)| *of == level).map(|(_, (_, count))| count).sum()
    }

    /// How many findings of a rule there are.
    pub fn of_rule(&self, id: &str) -> usize {
        self.0.values().filter(|(rule, _)| rule.id == id).map(|(_, count)| count).sum()
    }
}

impl FailOn {
    /// `warn`, `unknown-key`, `versions`, `score>6.0`, `resources>8.0`, `worse`
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn parse(word: &str, rules: &Registry) -> Result<Self, String> {
        let word = word.trim();
        type Above = fn(u32) -> FailOn;
        for (score, above) in [("score", Self::Score as Above), ("resources", Self::Resources)] {
            let Some(limit) = word.strip_prefix(score).and_then(|rest| rest.strip_prefix('>')) else { continue };
            let limit = limit.trim().parse::<f64>().ok().filter(|l| (0.0..=10.0).contains(l));
            return limit
                .map(|l| above((l * 10.0).round() as u32))
                .ok_or_else(|| format!("{word}: the limit is a number from 0 to 10, such as {score}>6.0"));
        }
        if word == "worse" {
            return Ok(Self::Worse);
        }
        if let Some(level) = Level::named(word).filter(|l| *l > Level::Allow) {
            return Ok(Self::Level(level));
        }
        if let Some(group) = Group::named(word) {
            return Ok(Self::Group(group));
        }
        match rules.named(word) {
            Some(rule) => Ok(Self::Rule(rule.id)),
            None => Err(format!(
                "{word} is neither a level (note, warn, error), a group, a rule, score>NUMBER, resources>NUMBER nor worse"
            )),
        }
    }

    /// The same for a set of units that are only counted.
    pub fn holds_in(&self, census: &Census, rules: &Registry, worse: bool) -> bool {
        let found = || census.findings.keys().filter_map(|(id, level)| Some((rules.named(id)?, *level)));
        let stable = || found().filter(|(rule, _)| rule.status == Status::Stable);
        match self {
            Self::Level(least) => stable().any(|(_, level)| level >= *least),
            Self::Rule(id) => found().any(|(rule, _)| rule.id == *id),
            Self::Group(group) => stable().any(|(rule, _)| rule.group == *group),
            Self::Score(limit) => census.exposures.keys().any(|e| e > limit),
            Self::Resources(limit) => census.resources.keys().any(|r| r > limit),
            Self::Worse => worse,
        }
    }

    /// Whether it has come to that: by what was said, exposures, resource scores, and whether an exposure rose.
    pub fn holds(&self, said: &Said, exposures: &[u32], resources: &[u32], worse: bool) -> bool {
        let stable = || said.0.iter().filter(|(_, (rule, _))| rule.status == Status::Stable);
        match self {
            Self::Level(least) => stable().any(|((_, level), _)| level >= least),
            Self::Rule(id) => said.0.values().any(|(rule, _)| rule.id == *id),
            Self::Group(group) => stable().any(|(_, (rule, _))| rule.group == *group),
            Self::Score(limit) => exposures.iter().any(|e| e > limit),
            Self::Resources(limit) => resources.iter().any(|r| r > limit),
            Self::Worse => worse,
        }
    }
}
