//! Rules about names, links, permissions and bytes, which no text of one unit can show.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

mod common;

use common::{text, unitlint};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

/// A fresh directory for a test.
fn directory(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("names").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

const UNIT: &str = "[Service]\nExecStart=/usr/bin/foo\n";

/// The lines of the concise report that are about a rule, with the directory left out.
fn found(dir: &std::path::Path, rule: &str) -> Vec<String> {
    let path = dir.to_str().unwrap();
    let out = unitlint(&["check", "--format", "concise", "--select", rule, path]);
    assert!(matches!(out.status.code(), Some(0 | 1)), "{}", text(&out));
    String::from_utf8_lossy(&out.stdout).lines().map(|l| l.replace(path, "")).collect()
}

#[test]
fn links_that_are_no_aliases() {
    let dir = directory("aliases");
    fs::write(dir.join("a.service"), UNIT).unwrap();
    fs::write(dir.join("t@.service"), UNIT).unwrap();
    for (link, target) in [
        ("good.service", "a.service"),
        ("a.socket", "a.service"),
        ("plain.service", "t@.service"),
        ("x@y.service", "t@.service"),
    ] {
        symlink(target, dir.join(link)).unwrap();
    }
    let lines = found(&dir, "broken-alias");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].starts_with("/a.socket: error[broken-alias] a.socket: a.socket is a unit of another type"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("/plain.service: error[broken-alias]"), "{lines:?}");
}

#[test]
fn entries_of_dependency_directories() {
    let dir = directory("wants");
    let wants = dir.join("a.target.wants");
    fs::create_dir(&wants).unwrap();
    for name in ["a.service", "t@.service"] {
        fs::write(dir.join(name), UNIT).unwrap();
    }
    fs::write(wants.join("file.service"), UNIT).unwrap();
    fs::write(wants.join("masked.service"), "").unwrap();
    for (link, target) in [
        ("a.service", "../a.service"),
        ("t@1.service", "../t@.service"),
        ("b.service", "../a.service"),
        ("README", "../a.service"),
    ] {
        symlink(target, wants.join(link)).unwrap();
    }
    let lines = found(&dir, "dependency-directory");
    let names: Vec<&str> = lines.iter().map(|l| l.split(':').next().unwrap()).collect();
    assert_eq!(names, ["/a.target.wants/README", "/a.target.wants/b.service", "/a.target.wants/file.service"]);
}

#[test]
fn names_that_no_unit_can_have() {
    let dir = directory("misnamed");
    for name in ["a b.service", "good.service", "notes.txt", "@x.timer"] {
        fs::write(dir.join(name), UNIT).unwrap();
    }
    let lines = found(&dir, "invalid-file-name");
    let names: Vec<&str> = lines.iter().map(|l| l.split(':').next().unwrap()).collect();
    assert_eq!(names, ["/@x.timer", "/a b.service"]);
}

#[test]
fn permissions() {
    let dir = directory("modes");
    for (name, mode) in [("a.service", 0o644), ("b.service", 0o755), ("c.service", 0o666), ("d.service", 0o600)] {
        fs::write(dir.join(name), UNIT).unwrap();
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let lines = found(&dir, "file-mode");
    let names: Vec<&str> = lines.iter().map(|l| l.split(':').next().unwrap()).collect();
    assert_eq!(names, ["/b.service", "/c.service"]);
}

#[test]
fn bytes_that_refuse_the_unit() {
    let dir = directory("bytes");
    fs::write(dir.join("a.service"), b"[Service]\nExecStart=/usr/bin/foo\nUser=\xff\nUnknown=1\n").unwrap();
    fs::write(dir.join("b.service"), b"# \xff is fine in a comment\n[Service]\nExecStart=/usr/bin/foo\n").unwrap();
    assert_eq!(found(&dir, "not-utf8").len(), 1);
    assert_eq!(found(&dir, "unknown-key"), Vec::<String>::new(), "reading stops at the line");
    let long = directory("long");
    let line = |n: usize| format!("{UNIT}#\nDescription={}\n", "x".repeat(n));
    fs::write(long.join("a.service"), line(1024 * 1024)).unwrap();
    fs::write(long.join("b.service"), line(1024 * 1024 - 13)).unwrap();
    let lines = found(&long, "line-too-long");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("/a.service:4:1"), "{lines:?}");
}
