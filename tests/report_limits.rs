//! What GitHub and GitLab refuse or hide (docs.github.com: SARIF support for code scanning, SARIF results exceed one or more
//! limits): reports at the edges of it, and what is left out is counted.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use serde_json::Value;
use std::io;
use std::path::Path;
use std::sync::Arc;
use unitlint::emit::report::{self, Run, Writer};
use unitlint::engine::baseline::Naming;
use unitlint::engine::{Silenced, Silencer};
use unitlint::rule::{self, Finding, Fix, Level, Note, Safety};
use unitlint::target::Target;
use unitlint::text::{Loc, Source, Span};
use unitlint::vocab::Scope;

fn source() -> Arc<Source> {
    Arc::new(Source::new("a.service", b"[Service]\nFrob=1\n".to_vec()))
}

fn finding(source: &Arc<Source>, n: usize) -> Finding {
    Finding {
        rule: rule::find("unknown-key").unwrap(),
        level: [Level::Error, Level::Warn, Level::Note][n % 3],
        unit: "a.service".into(),
        scope: Scope::System,
        path: "a.service".into(),
        message: format!("key {n}"),
        notes: Vec::new(),
        fixes: Vec::new(),
        at: Some(Loc { source: source.clone(), span: Span::new(10, 14) }),
        verify: None,
    }
}

fn findings(count: usize) -> Vec<Finding> {
    let source = source();
    (0..count).map(|n| finding(&source, n)).collect()
}

struct Said<'a> {
    silenced: Option<&'a [Silenced]>,
    failures: &'a [String],
    left_out: usize,
}

