//! Which units a path or a name stands for, and where their drop-ins are looked for.

use super::case::{Case, case};
use super::json;
use serde_json::Value;

/// The units that a command reports, as `PATH NAME SCOPE`, with their drop-ins behind.
fn units(here: &Case, words: &str) -> Vec<String> {
    let document = json(here, &format!("check --format json {words}"));
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let unit = |u: &Value| {
        let first = [&u["path"], &u["name"], &u["scope"]].map(text).join(" ");
        u["dropins"].as_array().unwrap().iter().fold(first, |line, dropin| format!("{line} + {}", text(dropin)))
    };
    let mut units: Vec<String> = document["units"].as_array().unwrap().iter().map(unit).collect();
    units.sort();
    // the other commands look at the same units
    let cat = json(here, &format!("cat --format json {words}"));
    let mut cat: Vec<String> = cat["units"].as_array().unwrap().iter().map(|u| text(&u["path"])).collect();
    let mut paths: Vec<&str> = units.iter().map(|u| u.split(' ').next().unwrap()).collect();
    cat.sort();
    paths.sort_unstable();
    assert_eq!(paths, cat, "{words}");
    units
}

/// Rows of the words and the units that are reported for them.
fn report(here: &Case, rows: &[(&str, &[&str])]) {
    for (words, want) in rows {
        assert_eq!(units(here, words), *want, "{words}");
    }
}

#[test]
fn what_a_path_stands_for() {
    let here = case("paths").tree(
        "p/a.service p/a.service.d/x.conf p/a.service.wants/d.service p/b.socket p/sub/c.service p/lost.service.d/y.conf
         p/t@.service p/t@i.service.d/z.conf p/text=",
    );
    let a = "p/a.service a.service system + p/a.service.d/x.conf";
    let (b, c, t) =
        ("p/b.socket b.socket system", "p/sub/c.service c.service system", "p/t@.service t@.service system");
    let lost = "p/lost.service.d/y.conf lost.service system + p/lost.service.d/y.conf";
    report(
        &here,
        &[
            ("p/a.service", &[a]),
            ("p/a.service.d/x.conf", &[a]),
            ("p/a.service.d", &[a]),
            ("p/a.service p/a.service.d/x.conf p/./a.service", &[a]),
            ("p/lost.service.d/y.conf", &[lost]),
            ("p/b.socket", &[b]),
            ("p", &[a, b, lost, c, t]),
            ("p/", &[a, b, lost, c, t]),
            ("p/sub p/b.socket", &[b, c]),
            ("--unit-path p a", &[a]),
            ("--unit-path p a.service b.socket", &[a, b]),
            ("--unit-path p t@i.service", &["p/t@.service t@i.service system + p/t@i.service.d/z.conf"]),
            ("--unit-path p", &[a, b, lost, t]),
            ("--unit-path p/sub:p", &[a, b, lost, c, t]),
            ("--user p/b.socket", &["p/b.socket b.socket user"]),
            ("p/t@.service", &[t]),
        ],
    );
    // the name that is a file here is that file; with a search path it is a unit
    let here = here.tree("a.service");
    report(&here, &[("a.service", &["./a.service a.service system"]), ("--unit-path p a.service", &[a])]);
    let here = here.stdin("[Service]\nExecStart=/bin/true\n");
    report(
        &here,
        &[
            ("-", &["./stdin.service stdin.service system"]),
            ("- --stdin-filename p/a.service", &[a]),
            ("- --stdin-filename p/lost.service.d/y.conf", &[lost]),
        ],
    );
}

