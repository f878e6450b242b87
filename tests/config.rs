//! `unitlint.toml`: where it is looked for, what each setting does, what beats it, and that every mistake in it is a finding
//! at its place. And rules of one's own.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;

use case::{Case, SERVICE, case};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use unitlint::engine::config::{self, SETTINGS};
use unitlint::tree::Memory;

/// A service with a mistake (`unknown-key`), and a configuration beside it, the root of a repository.
fn with(name: &str, toml: impl AsRef<[u8]>) -> Case {
    case(name).tree(".git/x=").file("a.service", format!("{SERVICE}Frob=1\n")).file("unitlint.toml", toml)
}

/// The rules that spoke about the units, and the exit status.
fn spoke(here: &Case, words: &str) -> (Vec<String>, i32) {
    let (status, text) = here.told(&format!("check --format json {words}"));
    let line = text.lines().find(|l| l.starts_with('{')).unwrap_or_else(|| panic!("{words}: {text}"));
    let value: Value = serde_json::from_str(line).unwrap();
    // how the score of resources is selected is told by tests/resources.rs
    let findings = value["findings"].as_array().unwrap().iter().filter(|f| f["rule"] != "resource-score");
    (findings.map(|f| format!("{} {}", f["level"].as_str().unwrap(), f["rule"].as_str().unwrap())).collect(), status)
}

/// The settings that are in force: `name = value`, each with who says so.
fn in_force(here: &Case, words: &str) -> Vec<(String, String)> {
    let (_, text) = here.told(&format!("config {words}"));
    let lines = text.lines().filter(|l| l.contains(" = ")).filter_map(|l| l.split_once("  # "));
    lines.map(|(what, from)| (what.trim().to_owned(), from.to_owned())).collect()
}

#[test]
fn it_is_searched_upward_to_the_root_of_the_repository() {
    let file = |tree: Memory, path: &str| tree.file(path, "");
    for (files, from, found) in [
        ("/r/.git/HEAD /r/unitlint.toml", "/r/a/b", "/r/unitlint.toml"),
        ("/r/.git/HEAD /r/unitlint.toml /r/a/unitlint.toml", "/r/a/b", "/r/a/unitlint.toml"),
        ("/r/.git /r/unitlint.toml", "/r/a/b", "/r/unitlint.toml"),
        ("/r/.git/HEAD /unitlint.toml", "/r/a/b", ""),
        ("/r/.git/HEAD /r/a/.git /r/unitlint.toml", "/r/a/b", ""),
        ("/r/unitlint.toml", "/r/a", ""),
        ("/r/unitlint.toml", "/r", "/r/unitlint.toml"),
        ("/unitlint.toml", "/", "/unitlint.toml"),
        ("/r/.git/HEAD /r/unitlint.toml/x", "/r/a", "/r/unitlint.toml"),
    ] {
        let tree = files.split(' ').fold(Memory::new(), file);
        let path = config::search(&tree, Path::new(from)).map(|(path, _)| path.display().to_string());
        assert_eq!(path.unwrap_or_default(), found, "{files} from {from}");
    }
}

#[test]
fn the_search_begins_where_the_inputs_are() {
    let here = with("inputs", "systemd = 252").tree("sub/a.service sub/deep/b.service other/c.service");
    let here = here.file("sub/unitlint.toml", "systemd = 253").file("other/unitlint.toml", "systemd = 254");
    let here = here.file("my.toml", "systemd = 255").stdin(SERVICE);
    for (words, release) in [
        ("", 252),
        (".", 252),
        ("./a.service", 252),
        ("sub", 253),
        ("sub/a.service", 253),
        ("sub/deep/b.service", 253),
        ("sub/../other/./c.service", 254),
        ("sub/a.service sub/deep/b.service", 253),
        ("sub/a.service other/c.service", 252),
        ("--root sub", 252),
        ("- --stdin-filename sub/x.service", 253),
        ("-", 252),
        ("nowhere.service --root sub", 252),
        ("sub --config my.toml", 255),
        ("sub --isolated", 262),
        ("--systemd 257 sub", 257),
    ] {
        let (_, text) = here.told(&format!("config {words}"));
        let said = text.lines().find(|l| l.contains("systemd = ")).unwrap_or("systemd = \"262\"");
        assert!(said.starts_with(&format!("systemd = \"{release}\"")), "{words}: {text}");
    }
    let (status, text) = here.told("check --isolated --config my.toml .");
    assert!(status == 2 && text.contains("cannot be used with"), "{text}");
    // a repository in a repository is one of its own
    let here = here.tree("sub/deep/.git");
    assert!(in_force(&here, "sub/deep").is_empty());
}

