//! The cheapest way to a lower score: which few directives buy most, tried on the unit itself.
//!
//! Each candidate is appended to the unit and the score computed anew, so a promise is what systemd would say. Directives
//! that seldom break a service come first; that none of these lists is proof for a given service is said by the rules'
//! `risk` and `breaks`.

use super::{Policy, Score};
use crate::load::File;
use crate::rule::{FixSpec, Risk};
use crate::unit::{Drafts, KeySet, Unit};

/// What is proposed breaks a service no more often than this.
const WORST: Risk = Risk::Low;
/// How many directives are proposed.
const MOST: usize = 6;

/// A directive and what it buys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `KEY=VALUE`
    pub line: String,
    /// the exposure with it and those before it, in tenths
    pub after: u32,
}

/// A path of steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// in the order in which they pay most
    pub steps: Vec<Step>,
}

impl Proposal {
    /// Where the path ends, in tenths.
    pub fn end(&self) -> Option<u32> {
        self.steps.last().map(|s| s.after)
    }
}

/// Directives that are one line in a unit: those with `~` of one key join.
struct Candidate {
    key: &'static str,
    value: &'static str,
    /// other values that are taken away as well
    more: Vec<&'static str>,
    gain: u64,
}

/// What marks a value that is taken away from all there is.
const INVERT: char = '~';

impl Candidate {
    /// The values say different things: no two checks of one list are about the same word.
    fn line(&self) -> String {
        let more: usize = self.more.iter().map(|v| v.len()).sum();
        let mut line = String::with_capacity(self.key.len() + 1 + self.value.len() + more);
        line.extend([self.key, "=", self.value]);
        for value in &self.more {
            line.extend([" ", value.trim_start_matches(INVERT)]);
        }
        line
    }
}

fn candidates(score: &Score) -> Vec<Candidate> {
    let mut out: Vec<Candidate> = Vec::with_capacity(64);
    for part in score.parts.iter().filter(|p| p.is_set() == Some(false)) {
        let Some(fix) = part.rule.fix.filter(|_| part.rule.risk <= WORST) else { continue };
        let FixSpec { key, value, .. } = *fix;
        let invert = value.starts_with(INVERT);
        let joins =
            |c: &&mut Candidate| c.key == key && if invert { c.value.starts_with(INVERT) } else { c.value == value };
        match out.iter_mut().rev().find(joins) {
            Some(known) => {
                known.more.extend(invert.then_some(value));
                known.gain += part.weighted();
            }
            None => out.push(Candidate { key, value, more: Vec::new(), gain: part.weighted() }),
        }
    }
    out
}

/// The few directives that seldom break a service and pay most, the best first. `score` is the unit's own. A directive
/// that does not help on this unit is left out: each step is scored.
pub fn propose(unit: &Unit, score: &Score, policy: &Policy) -> Proposal {
    let with = |chosen: &[Candidate]| {
        let lines: Vec<String> = chosen.iter().map(Candidate::line).collect();
        Score::of(&extended(unit, &lines), policy)
    };
    let mut chosen: Vec<Candidate> = Vec::new();
    let mut sum = score.weighted();
    for candidate in ranked(score) {
        chosen.push(candidate);
        let then = with(&chosen).weighted();
        if then >= sum {
            chosen.pop();
            continue;
        }
        sum = then;
        // what another one brings along is not worth a line
        let idle = (0..chosen.len()).find(|i| {
            let removed = chosen.remove(*i);
            let same = with(&chosen).weighted() == sum;
            chosen.insert(*i, removed);
            same
        });
        if let Some(idle) = idle {
            chosen.remove(idle);
        }
        if chosen.len() == MOST {
            break;
        }
    }
    let step = |n: usize| Step { line: chosen[n].line(), after: with(&chosen[..=n]).exposure };
    Proposal { steps: (0..chosen.len()).map(step).collect() }
}

/// The first lines of a path and where they lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// each `KEY=VALUE`
    pub lines: Vec<String>,
    /// the exposure with all of them, in tenths
    pub end: u32,
}

/// The beginning of the path without a look at each step; `None` where it leads nowhere.
/// `keys` are those that the score looks at.
pub(super) fn outlook(unit: &Unit, score: &Score, keys: &KeySet, drafts: &mut Drafts) -> Option<Outlook> {
    let lines: Vec<String> = ranked(score).iter().take(MOST).map(Candidate::line).collect();
    let end = score.of_sketch(unit, &unit.sketch(keys, &lines, drafts));
    (end < score.exposure).then_some(Outlook { lines, end })
}

/// The candidates by what they should buy, the best first; the order of the rules breaks ties.
fn ranked(score: &Score) -> Vec<Candidate> {
    let mut all = candidates(score);
    all.sort_by_key(|c| std::cmp::Reverse(c.gain));
    all
}

/// The unit with a last drop-in of these lines.
pub fn extended(unit: &Unit, lines: &[String]) -> Unit {
    let text = ["[", unit.kind().section().word(), "]\n", &lines.join("\n"), "\n"].concat();
    unit.with_dropin(File::new("unitlint.conf", text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::exposure_rules;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_checks_take_the_same_word_away() {
        let mut seen = BTreeSet::new();
        for FixSpec { key, value, .. } in exposure_rules().filter_map(|(rule, _)| rule.fix) {
            for word in value.strip_prefix(INVERT).unwrap_or_default().split_whitespace() {
                assert!(seen.insert((key, word)), "{key}=~{word}");
            }
        }
        assert!(seen.len() > 40, "{seen:?}");
    }
}
