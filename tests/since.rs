//! `--since`: only what is new or worse than in a revision is told, however the repository is reached and whatever it holds;
//! nothing of it is run.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test makes its own files and looks at them")]

mod case;

use case::{Case, case, sound};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use unitlint::tree::git::{Git, checkout};
use unitlint::tree::{Disk, NodeKind, Tree, walk};

const SHOP: &str =
    "[Unit]\nDescription=Shop\n\n[Service]\nExecStart=/usr/bin/shopd\nUser=shop\nFrob=1\nProtectHome=yes\n";

/// Without what the machine or the user has set up for git.
fn clean(command: &mut Command) -> &mut Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mine = [("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_AUTHOR_NAME", "a"), ("GIT_AUTHOR_EMAIL", "a@example.org")];
    let committer = [("GIT_COMMITTER_NAME", "a"), ("GIT_COMMITTER_EMAIL", "a@example.org"), ("HOME", "/nonexistent")];
    command.env_clear().env("PATH", path).envs(mine).envs(committer)
}

fn git(dir: &Path, words: &str) -> String {
    let mut command = Command::new("git");
    let out = clean(&mut command).args(words.split(' ')).current_dir(dir).output().unwrap();
    assert!(out.status.success(), "git {words}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn commit(dir: &Path) {
    git(dir, "add -A");
    git(dir, "commit -q --allow-empty -m state");
}

/// A repository with a service, an alias of it and a masked unit.
fn shop(name: &str) -> Case {
    let here = case(name)
        .file("units/shop.service", SHOP)
        .file("units/old.service", "[Service]\nExecStart=/usr/bin/old\n")
        .link("units/store.service", "shop.service")
        .link("units/gone.service", "/dev/null");
    git(&here.dir, "init -q -b main .");
    commit(&here.dir);
    here
}

fn run(dir: &Path, words: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unitlint"));
    clean(&mut command).args(words.split(' ')).current_dir(dir).stdin(Stdio::null()).output().unwrap()
}

fn told_in(dir: &Path, words: &str) -> (i32, String) {
    sound(words, &run(dir, words), false)
}

fn told(here: &Case, words: &str) -> (i32, String) {
    told_in(&here.dir, words)
}

fn write(here: &Case, path: &str, text: &str) {
    fs::write(here.at(path), text).unwrap();
}

fn snap(name: &str, here: &Case, words: &str) {
    let out = run(&here.dir, words);
    let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    let shown = format!("$ unitlint {words}\n{text}[exit status {}]\n", out.status.code().unwrap());
    insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, shown);
    });
}

/// The number of findings in lines.
fn lines(text: &str) -> usize {
    text.lines().filter(|l| l.contains(": ") && l.contains('[')).count()
}

#[test]
fn a_changed_drop_in_checks_its_unit_again() {
    let here = shop("dropin");
    let (status, text) = told(&here, "check --since HEAD --format concise");
    assert_eq!((status, text.as_str()), (0, ""));
    write(&here, "units/shop.service.d/10-home.conf", "[Service]\nProtectHome=no\nProtectSytem=full\n");
    snap("since-human", &here, "check --since HEAD units --systemd debian13");
    let all = told(&here, "check --since HEAD --format concise units").1;
    assert_eq!(lines(&all), 2, "{all}");
    // whatever of the unit is named, and however often
    for words in [
        "units/shop.service.d/10-home.conf",
        "units/shop.service.d",
        "units/shop.service",
        "units/store.service units/shop.service units/shop.service.d/10-home.conf units",
    ] {
        assert_eq!(told(&here, &format!("check --since HEAD --format concise {words}")).1, all, "{words}");
    }
    // one that was removed
    commit(&here.dir);
    fs::remove_file(here.at("units/shop.service.d/10-home.conf")).unwrap();
    write(&here, "units/shop.service.d/20-home.conf", "[Service]\nProtectHome=yes\n");
    let (status, text) = told(&here, "check --since HEAD --format concise units/shop.service.d/20-home.conf");
    assert_eq!((status, text.as_str()), (0, ""));
}