#[test]
fn drop_ins_of_units_that_are_not_there() {
    let here = case("orphans").tree(
        "only/a.service.d/x.conf only/service.d/y.conf only/empty.service.d/text= only/a.service.wants/b.service
         types/service.d/y.conf types/path.d/z.conf
         mixed/foo-bar.service mixed/foo-.service.d/x.conf mixed/baz-.service.d/x.conf mixed/path.d/z.conf
         r/usr/lib/systemd/system/a.service r/etc/systemd/system/a.service.d/x.conf
         r/etc/systemd/system/gone.service.d/x.conf r/etc/systemd/system/socket.d/x.conf",
    );
    let alone = |dir: &str, owner: &str, more: &str| {
        let unit = if owner.contains('.') { owner.to_owned() } else { format!("any.{owner}") };
        let path = format!("{dir}/{owner}.d/{}", more.split(' ').next().unwrap());
        let rest: String = more.split(' ').skip(1).map(|m| format!(" + {dir}/{m}")).collect();
        format!("{path} {unit} system + {path}{rest}")
    };
    let a = alone("only", "a.service", "x.conf service.d/y.conf");
    let types = ["path", "service"].map(|t| alone("types", t, if t == "path" { "z.conf" } else { "y.conf" }));
    let foo = "mixed/foo-bar.service foo-bar.service system + mixed/foo-.service.d/x.conf";
    let baz = alone("mixed", "baz-.service", "x.conf");
    let dir = "r/etc/systemd/system";
    let [gone, sockets] = ["gone.service", "socket"].map(|owner| alone(dir, owner, "x.conf"));
    let in_root = format!("r/usr/lib/systemd/system/a.service a.service system + {dir}/a.service.d/x.conf");
    report(
        &here,
        &[
            ("only", &[&a]),
            ("types", &[&types[0], &types[1]]),
            ("mixed", &[&baz, foo]),
            ("only mixed", &[&baz, foo, &a]),
            (dir, &[&gone, &sockets]),
            ("--root r", &[&gone, &sockets, &in_root]),
            ("r", &[&gone, &sockets, &in_root]),
        ],
    );
    // they have no exposure of their own; `security` looks at them where there is nothing else
    let found = here.told("check --format concise --select all only").1;
    assert!(!found.contains("exposure"), "{found}");
    let count =
        |words: &str| json(&here, &format!("security --format json {words}"))["units"].as_array().unwrap().len();
    assert_eq!((count("only"), count("mixed"), count("--root r"), count(dir)), (1, 1, 1, 1));
}

#[test]
fn profiles_of_portable_services() {
    let dir = "r/usr/lib/systemd/portable/profile/strict";
    let here = case("profiles").tree(&format!(
        "{dir}/service.conf {dir}/socket.conf {dir}/README= {dir}/other.conf r/usr/lib/systemd/system/a.service
         r/usr/lib/systemd/user/portable/profile/x/service.conf"
    ));
    let file = |dir: &str, kind: &str, scope: &str| format!("{dir}/{kind}.conf any.{kind} {scope} + {dir}/{kind}.conf");
    let (service, socket) = (file(dir, "service", "system"), file(dir, "socket", "system"));
    let of_user = file("r/usr/lib/systemd/user/portable/profile/x", "service", "user");
    let a = "r/usr/lib/systemd/system/a.service a.service system";
    report(
        &here,
        &[
            (&format!("{dir}/service.conf"), &[&service]),
            (dir, &[&service, &socket]),
            ("--root r", &[&service, &socket, a, &of_user]),
            ("--root r --user", &[&of_user]),
            ("r", &[&service, &socket, a, &of_user]),
        ],
    );
    let count =
        |words: &str| json(&here, &format!("security --format json {words}"))["units"].as_array().unwrap().len();
    assert_eq!((count(dir), count(&format!("{dir}/service.conf")), count("r")), (1, 1, 1));
    let here = here.tree("r/lib->usr/lib");
    assert_eq!((units(&here, "--root r").len(), units(&here, "r").len()), (4, 4));
}

/// What is being edited is looked at as what it will become; in a directory it is passed over.
#[test]
fn temporary_files_of_systemctl_edit() {
    let here = case("edit").tree("d/a.service d/b.service");
    let begun =
        "### Editing b.service.d/override.conf\n[Service]\nNice=x\n\n### Edits below this comment will be discarded\n";
    let (whole, part) = ("d/.#a.service0123456789abcdef", "d/b.service.d/.#override.conf0123456789abcdef");
    let here = here.file(whole, "[Service]\nNice=y\nExecStart=/bin/a\n").file(part, begun);
    let a = "d/a.service a.service system";
    let b = "d/b.service b.service system";
    let edited = format!("{b} + d/b.service.d/override.conf");
    report(&here, &[(whole, &[a]), (part, &[&edited]), ("d", &[a, b]), (&format!("{whole} {part}"), &[a, &edited])]);
    let told =
        |here: &Case, words: &str| here.told(&format!("check --format concise --select invalid-value {words}")).1;
    assert!(told(&here, whole).starts_with("d/a.service:2:6: "), "{}", told(&here, whole));
    assert!(told(&here, part).starts_with("d/b.service.d/override.conf:3:6: "), "{}", told(&here, part));
    assert_eq!(told(&here, "d"), "");
    let here = here.stdin(begun);
    assert_eq!(told(&here, &format!("- --stdin-filename {part}")), told(&here, part));
    // other names that begin like it are no units
    let (status, text) = here.file("d/.#a.service", "").told("check d/.#a.service");
    assert!(status == 2 && text.contains("not a unit file"), "{text}");
}

