//! The resource score: what it is made of, what the manager and the release have to say, and that its promises hold.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

use std::collections::BTreeSet;
use unitlint::engine::resources::{LEVELS, level};
use unitlint::engine::{Bounds, Input, Options, Plan, Selection, Session, run};
use unitlint::rule::{Registry, Resources, bound_rules};
use unitlint::target::Target;
use unitlint::tree::Memory;
use unitlint::unit::Unit;
use unitlint::unit::cgroups::Manager;

/// The units below a directory with what is said of each: its score, and the rules that speak.
fn looked_at(tree: &Memory, dir: &str, systemd: u16, select: &[&str]) -> Vec<(Unit, Option<Bounds>, Vec<String>)> {
    let options = Options { target: Target::systemd(systemd), ..Options::default() };
    let plan = Plan::make(tree, &[Input::Path(dir.into())], &options);
    let words: Vec<String> = select.iter().map(|w| (*w).to_owned()).collect();
    let session = Session::with(Selection::parse(&words, &[], &Registry::default()).unwrap());
    let mut out = Vec::new();
    run(tree, &plan, &session, |r| {
        out.push((*r.unit, r.bounds, r.findings.iter().map(|f| format!("{}: {}", f.rule.id, f.message)).collect()));
    });
    out
}

/// The score of one unit of a system, with more files around it.
fn bounds(name: &str, text: &str, systemd: u16, files: &[(&str, &str)]) -> Option<Bounds> {
    let dir = if name.starts_with("user/") { "/r/etc/systemd" } else { "/r/etc/systemd/system" };
    let mut tree = Memory::new().file(format!("{dir}/{name}"), text);
    for (path, text) in files {
        tree = tree.file(format!("/r{path}"), *text);
    }
    looked_at(&tree, &format!("{dir}/{name}"), systemd, &[]).into_iter().next().and_then(|(_, bounds, _)| bounds)
}

fn state(bounds: &Bounds, id: &str) -> Option<&'static str> {
    bounds.parts.iter().find(|p| p.rule.id == id).map(|p| p.verdict.state)
}

const PLAIN: &str = "[Service]\nExecStart=/usr/bin/foo\n";

/// The units of all examples of the checks, and a few more.
fn examples() -> impl Iterator<Item = (String, String, u16)> {
    let of_rules = bound_rules().flat_map(|(rule, _)| rule.examples()).map(|e| {
        let name = if e.user { format!("user/{}", e.name) } else { e.name.to_owned() };
        (name, e.text.to_owned(), if e.systemd == 0 { 262 } else { e.systemd })
    });
    let more = [
        ("a.mount", "[Mount]\nWhat=/dev/sda\nWhere=/a\nTimeoutSec=0\n"),
        ("dev-sdb.swap", "[Swap]\nWhat=/dev/sdb\n"),
        ("user/a.slice", "[Slice]\n"),
        ("a@.service", "[Service]\nType=notify\nExecStart=/usr/bin/foo %i\nRestart=always\nTasksMax=infinity\n"),
        ("b.service", "[Service]\nType=oneshot\nExecStart=/usr/bin/foo\nRemainAfterExit=yes\n"),
    ];
    of_rules.chain(more.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned(), 262)))
}

#[test]
fn the_score_is_the_sum_that_is_documented() {
    let mut roles = BTreeSet::new();
    for (name, text, systemd) in examples() {
        let Some(bounds) = bounds(&name, &text, systemd, &[]) else { continue };
        let (mut bad, mut all) = (0_u64, 0_u64);
        for part in &bounds.parts {
            let Resources { weight, range, .. } = *part.rule.resources.unwrap();
            let badness = part.verdict.badness.unwrap();
            assert!(badness <= range && (badness == 0) == part.verdict.state.is_empty(), "{text}");
            bad += (u64::from(badness) * u64::from(weight)).div_ceil(range.into());
            all += u64::from(weight);
        }
        assert_eq!(u64::from(bounds.overall), (bad * 100).div_ceil(all), "{text}");
        roles.insert(name.rsplit('.').next().unwrap().to_owned());
    }
    assert_eq!(roles.into_iter().collect::<Vec<_>>(), ["mount", "service", "slice", "socket", "swap"]);
    assert_eq!((level(100), level(70), level(69), level(0)), ("UNBOUNDED", "LOOSE", "PARTIAL", "PERFECT"));
    assert!(LEVELS.is_sorted_by(|a, b| a.0 > b.0));
}

