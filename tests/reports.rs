//! The reports for other tools: columns beyond ASCII, fingerprints that stay, limits, files that are written besides.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;

use case::{Case, case};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const UNIT: &str = "[Service]\nExecStart=/bin/a\n# 😀😀\nEnvironment=\"é😀\" Usre=b\nProtectHom=yes\nNonsense=é😀\n";

fn report(here: &Case, words: &str) -> String {
    let (status, text) = here.told(&format!("check --isolated --exit-zero {words} a.service"));
    assert_eq!(status, 0, "{text}");
    text
}

fn sarif(here: &Case, words: &str) -> Value {
    serde_json::from_str(&report(here, &format!("{words} --format sarif"))).unwrap()
}

fn results(document: &Value) -> &Vec<Value> {
    document["runs"][0]["results"].as_array().unwrap()
}

fn numbers(document: &Value) -> BTreeSet<String> {
    results(document).iter().map(|r| r["partialFingerprints"]["unitlint/v1"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn columns_are_code_units_of_utf_16() {
    let here = case("columns").file("a.service", "[Service]\nExecStart=/bin/a\nEnvironment=A=é😀 \"B=😀\" $x=1\n");
    let document = sarif(&here, "--all");
    let line = "Environment=A=é😀 \"B=😀\" $x=1";
    let units: Vec<u16> = line.encode_utf16().collect();
    let mut seen = 0;
    for result in results(&document) {
        let region = &result["locations"][0]["physicalLocation"]["region"];
        if region["startLine"] == 3 && region["endLine"] == 3 {
            let [from, to] = ["startColumn", "endColumn"].map(|k| region[k].as_u64().unwrap() as usize - 1);
            let text = String::from_utf16(&units[from..to]).unwrap();
            assert_eq!(region["snippet"]["text"], text, "{result}");
            seen += usize::from(from > 15);
        }
    }
    assert!(seen > 0, "{document}");
}

#[test]
fn fingerprints_stay_when_lines_move_and_differ_from_each_other() {
    let here = case("prints").file("a.service", UNIT);
    let before = sarif(&here, "");
    let all = numbers(&before);
    assert!(all.len() > 2 && all.len() == results(&before).len(), "{before}");
    let moved = UNIT.replace("# 😀😀\n", "# one\n\n# two\n\n");
    fs::write(here.at("a.service"), moved).unwrap();
    assert_eq!(numbers(&sarif(&here, "")), all);
    let twice = format!("{UNIT}Nonsense=é😀\n");
    fs::write(here.at("a.service"), twice).unwrap();
    let after = numbers(&sarif(&here, ""));
    assert!(after.is_superset(&all) && after.len() == all.len() + 1, "{after:?} {all:?}");
}

#[test]
fn every_rule_of_a_result_is_described() {
    let here = case("rules").file("a.service", UNIT);
    let document = sarif(&here, "--select all");
    let rules = document["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results(&document) {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        let severity = rule["properties"].get("security-severity").and_then(Value::as_str);
        assert!(severity.is_none_or(|s| (0.1..=10.0).contains(&s.parse::<f64>().unwrap())), "{rule}");
        assert!(rule["help"]["markdown"].as_str().unwrap().len() > 50, "{rule}");
    }
    assert!(rules.len() > 10);
}

#[test]
fn paths_are_relative_and_escaped() {
    let here = case("paths").file("ü b/a.service", UNIT);
    let (_, text) = here.told("check --isolated --exit-zero --format sarif .");
    let document: Value = serde_json::from_str(&text).unwrap();
    let place = &results(&document)[0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!((&place["uri"], &place["uriBaseId"]), (&"%C3%BC%20b/a.service".into(), &"SRCROOT".into()));
}

#[test]
fn several_reports_of_one_run() {
    let here = case("write").file("a.service", UNIT);
    let (status, text) = here.told(
        "check --isolated --exit-zero a.service --write sarif=o.sarif --write junit=o.xml --write json=o.json --write concise=o.txt",
    );
    assert_eq!(status, 0, "{text}");
    let read = |name: &str| fs::read_to_string(here.at(name)).unwrap();
    let json: Value = serde_json::from_str(&read("o.json")).unwrap();
    let count = json["findings"].as_array().unwrap().len();
    let sarif: Value = serde_json::from_str(&read("o.sarif")).unwrap();
    assert!(count > 2);
    assert_eq!((results(&sarif).len(), read("o.txt").lines().count()), (count, count));
    assert_eq!(read("o.xml").matches("<testcase").count(), count);
    for wrong in ["sarif", "frob=x", "sarif=", "sarif=nowhere/o.sarif"] {
        let (status, text) = here.told(&format!("check --isolated a.service --write {wrong}"));
        assert_eq!(status, 2, "{wrong}: {text}");
    }
}

#[test]
fn the_worst_are_told_and_the_rest_is_counted() {
    let here = case("most").file("a.service", UNIT);
    let all = results(&sarif(&here, "")).len();
    let document = sarif(&here, "--max-findings 1");
    let left = document["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].clone();
    assert_eq!((results(&document).len(), left), (1, format!("{} more findings are left out", all - 1).into()));
    let (status, _) = here.told("check --isolated a.service --max-findings 0 --fail-on note");
    assert_eq!(status, 1, "what is not told counts as well");
}

#[test]
fn what_a_unit_says_breaks_no_format() {
    let hostile = "[Service]\nExecStart=/bin/a\n<![CDATA[]]>&\"'%0A::error::x=\x1b[2J@all |`\n";
    let here = case("hostile").file("a.service", hostile);
    let xml = report(&here, "--format junit") + &report(&here, "--format checkstyle");
    assert!(!xml.contains("<![CDATA[") && !xml.contains('\x1b'), "{xml}");
    let github = report(&here, "--format github");
    assert!(
        github.lines().all(|l| l.starts_with("::error file=")
            || l.starts_with("::warning file=")
            || l.starts_with("::notice file=")),
        "{github}"
    );
    assert!(github.contains("%250A") && !report(&here, "--format markdown").contains("@all |`"), "{github}");
    for line in report(&here, "--format ndjson").lines() {
        let value: Value = serde_json::from_str(line).unwrap();
        assert!(value["type"].is_string());
    }
    for format in ["gitlab", "gitlab-sast"] {
        let _: Value = serde_json::from_str(&report(&here, &format!("--format {format}"))).unwrap();
    }
}
