//! Input that nobody would write on purpose. Whatever it is: an exit status of 0, 1 or 2, words that tell what is wrong, no
//! panic, JSON that parses, and no control character that came from a file. The last three are asked of every run.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;

use case::{Case, FORMS, SERVICE, case, sound};
use std::ffi::OsStr;
use std::fs;
use std::io::pipe;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A case with one unit.
fn unit(name: &str, bytes: impl AsRef<[u8]>) -> Case {
    case(name).file("a.service", bytes)
}

fn with(key: &str, value: &str) -> String {
    format!("{SERVICE}{key}={value}\n")
}

#[test]
fn long_lines() {
    let long = "x".repeat(1 << 20);
    let joined = format!("{}\\\n", "x".repeat(1000)).repeat(1100);
    for value in [&long, &joined] {
        let here = unit("long", with("Environment", value)).unscored();
        here.says("./a.service", "longer than 1 MiB");
        here.finds("a.service", "line-too-long");
    }
    // in a drop-in it ends the reading of that file alone
    let here = unit("drop-in", SERVICE);
    let here = here.file("a.service.d/x.conf", format!("[Service]\nUMask=0007\nUser={long}\nNice=1\n"));
    here.says("a.service", "a.service");
    let text = here.told("cat a.service").1;
    assert!(text.contains("UMask=0007") && !text.contains("Nice"), "{text}");
    // what just fits is read, and one bad word of that size does not fill the screen
    let here = unit("fits", with("PrivateTmp", &long[100..]));
    here.says("a.service", "a.service");
    let shown = here.told("check --select all --all a.service").1.len();
    assert!(shown < 200_000, "{shown}");
}

#[test]
fn odd_bytes() {
    let lines = |end: &str| format!("[Service]{end}ExecStart=/bin/true{end}User=nobody{end}");
    ["\0", "\r", "\n\r", "\r\n\0"].iter().for_each(|end| unit("ends", lines(end)).says("a.service", "a.service"));
    unit("comment", b"# \xff\xfe\n[Service]\nExecStart=/bin/true\n").says("a.service", "a.service");
    let here = unit("value", b"[Service]\nExecStart=/bin/\xff\n").unscored();
    here.says("a.service", "line 2 is not UTF-8");
    here.finds("a.service", "not-utf8");
    unit("drop-in's", SERVICE).file("a.service.d/x.conf", b"[Service]\nUser=\xff\n").says("a.service", "a.service");
    unit("bom", format!("\u{feff}{SERVICE}")).says("a.service", "a.service");
    unit("noise", "\0\r\u{feff}\\\n=\n[]\nx\n[Service\n").unscored().says("a.service", "a.service");
    unit("empty", "").unscored().says("a.service", "masked");
    case("escaped").file(r"a\x2db.service", SERVICE).says(r"./a\x2db.service", "x2db.service");
}

#[test]
fn control_characters() {
    let bad = "\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}1m\u{202e}\u{2066}\u{200f}\u{7f}";
    let values = format!("[Unit]\nDescription={bad}\n{}User={bad}\nFoo{bad}=1\nX-{bad}=1\n", with("ProtectHome", bad));
    let here = case("control").file("ok.service", values).file("fatal.service", with("RootDirectory", bad));
    let here = here.file("section.service", format!("[{bad}]\n{SERVICE}")).file(format!("{bad}.service"), SERVICE);
    let here = here.file(format!("ok.service.d/{bad}.conf"), with("UMask", bad).replace("ExecStart", "ExecStop"));
    let bytes = OsStr::from_bytes(b"\x1b\xff.service");
    let here = here.file(format!("{bad}/b.service"), with("PrivateTmp", bad)).file(bytes, SERVICE);
    here.says(".", "ok.service");
    here.says(bad, "b.service");
    for format in "ndjson sarif github gitlab gitlab-sast junit checkstyle markdown".split(' ') {
        assert!(here.told(&format!("check --select all --format {format} .")).0 < 2, "{format}");
    }
    let here = here.unscored();
    here.says("./fatal.service", "line 3 is fatal");
    here.says("./section.service", "bad characters");
    let here = here.fails();
    here.says(&format!("./{bad}.service"), "not a unit file");
    here.says_of(&[bytes], "not a unit");
    here.says(&format!("./{bad}.conf"), "No such file");
    here.says(&format!("{bad}x"), "not a unit name");
    here.says(&format!("--root {bad}x"), "No such file");
    here.says(&format!("--root {bad}x a"), "no such unit");
    ["systemd", "arch", "kernel"].iter().for_each(|option| here.says(&format!("--{option} {bad} ok.service"), "31m"));
}

