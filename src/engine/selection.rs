//! Which rules speak, how loud, and about which files.

use crate::rule::pattern::Pattern;
use crate::rule::{Finding, Group, Level, Registry, Rule, Status};

/// All rules, a group of them, or one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// every rule
    All,
    /// the rules of a folder
    Group(Group),
    /// one
    Rule(&'static str),
}

impl Wanted {
    /// `all`, the word of a group, or the id of a rule.
    ///
    /// # Errors
    /// A sentence for the user about a word that is none of these.
    pub fn parse(word: &str, rules: &Registry) -> Result<Self, String> {
        let word = word.trim();
        if word == "all" {
            return Ok(Self::All);
        }
        if let Some(group) = Group::named(word) {
            return Ok(Self::Group(group));
        }
        rules.named(word).map(|r| Self::Rule(r.id)).ok_or_else(|| {
            let names = rules.all().map(|r| r.id).chain(Group::ALL.iter().map(|g| g.word()));
            let hint = crate::suggest::nearest(word, names).map_or(String::new(), |n| format!("; did you mean {n}?"));
            format!("{word} is neither a rule nor a group{hint} (unitlint rules lists them)")
        })
    }

    /// Whether a rule is meant.
    pub fn means(self, rule: &Rule) -> bool {
        match self {
            Self::All => true,
            Self::Group(group) => rule.group == group,
            Self::Rule(id) => rule.id == id,
        }
    }
}

/// The release of unitlint whose rules are in force: `0.1` or `0.1.3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSet(Vec<u32>);

impl RuleSet {
    /// Up to three numbers with dots between, and no release that is still to come: its rules are not here.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn parse(word: &str) -> Result<Self, String> {
        const HERE: &str = env!("CARGO_PKG_VERSION");
        let numbers: Option<Vec<u32>> = word.split('.').map(|n| n.parse().ok()).collect();
        match numbers.filter(|n| (1..=3).contains(&n.len())) {
            None => Err(format!("{word} is no release of unitlint; give one such as 0.1 or 0.1.0")),
            Some(n) if numbers_of(HERE).take(n.len()).lt(n.iter().copied()) => {
                Err(format!("this is unitlint {HERE}, which does not have the rules of {word}"))
            }
            Some(n) => Ok(Self(n)),
        }
    }

    /// Whether a rule that came with a release belongs to it: `0.1` holds all of 0.1.x and before.
    pub fn holds(&self, since: &str) -> bool {
        numbers_of(since).take(self.0.len()).le(self.0.iter().copied())
    }
}

fn numbers_of(release: &str) -> impl Iterator<Item = u32> + '_ {
    release.split('.').map_while(|n| n.parse().ok())
}

/// Other rules or levels for some files.
#[derive(Clone, Debug)]
pub struct PerFile {
    /// which: each is compared with the end of the path
    pub paths: Vec<Pattern>,
    /// these say nothing about them
    pub ignore: Vec<Wanted>,
    /// these are louder or quieter
    pub levels: Vec<(Wanted, Level)>,
}

/// Which rules speak.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// only these; empty for the default
    pub select: Vec<Wanted>,
    /// these besides
    pub extend: Vec<Wanted>,
    /// not these
    pub ignore: Vec<Wanted>,
    /// louder or quieter than their files say: that of a single rule counts before that of its group, and this before that
    /// of all
    pub levels: Vec<(Wanted, Level)>,
    /// new rules speak too
    pub preview: bool,
    /// rules that came later are silent unless they are named
    pub rule_set: Option<RuleSet>,
    /// exceptions for files
    pub per_file: Vec<PerFile>,
}

/// The level that a list gives to a rule.
fn level_in(levels: &[(Wanted, Level)], rule: &Rule) -> Option<Level> {
    let near = |wanted: &Wanted| match wanted {
        Wanted::All => 0,
        Wanted::Group(_) => 1,
        Wanted::Rule(_) => 2,
    };
    levels.iter().filter(|(w, _)| w.means(rule)).max_by_key(|(w, _)| near(w)).map(|(_, level)| *level)
}

