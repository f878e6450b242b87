//! The GitHub Action, step by step: the scripts that `action.yml` runs, in a clone of a repository with a regression, with the
//! files that a runner gives them and a `gh` that writes down what it is asked. Installing and uploading need GitHub.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;

use case::{Case, case};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SHOP: &str =
    "[Unit]\nDescription=Shop\n\n[Service]\nExecStart=/usr/bin/shopd\nUser=shop\nFrob=1\nProtectHome=yes\n";

/// Answers like GitHub as far as a comment is concerned.
const GH: &str = r#"#!/bin/sh
echo "gh $*" >> "$STUB/asked"
[ ! -e "$STUB/closed" ] || exit 1
case $* in *--paginate*) cat "$STUB/comments" ;; esac
for word; do case $word in body=@*) cp "${word#body=@}" "$STUB/body.md" ;; esac; done
"#;

/// A clone as `actions/checkout` makes it, and what a runner has.
struct Runner {
    here: Case,
    env: BTreeMap<&'static str, String>,
}

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("editors/github")
}

fn git(dir: &Path, words: &str) -> String {
    let mut command = Command::new("git");
    command
        .args(words.split(' '))
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@example.org");
        // so that a revision has the same name in every run
        command.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
    }
    let out = command.output().unwrap();
    assert!(out.status.success(), "git {words}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// A pull request: main has gone on since the branch was begun, and the clone has one commit.
fn pull_request(name: &str, change: impl FnOnce(&Path)) -> Runner {
    let here = case(name)
        .file("origin/units/shop.service", SHOP)
        .file("origin/units/old.service", "[Service]\nExecStart=/usr/bin/old\n")
        .file("bin/gh", GH)
        .file("comments", "")
        .file("temp/.keep", "");
    fs::set_permissions(here.at("bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
    let origin = here.dir.join("origin");
    let commit = || {
        git(&origin, "add -A");
        git(&origin, "commit -q --allow-empty -m state")
    };
    git(&origin, "init -q -b main .");
    commit();
    git(&origin, "checkout -q -b topic");
    change(&origin);
    commit();
    git(&origin, "checkout -q main");
    fs::write(origin.join("units/other.service"), "[Service]\nExecStart=/usr/bin/other\nFrob=1\n").unwrap();
    commit();
    let base = git(&origin, "rev-parse main");
    git(&here.dir, &format!("clone -q --depth 1 --branch topic file://{} clone", origin.display()));
    let event = format!(r#"{{"pull_request":{{"number":7,"base":{{"sha":"{base}","ref":"main"}}}}}}"#);
    fs::write(here.at("event.json"), event).unwrap();
    let path = format!("{}:{}", here.dir.join("bin").display(), std::env::var("PATH").unwrap());
    let at = |name: &str| here.dir.join(name).display().to_string();
    let env = BTreeMap::from([
        ("PATH", path),
        ("STUB", here.dir.display().to_string()),
        ("UNITLINT", env!("CARGO_BIN_EXE_unitlint").to_owned()),
        ("PATHS", "units".to_owned()),
        ("SYSTEMD", "debian13".to_owned()),
        ("GITHUB_EVENT_PATH", at("event.json")),
        ("GITHUB_REPOSITORY", "example/shop".to_owned()),
        ("GITHUB_OUTPUT", at("output")),
        ("GITHUB_STEP_SUMMARY", at("summary.md")),
        ("RUNNER_TEMP", at("temp")),
    ]);
    Runner { here, env }
}

impl Runner {
    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.here.dir.join(name)).unwrap_or_default()
    }

    /// Runs a step; its outputs are in the environment of those that follow, under these names.
    fn step(&mut self, script: &str, outputs: &[(&str, &'static str)]) -> Output {
        let _ = fs::remove_file(self.here.at("output"));
        let mut command = Command::new(scripts().join(script));
        let out = command.current_dir(self.here.dir.join("clone")).env_clear().envs(&self.env).output().unwrap();
        let text = self.read("output");
        let said: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
        for (output, name) in outputs {
            self.env
                .insert(name, said.get(output).unwrap_or_else(|| panic!("{script}: {output} in {text}")).to_string());
        }
        out
    }

    fn goes_on(&mut self, script: &str, outputs: &[(&str, &'static str)]) -> String {
        let out = self.step(script, outputs);
        assert!(out.status.success(), "{script}: {}{}", text(&out), String::from_utf8_lossy(&out.stderr));
        text(&out)
    }

    fn all(&mut self) -> String {
        self.goes_on("base.sh", &[("since", "SINCE")]);
        let outputs = [("status", "STATUS"), ("sarif", "SARIF"), ("comment", "COMMENT"), ("errors", "ERRORS")];
        self.goes_on("check.sh", &outputs)
    }

    fn is(&self, name: &str) -> &str {
        &self.env[name]
    }
}

fn text(out: &Output) -> String {
    String::from_utf8(out.stdout.clone()).unwrap()
}

fn snap(name: &str, text: &str) {
    let text = text.replace(concat!("unitlint ", env!("CARGO_PKG_VERSION")), "unitlint VERSION");
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn a_regression_is_annotated_commented_and_fails() {
    let mut runner = pull_request("regression", |origin| {
        fs::create_dir_all(origin.join("units/shop.service.d")).unwrap();
        let dropin = "[Service]\nProtectHome=no\nProtectSytem=full\n";
        fs::write(origin.join("units/shop.service.d/10-home.conf"), dropin).unwrap();
    });
    let annotations = runner.all();
    let fork = git(&runner.here.dir.join("origin"), "merge-base main topic");
    assert_eq!((runner.is("SINCE"), runner.is("STATUS"), runner.is("ERRORS")), (&*fork, "1", "1"));
    snap("action-annotations", &annotations);
    snap("action-summary", &runner.read("summary.md"));
    // code scanning gets everything, what was there before as well
    let sarif: serde_json::Value = serde_json::from_slice(&fs::read(runner.is("SARIF")).unwrap()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let faults = results.iter().filter(|r| r["ruleId"] == "unknown-key").count();
    assert_eq!(faults, 2);
    assert!(annotations.lines().count() < results.len());

    let told = runner.goes_on("comment.sh", &[]);
    assert_eq!(told, "the comment is written\n");
    let body = runner.read("body.md");
    snap("action-comment", &body);
    assert!(
        runner
            .read("asked")
            .contains("gh api --silent --method POST repos/example/shop/issues/7/comments --field body=@")
    );
    // the next run finds it, and takes nobody else's for it
    let marker = body.lines().next().unwrap();
    let comments = format!("1 User {marker}\n2 Bot <!-- unitlint 000000000000 -->\n3 Bot {marker}\n4 User hello\n");
    fs::write(runner.here.at("comments"), comments).unwrap();
    assert_eq!(runner.goes_on("comment.sh", &[]), "comment 3 is renewed\n");
    assert!(runner.read("asked").contains("--method PATCH repos/example/shop/issues/comments/3 --field"));
    // a fork may not write
    fs::write(runner.here.at("closed"), "").unwrap();
    assert!(runner.goes_on("comment.sh", &[]).starts_with("::notice title=unitlint::the comment could not be written"));
}

#[test]
fn what_changes_nothing_is_not_commented() {
    let mut runner = pull_request("nothing", |origin| fs::write(origin.join("README"), "x").unwrap());
    assert_eq!(runner.all(), "");
    assert_eq!((runner.is("STATUS"), runner.is("ERRORS")), ("0", "0"));
    assert_eq!(runner.goes_on("comment.sh", &[]), "nothing changed, and there is no comment to renew\n");
    assert!(!runner.read("asked").contains("POST"));
    // an earlier comment is renewed all the same
    let marker = "<!-- unitlint ".to_owned();
    let number = runner.read("temp/unitlint/body.md");
    let own = number.lines().next().unwrap();
    assert!(own.starts_with(&marker));
    fs::write(runner.here.at("comments"), format!("9 Bot {own}\n")).unwrap();
    assert_eq!(runner.goes_on("comment.sh", &[]), "comment 9 is renewed\n");
}

#[test]
fn what_to_compare_with() {
    let mut runner = pull_request("base", |_| {});
    for (base, since) in [("none", ""), ("v1.0", "v1.0"), ("origin/main...", "origin/main...")] {
        runner.env.insert("BASE", base.into());
        runner.goes_on("base.sh", &[("since", "SINCE")]);
        assert_eq!(runner.is("SINCE"), since);
    }
    runner.env.insert("BASE", "a\nb=c".into());
    assert_eq!(runner.step("base.sh", &[]).status.code(), Some(2));
    runner.env.insert("BASE", String::new());
    // a push
    fs::write(runner.here.at("event.json"), r#"{"before":"x","ref":"refs/heads/main"}"#).unwrap();
    runner.goes_on("base.sh", &[("since", "SINCE")]);
    assert_eq!(runner.is("SINCE"), "");
    // nothing can be fetched
    let sha = "0123456789012345678901234567890123456789";
    fs::write(runner.here.at("event.json"), format!(r#"{{"pull_request":{{"number":7,"base":{{"sha":"{sha}"}}}}}}"#))
        .unwrap();
    let out = runner.step("base.sh", &[]);
    assert!(
        out.status.code() == Some(2) && text(&out).contains("set fetch-depth: 0 for actions/checkout"),
        "{}",
        text(&out)
    );
}

#[test]
fn without_a_base_everything_is_told() {
    let mut runner = pull_request("whole", |_| {});
    runner.env.insert("BASE", "none".into());
    let annotations = runner.all();
    assert!(annotations.contains("::error file=units/shop.service,line=7") && runner.is("COMMENT").is_empty());
    assert!(runner.read("summary.md").starts_with("<!-- unitlint check -->\n### unitlint: 1 error"));
    for (fail_on, args, status) in [("score>9.5", "", "0"), ("", "--ignore unknown-key", "0"), ("frob", "", "2")] {
        runner.env.insert("FAIL_ON", fail_on.into());
        runner.env.insert("ARGS", args.into());
        runner.all();
        assert_eq!(runner.is("STATUS"), status, "{fail_on} {args}");
    }
}

#[test]
fn no_word_of_an_input_is_run() {
    let mut runner = pull_request("hostile", |_| {});
    let evil = "$(touch evil) `touch evil`; touch evil\n--format=json";
    for name in ["PATHS", "SYSTEMD", "CONFIG", "ARGS", "FAIL_ON", "BASE", "VERSION"] {
        runner.env.insert(name, evil.into());
    }
    for script in ["base.sh", "check.sh", "comment.sh", "install.sh"] {
        runner.step(script, &[]);
    }
    assert!(!runner.here.dir.join("clone/evil").exists());
}

#[test]
fn the_action_runs_these_scripts_and_gives_them_what_they_ask_for() {
    let action = fs::read_to_string(scripts().join("../../action.yml")).unwrap();
    let runs: Vec<&str> = action.lines().filter_map(|l| l.trim_start().strip_prefix("run: ")).collect();
    let script = |name: &str| format!("'\"$GITHUB_ACTION_PATH/editors/github/{name}.sh\"'");
    let expected = ["install", "base", "check", "comment"].map(script);
    assert_eq!(runs[..4], expected.each_ref().map(String::as_str));
    assert_eq!(runs[4..], ["exit \"$STATUS\""]);
    assert!(!action.contains("run: |"), "a script in the action is not tried by this test");
    for step in action.split("    - name: ").skip(1).filter(|step| step.contains("/editors/github/")) {
        let name = step.split("/editors/github/").nth(1).and_then(|rest| rest.split(".sh").next()).unwrap();
        let text = fs::read_to_string(scripts().join(format!("{name}.sh"))).unwrap();
        let is_name = |word: &&str| word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
        let words = text.split("${").skip(1).filter_map(|rest| rest.split([':', '}', '#', '%', '[']).next());
        let simple =
            text.split('$').skip(1).filter_map(|rest| rest.split(|c: char| !c.is_ascii_uppercase() && c != '_').next());
        let asked: BTreeSet<&str> = words.chain(simple).filter(is_name).collect();
        for word in
            asked.iter().filter(|w| !w.starts_with("GITHUB_") && !w.starts_with("RUNNER_") && **w != "BASH_SOURCE")
        {
            assert!(step.contains(&format!("        {word}: ${{{{ ")), "{name}.sh asks for {word}");
        }
    }
}

/// A clone with all of its history, and the program in its search path.
fn whole(name: &str) -> Runner {
    let mut runner = pull_request(name, |origin| {
        fs::write(origin.join("units/shop.service"), format!("{SHOP}Frab=1\n")).unwrap();
    });
    let clone = runner.here.dir.join("clone");
    git(&clone, "fetch -q --unshallow origin main:main");
    git(&clone, "fetch -q origin main:refs/remotes/origin/main");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_unitlint"), runner.here.at("bin/unitlint")).unwrap();
    runner.env.insert("HOME", "/nonexistent".into());
    runner
}

impl Runner {
    fn shell(&self, script: &str) -> (Option<i32>, String) {
        let mut command = Command::new("sh");
        let out = command
            .args(["-e", "-c", script])
            .current_dir(self.here.dir.join("clone"))
            .env_clear()
            .envs(&self.env)
            .output();
        let out = out.unwrap();
        (out.status.code(), text(&out) + &String::from_utf8_lossy(&out.stderr))
    }
}

#[test]
fn the_template_of_gitlab_reports_all_and_fails_by_what_is_new() {
    let template = fs::read_to_string(scripts().join("../gitlab/unitlint.yml")).unwrap();
    let script = template.split("\n  script:\n").nth(1).and_then(|rest| rest.split("\n  artifacts:").next()).unwrap();
    let script: Vec<&str> = script.lines().filter_map(|line| line.strip_prefix("    - ")).collect();
    let mut runner = whole("gitlab");
    let base = git(&runner.here.dir.join("clone"), "merge-base main HEAD");
    for (name, value) in [
        ("UNITLINT_PATHS", "units"),
        ("UNITLINT_SYSTEMD", "debian13"),
        ("UNITLINT_ARGS", ""),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &base),
    ] {
        runner.env.insert(name, value.into());
    }
    let (status, text) = runner.shell(&script.join("\n"));
    assert!(status == Some(1) && text.contains("Frab=") && text.contains("findings are known."), "{text}");
    let read = |file: &str| fs::read_to_string(runner.here.dir.join("clone").join(file)).unwrap();
    let quality: Vec<serde_json::Value> = serde_json::from_str(&read("gl-code-quality-report.json")).unwrap();
    let faults = quality.iter().filter(|issue| issue["check_name"] == "unknown-key").count();
    assert_eq!(faults, 2, "{quality:?}");
    assert!(read("gl-sast-report.json").contains("\"vulnerabilities\"") && read("unitlint.xml").contains("<testsuite"));
    // a push to a branch
    runner.env.remove("CI_MERGE_REQUEST_DIFF_BASE_SHA");
    let (status, text) = runner.shell(&script.join("\n"));
    assert!(status == Some(1) && text.contains("Frob=") && !text.contains("known."), "{text}");
}

#[test]
fn the_documented_lines_are_right() {
    let runner = whole("lines");
    let top = scripts().join("../..");
    let pages = ["editors/pipelines.md", "README.md"].map(|page| fs::read_to_string(top.join(page)).unwrap());
    let readme = pages[1].split("\n## In a pipeline\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let mut tried = 0;
    for page in [&*pages[0], readme] {
        for line in page
            .lines()
            .map(str::trim_start)
            .filter(|line| line.starts_with("unitlint ") || line.starts_with("sh 'unitlint "))
        {
            let line = line.strip_prefix("sh '").and_then(|line| line.strip_suffix('\'')).unwrap_or(line);
            let (status, text) = runner.shell(line);
            assert!(matches!(status, Some(0 | 1)) && !text.contains("unitlint: "), "{line}: {text}");
            tried += 1;
        }
    }
    assert!(tried > 8, "{tried}");
    let version = format!("v{}", env!("CARGO_PKG_VERSION"));
    for page in pages.iter().chain([&fs::read_to_string(scripts().join("../gitlab/unitlint.yml")).unwrap()]) {
        for (at, _) in page.match_indices("unitlint/unitlint@v").chain(page.match_indices("unitlint/unitlint/v")) {
            let named = &page[at + "unitlint/unitlint@".len()..];
            assert!(named.starts_with(&version), "another version: {}", named.lines().next().unwrap_or_default());
        }
    }
}