#[test]
fn a_unit_and_its_drop_in_are_one() {
    let here = shop("once");
    write(&here, "units/shop.service.d/10-home.conf", "[Service]\nProtectHom=no\nCPUShares=100\n");
    let of = |words: &str| told(&here, &format!("check --format concise {words}")).1;
    let whole = of("units/shop.service");
    assert!(whole.contains("Frob=") && whole.contains("ProtectHom="), "{whole}");
    assert_eq!(of("units/shop.service.d/10-home.conf"), whole);
    assert_eq!(of("units/shop.service.d/10-home.conf units/shop.service units/store.service"), whole);
    let fix = |words: &str| told(&here, &format!("fix --no-hardening --safety unsafe {words}")).1;
    let diff = fix("units/shop.service");
    assert!(diff.contains("+CPUWeight="), "{diff}");
    assert_eq!(fix("units/shop.service.d/10-home.conf"), diff);
    assert_eq!(fix("units/shop.service.d/10-home.conf units/shop.service"), diff);
}

#[test]
fn worse_fails_and_more_of_the_same_counts() {
    let here = shop("worse");
    write(&here, "units/shop.service", &SHOP.replace("ProtectHome=yes\n", ""));
    let (status, text) = told(&here, "check --since HEAD --format concise");
    assert!(status == 1 && lines(&text) == 1 && text.contains(" -> "), "{text}");
    assert_eq!(told(&here, "check --since HEAD --fail-on error").0, 0);
    // lines that move are known; one more of the same is not
    write(&here, "units/shop.service", &format!("# why\n\n{SHOP}Frob=1\n"));
    let (status, text) = told(&here, "check --since HEAD --format concise");
    assert!(status == 1 && lines(&text) == 1 && text.contains("units/shop.service:11:1: error[unknown-key]"), "{text}");
}

#[test]
fn renamed_and_deleted_units() {
    let here = shop("renamed");
    git(&here.dir, "mv units/old.service units/new.service");
    write(&here, "units/shop.service", &SHOP.replace("ProtectHome=yes", "ProtectHome=no"));
    snap("since-diff", &here, "diff --since HEAD units --systemd debian13");
    snap("since-markdown", &here, "diff --since HEAD units --systemd debian13 --format markdown --fail-on worse");
    let (status, text) = told(&here, "diff --since HEAD --format concise units/old.service");
    assert!(status == 0 && text.contains("old.service") && !text.contains("new.service"), "{text}");
    let (status, text) = told(&here, "diff --since HEAD units/none.service");
    assert!(status == 2 && text.contains("neither here nor in HEAD"), "{text}");
    fs::remove_dir_all(here.at("units")).unwrap();
    let (status, text) = told(&here, "diff --since HEAD units --format concise");
    assert!(status == 0 && text.lines().count() > 2, "{text}");
    let (status, text) = told(&here, "diff --since HEAD");
    assert!(status == 0 && text.contains("gone"), "{text}");
}

#[test]
fn however_it_is_reached() {
    let here = shop("reached");
    write(&here, "units/shop.service", &format!("{SHOP}Frab=1\n"));
    let link = here.dir.with_file_name("reached-link");
    let _ = fs::remove_file(&link);
    symlink(&here.dir, &link).unwrap();
    let top = here.dir.to_str().unwrap();
    for (dir, words) in [
        ("", "units"),
        ("", "./units/shop.service"),
        ("", "units/../units"),
        ("units", "."),
        ("units", "shop.service"),
        ("units", "../units/shop.service"),
        ("..", "reached/units"),
        ("..", "reached-link/units"),
        ("/", &format!("{top}/units/shop.service")),
    ] {
        let (status, text) =
            told_in(&here.dir.join(dir), &format!("check --isolated --since HEAD --format concise {words}"));
        assert!(status == 1 && lines(&text) == 1 && text.contains("Frab="), "{dir} {words}: {text}");
    }
    fs::remove_file(link).unwrap();
    // what an editor has not written yet
    let mut command = Command::new(env!("CARGO_BIN_EXE_unitlint"));
    clean(&mut command).args("check --since HEAD --format concise - --stdin-filename units/shop.service".split(' '));
    let file = fs::File::open(here.at("units/shop.service")).unwrap();
    let out = command.current_dir(&here.dir).stdin(file).output().unwrap();
    assert!(lines(&sound("stdin", &out, false).1) == 1);
    // a hook of git names the repository, and works at its top
    let mut command = Command::new(env!("CARGO_BIN_EXE_unitlint"));
    clean(&mut command).args("check --since HEAD --format concise units/shop.service".split(' '));
    let out = command.env("GIT_DIR", ".git").env("GIT_INDEX_FILE", "x").current_dir(&here.dir).output().unwrap();
    assert!(lines(&sound("hook", &out, false).1) == 1);
}

