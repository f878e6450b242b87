//! The README shows real output: every command of a console block is run and compared. To renew it:
//! `UPDATE_README=1 cargo test --test readme`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

mod common;
#[path = "common/console.rs"]
mod console;

use common::{text, unitlint};
use std::path::Path;
use unitlint::emit::docs;
use unitlint::engine::Config;
use unitlint::engine::examples::faults;
use unitlint::rule::own;
use unitlint::tree::Memory;

/// The text between two marks is the library's.
fn with_table(readme: &str, mark: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- {mark} -->\n"), format!("<!-- end of {mark} -->"));
    let (before, rest) = readme.split_once(&begin).expect("the mark of a table");
    let (_, after) = rest.split_once(&end).expect("the end of a table");
    format!("{before}{begin}{table}{end}{after}")
}

/// The configuration that the README shows is right, and so is the rule that it names.
#[test]
fn the_files_of_the_readme_are_right() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let mut files = readme.split("```toml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0);
    let (config, rule) = (files.next().unwrap(), files.next().unwrap());
    let tree = Memory::new().file("/r/policy/memory-limit.toml", rule);
    let config = Config::read(&tree, Path::new("/r/unitlint.toml"), config.into());
    assert!(config.findings.is_empty() && config.per_file.len() == 1, "{:?}", config.findings);
    let [rule] = config.rules.own() else { panic!("{:?}", config.rules) };
    assert!(rule.id == "memory-limit" && rule.examples().len() == 1);
    assert_eq!(faults(&config.rules, rule), [""; 0]);
    let relation = own::parse("database", files.next().unwrap());
    assert!(relation.is_ok_and(|rule| rule.holds().len() == 5));
}

#[test]
fn readme_shows_real_output() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let run = |words: &[String]| {
        let words: Vec<&str> = words.iter().skip(1).map(String::as_str).collect();
        text(&unitlint(&words))
    };
    let now = with_table(&console::renewed(&readme, run), "rules", &docs::markdown());
    let now = with_table(&now, "settings", &docs::settings());
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, now).unwrap();
    } else {
        assert!(readme == now, "the README shows other output than the program; renew it with UPDATE_README=1");
    }
}