#[test]
fn odd_names() {
    let names = ["a b.service", "é.service", "a~b.service", ".service", "@.service", "x.service~", "a.serv", "-.txt"];
    let here = names.iter().fold(case("names"), |here, name| here.file(name, SERVICE)).file("-x.service", SERVICE);
    here.says(".", "-x.service");
    let (_, json) = here.told("security --format json .");
    assert!(names[..5].iter().all(|n| json.contains(&format!("./{n}\""))) && json.contains("not a valid unit name"));
    ["-- -x.service", "./-x.service"].iter().for_each(|input| here.says(input, "-x.service"));
    let here = here.fails();
    names.iter().for_each(|name| here.says_of(&[OsStr::new(&format!("./{name}"))], "not a unit file"));
    here.says("-x.service", "unexpected argument");
}

#[test]
fn links_in_circles() {
    let here = case("circles").tree(
        "a.service->b.service b.service->a.service c.service->c.service d/up->.. d/d->. f->g g->f lib->usr/lib usr->lib
         d/e.service",
    );
    here.says(".", "e.service");
    let here = here.fails();
    ["./a.service", "./f"].iter().for_each(|input| here.says(input, input));
    here.says("--root . a", "no such unit");
}

#[test]
fn neither_file_nor_directory() {
    let here = case("others").tree("a.service z.service->/dev/zero q.service->p.service");
    let fifos = ["p.service", "a.service.d/p.conf"].map(|fifo| here.at(fifo));
    assert!(Command::new("mkfifo").args(fifos).status().unwrap().success());
    let _socket = UnixListener::bind(here.at("s.service")).unwrap();
    let here = here.tree("a.service.d/z.conf->/dev/zero b.service.d->/dev/zero");
    [".", "./a.service"].iter().for_each(|input| here.says(input, "a.service"));
    let here = here.unscored();
    here.says("./z.service", "masked");
    let here = here.fails();
    here.says("./s.service", "./s.service");
    here.says("/dev/null", "not a unit file");
}

#[test]
fn without_permission() {
    let shut = ["no", "c.service", "d.service.d/x.conf", "e.service.d"];
    let here = case("permission").tree("a.service no/b.service c.service d.service e.service e.service.d/x.conf");
    let here = here.tree(shut[2]).fails();
    let modes = |mode| {
        shut.iter().for_each(|p| fs::set_permissions(here.dir.join(p), fs::Permissions::from_mode(mode)).unwrap())
    };
    modes(0);
    // root may read everything
    if fs::read(here.dir.join("c.service")).is_err() {
        let inputs = ["no", "c.service", "d.service", "e.service", "."].into_iter().zip(shut.into_iter().cycle());
        inputs.for_each(|(input, path)| here.says(input, &format!("{path}: Permission denied")));
        // once is enough
        assert_eq!(here.told("check no").1.matches("Permission denied").count(), 1);
    }
    modes(0o700);
}

#[test]
fn what_is_not_there() {
    let here = case("missing").tree("a.service x.conf z.d/y.conf a.service.d/y.txt");
    fs::create_dir(here.dir.join("void")).unwrap();
    let here = here.fails();
    for (input, said) in [
        ("./b.service", "./b.service: No such file"),
        ("./b.service a.service", "./b.service: No such file"),
        ("b.service --root none", "no such unit"),
        ("--root none", "none: No such file"),
        ("./x.conf", "not a unit file"),
        ("z.d/y.conf", "not a unit file"),
        ("a.service.d/y.txt", "not a unit file"),
        ("a.service/b.service", "Not a directory"),
        ("void", "void: no "),
    ] {
        here.says(input, said);
    }
}

