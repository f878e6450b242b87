//! Trials: what a child may do, whatever a unit names, and whoever asks. As root, with systemd and with kills in the middle:
//! `tests/live/try.py`.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

mod common;

use common::{text, unitlint};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use unitlint::engine::{Input, Options, Plan, each_unit};
use unitlint::host::Host;
use unitlint::live::trial::{ByManager, Outcome, Trial};
use unitlint::target::Target;
use unitlint::tree::Memory;
use unitlint::verdict::{Files, Kind, Verdict, judge_and_try};

/// A directory of a test; gone with it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("unitlint-trial-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What a trial may not change: what is mounted here, the groups of this process, what lies in a directory and when it was
/// last looked at.
fn around(dir: &Path) -> Vec<String> {
    let mut out = vec![fs::read_to_string("/proc/self/mountinfo").unwrap_or_default()];
    for own in fs::read_to_string("/proc/self/cgroup").unwrap_or_default().lines() {
        let mut fields = own.splitn(3, ':').skip(1);
        let (names, path) = (fields.next().unwrap_or_default(), fields.next().unwrap_or_default());
        for top in std::iter::once("").chain(names.split(',')) {
            let list = fs::read_dir(format!("/sys/fs/cgroup/{top}{path}")).into_iter().flatten().flatten();
            out.extend(list.map(|e| e.file_name().to_string_lossy().into_owned()).filter(|n| n.contains("unitlint")));
        }
    }
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let meta = fs::symlink_metadata(entry.path()).unwrap();
        out.push(format!("{:?} {} {} {}", entry.path(), meta.mode(), meta.mtime_nsec(), meta.size()));
    }
    out.sort();
    out
}

fn settings(words: &[&str]) -> Vec<Value> {
    let shown = unitlint(words);
    let document: Value = serde_json::from_slice(&shown.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&shown)));
    document["units"].as_array().unwrap().iter().flat_map(|u| u["settings"].as_array().unwrap().clone()).collect()
}

#[test]
fn every_line_is_told() {
    let place = Place::new("told");
    let unit = place.file(
        "a.service",
        "[Service]\nExecStart=/bin/true\nProtectSystem=strict\nPrivateTmp=yes\nReadOnlyPaths=/no/where\nPrivateNetwork=yes\n\
         NoNewPrivileges=yes\nSystemCallFilter=@system-service\nRestrictAddressFamilies=AF_UNIX\nLimitCORE=0\nUMask=0077\n\
         IPAddressDeny=any\nTasksMax=9\nUser=nobody\nCPUAffinity=9999\nProtectKernelLogs=yes\n",
    );
    let before = around(&place.0);
    for scope in ["--system", "--user"] {
        let lines = settings(&["dry-run", "--isolated", "--try", "--format", "json", scope, &unit]);
        let outcome = |key: &str| {
            let line = lines.iter().find(|l| l["key"] == key).unwrap();
            let tried = &line["tried"];
            let word = tried["outcome"].as_str().unwrap().to_owned();
            match &*word {
                "failed" => assert!(tried["call"].is_string() && tried["errno"].is_string(), "{line}"),
                "not-tried" => assert!(tried["why"].is_string(), "{line}"),
                _ => assert_eq!(word, "worked"),
            }
            word
        };
        assert!(lines.iter().all(|l| l["tried"].is_object()));
        // everybody may do these
        assert_eq!(
            [outcome("LimitCORE"), outcome("UMask"), outcome("NoNewPrivileges")],
            ["worked", "worked", "worked"]
        );
        assert_eq!([outcome("ExecStart"), outcome("IPAddressDeny")], ["not-tried", "not-tried"]);
        assert_ne!(outcome("ReadOnlyPaths"), "worked");
        assert_ne!(outcome("CPUAffinity"), "worked");
    }
    assert_eq!(around(&place.0), before);
}

#[test]
fn without_a_trial_nothing_is_said_of_one() {
    let place = Place::new("without");
    let unit = place.file("a.service", "[Service]\nExecStart=/bin/true\nPrivateTmp=yes\n");
    let lines = settings(&["dry-run", "--isolated", "--format", "json", &unit]);
    assert!(lines.iter().all(|l| l["tried"].is_null()));
}

