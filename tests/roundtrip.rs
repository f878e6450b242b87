//! Whatever the bytes, parsing gives them back, agrees with a slow model of systemd's reader, and nothing behind it
//! panics or wavers.

mod reader;

use proptest::prelude::*;
use proptest::sample::select;
use reader::check_syntax;
use std::path::{Path, PathBuf};
use unitlint::emit::style::Paint;
use unitlint::emit::{cat, check, security};
use unitlint::engine::{self, Input, Options, Plan, Policy, Score, Selection, Session, loader, path_down};
use unitlint::rule::Finding;
use unitlint::rule::Registry;
use unitlint::target::Target;
use unitlint::tree::{Disk, Memory, Tree, files_below};
use unitlint::unit::State;
use unitlint::vocab::KEYS;

/// What unit files are made of, and what they should not be.
const FRAGMENTS: &[u8] =
    b"[Service]|[Unit]\n|[|]|[]|ExecStart=/bin/true|ExecStart=/bin/sh -c 'a b' \"c\"|PrivateTmp = yes \
    |User=|=|==| |\t|\\|\\\\|\\\n| \\\n# note\n ; note\n  more|\n|\n|\n|\r|\r\n|\n\r|\0|# comment|\n# unitlint: ignore[unknown-key] why\n|# unitlint: ignore|;|%|word\
    |\xef\xbb\xbf|\xef\xb7\x90|\xf4\x8f\xbf\xbf|\xff|\xc3|\xc2\xa0\xc3\xa9\xe6\x97\xa5";

fn fragments(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(select(FRAGMENTS.split(|b| *b == b'|').collect::<Vec<_>>()), 0..most).prop_map(|f| f.concat())
}

fn config(cases: u32) -> ProptestConfig {
    // a failure is printed whole and worth a test by name; nothing is written beside the sources
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(4096))]

    #[test]
    fn print_gives_the_bytes_back(bytes in prop_oneof![
        fragments(24),
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(select(&b"a=[]#;\\ \t\n\r\0\xef\xbb\xbf"[..]), 0..80),
    ]) {
        check_syntax(&bytes);
    }
}

#[test]
fn every_file_at_hand_comes_back() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for top in [here.join("fixtures"), here.join("rules"), here.join("../shared/corpus")] {
        let files = if Disk.list(&top).is_ok() { files_below(&top).unwrap() } else { Vec::new() };
        for path in files {
            check_syntax(&Disk.read(&path).unwrap());
            count += 1;
        }
    }
    assert!(count > 50, "only {count} files");
}

#[test]
fn what_once_was_wrong() {
    for bytes in [
        &b"# c\n\xef\xbb\xbf[A]\\\nb\n"[..],
        b"# c\n[A]\n\xef\xbb\xbfa=b \\\n c\n",
        b"a=b \\\n\xef\xbb\xbf c\n",
        b"a=\xef\xb7\x90\n",
        b"a=b \\\n\xf0\x9f\xbf\xbf\n",
    ] {
        check_syntax(bytes);
    }
}

/// A few files that belong together, and for whom they are read.
#[derive(Clone, Debug)]
struct Case {
    files: Vec<(String, Vec<u8>)>,
    systemd: u16,
}

const VALUES: &str = "|yes|off|0|-1|99999999999999999999|infinity|50%|1G|5min 3s|strict|native x86-64 bogus|0777|root|65535\
    |%i|%n-%%-%z|%|/a/b:/c ~/d -/e|/|../x|\"a b\" 'c|\\x41\\u00e9\\777\\|-/bin/true %i ; @/bin/false x $Y ${Z}|!!relative\
    |~@mount @bad nonsense:EPERM 400|@system-service|CAP_SYS_ADMIN ~CAP_CHOWN cap_nonsense|~AF_INET none|user ~net\
    |any 10.0.0.0/8 ::1/128 localhost|char-pts rwm|\u{e9}\u{a0}\u{fdd0}|a=b=c|on-failure|foo.service bar@%i.socket ...";

