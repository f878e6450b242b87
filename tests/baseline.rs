//! What a recorded state promises: what is known stays known when lines, files and checkouts move; what is new or worse is
//! told; the file is the same for the same state.

use std::path::Path;
use unitlint::emit::baseline::document;
use unitlint::engine::baseline::{Baseline, Compared, Naming, Seen};
use unitlint::engine::{self, Input, Options, Plan, Selection, Session};
use unitlint::rule::{Finding, Level, RULES, Registry};
use unitlint::target::Target;
use unitlint::tree::Memory;

/// The findings and units of a tree.
fn look(files: &[(&str, &str)], session: &Session) -> (Vec<Finding>, Vec<Seen>) {
    let tree = files.iter().fold(Memory::new(), |tree, (path, text)| tree.file(*path, *text));
    let plan = Plan::make(&tree, &[Input::Path("/".into())], &Options::default());
    let (mut findings, mut seen) = (Vec::new(), Vec::new());
    let rest = engine::run(&tree, &plan, session, |report| {
        seen.push(Seen::of(&report, &Naming::default()));
        findings.extend(report.findings);
    });
    findings.extend(rest.findings);
    (findings, seen)
}

fn selecting(words: &[&str]) -> Session {
    let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    Session::with(Selection::parse(&words, &[], &Registry::default()).expect("rules"))
}

fn record(files: &[(&str, &str)], session: &Session) -> Baseline {
    let (findings, seen) = look(files, session);
    let state = Baseline::of(&findings, &seen, &Naming::default(), Target::default().model.number());
    // what is written is what is read
    let bytes = document(&state);
    let read = Baseline::parse(&bytes).expect("our own file");
    assert_eq!((&read, document(&read)), (&state, bytes));
    read
}

/// What is left of the new state.
fn left(old: &[(&str, &str)], new: &[(&str, &str)], rules: &[&str]) -> Compared {
    let mut session = selecting(rules);
    let known = record(old, &session);
    session.baseline = Some(known.clone());
    let (findings, seen) = look(new, &session);
    known.compare(findings, &seen, &Naming::default(), &session)
}

fn told(compared: &Compared) -> Vec<String> {
    let line = |f: &Finding| f.at.as_ref().map_or(0, |at| at.start().line);
    compared.findings.iter().map(|f| format!("{}:{} {}", f.path.display(), line(f), f.rule.id)).collect()
}

const KEY: &[&str] = &["unknown-key"];
const ODD: &str = "[Service]\nExecStart=/bin/a\nFrob=1\n";

#[test]
fn moved_lines_are_known() {
    let moved = "# why\n\n[Service]\nFrob = 1\n\nExecStart=/bin/a\n";
    let compared = left(&[("/a.service", ODD)], &[("/a.service", moved)], KEY);
    assert_eq!((told(&compared).len(), compared.tally.known, compared.tally.gone), (0, 1, 0));
    // words of a value that is written over several lines now
    let rules = &["unknown-syscall"];
    let one = "[Service]\nExecStart=/bin/a\nSystemCallFilter=nope read nada\n";
    let two = "[Service]\nExecStart=/bin/a\nSystemCallFilter=read \\\n# these two\n  nada \\\n  nope nothing\n";
    let compared = left(&[("/a.service", one)], &[("/a.service", two)], rules);
    assert_eq!((told(&compared), compared.tally.known), (vec!["/a.service:6 unknown-syscall".to_owned()], 2));
}

#[test]
fn of_equals_as_many_are_known_as_are_recorded() {
    let thrice = "[Service]\nFrob=1\nExecStart=/bin/a\nFrob=1\nFrob=1\nFrab=1\n";
    let twice = "[Service]\nFrob=1\nFrob=1\nExecStart=/bin/a\n";
    let compared = left(&[("/a.service", twice)], &[("/a.service", thrice)], KEY);
    assert_eq!(told(&compared), ["/a.service:5 unknown-key", "/a.service:6 unknown-key"]);
    let compared = left(&[("/a.service", thrice)], &[("/a.service", twice)], KEY);
    assert_eq!((told(&compared).len(), compared.tally.known, compared.tally.gone), (0, 2, 2));
}

#[test]
fn another_checkout_knows_the_same() {
    let old = [("/a/x.service", ODD), ("/b/x.service", ODD)];
    let compared = left(&old, &[("/else/a/x.service", ODD), ("/else/b/x.service", ODD)], KEY);
    assert_eq!((told(&compared).len(), compared.tally.known), (0, 2));
    // the recorded place comes first
    let compared = left(&old[1..], &old, KEY);
    assert_eq!(told(&compared), ["/a/x.service:3 unknown-key"]);
    // another unit is another matter
    let compared = left(&old[..1], &[("/a/y.service", ODD)], KEY);
    assert_eq!((told(&compared).len(), compared.tally.gone), (1, 0));
}