/// Each state that a rule file values is in one of its examples, so none is misspelt and none is missing.
#[test]
fn every_state_is_shown() {
    for (rule, resources) in bound_rules() {
        let mut met = BTreeSet::new();
        for e in rule.examples() {
            let name = if e.user { format!("user/{}", e.name) } else { e.name.to_owned() };
            let bounds = bounds(&name, e.text, if e.systemd == 0 { 262 } else { e.systemd }, &[]);
            met.extend(bounds.and_then(|b| state(&b, rule.id)));
        }
        let mut known: BTreeSet<&str> = resources.values.iter().map(|(state, _)| *state).collect();
        known.insert("");
        assert_eq!(met, known, "{}", rule.id);
    }
}

/// The last value on either side of each border between two states.
#[test]
fn states_begin_where_they_say() {
    let restarts = |more: &str| format!("{PLAIN}Restart=always\n{more}\n");
    let endless = |more: &str| restarts(&format!("{more}\n[Unit]\nStartLimitIntervalSec=0"));
    let service = |more: &str| format!("{PLAIN}{more}\n");
    let table = [
        ("bound-restarts", PLAIN.to_owned(), None),
        ("bound-restarts", endless("RestartSec=999ms"), Some("storm")),
        ("bound-restarts", endless("RestartSec=1"), Some("often")),
        ("bound-restarts", endless("RestartSec=4999ms"), Some("often")),
        ("bound-restarts", endless("RestartSec=5"), Some("")),
        // one of the two makes no delay grow
        ("bound-restarts", endless("RestartSteps=5"), Some("storm")),
        // five starts in ten seconds, where nothing else is said
        ("bound-restarts", restarts("RestartSec=1900ms"), Some("")),
        ("bound-restarts", restarts("RestartSec=2"), Some("often")),
        ("bound-restarts", restarts("RestartSec=1\n[Unit]\nStartLimitBurst=0"), Some("often")),
        ("bound-restarts", restarts("RestartSec=1\n[Unit]\nStartLimitBurst=1"), Some("")),
        ("bound-restarts", restarts("[Unit]\nStartLimitIntervalSec=500ms"), Some("storm")),
        ("bound-restarts", restarts("[Unit]\nStartLimitIntervalSec=501ms"), Some("")),
        ("bound-files", service("LimitNOFILE=1048576"), Some("")),
        ("bound-files", service("LimitNOFILE=1048577"), Some("none")),
        ("bound-files", service("LimitNOFILE=1024:1048576"), Some("")),
        ("bound-files", service("LimitNOFILE=1024:1048577"), Some("hard")),
        ("bound-tasks", service("TasksMax=32768"), Some("")),
        ("bound-tasks", service("TasksMax=32769"), Some("large")),
        ("bound-tasks", service("TasksMax=4194303"), Some("large")),
        ("bound-tasks", service("TasksMax=4194304"), Some("none")),
        ("bound-tasks", service("TasksMax=5%"), Some("")),
        ("bound-tasks", service("TasksMax=5.01%"), Some("large")),
        ("bound-tasks", service("TasksMax=49.99%"), Some("large")),
        ("bound-tasks", service("TasksMax=50%"), Some("most")),
        ("bound-tasks", service("TasksMax=100%"), Some("none")),
        ("bound-oom", service("OOMScoreAdjust=-1000"), Some("exempt")),
        ("bound-oom", service("OOMScoreAdjust=-999"), Some("last")),
        ("bound-oom", service("OOMScoreAdjust=-500"), Some("last")),
        ("bound-oom", service("OOMScoreAdjust=-499"), Some("")),
    ];
    for (rule, text, wanted) in table {
        assert_eq!(state(&bounds("a.service", &text, 262, &[]).unwrap(), rule), wanted, "{rule}\n{text}");
    }
    for (more, wanted) in [
        ("MaxConnections=65536", "none"),
        ("MaxConnections=65535", "many"),
        ("MaxConnections=1025", "many"),
        ("MaxConnections=1024", "source"),
        ("MaxConnectionsPerSource=1", ""),
        ("MaxConnectionsPerSource=0", "source"),
    ] {
        let text = format!("[Socket]\nListenStream=80\nAccept=yes\n{more}\n");
        assert_eq!(state(&bounds("a.socket", &text, 262, &[]).unwrap(), "bound-connections"), Some(wanted), "{more}");
    }
}