#[test]
fn links_and_masks_are_followed_in_their_own_state() {
    let here = shop("links").link("current", "units");
    commit(&here.dir);
    for path in ["current", ".", "units/store.service", "units/gone.service"] {
        assert_eq!(told(&here, &format!("check --since HEAD --format concise {path}")), (0, String::new()), "{path}");
    }
    // the alias is that of another unit now, the mask is off, the directory is another one
    fs::remove_file(here.at("units/gone.service")).unwrap();
    write(&here, "units/gone.service", "[Service]\nExecStart=/bin/a\nFrob=1\n");
    let (status, text) = told(&here, "check --since HEAD --format concise current");
    assert!(status == 1 && text.contains("gone.service:3:1: error[unknown-key]") && lines(&text) == 3, "{text}");
    let (_, text) = told(&here, "diff --since HEAD current");
    assert!(text.contains("gone.service  masked →"), "{text}");
}

#[test]
fn the_root_of_a_system() {
    let unit = "[Unit]\nAfter=b.service\n[Service]\nExecStart=/usr/bin/a\n";
    let here = case("root")
        .file("image/usr/lib/systemd/system/a.service", unit)
        .file("image/usr/lib/systemd/system/b.service", "[Service]\nExecStart=/usr/bin/a\n")
        .file("image/usr/bin/a", "#!/bin/sh\n")
        .file("image/etc/os-release", "ID=x\n");
    git(&here.dir, "init -q -b main .");
    commit(&here.dir);
    for words in ["--root image", "image/usr/lib/systemd/system/a.service", "."] {
        let words = format!("check --since HEAD --format concise --select all {words}");
        assert_eq!(told(&here, &words), (0, String::new()), "{words}");
    }
    // the drop-in is not beside its unit, and the rest of the root is as it was
    let dropin = "image/etc/systemd/system/a.service.d/x.conf";
    write(&here, dropin, "[Service]\nNice=5\nFrob=1\n");
    for words in ["--root image", dropin, "."] {
        let (status, text) = told(&here, &format!("check --since HEAD --format concise {words}"));
        assert!(
            status == 1 && lines(&text) == 1 && text.contains("x.conf:3:1: error[unknown-key] a.service"),
            "{text}"
        );
        let (_, text) = told(&here, &format!("diff --since HEAD --format concise {words}"));
        assert!(text.contains("Nice") && text.contains("unknown-key"), "{words}: {text}");
    }
}

#[test]
fn where_a_branch_began() {
    let here = shop("branch");
    git(&here.dir, "checkout -q -b topic");
    write(&here, "units/shop.service", &format!("{SHOP}Frab=1\n"));
    commit(&here.dir);
    git(&here.dir, "checkout -q main");
    write(&here, "units/shop.service", &SHOP.replace("Frob=1\n", ""));
    commit(&here.dir);
    git(&here.dir, "checkout -q topic");
    let of = |since: &str| lines(&told(&here, &format!("check --since {since} --format concise")).1);
    assert_eq!((of("main"), of("main..."), of("HEAD")), (2, 1, 0));
    assert_eq!((of("topic~1"), of(git(&here.dir, "rev-parse --short main~1").trim())), (1, 1));
}