#[test]
fn each_setting_does_what_it_says() {
    let own = "summary = \"no limit\"\nrationale = \"r\"\nlevel = \"error\"\ncheck = { kind = \"required\", key = \"MemoryMax\" }\n";
    let score = || "note exposure-score".to_owned();
    for (toml, findings, status) in [
        ("", vec!["error unknown-key".into(), score()], 1),
        ("select = [\"versions\"]", vec![], 0),
        ("select = \"unknown-key\"", vec!["error unknown-key".into()], 1),
        ("select = [\"versions\"]\nextend-select = [\"exposure-score\"]", vec![score()], 0),
        ("ignore = [\"correctness\"]", vec![score()], 0),
        ("ignore = [\"all\"]", vec![], 0),
        ("levels.unknown-key = \"note\"", vec!["note unknown-key".into(), score()], 0),
        ("levels = { correctness = \"allow\", unknown-key = \"warn\" }", vec!["warn unknown-key".into(), score()], 0),
        ("levels = { all = \"allow\", exposure = \"error\" }", vec!["error exposure-score".into()], 1),
        ("levels.private-tmp = \"error\"", vec!["error unknown-key".into(), score()], 1),
        ("rule-set = \"0.1\"", vec!["error unknown-key".into(), score()], 1),
        ("rule-set = \"0.0\"", vec![], 0),
        ("rule-set = 0.0\nextend-select = \"unknown-key\"", vec!["error unknown-key".into()], 1),
        ("fail-on = [\"score>9.9\"]", vec!["error unknown-key".into(), score()], 0),
        ("fail-on = [\"score>9.9\", \"exposure\"]", vec!["error unknown-key".into(), score()], 1),
        ("fail-on = \"note\"\nselect = \"exposure-score\"", vec![score()], 1),
        ("fail-on = \"resources>9.9\"", vec!["error unknown-key".into(), score()], 0),
        ("fail-on = \"resources>1.0\"", vec!["error unknown-key".into(), score()], 1),
        ("fail-on = \"private-tmp\"", vec!["error unknown-key".into(), score()], 0),
        ("rules = [\"own\"]\nignore = [\"correctness\", \"exposure\"]", vec!["error limit".into()], 1),
        (
            "rules = \"own\"\nselect = \"policy\"\nlevels.limit = \"note\"\nrule-set = \"0.0\"",
            vec!["note limit".into()],
            0,
        ),
        ("per-file = [{ paths = [\"a.*\"], ignore = [\"unknown-key\"] }]", vec![score()], 0),
        ("per-file = [{ paths = \"b.*\", ignore = [\"unknown-key\"] }]", vec!["error unknown-key".into(), score()], 1),
        (
            "[[per-file]]\npaths = [\"*.service\"]\nlevels.unknown-key = \"warn\"",
            vec!["warn unknown-key".into(), score()],
            0,
        ),
        ("[[per-file]]\npaths = [\"*.service\"]\nlevels.exposure = \"allow\"", vec!["error unknown-key".into()], 1),
        ("security-policy = \"policy.json\"", vec!["error unknown-key".into()], 1),
    ] {
        let only = "{\"UserOrDynamicUser\":{\"weight\":1}}".to_owned();
        let all = unitlint::rule::exposure_rules().filter(|(_, e)| e.id != "PrivateTmp" && e.id != "UserOrDynamicUser");
        let none: Vec<String> = all.map(|(_, e)| format!("\"{}\":{{\"weight\":0}}", e.id)).collect();
        let policy = format!("{},{}}}", only.trim_end_matches('}').to_owned() + "}", none.join(","));
        let here = with("settings", toml).file("own/limit.toml", own);
        let here =
            here.file("a.service", format!("{SERVICE}Frob=1\nPrivateTmp=yes\nUser=app\n")).file("policy.json", policy);
        assert_eq!(spoke(&here, "a.service"), (findings, status), "{toml}");
    }
    // for whom
    for (toml, words, shown) in [
        (
            "systemd = \"debian12\"",
            "check --format json",
            "\"systemd\":252,\"modelled_as\":252,\"arch\":\"x86-64\",\"kernel\":\"6.1\"",
        ),
        ("systemd = \"debian12\"\nkernel = 6.10", "check --format json", "\"kernel\":\"6.10\""),
        ("kernel = \"6.12.3-amd64\"", "check --format json", "\"kernel\":\"6.12\""),
        ("arch = \"aarch64\"", "check --format json", "\"arch\":\"arm64\""),
        ("scope = \"user\"", "check --format json", "\"scope\":\"user\""),
        ("systemd = 252", "security --format json", "\"systemd\":252"),
        ("scope = \"user\"", "security --format json", "\"scope\":\"user\""),
        ("scope = \"user\"", "cat --format json", "\"scope\":\"user\""),
    ] {
        let (_, text) = with("target", toml).told(&format!("{words} a.service"));
        assert!(text.contains(shown), "{toml}: {text}");
    }
    // there is no preview among the built-in rules that one could wait for
    let here = with("preview", "rules = [\"own\"]").file("own/limit.toml", format!("status = \"preview\"\n{own}"));
    assert!(!spoke(&here, "a.service").0.contains(&"error limit".to_owned()));
    let here = here.file("unitlint.toml", "rules = [\"own\"]\npreview = true\nignore = \"unknown-key\"");
    let (findings, status) = spoke(&here, "a.service");
    assert!(findings.contains(&"error limit".to_owned()) && status == 0, "a preview fails no run: {findings:?}");
}

