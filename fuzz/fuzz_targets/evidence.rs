//! Any bytes as a program, a library, a script or a configuration file of a service: looking twice shows the same, and every
//! place is in a file that is there.
//!
//! The first byte says what the rest is.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use std::path::Path;
use unitlint::engine::{Input, Options, Plan, each_unit};
use unitlint::evidence::{Evidence, Inspector, System};
use unitlint::tree::{Memory, Rights, Tree};

const UNIT: &str = "/usr/lib/systemd/system/a.service";
const PROGRAM: &str = "/usr/libexec/a";
const SERVICE: &str = "[Service]\nExecStart=/usr/libexec/a --config /etc/a.conf -x\nEnvironmentFile=/etc/default/a\n";

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Some((role, bytes)) = bytes.split_first() else { return Corpus::Reject };
    let script = b"#!/bin/sh\n. /etc/default/a\nexec /usr/bin/b \"$A\"\n";
    let system = Memory::new().file(UNIT, SERVICE).file("/usr/lib/os-release", "ID=a\n").file("/usr/bin/sh", "");
    let program = |tree: Memory, path: &str, bytes: &[u8]| {
        tree.file(path, bytes).rights(path, Rights { mode: 0o755, uid: 0, gid: 0 })
    };
    let tree = match role % 7 {
        0 => program(system, PROGRAM, bytes),
        1 => program(system, PROGRAM, &[b"#!/bin/sh\n", bytes].concat()),
        2 => program(system, PROGRAM, &[b"#!/usr/bin/python3\n", bytes].concat())
            .file("/usr/bin/python3", "")
            .file("/usr/lib/python3.13/os.py", "")
            .file("/usr/lib/python3.13/socket.py", bytes),
        3 => program(program(system, PROGRAM, script), "/usr/bin/b", bytes).file("/etc/default/a", "A=/usr/bin/b\n"),
        4 => program(system, PROGRAM, &[b"#!/usr/bin/node\n", bytes].concat())
            .file("/usr/bin/node", "")
            .file("/usr/libexec/node_modules/a/package.json", bytes)
            .file("/usr/libexec/node_modules/a/index.js", bytes)
            .capabilities(PROGRAM, u64::from(*role)),
        5 => program(system, PROGRAM, script).file("/etc/default/a", bytes).file("/etc/a.conf", bytes),
        _ => program(system, PROGRAM, script)
            .file("/etc/ld.so.conf", bytes)
            .file("/etc/passwd", bytes)
            .file("/var/lib/dpkg/info/a.list", bytes)
            .file("/etc/a.conf", bytes),
    };
    let first = look(&tree);
    assert_eq!(format!("{first:?}"), format!("{:?}", look(&tree)), "two looks differ");
    let seen = first.acts.values().flatten().chain(first.functions.values()).chain(first.families.values());
    for seen in seen.chain(first.namespaces.values()).chain(&first.untold_sockets).chain(&first.untold_namespaces) {
        let is_there = tree.stat(Path::new(&seen.file)).is_ok() || seen.file == "a.service";
        assert!(is_there, "{seen:?} is nowhere");
        assert!(!seen.to_string().is_empty());
    }
    assert!(first.acts.values().all(|places| !places.is_empty()));
    for file in first.programs.iter().chain(&first.configuration) {
        assert!(tree.stat(Path::new(file)).is_ok(), "{file} is nowhere");
    }
    Corpus::Keep
});

fn look(tree: &Memory) -> Evidence {
    let plan = Plan::make(tree, &[Input::Path(UNIT.into())], &Options::default());
    let system = System::of(tree, &plan.catalogs[0]);
    assert!(system.is_whole());
    let mut inspector = Inspector::new(&system);
    let mut evidence = None;
    each_unit(tree, &plan, |unit| evidence = Some(inspector.look(&unit)));
    evidence.expect("there is one unit")
}
