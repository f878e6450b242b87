//! The examples of the rule files: documentation and test at once.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

use unitlint::engine::examples::{faults, findings, wanted};
use unitlint::rule::{Check, RULES, Registry};

/// Rules about names, links, modes, bytes and the configuration, which no text of one unit can show: `tests/names.rs` and
/// `tests/config.rs` have their tests.
const SHOWN_ELSEWHERE: [&str; 8] = [
    "broken-alias",
    "configuration",
    "dangling-link",
    "dependency-directory",
    "file-mode",
    "invalid-file-name",
    "line-too-long",
    "not-utf8",
];

#[test]
fn examples_are_found_where_they_say() {
    let rules = Registry::default();
    let wrong: Vec<String> = RULES.iter().flat_map(|rule| faults(&rules, rule)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let count: usize = RULES.iter().map(|r| r.examples.len()).sum();
    assert!(count > 200, "only {count} examples");
}

/// Each line that is said to close a way out of the sandbox does so alone, and a finding about all of them names lines that
/// close all.
#[test]
fn what_closes_an_escape_closes_it() {
    let rules = Registry::default();
    let mut wrong = Vec::new();
    let mut count = 0;
    for rule in RULES.iter().filter(|r| matches!(r.check, Check::Escape(_) | Check::EscapeSum)) {
        for example in rule.examples {
            for found in findings(&rules, rule, example, example.text) {
                let lines: Vec<&str> = found.fixes.iter().map(|f| f.title.as_str()).collect();
                let tried = if matches!(rule.check, Check::EscapeSum) {
                    vec![lines.join("\n")]
                } else {
                    lines.iter().map(|l| (*l).to_owned()).collect()
                };
                for line in tried {
                    count += 1;
                    let text = format!("{}\n{line}\n", example.text);
                    if !findings(&rules, rule, example, &text).is_empty() {
                        wrong.push(format!("{}: {line:?} does not close it", rule.file()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 20, "only {count} lines");
}

#[test]
fn every_rule_is_documented_and_shown() {
    let mut wrong = Vec::new();
    for rule in &RULES {
        let mut want = |good: bool, what: &str| {
            if !good {
                wrong.push(format!("{}: {what}", rule.file()));
            }
        };
        want(rule.summary.chars().count() <= 90, "the summary is longer than 90 characters");
        want(rule.rationale.len() > 80, "the rationale says too little");
        want(rule.breaks.len() > 40, "what breaks is not told");
        want(!rule.references.is_empty(), "no reference");
        let shown = SHOWN_ELSEWHERE.contains(&rule.id) || rule.examples.iter().any(|e| !wanted(e).is_empty());
        want(shown, "no example that is found");
        want(rule.examples.iter().any(|e| wanted(e).is_empty()), "no example that is not found");
        want(rule.exposure.is_none() || !rule.good.is_empty(), "nothing is said for the good state");
        let text = format!("{}{}{}{}{:?}", rule.summary, rule.rationale, rule.breaks, rule.say, rule.messages);
        want(!text.contains("TODO"), "a TODO is left");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The sum of the weights is systemd's own, so none is missing or mistyped.
#[test]
fn the_exposure_model_is_complete() {
    let weights: Vec<u32> = unitlint::rule::exposure_rules().map(|(_, e)| e.weight).collect();
    assert_eq!((weights.len(), weights.iter().sum::<u32>()), (81, 56460));
}

/// JSON writes these names without escaping them.
#[test]
fn names_need_no_escapes() {
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-()".contains(&b));
    for rule in &RULES {
        assert!(plain(rule.id) && rule.exposure.is_none_or(|e| plain(e.id)), "{}", rule.id);
    }
}