#[test]
fn what_is_recorded_in_a_file_is_known_too() {
    let here = shop("recorded");
    write(&here, "units/shop.service", &format!("{SHOP}Frab=1\n"));
    assert_eq!(told(&here, "check --write-baseline known.json units --exit-zero").0, 0);
    write(&here, "unitlint.toml", "baseline = \"known.json\"\n");
    assert_eq!(told(&here, "check --since HEAD --format concise units"), (0, String::new()));
    // each is known once
    write(&here, "units/shop.service", &format!("{SHOP}Frab=1\nFrob=1\n"));
    let (status, text) = told(&here, "check --since HEAD --format concise units");
    assert!(status == 1 && lines(&text) == 1, "{text}");
    assert_eq!(lines(&told(&here, "check --since HEAD --no-baseline --format concise units").1), 2);
    assert_eq!(told(&here, "check --since HEAD --baseline known.json").0, 2);
}

#[test]
fn why_there_is_nothing_to_compare_with() {
    let here = shop("errors").file("outside/a.service", SHOP);
    let clone = here.dir.join("outside/clone");
    commit(&here.dir);
    git(&here.dir, &format!("clone -q --depth 1 file://{} {}", here.dir.display(), clone.display()));
    for (dir, words, said) in [
        ("", "check --since none", "no revision of "),
        ("", "check --since HEAD:units", "no revision of "),
        ("", "check --since none...", "no revision of "),
        ("", "check --since=--upload-pack=x", "the name of a revision is needed"),
        ("", "check --since HEAD units /etc", "/etc is not in the repository"),
        ("", "check --since HEAD shop.service", "no such unit"),
        ("", "diff --since HEAD shop.service", "shop.service: neither here nor in HEAD"),
        ("outside/clone", "check --since HEAD~1 units", "`git fetch --unshallow` gets the rest of its history"),
        ("outside/clone", "diff --since HEAD~1 units", "`git fetch --unshallow` gets the rest of its history"),
    ] {
        let (status, text) = told_in(&here.dir.join(dir), words);
        assert!(status == 2 && text.contains(said) && !text.contains("\n\n"), "{words}: {text}");
    }
    let (status, text) = told_in(Path::new("/"), "check --isolated --since HEAD /usr");
    assert!(status == 2 && text.contains("not a git repository"), "{text}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_unitlint"));
    let out = clean(&mut command).env("PATH", "/nonexistent").args(["check", "--since", "HEAD"]);
    let (status, text) = sound("no git", &out.current_dir(&here.dir).output().unwrap(), false);
    assert!(status == 2 && text.contains("git is needed for that"), "{text}");
}

#[test]
fn nothing_of_the_repository_is_run() {
    let here = shop("quiet").file("evil", "#!/bin/sh\ntouch \"$(dirname \"$0\")/ran\"\ncat\n");
    fs::set_permissions(here.at("evil"), fs::Permissions::from_mode(0o755)).unwrap();
    write(&here, ".gitattributes", "* filter=evil diff=evil\n");
    commit(&here.dir);
    let evil = here.at("evil");
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "core.askPass",
        "diff.external",
        "filter.evil.smudge",
        "filter.evil.clean",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "alias.cat-file",
        "alias.rev-parse",
        "credential.helper",
        "uploadpack.packObjectsHook",
        "remote.origin.uploadpack",
    ] {
        let value = if key.starts_with("alias") { format!("!{}", evil.display()) } else { evil.display().to_string() };
        git(&here.dir, &format!("config {key} {value}"));
    }
    for (key, value) in [
        ("remote.origin.url", "ssh://example.org/x"),
        ("remote.origin.promisor", "true"),
        ("extensions.partialClone", "origin"),
    ] {
        git(&here.dir, &format!("config {key} {value}"));
    }
    git(&here.dir, "config core.repositoryFormatVersion 1");
    for hook in ["post-checkout", "post-index-change", "reference-transaction", "pre-commit", "fsmonitor-watchman"] {
        fs::copy(&evil, here.at(format!(".git/hooks/{hook}"))).unwrap();
    }
    write(&here, "units/shop.service", &format!("{SHOP}Frab=1\n"));
    let before = fs::metadata(here.at(".git/index")).unwrap().modified().unwrap();
    assert_eq!(lines(&told(&here, "check --since main... --format concise").1), 1);
    assert_eq!(told(&here, "diff --since main").0, 0);
    // nor is an object fetched that a partial clone lacks
    let id = git(&here.dir, "rev-parse main:units/old.service");
    fs::remove_file(here.at(format!(".git/objects/{}/{}", &id[..2], id[2..].trim()))).unwrap();
    let (status, text) = told(&here, "check --since main");
    assert!(status == 2 && text.contains("this clone lacks object"), "{text}");
    assert!(!here.dir.join("ran").exists());
    assert_eq!(fs::metadata(here.at(".git/index")).unwrap().modified().unwrap(), before);
}