#[test]
fn arguments_beat_the_file() {
    let toml = "systemd = \"debian12\"\nkernel = \"6.1\"\narch = \"arm64\"\nscope = \"user\"\nselect = [\"versions\"]\n\
        extend-select = [\"file-mode\"]\nignore = [\"unknown-key\"]\nrule-set = \"0.0\"\nfail-on = [\"error\"]\n";
    let here = with("arguments", toml).file("policy.json", "{}");
    let said = |words: &str, what: &str, from: &str| {
        let all = in_force(&here, words);
        assert!(all.contains(&(what.to_owned(), from.to_owned())), "{words}: {what} of {from} is not in {all:?}");
    };
    said("--systemd 257", "systemd = \"257\"", "--systemd");
    said("--systemd 257", "kernel = \"6.1\"", "unitlint.toml:2");
    said("--kernel 6.12", "kernel = \"6.12\"", "--kernel");
    said("--arch s390x", "arch = \"s390x\"", "--arch");
    said("--system", "scope = \"system\"", "--system");
    said("--select private-tmp,all", "select = [\"private-tmp\", \"all\"]", "--select");
    said(
        "--extend-select exposure",
        "extend-select = [\"file-mode\", \"exposure\"]",
        "unitlint.toml:6, --extend-select",
    );
    said("--ignore exposure", "ignore = [\"unknown-key\", \"exposure\"]", "unitlint.toml:7, --ignore");
    said("--rule-set 0.1", "rule-set = \"0.1\"", "--rule-set");
    said("--fail-on note", "fail-on = [\"note\"]", "--fail-on");
    said("--preview", "preview = true", "--preview");
    said("--security-policy policy.json", "security-policy = \"policy.json\"", "--security-policy");
    // what --select replaces is not extended by the file
    assert!(!in_force(&here, "--select all").iter().any(|(what, _)| what.starts_with("extend-select")));
    assert_eq!(spoke(&here, "--select exposure-score a.service"), (vec!["note exposure-score".into()], 0));
    assert_eq!(spoke(&here, "--select exposure-score --fail-on note a.service").1, 1);
    assert_eq!(spoke(&here, "--select unknown-key a.service").0, [""; 0]);
    // the kernel of a distribution goes with it, one that was named stays
    let here = with("kernels", "systemd = \"debian12\"\n");
    let kernel = |words: &str| {
        let (_, text) = here.told(&format!("check --format json {words} a.service"));
        text.split("\"kernel\":").nth(1).unwrap().split('}').next().unwrap().to_owned()
    };
    assert_eq!(
        (kernel(""), kernel("--systemd 257"), kernel("--systemd debian13")),
        ("\"6.1\"".into(), "null".into(), "\"6.12\"".into())
    );
    assert_eq!(kernel("--systemd debian13 --kernel 5.10"), "\"5.10\"");
}

