//! What people and programs see, held as snapshots in `snapshots/`. To accept a change: `cargo insta review`, or
//! `INSTA_UPDATE=always cargo test --test snapshots`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

mod common;

use common::{text, unitlint};

fn snap(name: &str, words: &[&str]) {
    let out = unitlint(words);
    let shown =
        format!("$ unitlint {}\n{}[exit status {}]\n", words.join(" "), text(&out), out.status.code().unwrap_or(-1));
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, shown);
    });
}

const SHOP: &[&str] = &["--root", "fixtures/webshop", "--systemd", "debian13"];

fn shop(name: &str, words: &[&str]) {
    snap(name, &[words, SHOP].concat());
}

#[test]
fn security() {
    shop("security-table", &["security"]);
    shop("security-detail", &["security", "shop.service"]);
    shop("security-all", &["security", "shop-db.service", "--all"]);
    shop("security-refused", &["security", "shop-legacy.service"]);
    shop("security-concise", &["security", "--format", "concise"]);
    shop("security-json", &["security", "--format", "json", "shop-db.service"]);
    shop("security-compatible", &["security", "--json=pretty", "shop-db.service"]);
}

#[test]
fn check() {
    shop("check-human", &["check"]);
    shop("check-overridden", &["check", "shop.service", "--select", "protect-home,system-call-filter-resources"]);
    shop("check-concise", &["check", "--format", "concise", "--select", "exposure"]);
    shop("check-table", &["check", "--format", "table", "--select", "exposure"]);
    shop("check-json", &["check", "--format", "json", "--select", "protect-home"]);
    shop("check-colour", &["check", "shop.service", "--select", "protect-home", "--color", "always"]);
}

#[test]
fn reports() {
    for format in ["ndjson", "sarif", "github", "gitlab", "junit", "checkstyle", "markdown"] {
        shop(&format!("check-{format}"), &["check", "shop.service", "--format", format]);
    }
    shop("check-most", &["check", "--max-findings", "2"]);
    shop("check-statistics", &["check", "--statistics"]);
}

#[test]
fn fix_and_min_version() {
    snap("fix-safe", &["fix", "fixtures/defects/tpm2-abrmd.service"]);
    snap("fix-unsafe", &["fix", "fixtures/defects/tpm2-abrmd.service", "--safety", "unsafe", "--color", "always"]);
    shop("min-version", &["check", "--min-version", "--all"]);
    shop("min-version-json", &["check", "--min-version", "--format", "json", "shop.service"]);
    snap("config", &["config", "--isolated", "--systemd", "debian12", "--ignore", "file-mode"]);
}

#[test]
fn cat() {
    shop("cat-human", &["cat", "shop.service"]);
    shop("cat-json", &["cat", "shop.service", "--format", "json"]);
}

#[test]
fn diff() {
    let told = |name: &str, words: &[&str]| {
        let sides = ["diff", "fixtures/diff/old", "fixtures/diff/new", "--systemd", "debian13"];
        snap(name, &[&sides, words].concat());
    };
    told("diff-human", &[]);
    told("diff-colour", &["shop", "--color", "always", "--fail-on", "worse"]);
    told("diff-concise", &["--format", "concise", "--fail-on", "worse,unknown-key"]);
    told("diff-json", &["--format", "json", "shop-queue"]);
    told("diff-markdown", &["--format", "markdown"]);
}

#[test]
fn profile() {
    let told = |name: &str, words: &[&str]| {
        let root = ["--root", "fixtures/portable", "--systemd", "debian13", "--profile"];
        snap(name, &[&words[..1], &root, &words[1..]].concat());
    };
    told("profile-check", &["check", "strict", "press.service"]);
    told("profile-security", &["security", "strict"]);
    told("profile-security-detail", &["security", "offline", "proof@.service", "--format", "concise"]);
    told("profile-diff", &["diff", "strict"]);
    told("profile-diff-concise", &["diff", "strict", "press", "--format", "concise"]);
    told("profile-diff-markdown", &["diff", "strict", "proof@1.service", "--format", "markdown"]);
    told("profile-mistake", &["check", "strikt"]);
}

#[test]
fn baseline() {
    let known = ["--systemd", "debian13", "--baseline", "fixtures/diff/baseline.json"];
    let told =
        |name: &str, root: &str, words: &[&str]| snap(name, &[&["check", "--root", root], &known[..], words].concat());
    let rules = ["--select", "unknown-key,invalid-boolean,exposure-score"];
    told("baseline-known", "fixtures/diff/old", &rules);
    told("baseline-worse", "fixtures/diff/new", &rules);
    told("baseline-json", "fixtures/diff/new", &[&rules[..], &["--format", "json"]].concat());
    snap("baseline-missing", &["check", "fixtures/diff/old", "--baseline", "fixtures/diff/nowhere.json"]);
}

#[test]
fn tree() {
    let town = ["--root", "fixtures/cgroups/town", "--systemd", "debian13"];
    let told = |name: &str, words: &[&str]| snap(name, &[&["tree"], words, &town].concat());
    told("tree-human", &[]);
    told("tree-explain", &["market.slice", "--explain"]);
    told("tree-all", &["--all", "--system", "--color", "always"]);
    told("tree-json", &["market-clock", "--format", "json"]);
    snap("check-resources", &[&["check", "--format", "concise", "--all", "--select", "resources"], &town[..]].concat());
}

#[test]
fn explain_and_rules() {
    snap("explain-rule", &["explain", "private-tmp"]);
    snap("explain-directive", &["explain", "MemoryMax="]);
    snap("explain-nothing", &["explain", "PrivateTemp"]);
    snap("explain-file", &["explain", "cpu.shares"]);
    snap("explain-both", &["explain", "pids.max"]);
    snap("explain-namespace", &["explain", "user", "namespace"]);
    snap("explain-lxc", &["explain", "lxc.cgroup2.memory.max"]);
    snap("explain-group", &["explain", "@mount"]);
    snap("explain-name-json", &["explain", "CAP_SYS_TIME", "--format", "json"]);
    snap("explain-slip", &["explain", "lxc.cgroup.memory.limit_in_byte"]);
}

#[test]
fn help_and_mistakes() {
    snap("help", &["--help"]);
    snap("help-check", &["check", "--help"]);
    snap("help-security", &["security", "--help"]);
    snap("help-diff", &["diff", "--help"]);
    snap("help-tree", &["tree", "--help"]);
    snap("mistake-target", &["check", "--systemd", "slackware", "fixtures"]);
    snap("mistake-rule", &["check", "--select", "privat-tmp", "fixtures"]);
    snap("mistake-path", &["check", "fixtures/nowhere.service"]);
    snap("mistake-unit", &["security", "--root", "fixtures/webshop", "shpo.service"]);
    snap("between-models", &["security", "--systemd", "255", "--root", "fixtures/webshop", "shop-db"]);
}