#[test]
fn standard_input() {
    let here = case("stdin").stdin(SERVICE).tree("d/a.service.d/x.conf");
    here.says("-", "stdin.service");
    here.says("- --stdin-filename none/b.service", "none/b.service");
    for (name, read) in [
        ("d/a.service", ["ExecStart=/bin/true  # a.service:2", "User=app  # x.conf:2"]),
        ("d/a.service.d/y.conf", ["ExecStart=/bin/true  # y.conf:2", "User=app  # x.conf:2"]),
        ("new.service.d/y.conf", ["ExecStart=/bin/true  # y.conf:2", "new.service"]),
    ] {
        let (_, text) = here.told(&format!("cat - --stdin-filename {name}"));
        assert!(read.iter().all(|word| text.contains(word)), "{name}: {text}");
    }
    let here = here.fails();
    let no_units = ["x.txt", "/", "..", "d", "x.conf"];
    no_units.iter().for_each(|name| here.says(&format!("- --stdin-filename {name}"), "not a unit file"));
    case("no stdin").unscored().says("-", "masked");
}

/// What is named and is a pipe is read like standard input.
#[test]
fn pipes() {
    let here = case("pipes").stdin(SERVICE).tree("d/a.service d/x.conf");
    let fifos = ["p.service", "p", "d/b.service"].map(|fifo| here.at(fifo));
    assert!(Command::new("mkfifo").args(fifos).status().unwrap().success());
    let told = |fifo: &str, text: &str, words: &str| {
        let (fifo, text) = (here.at(fifo), text.to_owned());
        let writer = std::thread::spawn(move || fs::write(fifo, text).unwrap());
        let told = here.told(words);
        writer.join().unwrap();
        told
    };
    for (fifo, said) in [("./p.service", "# ./p.service:2"), ("p", "# ./stdin.service:2")] {
        let (status, text) = told(fifo, SERVICE, &format!("cat {fifo}"));
        let said = said.replace("./", "");
        assert!(status == 0 && text.contains(&said), "{fifo}: {text}");
    }
    let scored = |words: &str| here.told(&format!("security --format concise {words}")).1;
    let score = "{\"PrivateNetwork\":{\"weight\":100000}}";
    let (status, text) = told("p", score, "security --format concise --security-policy p d/a.service");
    assert!(status == 0 && text != scored("d/a.service") && text.contains("a.service"), "{text}");
    assert_eq!(scored("/dev/stdin"), scored("-"));
    // those that are only walked past are not
    assert!(!scored("d").contains("b.service"));
    let (status, text) = here.told("check - /dev/stdin");
    assert!(status == 2 && text.contains("only one"), "{text}");
    let here = here.stdin("select = [\"umask\"]");
    let (status, text) = here.told("check --format concise --config /dev/stdin d/a.service");
    assert!(status == 0 && text.contains("warn[umask]"), "{text}");
}

#[test]
fn broken_policies() {
    let huge = r#"{"PrivateTmp":{"weight":18446744073709551615},"UMask":{"weight":9223372036854775807,"range":2}}"#;
    let odd = r#"{"PrivateTmp":{"weight":-1,"range":0},"UMask":7,"x":{"weight":[]},"PrivateUsers":{"weight":0}}"#;
    let here = unit("policy", SERVICE).file("none", "").file("cut", "{").file("bytes", b"\xff\0").file("list", "[]");
    let here = here.file("deep", "[".repeat(100_000)).file("huge", huge).file("odd", odd).file("\u{1b}[31m", "{");
    for form in FORMS.iter().filter(|f| !f.starts_with("cat")) {
        for policy in ["none", "cut", "bytes", "list", "deep", "gone", "/dev/zero", ".", "\u{1b}[31m"] {
            let (status, text) = here.told(&format!("{form} --security-policy {policy} a.service"));
            assert!(status == 2 && text.contains(policy.trim_start_matches('\u{1b}')), "{form} {policy}: {text}");
        }
        for policy in ["huge", "odd"] {
            assert_eq!(here.told(&format!("{form} --security-policy {policy} a.service")).0, 0, "{form} {policy}");
        }
    }
}