/// `path:line:column` of each finding about the configuration, with what it says.
fn mistakes(here: &Case) -> Vec<(String, String)> {
    let (status, text) = here.told("check --format concise a.service");
    let found = text.lines().filter_map(|l| l.split_once(": error[configuration] "));
    let found: Vec<_> = found.map(|(at, what)| (at.to_owned(), what.split_once(": ").unwrap().1.to_owned())).collect();
    assert_eq!(status, 1, "{text}");
    // the others tell it too
    for command in ["security", "cat"] {
        let (status, text) = here.told(&format!("{command} a.service"));
        assert!(
            status == 2 && found.iter().all(|(at, what)| text.contains(at) && text.contains(what)),
            "{command}: {text}"
        );
    }
    for command in ["config", "config --format json"] {
        let (status, text) = here.told(command);
        assert!(
            status == 1 && found.iter().all(|(_, what)| text.contains(what.split(' ').next().unwrap())),
            "{command}: {text}"
        );
    }
    found
}

#[test]
fn every_mistake_is_a_finding_at_its_place() {
    let known = SETTINGS.iter().map(|s| s.name).collect::<Vec<_>>().join(", ");
    let check = |toml: &[u8], wanted: &[(&str, &str)]| {
        let here = with("mistakes", toml);
        let found = mistakes(&here);
        let text = String::from_utf8_lossy(toml);
        assert_eq!(found.len(), wanted.len(), "{text}: {found:#?}");
        for ((at, what), (place, says)) in found.iter().zip(wanted) {
            assert!(
                *at == format!("unitlint.toml:{place}") && what.contains(says),
                "{text}: {says} at {place}: {at}: {what}"
            );
        }
    };
    let one = |toml: &str, at: &str, says: &str| check(toml.as_bytes(), &[(at, says)]);
    one("sytemd = 257", "1:1", "sytemd is no setting");
    one("\n  [tool.unitlint]\nselect = \"all\"\n", "2:4", "tool is no setting");
    one("systemd = \"debain13\"", "1:11", "debain13 is neither a systemd release");
    one("systemd = 12", "1:11", "there is no systemd 12");
    one("systemd = [\"257\"]", "1:11", "a text in quotes");
    one("kernel = \"six\"", "1:10", "six is no kernel version");
    one("arch = \"arm65\"", "1:8", "arm65 is no architecture; did you mean arm64?");
    one("scope = \"host\"", "1:9", "host is no scope: system or user");
    one("select = [\"all\",\n  \"privat-tmp\"]", "2:3", "did you mean private-tmp?");
    one("select = 3", "1:10", "a list of texts");
    one("ignore = { all = true }", "1:10", "a list of texts");
    one("extend-select = [[\"all\"]]", "1:18", "a text in quotes");
    one("levels = [\"all\"]", "1:10", "a table of rules with their levels");
    one("levels.private-tmp = \"fatal\"", "1:22", "fatal is no level: allow, note, warn or error");
    one("[levels]\nprivat-tmp = \"warn\"", "2:1", "did you mean private-tmp?");
    one("levels.private-tmp = true", "1:22", "a text in quotes");
    one("[per-file]\npaths = [\"x\"]", "1:1", "[[per-file]]");
    one("per-file = [\"x\"]", "1:13", "a table with paths");
    one("[[per-file]]\nignore = \"all\"", "1:1", "paths is missing");
    one("[[per-file]]\npaths = []", "1:1", "paths is missing");
    one("[[per-file]]\npaths = [\"a\", \"[b\"]", "2:15", "[b is no pattern: a [ is not closed");
    one("[[per-file]]\npaths = \"a\"\nignroe = \"all\"", "3:1", "ignroe is no setting");
    one("[[per-file]]\npaths = \"a\"\nlevels.all = \"x\"", "3:14", "x is no level");
    one("preview = \"yes\"", "1:11", "true or false");
    one("rule-set = \"new\"", "1:12", "no release of unitlint");
    one("rule-set = 9.0", "1:12", "this is unitlint ");
    one("fail-on = [\"error\", \"score>11\"]", "1:21", "a number from 0 to 10");
    one("fail-on = \"allow\"", "1:11", "neither a level (note, warn, error)");
    one("security-policy = \"none.json\"", "1:19", "none.json: No such file");
    one("security-policy = \"a.service\"", "1:19", "not JSON");
    one("rules = [\"none\"]", "1:10", "none: No such file");
    one("rules = [\"a.service\"]", "1:10", "a.service: Not a directory");
    check("select = [\"ü\", \"\u{1F600}x\"]".as_bytes(), &[("1:11", "ü is neither"), ("1:16", "x is neither")]);
    check(b"# \xff\n", &[("1:3", "not UTF-8")]);
    check(b"systemd = 257\nselect = [\"all\", \"\xc3\x28\"]", &[("2:19", "not UTF-8")]);
    // what is broken in one place does not hide what is wrong in another, and does not repeat itself
    let broken =
        "x = \nsystemd = 12\n\n[levels\nall = \"warn\"\n\nkernel = six\n\nselect = [\"all\" \"x\"]\nscope = \"host\"\n";
    let here = with("broken", broken);
    let found = mistakes(&here);
    let at = |place: &str| found.iter().filter(|(at, _)| at == &format!("unitlint.toml:{place}")).count();
    assert!(at("1:5") == 1 && at("2:11") == 1 && at("9:17") == 1, "{found:#?}");
    assert!(found.len() < 12, "{found:#?}");
    let unclosed = format!("select = [\"all\",\n{}", "systemd = 257\n".repeat(40));
    assert!(mistakes(&with("unclosed", unclosed)).len() < 4);
    // did you mean
    let (_, text) = with("near", "sytemd = 257\nzzz = 1\n").told("check a.service");
    assert!(
        text.contains("did you mean systemd?")
            && text.replace("\n        ", " ").contains(&format!("there are {known}")),
        "{text}"
    );
    // what is right in the file counts
    let here = with("right", "frob = 1\nignore = [\"unknown-key\", \"frob\", \"exposure-score\"]\n");
    assert_eq!(spoke(&here, "a.service").0, ["error configuration", "error configuration"]);
}

