//! The examples of the rule files: documentation and test at once.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

use std::fmt::Write;
use unitlint::engine::examples::{faults, findings, wanted};
use unitlint::rule::{Check, Finding, Group, RULES, Registry};
use unitlint::text::Loc;

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
    let count: usize = RULES.iter().map(|r| r.examples().len()).sum();
    assert!(count > 200, "only {count} examples");
}

fn place(at: Option<&Loc>) -> String {
    let name = |at: &Loc| at.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
    at.map_or(String::from("nowhere"), |at| format!("{}:{} {:?}", name(at), at.start().line, at.span))
}

fn told(out: &mut String, found: &Finding) {
    let Finding { level, at, message, notes, fixes, verify, .. } = found;
    writeln!(out, "  {} {level:?}: {message}", place(at.as_ref())).unwrap();
    if let Some(verify) = verify {
        writeln!(out, "    systemd says: {}", verify.kind).unwrap();
    }
    for note in notes {
        writeln!(out, "    {}: {}", place(note.at.as_ref()), note.text).unwrap();
    }
    for fix in fixes {
        writeln!(out, "    {:?}: {}", fix.safety, fix.title).unwrap();
        for (_, edit) in &fix.edits {
            writeln!(out, "      {:?} {:?}", edit.span, edit.insert).unwrap();
        }
    }
}

/// Level, words, notes, fixes, and what systemd says, of every finding in an example: `snapshots/examples/`. To accept a change: `cargo insta review`,
/// or `INSTA_UPDATE=always cargo test --test rules`.
#[test]
fn what_is_said_of_the_examples() {
    let rules = Registry::default();
    for group in Group::ALL.iter().filter(|group| **group != Group::Policy) {
        let mut out = String::new();
        for rule in RULES.iter().filter(|rule| rule.group == *group) {
            for (n, example) in (1..).zip(rule.examples()) {
                let found = findings(&rules, rule, example, example.text);
                if !found.is_empty() {
                    writeln!(out, "{} {n}", rule.id).unwrap();
                }
                found.iter().for_each(|found| told(&mut out, found));
            }
        }
        insta::with_settings!({ snapshot_path => "../snapshots/examples", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(group.word(), out);
        });
    }
}

/// Each line that is said to close a way out of the sandbox does so alone, and a finding about all of them names lines that
/// close all.
#[test]
fn what_closes_an_escape_closes_it() {
    let rules = Registry::default();
    let mut wrong = Vec::new();
    let mut count = 0;
    for rule in RULES.iter().filter(|r| matches!(r.check, Check::Escape(_) | Check::EscapeSum)) {
        for example in rule.examples() {
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
        want(rule.rationale().len() > 80, "the rationale says too little");
        want(rule.breaks().len() > 40, "what breaks is not told");
        want(rule.references().next().is_some(), "no reference");
        let shown = SHOWN_ELSEWHERE.contains(&rule.id) || rule.examples().iter().any(|e| !wanted(e).is_empty());
        want(shown, "no example that is found");
        want(rule.examples().iter().any(|e| wanted(e).is_empty()), "no example that is not found");
        want(rule.exposure.is_none() || !rule.good.is_empty(), "nothing is said for the good state");
        let text = format!("{}{}{}{}{:?}", rule.summary, rule.rationale(), rule.breaks(), rule.say, rule.messages);
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

/// What lintian 2.116 to 2.143 and rpmlint 2.10 with openSUSE's additions say of units and what belongs to them.
const TAGS_OF_PEERS: [(&str, &[&str]); 2] = [
    (
        "lintian",
        &[
            "dbus-session-service-wrong-name",
            "dbus-system-service-wrong-name",
            "init-script-is-not-a-file",
            "init.d-script-does-not-source-init-functions",
            "invalid-systemd-documentation",
            "kill-mode-none",
            "maintainer-script-calls-service",
            "misplaced-systemd-tmpfiles",
            "missing-systemd-service-for-init.d-rcS-script",
            "missing-systemd-service-for-init.d-script",
            "missing-systemd-timer-for-cron-script",
            "omitted-systemd-service-for-init.d-script",
            "service-file-is-not-a-file",
            "systemd-alternatives",
            "systemd-diversion",
            "systemd-service-alias-without-extension",
            "systemd-service-file-missing-documentation-key",
            "systemd-service-file-missing-hardening-features",
            "systemd-service-file-missing-install-key",
            "systemd-service-file-refers-to-obsolete-bindto",
            "systemd-service-file-refers-to-obsolete-target",
            "systemd-service-file-refers-to-unusual-wantedby-target",
            "systemd-service-file-refers-to-var-run",
            "systemd-service-file-shutdown-problems",
            "systemd-service-file-uses-deprecated-syslog-facility",
            "systemd-service-file-uses-nobody-or-nogroup",
            "systemd-service-file-wraps-init-script",
            "systemd-service-in-odd-location",
            "systemd-tmpfile-in-var-run",
            "udev-rule-in-etc",
        ],
    ),
    (
        "rpmlint",
        &[
            "deprecated-boot-script",
            "deprecated-init-script",
            "non-ghost-in-run",
            "obsolete-insserv-requirement",
            "pre-with-tmpfile-creation",
            "systemd-service-without-service_add_post",
            "systemd-service-without-service_add_pre",
            "systemd-service-without-service_del_postun",
            "systemd-service-without-service_del_preun",
            "systemd-shadowed-initscript",
            "systemd-tmpfile-ghost",
            "systemd-tmpfile-parse-error",
            "systemd-unit-in-etc",
            "tmpfile-not-in-filelist",
            "tmpfile-not-regular-file",
            "tmpfiles-conf-in-etc",
            "udev-rule-in-etc",
        ],
    ),
];

/// Not in the list: what only a source package shows (`debian-rules-uses-deprecated-systemd-override`), the lists of what one
/// distribution lets in (`…-unauthorized`, `…-digest-mismatch`), and files that are not for systemd (polkit, sudoers, sysctl).
#[test]
fn every_tag_of_lintian_and_rpmlint_has_a_rule() {
    let told: Vec<&str> = RULES.iter().flat_map(|r| r.references()).collect();
    let mut missing = Vec::new();
    for (peer, tags) in TAGS_OF_PEERS {
        missing.extend(tags.iter().map(|tag| format!("{peer}:{tag}")).filter(|tag| !told.contains(&tag.as_str())));
    }
    assert!(missing.is_empty(), "no rule refers to {missing:?}");
}
