//! Profiles of portable services: where one is looked for, which units it is laid over and at which place in the order of
//! their drop-ins, and that everything told of it is told at its own file.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;

use case::{Case, SERVICE, case};
use serde_json::Value;

const PROFILES: &str = "usr/lib/systemd/portable/profile";
const UNITS: &str = "usr/lib/systemd/system";

/// A root with a service and two profiles.
fn root(name: &str) -> Case {
    case(name)
        .file(format!("{UNITS}/a.service"), SERVICE)
        .file(format!("{PROFILES}/strict/service.conf"), "[Service]\nUMask=0010\n")
        .file(format!("{PROFILES}/loose/service.conf"), "[Service]\nUMask=0020\n")
}

/// Where the mask of files comes from, for each unit that has one.
fn masks(here: &Case, words: &str) -> Vec<String> {
    let (_, text) = here.told(&format!("cat --format json {words}"));
    let line = text.lines().find(|l| l.starts_with('{')).unwrap_or_else(|| panic!("{words}: {text}"));
    let value: Value = serde_json::from_str(line).unwrap();
    let units = value["units"].as_array().unwrap().iter();
    let of = |unit: &Value| {
        let mask = unit["settings"].as_array()?.iter().find(|s| s["key"] == "UMask")?;
        let at = &mask["assignments"][mask["assignment"].as_u64()? as usize];
        Some(format!("{} {}", unit["name"].as_str()?, at["path"].as_str()?))
    };
    units.filter_map(of).collect()
}

fn one(here: &Case, words: &str) -> String {
    masks(here, words).join(", ")
}

#[test]
fn a_name_is_looked_up_in_the_root_of_the_units() {
    let here = root("lookup").file("x/a.service", SERVICE).file("own.conf", "[Service]\nUMask=0030\n");
    let strict = format!("{PROFILES}/strict/service.conf");
    for (words, path) in [
        ("--profile strict --root . a.service", format!("./{strict}")),
        ("--profile strict --root .", format!("./{strict}")),
        (&format!("--profile strict {UNITS}/a.service"), strict.clone()),
        (&format!("--profile strict {UNITS}"), strict.clone()),
        ("--profile loose --root . a", format!("./{PROFILES}/loose/service.conf")),
        // a loose file has the root that is named
        ("--profile strict --root . ./x/a.service", format!("./{strict}")),
        (&format!("--profile {strict} ./x/a.service"), strict.clone()),
        (&format!("--profile ./{PROFILES}/strict ./x/a.service"), format!("./{strict}")),
        ("--profile own.conf ./x/a.service", "own.conf".into()),
    ] {
        let all = masks(&here, words);
        assert!(all.contains(&format!("a.service {path}")), "{words}: {all:?}");
    }
    // the first directory that has a file for the type; below a merged root each file is there once
    let here = here.link("lib", "usr/lib").file("etc/systemd/portable/profile/strict/socket.conf", "[Socket]\n");
    assert_eq!(one(&here, "--profile strict --root . a"), format!("a.service ./{strict}"));
    let here = here.file("run/systemd/portable/profile/strict/service.conf", "[Service]\nUMask=0040\n");
    let run = "a.service ./run/systemd/portable/profile/strict/service.conf";
    assert_eq!(one(&here, "--profile strict --root . a"), run);
}

#[test]
fn an_unknown_name_is_told_with_those_there_are() {
    let here = root("unknown").tree("bare/usr/lib/systemd/system/a.service");
    for command in ["check", "security", "diff", "cat", "check --min-version"] {
        let (status, text) = here.told(&format!("{command} --profile strikt --root ."));
        assert!(
            status == 2 && text.contains("in ., which has loose, strict; did you mean strict?"),
            "{command}: {text}"
        );
    }
    let (status, text) = here.told("check --profile strict --root bare");
    assert!(status == 2 && text.contains("in bare, which has none in systemd/portable/profile"), "{text}");
    // one of two roots lacks it
    let (status, text) = here.told(&format!("check --profile strict {UNITS}/a.service bare/{UNITS}/a.service"));
    assert!(status == 2 && text.contains("in bare, "), "{text}");
    for bad in ["./nowhere.conf", "./nowhere/", "./bare"] {
        let (status, text) = here.told(&format!("check --profile {bad} --root ."));
        assert!(status == 2 && text.contains(bad.trim_end_matches('/')), "{bad}: {text}");
    }
}