#[test]
fn what_cannot_be_read_is_a_finding_too() {
    let unreadable = |here: &Case, says: &str| {
        let found = mistakes(here);
        assert!(
            found.len() == 1 && found[0].0 == "unitlint.toml:1:1" && found[0].1.contains(says),
            "{says}: {found:?}"
        );
        // an argument that names it cannot be followed at all
        let (status, text) = here.told("check --config unitlint.toml a.service");
        assert!(status == 2 && text.contains(says), "{text}");
    };
    let bare = |name: &str| case(name).tree(".git/x= a.service");
    unreadable(&bare("directory").tree("unitlint.toml/x="), "no regular file");
    unreadable(&bare("loop").tree("unitlint.toml->b b->unitlint.toml"), "links go in a circle");
    let here = bare("fifo");
    assert!(Command::new("mkfifo").arg(here.at("unitlint.toml")).status().unwrap().success());
    unreadable(&here, "no regular file");
    let here = bare("large");
    let file = fs::File::create(here.at("unitlint.toml")).unwrap();
    for size in [(1 << 20) + 1, 64 << 20, (64 << 20) + 1] {
        file.set_len(size).unwrap();
        unreadable(&here, "larger than 1 MiB");
    }
    let here = with("shut", "");
    fs::set_permissions(here.dir.join("unitlint.toml"), fs::Permissions::from_mode(0o000)).unwrap();
    // root may read everything
    if fs::read(here.dir.join("unitlint.toml")).is_err() {
        unreadable(&here, "ermission denied");
    }
    let (status, text) = bare("none").told("check --config none.toml a.service");
    assert!(status == 2 && text.contains("none.toml: there is no such file"), "{text}");
}

/// A link is followed where it does not lead out of the repository: else a checkout could have any file shown.
#[test]
fn links_are_followed_inside_the_repository() {
    let here = bare_secret("links").link("r/unitlint.toml", "etc/my.toml").file("r/etc/my.toml", "systemd = 252");
    assert_eq!(in_force(&here, "r"), [("systemd = \"252\"".to_owned(), "r/unitlint.toml:1".to_owned())]);
    let secret = bare_secret("secret").dir.join("secret.toml");
    for target in ["../secret.toml", "../../secret.toml", secret.to_str().unwrap(), "/etc/passwd", "/proc/self/environ"]
    {
        let here = bare_secret("out").link("r/unitlint.toml", target);
        let (status, text) = here.told("check --format human --all r");
        assert!(
            status == 1 && text.contains("a link that leads nowhere in") && !text.contains("hush"),
            "{target}: {text}"
        );
        let here = bare_secret("rules").file("r/unitlint.toml", "rules = [\"own\"]").link("r/own/x.toml", target);
        let (status, text) = here.told("check --format human --all r");
        assert!(
            status == 1 && text.contains("a link that leads nowhere in") && !text.contains("hush"),
            "{target}: {text}"
        );
    }
}

/// A repository, and something beside it that is nobody's business.
fn bare_secret(name: &str) -> Case {
    case(name).tree("r/.git/x= r/a.service").file("secret.toml", "hush = \"hush\"\n")
}