#[test]
fn hostile_units_make_it_open_execute_and_change_nothing() {
    let place = Place::new("hostile");
    let mark = place.path("executed");
    let script = place.file("script", &format!("#!/bin/sh\ntouch {mark}\n"));
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let fifo = place.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    symlink(place.path("round"), place.path("round")).unwrap();
    symlink("/proc/self/fd/0", place.path("magic")).unwrap();
    let mut lines = format!("[Service]\nExecStart={script}\nExecStartPre=+{script}\n");
    let odd = [
        fifo.clone(),
        place.path("round"),
        place.path("magic"),
        script.clone(),
        "/dev/null".to_owned(),
        "/dev/sda".to_owned(),
        "/proc/kmsg".to_owned(),
        "/proc/self/root/proc/kmsg".to_owned(),
        "/proc/1/root".to_owned(),
        "/proc".to_owned(),
        "/proc/self".to_owned(),
        "/".to_owned(),
        "/tmp".to_owned(),
        "/sys/fs/cgroup".to_owned(),
        format!("{}/a/very/{}", place.0.display(), "long/".repeat(900)),
        format!("/{}", "x".repeat(5000)),
    ];
    for key in
        ["ReadOnlyPaths", "ReadWritePaths", "InaccessiblePaths", "NoExecPaths", "ExecPaths", "TemporaryFileSystem"]
    {
        for path in &odd {
            lines.push_str(&format!("{key}={path}\n"));
        }
    }
    for path in &odd {
        lines.push_str(&format!("BindPaths={path}:/ /:{path} {fifo}:{path} {path}:/etc/passwd -{path}:{script}\n"));
    }
    lines.push_str(&format!(
        "NetworkNamespacePath={fifo}\nIPCNamespacePath=/proc/kmsg\nWorkingDirectory={fifo}\nRootDirectory={fifo}\nEnvironmentFile={fifo}\n\
         StandardOutput=file:{}\nOpenFile={fifo}\nStateDirectory=unitlint-hostile\nMemoryMax=../../x\nLimitNOFILE=0\nLimitAS=1\nLimitCPU=0\n\
         LimitSTACK=1\nLimitNPROC=0\nNice=19\nSystemCallFilter=~@default write exit_group prctl seccomp\nSystemCallFilter=~@system-service\n",
        place.path("made")
    ));
    let unit = place.file("a.service", &lines);
    let rootless = place.file("b.service", &lines.replace("RootDirectory=", "#"));
    let before = around(&place.0);
    let begun = Instant::now();
    for scope in ["--system", "--user"] {
        for unit in [&unit, &rootless] {
            let lines = settings(&["dry-run", "--isolated", "--try", "--format", "json", scope, unit]);
            assert!(lines.len() > 50 && lines.iter().all(|l| l["tried"].is_object()));
        }
    }
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!(around(&place.0), before);
    assert!(!Path::new(&mark).exists() && !Path::new("/var/lib/unitlint-hostile").exists());
}

#[test]
fn what_lies_in_tmp_is_hidden_like_all_else() {
    // the empty file that is laid over it has its place there
    let place = Place::new("tmp");
    let hidden = place.file("x", "");
    let unit = place.file("a.service", &format!("[Service]\nExecStart=/bin/true\nInaccessiblePaths={hidden} {hidden}\nInaccessiblePaths=/usr\nReadOnlyPaths=-/no/where\n"));
    let lines = settings(&["dry-run", "--isolated", "--try", "--format", "json", &unit]);
    let told: Vec<&str> = lines.iter().map(|l| l["tried"]["outcome"].as_str().unwrap()).collect();
    // without the right to make a namespace nothing can be tried
    assert!(["worked", "not-tried"].contains(&told[1]) && told[1] == told[2], "{lines:?}");
    assert_eq!(told[3], "not-tried");
}

#[test]
fn many_paths_take_a_bounded_time() {
    let place = Place::new("many");
    let mut lines = "[Service]\nExecStart=/bin/true\n".to_owned();
    for n in 0..10_000 {
        let key = ["ReadOnlyPaths", "InaccessiblePaths", "ReadWritePaths", "BindPaths"][n % 4];
        lines.push_str(&match key {
            // what holds bindings is bound again: that doubles them each time
            "BindPaths" if n < 400 => format!("{key}=/:/mnt\n"),
            "BindPaths" => format!("{key}=-/nowhere/{n}:/mnt\n"),
            _ => format!("{key}=/usr -/nowhere/{n}\n"),
        });
    }
    let unit = place.file("a.service", &lines);
    let before = around(&place.0);
    let begun = Instant::now();
    let lines = settings(&["dry-run", "--isolated", "--try", "--format", "json", &unit]);
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    assert_eq!(lines.len(), 10_001);
    assert_eq!(around(&place.0), before);
}

#[test]
fn the_child_is_nobody_elses() {
    // its word alone starts nothing, and it does not go on without its parent
    for words in [
        &["__try"][..],
        &["__try", "child", "1"],
        &["__try", "maps", "1"],
        &["__try", "proc", "x"],
        &["__try", "sh", "0"],
    ] {
        let shown = unitlint(words);
        assert_eq!(shown.status.code(), Some(2), "{words:?}");
        assert_eq!(text(&shown), "");
    }
}

