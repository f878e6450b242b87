//! The book: its reference comes from the program, every link leads somewhere, and the guides show real output. To renew that:
//! `UPDATE_BOOK=1 cargo test --test book`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

#[path = "common/console.rs"]
mod console;
#[path = "../examples/book/pages.rs"]
mod pages;

use pulldown_cmark::{Event, Options, Parser, Tag};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use unitlint::emit::docs::rules_about;
use unitlint::rule::{RULES, exposure_rules};
use unitlint::vocab::KEYS;

fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A fresh directory for a test.
fn directory(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("book").join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// All Markdown below a directory.
fn pages_below(dir: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(pages_below(&path));
        } else if path.extension().is_some_and(|e| e == "md") {
            all.push(path);
        }
    }
    all.sort();
    all
}

fn links(text: &str) -> Vec<String> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES);
    let link = |event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    };
    events.filter_map(link).collect()
}

#[test]
fn every_page_is_there_and_every_link_leads_somewhere() {
    let dir = directory("pages");
    pages::write(checkout(), &dir).unwrap();
    let src = dir.join("src");
    let pages = pages_below(&src);
    let contents = std::fs::read_to_string(src.join("SUMMARY.md")).unwrap();
    let listed: Vec<String> = links(&contents);
    let source = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for page in &pages {
        let name = page.strip_prefix(&src).unwrap().to_str().unwrap();
        let times = listed.iter().filter(|link| *link == name).count();
        if times != usize::from(name != "SUMMARY.md") {
            wrong.push(format!("{name} is {times} times in the contents"));
        }
        for link in links(&std::fs::read_to_string(page).unwrap()) {
            count += 1;
            let there = match link.strip_prefix(source) {
                Some(path) => checkout().join(path).is_file(),
                None => link.starts_with("https://") || page.parent().unwrap().join(&link).is_file(),
            };
            if !there {
                wrong.push(format!("{name}: {link} leads nowhere"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let there = |path: String| src.join(path).is_file();
    assert!(RULES.iter().all(|rule| there(format!("rules/{}.md", rule.id))));
    assert!(KEYS.iter().all(|key| there(format!("directives/{}.md", key.name()))));
    println!("{} pages, {count} links", pages.len());
}

/// A directive with a check of the exposure says what that costs and what breaks, and each check has such a directive.
#[test]
fn directives_of_the_exposure_name_cost_and_breakage() {
    let dir = directory("exposure");
    pages::write(checkout(), &dir).unwrap();
    let (mut wrong, mut told) = (Vec::new(), BTreeSet::new());
    for key in &KEYS {
        let rules: Vec<_> = rules_about(key).filter(|rule| rule.exposure.is_some()).collect();
        let page = std::fs::read_to_string(dir.join(format!("src/directives/{}.md", key.name()))).unwrap();
        for rule in &rules {
            told.insert(rule.id);
            let line = |line: &&str| line.contains(&format!("[`{0}`](../rules/{0}.md): ", rule.id));
            if !page.lines().find(line).is_some_and(|line| line.contains("exposure: weight")) {
                wrong.push(format!("{}= does not say what {} costs", key.name(), rule.id));
            }
        }
        if !rules.is_empty() && !page.contains("What can break") {
            wrong.push(format!("{}= does not say what breaks", key.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(told.len(), exposure_rules().count());
}

/// What a guide shows is what its commands print, one after the other in a directory with `fixtures/`.
fn renewed(guide: &Path, count: &mut usize) -> String {
    let dir = directory(guide.file_stem().unwrap().to_str().unwrap());
    let page = std::fs::read_to_string(guide).unwrap();
    // no configuration is searched above it
    std::fs::create_dir(dir.join(".git")).unwrap();
    for entry in std::fs::read_dir(checkout().join("fixtures")).unwrap() {
        let name = Path::new("fixtures").join(entry.unwrap().file_name());
        if page.contains(name.to_str().unwrap()) {
            copy(&checkout().join(&name), &dir.join(&name));
        }
    }
    let mut status = 0;
    console::renewed(&page, |words| {
        *count += 1;
        match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["unitlint", ref words @ ..] => {
                let mut program = Command::new(env!("CARGO_BIN_EXE_unitlint"));
                let out = program.args(words).current_dir(&dir).env_clear().output().unwrap();
                status = out.status.code().unwrap();
                [out.stdout, out.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat()
            }
            ["cat", file] => std::fs::read_to_string(dir.join(file)).unwrap(),
            ["echo", "$?"] => format!("{status}\n"),
            _ => panic!("{}: {words:?} cannot be run here", guide.display()),
        }
    })
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_symlink() {
            std::os::unix::fs::symlink(std::fs::read_link(from).unwrap(), to).unwrap();
        } else if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
}

#[test]
fn guides_show_real_output() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for guide in pages_below(&checkout().join("docs/src")) {
        let now = renewed(&guide, &mut count);
        if now == std::fs::read_to_string(&guide).unwrap() {
            continue;
        }
        if std::env::var_os("UPDATE_BOOK").is_some() {
            std::fs::write(&guide, now).unwrap();
        } else {
            wrong.push(guide.display().to_string());
        }
    }
    assert!(wrong.is_empty(), "other output than the program's; UPDATE_BOOK=1 renews it: {}", wrong.join(" "));
    println!("{count} commands");
}

/// What is pasted into a pipeline is in one place: the guide has the same as the page that says more.
#[test]
fn the_pipelines_of_the_guide_are_those_of_the_sources() {
    let read = |path: &str| std::fs::read_to_string(checkout().join(path)).unwrap();
    let (guide, pipelines) = (read("docs/src/guides/ci.md"), read("editors/pipelines.md"));
    let blocks: Vec<&str> = guide.split("```yaml\n").skip(1).map(|rest| rest.split_once("```").unwrap().0).collect();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        assert!(pipelines.contains(block), "not in editors/pipelines.md:\n{block}");
    }
}