#[test]
fn broken_baselines() {
    let head = "{\"unitlint-baseline\":1,\"systemd\":257,\"exposures\":[],\"findings\":[";
    let line =
        "{\"unit\":\"a.service\",\"scope\":\"system\",\"rule\":\"unknown-key\",\"about\":\"Frob\",\"path\":\"x\"";
    let here = unit("baseline", with("Frob", "1")).file("none", "").file("cut", head).file("bytes", b"\xff\0\x1b[31m");
    let here = here.file("deep", "[".repeat(100_000)).file("later", "{\"unitlint-baseline\":2,\"new\":{}}");
    let here = here.file("numbers", format!("[0{}]", ",0".repeat(1 << 22))).file("list", format!("{head}0]}}"));
    let here = here.file("negative", format!("{head}{line},\"count\":-1}}]}}")).file("\u{1b}[31m", "{");
    let here = here.file("word", format!("{{\"unitlint-baseline\":\"{}\u{1b}\"}}", "x".repeat(1 << 20)));
    let here = here.link("circle", "circle").link("gone", "nowhere").link("zero", "/dev/zero").link("dir", ".");
    fs::File::create(here.at("large")).unwrap().set_len((64 << 20) + 1).unwrap();
    let fifo = here.at("pipe");
    assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
    let files =
        "none cut bytes deep later numbers list negative word circle gone zero dir large pipe . missing \u{1b}[31m";
    for file in files.split(' ') {
        for form in FORMS.iter().filter(|f| f.starts_with("check")) {
            let (status, text) = here.told(&format!("{form} --baseline {file} a.service"));
            let said = text.contains(&format!("unitlint: {}", file.replace('\u{1b}', "\\u{1b}")));
            assert!(status == 2 && said && text.len() < 1000, "{form} {file}: {status} {text}");
        }
    }
    // a link of one's own may be read
    let here = here.file("good", format!("{head}{line}}}]}}")).link("link", "good");
    assert!(here.told("check --baseline link a.service").1.contains("1 finding is known"));
    let here =
        here.file("large count", "").file("many", format!("{head}{line},\"count\":18446744073709551615}},{line}}}]}}"));
    assert_eq!(here.told("check --baseline many a.service").0, 0);
    // what is no baseline is not written over, nor is anything that a link leads to
    for file in ["cut", "none"] {
        assert_eq!(here.told(&format!("check --write-baseline {file} a.service")).0, 0, "{file}");
    }
    let keep = fs::read(here.dir.join("a.service")).unwrap();
    for file in
        "a.service bytes deep numbers circle gone zero dir large pipe . link no/where /dev/null /dev/full".split(' ')
    {
        let (status, text) = here.told(&format!("check --write-baseline {file} a.service"));
        assert!(status == 2 && text.contains(&format!("unitlint: {file}: ")), "{file}: {status} {text}");
    }
    assert_eq!(fs::read(here.dir.join("a.service")).unwrap(), keep);
    assert!(!here.dir.join("nowhere").exists());
    // a state with words in it that steer a terminal is written as text
    let bad = "\u{1b}[31m\u{202e}";
    let here = here.file("b.service", format!("{SERVICE}Fr{bad}ob=1\nUser={bad}\n"));
    assert_eq!(here.told("check --write-baseline new . --select all").0, 0);
    let text = fs::read_to_string(here.dir.join("new")).unwrap();
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && text.contains("u001b"), "{text}");
    assert!(here.told("check --baseline new . --select all --format concise").1.is_empty());
}

#[test]
fn odd_differences() {
    let bad = "\u{1b}[31m\u{202e}`|<b>\\@x";
    let long = "x".repeat(1 << 20);
    let here =
        case("diff").file("o/a.service", SERVICE).file("o/m.service", "").file("o/r.service", "[Service]\nUser=a:b\n");
    let here = here.file("n/a.service", format!("{SERVICE}Description={bad}\nEnvironment=A={bad}\nFr{bad}=1\n"));
    let here =
        here.file("n/m.service", with("RootDirectory", bad)).file("n/r.service", with("Environment", &long[100..]));
    let here = here.file(format!("n/{bad}.service"), SERVICE).file("n/l.service", with("Nice", &long));
    let here = here.file("n/words.service", format!("{SERVICE}Frob={}\n", "a ".repeat(1000)).repeat(200));
    let here = here.tree("n/c.service->c.service n/z.service->/dev/zero void/x.txt x.txt");
    for format in ["human", "concise", "json", "markdown"] {
        for sides in [
            "o n",
            "n o",
            "n n",
            "o/a.service n/a.service",
            "o/a.service n",
            "n o/m.service",
            "n/l.service n/r.service",
        ] {
            let (status, text) = here.told(&format!("diff --select all --format {format} {sides}"));
            assert!(
                status == 0 && (format == "json" || text.len() < 200_000),
                "{format} {sides}: {status} {}",
                text.len()
            );
        }
        for sides in ["o none", "none n", "o void", "x.txt n", "o x.txt", "/dev/zero n", "o n none", "o -"] {
            let (status, text) = here.told(&format!("diff --format {format} {sides}"));
            assert!(status == 2 && text.contains("unitlint: "), "{format} {sides}: {status} {text}");
        }
    }
}

