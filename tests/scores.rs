//! What decides the exposure of a unit, check by check, and that a way down holds what it promises.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

use std::collections::BTreeMap;
use unitlint::engine::path_down::{extended, propose};
use unitlint::engine::{Input, Options, Plan, Policy, Score, Scores, Selection, Session, run};
use unitlint::rule::{Finding, Registry, exposure_rules};
use unitlint::target::Target;
use unitlint::tree::Memory;
use unitlint::unit::Unit;
use unitlint::vocab::Model;

/// The units of a directory, each with what the given rule finds.
fn units(tree: &Memory, dir: &str, systemd: u16, rule: &str) -> Vec<(Unit, Vec<Finding>)> {
    let options = Options { target: Target::systemd(systemd), ..Options::default() };
    let plan = Plan::make(tree, &[Input::Path(dir.into())], &options);
    let session = Session::with(Selection::parse(&[rule.to_owned()], &[], &Registry::default()).unwrap());
    let mut out = Vec::new();
    run(tree, &plan, &session, |report| out.push((*report.unit, report.findings)));
    out
}

fn service_of(scope: &str, systemd: u16, lines: &str) -> Unit {
    let path = format!("/etc/systemd/{scope}/foo.service");
    let text = format!("[Service]\nExecStart=/usr/bin/foo\n{lines}\n");
    units(&Memory::new().file(&path, text), &path, systemd, "umask").pop().unwrap().0
}

fn service(lines: &str) -> Unit {
    service_of("system", 262, lines)
}

/// Badness, state and deciding key of a check.
fn verdict(unit: &Unit, rule: &str) -> (Option<u32>, &'static str, &'static str) {
    let score = Score::of(unit, &Policy::default());
    let verdict = score.parts.iter().find(|p| p.rule.id == rule).unwrap().verdict;
    (verdict.badness, verdict.state, verdict.key.name())
}

/// As `assess_umask()` and its sisters in `analyze-security.c` have them.
#[test]
fn each_state_is_as_bad_as_systemd_says() {
    let umask = |lines| verdict(&service(lines), "umask");
    assert_eq!(umask(""), (Some(5), "world-readable", "UMask"));
    assert_eq!(umask("UMask=0000"), (Some(10), "world-writable", "UMask"));
    assert_eq!(umask("UMask=0001"), (Some(10), "world-writable", "UMask"));
    assert_eq!(umask("UMask=0003"), (Some(5), "world-readable", "UMask"));
    assert_eq!(umask("UMask=0007"), (Some(2), "group-writable", "UMask"));
    assert_eq!(umask("UMask=0006"), (Some(2), "group-writable", "UMask"));
    assert_eq!(umask("UMask=0026"), (Some(1), "group-readable", "UMask"));
    assert_eq!(umask("UMask=0066"), (Some(0), "", "UMask"));

    let user = |lines| verdict(&service(lines), "user-or-dynamic-user");
    assert_eq!(user(""), (Some(10), "root", "User"));
    assert_eq!(user("User=0"), (Some(10), "root", "User"));
    assert_eq!(user("User=nobody"), (Some(9), "nobody", "User"));
    assert_eq!(user("User=nobody\nDynamicUser=yes"), (Some(9), "nobody", "User"));
    assert_eq!(user("User=foo"), (Some(0), "", "User"));
    assert_eq!(user("DynamicUser=yes"), (Some(0), "", "DynamicUser"));
    assert_eq!(user("User=foo\nDynamicUser=yes"), (Some(0), "", "User"));
    // since 262 nobody is root in the manager of a user
    let of_user = |systemd| service_of("user", systemd, "");
    assert_eq!(verdict(&of_user(261), "user-or-dynamic-user"), (Some(10), "root", "User"));
    assert_eq!(verdict(&of_user(262), "user-or-dynamic-user"), (Some(0), "", "User"));
    assert_eq!(verdict(&of_user(262), "remove-ipc"), (None, "", "User"));

    let calls = |lines| verdict(&service(lines), "system-call-filter-clock");
    assert_eq!(calls(""), (Some(10), "none", "SystemCallFilter"));
    assert_eq!(calls("SystemCallFilter=~"), (Some(10), "none", "SystemCallFilter"));
    assert_eq!(calls("SystemCallFilter=~@swap"), (Some(10), "deny", "SystemCallFilter"));
    assert_eq!(calls("SystemCallFilter=~@clock"), (Some(0), "", "SystemCallFilter"));
    assert_eq!(calls("SystemCallFilter=adjtimex"), (Some(9), "allow", "SystemCallFilter"));
    assert_eq!(calls("SystemCallFilter=read"), (Some(0), "", "SystemCallFilter"));

    let architectures = |lines| verdict(&service(lines), "system-call-architectures");
    assert_eq!(architectures(""), (Some(10), "any", "SystemCallArchitectures"));
    assert_eq!(architectures("SystemCallArchitectures=native"), (Some(0), "", "SystemCallArchitectures"));
    assert_eq!(architectures("SystemCallArchitectures=native x86"), (Some(8), "some", "SystemCallArchitectures"));

    let devices = |lines| verdict(&service(lines), "device-allow");
    assert_eq!(devices(""), (Some(10), "open", "DeviceAllow"));
    assert_eq!(devices("DevicePolicy=auto"), (Some(10), "open", "DevicePolicy"));
    assert_eq!(devices("DevicePolicy=closed"), (Some(0), "", "DevicePolicy"));
    assert_eq!(devices("DevicePolicy=closed\nDeviceAllow=/dev/null rw"), (Some(5), "some", "DevicePolicy"));

    let root = |lines| verdict(&service(lines), "root-directory");
    assert_eq!(root("RootDirectory=/"), (Some(1), "", "RootDirectory"));
    assert_eq!(root("RootImage=/srv/foo.raw"), (Some(0), "", "RootImage"));
    assert_eq!(root("RootImage=/srv/foo.raw\nRootDirectory=/srv/foo"), (Some(0), "", "RootDirectory"));
    assert_eq!(root("[Unit]\nDefaultDependencies=no"), (None, "", "DefaultDependencies"));
    assert_eq!(verdict(&service("ProtectSystem=full\n[Unit]\nDefaultDependencies=no"), "protect-system").0, None);
}

