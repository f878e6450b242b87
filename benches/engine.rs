//! How fast each stage is, over text like that of real units. Nothing is read from the disk.
#![allow(missing_docs, reason = "divan finds the benches by itself")]

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use std::fmt::Write as _;
use std::path::PathBuf;
use unitlint::emit::{check, security};
use unitlint::engine::{self, Input, Options, Plan, Policy, Report, Score, Session};
use unitlint::syntax;
use unitlint::target::Target;
use unitlint::tree::Memory;
use unitlint::unit::Unit;

const UNITS: usize = 500;

fn main() {
    divan::main();
}

/// Small numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.roll(list.len())]
    }
}

const COMMENTS: &[&str] = &[
    "# SPDX-License-Identifier: LGPL-2.1-or-later\n#\n#  This file is free software; you can redistribute it and/or modify it\n",
    "# see the manual before you change this\n",
    "; Übernommen aus der alten Konfiguration\n",
];

const UNIT: &[&str] = &[
    "Documentation=man:exampled(8) https://example.org/doc/exampled.html\n",
    "After=network-online.target remote-fs.target nss-lookup.target\n",
    "Wants=network-online.target\n",
    "Before=multi-user.target\n",
    "ConditionPathExists=!/etc/exampled/disabled\n",
    "RequiresMountsFor=/var/lib/exampled /srv\n",
    "StartLimitIntervalSec=30\n",
];

const SERVICE: &[&str] = &[
    "Type=notify\n",
    "Type=simple\n",
    "EnvironmentFile=-/etc/default/exampled\n",
    "Environment=\"LANG=C.UTF-8\" MODE=production 'QUOTED=a b'\n",
    "ExecStartPre=/usr/bin/install -d -m 0755 -o exampled /run/exampled\n",
    "ExecReload=/bin/kill -HUP $MAINPID\n",
    "Restart=on-failure\n",
    "RestartSec=5s\n",
    "User=exampled\n",
    "Group=exampled\n",
    "LimitNOFILE=65536\n",
    "PrivateTmp=yes\n",
    "ProtectSystem=strict\n",
    "ProtectHome=true\n",
    "NoNewPrivileges = yes\n",
    "ReadWritePaths=/var/lib/exampled /var/log/exampled\n",
    "CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_SETUID \\\n    CAP_SETGID \\\n    CAP_CHOWN\n",
    "SystemCallFilter=@system-service\nSystemCallFilter=~@privileged @resources\n",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n",
    "RuntimeDirectory=exampled\n",
    "MemoryMax=512M\n",
    "TasksMax=64\n",
];

/// A service as packages ship them: a head, some of what is common, here and there a comment or a continued line.
fn service(dice: &mut Dice, name: &str) -> String {
    let mut text = String::new();
    if dice.roll(3) == 0 {
        text += dice.pick(COMMENTS);
    }
    let _ = writeln!(text, "[Unit]\nDescription=The {name} daemon of the example suite");
    for _ in 0..2 + dice.roll(4) {
        text += dice.pick(UNIT);
    }
    let _ = writeln!(
        text,
        "\n[Service]\nExecStart=/usr/sbin/{name} --foreground --config /etc/exampled/{name}.conf $OPTIONS"
    );
    for _ in 0..3 + dice.roll(12) {
        if dice.roll(8) == 0 {
            text += dice.pick(COMMENTS);
        }
        text += dice.pick(SERVICE);
    }
    text + "\n[Install]\nWantedBy=multi-user.target\n"
}

/// The units of a system, a third of them with drop-ins of their own and all with one for the type.
fn tree() -> Memory {
    let dice = &mut Dice(0x2545_f491_4f6c_dd1d);
    let dropin = |dice: &mut Dice| format!("# local\n[Service]\n{}{}", dice.pick(SERVICE), dice.pick(SERVICE));
    let mut tree = Memory::new().file("/etc/systemd/system/service.d/10-all.conf", "[Service]\nTasksMax=4096\n");
    for i in 0..UNITS {
        let name = format!("unit-{i:03}.service");
        tree = tree.file(format!("/usr/lib/systemd/system/{name}"), service(dice, &format!("unit-{i:03}")));
        if dice.roll(3) == 0 {
            tree = tree.file(format!("/usr/lib/systemd/system/{name}.d/50-vendor.conf"), dropin(dice));
            tree = tree.file(format!("/etc/systemd/system/{name}.d/90-local.conf"), dropin(dice));
        }
    }
    tree
}

