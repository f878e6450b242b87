//! What a fix promises, over all examples of the rules and all defects of bug reports: no text is lost, a second run has
//! nothing left to do, and what is called safe leaves the unit as it was.

#![allow(clippy::disallowed_methods, reason = "a test looks at what was written")]

use std::path::{Path, PathBuf};
use unitlint::engine::{Input, Options, Plan, Selection, Session, each_unit};
use unitlint::fix::mend;
use unitlint::rule::{RULES, Registry, Safety};
use unitlint::syntax;
use unitlint::target::Target;
use unitlint::tree::{Disk, Memory, NodeKind, Overlay, Tree};
use unitlint::unit::{State, Unit};
use unitlint::vocab::size::Limit;
use unitlint::vocab::value::Value;
use unitlint::vocab::{KeyId, cgroup, key};

/// A unit with its drop-ins in memory.
struct Case {
    what: String,
    tree: Memory,
    plan: Plan,
}

fn case(what: String, path: &str, target: Target, files: &[(String, String)]) -> Case {
    let tree = files.iter().fold(Memory::new(), |tree, (path, text)| tree.file(path, text.as_str()));
    let plan = Plan::make(&tree, &[Input::Path(path.into())], &Options { target, ..Options::default() });
    Case { what, tree, plan }
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for rule in &RULES {
        for (n, example) in (1..).zip(rule.examples()) {
            let manager = if example.user { "user" } else { "system" };
            let path = format!("/etc/systemd/{manager}/{}", example.name);
            let target = if example.systemd == 0 { Target::default() } else { Target::systemd(example.systemd) };
            let mut files = vec![(path.clone(), example.text.to_owned())];
            files.extend(example.files.iter().map(|(name, text)| (format!("{path}.d/{name}"), (*text).to_owned())));
            cases.push(case(format!("{} {n}", rule.file()), &path, target, &files));
        }
    }
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/defects");
    for entry in Disk.list(&dir).expect("the fixtures").iter().filter(|e| e.kind == NodeKind::File) {
        let name = entry.name.to_str().expect("a plain name");
        let text = String::from_utf8(Disk.read(&dir.join(name)).expect("a fixture")).expect("text");
        let path = format!("/etc/systemd/system/{name}");
        cases.push(case(format!("fixtures/defects/{name}"), &path, Target::default(), &[(path.clone(), text)]));
    }
    assert!(cases.len() > 300);
    cases
}

/// Every rule speaks.
fn session() -> Session {
    let rules = Registry::default();
    Session::with(Selection::parse(&["all".into()], &[], &rules).expect("all is a word"))
}

fn units(tree: &dyn Tree, plan: &Plan) -> Vec<Unit> {
    let mut units = Vec::new();
    each_unit(tree, plan, |unit| units.push(unit));
    units
}

/// What systemd up to 257 makes of a key of cgroup v1 on cgroup v2; `None` where it does not look at it.
fn of_cgroup_v2(unit: &Unit, setting: &unitlint::unit::Setting) -> Option<(KeyId, Value)> {
    let Some(new) = cgroup::successor(setting.key) else { return Some((setting.key, setting.value.clone())) };
    let family = cgroup::family(setting.key).expect("it has a successor");
    // the examples have no key of the new sort that is written and has no effect, where a safe fix is made
    if family.new.iter().any(|id| !unit.value(*id).is_empty() && *unit.value(*id) != Value::Limit(Limit::Unlimited)) {
        return None;
    }
    let rescaled = |text: &str| match cgroup::rescaled(setting.key, text) {
        Some((at, number)) => format!("{}{number}{}", &text[..at.start], &text[at.end..]),
        None => text.to_owned(),
    };
    let value = match &setting.value {
        Value::Number(n) => Value::Number(rescaled(&n.to_string()).parse().expect("a number")),
        Value::List(lines) => Value::List(lines.iter().map(|line| rescaled(line).into()).collect()),
        other => other.clone(),
    };
    Some((new, value))
}