/// What is promised is what comes of it, with small numbers and with large ones.
#[test]
fn the_way_down_leads_where_it_says() {
    let mut tried = 0;
    for (name, text, systemd) in examples() {
        let dir = if name.starts_with("user/") { "/r/etc/systemd" } else { "/r/etc/systemd/system" };
        let path = format!("{dir}/{name}");
        let tree = Memory::new().file(&path, text.as_str());
        let Some((unit, Some(bounds), _)) = looked_at(&tree, &path, systemd, &[]).pop() else { continue };
        let Some(way) = bounds.way_down(&unit) else { continue };
        for large in [false, true] {
            let lines: Vec<String> = way.steps.iter().map(|s| numbered(s.set, large)).collect();
            let section = unit.kind().section().word();
            let tree = tree.clone().file(format!("{path}.d/z.conf"), format!("[{section}]\n{}\n", lines.join("\n")));
            let after = looked_at(&tree, &path, systemd, &[]).pop().and_then(|(_, bounds, _)| bounds).unwrap();
            assert_eq!(after.overall, way.end, "{text}{lines:?}");
            assert!(way.end < bounds.overall);
            tried += 1;
        }
    }
    assert!(tried > 100, "{tried}");
}

/// A line with a number where it has none.
fn numbered(line: &str, large: bool) -> String {
    let (small, much) = match line {
        "MemoryMax=" => ("1M", "1T"),
        "MemorySwapMax=" => ("0", "1T"),
        "TasksMax=" => ("1", "32768"),
        "CPUQuota=" => ("1%", "6400%"),
        "TimeoutStartSec=" => ("1", "30d"),
        "LimitRTTIME=" => ("1000", "10000000"),
        "MaxConnectionsPerSource=" => ("1", "1000"),
        whole => {
            assert!(!whole.ends_with('='), "{whole}");
            ("", "")
        }
    };
    format!("{line}{}", if large { much } else { small })
}

#[test]
fn what_cannot_be_asked_has_no_score() {
    for name in ["a.target", "a.timer", "a.path", "a.automount", "-.slice"] {
        assert!(bounds(name, "[Unit]\n", 262, &[]).is_none(), "{name}");
    }
    // a drop-in says nothing of what it will be laid over
    let tree = Memory::new().file("/r/etc/systemd/system/a.service.d/b.conf", "[Service]\nMemoryMax=1G\n");
    assert!(looked_at(&tree, "/r/etc/systemd/system", 262, &[]).iter().all(|(_, bounds, _)| bounds.is_none()));
}