#[test]
fn a_submodule_is_what_it_is_now() {
    let here = shop("module").file("vendor/lib/x.service", SHOP);
    let id = git(&here.dir, "rev-parse HEAD");
    fs::write(here.at(".gitignore"), "vendor\n").unwrap();
    git(&here.dir, &format!("update-index --add --cacheinfo 160000,{},vendor", id.trim()));
    git(&here.dir, "commit -q -m module");
    assert_eq!(told(&here, "check --since HEAD --format concise ."), (0, String::new()));
}

/// Every path below a directory, without git's own.
fn below(tree: &dyn Tree, top: &Path) -> Vec<String> {
    let mut out = Vec::new();
    walk(
        tree,
        top,
        |dir| !dir.ends_with(".git"),
        |dir, entries| {
            for entry in entries.unwrap().iter().filter(|e| e.name != ".git") {
                let path = dir.join(&entry.name);
                let stat = tree.stat(&path).unwrap();
                assert_eq!(stat.kind, entry.kind);
                let size = if stat.kind == NodeKind::File { stat.size } else { 0 };
                let content = match stat.kind {
                    NodeKind::File => tree.read(&path).unwrap(),
                    NodeKind::Link => tree.read_link(&path).unwrap().to_str().unwrap().as_bytes().to_vec(),
                    _ => Vec::new(),
                };
                assert_eq!(tree.read(&path).is_err(), stat.kind != NodeKind::File);
                assert_eq!(tree.list(&path).is_err(), std::fs::read_dir(&path).is_err(), "{}", path.display());
                out.push(format!("{} {:?} {size} {:o} {content:?}", path.display(), stat.kind, stat.mode & 0o100));
            }
        },
    );
    out
}

#[test]
fn a_revision_is_read_as_its_checkout_is() {
    let here = shop("same")
        .file("é ü/a b.service", b"\xff\0\n\n")
        .file("units/shop.service.d/x.conf", "")
        .file("units.d", "sorted between")
        .link("dir", "é ü")
        .link("up", "../same/units")
        .link("out", "/usr")
        .link("circle", "circle")
        .link("lost", "nowhere/at/all");
    fs::set_permissions(here.at("units.d"), fs::Permissions::from_mode(0o755)).unwrap();
    commit(&here.dir);
    let open = |here: &Path| Git::open(checkout(here).unwrap(), here, "HEAD").unwrap();
    let top = fs::canonicalize(&here.dir).unwrap();
    let tree = open(&top);
    let all = below(&tree, &top);
    assert_eq!(all, below(&Disk, &top));
    assert!(all.len() > 10, "{all:?}");
    for path in
        ["dir/a b.service", "up/shop.service", "up/../units.d", "out/bin", "/etc/passwd", "units/../../same/units.d"]
    {
        let path = &top.join(path);
        let of = |tree: &dyn Tree| (tree.stat(path).unwrap().kind, tree.read(path).ok(), tree.list(path).ok());
        assert_eq!(of(&tree), of(&Disk), "{}", path.display());
    }
    for path in ["none", "units/none", "units.d/below", "circle/x", "lost", "lost/x"] {
        let path = top.join(path);
        assert_eq!(tree.list(&path).unwrap_err().kind(), Disk.list(&path).unwrap_err().kind(), "{}", path.display());
    }
    assert!(open(&top.join("units")).stat(Path::new("shop.service")).is_ok());
    assert!(tree.sound().is_ok() && tree.holds(Path::new("units")) && !tree.holds(Path::new("/etc")));
}
