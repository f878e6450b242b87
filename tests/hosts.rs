//! Facts of machines in files: what is written is read, and units are judged for it.

#![allow(clippy::disallowed_methods, reason = "tests write and read files of their own")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod case;
mod common;

use case::{Case, case};
use common::{text, unitlint};
use std::path::Path;
use unitlint::host::file::{self, PROFILES, Profile};
use unitlint::host::{Host, Hosts};
use unitlint::live::{self, NoKernel};
use unitlint::tree::Disk;
use unitlint::vocab::Scope;

const UNIT: &str = "[Unit]\nDescription=web\nDocumentation=man:web(8)\n\n[Service]\nExecStart=/usr/bin/web\nPrivateTmp=yes\n\
    ProtectSystem=strict\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\nPrivateUsers=yes\nMemoryMax=1G\nIPAddressDeny=any\n\
    MemoryZSwapWriteback=no\n";

fn read(text: &str) -> Result<(Hosts, Vec<String>), String> {
    let mut profile = Profile::default();
    profile.add("it", text.as_bytes())?;
    profile.read()
}

#[test]
fn what_is_saved_is_read_again() {
    for name in ["unified", "hybrid", "legacy", "container", "user"] {
        let look = |scope| live::look(&Disk, &Path::new("fixtures/hosts").join(name), &NoKernel, scope);
        let hosts = Hosts::known("it", look(Scope::System), look(Scope::User));
        let (again, strange) = read(&file::text(&hosts)).unwrap();
        assert!(strange.is_empty(), "{strange:?}");
        for scope in Scope::ALL {
            assert_eq!(hosts.of(*scope), again.of(*scope), "{name}");
        }
    }
}

#[test]
fn profiles_are_read_whole_and_lie_over_one_another() {
    for (name, text) in PROFILES {
        let (hosts, strange) = read(text).unwrap();
        assert!(strange.is_empty(), "{name}: {strange:?}");
        let host = hosts.of(Scope::System);
        assert!(host.manager.bounding.value().is_some() && host.cgroups.layout.value().is_some(), "{name}");
        assert!(text.contains("\"about\""), "{name}");
    }
    let (both, _) = Profile::named("debian13,docker").unwrap().read().unwrap();
    let (first, _) = Profile::named("debian13").unwrap().read().unwrap();
    let (both, first) = (both.of(Scope::System), first.of(Scope::System));
    assert_eq!((both.systemd.get(), both.kernel.get()), (first.systemd.get(), first.kernel.get()));
    assert!(both.manager.bounding.get() < first.manager.bounding.get());
    assert!(Profile::named("debian13,nothing").is_err());
}

#[test]
fn what_nobody_said_of_users_is_not_what_is_said_of_the_system() {
    let (hosts, _) = read(r#"{"system":{"systemd":257,"manager":{"uid":0}}}"#).unwrap();
    let Host { systemd, manager, .. } = hosts.of(Scope::User);
    assert_eq!((systemd.get(), manager.uid.get()), (Some(257), None));
    assert_eq!(hosts.of(Scope::System).manager.uid.get(), Some(0));
}

#[test]
fn a_fact_that_could_not_be_told_covers_none() {
    let mut profile = Profile::named("debian13").unwrap();
    profile.add("mine", br#"{"system":{"btf":{"unknown":"no permission"},"systemd":258}}"#).unwrap();
    let (hosts, _) = profile.read().unwrap();
    assert_eq!((hosts.of(Scope::System).btf.get(), hosts.of(Scope::System).systemd.get()), (Some(true), Some(258)));
}

#[test]
fn wrong_files_are_told() {
    for (text, what) in [
        ("", "it is no JSON"),
        ("[]", "it is no file of facts"),
        ("{}", "it is no file of facts"),
        (r#"{"system":{"systemd":"new"}}"#, "system.systemd has to be a whole number (u16), not \"new\""),
        (r#"{"system":{"systemd":70000}}"#, "system.systemd has to be"),
        (r#"{"system":{"manager":3}}"#, "system.manager has to hold facts, not 3"),
        (
            r#"{"system":{"manager":{"capabilities":["CAP_FOO"]}}}"#,
            "system.manager.capabilities has to be a list of cap",
        ),
        (r#"{"user":{"calls":{"mount":"perhaps"}}}"#, "user.calls.mount has to be \"allowed\""),
        (r#"{"system":{"cpus":"a-b"}}"#, "system.cpus has to be ranges"),
    ] {
        let said = read(text).map(|_| ()).unwrap_err();
        assert!(said.starts_with(what), "{text}: {said}");
    }
    let (_, strange) = read(r#"{"system":{"kernal":"6.1","calls":{"open":"allowed"}},"extra":1}"#).unwrap();
    assert_eq!(strange, ["extra", "system.calls.open", "system.kernal"]);
}

/// What a command says of the unit on a machine.
fn said(here: &Case, args: &str) -> String {
    let out = here.command(&args.replacen(' ', " --isolated ", 1)).output().unwrap();
    format!("$ unitlint {args}\n{}[{}]\n\n", text(&out), out.status.code().unwrap())
}

#[test]
fn units_are_judged_for_a_machine() {
    let here = case("machines")
        .file("web.service", UNIT)
        .file("facts.json", r#"{"system":{"kernal":"6.1","cgroups":{"layout":"legacy","controllers":["cpu"]}}}"#)
        .file("broken.json", r#"{"system":{"systemd":"new"}}"#);
    let mut out = String::new();
    for args in [
        "dry-run --host debian13 web.service",
        "dry-run --host debian13,docker web.service",
        "dry-run --host debian12,lxc --format concise web.service",
        "check --host debian13,docker --select host-refuses,host-skips web.service",
        "check --host debian13,facts.json --select host-refuses,host-skips --format concise web.service",
        "dry-run --host debian13,docker --format github web.service",
        "security --host debian13,docker --format concise web.service",
        "security --host debian13,facts.json web.service",
        "security --host debian13,facts.json --format concise web.service",
        "check --host debian14 web.service",
        "check --host broken.json web.service",
        "check --host debian13,this web.service",
        "dry-run --host debian13 --try web.service",
    ] {
        out.push_str(&said(&here, args));
    }
    insta::with_settings!({ snapshot_path => "../snapshots/dry-run", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("host", out);
    });
}

#[test]
fn the_facts_of_a_root_are_saved() {
    let here = case("saved");
    let root = format!("{}/fixtures/hosts/unified", env!("CARGO_MANIFEST_DIR"));
    let saved = here.at("facts.json");
    let out = unitlint(&["dry-run", "--isolated", "--root", &root, "--save", saved.to_str().unwrap()]);
    assert!(out.status.code().is_some_and(|c| c < 2), "{}", text(&out));
    let value: serde_json::Value = serde_json::from_slice(&std::fs::read(&saved).unwrap()).unwrap();
    assert_eq!(value["system"]["cgroups"]["layout"]["value"], "unified");
    assert!(value["system"]["users"]["value"]["ids"].as_object().is_some_and(|ids| ids.contains_key("root")));
}
