//! The README shows real output: every `$ unitlint …` of a console block is run and compared. To renew it:
//! `UPDATE_README=1 cargo test --test readme`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

mod common;

use common::{text, unitlint};
use std::path::Path;

/// The README with the output of each command as it is now. A line `…` in a block stands for lines that are left out:
/// as many are shown before and behind it as stand there.
fn renewed(readme: &str) -> String {
    let mut out = String::new();
    let mut lines = readme.lines().peekable();
    let mut inside = false;
    while let Some(line) = lines.next() {
        out.push_str(line);
        out.push('\n');
        if line.starts_with("```") {
            inside = line == "```console";
        }
        let Some(command) = line.strip_prefix("$ unitlint ").filter(|_| inside) else { continue };
        let mut old = Vec::new();
        while let Some(next) = lines.next_if(|l| !l.starts_with("```") && !l.starts_with("$ ")) {
            old.push(next);
        }
        let words: Vec<&str> = command.split_whitespace().collect();
        let shown = text(&unitlint(&words));
        match old.iter().position(|l| *l == "…") {
            Some(head) => {
                let all: Vec<&str> = shown.lines().collect();
                let tail = all.len().saturating_sub(old.len() - head - 1);
                let kept = all.iter().take(head).chain(std::iter::once(&"…")).chain(&all[tail..]);
                out.extend(kept.map(|l| format!("{l}\n")));
            }
            None => out.push_str(&shown),
        }
    }
    out
}

/// The table between the two marks is the registry's.
fn with_table(readme: &str) -> String {
    let (before, rest) = readme.split_once("<!-- rules -->\n").expect("the mark of the rule table");
    let (_, after) = rest.split_once("<!-- end of rules -->").expect("the end of the rule table");
    format!("{before}<!-- rules -->\n{}<!-- end of rules -->{after}", unitlint::emit::docs::markdown())
}

#[test]
fn readme_shows_real_output() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let now = with_table(&renewed(&readme));
    if std::env::var_os("UPDATE_README").is_some() {
        std::fs::write(&path, now).unwrap();
    } else {
        assert!(readme == now, "the README shows other output than the program; renew it with UPDATE_README=1");
    }
}
