//! What the README promises to stay as it is: previews fail no run, a pinned rule set hears nothing of later rules, and the
//! id of a rule is for ever. The formats of the documents are held by `tests/schemas.rs`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;

use case::{Case, SERVICE, case};
use unitlint::engine::selection::{RuleSet, Selection};
use unitlint::rule::{self, Registry, Status};

const OWN: &str = "summary = \"no limit\"\nrationale = \"r\"\nlevel = \"error\"\n";

const LIMIT: &str = "check = { kind = \"required\", key = \"MemoryMax\" }\n";

/// A service with a mistake, and one rule of one's own.
fn with(name: &str, rule: &str, text: &str) -> Case {
    let here = case(name).tree(".git/x=").file("unitlint.toml", "rules = [\"own\"]\n");
    here.file("a.service", format!("{SERVICE}Frob=1\n")).file(format!("own/{rule}.toml"), format!("{OWN}{text}"))
}

/// The rules that speak, and the exit status.
fn spoke(here: &Case, words: &str) -> (String, i32) {
    let (status, text) = here.told(&format!("check --format concise {words} a.service"));
    let rules = text.lines().filter_map(|l| l.split_once('[')?.1.split_once(']'));
    (rules.map(|(rule, _)| rule.to_owned()).collect::<Vec<_>>().join(" "), status)
}

#[test]
fn previews_fail_no_run() {
    let here = with("preview", "limit", &format!("status = \"preview\"\n{LIMIT}"));
    for (words, rules, status) in [
        ("--select versions", "", 0),
        ("--select versions --preview", "", 0),
        ("--ignore unknown-key,exposure,bounds", "", 0),
        ("--ignore unknown-key,exposure,bounds --preview", "limit", 0),
        ("--select limit", "limit", 0),
        ("--select policy --fail-on note", "limit", 0),
        ("--select policy --fail-on policy", "limit", 0),
        ("--select policy --fail-on warn,policy,score>9.9", "limit", 0),
        // who names it means it
        ("--select policy --fail-on limit", "limit", 1),
    ] {
        assert_eq!(spoke(&here, words), (rules.to_owned(), status), "{words}");
    }
    let here = with("stable", "limit", LIMIT);
    assert_eq!(spoke(&here, "--select policy"), ("limit".to_owned(), 1));
    assert_eq!(spoke(&here, "--select policy --fail-on policy").1, 1);
}

#[test]
fn a_pinned_rule_set_hears_nothing_of_later_rules() {
    let here = with("pinned", "limit", LIMIT);
    for (words, rules) in [
        ("--ignore exposure,bounds", "unknown-key limit"),
        ("--ignore exposure,bounds --rule-set 0.1", "unknown-key limit"),
        ("--ignore exposure,bounds --rule-set 0.0", "limit"),
        ("--rule-set 0.0 --select all", "limit"),
        ("--rule-set 0.0 --select correctness", ""),
        // who names a rule knows it
        ("--rule-set 0.0 --select unknown-key", "unknown-key"),
        ("--rule-set 0.0 --extend-select unknown-key", "unknown-key limit"),
    ] {
        let mut spoken: Vec<String> = spoke(&here, words).0.split(' ').map(str::to_owned).collect();
        spoken.sort_by_key(|rule| rule == "limit");
        assert_eq!(spoken.join(" "), rules, "{words}");
    }
    // every rule belongs to this release, and the set of this release holds them all
    let release = env!("CARGO_PKG_VERSION");
    let selection = Selection { rule_set: Some(RuleSet::parse(release).unwrap()), ..Selection::default() };
    for rule in Registry::default().all() {
        let numbers: Vec<u32> = rule.since().split('.').map(|n| n.parse().unwrap()).collect();
        assert!(
            numbers.len() == 3 && RuleSet::parse(release).unwrap().holds(rule.since()),
            "{}: {}",
            rule.id,
            rule.since()
        );
        let usual = rule.status == Status::Stable && !rule.is_part() && !rule.is_removed();
        assert_eq!(selection.has(rule), usual && rule.level > rule::Level::Allow, "{}", rule.id);
    }
}

/// `tests/schemas.rs::ids_are_for_ever` asks for the file that is left of a rule that goes.
#[test]
fn the_id_of_a_removed_rule_means_its_successor() {
    let here = with("removed", "old-name", "check = { kind = \"removed\", successor = \"unknown-key\" }\n");
    let here = here.file("own/gone.toml", format!("{OWN}check.kind = \"removed\"\n"));
    for (words, rules, status) in [
        ("--select old-name", "unknown-key", 1),
        ("--select versions --extend-select old-name", "unknown-key", 1),
        ("--select unknown-key --ignore old-name", "", 0),
        ("--select unknown-key --fail-on old-name", "unknown-key", 1),
        ("--select policy", "", 0),
        ("--select gone", "", 0),
        ("--select all --ignore exposure,bounds,correctness", "", 0),
    ] {
        assert_eq!(spoke(&here, words), (rules.to_owned(), status), "{words}");
    }
    let (_, text) = here.told("explain old-name");
    assert!(text.contains("removed    says nothing any more; instead of it: unknown-key"), "{text}");
    assert!(here.told("explain gone").1.contains("nothing takes its place"));
    let (_, text) = here.told("rules --format json");
    assert!(text.contains("\"status\":\"removed\",\"successor\":\"unknown-key\""));
    for command in ["rules", "config --format json"] {
        assert!(!here.told(command).1.contains("old-name"), "{command}");
    }
    // a comment and a configuration from before go on
    let here = here.file("a.service", format!("{SERVICE}# unitlint: ignore[old-name] known since long\nFrob=1\n"));
    assert_eq!(spoke(&here, "--select correctness"), (String::new(), 0));
    let here = here.file("a.service", format!("{SERVICE}Frob=1\n"));
    let here = here.file("unitlint.toml", "rules = [\"own\"]\nlevels.old-name = \"note\"\nselect = \"correctness\"\n");
    assert_eq!(spoke(&here, "--fail-on warn"), ("unknown-key".to_owned(), 0));
}
