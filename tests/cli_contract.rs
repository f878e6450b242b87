//! What scripts may rely on: how units are named, what is looked at for a path, exit statuses, the members of the JSON
//! documents, colours; and that the scores are systemd's own.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;
#[path = "cli_contract/paths.rs"]
mod paths;

use case::{Case, SERVICE, USER, case};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

fn json(here: &Case, words: &str) -> Value {
    let (_, text) = here.told(words);
    serde_json::from_str(text.lines().find(|l| l.starts_with('{')).unwrap_or_else(|| panic!("{words}: {text}")))
        .unwrap()
}

fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A reader finds what the contract names; there may be more.
fn has(value: &Value, wanted: &str) {
    let there = members(value);
    assert!(wanted.split(' ').all(|w| there.contains(&w)), "{wanted}: {value}");
}

#[test]
fn exit_statuses() {
    let here = case("exits")
        .file("a.service", SERVICE)
        .file("e.service", "")
        .file("d/w.service", format!("{SERVICE}Frob=1\n"));
    let here = here.file("d/r.service", "[Service]\nUser=a:b\n").file("weak.json", r#"{"PrivateTmp":{"weight":0}}"#);
    for (words, status) in [
        ("security a.service", 0),
        ("security e.service", 1),
        ("security a.service e.service", 1),
        ("security d", 0),
        ("security d/r.service", 1),
        ("security d/r.service --exit-zero", 0),
        ("security none.service", 2),
        ("security ./none.service a.service", 2),
        ("security --systemd 252 --threshold 95 a.service", 1),
        ("security --systemd 252 --threshold=96 a.service", 0),
        ("security --systemd 252 --threshold 0 --exit-zero a.service", 0),
        ("security --threshold 101 a.service", 2),
        ("security --threshold -1 a.service", 2),
        ("security --offline=true --no-pager --json=off a.service", 0),
        ("security --security-policy=weak.json a.service", 0),
        ("security --security-policy=e.service a.service", 2),
        ("check a.service", 0),
        ("check a.service --select exposure-score --fail-on note", 1),
        ("check a.service --select exposure-score --fail-on warn", 0),
        ("check a.service --fail-on exposure-score", 1),
        ("check a.service --fail-on exposure", 1),
        ("check a.service --fail-on private-tmp", 0),
        ("check a.service --select all --fail-on private-tmp", 1),
        ("check a.service --fail-on score>9.5,private-tmp", 0),
        ("check a.service --fail-on score>6.0", 1),
        ("check a.service --select all --ignore exposure --fail-on private-tmp", 0),
        ("check a.service --select exposure-score --fail-on warn --fail-on score>9", 1),
        ("check a.service --fail-on score>6.0 --exit-zero", 0),
        ("check a.service --fail-on score>11", 2),
        ("check a.service --fail-on frob", 2),
        ("check a.service --select frob", 2),
        ("check a.service --select exposure-score --ignore exposure-score --fail-on note", 0),
        ("check d/w.service --fail-on correctness", 1),
        ("check none", 2),
        ("check ./none --exit-zero", 2),
        ("check --systemd 300 a.service", 0),
        ("check --systemd plan9 a.service", 2),
        ("check --user --system a.service", 2),
        ("check a.service --fail-on worse", 2),
        ("check a.service --baseline none.json", 2),
        ("check a.service --baseline weak.json", 2),
        ("check a.service --write-baseline weak.json", 2),
        ("check a.service --write-baseline d", 2),
        ("check none --write-baseline new.json", 2),
        ("check a.service --baseline new.json", 2),
        ("check a.service --baseline x --write-baseline x", 2),
        ("diff a.service a.service", 0),
        ("diff a.service e.service", 0),
        ("diff a.service d/w.service", 0),
        ("diff a.service d/w.service --fail-on unknown-key", 1),
        ("diff d/w.service a.service --fail-on unknown-key", 0),
        ("diff a.service d/w.service --fail-on error", 1),
        ("diff a.service d/w.service --fail-on worse", 0),
        ("diff a.service d/w.service --fail-on score>6.0", 0),
        ("diff d . --fail-on score>6.0", 1),
        ("diff a.service", 2),
        ("diff a.service none", 2),
        ("diff - -", 2),
        ("diff - d", 2),
        ("diff . d none", 2),
        ("diff . d a", 0),
        ("cat a.service", 0),
        ("cat", 2),
        ("cat --unit-path . none", 2),
        ("tree a.service", 0),
        ("tree --unit-path . system.slice", 0),
        ("tree --unit-path . none", 2),
        ("tree --unit-path . none.slice", 2),
        ("frob", 2),
        ("--help", 0),
        ("check --help", 0),
        ("--version", 0),
    ] {
        let (exit, text) = here.told(words);
        assert_eq!(exit, status, "{words}: {text}");
        assert!(status < 2 || (text.contains("unitlint: ") || text.contains("error: ")), "{words}: {text}");
    }
}

#[test]
fn members_of_the_documents() {
    let here = case("json")
        .file("a.service", format!("{SERVICE}PrivateTmp=yes\n"))
        .file("a.service.d/x.conf", USER)
        .file("m.service", "");
    let here = here.file("r.service", "[Service]\nExecStart=/bin/a\nUser=a:b\n");
    let security = json(&here, "security --format json --systemd debian13 .");
    has(&security, "systemd modelled_as units");
    assert_eq!((&security["systemd"], &security["units"].as_array().unwrap().len()), (&257.into(), &3));
    let [a, m, r] = [0, 1, 2].map(|i| &security["units"][i]);
    has(a, "path unit scope overall level refused checks");
    assert_eq!(
        (&a["path"], &a["unit"], &a["scope"], &a["refused"]),
        (&"./a.service".into(), &"a.service".into(), &"system".into(), &Value::Null)
    );
    assert!(a["overall"].is_f64() && a["level"].is_string() && a["checks"].as_array().unwrap().len() == 81);
    let check = |id: &str| a["checks"].as_array().unwrap().iter().find(|c| c["id"] == id).unwrap();
    let at = serde_json::json!({"path": "./a.service", "line": 3});
    let whole = serde_json::json!({"id": "PrivateTmp", "set": true, "exposure": null, "rule": "private-tmp", "at": at});
    assert_eq!(*check("PrivateTmp"), whole);
    assert_eq!(check("UserOrDynamicUser")["at"], serde_json::json!({"path": "./a.service.d/x.conf", "line": 2}));
    assert_eq!((&check("PrivateNetwork")["set"], &check("PrivateNetwork")["exposure"]), (&false.into(), &0.5.into()));
    for (unit, why) in [(m, "masked"), (r, "User=a:b")] {
        assert!(unit["overall"].is_null() && unit["level"].is_null() && unit["checks"].as_array().unwrap().is_empty());
        assert!(unit["refused"].as_str().unwrap().contains(why), "{unit}");
    }
    let check = json(&here, "check --format json --select all --systemd 255 .");
    assert_eq!(
        (&check["target"]["systemd"], &check["target"]["modelled_as"], &check["schema"]),
        (&255.into(), &252.into(), &1.into())
    );
    has(&check, "unitlint schema target units findings summary");
    let unit = &check["units"][0];
    assert_eq!((&unit["dropins"], &unit["state"]), (&serde_json::json!(["./a.service.d/x.conf"]), &"loaded".into()));
    assert!(unit["exposure"]["overall"].is_f64() && unit["exposure"]["level"].is_string());
    for finding in check["findings"].as_array().unwrap() {
        has(finding, "rule group level message unit path start end notes fixes verify");
        assert!(finding["start"].is_null() || members(&finding["start"]) == ["byte", "column", "line"]);
    }
    let said = check["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["unit"] == "r.service" && !f["verify"].is_null())
        .unwrap();
    assert_eq!(
        (&said["verify"]["kind"], &said["verify"]["line"], &said["start"]["line"]),
        (&"bad-user".into(), &3.into(), &3.into())
    );
    assert_eq!(check["summary"]["units"], 3);
}

#[test]
fn colours() {
    let here = case("colours").file("a.service", SERVICE);
    let coloured = |form: &str, key: &str| {
        let out = here.command(form).arg("a.service").env(key, "1").output().unwrap();
        out.stdout.contains(&0x1b)
    };
    let forms =
        ["check", "check --format concise", "check --format table", "security", "security --format table", "cat"];
    for form in forms {
        assert!(!coloured(form, "NO_COLOR") && !coloured(form, "LANG"), "{form}");
        assert!(!coloured(&format!("{form} --color never"), "LANG"), "{form}");
        assert!(coloured(&format!("{form} --color always"), "NO_COLOR"), "{form}");
    }
    for form in ["check --format json", "security --format json", "security --json=short", "cat --format json"] {
        assert!(!coloured(&format!("{form} --color always"), "LANG"), "{form}");
    }
}

/// A state is recorded once, and from then on only what gets worse counts.
#[test]
fn a_baseline_is_written_and_kept() {
    let odd = format!("{SERVICE}NoNewPrivileges=yes\nFrob=1\n");
    let here =
        case("baseline").file("a.service", &odd).file("mixed/unitlint.toml", "baseline = \"../b.json\"\nfrob = 1\n");
    let here = here.file("mixed/a.service", &odd).file("kept/unitlint.toml", "baseline = \"state/b.json\"\n");
    let here = here.file("kept/a.service", &odd).file("kept/state/x", "");
    let (status, text) = here.told("check a.service --write-baseline b.json");
    assert!(status == 0 && text.contains("2 findings and the exposure of 1 unit are recorded in b.json"), "{text}");
    let bytes = std::fs::read(here.dir.join("b.json")).unwrap();
    let document = read(&here.dir.join("b.json"));
    has(&document, "unitlint-baseline systemd findings exposures");
    has(&document["findings"][1], "unit scope rule about path");
    has(&document["exposures"][0], "unit scope path exposure");
    assert_eq!(bytes.iter().filter(|b| **b == b'\n').count(), 11, "a line a finding");
    // the same state is the same file, from wherever it is looked at
    let absolute = here.dir.join("a.service").display().to_string();
    for words in
        ["check . --isolated --write-baseline c.json --select unknown-key", "check a.service --write-baseline b.json"]
    {
        assert_eq!(here.told(words).0, 0, "{words}");
    }
    assert_eq!(here.told(&format!("check {absolute} --write-baseline b.json")).0, 0);
    assert_eq!(std::fs::read(here.dir.join("b.json")).unwrap(), bytes);
    let here = here.file("a.service", format!("# moved\n{odd}"));
    let (status, text) = here.told("check a.service --baseline b.json --fail-on note");
    assert!(status == 0 && text.contains("Compared with b.json: 3 findings are known."), "{text}");
    assert_eq!(here.told("check a.service --baseline b.json --fail-on score>0.0").0, 0);
    let here = here.file("a.service", odd.replace("Frob", "Frab"));
    let (status, text) = here.told("check a.service --baseline b.json");
    assert!(status == 1 && text.contains("1 is gone; --write-baseline b.json renews it"), "{text}");
    let here = here.file("a.service", odd.replace("NoNewPrivileges=yes\n", ""));
    for (gate, status) in
        [("", 1), ("--fail-on worse", 1), ("--fail-on warn", 1), ("--fail-on error", 0), ("--exit-zero", 0)]
    {
        let (exit, text) = here.told(&format!("check a.service --baseline b.json --format concise {gate}"));
        assert!(
            exit == status && text.contains("warn[exposure-score] a.service: exposure 9."),
            "{gate} {exit}: {text}"
        );
    }
    let told = json(&here, "check a.service --baseline b.json --format json");
    assert_eq!(told["summary"]["baseline"], serde_json::json!({"known": 2, "gone": 0, "fell": 0}));
    assert!(json(&here, "check a.service --format json")["summary"]["baseline"].is_null());
    // what the configuration names; its own mistakes are never known
    assert_eq!(here.told("check mixed --write-baseline b.json").0, 1);
    let (status, text) = here.told("check mixed");
    assert!(status == 1 && text.contains("frob is no setting") && !text.contains("Frob="), "{text}");
    let (status, text) = here.told("check kept");
    let said = "unitlint.toml:1); --write-baseline kept/state/b.json makes it";
    assert!(status == 2 && text.contains("kept/state/b.json: No such file") && text.contains(said), "{text}");
    assert_eq!(here.told("check kept --no-baseline").0, 1);
    assert_eq!(here.told("check kept --write-baseline kept/state/b.json").0, 0);
    assert_eq!(here.told("check kept").0, 0);
    // other targets find other things
    assert!(here.told("check kept --systemd 252").1.contains("was recorded for systemd 262"));
    let leftovers =
        std::fs::read_dir(&here.dir).unwrap().filter(|e| e.as_ref().unwrap().file_name().as_encoded_bytes()[0] == b'.');
    assert_eq!(leftovers.count(), 0);
}

#[test]
fn members_of_a_difference() {
    let here = case("diff").file("old/a.service", format!("{SERVICE}PrivateTmp=yes\nFrob=1\n"));
    let here = here.file("new/a.service", format!("{SERVICE}MemoryMax=1G\nFrab=1\n")).file("new/b.service", SERVICE);
    let told = json(&here, "diff old new --format json");
    has(&told, "unitlint schema target units summary");
    assert_eq!(told["summary"], serde_json::json!({"worse": 1, "better": 0, "new": 1, "gone": 0, "unchanged": 0}));
    let [a, b] = [0, 1].map(|i| &told["units"][i]);
    has(a, "name scope old new exposure checks settings findings");
    assert_eq!((&a["old"]["path"], &a["new"]["path"]), (&"old/a.service".into(), &"new/a.service".into()));
    assert!(a["exposure"]["old"].as_f64() < a["exposure"]["new"].as_f64());
    let check = serde_json::json!({"rule": "private-tmp", "id": "PrivateTmp",
        "old": {"set": true, "exposure": null}, "new": {"set": false, "exposure": 0.2}});
    assert_eq!(a["checks"], serde_json::json!([check]));
    let [sandbox, resources] = [0, 1].map(|i| &a["settings"][i]);
    has(sandbox, "area section key old new added removed");
    let place = serde_json::json!({"value": "connected", "written": "yes", "path": "old/a.service", "line": 3, "implied_by": null});
    assert_eq!((&sandbox["area"], &sandbox["old"], &sandbox["new"]), (&"sandbox".into(), &place, &Value::Null));
    assert_eq!((&resources["area"], &resources["new"]["written"]), (&"resources".into(), &"1G".into()));
    has(&a["findings"]["new"][0], "rule group level message unit path start end notes fixes verify");
    assert_eq!((&a["findings"]["gone"][0]["path"], &b["old"]), (&"old/a.service".into(), &Value::Null));
    // standard input stands for the file of the other side
    let here = here.stdin(SERVICE);
    let (status, text) = here.told("diff - new/a.service --format concise");
    assert!(status == 0 && text.contains("new/a.service:3: a.service: + MemoryMax=1G"), "{text}");
    assert!(here.told("diff old/a.service - --format concise").1.contains("- PrivateTmp=yes"));
    // a file is looked for in a directory, and two files are compared whatever they are called
    assert!(here.told("diff old/a.service new").1.contains("1 unit: 1 worse"));
    assert!(here.told("diff old/a.service new/b.service").1.contains("compared with old/a.service"));
    assert!(here.told("diff old new b").1.contains("1 unit: 1 new"));
    // what is configured for the new state counts, and a mistake in it is no small thing
    let here = here.file("new/unitlint.toml", "ignore = [\"unknown-key\"]\n");
    assert!(!here.told("diff old new").1.contains("Frab"));
    let here = here.file("new/unitlint.toml", "frob = 1\n");
    let (status, text) = here.told("diff old new");
    assert!(status == 2 && text.contains("new/unitlint.toml:1:1: frob is no setting"), "{text}");
}

fn oracle() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/oracle")
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn unitlint(words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unitlint"));
    let out = command.args(words).current_dir(oracle()).env_clear().output().unwrap();
    (out.status.code(), String::from_utf8(out.stdout).unwrap())
}

/// `fixtures/oracle/record.py` tells how the recordings were made.
#[test]
fn scores_equal_the_recordings() {
    let shape = read(&oracle().join("252/shape.json"));
    let (mut seen, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(oracle().join("252")).unwrap() {
        let path = entry.unwrap().path();
        if path.ends_with("shape.json") {
            continue;
        }
        let want = read(&path);
        let unit = want["unit"].as_str().unwrap();
        let scope = format!("--{}", want["scope"].as_str().unwrap());
        let words = ["security", "--systemd", "252", &scope, "--unit-path", "units"];
        let (status, text) = unitlint(&[&words[..], &["--format", "json", "--", unit]].concat());
        let ours = &serde_json::from_str::<Value>(&text).unwrap()["units"][0];
        let mut say = |what: &str, ours: &Value, theirs: &Value| {
            if ours != theirs {
                wrong.push(format!("{unit}: {what} is {theirs}, not {ours}"));
            }
        };
        say("the exit status", &status.into(), &want["exit"]);
        say("the exposure", &ours["overall"], &want["overall"]);
        say("the level", &ours["level"], &want["level"]);
        // the rows of systemd-analyze's own JSON: the same members, names and texts of numbers
        let (_, short) = unitlint(&[&words[..], &["--json=short", "--", unit]].concat());
        let (_, pretty) = unitlint(&[&words[..], &["--json=pretty", "--", unit]].concat());
        let [short, pretty] = [short, pretty].map(|t| serde_json::from_str(&t).unwrap_or(Value::Array(Vec::new())));
        say("the pretty document", &pretty, &short);
        let rows = short.as_array().unwrap();
        let checks = want["checks"].as_object().unwrap();
        say("the number of rows", &rows.len().into(), &checks.len().into());
        for row in rows {
            let id = row["json_field"].as_str().unwrap();
            say(id, &serde_json::json!([row["set"], row["exposure"]]), &checks[id]);
            say("a name", &row["name"], &shape["names"][id]);
            let mut wanted: Vec<&str> = shape["members"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            wanted.sort_unstable();
            assert_eq!(members(row), wanted);
            assert!(row["description"].as_str().is_some_and(|d| !d.is_empty()), "{id}");
        }
        for check in ours["checks"].as_array().unwrap() {
            let theirs = &checks[check["id"].as_str().unwrap()];
            let number = theirs[1].as_str().map_or(Value::Null, |t| t.parse::<f64>().unwrap().into());
            say(
                "a check of the document",
                &serde_json::json!([check["set"], check["exposure"]]),
                &serde_json::json!([theirs[0], number]),
            );
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 129, "{seen} recordings");
}

/// What is said follows from what is there.
#[test]
fn drop_ins_without_a_unit_behind_them() {
    let dropin = "[Service]\nNice=x\nDynamicUser=yes\nFoo=1\n# unitlint: ignore[protect-home] why\nProtectHome=no\n";
    let here = case::case("behind").tree("masked.service->/dev/null empty.service=");
    let here = ["lost", "masked", "empty", "refused"]
        .iter()
        .fold(here, |here, name| here.file(format!("{name}.service.d/x.conf"), dropin))
        .file("refused.service", "[Service]\nRestart=no\n");
    let cat = |unit: &str| here.told(&format!("cat {unit}")).1;
    // the type of a service follows from its commands, and nothing from a unit that is not taken
    for (unit, implied) in [("lost.service.d", true), ("masked.service", false), ("refused.service", false)] {
        let text = cat(unit);
        assert!(!text.contains("Type=") && text.contains("DynamicUser=yes  # x.conf:3"), "{text}");
        assert_eq!(text.contains("RemoveIPC=yes\n    implied by DynamicUser= at x.conf:3"), implied, "{text}");
    }
    // nor is a check missed that nobody asks of drop-ins alone
    let lost = here.told("check --format concise --select all lost.service.d").1;
    assert!(lost.contains("unknown-key") && !lost.contains("suppression"), "{lost}");
    // whether its sandbox can be undone is known of a whole unit only
    assert!(!lost.contains("escape-") && !lost.contains("removable-sandbox"), "{lost}");
    // systemd reads the drop-ins of what is switched off, and complains of them
    for unit in ["masked", "empty"] {
        let document = json(&here, &format!("check --systemd 252 --format json {unit}.service"));
        let verify: Vec<String> = document["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| format!("{}:{} {}", f["verify"]["file"], f["verify"]["line"], f["verify"]["kind"]))
            .collect();
        let path = format!("\"./{unit}.service.d/x.conf\"");
        assert_eq!(verify, [format!("{path}:2 \"invalid-value\""), format!("{path}:4 \"unknown-key\"")]);
        let unit = &document["units"][0];
        assert_eq!((&unit["state"], unit["dropins"].as_array().unwrap().len()), (&"masked".into(), 1));
        assert!(unit["exposure"].is_null());
    }
}

/// Scripts cut it with text tools.
#[test]
fn the_json_of_systemd_is_laid_out_as_there() {
    let here = case::case("layout").file("a.service", case::SERVICE);
    let members = ["set", "name", "json_field", "description", "exposure"];
    let pretty = here.told("security --json=pretty a.service").1;
    let begins: Vec<&str> = pretty.lines().take(8).map(|l| l.split(" : ").next().unwrap()).collect();
    let row = members.map(|m| format!("\t\t\"{m}\""));
    assert_eq!(begins, [&["[".to_owned(), "\t{".to_owned()], &row[..], &["\t},".to_owned()]].concat());
    let short = here.told("security --json=short a.service").1;
    let places = members.map(|m| short.find(&format!("\"{m}\":")).unwrap());
    assert!(places.is_sorted() && short.starts_with("[{\"set\":") && short.ends_with("}]\n"), "{short}");
}

/// Each check is brought out both ways, so that a rule that always says the same is found.
#[test]
fn the_recordings_cover_every_check() {
    let shape = read(&oracle().join("252/shape.json"));
    let all: Vec<Value> = std::fs::read_dir(oracle().join("252")).unwrap().map(|e| read(&e.unwrap().path())).collect();
    let names = members(&shape["names"]);
    assert_eq!(names.len(), 81);
    for id in names {
        for set in [true, false] {
            assert!(all.iter().any(|r| r["checks"][id][0] == set), "{id} is never {set}");
        }
    }
}