fn one_of(words: &'static str) -> impl Strategy<Value = &'static str> {
    select(words.split('|').collect::<Vec<_>>())
}

fn assignment() -> impl Strategy<Value = String> {
    let key = prop_oneof![3 => (0..KEYS.len()).prop_map(|i| {
        let key = &KEYS[i];
        (key.placements().first().map_or("Unit", |p| p.section.word()), key.name())
    }), 1 => Just(("Service", "ExecStart")), 1 => Just(("Service", "SystemCallFilter"))];
    (key, one_of(VALUES)).prop_map(|((section, key), value)| format!("[{section}]\n{key}={value}\n"))
}

fn unit_text() -> impl Strategy<Value = Vec<u8>> {
    let plain = || prop::collection::vec(assignment(), 0..12).prop_map(|lines| lines.concat().into_bytes());
    let start = || plain().prop_map(|t| [&b"[Service]\nExecStart=/bin/true\n"[..], &t].concat());
    prop_oneof![4 => start(), 1 => plain(), 1 => fragments(16), 1 => (start(), fragments(6)).prop_map(|(a, b)| [a, b].concat())]
}

fn case() -> impl Strategy<Value = Case> {
    let dir = || one_of("/etc/systemd/system|/usr/lib/systemd/system|/usr/lib/systemd/user|/some/where");
    let name = one_of("a-b.service|a@.service|a@i.service|a.socket|a.slice|a.mount|a.timer|a.wrong");
    let owner = one_of("a-b.service|a-.service|service|a@.service|a@i.service|a.socket|gone.service|any");
    let unit = (dir(), name).prop_map(|(d, n)| format!("{d}/{n}"));
    let dropin = (dir(), owner, 0..3).prop_map(|(d, o, i)| format!("{d}/{o}.d/{i}.conf"));
    let files = prop::collection::vec((prop_oneof![unit, dropin], unit_text()), 1..6);
    (files, select(&[239, 252, 257, 262])).prop_map(|(files, systemd)| Case { files, systemd })
}

/// From files to all that can be said of them.
fn run(case: &Case) -> String {
    let tree = case.files.iter().fold(Memory::new(), |tree, (path, bytes)| tree.file(path, bytes.clone()));
    let options = Options { target: Target::systemd(case.systemd), ..Options::default() };
    let plan = Plan::make(&tree, &[Input::Path(PathBuf::from("/"))], &options);
    let all = Selection::parse(&["all".into()], &[], &Registry::default()).unwrap_or_default();
    let (policy, session) = (Policy::default(), Session::with(all));
    let selection = &session.selection;
    let (mut json, mut scores) = (Vec::new(), Vec::new());
    let mut document = check::Document::new(&mut json, &plan.target);
    let mut report = security::Document::new(&mut scores, plan.target.systemd, plan.target.model.number());
    let mut findings: Vec<Finding> = Vec::new();
    let mut text = String::new();
    let (mut units, mut suppressed, mut rows) = (0, 0, Vec::new());
    engine::each_unit(&tree, &plan, |unit| {
        units += 1;
        let score = (unit.state == State::Loaded).then(|| Score::of(&unit, &policy));
        report.unit(&unit, score.as_ref(), None).expect("memory takes everything");
        text += &cat::human(&unit, Paint::default());
        let found = engine::check(unit, &session);
        suppressed += found.suppressed;
        findings.extend(loader::modes(&tree, &found.unit, selection));
        document.unit(&found).expect("memory takes everything");
        findings.extend(found.findings);
        let proposal = score.as_ref().map(|s| path_down::propose(&found.unit, s, &policy)).unwrap_or_default();
        text += &security::detail(&found.unit, score.as_ref(), None, &proposal, true, Paint::default());
        rows.push(security::Row::of(&found.unit, score.as_ref(), None));
    });
    findings.extend(loader::scan(&tree, &plan, selection));
    let all: Vec<&Finding> = findings.iter().collect();
    all.iter().try_for_each(|f| document.finding(f)).expect("memory takes everything");
    document.finish(units, suppressed).expect("memory takes everything");
    report.finish().expect("memory takes everything");
    text += &security::table(&rows, Paint::default());
    for bytes in [&json, &scores] {
        let _: serde_json::Value = serde_json::from_slice(bytes).expect("valid JSON");
        text += std::str::from_utf8(bytes).expect("valid UTF-8");
    }
    #[cfg(feature = "cli")]
    {
        text += &unitlint::emit::human::findings(&all, true, Paint { colour: true, unicode: true, width: 80 });
    }
    text
}

proptest! {
    #![proptest_config(config(256))]

    #[test]
    fn output_is_deterministic(case in case()) {
        prop_assert_eq!(run(&case), run(&case));
    }
}