/// What the manager would have of a unit. Command lines know their place in the file, and that may move.
fn effective(unit: &Unit) -> Vec<String> {
    let settings = unit.settings().iter().filter(|s| !s.value.is_empty());
    let text = |value: &Value| {
        let text = format!("{value:?}");
        let places = text.match_indices(", at: ").map(|(at, _)| at).collect::<Vec<_>>();
        places.into_iter().rev().fold(text.clone(), |mut text, at| {
            let end = text[at..].find(" }").map_or(text.len(), |n| at + n);
            text.replace_range(at..end, "");
            text
        })
    };
    let settings = settings.filter_map(|s| of_cgroup_v2(unit, s));
    let mut all: Vec<String> = settings.map(|(key, value)| format!("{}={}", key.name(), text(&value))).collect();
    // what systemd itself takes for another setting
    const SAME: [(&str, &str); 12] = [
        ("BindTo=", "BindsTo="),
        ("ConditionKernelVersion=", "ConditionVersion="),
        ("InaccessibleDirectories=", "InaccessiblePaths="),
        ("PropagateReloadFrom=", "ReloadPropagatedFrom="),
        ("PropagateReloadTo=", "PropagatesReloadTo="),
        ("ReadOnlyDirectories=", "ReadOnlyPaths="),
        ("ReadWriteDirectories=", "ReadWritePaths="),
        ("StartLimitInterval=", "StartLimitIntervalSec="),
        ("RequiresOverridable=", "Requires="),
        ("RequisiteOverridable=", "Requisite="),
        ("OnFailureIsolate=Bool(true)", "OnFailureJobMode=Word(\"isolate\")"),
        ("(\"syslog", "(\"journal"),
    ];
    for setting in &mut all {
        *setting = SAME.iter().fold(setting.clone(), |text, (old, new)| text.replace(old, new));
    }
    all.push(format!("{:?}", matches!(unit.state, State::Loaded)));
    all
}