#[test]
fn paths_with_dots() {
    let b = "r/usr/lib/systemd/system/b.service";
    let here = case("dots").tree(&format!("x/y/a.service {b} r/etc/systemd/system/b.service.d/o.conf"));
    for (input, path) in [
        ("x/y/../y/a.service", "x/y/../y/a.service"),
        ("x/../x", "x/../x/y/a.service"),
        ("../dots/x", "../dots/x/y/a.service"),
        ("./r", "./r/usr/lib/systemd/system/b.service"),
        ("./r/usr/lib/systemd/system/b.service", "./r/usr/lib/systemd/system/b.service"),
        ("--root x/../r", "x/../r/usr/lib/systemd/system/b.service"),
        ("--root ./r b", "./r/usr/lib/systemd/system/b.service"),
    ] {
        here.says(input, path);
        let (_, text) = here.told(&format!("cat {input}"));
        assert!(path.ends_with("a.service") || text.contains("User=app  # o.conf:2"), "{text}");
    }
}

/// What lies outside would be seen in the output of `cat`: its user, its command, its name.
#[test]
fn links_out_of_the_root_are_not_read() {
    let secret = "[Unit]\nDescription=canary\n[Service]\nExecStart=/bin/canary\nUser=canary\n";
    let here = case("canary").file("out/canary", secret).file("out/d/x.conf", secret);
    let here = here.file("out/lib/systemd/system/c.service", secret);
    let here = here.file("out/lib/systemd/system/a.service.d/x.conf", secret);
    let out = here.dir.join("out");
    let units = out.join("lib/systemd/system");
    // absolute, from the place of a link, and from the top of everything
    let up = PathBuf::from(format!("{}{}", "../".repeat(40), out.display())).join("canary");
    let plant = |here: Case, dir: &str, below: &str| {
        let ways = [out.join("canary"), PathBuf::from(below).join("out/canary"), up.clone()];
        let here = here.link(&format!("{dir}/service.d"), out.join("d"));
        ways.iter().enumerate().fold(here, |here, (i, to)| {
            let to_dropin = if to.is_absolute() { to.clone() } else { PathBuf::from("..").join(to) };
            here.link(&format!("{dir}/l{i}.service"), to).link(&format!("{dir}/a.service.d/l{i}.conf"), to_dropin)
        })
    };
    // a walked directory, a root with links in its units, and one whose directories are links
    let here = plant(here.file("w/a.service", SERVICE).link("w/sub", &out), "w", "..");
    let here = here.file("r/usr/lib/systemd/system/a.service", SERVICE).link("r/run/systemd/system", &units);
    let here = plant(here, "r/etc/systemd/system", "../../../..");
    let here = here.file("s/etc/systemd/system/a.service", SERVICE).link("s/usr", "../out");
    let here = here.link("s/lib", out.join("lib"));
    let roots = ["--root r", "--root ./s", "--root s/../r", "--root r l0", "--root r l1", "--root s c", "--root s a"];
    let walked = ["w", ".//w", "w/../w", "r", "s", "./r", "r/etc/systemd/system", "s/etc/systemd/system"];
    for (form, input) in FORMS.iter().flat_map(|f| roots.iter().chain(&walked).map(move |i| (f, i))) {
        let (_, text) = here.told(&format!("{form} {input}"));
        let read = ["=canary", "/bin/canary", "\"canary\"", "/c.service", "x.conf"].iter().find(|w| text.contains(**w));
        assert_eq!(read, None, "{form} {input}: {text}");
    }
    // the same words are there when the file is asked for
    assert!(here.told("cat out/lib/systemd/system/c.service").1.contains("User=canary"));
}