#[test]
fn only_what_was_looked_for_can_be_gone() {
    let (old, new) = ([("/a.service", ODD), ("/b.service", ODD)], [("/a.service", "[Service]\nExecStart=/bin/a\n")]);
    assert_eq!(left(&old, &new, KEY).tally.gone, 1);
    let known = record(&old, &selecting(KEY));
    let session = selecting(&["invalid-value"]);
    let (findings, seen) = look(&new, &session);
    assert_eq!(known.compare(findings, &seen, &Naming::default(), &session).tally.gone, 0);
}

const SAFE: &str = "[Service]\nExecStart=/bin/a\nDynamicUser=yes\nPrivateNetwork=yes\nPrivateDevices=yes\nPrivateUsers=yes\n\
    ProtectClock=yes\nProtectControlGroups=yes\nProtectKernelModules=yes\nProtectKernelTunables=yes\nProtectProc=invisible\n\
    RestrictNamespaces=yes\nRestrictAddressFamilies=none\nCapabilityBoundingSet=\nSystemCallFilter=@system-service\n\
    SystemCallFilter=~@privileged @resources\nSystemCallArchitectures=native\nIPAddressDeny=any\n";

#[test]
fn an_exposure_that_rose_is_told() {
    let rules = &["exposure-score"];
    let (safe, less) = (SAFE.to_owned(), SAFE.replace("IPAddressDeny=any\n", ""));
    let of = |old: &str, new: &str| left(&[("/a.service", old)], &[("/a.service", new)], rules);
    let worse = of(&safe, &less);
    assert!(worse.worse && worse.exposures.len() == 1 && worse.tally.fell == 0);
    let [found] = &worse.findings[..] else { panic!("{:?}", told(&worse)) };
    assert!(found.level == Level::Warn && found.message.contains(" -> ") && found.message.starts_with("exposure "));
    let better = of(&less, &safe);
    assert!(!better.worse && better.findings.is_empty() && better.exposures.is_empty() && better.tally.fell == 1);
    let same = of(ODD, ODD);
    assert!(!same.worse && same.findings.is_empty() && same.exposures.is_empty() && same.tally.known == 1);
    // a new unit is told as ever, and only when it is exposed
    let new =
        left(&[("/a.service", &safe)], &[("/a.service", &safe), ("/b.service", ODD), ("/c.service", &less)], rules);
    assert_eq!(
        (told(&new), new.exposures.len(), new.worse),
        (vec!["/b.service:1 exposure-score".to_owned()], 2, false)
    );
    // as is one that only has the name of a recorded one
    let new = left(&[("/a/x.service", &safe)], &[("/a/x.service", &safe), ("/b/x.service", &less)], rules);
    assert!(new.findings.is_empty() && !new.worse && new.exposures.len() == 1);
    // another checkout: the paths that end alike belong together
    let old = [("/a/x.service", &*safe), ("/b/x.service", &*less)];
    let moved = left(&old, &[("/else/a/x.service", &safe), ("/else/b/x.service", &less)], rules);
    assert!(moved.findings.is_empty() && !moved.worse && moved.exposures.is_empty() && moved.tally.fell == 0);
    let quiet = less.replace("[Service]", "# unitlint: ignore[exposure-score] it has to\n[Service]");
    assert!(!of(&safe, &quiet).worse);
}

#[test]
fn checks_of_the_score_are_known_wherever_they_are_decided() {
    let rules = &["protect-home"];
    let open = "[Service]\nExecStart=/bin/a\nProtectHome=no\n";
    assert_eq!(told(&left(&[("/a.service", ODD)], &[("/a.service", open)], rules)).len(), 0);
}

#[test]
fn what_is_wrong_with_several_units_together_is_recorded_too() {
    let rules = &["ordering-cycle", "missing-unit", "suppression"];
    let unit = |after: &str, more: &str| {
        format!("[Unit]\nAfter={after}.service\nWants={after}.service\n{more}[Service]\nExecStart=/bin/a\n")
    };
    let (a, b) = (unit("b", ""), unit("a", ""));
    let old = [("/a.service", &*a), ("/b.service", &*b)];
    let same = left(&old, &old, rules);
    assert_eq!((told(&same), same.tally.known, same.tally.gone), (vec![], 1, 0));
    // a circle more, and one whose lines have moved
    let (moved, c, d) = (unit("b", "").replace("[Unit]", "# why\n[Unit]"), unit("d", ""), unit("c", ""));
    let new = [("/a.service", &*moved), old[1], ("/c.service", &*c), ("/d.service", &*d)];
    let more = left(&old, &new, rules);
    assert_eq!((told(&more), more.tally.known), (vec!["/c.service:2 ordering-cycle".to_owned()], 1));
    let cut = unit("b", "").replace("After", "Before");
    assert_eq!(left(&old, &[("/a.service", &cut), old[1]], rules).tally.gone, 1);
    // a comment is heard before what is known, and what it does is no idle one
    let quiet = a.replace("After", "# unitlint: ignore[ordering-cycle] they know\nAfter");
    let silent = left(&old, &[("/a.service", &quiet), old[1]], rules);
    assert_eq!((told(&silent), silent.tally.known, silent.tally.gone), (vec![], 0, 1));
}