/// The drop-in is `/etc/systemd/system.attached/UNIT.d/10-profile.conf`.
#[test]
fn the_profile_has_its_place_in_the_order() {
    let profile = format!("./{PROFILES}/strict/service.conf");
    let says = "[Service]\nUMask=0050\n";
    for (dropin, counts) in [
        ("usr/lib/systemd/system/a.service.d/05-x.conf", false),
        ("usr/lib/systemd/system/a.service.d/20-x.conf", true),
        ("usr/lib/systemd/system/a.service.d/override.conf", true),
        ("etc/systemd/system/a.service.d/00.conf", false),
        ("usr/lib/systemd/system/service.d/10-profile.conf", false),
        ("usr/lib/systemd/system/service.d/11.conf", true),
        // the same name: that of the stronger directory hides the other
        ("usr/lib/systemd/system/a.service.d/10-profile.conf", false),
        ("run/systemd/system/a.service.d/10-profile.conf", false),
        ("etc/systemd/system.attached/a.service.d/10-profile.conf", false),
        ("etc/systemd/system/a.service.d/10-profile.conf", true),
        ("run/systemd/transient/a.service.d/10-profile.conf", true),
    ] {
        let here = root("order").file(dropin, says);
        let path = if counts { format!("./{dropin}") } else { profile.clone() };
        assert_eq!(one(&here, "--profile strict --root . a"), format!("a.service {path}"), "{dropin}");
        let (_, text) = here.told("check --profile strict --root . a");
        let hidden = counts && dropin.ends_with("/10-profile.conf");
        assert_eq!(text.contains(&format!("a.service: ./{dropin} hides the profile")), hidden, "{dropin}: {text}");
    }
    // an empty one says nothing, and hides all the same
    let hides = "usr/lib/systemd/system/a.service.d/10-profile.conf";
    let here = root("order").file(hides, says).file(format!("{PROFILES}/none/service.conf"), "");
    assert_eq!(one(&here, "--profile none --root . a"), "");
}