/// A unit whose lines a played manager tries.
fn by_manager(lines: &str, run: &str, journal: Option<&str>) -> (Verdict, Trial) {
    let tree = Memory::new().file("/u/a.service", format!("[Service]\nExecStart=/opt/evil\n{lines}"));
    let options =
        Options { root: None, unit_path: None, scope: None, target: Target::systemd(257), services_only: false };
    let plan = Plan::make(&tree, &[Input::Path("/u/a.service".into())], &options);
    let mut out = None;
    let mut manager = ByManager::played(run.into(), journal.map(PathBuf::from), false);
    each_unit(&tree, &plan, |unit| {
        let mut trial = Trial::default();
        let verdict = judge_and_try(&unit, &Host::default(), Files::unknown(), |lines| {
            trial = manager.attempt(&unit, lines);
        });
        out = Some((verdict, trial));
    });
    out.unwrap()
}

fn program(place: &Place, name: &str, text: &str) -> String {
    let path = place.file(name, &format!("#!/bin/sh\n{text}"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn the_manager_is_asked_for_lines_that_only_close_something() {
    let place = Place::new("handed");
    let log = place.path("log");
    let run = program(&place, "run", &format!("for w in \"$@\"; do printf '%s\\n' \"$w\"; done >> {log}\n"));
    let (verdict, trial) = by_manager(
        "PrivateTmp=yes\nReadOnlyPaths=/a b\\x20c\nSystemCallFilter=~@swap\nSystemCallFilter=~@clock\nMemoryMax=1M\n\
         Environment=LD_PRELOAD=/opt/evil.so\nRootDirectory=/opt\nBindPaths=/opt:/usr\nStandardOutput=file:/etc/x\nSlice=evil.slice\n\
         StateDirectory=x\nLimitNOFILE=5\nReadOnlyPaths=/%i\nPAMName=login\n",
        &run,
        None,
    );
    let said = fs::read_to_string(&log).unwrap();
    let words: Vec<&str> = said.lines().collect();
    let handed: Vec<&str> = words.windows(2).filter(|w| w[0] == "-p").map(|w| w[1]).collect();
    assert_eq!(
        handed[3..],
        [
            "PrivateTmp=yes",
            "ReadOnlyPaths=/a b\\x20c",
            "SystemCallFilter=~@swap",
            "SystemCallFilter=~@clock",
            "MemoryMax=1M",
            "LimitNOFILE=5"
        ]
    );
    assert_eq!(words[words.len() - 2..], ["--", "/bin/true"]);
    assert!(words.contains(&"--collect") && words.iter().any(|w| w.starts_with("--unit=unitlint-try-")));
    let outcomes: BTreeSet<(&str, &str)> =
        verdict.lines.iter().zip(&trial.lines).map(|(l, t)| (l.name.as_str(), t.outcome.word())).collect();
    assert!(outcomes.contains(&("PrivateTmp", "worked")) && outcomes.contains(&("Environment", "not-tried")));
    assert!(outcomes.contains(&("RootDirectory", "not-tried")) && outcomes.contains(&("ExecStart", "not-tried")));
}

#[test]
fn what_the_manager_refuses_is_found_line_by_line() {
    let place = Place::new("refused");
    let run = program(
        &place,
        "run",
        "case \"$*\" in *KeyringMode*) echo 'Unknown assignment: KeyringMode=private' >&2; exit 1;; *ReadOnlyPaths*) exit 226;; esac\n",
    );
    let journal = program(
        &place,
        "journal",
        "case \"$*\" in *--sync*) exit 0;; esac\nprintf 'PRIORITY=4\\nMESSAGE=no BPF, proceeding without\\n\\nPRIORITY=6\\nMESSAGE=Started x.\\n\\n'\n",
    );
    let lines = "PrivateTmp=yes\nReadOnlyPaths=/a\nKeyringMode=private\n";
    let (verdict, trial) = by_manager(lines, &run, Some(&journal));
    assert_eq!(trial.status.as_deref(), Some("226/NAMESPACE"));
    assert_eq!(trial.says, [(4, "no BPF, proceeding without".to_owned())]);
    let of = |name: &str| {
        let at = verdict.lines.iter().position(|l| l.name == name).unwrap();
        (verdict.lines[at].ruling.kind, &trial.lines[at])
    };
    assert_eq!(of("PrivateTmp").1.outcome, Outcome::Worked);
    assert_eq!(of("ReadOnlyPaths").1.outcome, Outcome::Failed);
    assert_eq!((of("ReadOnlyPaths").0, of("ReadOnlyPaths").1.errno.as_deref()), (Kind::Refused, Some("226/NAMESPACE")));
    assert!(of("KeyringMode").1.why.as_ref().unwrap().contains("Unknown assignment"));
    assert_eq!(verdict.starts, Some(false));
    // a manager that is not there, and one that never says anything sensible
    for run in ["/no/such/program".to_owned(), program(&place, "odd", "exit 1\n")] {
        let (_, trial) = by_manager(lines, &run, None);
        assert!(trial.lines.iter().all(|t| t.outcome == Outcome::NotTried));
    }
}