#[test]
fn deep_directories() {
    let here = case("deep").file("b.service", SERVICE).file(format!("d{}/a.service", "/n".repeat(700)), SERVICE);
    let start = Instant::now();
    here.says(".", "n/a.service");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn many_files_in_little_time_and_memory() {
    let here = (0..20_000).fold(case("many"), |here, i| here.file(format!("u{i}.service"), SERVICE));
    for form in ["check", "check --format json", "security", "security --format json", "cat"] {
        // some for the program, and a hundredth of a megabyte for a unit
        let words = ["-c", r#"ulimit -v 400000; exec "$0" "$@""#, env!("CARGO_BIN_EXE_unitlint")];
        let start = Instant::now();
        let out =
            Command::new("sh").args(words).args(form.split(' ')).arg(".").current_dir(&here.dir).output().unwrap();
        let (status, text) = sound(form, &out, form.contains("json"));
        assert!(status == 0 && start.elapsed() < Duration::from_secs(60), "{form}: {status}, {:?}", start.elapsed());
        assert!(text.contains("u19999.service") || form == "check", "{form}");
    }
}

/// Nothing is measured: what is quadratic does not come to an end here.
#[test]
fn more_words_than_anybody_writes() {
    let words = |n: usize, word: &dyn Fn(usize) -> String| (0..n).map(word).collect::<Vec<_>>().join(" ");
    let prefixes = words(10_000, &|i| format!("10.{}.{}.{}", i / 2500, i / 10 % 250, i % 10 * 25));
    let networks = words(10_000, &|i| format!("{i:x}::/{}", 16 + i % 3 * 16));
    let faults = words(50_000, &|_| "x".into());
    let continued = faults.replace(' ', " \\\n");
    let names = words(10_000, &|i| format!("opena{i}"));
    let here = case("words").file("prefixes.service", with("IPAddressDeny", &prefixes));
    let here = here.file("networks.service", with("IPAddressAllow", &networks.replace(' ', "\nIPAddressAllow=")));
    let here = here.file("faults.service", with("ReadWritePaths", &faults));
    let here = here.file("continued.service", with("SystemCallArchitectures", &continued));
    let here = here.file("names.service", with("SystemCallFilter", &names));
    let here = here.file("keys.service", format!("{SERVICE}{}=1\n", names.replace(' ', "=1\n")));
    let suppressed = format!("# unitlint: ignore[unknown-key] x\n{}", with("Foo", "1").repeat(10_000));
    let here = here.file("suppressed.service", suppressed.replace("Foo", "# unitlint: ignore[unknown-key] x\nFoo"));
    for form in ["check --select all --format json", "check --select all --all", "security", "cat"] {
        let (status, _) = here.told(&format!("{form} ."));
        assert!(status < 2, "{form}: {status}");
    }
    let text = here.told("security ./prefixes.service").1;
    assert!(text.contains("The cheapest path down"), "{text}");
}

#[test]
fn readers_that_went_away() {
    let unread = || pipe().unwrap().1;
    let here = (0..300).fold(case("pipe"), |here, i| here.file(format!("u{i}.service"), SERVICE));
    let others = ["explain private-tmp", "rules", "man", "completions bash", "--help", "--version"];
    let readers = FORMS.map(|f| format!("{f} .")).into_iter().chain(others.map(str::to_owned));
    for form in readers {
        let out = here.command(&form).stdout(unread()).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(sound(&form, &out, false), (0, String::new()), "{form}");
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let out = here.command(&form).stdout(full).stderr(Stdio::piped()).output().unwrap();
        assert!(sound(&form, &out, false).1.contains("standard output") || form.starts_with("--"), "{form}");
    }
    for (form, status) in
        [("check none", 2), ("rules --frob", 2), ("check --arch x .", 2), ("check --systemd 255 .", 0)]
    {
        let out = here.command(form).stderr(unread()).output().unwrap();
        assert_eq!(out.status.code(), Some(status), "{form}");
    }
}
