//! Two exercises of books about systemd as policies of one's own: a database and a batch job, and a workload alone on its
//! processors. What the book has keeps the policy; each solution that is usual and wrong breaks it, with the reason.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

mod case;
mod common;

use case::{Case, SERVICE, case};
use common::{text, unitlint};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// What `check` says of a unit tree below `fixtures/policies/`, and its exit status.
fn told(policy: &str, solution: &str, words: &[&str]) -> (String, i32) {
    let (tree, config) =
        (format!("fixtures/policies/{policy}/{solution}"), format!("fixtures/policies/{policy}/unitlint.toml"));
    // one is a directory of units, the other a root
    let what: &[&str] = if policy == "critical" { &["--root", &tree, "--config", &config] } else { &[&tree] };
    let out = unitlint(&[&["check"], what, words].concat());
    (text(&out), out.status.code().unwrap_or(-1))
}

fn solutions(policy: &str) -> Vec<String> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/policies").join(policy);
    let entries = fs::read_dir(top).unwrap().map(|e| e.unwrap());
    let trees = entries.filter(|e| e.file_type().unwrap().is_dir() && e.file_name() != "policy");
    let mut names: Vec<String> = trees.map(|e| e.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn right_solutions_pass_and_wrong_ones_are_told_why() {
    for policy in ["database", "critical"] {
        let mut all = String::new();
        for solution in solutions(policy) {
            let (said, status) = told(policy, &solution, &["--select", "policy", "--all"]);
            assert_eq!(status, i32::from(!solution.starts_with("textbook")), "{solution}: {said}");
            writeln!(all, "==== {solution}\n{said}").unwrap();
        }
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("policies-{policy}"), all);
        });
    }
}

#[test]
fn the_textbook_breaks_no_other_rule() {
    for policy in ["database", "critical"] {
        let (said, status) = told(policy, "textbook", &["--fail-on", "warn"]);
        assert_eq!(status, 0, "{said}");
    }
}

#[test]
fn what_old_books_write_is_told_to_be_old() {
    for (systemd, ignored) in [("latest", "ignored by systemd 262"), ("debian12", "of cgroup v1")] {
        let (said, status) = told("database", "old-way", &["--format", "concise", "--systemd", systemd]);
        assert_eq!(status, 1);
        for (key, new) in [("CPUShares", "CPUWeight"), ("MemoryLimit", "MemoryMax"), ("BlockIOWeight", "IOWeight")] {
            let line =
                said.lines().find(|l| l.contains(&format!("{key}= "))).unwrap_or_else(|| panic!("{key}: {said}"));
            assert!(line.contains("[cgroup-v1-key]") && line.contains(new) && line.contains(ignored), "{line}");
        }
        assert!(said.contains("error[database-cpu]") && said.contains("error[batch-memory]"), "{said}");
    }
}

#[test]
fn examples_of_policies_are_tests() {
    for policy in ["database", "critical"] {
        let out = unitlint(&["rules", "test", &format!("fixtures/policies/{policy}/policy")]);
        assert_eq!(out.status.code(), Some(0), "{}", text(&out));
    }
    let here = policy("examples", "\"db.service:CPUWeight > batch.service:CPUWeight\"");
    let wrong = "\n[[example]]\nname = \"db.service\"\ntext = \"[Service]\\nExecStart=/x\\n\"\nunits = { \"batch.service\" = \"[Service]\\nExecStart=/x\\n\" }\n";
    let here = here.file(
        "policy/p.toml",
        fs::read_to_string(Path::new(env!("CARGO_TARGET_TMPDIR")).join("policies/examples/policy/p.toml")).unwrap()
            + wrong,
    );
    let (status, said) = here.told("rules test policy");
    assert!(status == 1 && said.contains("example 1: found [(\"db.service\", 1)], marked []"), "{said}");
}

#[test]
fn policies_are_explained() {
    let out = unitlint(&["explain", "database-memory", "--config", "fixtures/policies/database/unitlint.toml"]);
    let said = text(&out);
    assert!(said.contains("What has to hold\n  db.service:MemoryMin >= 8G or db.service:MemoryLow >= 8G\n"), "{said}");
}