fn written(writer: Writer, findings: &[Finding], said: &Said<'_>) -> String {
    let naming = Naming::new(Path::new("/work"), Path::new("unitlint"));
    let run = Run {
        findings: &findings.iter().collect::<Vec<_>>(),
        left_out: said.left_out,
        suppressed: 0,
        silenced: said.silenced,
        units: &[],
        failures: said.failures,
        target: &Target::default(),
        naming: &naming,
        time: "2026-11-22T00:00:00",
    };
    let mut out = Vec::new();
    writer(&run, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const NOTHING: Said<'_> = Said { silenced: None, failures: &[], left_out: 0 };

fn sarif(findings: &[Finding], said: &Said<'_>) -> Value {
    serde_json::from_str(&written(report::sarif, findings, said)).unwrap()
}

fn results(document: &Value) -> &Vec<Value> {
    document["runs"][0]["results"].as_array().unwrap()
}

fn notifications(document: &Value) -> Vec<&str> {
    let all = document["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
    all.iter().map(|n| n["message"]["text"].as_str().unwrap()).collect()
}

#[test]
fn results_of_a_run() {
    for (count, told, left) in
        [(24_999, 24_999, None), (25_000, 25_000, None), (25_001, 25_000, Some("1 more finding is left out"))]
    {
        let document = sarif(&findings(count), &NOTHING);
        assert_eq!((results(&document).len(), notifications(&document)), (told, left.into_iter().collect()));
    }
    let said = Said { left_out: 7, ..NOTHING };
    assert_eq!(notifications(&sarif(&findings(25_003), &said)), ["10 more findings are left out"]);
}

#[test]
fn what_is_suppressed_takes_no_room_from_findings() {
    let by = |finding| Silenced { finding, by: Silencer::Configuration };
    let silenced: Vec<Silenced> = findings(3).into_iter().map(by).collect();
    let document = sarif(&findings(24_999), &Said { silenced: Some(&silenced), ..NOTHING });
    assert_eq!(results(&document).len(), 25_000);
    assert_eq!(notifications(&document), ["2 more suppressed findings are left out"]);
    let suppressed = |r: &&Value| !r["suppressions"].as_array().unwrap().is_empty();
    assert_eq!(results(&document).iter().filter(suppressed).count(), 1);
}

/// Ten megabytes when compressed: results repeat most of what they say, so that gzip leaves a tenth.
#[test]
fn size_of_a_file() {
    let mut all = findings(25_000);
    let source = source();
    for f in &mut all {
        f.message = "m".repeat(5000);
        f.notes = (0..20).map(|_| Note::on(Loc { source: source.clone(), span: Span::new(0, 9) }, "seen")).collect();
    }
    let text = written(report::sarif, &all, &NOTHING);
    let document: Value = serde_json::from_str(&text).unwrap();
    let told = results(&document).len();
    assert!((59_000_000..61_000_000).contains(&text.len()) && (1000..25_000).contains(&told), "{} {told}", text.len());
    assert_eq!(notifications(&document), [format!("{} more findings are left out", 25_000 - told)]);
}

#[test]
fn a_long_message() {
    let mut all = findings(1);
    all[0].message = "é😀".repeat(50_000);
    let document = sarif(&all, &NOTHING);
    let text = results(&document)[0]["message"]["text"].as_str().unwrap();
    assert!((3900..=4000).contains(&text.chars().count()) && text.contains('…'), "{}", text.len());
    for writer in [report::github, report::gitlab, report::gitlab_sast, report::checkstyle] {
        // GitHub takes 64 KiB of a message
        assert!(written(writer, &all, &NOTHING).len() < 60_000);
    }
}

#[test]
fn places_of_a_result() {
    let source = source();
    for (count, shown, linked) in [(3, 3, None), (100, 100, Some(90)), (1001, 100, Some(991))] {
        let mut all = findings(1);
        let note = |_| Note::on(Loc { source: source.clone(), span: Span::new(0, 9) }, "see [here](x)");
        all[0].notes = (0..count).map(note).collect();
        let document = sarif(&all, &NOTHING);
        let result = &results(&document)[0];
        assert_eq!(result["relatedLocations"].as_array().unwrap().len(), shown);
        let text = result["message"]["text"].as_str().unwrap();
        let rest = linked.map(|n| format!("\nand {n} more places")).unwrap_or_default();
        assert!(text.starts_with("a.service: key 0.\n[see \\[here\\](x)](1)\n[") && text.ends_with(&rest), "{text}");
        let plain = written(report::checkstyle, &all, &NOTHING);
        let lines = plain.matches("line 1: see [here](x)").count();
        assert_eq!(lines, count.min(10));
    }
}

#[test]
fn what_a_message_quotes_is_no_link() {
    let mut all = findings(1);
    all[0].message = "[x](1) [y](http://z)".into();
    let document = sarif(&all, &NOTHING);
    assert_eq!(results(&document)[0]["message"]["text"], "a.service: [x] (1) [y] (http://z).");
}

#[test]
fn rules_stay_within_their_limits() {
    for of in unitlint::rule::Registry::default().all() {
        let mut all = findings(1);
        all[0].rule = of;
        let document = sarif(&all, &NOTHING);
        let told = &document["runs"][0]["tool"]["driver"]["rules"][0];
        let length = |key: &str| told[key]["text"].as_str().unwrap().chars().count();
        assert!(length("shortDescription") <= 1024 && length("fullDescription") <= 1024, "{told}");
        assert!(told["name"].as_str().is_none_or(|n| n.len() <= 255 && !n.eq_ignore_ascii_case(of.id)), "{told}");
        assert!(told["properties"]["tags"].as_array().unwrap().len() <= 10, "{told}");
    }
}

#[test]
fn annotations_that_nobody_sees_are_counted_in_one_that_is_seen() {
    let all = written(report::github, &findings(30), &NOTHING);
    assert!(all.starts_with("::error file=") && all.lines().count() == 30, "{all}");
    let all = written(report::github, &findings(31), &Said { left_out: 2, failures: &["x: no".into()], ..NOTHING });
    let begin = "::error title=unitlint::x: no\n::notice title=unitlint::GitHub shows 10 annotations of a kind; \
        all 31 findings are in the log of this step%0A2 more findings are left out\n::error file=";
    assert!(all.starts_with(begin), "{all}");
}

#[test]
fn a_comment_holds_what_it_can() {
    let all = findings(5000);
    let failures: Vec<String> = (0..30).map(|n| format!("{n}{}: no", "/x".repeat(4000))).collect();
    let text = written(report::markdown, &all, &Said { failures: &failures, ..NOTHING });
    assert!(text.chars().count() < 65_536 && text.contains("\n> 10 more files could not be read either.\n"), "{text}");
    assert!(text.ends_with("5000 findings left out: a comment would not hold them.\n"), "{text}");
}

#[test]
fn gitlab_is_told_what_is_left_out() {
    let mut all = findings(1);
    all[0].rule = rule::find("private-tmp").unwrap();
    all[0].fixes = (0..2000).map(|n| Fix::line(format!("Key{n}=yes"), Safety::Safe)).collect();
    let failures: Vec<String> = (0..150).map(|n| format!("{n}: no")).collect();
    let said = Said { left_out: 1, failures: &failures, ..NOTHING };
    let document: Value = serde_json::from_str(&written(report::gitlab_sast, &all, &said)).unwrap();
    let solution = document["vulnerabilities"][0]["solution"].as_str().unwrap();
    assert!((6900..=7000).contains(&solution.chars().count()), "{}", solution.len());
    let messages = document["scan"]["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &messages[100]["value"]), (101, &"1 more finding is left out".into()));
    assert_eq!(notifications(&sarif(&all, &said))[100], "50 more like these are left out");
}

#[test]
fn a_writer_that_fails_is_told() {
    struct Full;
    impl io::Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let naming = Naming::new(Path::new("/work"), Path::new("unitlint"));
    let (all, target) = (findings(1), Target::default());
    let findings: Vec<&Finding> = all.iter().collect();
    let (units, failures, silenced, time) = (&[], &[], None, "2026-11-22T00:00:00");
    let run = Run {
        findings: &findings,
        left_out: 0,
        suppressed: 0,
        silenced,
        units,
        failures,
        target: &target,
        naming: &naming,
        time,
    };
    for writer in [report::sarif, report::github, report::junit, report::markdown, report::gitlab, report::lines] {
        assert!(writer(&run, &mut Full).is_err());
    }
}