#[test]
fn what_is_recorded_of_a_removed_rule_is_that_of_its_successor() {
    let known = record(&[("/a.service", ODD)], &selecting(KEY));
    let text = String::from_utf8(document(&known)).expect("UTF-8").replace("unknown-key", "odd-key");
    let own = "summary = \"s\"\nrationale = \"r\"\nlevel = \"warn\"\ncheck = { kind = \"removed\", successor = \"unknown-key\" }\n";
    let mut rules = Registry::default();
    rules.add(unitlint::rule::own::parse("odd-key", own).expect("a rule")).expect("a new one");
    let read = |rules: &Registry| Baseline::parse(text.as_bytes()).expect("a baseline").renamed(rules);
    assert!(read(&rules) == known && read(&Registry::default()) != known);
}

#[test]
fn nothing_is_left_of_what_was_just_recorded() {
    let session = selecting(&["all"]);
    for rule in &RULES {
        for example in rule.examples() {
            let name = format!("/{}", example.name);
            let mut files = vec![(name.clone(), example.text)];
            files.extend(example.files.iter().map(|(file, text)| (format!("{name}.d/{file}"), *text)));
            files.extend(example.units.iter().map(|(unit, text)| (format!("/{unit}"), *text)));
            let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (&**path, *text)).collect();
            let known = record(&files, &session);
            let (findings, seen) = look(&files, &Session { baseline: Some(known.clone()), ..session.clone() });
            let compared = known.compare(findings, &seen, &Naming::default(), &session);
            assert_eq!(told(&compared), Vec::<String>::new(), "{}", rule.file());
            assert_eq!((compared.tally.gone, compared.worse), (0, false), "{}", rule.file());
        }
    }
}

#[test]
fn paths_are_told_from_where_the_file_is() {
    let of = |here: &str, file: &str, path: &str| Naming::new(Path::new(here), Path::new(file)).of(Path::new(path));
    assert_eq!(of("/src/x", "b.json", "./units/a.service"), "units/a.service");
    assert_eq!(of("/src/x/units", "../b.json", "a.service"), "units/a.service");
    assert_eq!(of("/src/x", "b.json", "/src/x/a.service"), "a.service");
    assert_eq!(of("/src/x", "ci/b.json", "../y/./a.service"), "../y/a.service");
    assert_eq!(Naming::default().of(Path::new("./a/../b.service")), "b.service");
}

#[test]
fn what_is_no_baseline_is_refused() {
    let wrong = |text: &str| Baseline::parse(text.as_bytes()).expect_err(text);
    for (text, said) in [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("<<<<<<< ours", "not JSON"),
        ("[]", "no baseline"),
        ("{}", "no unitlint-baseline"),
        ("{\"unitlint-baseline\":\"x\"}", "no baseline"),
        ("{\"unitlint-baseline\":2}", "version 2"),
        ("{\"unitlint-baseline\":1}", "missing field"),
        ("{\"unitlint-baseline\":1,\"systemd\":257,\"findings\":[3],\"exposures\":[]}", "broken"),
        ("{\"unitlint-baseline\":1,\"systemd\":257,\"findings\":[{\"unit\":\"a\"}],\"exposures\":[]}", "broken"),
        (
            "{\"unitlint-baseline\":1,\"systemd\":257,\"findings\":[],\"exposures\":[{\"unit\":\"a\",\"scope\":\"system\",\
             \"path\":\"a\",\"exposure\":1e9}]}",
            "no exposure",
        ),
        (
            "{\"unitlint-baseline\":1,\"systemd\":257,\"findings\":[],\"exposures\":[{\"unit\":\"a\",\"scope\":\"world\",\
             \"path\":\"a\",\"exposure\":1}]}",
            "no scope",
        ),
    ] {
        assert!(wrong(text).contains(said), "{text}: {}", wrong(text));
    }
    let long = format!("{{\"unitlint-baseline\":1,\"systemd\":\"{}\"}}", "x".repeat(1 << 20));
    assert!(wrong(&long).len() < 500);
}