/// A directory with a rule `p` that asks for these relations.
fn policy(name: &str, holds: &str) -> Case {
    let rule = format!(
        "summary = \"a policy\"\nrationale = \"r\"\nlevel = \"error\"\ncheck = {{ kind = \"relation\", holds = [{holds}] }}\n"
    );
    case(name).tree(".git/x=").file("unitlint.toml", "rules = [\"policy\"]\n").file("policy/p.toml", rule)
}

fn service(more: &str) -> String {
    format!("{SERVICE}{more}")
}

/// The findings of the policy as `FILE:LINE: MESSAGE`.
fn found(here: &Case, words: &str) -> Vec<String> {
    let (_, said) = here.told(&format!("check --select policy --format concise {words}"));
    let line = |l: &str| {
        let (place, message) = l.split_once("[p] ")?;
        let place = place.rsplit_once(": ").map_or(place, |(place, _)| place);
        let (file, line) = place.rsplit_once(':')?.0.rsplit_once(':')?;
        Some(format!("{}:{line}: {message}", file.rsplit('/').next().unwrap_or(file)))
    };
    said.lines().filter_map(line).collect()
}

#[test]
fn faults_in_relations_have_places() {
    let here = policy(
        "faults",
        "\"db.service:CPUWeigth > 100\", { that = \"db.slice:Restart = always\" }, '''a.service:Nice >''', 5",
    );
    let here = here.file("a.service", SERVICE);
    let (_, said) = here.told("check --format concise .");
    assert!(
        said.contains("p.toml:4:") && said.contains("a relation in quotes, or a table with that and because"),
        "{said}"
    );
    let here = policy(
        "faults",
        "\"db.service:CPUWeigth > 100\", { that = \"db.slice:Restart = always\" }, '''a.service:Nice >''', \"a\\u002eservice:Nice = x\"",
    );
    let here = here.file("a.service", SERVICE);
    let (status, said) = here.told("check --format concise .");
    for (column, says) in [
        (51, "CPUWeigth= is no directive of any known systemd; did you mean CPUWeight?"),
        (88, "Restart= is no directive of a slice"),
        (127, "there is nothing behind it to compare"),
        (133, "x is no value that can stand here"),
    ] {
        assert!(said.contains(&format!("p.toml:4:{column}: error[configuration]")), "{column}: {said}");
        assert!(said.contains(says), "{says}: {said}");
    }
    assert_eq!(status, 1);
}

#[test]
fn what_is_not_there_cannot_be_compared() {
    let here =
        policy("missing", "\"db.service:CPUWeight > batch.service:CPUWeight\"").file("units/db.service", SERVICE);
    assert_eq!(found(&here, "units"), ["p.toml:4: batch.service: there is no such unit, so this cannot be kept"]);
    // of a file by itself nothing is known, and other units have nothing to do with it
    assert!(found(&here, "units/db.service").is_empty());
    let here = here.file("units/batch.service", "");
    assert_eq!(found(&here, "units"), ["p.toml:4: batch.service: the unit is switched off, so this cannot be kept"]);
    // units of one repository may be in several directories
    fs::remove_file(here.at("units/batch.service")).unwrap();
    let here = here.file("more/batch.service", service("CPUWeight=50\n"));
    assert!(found(&here, ".").is_empty());
    let here = here.file("more/batch.service", service("CPUWeight=500\n")).file("more/other.service", SERVICE);
    let one = ["db.service:1: db.service: CPUWeight= is 100 (not set), not more than that of batch.service, 500"];
    assert_eq!(found(&here, "."), one);
    assert!(found(&here, "more/other.service").is_empty());
    // who looks at one of them hears of it, when the other one is in reach
    let here = here.file("units/batch.service", service("CPUWeight=500\n"));
    assert_eq!(found(&here, "units/batch.service"), one);
}

