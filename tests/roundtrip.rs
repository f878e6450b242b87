//! Whatever the bytes, parsing gives them back, agrees with a slow model of systemd's reader, and nothing behind it
//! panics or wavers.

use proptest::prelude::*;
use proptest::sample::select;
use std::path::{Path, PathBuf};
use unitlint::emit::style::Paint;
use unitlint::emit::{cat, check, security};
use unitlint::engine::{self, Input, Options, Plan, Policy, Score, Selection, Session, loader, path_down};
use unitlint::rule::Finding;
use unitlint::rule::Registry;
use unitlint::syntax::{self, Item, Junk, Kind};
use unitlint::target::Target;
use unitlint::text::Span;
use unitlint::tree::{Disk, Memory, NodeKind, Tree};
use unitlint::unit::State;
use unitlint::vocab::KEYS;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A logical line of the model.
struct Logical {
    line: u32,
    text: Vec<u8>,
    joined: bool,
}

/// Takes a physical line off: LF and CR in either order, each at most once, and then one NUL end it.
fn take_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let bytes = *rest;
    let text = bytes.iter().position(|b| b"\n\r\0".contains(b)).unwrap_or(bytes.len());
    let mut end = text;
    while let Some(b) = bytes.get(end).filter(|b| b"\n\r\0".contains(b)) {
        if bytes[text..end].contains(b) || bytes[text..end].contains(&0) {
            break;
        }
        end += 1;
    }
    *rest = &bytes[end..];
    (!bytes.is_empty()).then_some(&bytes[..text])
}

/// `config_parse()` as it is written, a line at a time and without a thought for speed.
fn model(mut rest: &[u8]) -> Vec<Logical> {
    let (mut out, mut open, mut number, mut bom_seen) = (Vec::new(), None::<Vec<u8>>, 0, false);
    while let Some(mut line) = take_line(&mut rest) {
        number += 1;
        if line.iter().find(|b| !b" \t".contains(b)).is_some_and(|b| b"#;".contains(b)) {
            continue;
        }
        if !bom_seen && line.starts_with(BOM) {
            bom_seen = true;
            line = &line[BOM.len()..];
        }
        let joined = open.is_some();
        let mut text = open.take().unwrap_or_default();
        text.extend_from_slice(line);
        if text.iter().fold(false, |escaped, b| !escaped && *b == b'\\') {
            text.pop();
            text.push(b' ');
            open = Some(text);
        } else {
            out.push(Logical { line: number, text, joined });
        }
    }
    out.extend(open.map(|text| Logical { line: number + 1, text, joined: true }));
    out
}

/// UTF-8 as systemd sees it: without the code points that Unicode keeps for no character.
fn is_text(bytes: &[u8]) -> bool {
    let nothing = |c: char| ('\u{fdd0}'..='\u{fdef}').contains(&c) || u32::from(c) & 0xfffe == 0xfffe;
    std::str::from_utf8(bytes).is_ok_and(|t| !t.chars().any(nothing))
}

fn trim(text: &[u8]) -> &[u8] {
    let blank = |b: &u8| b" \t".contains(b);
    let from = text.iter().position(|b| !blank(b)).unwrap_or(text.len());
    let to = text.iter().rposition(|b| !blank(b)).map_or(from, |e| e + 1);
    &text[from..to]
}

/// What a line comes to, in a form that both sides can be written in.
fn expected(logical: &Logical) -> (u32, String) {
    let text = trim(&logical.text);
    let lossy = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
    let what = match (text.iter().position(|b| *b == b'='), text) {
        (_, []) => "blank".into(),
        _ if !is_text(text) => format!("{:?}", Junk::NotUtf8),
        (_, [b'[', .., b']']) if logical.joined => "header".into(),
        (_, [b'[', name @ .., b']']) => format!("header {}", lossy(name)),
        (_, [b'[', ..]) => format!("{:?}", Junk::BadHeader),
        (Some(0), _) => format!("{:?}", Junk::NoKey),
        (None, _) => format!("{:?}", Junk::NoEqual),
        (Some(equal), _) => format!("{} = {}", lossy(trim(&text[..equal])), lossy(trim(&text[equal + 1..]))),
    };
    (logical.line, what)
}

/// The same for an item; `None` for a comment.
fn parsed(item: &Item, bytes: &[u8]) -> Option<(u32, String)> {
    let what = match &item.kind {
        Kind::Comment => return None,
        Kind::Blank => "blank".into(),
        Kind::Section { name } => {
            let all = item.span.of(bytes);
            let end = all.iter().rposition(|b| !b" \t\n\r\0".contains(b)).map_or(0, |e| e + 1);
            let joined = !all[..end].ends_with(b"]") || all[..end].iter().any(|b| b"\n\r\0".contains(b));
            let name = String::from_utf8_lossy(name.of(bytes));
            if joined { "header".into() } else { format!("header {name}") }
        }
        Kind::Junk(junk) => format!("{junk:?}"),
        Kind::Entry { .. } => {
            let (key, value) = item.entry(bytes).expect("an entry has a key and a value");
            format!("{key} = {}", value.text)
        }
    };
    Some((item.line, what))
}

/// Everything that holds for any file.
fn check_syntax(bytes: &[u8]) {
    let syntax = syntax::parse(bytes);
    assert_eq!(syntax.print(bytes), bytes);
    let mut end = 0;
    for item in &syntax.items {
        assert_eq!(item.span.start, end, "a gap or an overlap");
        assert!(item.span.end > end, "an empty item");
        end = item.span.end;
        let inside = |s: Span| item.span.start <= s.start && s.end <= item.span.end;
        let Kind::Entry { key, value, .. } = item.kind else { continue };
        assert!(inside(key) && inside(value));
        let (_, joined) = item.entry(bytes).expect("an entry has a key and a value");
        assert_eq!(joined.span(0..joined.text.len()), value);
        let base = joined.text.as_ptr() as usize;
        for word in joined.text.split([' ', '\t']).filter(|w| !w.is_empty()) {
            let at = word.as_ptr() as usize - base;
            assert_eq!(joined.span(at..at + word.len()).of(bytes), word.as_bytes());
        }
    }
    assert_eq!(end as usize, bytes.len());
    let found: Vec<_> = syntax.items.iter().filter_map(|i| parsed(i, bytes)).collect();
    assert_eq!(found, model(bytes).iter().map(expected).collect::<Vec<_>>());
}

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
        let directories = if Disk.list(&top).is_ok() { Disk.directories(&top, &|_| true) } else { Vec::new() };
        for (dir, _) in directories {
            for entry in Disk.list(&dir).unwrap().iter().filter(|e| e.kind == NodeKind::File) {
                check_syntax(&Disk.read(&dir.join(&entry.name)).unwrap());
                count += 1;
            }
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
        (key.placements.first().map_or("Unit", |p| p.section.word()), key.name)
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
    document.finish(&all, units, suppressed).expect("memory takes everything");
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
