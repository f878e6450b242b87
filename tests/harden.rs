//! What `unitlint fix` makes of a service: lines that nothing seen of its programs speaks against, none that something does,
//! and the score that was promised.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;

use case::{Case, case};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use unitlint::engine::{Input, Options, Plan, Session};
use unitlint::fix::harden::{Wish, each, is_need};
use unitlint::rule::{Safety, exposure_rules};
use unitlint::tree::{Memory, Rights};

const UNITS: &str = "usr/lib/systemd/system";

/// A whole system with one service and the program that it runs.
fn root(name: &str, service: &str, program: impl AsRef<[u8]>) -> Case {
    let unit = format!("[Service]\nExecStart=/usr/libexec/a\n{service}");
    case(name)
        .file("usr/lib/os-release", "ID=a\n")
        .file(format!("{UNITS}/a.service"), unit)
        .programs("sh sudo curl sysctl unshare modprobe mkdir mkfifo timeout nice arping cp echo")
        .program("usr/bin/python3", "")
        .file("usr/lib/python3.13/os.py", "")
        .file("usr/lib/python3.13/socket.py", "")
        .file("usr/lib/python3.13/subprocess.py", "")
        .file("usr/lib/python3.13/http/server.py", "")
        .file("usr/lib/python3.13/http/__init__.py", "")
        .file("usr/lib/python3.13/socketserver.py", "")
        .program("usr/bin/perl", "")
        .file("usr/share/perl/5.40/IO/Socket/INET.pm", "")
        .program("usr/bin/node", "")
        .file("usr/libexec/b.sh", "mkfifo /tmp/b\n")
        .file("usr/libexec/b.js", "require('child_process').execFile('act')\n")
        .file("usr/libexec/node_modules/c/package.json", "{\"exports\": {\"./d\": {\"import\": \"./e.mjs\"}}}")
        .file("usr/libexec/node_modules/c/e.mjs", "import * as p from 'node:child_process'; p.exec('cd /; act')\n")
        .program("usr/bin/act", "#!/bin/sh\nmkfifo /tmp/act\n")
        .program("usr/libexec/a", program)
}

trait Programs {
    fn program(self, path: &str, bytes: impl AsRef<[u8]>) -> Self;

    fn programs(self, names: &str) -> Self;
}

impl Programs for Case {
    fn program(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        let here = self.file(path, bytes);
        fs::set_permissions(here.at(path), fs::Permissions::from_mode(0o755)).unwrap();
        here
    }

    fn programs(self, names: &str) -> Self {
        names.split(' ').fold(self, |here, name| here.program(&format!("usr/bin/{name}"), ""))
    }
}

/// The lines of the drop-in, without comments.
fn lines(here: &Case) -> Vec<String> {
    let (status, text) = here.told("fix --isolated --root . a.service --output -");
    assert_eq!(status, 0, "{text}");
    text.lines()
        .filter(|l| l.contains('=') && !l.starts_with('#') && !l.starts_with("unitlint"))
        .map(str::to_owned)
        .collect()
}

fn has(lines: &[String], line: &str) -> bool {
    lines.iter().any(|l| l == line)
}

#[test]
fn every_need_of_a_rule_is_one() {
    let mut asked = 0;
    for (rule, _) in exposure_rules() {
        for need in rule.fix.iter().flat_map(|f| f.needs) {
            assert!(is_need(need), "{}: {need}", rule.id);
            asked += 1;
        }
    }
    assert!(asked > 80, "{asked}");
}

#[test]
fn what_a_machine_does_not_enforce_is_withheld() {
    let here = root("machine", "", "#!/bin/sh\nwhile :; do sleep 60; done\n");
    let on = |host: &str| here.told(&format!("fix --isolated --root . --host {host} a.service --output -")).1;
    let whole = on("debian13");
    assert!(whole.contains("PrivateTmp=yes") && whole.contains("PrivateNetwork=yes"), "{whole}");
    let contained = on("debian13,docker");
    for line in ["PrivateTmp=", "ProtectHome=", "PrivateNetwork="] {
        assert!(!contained.contains(line), "{line}: {contained}");
    }
    assert!(contained.contains("NoNewPrivileges=yes"), "{contained}");
    let (_, why) = here.told("fix --isolated --root . --host debian13,docker a.service --why");
    let why = why.split_whitespace().collect::<Vec<_>>().join(" ");
    let namespaces = why.split_once("withheld").unwrap().1.split_once("PrivateTmp=yes").unwrap().1;
    assert!(namespaces.contains("debian13+docker does not enforce it: there is no mnt namespace"), "{why}");
    // what is proposed for a machine, that machine enforces, if only partly
    let dropin = here.at("etc/systemd/system/a.service.d/50-unitlint.conf");
    fs::write(&dropin, contained).unwrap();
    let (_, found) = here.told(
        "check --isolated --root . --host debian13,docker --select host-refuses,host-skips --format concise a.service",
    );
    assert!(
        found.contains("note[host-skips]") && !found.contains("warn[host-") && !found.contains("error[host-"),
        "{found}"
    );
}