/// A check without weight does not apply, and a sum of nothing is no exposure.
#[test]
fn what_has_no_weight_does_not_count() {
    let policy = |ids: &[&str]| {
        let none: BTreeMap<_, _> = ids.iter().map(|id| (*id, BTreeMap::from([("weight", 0)]))).collect();
        Policy::parse(&serde_json::to_vec(&none).unwrap(), Model::LATEST).unwrap()
    };
    let unit = service("");
    let all: Vec<&str> = exposure_rules().map(|(_, e)| e.id).collect();
    let one = Score::of(&unit, &policy(&["PrivateNetwork"]));
    let part = |score: &Score| *score.parts.iter().find(|p| p.rule.id == "private-network").unwrap();
    assert_eq!((part(&one).is_set(), one.cost(&part(&one))), (None, None));
    assert_eq!(part(&Score::of(&unit, &Policy::default())).is_set(), Some(false));
    let nothing = Score::of(&unit, &policy(&all));
    assert_eq!((nothing.exposure, nothing.weighted()), (0, 0));
    assert_eq!(Scores::new(&policy(&all)).outlook(&unit, &nothing), None);
}

/// Every line of a way pays, alone and behind those before it, and none is there for nothing.
#[test]
fn every_step_down_pays() {
    let policy = Policy::default();
    let mut steps = 0;
    for lines in [
        "",
        "User=foo",
        "DynamicUser=yes\nCapabilityBoundingSet=CAP_CHOWN CAP_KILL",
        "CapabilityBoundingSet=\nRestrictNamespaces=yes\nSystemCallFilter=@system-service",
        "PrivateDevices=yes\nProtectKernelTunables=yes\nProtectKernelModules=yes\nProtectControlGroups=yes",
        "RestrictAddressFamilies=AF_UNIX\nSystemCallFilter=~@mount @swap\nRestrictNamespaces=~user",
        "[Unit]\nDefaultDependencies=no",
    ] {
        let unit = service(lines);
        let score = Score::of(&unit, &policy);
        let weighted = |lines: &[String]| Score::of(&extended(&unit, lines), &policy).weighted();
        let way = propose(&unit, &score, &policy);
        let all: Vec<String> = way.steps.iter().map(|s| s.line.clone()).collect();
        let mut before = score.weighted();
        for n in 1..=all.len() {
            let now = weighted(&all[..n]);
            assert!(now < before, "{lines}: {}", all[n - 1]);
            let mut others = all.clone();
            others.remove(n - 1);
            assert!(weighted(&others) > weighted(&all), "{lines}: {} is idle", all[n - 1]);
            assert_eq!(way.steps[n - 1].after, Score::of(&extended(&unit, &all[..n]), &policy).exposure);
            before = now;
            steps += 1;
        }
        assert!(all.len() <= 6);
        if let Some(short) = Scores::new(&policy).outlook(&unit, &score) {
            assert!(short.end < score.exposure);
            assert_eq!(short.end, Score::of(&extended(&unit, &short.lines), &policy).exposure);
        }
    }
    assert!(steps > 20, "{steps}");
}