#[test]
fn the_manager_has_its_say() {
    let conf = |text: &'static str| [("/etc/systemd/system.conf", text)];
    let of = |text, files: &[(&str, &str)]| bounds("a.service", text, 262, files).unwrap();
    assert_eq!(state(&of(PLAIN, &[]), "bound-tasks"), Some("large"));
    assert_eq!(state(&of(PLAIN, &conf("[Manager]\nDefaultTasksMax=4096\n")), "bound-tasks"), Some(""));
    assert_eq!(state(&of(PLAIN, &conf("[Manager]\nDefaultTasksMax=infinity\n")), "bound-tasks"), Some("none"));
    assert_eq!(state(&of(PLAIN, &conf("[Manager]\nDefaultOOMPolicy=continue\n")), "bound-oom"), Some("continue"));
    assert_eq!(state(&of(PLAIN, &conf("[Manager]\nDefaultLimitCORE=0\n")), "bound-core"), Some(""));
    assert_eq!(state(&of(PLAIN, &conf("[Manager]\nDefaultLimitNOFILE=infinity\n")), "bound-files"), Some("none"));
    assert_eq!(state(&of(PLAIN, &conf("[Manager]\nDefaultTimeoutStopSec=infinity\n")), "bound-stop"), Some("endless"));
    let restarts = "[Service]\nExecStart=/usr/bin/foo\nRestart=always\n";
    let never = "[Manager]\nDefaultStartLimitIntervalSec=0\n";
    assert_eq!(state(&of(restarts, &conf(never)), "bound-restarts"), Some("storm"));
    assert_eq!(
        state(
            &of(restarts, &conf("[Manager]\nDefaultStartLimitIntervalSec=0\nDefaultRestartSec=9\n")),
            "bound-restarts"
        ),
        Some("")
    );
    // a drop-in counts after it, the unit after both, and user.conf is for others
    let more = [conf(never)[0], ("/etc/systemd/system.conf.d/a.conf", "[Manager]\nDefaultStartLimitIntervalSec=10\n")];
    assert_eq!(state(&of(restarts, &more), "bound-restarts"), Some(""));
    let own = "[Unit]\nStartLimitIntervalSec=10\n[Service]\nExecStart=/usr/bin/foo\nRestart=always\n";
    assert_eq!(state(&of(own, &conf(never)), "bound-restarts"), Some(""));
    let users = [("/etc/systemd/user.conf", "[Manager]\nDefaultTasksMax=64\n")];
    assert_eq!(state(&of(PLAIN, &users), "bound-tasks"), Some("large"));
    let user = bounds("user/a.service", PLAIN, 262, &users).unwrap();
    assert_eq!((state(&user, "bound-tasks"), state(&user, "bound-io")), (Some(""), None));
}

#[test]
fn what_the_release_does_not_know_bounds_nothing() {
    let steps = "[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/usr/bin/foo\nRestart=always\nRestartSteps=5\nRestartMaxDelaySec=1min\n";
    let of = |text, systemd| bounds("a.service", text, systemd, &[]).unwrap();
    assert_eq!(state(&of(steps, 252), "bound-restarts"), Some("storm"));
    assert_eq!(state(&of(steps, 257), "bound-restarts"), Some(""));
    let old = "[Service]\nExecStart=/usr/bin/foo\nMemoryLimit=1G\nCPUShares=512\nBlockIOWeight=100\n";
    let (then, now) = (of(old, 257), of(old, 262));
    let states = |b: &Bounds| ["bound-memory", "bound-cpu", "bound-io"].map(|id| state(b, id));
    assert_eq!(states(&then), [Some(""), Some("weight"), Some("weight")]);
    assert_eq!(states(&now), [Some("none"); 3]);
}

/// The score is the unit's own: the same whatever else is there, and whatever it is called.
#[test]
fn a_unit_alone_and_among_others_has_one_score() {
    let dir = "/r/etc/systemd/system";
    let mut tree = Memory::new();
    for (n, (name, text, _)) in examples().filter(|(name, ..)| !name.starts_with("user/")).enumerate() {
        tree = tree.file(format!("{dir}/x{n}-{name}"), text);
    }
    let all = looked_at(&tree, dir, 262, &[]);
    assert!(all.len() > 50);
    for (unit, bounds, _) in all {
        let alone = Bounds::of(&unit, &Manager::default());
        assert_eq!(bounds.map(|b| b.overall), alone.map(|b| b.overall), "{}", unit.name);
    }
}

/// One finding a unit, and every check when they are asked for.
#[test]
fn checks_speak_as_one_unless_they_are_asked_for() {
    let tree = Memory::new().file("/r/etc/systemd/system/a.service", PLAIN);
    let spoke = |select: &[&str]| -> Vec<String> {
        let ids = looked_at(&tree, "/r/etc/systemd/system", 262, select).pop().unwrap().2;
        ids.into_iter().filter(|f| f.starts_with("bound-") || f.starts_with("resource-")).collect()
    };
    assert_eq!(spoke(&[]), ["resource-score: resources 7.5 LOOSE"]);
    assert_eq!(spoke(&["resource-score"]).len(), 1);
    assert_eq!(spoke(&["resources"]).len(), 0);
    assert_eq!(spoke(&["bound-memory"]), ["bound-memory: nothing limits the memory that the unit may take"]);
    let all = spoke(&["bounds"]);
    assert!(all.len() == 7 && all.iter().all(|f| f.starts_with("bound-")), "{all:?}");
}