#[test]
fn what_is_in_force_could_be_written_down() {
    let all: String = SETTINGS.iter().map(|s| format!("{} = {}\n", s.name, s.example)).collect();
    let here = with("written", all).file("policy.json", "{}").tree("policy/x=");
    let (status, first) = here.told("config --ignore unknown-key --preview");
    assert_eq!(status, 0, "{first}");
    assert!(first.contains("# unitlint.toml:1\n") && first.contains("# unitlint.toml:7, --ignore\n"), "{first}");
    // what is printed says the same when it is read
    let values = |text: &str| {
        let lines =
            text.lines().filter(|l| !l.starts_with('#')).map(|l| l.split("  # ").next().unwrap().trim_end().to_owned());
        lines.collect::<Vec<_>>()
    };
    let again = with("again", &first).file("policy.json", "{}").tree("policy/x=");
    let (status, second) = again.told("config");
    assert_eq!((status, values(&second)), (0, values(&first)));
    let (_, text) = here.told("config --format json --isolated");
    let nothing: Value = serde_json::from_str(&text).unwrap();
    let settings = nothing["settings"].as_array().unwrap();
    assert!(nothing["file"].is_null() && settings.len() == SETTINGS.len() - 2, "{text}");
    assert!(settings.iter().all(|s| s["value"].is_null() && s["from"] == Value::Array(Vec::new())), "{text}");
    let names: Vec<&str> = settings.iter().map(|s| s["name"].as_str().unwrap()).collect();
    let known = SETTINGS.iter().map(|s| s.name).filter(|n| !["levels", "per-file"].contains(n));
    assert_eq!(names, known.collect::<Vec<_>>());
}

const LIMIT: &str = r##"summary = "no memory limit"
rationale = "One service may not take the memory of all."
level = "error"
check = { kind = "required", key = "MemoryMax" }
fix = { set = "MemoryMax=1G", safety = "unsafe" }

[[example]]
text = """
#~ memory-limit
[Service]
ExecStart=/bin/true
"""
fixed = """
[Service]
ExecStart=/bin/true
MemoryMax=1G
"""
"##;

#[test]
fn rules_of_ones_own_are_rules_like_the_others() {
    let here = with("own", "rules = [\"policy\"]")
        .file("policy/memory-limit.toml", LIMIT)
        .tree("policy/README= policy/sub/x.toml=");
    assert_eq!(spoke(&here, "--select policy a.service"), (vec!["error memory-limit".into()], 1));
    assert_eq!(spoke(&here, "--ignore policy,correctness a.service").1, 0);
    assert_eq!(spoke(&here, "--fail-on memory-limit a.service").1, 1);
    let (_, text) = here.told("check --select memory-limit a.service");
    assert!(text.contains("no memory limit") && text.contains("write MemoryMax=1G"), "{text}");
    let suppressed = format!("# unitlint: ignore[memory-limit] measured\n{SERVICE}");
    let here = here.file("b.service", suppressed);
    assert_eq!(spoke(&here, "--select policy,suppression b.service"), (vec![], 0));
    let (status, text) = here.told("explain memory-limit");
    assert!(
        status == 0 && text.contains("One service may not take") && text.contains("policy: rules of your own"),
        "{text}"
    );
    let (status, text) = here.told("explain memory-limt");
    assert!(status == 2 && text.contains("did you mean memory-limit?"), "{text}");
    let (_, text) = here.told("rules");
    assert!(text.contains("error  memory-limit "), "{text}");
    for words in ["rules test", "rules test policy"] {
        assert_eq!(here.told(words), (0, "memory-limit: 1 example as told\n".to_owned()));
    }
    // an example that is not as told
    let here = here.file("policy/memory-limit.toml", LIMIT.replace("#~ memory-limit\n", ""));
    let (status, text) = here.told("rules test");
    assert!(status == 1 && text.contains("memory-limit.toml: example 1: found") && !text.contains("still"), "{text}");
    let here = here.file("policy/memory-limit.toml", LIMIT.replace("MemoryMax=1G\n\"\"\"", "\"\"\""));
    let (status, text) = here.told("rules test");
    assert!(status == 1 && text.contains("still found after its fix"), "{text}");
    let (status, text) = with("no-own", "").told("rules test");
    assert!(status == 2 && text.contains("no rules of your own"), "{text}");
    let (status, text) = with("no-dir", "").told("rules test nowhere");
    assert!(status == 2 && text.contains("nowhere: No such file"), "{text}");
    // what a rule limits itself to
    let here = with("when", "rules = [\"p\"]\nselect = [\"policy\"]")
        .file("p/a.toml", format!("when.units = [\"socket\"]\n{LIMIT}"));
    let here = here.file("p/b.toml", format!("when.systemd = 258\n{LIMIT}"));
    assert_eq!(spoke(&here, "a.service").0, ["error b"]);
    assert_eq!(spoke(&here, "--systemd 257 a.service").0, [""; 0]);
    let here = with("when-sets", "rules = [\"p\"]\nselect = [\"policy\"]")
        .file("p/a.toml", format!("when.sets = [\"DynamicUser\"]\n{LIMIT}"))
        .file("p/b.toml", format!("when.sets = [\"ExecStart\", \"DynamicUser\"]\n{LIMIT}"))
        // what is implied is set, and of the several keys of one name that of the unit counts
        .file("p/c.toml", format!("when.sets = [\"Type\"]\n{LIMIT}"));
    assert_eq!(spoke(&here, "a.service").0, ["error b", "error c"]);
}