impl Selection {
    /// From words; no word means the default.
    ///
    /// # Errors
    /// A sentence for the user about a word that is no rule.
    pub fn parse(select: &[String], ignore: &[String], rules: &Registry) -> Result<Self, String> {
        let all = |words: &[String]| words.iter().map(|w| Wanted::parse(w, rules)).collect::<Result<Vec<_>, _>>();
        Ok(Self { select: all(select)?, ignore: all(ignore)?, ..Self::default() })
    }

    /// How loud a rule is.
    pub fn level(&self, rule: &Rule) -> Level {
        level_in(&self.levels, rule).unwrap_or(rule.level)
    }

    /// Whether a rule speaks. The checks of a score speak as one, unless they are asked for.
    pub fn has(&self, rule: &Rule) -> bool {
        let named = |list: &[Wanted]| list.contains(&Wanted::Rule(rule.id));
        let asked =
            |list: &[Wanted]| list.iter().any(|w| w.means(rule) && !(rule.is_sum() && *w == Wanted::Group(rule.group)));
        let usual = || !rule.is_part() && (self.preview || rule.status == Status::Stable);
        let wanted = if self.select.is_empty() { usual() } else { asked(&self.select) } || asked(&self.extend);
        // the user's own rules are as old as the user wants
        let in_set = || rule.group == Group::Policy || self.rule_set.as_ref().is_none_or(|s| s.holds(rule.since()));
        wanted
            && !rule.is_removed()
            && (self.level(rule) > Level::Allow || named(&self.select) || named(&self.extend))
            && (in_set() || named(&self.select) || named(&self.extend))
            && !self.ignore.iter().any(|w| w.means(rule))
    }

    /// A finding as it is to be told; `None` when its file is excepted from its rule.
    pub fn settle(&self, mut finding: Finding) -> Option<Finding> {
        finding.level = self.told_as(&finding)?;
        Some(finding)
    }

    /// Whether the file of a finding is excepted from its rule.
    pub fn excepts(&self, finding: &Finding) -> bool {
        self.told_as(finding).is_none()
    }

    /// How loud a finding is; `None` when its file is excepted from its rule.
    fn told_as(&self, finding: &Finding) -> Option<Level> {
        let rule = finding.rule;
        let mut told = level_in(&self.levels, rule).unwrap_or(finding.level);
        let path = finding.at.as_ref().map_or(&*finding.path, |at| at.path());
        for exception in self.per_file.iter().filter(|e| e.paths.iter().any(|p| p.is_about(path))) {
            if exception.ignore.iter().any(|w| w.means(rule)) {
                return None;
            }
            told = match level_in(&exception.levels, rule) {
                Some(Level::Allow) => return None,
                Some(level) => level,
                None => told,
            };
        }
        Some(told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_set_holds_what_came_before() {
        let set = |word: &str| RuleSet(numbers_of(word).collect());
        assert!(set("0.1").holds("0.1.7") && set("0.1.7").holds("0.1.7") && set("1").holds("0.9.0"));
        assert!(!set("0.1.7").holds("0.1.8") && !set("0.1").holds("0.2.0") && !set("0").holds("1.0.0"));
        for bad in ["", "1.", "0.1.2.3", "new", "-1", "0.9", "1", "0.1.99"] {
            assert!(RuleSet::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_nearer_level_counts() {
        let rules = Registry::default();
        let (rule, other) = (rules.find("invalid-path").unwrap(), rules.find("invalid-value").unwrap());
        let levels = vec![(Wanted::Rule(rule.id), Level::Note), (Wanted::Group(Group::Correctness), Level::Allow)];
        let selection = Selection { levels, ..Selection::default() };
        assert!(selection.has(rule) && selection.level(rule) == Level::Note && !selection.has(other));
    }
}
