//! What a release is made with: the bill of materials says what is built in, all of it and nothing else.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test looks at the sources")]

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The bill of the program for a target, twice the same; nothing without Python.
fn bill(target: &str) -> Option<Value> {
    let once = || {
        let mut command = Command::new("python3");
        command.args(["editors/release/bill.py", "sbom", target]).current_dir(env!("CARGO_MANIFEST_DIR"));
        command.env("CARGO", env!("CARGO")).env("SOURCE_DATE_EPOCH", "1000000000").output().ok()
    };
    let (first, second) = (once()?, once()?);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert!(first.stdout == second.stdout, "the same sources, the same bytes");
    Some(serde_json::from_slice(&first.stdout).unwrap())
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

#[test]
fn the_bill_of_materials_is_one() {
    // the machine that runs this has the sources of its own platform
    let Some(bill) = bill("x86_64-unknown-linux-gnu") else {
        eprintln!("there is no Python: not tried");
        return;
    };
    assert_eq!(
        (text(&bill, "bomFormat"), text(&bill, "specVersion"), &bill["version"]),
        ("CycloneDX", "1.5", &1.into())
    );
    let serial = text(&bill, "serialNumber").strip_prefix("urn:uuid:").unwrap();
    let parts: Vec<usize> = serial.split('-').map(str::len).collect();
    assert!(parts == [8, 4, 4, 4, 12] && serial.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()), "{serial}");
    assert_eq!(bill["metadata"]["timestamp"], "2001-09-09T01:46:40Z");
    let own = &bill["metadata"]["component"];
    assert_eq!((text(own, "type"), text(own, "name")), ("application", "unitlint"));
    assert_eq!(text(own, "version"), env!("CARGO_PKG_VERSION"));

    let lock = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock")).unwrap();
    let mut refs = BTreeSet::from([text(own, "bom-ref")]);
    let components = bill["components"].as_array().unwrap();
    for component in components {
        let (name, version) = (text(component, "name"), text(component, "version"));
        assert_eq!(text(component, "type"), "library");
        assert_eq!(text(component, "purl"), format!("pkg:cargo/{name}@{version}"));
        assert!(refs.insert(text(component, "bom-ref")), "{name} {version} is there twice");
        assert!(["required", "excluded"].contains(&text(component, "scope")));
        assert!(!text(&component["licenses"][0], "expression").contains('/'), "{name} has no expression of SPDX");
        let hash = &component["hashes"][0];
        assert_eq!(text(hash, "alg"), "SHA-256");
        let locked = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        let entry = lock.split_once(&locked).unwrap_or_else(|| panic!("{name} {version} is not in Cargo.lock")).1;
        assert!(entry.split("\n\n").next().unwrap().contains(&format!("checksum = \"{}\"", text(hash, "content"))));
    }
    let scope = |name: &str| components.iter().find(|c| c["name"] == name).map(|c| text(c, "scope"));
    for linked in ["serde", "toml", "clap", "mimalloc", "libmimalloc-sys", "lsp-server", "flate2", "iced-x86", "memchr"]
    {
        assert_eq!(scope(linked), Some("required"), "{linked}");
    }
    for builds in ["serde_derive", "syn", "cc"] {
        assert_eq!(scope(builds), Some("excluded"), "{builds}");
    }
    for tests in ["insta", "proptest", "boon", "divan"] {
        assert_eq!(scope(tests), None, "{tests}");
    }
    let graph = bill["dependencies"].as_array().unwrap();
    let heads: BTreeSet<&str> = graph.iter().map(|d| text(d, "ref")).collect();
    assert_eq!(heads, refs, "each says what it depends on");
    let all = graph.iter().flat_map(|d| d["dependsOn"].as_array().unwrap());
    assert!(all.clone().all(|d| refs.contains(d.as_str().unwrap())) && all.count() > components.len());
}
