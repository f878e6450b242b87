//! The examples of the rule files: documentation and test at once.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

use unitlint::engine::{self, Input, Options, Plan, Policy, Selection};
use unitlint::rule::{Check, Example, Finding, RULES, Rule};
use unitlint::target::Target;
use unitlint::tree::Memory;

const MARK: &str = "#~";

/// Rules about names, links, modes and bytes, which no text of one unit can show: `tests/names.rs` has their tests.
const SHOWN_ELSEWHERE: [&str; 6] =
    ["broken-alias", "dependency-directory", "file-mode", "invalid-file-name", "line-too-long", "not-utf8"];

/// The lines that must carry the finding: each is the one below a mark.
fn marked(text: &str) -> Vec<u32> {
    let lines = text.lines().enumerate().filter(|(_, l)| l.trim_start().starts_with(MARK));
    lines.map(|(i, _)| i as u32 + 2).collect()
}

/// Runs one rule over an example; gives the findings as (file name, line).
fn run(rule: &Rule, example: &Example, text: &str) -> Vec<(String, u32)> {
    let dir = if example.user { "/etc/systemd/user" } else { "/etc/systemd/system" };
    let path = format!("{dir}/{}", example.name);
    let mut tree = Memory::new().file(&path, text);
    for (name, text) in example.files {
        tree = tree.file(format!("{path}.d/{name}"), *text);
    }
    let target = if example.systemd == 0 { Target::default() } else { Target::systemd(example.systemd) };
    let options = Options { target, ..Options::default() };
    let plan = Plan::make(&tree, &[Input::Path(path.into())], &options);
    assert_eq!(plan.failures, Vec::<String>::new());
    // a comment is unused only where its rule spoke, so the others speak too
    let select = if matches!(rule.check, Check::Suppression) { Vec::new() } else { vec![rule.id.to_owned()] };
    let selection = Selection::parse(&select, &[]).unwrap();
    let mut found: Vec<Finding> = Vec::new();
    engine::each_unit(&tree, &plan, |unit| {
        found.extend(engine::check(unit, &selection, &Policy::default(), None).findings)
    });
    let mut places: Vec<(String, u32)> = found
        .iter()
        .filter(|f| f.rule.id == rule.id)
        .map(|f| {
            let at = f.at.as_ref().expect("every finding has a place");
            (at.path().file_name().unwrap().to_string_lossy().into_owned(), at.start().line)
        })
        .collect();
    places.sort();
    places
}

fn wanted(example: &Example) -> Vec<(String, u32)> {
    let fragment = marked(example.text).into_iter().map(|l| (example.name.to_owned(), l));
    let dropins =
        example.files.iter().flat_map(|(name, text)| marked(text).into_iter().map(|l| ((*name).to_owned(), l)));
    let mut all: Vec<(String, u32)> = fragment.chain(dropins).collect();
    all.sort();
    all
}

#[test]
fn examples_are_found_where_they_say() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for rule in &RULES {
        for (i, example) in rule.examples.iter().enumerate() {
            count += 1;
            let (found, wanted) = (run(rule, example, example.text), wanted(example));
            if found != wanted {
                wrong.push(format!("{}: example {}: found {found:?}, marked {wanted:?}", rule.file(), i + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 200, "only {count} examples");
}

#[test]
fn fixed_examples_are_silent() {
    let mut wrong = Vec::new();
    for rule in &RULES {
        for (i, example) in rule.examples.iter().enumerate().filter(|(_, e)| !e.fixed.is_empty()) {
            let found = run(rule, example, example.fixed);
            if !found.is_empty() {
                wrong.push(format!("{}: example {} is still found after its fix: {found:?}", rule.file(), i + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