fn plan(tree: &Memory) -> Plan {
    let plan = Plan::make(tree, &[Input::Path(PathBuf::from("/"))], &Options::default());
    assert_eq!((plan.jobs.len(), plan.failures.len()), (UNITS, 0));
    plan
}

fn units() -> Vec<Unit> {
    let (tree, mut units) = (tree(), Vec::new());
    engine::each_unit(&tree, &plan(&tree), |unit| units.push(unit));
    units
}

fn reports() -> Vec<Report> {
    let session = Session::default();
    units().into_iter().map(|unit| engine::check(unit, &session)).collect()
}

/// Two megabytes of units, one behind the other.
#[divan::bench]
fn parse(bencher: Bencher) {
    let (mut text, dice) = (String::new(), &mut Dice(1));
    while text.len() < 2 << 20 {
        text += &service(dice, "parse");
    }
    let bytes = text.into_bytes();
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| syntax::parse(black_box(&bytes)));
}

/// The same as files of their own, which is how they come.
#[divan::bench]
fn parse_files(bencher: Bencher) {
    let dice = &mut Dice(1);
    let files: Vec<Vec<u8>> = (0..UNITS).map(|_| service(dice, "parse").into_bytes()).collect();
    bencher
        .counter(BytesCount::new(files.iter().map(Vec::len).sum::<usize>()))
        .bench(|| files.iter().map(|f| syntax::parse(black_box(f)).items.len()).sum::<usize>());
}

/// Search path, names, drop-ins, values: from files to settings.
#[divan::bench]
fn load(bencher: Bencher) {
    let tree = tree();
    let plan = plan(&tree);
    bencher.counter(ItemsCount::new(UNITS)).bench(|| {
        let mut settings = 0;
        engine::each_unit(&tree, &plan, |unit| settings += unit.settings().len());
        settings
    });
}

/// The exposure checks.
#[divan::bench]
fn score(bencher: Bencher) {
    let (units, policy) = (units(), Policy::default());
    bencher
        .counter(ItemsCount::new(UNITS))
        .bench(|| units.iter().map(|unit| Score::of(black_box(unit), &policy).exposure).sum::<u32>());
}

/// What `check` does with a unit: score, rules, the outlook.
#[divan::bench]
fn rules(bencher: Bencher) {
    let session = Session::default();
    bencher
        .counter(ItemsCount::new(UNITS))
        .with_inputs(units)
        .bench_values(|units| units.into_iter().map(|unit| engine::check(unit, &session)).collect::<Vec<_>>());
}

/// The document of `check --format json`.
#[divan::bench]
fn json_check(bencher: Bencher) {
    let reports = reports();
    let findings: Vec<_> = reports.iter().flat_map(|r| &r.findings).collect();
    let write = || {
        let mut out = Vec::with_capacity(1 << 20);
        let mut document = check::Document::new(&mut out, &Target::default());
        reports.iter().for_each(|r| document.unit(r).expect("memory takes everything"));
        findings.iter().try_for_each(|f| document.finding(f)).expect("memory takes everything");
        document.finish(UNITS, 0).expect("memory takes everything");
        out
    };
    bencher.counter(ItemsCount::new(UNITS)).counter(BytesCount::new(write().len())).bench(write);
}

/// The document of `security --format json`: 81 checks a unit.
#[divan::bench]
fn json_security(bencher: Bencher) {
    let reports = reports();
    let write = || {
        let mut out = Vec::with_capacity(1 << 23);
        let mut document = security::Document::new(&mut out, 262, 262);
        for report in &reports {
            document.unit(&report.unit, report.score.as_ref(), None).expect("memory takes everything");
        }
        document.finish().expect("memory takes everything");
        out
    };
    bencher.counter(ItemsCount::new(UNITS)).counter(BytesCount::new(write().len())).bench(write);
}