/// A root: its search paths count together, whichever of its directories is named.
fn root(name: &str) -> Case {
    case(name).tree(
        "r/usr/lib/systemd/system/a.service r/usr/lib/systemd/system/b.service r/usr/lib/systemd/system/m.service
         r/usr/lib/systemd/system/t@.service r/usr/lib/systemd/user/u.service r/srv/a.service
         r/etc/systemd/system/a.service.d/x.conf r/etc/systemd/system/b.service r/run/systemd/system/service.d/y.conf
         r/etc/systemd/system/m.service->/dev/null r/etc/systemd/system/alias.service->/usr/lib/systemd/system/a.service
         r/etc/systemd/system/multi-user.target.wants/a.service->/usr/lib/systemd/system/a.service",
    )
}

#[test]
fn the_search_paths_of_a_root() {
    let here = root("root");
    let y = "r/run/systemd/system/service.d/y.conf";
    let a =
        format!("r/usr/lib/systemd/system/a.service a.service system + r/etc/systemd/system/a.service.d/x.conf + {y}");
    let b = format!("r/etc/systemd/system/b.service b.service system + {y}");
    let m = format!("r/etc/systemd/system/m.service m.service system + {y}");
    let t = format!("r/usr/lib/systemd/system/t@.service t@.service system + {y}");
    let u = "r/usr/lib/systemd/user/u.service u.service user";
    let [a, b, m, t] = [&*a, &*b, &*m, &*t];
    let instance = t.replace(" t@.", " t@x.");
    let weak = format!("r/usr/lib/systemd/system/b.service b.service system + {y}");
    report(
        &here,
        &[
            ("--root r", &[b, m, a, t, u]),
            ("--root r --system", &[b, m, a, t]),
            ("--root r --user", &[u]),
            ("--root r a", &[a]),
            ("--root r alias.service", &[a]),
            ("--root r alias a a.service", &[a]),
            ("--root r --user u", &[u]),
            ("--root r t@x.service", &[&instance]),
            ("r/usr/lib/systemd/system", &[a, t]),
            ("r/etc/systemd/system", &[b, m]),
            ("r/usr/lib/systemd/system r/etc/systemd/system", &[b, m, a, t]),
            ("r/usr/lib/systemd/user", &[u]),
            ("r/usr/lib/systemd/system/a.service", &[a]),
            ("r/etc/systemd/system/a.service.d/x.conf", &[a]),
            ("r/etc/systemd/system/alias.service", &[a]),
            // a file that is named is looked at, whatever hides it elsewhere
            ("r/usr/lib/systemd/system/b.service", &[&weak]),
            ("r", &[b, m, "r/srv/a.service a.service system", a, t, u]),
            ("r/srv r/usr/lib/systemd/user", &["r/srv/a.service a.service system", u]),
        ],
    );
}

#[test]
fn merged_directories_are_one() {
    let here = root("merged").tree("r/lib->usr/lib s/lib->/usr/lib s/usr/lib/systemd/system/a.service");
    let count = |words: &str| units(&here, words).len();
    assert_eq!((count("--root r"), count("r"), count("--root s"), count("s")), (5, 6, 1, 1));
    // under the name by which they were reached
    for dir in ["r/lib/systemd/system", "r/usr/lib/systemd/system"] {
        let found = units(&here, dir);
        assert!(found.len() == 2 && found.iter().all(|u| u.starts_with(dir)), "{found:?}");
        assert!(units(&here, &format!("{dir}/a.service"))[0].starts_with(&format!("{dir}/a.service a.service")));
    }
    assert!(units(&here, "r").iter().all(|u| !u.starts_with("r/lib/")));
}

#[test]
fn names_in_several_directories() {
    let here = case("twice").tree(
        "d/one/a.service d/one/a.service.d/x.conf d/one/b.service->a.service d/.git/g.service
         d/two/a.service d/two/b.service->../one/a.service",
    );
    let one = "d/one/a.service a.service system + d/one/a.service.d/x.conf";
    let two = ["d/two/a.service a.service system", "d/two/b.service b.service system"];
    report(
        &here,
        &[
            ("d", &[one, two[0], two[1]]),
            ("d/one", &[one]),
            ("d/one/b.service", &[one]),
            ("d/two/a.service d/one/b.service", &[one, two[0]]),
        ],
    );
    let dir = here.dir.display().to_string();
    assert_eq!(
        units(&here, &format!("{dir}/d/one"))[0],
        format!("{dir}/{} + {dir}/d/one/a.service.d/x.conf", &one[..32])
    );
    let below = here.command("security --format concise ../one").current_dir(here.dir.join("d/two")).output().unwrap();
    assert!(below.stdout.starts_with(b"../one/a.service: a.service "));
}