#[test]
fn mistakes_in_rules_of_ones_own_have_places() {
    let check = |name: &str, text: &str, at: &str, says: &str| {
        let here = with("rule", "rules = [\"p\"]").file(format!("p/{name}.toml"), text);
        let found = mistakes(&here);
        let whole = format!("p/{name}.toml:{at}");
        assert!(found.len() == 1 && found[0].0 == whole && found[0].1.contains(says), "{says} at {whole}: {found:?}");
        // the rules command tells it, and so does the one that tests them
        let (status, text) = here.told("rules");
        assert!(status == 0 && text.contains(&found[0].1) && text.contains("private-tmp"), "{text}");
        let (status, text) = here.told("rules test p");
        assert!(status == 1 && text.contains(&whole), "{text}");
    };
    let wrong = |from: &str, to: &str, at: &str, says: &str| check("x", &LIMIT.replace(from, to), at, says);
    check("x", &format!("when.sets = [\"DynamicUsr\"]\n{LIMIT}"), "1:13", "DynamicUsr= is no directive");
    wrong("level = \"error\"", "level = \"loud\"", "3:9", "level is \"loud\"");
    wrong("level = \"error\"", "lvel = \"error\"", "3:1", "unknown field `lvel`");
    wrong("level = \"error\"\n", "", "1:1", "missing field `level`");
    wrong("level = \"error\"", "level = 3", "3:9", "expected a string");
    wrong("level = \"error\"", "level = error", "3:9", "quoted");
    wrong("no memory limit", "There is none.", "1:11", "a full sentence");
    wrong("\"MemoryMax\"", "\"MemMax\"", "4:36", "MemMax= is no directive");
    wrong("\"required\"", "\"needed\"", "4:18", "unknown variant `needed`");
    wrong("\"required\", key = \"MemoryMax\"", "\"code\"", "4:18", "for built-in rules");
    wrong("key = \"MemoryMax\"", "keys = \"x\"", "4:9", "unknown field `keys`");
    wrong("\"MemoryMax=1G\"", "\"MemMax=1G\"", "5:15", "MemMax= is no directive");
    wrong("\"unsafe\"", "\"sure\"", "5:40", "fix.safety is \"sure\"");
    wrong(
        "[[example]]",
        "[exposure]\nid = \"x\"\nname = \"x\"\nweight = 1\nrange = 1\n[[example]]",
        "7:1",
        "cannot have more checks",
    );
    wrong("[[example]]", "[when]\nunits = [\"servce\"]\n[[example]]", "8:9", "servce is no type of unit");
    wrong("no memory", "no \\u001b[31m", "1:11", "a control character");
    check("Upper", LIMIT, "1:1", "not lower case");
    check("private-tmp", LIMIT, "1:1", "private-tmp is a built-in rule");
    check("exposure", LIMIT, "1:1", "a meaning of its own");
    check("x", "", "1:1", "missing field");
    let one = |here: Case, at: &str, says: &str| {
        let found = mistakes(&here);
        assert!(found.len() == 1 && found[0].0 == at && found[0].1.contains(says), "{found:?}");
    };
    let own = |name: &str| with(&format!("own-{name}"), "rules = [\"p\", \"q\"]\n").tree("q/x=");
    one(own("bytes").file("p/x.toml", b"summary = \"\xff\""), "p/x.toml:1:12", "not UTF-8");
    one(own("folder").tree("p/x.toml/y="), "p/x.toml:1:1", "cannot be read: it is no regular file");
    one(own("circle").tree("p/x.toml->x.toml"), "p/x.toml:1:1", "links go in a circle");
    one(
        own("twice").file("p/x.toml", LIMIT).file("q/x.toml", LIMIT),
        "q/x.toml:1:1",
        "another of your rules is called x",
    );
    let here = own("fifo").tree("p/y=");
    assert!(Command::new("mkfifo").arg(here.at("p/x.toml")).status().unwrap().success());
    one(here, "p/x.toml:1:1", "no regular file");
    let here = own("big").tree("p/y=");
    fs::File::create(here.at("p/x.toml")).unwrap().set_len(2 << 20).unwrap();
    one(here, "p/x.toml:1:1", "larger than 1 MiB");
    // a link inside the directory is a second name of a rule
    let here = own("link").file("p/x.toml", LIMIT).tree("p/y.toml->x.toml");
    assert_eq!(spoke(&here, "--select policy a.service").0, ["error x", "error y"]);
    // the rules that are right speak, and other settings may name them
    let here =
        with("own-right", "ignore = [\"x\", \"y\"]\nrules = [\"p\"]").file("p/x.toml", LIMIT).file("p/y.toml", "");
    let found = mistakes(&here);
    assert!(found.len() == 2 && found[0].0 == "unitlint.toml:1:16" && found[1].0 == "p/y.toml:1:1", "{found:?}");
}

