//! What SECURITY.md promises and no other test holds: nothing of what is looked at is run, nothing is written where a link
//! leads out, and what is too large, too deep or made to look like something else is told.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;
#[path = "common/guards.rs"]
mod guards;

use case::{Case, SERVICE, case, sound};
use std::env;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const UNITS: &str = "usr/lib/systemd/system";

#[test]
fn the_tests_that_the_page_names_exist() {
    let wrong = guards::missing("SECURITY.md");
    assert!(wrong.is_empty(), "SECURITY.md names what is not there:\n{}", wrong.join("\n"));
}

/// Programs that somebody might start without thinking, each of them a trap.
const TRAPS: &str = "git sh bash dash env true false systemctl systemd-analyze systemd-run systemd-escape journalctl portablectl busctl \
    udevadm loginctl dpkg dpkg-deb dpkg-query rpm rpm2cpio ar tar cpio gzip gunzip xz zstd bzip2 file ldd objdump readelf nm strings \
    man less more pager vi nano editor diff patch sudo su ssh curl wget uname id getent ldconfig mount umount nsenter unshare ip \
    python3 perl ruby node cargo rustc unitlint docker podman skopeo xdg-open";

/// A system whose every program, script, hook and helper leaves a mark when it is run.
struct Trapped {
    here: Case,
    marks: PathBuf,
}

impl Trapped {
    fn new(name: &str) -> Self {
        let here = case(name);
        let marks = here.dir.join("marks");
        fs::create_dir(&marks).unwrap();
        let mut out = Self { here, marks };
        let places = ["traps", "root/usr/bin", "root/usr/sbin", "root/usr/libexec"];
        for (place, name) in places.iter().flat_map(|p| TRAPS.split_whitespace().map(move |t| (p, t))) {
            out.trap(&format!("{place}/{name}"));
        }
        for place in [
            "root/usr/lib/systemd/system-generators/gen",
            "root/usr/lib/systemd/systemd",
            "root/usr/lib/systemd/user-generators/gen",
            "root/usr/lib/systemd/system-environment-generators/gen",
            "root/usr/libexec/daemon",
            "root/etc/init.d/daemon",
            "root/etc/rc.local",
            "root/lib64/ld-linux-x86-64.so.2",
            ".git/hooks/post-checkout",
            ".git/hooks/fsmonitor-watchman",
            "home/.local/bin/git",
        ] {
            out.trap(place);
        }
        let daemon = "/usr/libexec/daemon";
        let unit = format!(
            "[Unit]\nDescription=d\n[Service]\nType=notify\nExecCondition={daemon}\nExecStartPre=+{daemon} $(daemon)\nExecStart={daemon} `{daemon}`\n\
             ExecStartPost=/bin/sh -c '{daemon}; sudo {daemon}'\nExecReload=!{daemon}\nExecStop=-{daemon}\nExecStopPost=@{daemon} x\n\
             EnvironmentFile=-{daemon}\nPAMName=su\nStandardOutput=syslog\n[Install]\nWantedBy=multi-user.target\n"
        );
        let trap = out.at("traps/sh");
        let generic = format!("[D-BUS Service]\nName=org.d\nExec={daemon}\nUser=root\n");
        out.here = out
            .here
            .file(format!("root/{UNITS}/daemon.service"), unit)
            .file(format!("root/{UNITS}/other.service"), SERVICE)
            .file("root/usr/lib/os-release", "ID=debian\nVERSION_ID=13\n")
            .file("root/usr/share/dbus-1/system-services/org.d.service", generic)
            .file("root/etc/ld.so.preload", "/usr/libexec/daemon\n")
            .file("home/.gitconfig", format!("[core]\n\tfsmonitor = {trap}\n\tpager = {trap}\n"))
            .file(".git/HEAD", "ref: refs/heads/main\n")
            .file(".git/config", format!("[core]\n\tfsmonitor = {trap}\n\tsshCommand = {trap}\n"));
        out
    }

    fn at(&self, path: &str) -> String {
        self.here.dir.join(path).display().to_string()
    }