#[test]
fn fixes_come_to_an_end_and_lose_nothing() {
    let session = session();
    let mut wrong = Vec::new();
    let mut changed = 0;
    for case in cases() {
        let mended = mend(&case.tree, &case.plan, &session, Safety::Unsafe);
        let mut after = Overlay::new(&case.tree);
        for change in &mended.changes {
            changed += 1;
            after = after.file(change.path.clone(), change.after.clone());
            // comments are nobody's to take
            let comments = |bytes: &[u8]| {
                let text = String::from_utf8_lossy(bytes).into_owned();
                text.lines().filter(|l| l.trim_start().starts_with('#')).map(str::to_owned).collect::<Vec<_>>()
            };
            let kept = comments(&change.after);
            if comments(&change.before).iter().any(|c| !kept.contains(c)) {
                wrong.push(format!("{}: a comment is gone", case.what));
            }
        }
        let again = mend(&after, &case.plan, &session, Safety::Unsafe);
        if !again.changes.is_empty() || !mended.failures.is_empty() {
            let done: Vec<_> = again.changes.iter().map(|c| &c.done).collect();
            wrong.push(format!("{}: not at an end: {done:?} {:?}", case.what, mended.failures));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(changed > 30, "only {changed} files change");
}

#[test]
fn safe_fixes_change_nothing_that_counts() {
    let session = session();
    let mut wrong = Vec::new();
    let mut changed = 0;
    for case in cases() {
        let mended = mend(&case.tree, &case.plan, &session, Safety::Safe);
        let mut after = Overlay::new(&case.tree);
        for change in &mended.changes {
            changed += 1;
            after = after.file(change.path.clone(), change.after.clone());
        }
        for (old, new) in units(&case.tree, &case.plan).iter().zip(units(&after, &case.plan)) {
            let (before, after) = (effective(old), effective(&new));
            let lost: Vec<_> = before.iter().filter(|s| !after.contains(s)).collect();
            let new: Vec<_> = after.iter().filter(|s| !before.contains(s)).collect();
            if !lost.is_empty() || !new.is_empty() {
                wrong.push(format!("{}: {lost:?} became {new:?}", case.what));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(changed > 3, "only {changed} files change");
}

/// A unit in one file, and all fixes made.
fn mended(name: &str, text: &str, at_least: Safety) -> String {
    let path = format!("/etc/systemd/system/{name}");
    let case = case(text.to_owned(), &path, Target::default(), &[(path.clone(), text.to_owned())]);
    let mended = mend(&case.tree, &case.plan, &session(), at_least);
    assert!(mended.failures.is_empty(), "{:?}", mended.failures);
    mended.changes.first().map_or_else(|| text.to_owned(), |c| String::from_utf8_lossy(&c.after).into_owned())
}

#[test]
fn no_line_goes_where_nothing_is_read() {
    for stop in ["[Broken", "[Bro\"ken]", "ExecStart=%z/x"] {
        for text in [
            format!("[Unit]\nPrivateTmp=yes\n[Service]\n{stop}\nExecStart=/bin/a\n"),
            format!("[Unit]\nPrivateTmp=yes\n{stop}\n[Service]\nExecStart=/bin/a\n"),
            format!("[Service]\nStartLimitInterval=30\n{stop}\n[Unit]\nDescription=a\n"),
        ] {
            let after = mended("a.service", &text, Safety::Unsafe);
            assert!(after == text || !after.contains(stop), "{after}");
        }
    }
}

#[test]
fn a_line_that_goes_on_takes_no_other_with_it() {
    let install = "[Install]\nWantedBy=multi-user.target\n";
    let moved = mended(
        "a.service",
        &format!("[Unit]\nRestart=no \\\n\n[Service]\nExecStart=/bin/a\n{install}"),
        Safety::Unsafe,
    );
    assert!(moved.contains("Restart=no \\\n\n") && moved.ends_with(install), "{moved}");
    for end in ["", "\n", "\n# c", "\n# c\n"] {
        let text = format!("[Service]\nExecStart=/bin/a\nAfter=b.service\n[Unit]\nDescription=x \\{end}");
        let moved = mended("a.service", &text, Safety::Unsafe);
        assert!(
            syntax::parse(moved.as_bytes()).items.iter().any(|i| i.span.of(moved.as_bytes()) == b"After=b.service\n"),
            "{moved:?}"
        );
    }
}

/// What systemd 252 and 257 wrote into control groups for keys of cgroup v1 is what the mended unit says plainly.
#[test]
fn keys_of_cgroup_v1_are_mended_as_systemd_translates_them() {
    let session = session();
    let text = include_str!("../fixtures/oracle/cgroup-v1.json");
    let recording: serde_json::Value = serde_json::from_str(text).expect("JSON");
    let (mut compared, mut wrong) = (0, Vec::new());
    for (release, cases) in recording["systemd"].as_object().expect("releases") {
        let target = Target::systemd(release.parse().expect("a release"));
        for (body, seen) in cases.as_object().expect("cases") {
            let path = "/etc/systemd/system/case.service".to_owned();
            let text = format!("[Service]\nExecStart=/bin/true\n{body}\n");
            let case = case(format!("{release}: {body:?}"), &path, target, &[(path.clone(), text)]);
            let mended = mend(&case.tree, &case.plan, &session, Safety::Safe);
            let after = mended
                .changes
                .iter()
                .fold(Overlay::new(&case.tree), |tree, change| tree.file(change.path.clone(), change.after.clone()));
            let unit = &units(&after, &case.plan)[0];
            let old = |s: &&unitlint::unit::Setting| cgroup::successor(s.key).is_some() && !s.value.is_empty();
            // what is not called safe is left
            if unit.settings().iter().any(|s| old(&s)) {
                continue;
            }
            let number = |key| match unit.value(key) {
                Value::Number(n) => n.to_string(),
                Value::Limit(Limit::Absolute(n)) => n.to_string(),
                Value::Limit(Limit::Share(_)) => "a share".to_owned(),
                _ => String::new(),
            };
            for (file, key, default) in [
                ("cpu.weight", key::CPU_WEIGHT, "100"),
                ("io.weight", key::IO_WEIGHT, "100"),
                ("memory.max", key::MEMORY_MAX, "max"),
            ] {
                let (is, was) = (number(key), seen["writes"][file].as_str().unwrap_or(default));
                let is = if is.is_empty() { default } else { &is };
                compared += 1;
                if is != was {
                    wrong.push(format!("{}: {file} was {was} and is {is}", case.what));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 400, "only {compared} values were compared");
}

#[test]
fn files_are_written_whole_and_links_stay_links() {
    use std::os::unix::fs::PermissionsExt;
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fixes");
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).expect("a directory");
    let file = dir.join("a.service");
    let before = "[Service]\nExecStart=/bin/a\nStandardOutput=syslog\n";
    std::fs::write(&file, before).expect("a file");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).expect("its mode");
    std::os::unix::fs::symlink("a.service", dir.join("b.service")).expect("a link");
    let run = |words: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_unitlint"));
        let out = command.args(words).current_dir(&dir).output().expect("the program");
        (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned())
    };
    let text = || std::fs::read_to_string(&file).expect("the file");
    assert_eq!(run(&["fix", ".", "--check"]).0, Some(1));
    let (status, diff) = run(&["fix", "b.service"]);
    assert!(status == Some(0) && diff.contains("-StandardOutput=syslog\n+StandardOutput=journal\n"), "{diff}");
    assert_eq!(text(), before);
    assert_eq!(run(&["fix", "b.service", "--apply"]).0, Some(0));
    assert_eq!(text(), before.replace("syslog", "journal"));
    assert!(std::fs::symlink_metadata(dir.join("b.service")).expect("a link").is_symlink());
    assert_eq!(std::fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(&dir).expect("a directory").count(), 2);
    assert_eq!(run(&["fix", ".", "--check"]).0, Some(0));
}
