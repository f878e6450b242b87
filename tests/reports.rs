//! The reports for other tools: columns beyond ASCII, fingerprints that stay, limits, files that are written besides.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;

use boon::{Compiler, Schemas};
use case::{Case, case};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

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

/// What belongs into a document of XML: an element, the elements that may hold it, its attributes, those that must be there.
type Element = (&'static str, &'static [&'static str], &'static [&'static str], usize);

/// As src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd of Jenkins' xUnit plugin has it, and with
/// `file` and `line` of a case, which GitLab and others read. What must be there comes first.
const JUNIT: &[Element] = &[
    ("testsuites", &[""], &["name", "tests", "failures", "errors"], 0),
    ("testsuite", &["testsuites"], &["name", "tests", "failures", "errors", "skipped", "file"], 4),
    ("testcase", &["testsuite"], &["name", "classname", "file", "line"], 1),
    ("failure", &["testcase"], &["message", "type"], 0),
    ("error", &["testcase"], &["message", "type"], 0),
    ("skipped", &["testcase"], &["message", "type"], 0),
    ("system-out", &["testcase"], &[], 0),
];

/// As Checkstyle's own `XMLLogger` writes it.
const CHECKSTYLE: &[Element] = &[
    ("checkstyle", &[""], &["version"], 1),
    ("file", &["checkstyle"], &["name"], 1),
    ("error", &["file"], &["line", "severity", "message", "source", "column"], 4),
];

/// Reads a document of XML as strictly as we write it, and holds it against what belongs there. Gives the attributes of each
/// element.
fn xml<'t>(text: &'t str, allowed: &[Element]) -> Vec<(&'t str, Vec<(&'t str, &'t str)>)> {
    let illegal = |c: char| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}');
    assert!(!text.contains(illegal) && !text.contains("]]>") && !text.contains("<!"));
    let mut rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").unwrap();
    let (mut open, mut all) = (vec![""], Vec::new());
    while let Some((before, after)) = rest.split_once('<') {
        let inside = ["failure", "system-out"].contains(open.last().unwrap());
        assert!(inside || before.trim().is_empty(), "{before}");
        for entity in before.split('&').skip(1) {
            let (name, _) = entity.split_once(';').unwrap();
            assert!(["amp", "lt", "gt", "quot", "apos", "#9", "#10", "#13"].contains(&name), "{entity}");
        }
        let (tag, after) = after.split_once('>').unwrap();
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let (name, mut words) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while let Some((key, more)) = words.trim_start().split_once("=\"") {
            let (value, more) = more.split_once('"').unwrap();
            assert!(!value.contains('\n'), "{key}={value}");
            attributes.push((key, value));
            words = more;
        }
        assert_eq!(words, "", "{tag}");
        let (_, parents, keys, needed) = allowed.iter().find(|(n, ..)| *n == name).unwrap_or_else(|| panic!("{name}"));
        assert!(parents.contains(open.last().unwrap()), "{name} in {open:?}");
        assert!(attributes.iter().all(|(key, _)| keys.contains(key)), "{tag}");
        assert!(keys[..*needed].iter().all(|key| attributes.iter().any(|(k, _)| k == key)), "{tag}");
        all.push((name, attributes));
        if !empty {
            open.push(name);
        }
    }
    assert_eq!((open, rest), (vec![""], "\n"));
    all
}

/// The counts of suites are those of what is in them.
fn junit(text: &str) {
    let all = xml(text, JUNIT);
    let count = |name: &str| all.iter().filter(|(n, _)| *n == name).count();
    let told = |element: &str, key: &str| -> usize {
        let elements = all.iter().filter(|(name, _)| *name == element).flat_map(|(_, attributes)| attributes);
        elements.filter(|(k, _)| *k == key).map(|(_, v)| v.parse::<usize>().unwrap()).sum()
    };
    for (key, counted) in [("tests", "testcase"), ("failures", "failure"), ("errors", "error")] {
        assert_eq!((told("testsuites", key), told("testsuite", key)), (count(counted), count(counted)), "{key}");
    }
    assert_eq!(told("testsuite", "skipped"), count("skipped"));
}

fn holds(schema: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/reports").join(schema);
    let rules: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("https://unitlint.test/", rules).unwrap();
    let index = compiler.compile("https://unitlint.test/", &mut schemas).unwrap();
    let value: Value = serde_json::from_str(text).unwrap();
    schemas.validate(&value, index).unwrap_or_else(|e| panic!("{schema}: {e:#}"));
}

/// Each line is a command of which the runner takes nothing for another one.
fn annotations(text: &str) {
    for line in text.lines() {
        let (command, message) = line.strip_prefix("::").and_then(|l| l.split_once("::")).unwrap();
        let (level, properties) = command.split_once(' ').unwrap();
        assert!(["error", "warning", "notice"].contains(&level) && !message.is_empty(), "{line}");
        for property in properties.split(',') {
            let (key, value) = property.split_once('=').unwrap();
            assert!(["file", "line", "endLine", "col", "endColumn", "title"].contains(&key), "{line}");
            assert!(!value.contains([':', '\r', '\n']), "{line}");
        }
    }
}

/// Nothing of a comment is HTML but what we write ourselves, and it is no longer than a comment may be.
fn comment(text: &str) {
    let ours = ["<!-- unitlint check -->", "<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"];
    let bare = ours.iter().fold(text.to_owned(), |text, tag| text.replace(tag, ""));
    // what stands in code means nothing
    let outside = bare.lines().flat_map(|line| line.split('`').step_by(2)).collect::<String>();
    let open = |at: usize| at == 0 || !outside[..at].ends_with('\\');
    assert!(outside.match_indices(['<', '@']).all(|(at, _)| !open(at)), "{outside}");
    assert!(text.chars().count() <= 65_536);
}

/// Holds the report of a run in every format against what its readers ask for.
fn every_format(here: &Case, words: &str) {
    let of = |format: &str| {
        let (status, text) = here.told(&format!("check --isolated --exit-zero {words} --write {format}=report"));
        assert_eq!(status, 0, "{format}: {text}");
        fs::read_to_string(here.at("report")).unwrap()
    };
    // it knows all members of the format, and their types
    let sarif = serde_json::from_str::<serde_sarif::sarif::Sarif>(&of("sarif")).unwrap();
    assert!(sarif.runs[0].results.as_ref().is_some_and(|r| !r.is_empty()));
    junit(&of("junit"));
    assert!(!xml(&of("checkstyle"), CHECKSTYLE).is_empty());
    holds("gitlab-sast.schema.json", &of("gitlab-sast"));
    holds("gitlab-code-quality.schema.json", &of("gitlab"));
    annotations(&of("github"));
    comment(&of("markdown"));
    for line in of("ndjson").lines() {
        assert!(serde_json::from_str::<Value>(line).unwrap()["type"].is_string(), "{line}");
    }
}

#[test]
fn every_format_is_what_its_readers_ask_for() {
    let here = case("formats").file("a.service", UNIT).file("b.service", "[Service]\nExecStart=/bin/a\n");
    let dropin = "[Service]\nPrivateTmp=no\nEnvironment=A=b\nFrob=1\n[Frob]\n";
    let here = here.file("b.service.d/x.conf", dropin).file("c.socket", "[Socket]\nListenStream=/run/c\n");
    for words in ["--select all .", ". --max-findings 3", "--select all --report-suppressed .", "."] {
        every_format(&here, words);
    }
}

#[test]
fn what_a_unit_says_breaks_no_format() {
    let mut hostile = b"[Service]\nExecStart=/bin/a\n<![CDATA[]]>&\"'%0A::error::x=\x1b[2J@all |`\n".to_vec();
    hostile.extend(b"User=-->]]><script>@all #1 [x](http://y)\nEnvironment=\"]]>\" %0A::error::\n");
    hostile.extend(
        "PrivateTmp=\u{202e}\u{85}\u{2028}\u{fffe}\nProtectSystem=<b>\\x\n# unitlint: ignore[<!--] -->\n".bytes(),
    );
    hostile.extend(format!("Nice={0}\n{0}=1\nAfter={1}\n", "x".repeat(200_000), "é]](1) ".repeat(20_000)).bytes());
    // nothing is read behind what is not UTF-8
    hostile.extend(b"Nonsense\xff\xfe=\x01\x7f\xc3\x28\n");
    let here = case("hostile").file("a.service", &hostile).file("x\n::error::y%0A,]]>&<--/a.service", &hostile);
    every_format(&here, "--select all .");
    let xml = report(&here, "--format junit") + &report(&here, "--format checkstyle");
    assert!(!xml.contains("<![CDATA[") && !xml.contains('\x1b'), "{xml}");
    let github = report(&here, "--format github");
    assert!(github.contains("%250A") && !report(&here, "--format markdown").contains("@all |`"), "{github}");
}

#[test]
fn what_is_suppressed_is_told_with_its_reason_where_it_is_asked_for() {
    let comment = "# unitlint: ignore[unknown-key] they will know it soon";
    let unit = format!("[Service]\nExecStart=/bin/a\n{comment}\nFrob=1\nProtectHom=yes\nUser=\n");
    let config = "[[per-file]]\npaths = [\"b.service\"]\nignore = [\"unknown-key\"]\n";
    let here = case("suppressed").file("a.service", unit).file("b.service", "[Service]\nExecStart=/bin/b\nFrob=1\n");
    let here = here.file("unitlint.toml", config).file("c.service", "[Service]\nExecStart=/bin/c\nFrob=1\n");
    let (_, text) = here.told("check --exit-zero c.service --write-baseline known.json");
    assert!(text.contains("known.json"), "{text}");
    let told = |words: &str| -> Value {
        let (_, text) = here.told(&format!("check --exit-zero . --baseline known.json --format sarif {words}"));
        serde_json::from_str(&text).unwrap()
    };
    let plain = told("");
    assert!(results(&plain).iter().all(|r| r.get("suppressions").is_none()));
    let whole = told("--report-suppressed");
    let by = |kind: &str, name: &str| -> Vec<&Value> {
        let of = |r: &&Value| r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == name;
        let all = results(&whole).iter().filter(of).flat_map(|r| r["suppressions"].as_array().unwrap());
        all.filter(|s| s["kind"] == kind).collect()
    };
    let [one] = by("inSource", "a.service")[..] else { panic!("{whole}") };
    assert_eq!(one["justification"], "they will know it soon");
    let region = &one["location"]["physicalLocation"]["region"];
    assert_eq!((&region["startLine"], &region["snippet"]["text"]), (&3.into(), &"unknown-key".into()));
    assert_eq!(by("external", "b.service")[0]["justification"], "the configuration excepts this file from the rule");
    assert_eq!(by("external", "c.service")[0]["justification"], "recorded in the baseline");
    let left = results(&whole).iter().filter(|r| r["suppressions"].as_array().unwrap().is_empty()).count();
    assert_eq!(left, results(&plain).len());
    // what other formats tell does not depend on it
    for format in ["json", "junit", "human"] {
        let run =
            |more: &str| here.told(&format!("check --exit-zero . --baseline known.json --format {format} {more}"));
        assert_eq!(run(""), run("--report-suppressed"));
    }
}