/// The rest of it is asked of every run: no such character is printed.
#[test]
fn control_characters_do_not_reach_the_terminal() {
    let bad = r"\u001b[31m\u001b]0;x\u0007\u009b1m\u202e\u007f\r";
    let values: String = SETTINGS.iter().map(|s| format!("{} = \"{bad}\"\n", s.name)).collect();
    let more = format!("\"{bad}\" = 1\n[[per-file]]\npaths = \"{bad}\"\n\"{bad}\" = 1\nlevels.\"{bad}\" = \"{bad}\"\n");
    let paths = format!("rules = [\"{bad}\"]\nsecurity-policy = \"{bad}\"\n");
    let raw = "select = [\"\u{1b}[31m\u{202e}\"]\n# \u{1b}[31m\n\u{9b}1m\n";
    let file = "\u{1b}[31m\u{202e}.toml";
    for (i, toml) in [&values, &more, &paths, raw, "rules = [\"own\"]"].into_iter().enumerate() {
        let here = with(&format!("control-{i}"), toml).file(format!("own/{file}"), LIMIT).file(file, "frob = 1");
        let here = here.file("own/a.toml", LIMIT.replace("1G", bad)).file("own/b.toml", "\u{1b}[31m = 1\n");
        for form in case::FORMS.iter().copied().chain([
            "config",
            "config --format json",
            "rules",
            "rules test",
            "explain private-tmp",
        ]) {
            here.told(&format!(
                "{form} {}",
                if form.starts_with("rules") || form.starts_with("explain") { "" } else { "a.service" }
            ));
        }
        here.told("rules test own");
        here.told(&format!("check --config {file} a.service"));
        here.told(&format!("check --config {file}x a.service"));
    }
}

#[test]
fn hostile_texts_take_little_time() {
    let deep = |open: &str, close: &str| format!("select = {}1{}", open.repeat(100_000), close.repeat(100_000));
    let dotted = format!("a{} = 1", ".a".repeat(200_000));
    let headers = "[[per-file]]\n".repeat(15_000);
    let settings: String = (0..15_000).map(|i| format!("s{i} = {i}\n")).collect();
    let broken = "= \n\n\n".repeat(15_000);
    let stars = format!(
        "per-file = [{{ paths = [\"{}b\", \"{}/x\"], ignore = \"all\" }}]",
        "*a".repeat(40),
        "**/*a*".repeat(40)
    );
    let patterns = format!("per-file = [{}]", format!("{{ paths = \"{}x\" }},", "**/".repeat(50)).repeat(2000));
    for (i, toml) in
        [deep("[", "]"), deep("{a=", "}"), dotted, headers, settings, broken, stars, patterns].into_iter().enumerate()
    {
        let here = with(&format!("hostile-{i}"), toml).file(format!("{0}/{0}/{0}.service", "a".repeat(200)), SERVICE);
        for form in ["check", "check --format json", "config"] {
            let start = Instant::now();
            let (status, text) = here.told(&format!("{form} ."));
            let time = start.elapsed();
            assert!(time < Duration::from_secs(20), "{i} {form}: {time:?}");
            assert!(status == 1 || i > 5, "{i} {form}: {status}: {}", text.chars().take(500).collect::<String>());
        }
    }
}