#[test]
fn what_a_program_does_speaks_against_a_line() {
    const PLAIN: &str = "#!/bin/sh\nwhile :; do sleep 60; done\n";
    let here = root("plain", "", PLAIN);
    let plain = lines(&here);
    for (n, (program, withheld)) in [
        ("#!/bin/sh\nsudo -n true\n", "NoNewPrivileges=yes"),
        ("#!/bin/sh\nenv X=1 sudo -n true\n", "NoNewPrivileges=yes"),
        ("#!/bin/sh\n[ -d /home/a ] && ls /home/a\n", "ProtectHome=yes"),
        ("#!/bin/sh\nmkfifo /tmp/a.fifo\n", "PrivateTmp=yes"),
        ("#!/bin/sh\nsysctl -w kernel.panic=1\n", "ProtectKernelTunables=yes"),
        ("#!/bin/sh\necho 1 > /proc/sys/net/ipv4/ip_forward\n", "ProtectKernelTunables=yes"),
        ("#!/bin/sh\nIP=/usr/bin/unshare\n$IP -n true\nunshare -n true\n", "RestrictNamespaces=yes"),
        ("#!/bin/sh\ncat /dev/ttyS0\n", "PrivateDevices=yes"),
        ("#!/bin/sh\ncurl -s http://a\n", "PrivateNetwork=yes"),
        ("#!/bin/sh\nwc -l /proc/net/dev\n", "PrivateNetwork=yes"),
        ("#!/bin/sh\narping -c 1 a\n", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK"),
        ("#!/bin/sh\nmodprobe dummy\n", "ProtectKernelModules=yes"),
        ("#!/bin/sh\ncat /proc/1/comm\n", "ProtectProc=ptraceable"),
        ("#!/bin/sh\nmkdir -m 2770 /run/a\n", "RestrictSUIDSGID=yes"),
        ("#!/bin/sh\ncp `[ -n \"$A\" ] && echo -a` /run/a /run/b\n", "RestrictSUIDSGID=yes"),
        ("#!/bin/sh\nOPTIONS='-v -a'\ncp $OPTIONS /run/a /run/b\n", "RestrictSUIDSGID=yes"),
        ("#!/usr/bin/python3\nimport os\nos.unshare(1)\n", "RestrictNamespaces=yes"),
        ("#!/usr/bin/python3\nfrom http.server import HTTPServer\n", "PrivateNetwork=yes"),
        ("#!/usr/bin/python3\nif True: import socketserver\n", "PrivateNetwork=yes"),
        ("#!/usr/bin/perl\neval { require IO::Socket::INET; };\n", "PrivateNetwork=yes"),
        ("#!/usr/bin/node\nconst http = require('http')\n", "PrivateNetwork=yes"),
        ("#!/usr/bin/node\nimport { lookup } from 'node:dns/promises';\n", "PrivateNetwork=yes"),
        ("#!/usr/bin/node\nrequire('os').homedir()\n", "ProtectHome=yes"),
        ("#!/usr/bin/node\nrequire('./b')\n", "PrivateTmp=yes"),
        ("#!/usr/bin/node\nimport c from 'c/d'\n", "PrivateTmp=yes"),
        ("#!/usr/bin/node\nrequire('child_process').fork('/usr/libexec/b.js')\n", "PrivateTmp=yes"),
        ("#!/usr/bin/perl\nsystem('sh', '/usr/libexec/b.sh');\n", "PrivateTmp=yes"),
        ("#!/usr/bin/python3\nimport subprocess\nsubprocess.run([\"sudo\", \"true\"])\n", "NoNewPrivileges=yes"),
        (
            "#!/usr/bin/python3\nimport subprocess\nwords = [\"act\", \"-x\"]\nsubprocess.run(\"cd /; act\")\n",
            "PrivateTmp=yes",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(has(&plain, withheld), "{withheld} is not in {plain:?}");
        let here = root(&format!("act-{n}"), "", program);
        let found = lines(&here);
        assert!(!has(&found, withheld), "{program}: {found:?}");
        // what another user's surroundings add is not told
        assert_eq!(found.is_empty(), program.contains("sudo"), "{program}: {found:?}");
    }
}

#[test]
fn root_by_name_keeps_what_changes_its_user() {
    const PROGRAM: &str = "#!/usr/bin/python3\nimport os\nos.setuid(1)\n";
    const LINE: &str = "NoNewPrivileges=yes";
    assert!(has(&lines(&root("root-unnamed", "", PROGRAM)), LINE));
    let named = lines(&root("root-named", "User=root\n", PROGRAM));
    assert!(!has(&named, LINE) && has(&named, "LockPersonality=yes"), "{named:?}");
    // the first filter would take it away
    assert_eq!(lines(&root("root-bound", "User=0\nNoNewPrivileges=yes\n", PROGRAM)), [""; 0]);
    assert!(!lines(&root("root-filtered", "User=0\nNoNewPrivileges=yes\nLockPersonality=yes\n", PROGRAM)).is_empty());
}

#[test]
fn what_lives_on_are_programs_that_were_started() {
    const UNIT: &str = "KillMode=process\n";
    assert!(!lines(&root("lives-alone", UNIT, "#!/usr/bin/python3\nimport os\nos.setuid(1)\n")).is_empty());
    let starter = "#!/usr/bin/python3\nimport os, subprocess\nos.setuid(1)\nsubprocess.run([\"act\"])\n";
    assert_eq!(lines(&root("lives-on", UNIT, starter)), [""; 0]);
}

#[test]
fn what_a_run_has_proven_only_a_run_replaces() {
    const PLAIN: &str = "#!/bin/sh\nwhile :; do sleep 60; done\n";
    let head = "# a.service hardened by unitlint\n# proven on the running service (systemd 257): start\n";
    for (name, head, left) in [("proven", head, true), ("unproven", "# a.service hardened by unitlint\n", false)] {
        let here = root(name, "", PLAIN);
        let here =
            here.file("etc/systemd/system/a.service.d/50-unitlint.conf", format!("{head}[Service]\nPrivateTmp=yes\n"));
        assert_eq!(lines(&here).is_empty(), left, "{name}");
    }
}

#[test]
fn the_narrowest_value_is_written() {
    let here = root("families", "", "#!/usr/bin/python3\nimport socket\nsocket.socket(socket.AF_PACKET)\n");
    let found = lines(&here);
    assert!(has(&found, "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET"), "{found:?}");
}

#[test]
fn packages_that_name_each_other_end() {
    let packages = [("c", "../d"), ("d", "../c")];
    let here = packages.iter().fold(root("packages", "", "#!/usr/bin/node\nrequire('c')\n"), |here, (name, main)| {
        here.file(format!("usr/libexec/node_modules/{name}/package.json"), format!("{{\"main\": \"{main}\"}}"))
    });
    assert_eq!(lines(&here), [""; 0]);
}

#[test]
fn scripts_that_ask_for_ever_more_are_not_followed() {
    for (name, end, first) in [
        ("chain-python", "py", "#!/usr/bin/python3\nimport m0\n"),
        ("chain-node", "js", "#!/usr/bin/node\nrequire('./m0')\n"),
        ("chain-shell", "sh", "#!/bin/sh\n. /usr/libexec/m0.sh\n"),
    ] {
        let next = |n: usize| match end {
            "py" => format!("import m{n}\n"),
            "js" => format!("require('./m{n}')\n"),
            _ => format!(". /usr/libexec/m{n}.sh\n"),
        };
        let chain =
            (0..3000).fold(root(name, "", first), |here, n| here.file(format!("usr/libexec/m{n}.{end}"), next(n + 1)));
        assert_eq!(lines(&chain), [""; 0], "{name}");
    }
}

#[test]
fn what_only_a_run_would_tell_makes_nothing_safe() {
    for (n, program) in [
        "#!/bin/sh\neval \"$(cat /etc/a)\"\n",
        "#!/bin/sh\nread X\n$X\n",
        "#!/usr/bin/python3\nimport subprocess\nsubprocess.run(words)\n",
        "#!/usr/bin/python3\nimport ctypes\n",
        "#!/usr/bin/python3\nimport nowhere\n",
        "#!/usr/bin/node\nrequire('nowhere')\n",
        "#!/usr/bin/node\nrequire(process.argv[2])\n",
        "#!/usr/bin/node\n'\n",
        "#!/usr/bin/frob\n",
        "#!/bin/sh\nfor hook in /etc/hooks/*; do \"$hook\"; done\n",
        "#!/bin/sh\nPATH=/opt/a/bin:$PATH\nact\n",
        "#!/bin/sh\n. /usr/lib/a/*.sh\n",
        "#!/bin/sh\nrun() { \"$@\"; }\nrun sudo true\n",
        "#!/bin/sh\nact() { timeout 5 nice \"$DIR/$1\"; }\nact x\n",
        "#!/usr/bin/perl\nopen(my $h, \"$c{hook}|\");\n",
        "\x7fELF damaged",
    ]
    .into_iter()
    .enumerate()
    {
        let here = root(&format!("open-{n}"), "", program);
        assert_eq!(lines(&here), Vec::<String>::new(), "{program}");
    }
}

#[test]
fn of_many_unknown_things_some_are_told() {
    let script: String = (0..14).map(|n| format!("read A{n}\n$A{n}\n")).collect();
    let here = root("many-unknown", "", format!("#!/bin/sh\n{script}"));
    let (_, text) = here.told("fix --isolated --root . --why a.service");
    assert_eq!(text.matches("unknown: ").count(), 11, "{text}");
    assert!(text.contains("unknown: 4 more such\n"), "{text}");
    // one reason for many lines is told once
    assert_eq!(text.split_once("withheld").unwrap().1.matches("runs $A0").count(), 1, "{text}");
}

#[test]
fn what_is_not_code_or_not_there_says_nothing() {
    for (n, (program, is_told)) in [
        ("#!/usr/bin/python3\n\"\"\"import nowhere\nand subprocess.run(words)\n\"\"\"\nprint(1) # exec(words)\n", true),
        ("#!/usr/bin/perl\nprint 1;\n\n=head1 A\n\nsystem($words);\n", true),
        ("#!/usr/bin/python3\ntry:\n    import nowhere\nexcept ImportError:\n    nowhere = None\n", true),
        // from where a module may come after all
        ("#!/usr/bin/python3\nimport sys\nsys.path.append(sys.argv[1])\ntry:\n    import nowhere\nexcept ImportError:\n    pass\n", false),
        ("#!/opt/a/bin/python3\ntry:\n    import nowhere\nexcept ImportError:\n    pass\n", false),
        ("#!/usr/bin/perl\nuse lib \"$ENV{A}/lib\";\neval { require Nowhere; };\n", false),
        ("#!/bin/bash\nif [[ $1 && $2 ]] && (( $3 > 1 )); then l=(a $4); fi\neval A_$1=b\n", true),
    ]
    .into_iter()
    .enumerate()
    {
        let here = root(&format!("words-{n}"), "", program);
        assert_eq!(!lines(&here).is_empty(), is_told, "{program}");
    }
}

#[test]
fn an_author_is_not_contradicted() {
    const PLAIN: &str = "#!/bin/sh\nsleep 60\n";
    let here = root("chosen", "PrivateTmp=no\nProtectHome=\nCapabilityBoundingSet=CAP_CHOWN\n", PLAIN);
    let found = lines(&here);
    assert!(
        found
            .iter()
            .all(|l| !["PrivateTmp=", "ProtectHome=", "CapabilityBoundingSet="].iter().any(|k| l.starts_with(k))),
        "{found:?}"
    );
    for (n, setting) in ["StandardInput=tty\n", "[Unit]\nDefaultDependencies=no\n"].into_iter().enumerate() {
        let here = root(&format!("alone-{n}"), setting, PLAIN);
        assert_eq!(lines(&here), Vec::<String>::new(), "{setting}");
    }
    // cron and its like run what others tell them
    let here = root("cron", "", PLAIN)
        .program("usr/sbin/cron", PLAIN)
        .file(format!("{UNITS}/a.service"), "[Service]\nExecStart=/usr/sbin/cron -f\n");
    assert_eq!(lines(&here), Vec::<String>::new());
}

#[test]
fn the_promise_is_kept_and_nothing_is_left_to_do() {
    let here = root("promise", "User=a\n", "#!/bin/sh\nsleep 60\n");
    let score = |here: &Case| {
        let (_, text) = here.told("security --isolated --root . --format json a.service");
        let value: Value = serde_json::from_str(text.lines().find(|l| l.starts_with('{')).unwrap()).unwrap();
        value["units"][0]["overall"].as_f64().unwrap()
    };
    let findings = |here: &Case| {
        here.told("check --isolated --root . --format concise a.service")
            .1
            .lines()
            .map(|l| l.split('[').next_back().unwrap_or_default().to_owned())
            .filter(|l| !l.starts_with("exposure"))
            .count()
    };
    let (before, found) = (score(&here), findings(&here));
    let (status, text) = here.told("fix --isolated --root . --apply a.service");
    assert_eq!(status, 0, "{text}");
    let after = score(&here);
    assert!(after < before - 3.0 && text.contains(&format!("exposure {before:.1} to {after:.1}")), "{text} {after}");
    assert!(findings(&here) <= found);
    let (status, text) = here.told("fix --isolated --root . --check a.service");
    assert_eq!((status, text.contains("50-unitlint")), (0, false), "{text}");
    // a file of somebody else is not overwritten
    let here = root("foreign", "", "#!/bin/sh\nsleep 60\n").file("out/a.service.d/50-unitlint.conf", "# mine\n");
    let (status, text) = here.told("fix --isolated --root . --output out a.service");
    assert_eq!((status, text.contains("stays as it is")), (2, true), "{text}");
}

#[test]
fn a_score_that_is_low_enough_ends_it() {
    let here = root("target", "", "#!/bin/sh\nsleep 60\n");
    let all = lines(&here).len();
    let (_, text) = here.told("fix --isolated --root . --target-score 8 --output - a.service");
    let some = text.lines().filter(|l| l.contains('=') && !l.starts_with('#')).count();
    assert!(some > 0 && some < all / 2, "{text}");
}

/// Programs of all sorts, whole and damaged: the test's own file is one.
#[test]
fn damaged_programs_are_no_danger() {
    let own = fs::read(env!("CARGO_BIN_EXE_unitlint")).unwrap();
    let head = &own[..own.len().min(1 << 20)];
    for n in 0..24_usize {
        let mut bytes = head.to_vec();
        let mut seed = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        for _ in 0..n * 8 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            // headers and tables are at the beginning
            let at = (seed % 4096) as usize;
            bytes[at] = (seed >> 32) as u8;
        }
        let here = root(&format!("damaged-{n}"), "", &bytes);
        let (status, text) = here.told("fix --isolated --root . --why a.service");
        assert_eq!(status, 0, "{text}");
    }
}

/// A program of the machine's compiler. What its code says is read on x86-64 only.
#[cfg(target_arch = "x86_64")]
fn compiled(here: &Case, name: &str, source: &str) -> Vec<u8> {
    linked(here, name, source, &[])
}

/// The same with more words for the compiler, in the directory of the case.
#[cfg(target_arch = "x86_64")]
fn linked(here: &Case, name: &str, source: &str, words: &[&str]) -> Vec<u8> {
    let (code, out) = (here.at(format!("{name}.c")), here.at(name));
    fs::write(&code, format!("#define _GNU_SOURCE\n#include <sched.h>\n#include <unistd.h>\n{source}")).unwrap();
    let mut compiler = std::process::Command::new("cc");
    let done = compiler.current_dir(here.at("")).args(["-O1", "-o"]).arg(&out).arg(&code).args(words).status().unwrap();
    assert!(done.success(), "{source}");
    fs::read(out).unwrap()
}

#[cfg(target_arch = "x86_64")]
#[test]
fn namespaces_are_refused_by_their_kind() {
    const OTHERS: &str = "RestrictNamespaces=~cgroup ipc mnt pid user uts";
    let here = root("compile", "", "");
    for (n, (source, line)) in [
        ("int main(void) { return setns(3, CLONE_NEWNET); }", Some(OTHERS)),
        ("int main(void) { return unshare(CLONE_FS); }", Some("RestrictNamespaces=yes")),
        ("int main(int n, char **a) { return setns(3, 0); }", None),
        ("int main(int n, char **a) { return unshare(n); }", None),
        ("int main(void) { setns(3, CLONE_NEWNET); return access(\"/proc/%d/ns/%s\", 0); }", None),
    ]
    .into_iter()
    .enumerate()
    {
        let program = compiled(&here, "a", source);
        let found = lines(&root(&format!("namespaces-{n}"), "", program));
        let of = found.iter().find(|l| l.starts_with("RestrictNamespaces=")).map(String::as_str);
        assert_eq!(of, line, "{source}: {found:?}");
        let may_administer = found.iter().any(|l| l.contains("CAP_SYS_ADMIN"));
        assert_eq!(may_administer, line == Some("RestrictNamespaces=yes"), "{source}: {found:?}");
    }
}

/// What a known program does only where its configuration says so.
#[cfg(target_arch = "x86_64")]
#[test]
fn configuration_chooses_what_a_program_does() {
    const MOUNT: &str = "@mount";
    let here = root("compile-chosen", "", "");
    let program = compiled(&here, "a", "int main(void) { return chroot(\"/\"); }");
    let squid = |name: &str, command: &str, files: &[(&str, &str)]| {
        let here = root(name, "", "")
            .program("usr/sbin/squid", &program)
            .file(format!("{UNITS}/a.service"), format!("[Service]\nExecStart=/usr/sbin/squid {command}\n"));
        let here = files.iter().fold(here, |here, (path, text)| here.file(path, text));
        lines(&here).iter().any(|l| l.starts_with("SystemCallFilter=") && l.contains(MOUNT))
    };
    const PLAIN: (&str, &str) = ("etc/squid/squid.conf", "# chroot /srv\nhttp_port 3128\n");
    assert!(squid("plain-squid", "-f /etc/squid/squid.conf", &[PLAIN]));
    assert!(!squid("chroot-squid", "", &[("etc/squid/squid.conf", "chroot /srv\n")]));
    assert!(!squid("more-squid", "", &[PLAIN, ("etc/squid/conf.d/more.conf", "Chroot /srv\n")]));
    // configuration that is somewhere else, or of which nothing is there
    assert!(!squid("else-squid", "-f /srv/squid.conf", &[PLAIN, ("srv/squid.conf", "http_port 1\n")]));
    assert!(!squid("include-squid", "", &[("etc/squid/squid.conf", "http_port 1\ninclude /srv/squid.conf\n")]));
    assert!(!squid("none-squid", "", &[]));
    assert!(!squid("large-squid", "", &[PLAIN, ("etc/squid/conf.d/large.conf", &"a\n".repeat(1 << 20))]));
}

#[test]
fn a_helper_with_other_rights_is_looked_into() {
    let helper = |name: &str, text: &str| {
        let here = root(name, "", "#!/bin/sh\n/usr/lib/a/helper\n").program("usr/lib/a/helper", text);
        fs::set_permissions(here.at("usr/lib/a/helper"), fs::Permissions::from_mode(0o4755)).unwrap();
        lines(&here)
    };
    let plain = helper("helper", "#!/bin/sh\nsleep 1\n");
    assert!(!has(&plain, "NoNewPrivileges=yes") && has(&plain, "ProtectHome=yes"), "{plain:?}");
    let home = helper("helper-home", "#!/bin/sh\nls /home/a\n");
    assert!(!has(&home, "NoNewPrivileges=yes") && !has(&home, "ProtectHome=yes"), "{home:?}");
}

#[test]
fn a_capability_that_the_unit_hands_over_stays() {
    let here = root("ambient", "User=a\nAmbientCapabilities=CAP_IPC_LOCK\n", "#!/bin/sh\nsleep 60\n");
    let found = lines(&here);
    let bounding = found.iter().find(|l| l.starts_with("CapabilityBoundingSet=")).unwrap();
    assert!(bounding.contains("CAP_SYS_ADMIN") && !bounding.contains("CAP_IPC_LOCK"), "{found:?}");
}

#[test]
fn a_script_that_is_cut_is_not_known() {
    let long = format!("#!/bin/sh\n{}", "sleep 1\n".repeat(1 << 18));
    assert_eq!(lines(&root("long", "", long)), Vec::<String>::new());
}

#[test]
fn a_known_script_is_what_it_starts() {
    let here = |name: &str| {
        root(name, "", "")
            .program("usr/bin/pg_ctlcluster", "#!/usr/bin/perl\nexec $pg_ctl;\n")
            .file(format!("{UNITS}/a.service"), "[Service]\nExecStart=/usr/bin/pg_ctlcluster %i start\n")
    };
    assert_eq!(lines(&here("cluster-none")), Vec::<String>::new());
    let plain = "#!/bin/sh\nsleep 60\n";
    let here = here("cluster")
        .program("usr/lib/postgresql/17/bin/pg_ctl", plain)
        .program("usr/lib/postgresql/17/bin/postgres", plain);
    let found = lines(&here);
    assert!(has(&found, "ProtectKernelModules=yes") && !has(&found, "RestrictSUIDSGID=yes"), "{found:?}");
}

#[test]
fn what_was_written_before_is_written_anew() {
    let here = root("anew", "", "#!/bin/sh\nsleep 60\n");
    const PLACE: &str = "etc/systemd/system/a.service.d/50-unitlint.conf";
    assert_eq!(here.told("fix --isolated --root . --apply --target-score 8 a.service").0, 0);
    let some = fs::read_to_string(here.at(PLACE)).unwrap();
    // more lines: those that were there are not lost
    assert_eq!(here.told("fix --isolated --root . --apply a.service").0, 0);
    let all = fs::read_to_string(here.at(PLACE)).unwrap();
    let kept = some.lines().filter(|l| l.contains("yes")).all(|l| all.contains(l));
    assert!(kept && all.lines().count() > some.lines().count(), "{some}{all}");
    assert_eq!(here.told("fix --isolated --root . --check a.service").0, 0);
    // the program does something else now
    let here = here.program("usr/libexec/a", "#!/bin/sh\nls /home/a\n");
    let (_, text) = here.told("fix --isolated --root . a.service");
    assert!(text.contains("-ProtectHome=yes"), "{text}");
    let here = here.program("usr/libexec/a", "#!/bin/sh\nread X\n$X\n");
    let (_, text) = here.told("fix --isolated --root . a.service");
    assert!(text.contains("nothing speaks for its lines any more; remove it"), "{text}");
}

/// What came with a program and nothing names has to be switched on first; what its configuration names is on.
#[cfg(target_arch = "x86_64")]
#[test]
fn what_came_along_counts_when_something_names_it() {
    let here = root("compile-companion", "", "");
    let source = "int main(void) { return access(\"/etc/a/a.conf\", 0) + execl(\"/usr/lib/a/\", \"x\", (char *)0); }";
    let program = compiled(&here, "a", source);
    let with = |name: &str, configuration: &str| {
        let here = root(name, "", &program)
            .program("usr/lib/a/helper", "#!/bin/sh\nread X\n$X\n")
            .file("var/lib/dpkg/info/a.list", "/usr/libexec/a\n/usr/lib/a/helper\n/etc/a/a.conf\n")
            .file("etc/a/a.conf", configuration);
        lines(&here)
    };
    assert!(!with("companion", "").is_empty());
    assert_eq!(with("companion-named", "run /usr/lib/a/helper\n"), Vec::<String>::new());
}

/// Other packages add helpers to the directory that a program knows; /etc/xdg is not the program's own.
#[cfg(target_arch = "x86_64")]
#[test]
fn a_directory_is_known_for_what_lies_in_it() {
    let here = root("compile-directory", "", "");
    let source = "int main(void) { return access(\"/etc/xdg\", 0) + access(\"/usr/lib/a\", 0) + execl(\"/bin/a\", \"x\", (char *)0); }";
    let program = compiled(&here, "a", source);
    let with = |name: &str, path: &str, text: &str| lines(&root(name, "", &program).program(path, text));
    let modules = "ProtectKernelModules=yes";
    assert!(has(&with("directory", "usr/lib/b/filter/helper", "#!/bin/sh\nmodprobe a\n"), modules));
    assert!(!has(&with("directory-helper", "usr/lib/a/filter/helper", "#!/bin/sh\nmodprobe a\n"), modules));
    assert!(has(&with("directory-desktop", "etc/xdg/autostart/b.desktop", "Exec=/usr/libexec/a.modprobe\n"), modules));
}

/// The address of a card says nothing of sockets for cards, but where the same file makes sockets of any family.
#[cfg(target_arch = "x86_64")]
#[test]
fn an_address_of_a_card_is_no_packet() {
    let here = root("compile-card", "", "");
    let asks = "#include <sys/ioctl.h>\n#include <sys/socket.h>\nint any(int n);\n";
    let library = linked(
        &here,
        "libany.so",
        "#include <sys/socket.h>\nint any(int n) { return socket(n, 2, 0); }",
        &["-shared", "-fPIC"],
    );
    for (n, (own, request, packets)) in
        [("any(n)", "0x8927", false), ("any(n)", "0x8933", true), ("socket(n, 2, 0)", "0x8927", true)]
            .into_iter()
            .enumerate()
    {
        let source = format!("{asks}int main(int n, char **a) {{ return ioctl({own}, {request}, a) + any(n); }}");
        let program = linked(&here, "a", &source, &["-L.", "-lany"]);
        let here = root(&format!("card-{n}"), "", &program).program("usr/lib/x86_64-linux-gnu/libany.so", &library);
        let families = lines(&here).into_iter().find(|l| l.starts_with("RestrictAddressFamilies=")).unwrap_or_default();
        assert_eq!(families.contains("AF_PACKET"), packets, "{own} {request}: {families}");
        assert!(!families.is_empty());
    }
}

/// A library that lies above the plugin that asks for it is found; a plugin without its library is never loaded.
#[cfg(target_arch = "x86_64")]
#[test]
fn a_plugin_may_lack_a_library() {
    let here = root("compile-plugin", "", "");
    let library = linked(&here, "libown.so", "int own(void) { return setns(3, CLONE_NEWNET); }", &["-shared", "-fPIC"]);
    let plugin =
        linked(&here, "b.so", "int own(void); int b(void) { return own(); }", &["-shared", "-fPIC", "-L.", "-lown"]);
    let names =
        "#include <dlfcn.h>\nint main(void) { return !dlopen(\"/usr/lib/x86_64-linux-gnu/a/plugins/b.so\", 1); }";
    let program = compiled(&here, "a", names);
    let with = |name: &str, service: &str, at: &str| {
        let here = root(name, service, &program).program("usr/lib/x86_64-linux-gnu/a/plugins/b.so", &plugin);
        lines(&here.program(at, &library)).into_iter().find(|l| l.starts_with("RestrictNamespaces"))
    };
    assert_eq!(with("plugin-lacks", "", "usr/lib/elsewhere/libown.so").as_deref(), Some("RestrictNamespaces=yes"));
    let moved = "Environment=LD_LIBRARY_PATH=/usr/lib/elsewhere\n";
    assert_eq!(with("plugin-moved", moved, "usr/lib/elsewhere/libown.so"), None);
    let above = with("plugin-above", "", "usr/lib/x86_64-linux-gnu/a/libown.so");
    assert_eq!(above.as_deref(), Some("RestrictNamespaces=~cgroup ipc mnt pid user uts"));
}

/// The rules of which the lines are proposed for a script whose file has these capabilities.
fn proposed(capabilities: u64) -> Vec<&'static str> {
    const PROGRAM: &str = "/usr/libexec/a";
    const UNIT: &str = "/usr/lib/systemd/system/a.service";
    let tree = Memory::new()
        .file(UNIT, "[Service]\nUser=a\nExecStart=/usr/libexec/a\n")
        .file("/usr/lib/os-release", "ID=a\n")
        .file("/usr/bin/sh", "")
        .file(PROGRAM, "#!/bin/sh\nwhile :; do sleep 60; done\n")
        .rights(PROGRAM, Rights { mode: 0o755, uid: 0, gid: 0 })
        .capabilities(PROGRAM, capabilities);
    let plan = Plan::make(&tree, &[Input::Path(UNIT.into())], &Options::default());
    let mut out = Vec::new();
    let wish = Wish { at_least: Safety::Safe, target: None, tried: false };
    each(&tree, &plan, &Session::default(), wish, |found| {
        out.extend(found.hardening.lines.iter().flat_map(|line| line.rules.iter().map(|rule| rule.id)));
    });
    out
}

#[test]
fn what_a_file_may_is_not_taken_from_it() {
    let (plain, raw) = (proposed(0), proposed(1 << 13));
    for rule in ["no-new-privileges", "cap-net-bind-service-broadcast-raw"] {
        assert!(plain.contains(&rule) && !raw.contains(&rule), "{rule}: {plain:?} {raw:?}");
    }
    assert!(raw.contains(&"cap-sys-admin"), "{raw:?}");
}
