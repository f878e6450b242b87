//! `unitlint audit`: what it says of packages, that many runs come to the same as one, and what changed.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;

use case::{Case, case};
use serde_json::Value;
use std::fs;

const UNITS: &str = "usr/lib/systemd/system";
const BARE: &str = "[Unit]\nDescription=web\n\n[Service]\nExecStart=/usr/bin/web\nPrivateTmp=maybe\n\n[Install]\nWantedBy=multi-user.target\n";
const HARD: &str = "[Unit]\nDescription=web\n\n[Service]\nExecStart=/usr/bin/web\nPrivateTmp=yes\nProtectSystem=strict\nProtectHome=yes\n\
    NoNewPrivileges=yes\nPrivateDevices=yes\n\n[Install]\nWantedBy=multi-user.target\n";

/// A tar archive with these files.
fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut out = tar::Builder::new(Vec::new());
    for (path, text) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        out.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    out.into_inner().unwrap()
}

/// A directory with packages, a few of them with the same file.
fn packages(name: &str) -> Case {
    let service = format!("{UNITS}/web.service");
    let mut here = case(name);
    for (n, unit) in [BARE, HARD, BARE, HARD, HARD].iter().enumerate() {
        here = here.file(format!("all/p{n}.tar"), tar(&[(&service, unit), ("usr/share/doc/p/readme", "x")]));
    }
    let mut cut = tar(&[(&service, BARE), (&format!("{UNITS}/other.service"), HARD)]);
    cut.truncate(1536);
    here.file("all/p9.tar", cut).file("all/readme.txt", "no package")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn a_directory_of_packages() {
    let here = packages("table");
    let mut out = String::new();
    for words in [
        "audit all",
        "audit --format concise all/p0.tar all/p9.tar",
        "audit all/p1.tar",
        "audit --format prometheus all",
    ] {
        let (status, text) = here.told(&words.replacen("audit", "audit --isolated --systemd 257", 1));
        out.push_str(&format!("$ unitlint {words}\n{text}[{status}]\n\n"));
    }
    insta::with_settings!({ snapshot_path => "../snapshots/audit", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("human", out);
    });
}

#[test]
fn parts_come_to_the_same_as_the_whole() {
    let here = packages("shards");
    let (_, whole) = here.told("audit --isolated --format json all");
    let mut lines = 0;
    for n in 1..=3 {
        let (_, part) = here.told(&format!("audit --isolated --format ndjson --shard {n}/3 all"));
        lines += part.lines().count();
        fs::write(here.at(format!("parts/{n}.ndjson")), part).unwrap();
    }
    assert_eq!(lines, 6);
    let (_, merged) = here.told("audit --isolated --format json parts");
    let (whole, merged) = (json(&whole), json(&merged));
    assert_eq!(whole["summary"], merged["summary"]);
    let sorted = |v: &Value| {
        let mut all: Vec<String> = v["packages"].as_array().unwrap().iter().map(Value::to_string).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&whole), sorted(&merged));
    // what many threads do comes out as what one does
    let of = |jobs: &str| here.told(&format!("audit --isolated --format ndjson --jobs {jobs} all")).1;
    assert_eq!(of("1"), of("5"));
}

#[test]
fn what_changed_from_one_set_to_another() {
    let service = format!("{UNITS}/web.service");
    let here = case("compare")
        .file("old/web.tar", tar(&[(&service, HARD)]))
        .file("old/gone.tar", tar(&[(&service, BARE)]))
        .file("new/web.tar", tar(&[(&service, BARE)]))
        .file("new/came.tar", tar(&[(&service, HARD)]));
    let (status, text) = here.told("audit --isolated --compare old new");
    assert_eq!(status, 1, "{text}");
    insta::with_settings!({ snapshot_path => "../snapshots/audit", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("compare", text);
    });
    let (status, text) = here.told("audit --isolated --compare new old");
    assert_eq!(status, 0, "{text}");
}

#[test]
fn what_cannot_be_looked_at_is_told() {
    let here = packages("wrong").file("broken.ndjson", "{\"name\":3}\n");
    for (words, said) in [
        ("audit --isolated nothing.deb", "nothing.deb: "),
        ("audit --isolated all/readme.txt", "all/readme.txt: "),
        ("audit --isolated broken.ndjson", "broken.ndjson:1: it is no package that an audit has written"),
        ("audit --isolated --shard 3/2 all", "give I/N"),
        ("audit --isolated --write pdf=x all", "pdf is no format of an audit"),
    ] {
        let (status, text) = here.told(words);
        assert_eq!(status, 2, "{words}: {text}");
        assert!(text.contains(said), "{words}: {text}");
    }
    let (status, text) = here.told("audit --isolated --select archive-fault all");
    assert_eq!(status, 1, "{text}");
}

#[test]
fn a_page_is_written_beside() {
    let here = packages("page");
    let (status, text) =
        here.told("audit --isolated --exit-zero --write html=page.html --write ndjson=all.ndjson --title Mine all");
    assert_eq!(status, 0, "{text}");
    let page = fs::read_to_string(here.at("page.html")).unwrap();
    assert!(page.contains("<title>Mine") && page.contains("web.service") && !page.contains("{{"), "{}", page.len());
    assert_eq!(fs::read_to_string(here.at("all.ndjson")).unwrap().lines().count(), 6);
}