/// What takes values away is one line for each key, and what is good enough has no way.
#[test]
fn a_way_ends() {
    let policy = Policy::default();
    let mut unit = service("");
    let mut ways = 0;
    while let Some(way) = Scores::new(&policy).outlook(&unit, &Score::of(&unit, &policy)) {
        let keys: Vec<&str> = way.lines.iter().filter_map(|l| l.split_once("=~")).map(|(key, _)| key).collect();
        let mut once = keys.clone();
        once.dedup();
        assert_eq!(keys, once);
        unit = extended(&unit, &way.lines);
        ways += 1;
    }
    assert!((2..20).contains(&ways), "{ways}");
    assert!(propose(&unit, &Score::of(&unit, &policy), &policy).steps.is_empty());
}

/// What is said of units that little bounds does not depend on the units before them.
#[test]
fn what_would_bound_a_unit_is_its_own() {
    let texts = [
        ("a.service", "[Service]\nExecStart=/usr/bin/foo\n"),
        ("b.service", "[Service]\nExecStart=/usr/bin/foo\nRestart=always\nRestartSec=1\n"),
        ("c.service", "[Service]\nExecStart=/usr/bin/foo\n"),
        ("d.service", "[Service]\nExecStart=/usr/bin/foo\nMemoryMax=1G\n"),
        ("e.service", "[Service]\nExecStart=/usr/bin/foo\nMemoryLimit=1G\n"),
        ("f.service", "[Service]\nExecStart=/usr/bin/foo\nCPUShares=100\n"),
        ("g.service", "[Service]\nType=oneshot\nExecStart=/usr/bin/foo\n"),
        ("h.service", "[Service]\nExecStart=/usr/bin/foo\nTasksMax=10\n"),
        ("i.slice", "[Slice]\n"),
        ("j.service", "[Service]\nType=forking\nExecStart=/usr/bin/foo\nTimeoutStartSec=infinity\n"),
        ("k.socket", "[Socket]\nListenStream=1\nMaxConnections=infinity\n"),
        ("l.service", "[Service]\nExecStart=/usr/bin/foo\nCPUShares=100\n"),
        // the same states as a.service, but MemoryMax= would switch this one off
        ("m.service", "[Service]\nExecStart=/usr/bin/foo\nMemoryLimit=infinity\n"),
        ("n.service", "[Service]\nExecStart=/usr/bin/foo\n"),
        ("o.service", "[Service]\nExecStart=/usr/bin/foo\nCPUShares=1024\n"),
    ];
    let dir = "/etc/systemd/system";
    let told = |names: &[&str], systemd| {
        let tree = texts
            .iter()
            .filter(|(name, _)| names.contains(name))
            .fold(Memory::new(), |tree, (name, text)| tree.file(format!("{dir}/{name}"), *text));
        let told = units(&tree, dir, systemd, "resource-score").into_iter().map(|(unit, found)| {
            let lines: Vec<String> = found
                .into_iter()
                .flat_map(|f| [f.message].into_iter().chain(f.notes.into_iter().map(|n| n.text)))
                .collect();
            (unit.name.to_string(), lines)
        });
        told.collect::<BTreeMap<_, _>>()
    };
    for systemd in [252, 262] {
        let all = told(&texts.map(|(name, _)| name), systemd);
        assert!(all.values().filter(|lines| lines.len() > 1).count() > 4, "{all:?}");
        for (name, lines) in &all {
            assert_eq!(&told(&[name], systemd)[name], lines, "{name}");
        }
    }
}