#[test]
fn each_unit_takes_the_file_of_its_type() {
    let here = root("types")
        .file(format!("{UNITS}/t@.service"), SERVICE)
        .file(format!("{UNITS}/a.socket"), "[Socket]\nListenStream=80\n")
        .file(format!("{UNITS}/a.timer"), "[Timer]\nOnCalendar=daily\n")
        .file("usr/lib/systemd/user/u.service", SERVICE)
        .file("etc/systemd/system/masked.service", "")
        .file("etc/systemd/system/gone.service.d/50-x.conf", "[Service]\nNice=1\n");
    let names = |words: &str| -> Vec<String> {
        let all = masks(&here, words).into_iter().filter(|m| !m.starts_with("any."));
        all.map(|m| m.split(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names("--profile strict --root ."), ["a.service", "gone.service", "t@.service"]);
    assert_eq!(names("--profile strict --root . t@1.service masked.service a.socket"), ["t@1.service"]);
    let (status, text) = here.told("check --profile strict --root . a.timer");
    assert!(status == 0 && text.contains("is for units of type service"), "{text}");
    let here = here.file(format!("{PROFILES}/strict/socket.conf"), "[Socket]\nUMask=0060\n");
    assert_eq!(one(&here, "--profile strict --root . a.socket"), format!("a.socket ./{PROFILES}/strict/socket.conf"));
    // for user managers they lie elsewhere
    let of_users = "usr/lib/systemd/user/portable/profile/strict/service.conf";
    let here = here.file(of_users, "[Service]\nUMask=0070\n");
    assert_eq!(one(&here, "--profile strict --root . --user u"), format!("u.service ./{of_users}"));
    // a drop-in alone stays what is told of
    let (_, text) = here.told("cat --profile strict --root . etc/systemd/system/gone.service.d");
    assert!(text.starts_with("# gone.service  etc/systemd/system/gone.service.d/50-x.conf"), "{text}");
}

#[test]
fn links_of_a_root_stay_in_it() {
    let here = root("links").file("secret/service.conf", "[Service]\nUMask=0010\nSecret=1\n");
    let inside =
        here.link(&format!("r/{PROFILES}/x"), "/profiles").file("r/profiles/service.conf", "[Service]\nNice=x\n");
    let inside = inside.file(format!("r/{UNITS}/a.service"), SERVICE);
    let (_, text) = inside.told("check --format concise --profile x --root r a");
    assert!(text.contains(&format!("r/{PROFILES}/x/service.conf:2:6: ")), "{text}");
    let outside = inside.link(&format!("r/{PROFILES}/y"), "../../../../../../secret");
    let (status, text) = outside.told("check --profile y --root r a");
    assert!(status == 2 && !text.contains("Secret"), "{text}");
}

#[test]
fn a_configuration_names_one() {
    let here = root("config").file("unitlint.toml", "profile = \"strict\"\n").tree(".git/x=");
    let strict = format!("a.service {PROFILES}/strict/service.conf");
    assert_eq!(one(&here, UNITS), strict);
    assert_eq!(one(&here, &format!("--profile loose {UNITS}")), strict.replace("strict", "loose"));
    assert_eq!(one(&here, &format!("--isolated {UNITS}")), "");
    let (_, text) = here.told(&format!("config {UNITS}"));
    assert!(text.contains("profile = \"strict\""), "{text}");
    // two states are compared as they are
    let (_, text) = here.told(&format!("diff {UNITS} {UNITS}"));
    assert!(text.starts_with("Nothing changed"), "{text}");
    let here = here.file("unitlint.toml", "profile = \"strikt\"\n");
    let (status, text) = here.told(&format!("check --format concise {UNITS}"));
    assert!(status == 1 && text.contains("unitlint.toml:1:11: ") && text.contains("did you mean strict?"), "{text}");
    let here =
        here.file("unitlint.toml", "profile = \"conf/own.conf\"\n").file("conf/own.conf", "[Service]\nUMask=01\n");
    assert_eq!(one(&here, &format!("--config unitlint.toml {UNITS}")), "a.service conf/own.conf");
}

#[test]
fn what_the_profile_takes_and_what_is_kept_from_it() {
    let profile =
        "[Service]\nPrivateTmp=yes\nProtectHome=yes\nNice=3\nUser=\nEnvironment=A=1\nReadWritePaths=/b\nRemoveIPC=no\n";
    let unit = format!("{SERVICE}PrivateTmp=no\nUser=app\nReadWritePaths=/a\nDynamicUser=yes\n");
    let later = "[Service]\nProtectHome=tmpfs\nEnvironment=\nNice=4\n";
    let here = root("fates")
        .file(format!("{UNITS}/a.service"), unit)
        .file(format!("{PROFILES}/strict/service.conf"), profile)
        .file("etc/systemd/system/a.service.d/50-own.conf", later);
    let (_, text) = here.told("diff --profile strict --root . a --format concise");
    let line = |n: u32, what: &str| format!("./{PROFILES}/strict/service.conf:{n}: a.service: {what}");
    for told in [
        line(7, "ReadWritePaths= +/b"),
        line(3, "without effect: ProtectHome=yes, 50-own.conf:2 counts"),
        line(4, "without effect: Nice=3, 50-own.conf:4 counts"),
        line(6, "without effect: Environment=A=1, 50-own.conf:3 counts"),
        line(8, "without effect: RemoveIPC=no, a.service:6 decides (DynamicUser=)"),
        format!("./{UNITS}/a.service:4: a.service: - User=app"),
    ] {
        assert!(text.lines().any(|l| l == told), "{told}: {text}");
    }
    // what was chosen is told, though it is what would be without a word
    let plain = root("chosen").file(format!("{UNITS}/a.service"), format!("{SERVICE}PrivateTmp=no\n"));
    let plain = plain.file(format!("{PROFILES}/strict/service.conf"), "[Service]\nPrivateTmp=yes\n");
    let (_, text) = plain.told("diff --profile strict --root . a --format concise");
    let told = format!("./{PROFILES}/strict/service.conf:2: a.service: PrivateTmp=no -> yes");
    assert!(text.lines().any(|l| l == told), "{text}");
}

/// What counts against a line of a unit of its own is right in a profile: the image that is attached is the root.
#[test]
fn an_image_comes_with_the_profile() {
    let mount = "[Service]\nMountAPIVFS=yes\n";
    let here = root("image").file(format!("{PROFILES}/strict/service.conf"), mount);
    let (_, text) = here.told("check --profile strict --root . a --format concise");
    assert!(!text.contains("mount-api-vfs-alone"), "{text}");
    let here = here.file("usr/lib/systemd/system/a.service.d/own.conf", mount);
    let (_, text) = here.told("check --root . a --format concise");
    assert!(text.contains("mount-api-vfs-alone"), "{text}");
}

#[test]
fn standard_input_takes_it_as_well() {
    let here = root("stdin").stdin(SERVICE);
    let strict = format!("stdin.service {PROFILES}/strict/service.conf");
    assert_eq!(one(&here, &format!("--profile {PROFILES}/strict/service.conf -")), strict);
    let (status, text) = here.told(&format!("diff --profile {PROFILES}/strict/service.conf -"));
    assert!(status == 0 && text.contains("UMask"), "{text}");
}
