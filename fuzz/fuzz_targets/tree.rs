//! A whole tree of files, all rules: two runs say the same, every place lies in its file, what was recorded is known, and
//! reports are well formed.
//!
//! The words before the files: `systemd=`, `arch=`, `user`, `unit=NAME` and `path=PATH` for what is looked at, `host=` for a
//! machine, `form=` for the report that is written.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use unitlint::emit::report::{self, Row, Run, Writer};
use unitlint::emit::style::Paint;
use unitlint::emit::{self, cat, check, human};
use unitlint::engine::baseline::{Naming, Seen};
use unitlint::engine::{Baseline, Plan, Rest, Session, run};
use unitlint::host::file::Profile;
use unitlint::rule::{Check, Finding};
use unitlint::tree::Memory;
use unitlint::unit::State;
use unitlint_fuzz::{Document, content, has_all_places, session, told};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Some(document) = Document::read(bytes) else { return Corpus::Reject };
    let tree = document.tree();
    let options = document.options();
    let session = session_on(document.word("host"));
    let first = look(&tree, &document.plan(&tree, &options), &session, document.word("form"));
    let second = look(&tree, &document.plan(&tree, &options), &session, None);
    assert_eq!(first.text, second.text, "two runs differ");
    has_all_places(&first.findings, &|path| content(&tree, path));
    Corpus::Keep
});

/// The session of a machine; without one the usual one.
fn session_on(host: Option<&str>) -> Session {
    thread_local!(static KNOWN: RefCell<BTreeMap<String, Session>> = RefCell::default());
    let hosts = || Profile::named(host?).ok()?.read().ok().map(|(hosts, _)| Arc::new(hosts));
    let name = host.unwrap_or_default();
    if !name.is_empty() && hosts().is_none() {
        return session().clone();
    }
    KNOWN.with_borrow_mut(|known| {
        known.entry(name.to_owned()).or_insert_with(|| Session { hosts: hosts(), ..session().clone() }).clone()
    })
}

/// What came of a run.
struct Looked {
    findings: Vec<Finding>,
    text: String,
}

fn look(tree: &Memory, plan: &Plan, session: &Session, form: Option<&str>) -> Looked {
    let naming = Naming::new(Path::new("/"), Path::new("/baseline.json"));
    let (mut findings, mut seen, mut rows, mut text) = (Vec::new(), Vec::new(), Vec::new(), String::new());
    let mut json = Vec::new();
    let mut document = check::Document::new(&mut json, &plan.target);
    let mut suppressed = 0;
    let Rest { findings: rest, suppressed: more, failures, .. } = run(tree, plan, session, |report| {
        let unit = &report.unit;
        assert!(report.score.as_ref().is_none_or(|s| s.exposure <= 100 && unit.state == State::Loaded));
        assert!(report.bounds.as_ref().is_none_or(|b| b.overall <= 100));
        document.unit(&report).expect("memory takes everything");
        text += &cat::human(unit, Paint::default());
        seen.push(Seen::of(&report, &naming));
        rows.push(Row {
            name: unit.name.to_string(),
            scope: unit.scope,
            path: unit.path.clone(),
            exposure: report.score.as_ref().map(|s| s.exposure),
            resources: report.bounds.as_ref().map(|b| b.overall),
        });
        suppressed += report.suppressed;
        findings.extend(report.findings);
    });
    findings.extend(rest);
    suppressed += more;
    let all: Vec<&Finding> = findings.iter().collect();
    all.iter().try_for_each(|f| document.finding(f)).expect("memory takes everything");
    document.finish(rows.len(), suppressed).expect("memory takes everything");
    text += std::str::from_utf8(&json).expect("JSON is UTF-8");
    serde_json::from_slice::<serde_json::Value>(&json).expect("JSON");
    let failures: Vec<String> = plan.failures.iter().cloned().chain(failures).collect();
    if let Some(form) = form {
        let run = Run {
            findings: &all,
            left_out: 0,
            suppressed,
            silenced: None,
            units: &rows,
            failures: &failures,
            target: &plan.target,
            naming: &naming,
            time: "2020-01-01T00:00:00",
        };
        report(&run, form);
        recorded(&findings, &seen, &naming, plan, session);
    }
    text += &told(&findings);
    text += &failures.join("\n");
    Looked { findings, text }
}

/// JSON is JSON, and no character of a file steers a terminal.
fn report(run: &Run<'_>, form: &str) {
    let (write, is_json): (Writer, bool) = match form {
        "sarif" => (report::sarif, true),
        "gitlab" => (report::gitlab, true),
        "gitlab-sast" => (report::gitlab_sast, true),
        "checkstyle" => (report::checkstyle, false),
        "github" => (report::github, false),
        "junit" => (report::junit, false),
        "lines" => (report::lines, false),
        "markdown" => (report::markdown, false),
        _ => {
            let text = human::findings(run.findings, true, Paint { colour: false, unicode: true, width: 80 });
            return assert!(!steers(text.as_bytes()), "a control character in {text:?}");
        }
    };
    let mut out = Vec::new();
    write(run, &mut out).expect("memory takes everything");
    let text = std::str::from_utf8(&out).expect("a report is UTF-8");
    if is_json {
        serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    } else {
        assert!(!steers(&out), "a control character in {text:?}");
    }
}

/// Whether there is a control character other than a line end or a tab; those of two bytes begin with the first of them.
fn steers(text: &[u8]) -> bool {
    text.iter().any(|b| (*b < b' ' && !b"\n\t".contains(b)) || *b == 0x7f)
        || text.windows(2).any(|two| two[0] == 0xc2 && two[1] < 0xa0)
}

/// What is recorded is read as it was written, and nothing is left when it is taken away.
fn recorded(findings: &[Finding], seen: &[Seen], naming: &Naming, plan: &Plan, session: &Session) {
    let baseline = Baseline::of(findings, seen, naming, plan.target.systemd);
    let file = emit::baseline::document(&baseline);
    assert_eq!(Baseline::parse(&file).as_ref(), Ok(&baseline));
    let left = baseline.compare(findings.to_vec(), seen, naming, session);
    let left: Vec<_> = left.findings.iter().filter(|f| !matches!(f.rule.check, Check::Configuration)).collect();
    assert!(left.is_empty(), "still new: {left:?}");
}