#[test]
fn patterns_mean_each_of_several() {
    let here =
        policy("patterns", "\"*.service except b*.service, c.service:TasksMax <= 100\", \"x*.slice:CPUWeight > 1\"");
    let here = here.file("a.service", service("TasksMax=200\n")).file("b.service", SERVICE).file("c.service", SERVICE);
    let here = here.file("d@.service", service("TasksMax=50\n")).file("e.timer", "[Timer]\nOnBootSec=1\n");
    let here = here.file("f.service", service("# unitlint: ignore[p] for the test\nTasksMax=300\n"));
    assert_eq!(
        found(&here, "."),
        [
            "p.toml:4: x*.slice: no unit is meant by this, so it says nothing",
            "a.service:3: a.service: TasksMax= is 200, more than 100"
        ]
    );
    let here = policy(
        "slices",
        "\"db.slice/**/*.service:MemoryMax <= 4G or db.slice/**/*.service:MemoryHigh <= 2G\", \"/*:CPUWeight <= db.slice:CPUWeight\"",
    );
    let here = here.file("db.slice", "[Slice]\nCPUWeight=200\n").file("db-a.slice", "[Slice]\nMemoryMax=2G\n");
    let here = here
        .file("one.service", service("Slice=db-a.slice\n"))
        .file("two.service", service("Slice=db.slice\nMemoryHigh=1G\n"));
    let here = here.file("three.service", service("Slice=db.slice\n")).file("other.slice", "[Slice]\nCPUWeight=300\n");
    assert_eq!(
        found(&here, "."),
        [
            "three.service:1: three.service: MemoryMax= is infinity (not set), more than 4G",
            "other.slice:2: other.slice: CPUWeight= is 300, more than that of db.slice, 200",
        ]
    );
}

#[test]
fn what_counts_is_compared() {
    let one = |name: &str, relation: &str, files: &[(&str, &str)]| {
        let here =
            files.iter().fold(policy(name, &format!("\"{relation}\"")), |here, (file, text)| here.file(file, text));
        found(&here, ".").join("\n")
    };
    let slice = ("a.slice", "[Slice]\nMemoryMax=1G\nMemoryLow=4G\nCPUWeight=50\n");
    let unit = service("Slice=a.slice\nMemoryMax=8G\nCPUWeight=900\n");
    let (inner, outer) = (("a.service", unit.as_str()), ("b.service", SERVICE));
    let files = [slice, inner, outer];
    assert!(
        one("limit", "a.service:MemoryMax >= 8G", &files)
            .ends_with("MemoryMax= is 1G, the limit of a.slice, less than 8G")
    );
    assert_eq!(one("own", "own(a.service:MemoryMax) = 8G", &files), "");
    // the only one in a slice has what the slice keeps
    assert_eq!(one("passed", "a.service:MemoryLow >= 4G", &files), "");
    assert!(
        one("weight", "a.service:CPUWeight > b.service:CPUWeight", &files)
            .contains("50, that of its slice a.slice, not more than")
    );
    assert_eq!(one("share", "share(a.service:CPUWeight) = 20% or share(a.service:CPUWeight) < 34%", &files), "");
    assert!(one("machine", "a.service:MemoryMax <= 50%", &files).contains("only the machine knows"));
    assert_eq!(one("flipped", "2s >= a.service:RestartSec", &files), "");
    assert_eq!(one("words", "a.service:Restart != always", &files), "");
    assert_eq!(one("implied", "user.slice:CPUWeight = 100", &files), "");
    assert!(
        one("implied-fails", "user.slice:MemoryHigh = 1G", &files)
            .starts_with("p.toml:4: user.slice: MemoryHigh= is infinity")
    );
}

#[test]
fn other_formats_carry_it() {
    let json = told("database", "wrong-weights", &["--select", "policy", "--format", "json"]).0;
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let finding = &value["findings"][0];
    assert!(
        finding["rule"] == "database-cpu" && finding["unit"] == "db.service" && finding["level"] == "error",
        "{finding}"
    );
    let (table, _) = told("database", "wrong-weights", &["--select", "policy", "--format", "table"]);
    assert!(table.contains("database-cpu"), "{table}");
}