    /// A script that needs nothing but the interpreter that the kernel starts for it.
    fn trap(&self, path: &str) {
        let at = self.here.at(path);
        fs::write(&at, format!("#!/bin/sh\n: > \"{}/${{0##*/}}\"\n", self.marks.display())).unwrap();
        fs::set_permissions(&at, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the program where all that it could start is a trap.
    fn run(&self, words: &str, path: &OsString) -> Output {
        let mut command = self.here.command(words);
        command.env("PATH", path).env("HOME", self.at("home")).env("LESSOPEN", format!("|{} %s", self.at("traps/sh")));
        for name in
            "PAGER MANPAGER GIT_PAGER EDITOR VISUAL SHELL BROWSER GIT_SSH GIT_EXTERNAL_DIFF GIT_ASKPASS".split(' ')
        {
            command.env(name, self.at("traps/sh"));
        }
        command.stdin(Stdio::null()).output().unwrap()
    }

    fn marks(&self) -> Vec<String> {
        let names = fs::read_dir(&self.marks).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
        names.collect()
    }
}

#[test]
fn nothing_of_what_is_looked_at_is_run() {
    let trapped = Trapped::new("traps");
    let path = OsString::from(trapped.at("traps"));
    for words in [
        "check --select all .",
        "check --select all --format sarif --root root",
        "security --root root",
        "security --root root daemon.service",
        "cat --root root daemon.service",
        "tree --root root --system",
        "diff root/usr/lib/systemd/system/other.service root/usr/lib/systemd/system/daemon.service",
        "diff --profile strict --root root",
        "fix --root root --safety unsafe",
        "fix --root root --why daemon.service",
        "fix --root root --safety unsafe --output dropins",
        "fix --root root --safety unsafe --apply",
        "dry-run --root root",
        "dry-run root/usr/lib/systemd/system/daemon.service",
        "dry-run --try root/usr/lib/systemd/system/daemon.service",
        "check --host debian13 root/usr/lib/systemd/system/daemon.service",
        "check --min-version root",
        #[cfg(feature = "packages")]
        "audit root",
        "config root",
        "rules",
        "explain private-tmp",
        "explain ExecStart=",
        "man",
        "completions bash",
        "--help",
    ] {
        let (status, text) = sound(words, &trapped.run(words, &path), false);
        assert!(status < 2 || words.contains("--profile") || words.contains("--apply"), "{words}: {status} {text}");
        assert_eq!(trapped.marks(), [""; 0], "{words}");
    }
    assert!(trapped.here.dir.join("dropins/daemon.service.d").exists(), "fix had something to do");
    // the traps are good ones
    assert!(Command::new(trapped.at("traps/less")).env_clear().status().unwrap().success());
    assert_eq!(trapped.marks(), ["less"]);
}

/// A revision is what git tells; git is started, and nothing else.
#[test]
fn git_alone_is_run_for_a_revision() {
    let trapped = Trapped::new("revision");
    fs::remove_dir_all(trapped.here.dir.join(".git")).unwrap();
    fs::remove_file(trapped.here.dir.join("home/.gitconfig")).unwrap();
    fs::remove_file(trapped.here.dir.join("traps/git")).unwrap();
    let git = |words: &str| {
        let mut command = Command::new("git");
        command.args(words.split(' ')).current_dir(&trapped.here.dir).env("GIT_CONFIG_GLOBAL", "/dev/null");
        assert!(command.stdout(Stdio::null()).status().unwrap().success(), "{words}");
    };
    git("init -q");
    git("add root");
    git("-c user.name=a -c user.email=a@b commit -q -m a");
    let mut path = OsString::from(trapped.at("traps:"));
    path.push(env::var_os("PATH").unwrap_or_default());
    trapped.here.at("root/x");
    fs::write(trapped.here.dir.join(format!("root/{UNITS}/other.service")), format!("{SERVICE}Foo=1\n")).unwrap();
    for words in ["check --since HEAD root", "diff --since HEAD root"] {
        let (status, text) = sound(words, &trapped.run(words, &path), false);
        assert!(status < 2 && text.contains("Foo"), "{words}: {status} {text}");
    }
    assert_eq!(trapped.marks(), [""; 0]);
}

/// Everything below a directory with what it holds, links as what they say.
fn state(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            out.push((path.clone(), Vec::new()));
            out.extend(state(&path));
        } else if kind.is_symlink() {
            out.push((path.clone(), fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()));
        } else {
            out.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    out.sort();
    out
}

#[test]
fn fix_writes_nothing_where_a_link_leads_out() {
    let dropin = "a.service.d/50-unitlint.conf";
    let system = |name: &str| {
        let here = case(name).file("out/keep", "keep").file("out/d/keep", "keep");
        let here = here.file("r/usr/lib/os-release", "ID=a\n").file("r/usr/libexec/a", "#!/bin/sh\n:\n");
        fs::set_permissions(here.at("r/usr/libexec/a"), fs::Permissions::from_mode(0o755)).unwrap();
        here.file(format!("r/{UNITS}/a.service"), "[Service]\nExecStart=/usr/libexec/a\n")
            .file("w/a.service", SERVICE)
            .file("r/usr/bin/sh", "")
    };
    let apply = "fix --isolated --safety unsafe --apply --root r a.service";
    // without links it is written
    let here = system("plain");
    let (status, text) = here.told(apply);
    assert!(status == 0 && here.dir.join("r/etc/systemd/system").join(dropin).exists(), "{status} {text}");
    let links = [
        ("r/etc", "../out"),
        ("r/etc", "ABS/out"),
        ("r/etc/systemd", "../../out"),
        ("r/etc/systemd/system", "ABS/out/d"),
        ("r/etc/systemd/system/a.service.d", "../../../../out"),
        ("r/etc/systemd/system/a.service.d", "ABS/out/new"),
        ("r/etc/systemd/system/a.service.d", "a.service.d"),
        ("r/etc/systemd/system/a.service.d/50-unitlint.conf", "ABS/out/keep"),
        ("r/etc/systemd/system/a.service.d/50-unitlint.conf", "../../../../../out/made"),
    ];
    for (i, (link, target)) in links.iter().enumerate() {
        let here = system(&format!("link-{i}"));
        let target = target.replace("ABS", here.dir.to_str().unwrap());
        symlink(target, here.at(link)).unwrap();
        let before = state(&here.dir.join("out"));
        let (status, text) = here.told(apply);
        assert!(status == 2 && text.contains(dropin), "{link}: {status} {text}");
        assert_eq!(state(&here.dir.join("out")), before, "{link}");
    }
    // one that stays inside is the system's own business
    let here = system("inside").tree("r/usr/etc/x=").link("r/etc", "usr/etc");
    assert_eq!(here.told(apply).0, 0);
    assert!(here.dir.join("r/usr/etc/systemd/system").join(dropin).exists());
    // the same of a directory that was named for drop-ins
    let here = system("output").link("to/a.service.d", "../out");
    let before = state(&here.dir.join("out"));
    let (status, text) = here.told("fix --isolated --safety unsafe --output to --root r a.service");
    assert!(status == 2 && text.contains("a link on the way"), "{status} {text}");
    assert_eq!(state(&here.dir.join("out")), before);
}

/// A correction is written beside the file first, under a name that somebody may have seen coming.
#[test]
fn a_planted_name_is_not_written_through() {
    let here = case("planted").file("victim", "victim").file("a.service", format!("{SERVICE}StandardOutput=syslog\n"));
    let here = here.link(".#a.service.unitlint0", "victim").link(".#a.service.unitlint1", "made");
    let (status, text) = here.told("fix --isolated --no-hardening --apply a.service");
    assert!(status == 0 && fs::read_to_string(here.at("a.service")).unwrap().contains("journal"), "{status} {text}");
    assert_eq!(fs::read_to_string(here.at("victim")).unwrap(), "victim");
    assert!(!here.dir.join("made").exists() && !here.at("a.service").is_symlink());
}

#[test]
fn files_that_are_too_large_are_not_read() {
    let here = case("large").tree("a.service a.service.d/x.conf b.service");
    for path in ["a.service.d/x.conf", "b.service", "facts.json"] {
        fs::File::create(here.at(path)).unwrap().set_len((64 << 20) + 1).unwrap();
    }
    for words in ["check", "security", "cat", "fix", "fix --why", "fix --output -", "dry-run", "tree", "diff b.service"]
    {
        for unit in ["./a.service", "./b.service"] {
            let (status, text) = here.told(&format!("{words} --isolated {unit}"));
            assert!(status == 2 && text.matches("too large").count() > 0, "{words} {unit}: {status} {text}");
        }
    }
    // what nobody could read may make right what seems to be wrong
    let wrong = format!("{SERVICE}StandardOutput=syslog\n");
    let here = here.file("a.service", &wrong);
    assert_eq!(here.told("fix --isolated --apply ./a.service").0, 2);
    assert_eq!(fs::read_to_string(here.at("a.service")).unwrap(), wrong);
    let (status, text) = here.told("check --isolated --host ./facts.json a.service");
    assert!(status == 2 && text.contains("facts.json"), "{status} {text}");
}

#[test]
fn hostile_facts_are_told() {
    let bad = "\\u001b[31m\\u202e\\u2066";
    let words = format!("{{\"system\":{{\"{bad}\":1,\"kernel\":\"{bad}\",\"calls\":{{\"{bad}\":\"{bad}\"}}}}}}");
    let here = case("facts").tree("a.service").file("deep", "[".repeat(100_000)).file("bytes", b"\xff\0\x1b[31m");
    let here = here.file("words", words).file("deeper", format!("{{\"system\":{}", "{\"a\":".repeat(100_000)));
    let here = here.link("zero", "/dev/zero").link("circle", "circle").file("\u{1b}[31m", "{");
    for file in ["deep", "bytes", "words", "deeper", "zero", "circle", "gone", ".", "\u{1b}[31m"] {
        for form in ["check", "security", "dry-run", "fix"] {
            let (status, text) = here.told(&format!("{form} --isolated --host ./{file} a.service"));
            // a fact that nobody knows is left out, and told
            let told = if file == "words" { "means nothing here" } else { "unitlint: " };
            assert!(status == 2 || file == "words", "{form} {file}: {status} {text}");
            assert!(text.contains(told) && text.len() < 20_000, "{form} {file}: {text}");
        }
    }
}

#[cfg(feature = "packages")]
#[test]
fn what_a_package_says_steers_nothing() {
    let bad = "\u{1b}[31m\u{1b}]0;x\u{7}\u{9b}1m\u{202e}\u{2066}\u{7f}</script><img src=x onerror=alert(1)>\"'&";
    let unit = format!(
        "[Unit]\nDescription={bad}\n[Service]\nExecStart=/bin/{bad}\nUser={bad}\nFo{bad}=1\nPrivateTmp={bad}\n"
    );
    let names = [format!("{UNITS}/a.service"), format!("{UNITS}/{}.service", &bad[..18]), format!("usr/{bad}/x")];
    let mut tar = tar::Builder::new(Vec::new());
    for name in &names {
        let mut header = tar::Header::new_gnu();
        header.set_size(unit.len() as u64);
        header.set_mode(0o644);
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_cksum();
        tar.append(&header, unit.as_bytes()).unwrap();
    }
    let here = case("package").file("p.tar", tar.into_inner().unwrap()).tree("\u{1b}[31m.service");
    let here = here.file("deep.ndjson", "[".repeat(100_000)).file("bytes.ndjson", b"{\"name\":\"\x1b[31m\xff\"}\n");
    for format in ["human", "concise", "json", "ndjson", "prometheus", "sarif"] {
        let (status, text) = here.told(&format!("audit --isolated --select all --format {format} p.tar"));
        assert!(status < 2 || format == "sarif", "{format}: {status} {text}");
    }
    assert_eq!(here.told("audit --isolated --exit-zero --write html=page.html --write ndjson=p.ndjson p.tar").0, 0);
    let page = fs::read_to_string(here.at("page.html")).unwrap();
    assert!(!page.contains("</script><img") && !page.contains(['\u{1b}', '\u{202e}', '\u{2066}']));
    // a record of somebody else's is one more file
    assert!(here.told("audit --isolated p.ndjson").0 < 2);
    for file in ["deep.ndjson", "bytes.ndjson"] {
        let (status, text) = here.told(&format!("audit --isolated {file}"));
        assert!(status == 2 && text.len() < 2000, "{file}: {status} {text}");
    }
}
