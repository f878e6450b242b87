//! What people write for unitlint, and what they hand it: a repository with `unitlint.toml`, rules and units; or, by the first
//! byte, one rule (`r`), a baseline (`b`), facts of a machine (`h`), a security policy (`p`).
//!
//! Every mistake has its place in the file, what is right comes back as it was written, and whatever it is, units are judged
//! the same twice.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use std::path::Path;
use std::sync::Arc;
use unitlint::emit;
use unitlint::engine::baseline::{Baseline, Naming, Seen};
use unitlint::engine::config::{self, Config};
use unitlint::engine::{Options, Plan, Policy, Score, Session, each_unit, run};
use unitlint::host::file::{Profile, text};
use unitlint::rule::{Finding, Registry, exposure_rules, own};
use unitlint::tree::{Memory, Tree};
use unitlint::vocab::Model;
use unitlint_fuzz::{Document, content, has_all_places, session, told};

/// A service with something of everything, and one beside it.
const UNITS: [(&str, &str); 2] = [
    (
        "/etc/systemd/system/a.service",
        "[Unit]\nAfter=b.service\n[Service]\nExecStart=/usr/bin/a\nUser=a\nSlice=x.slice\nMemoryMax=1G\nNice=5\n\
        PrivateTmp=yes\nProtectSystem=full\nCapabilityBoundingSet=CAP_SYS_ADMIN\nSystemCallFilter=@system-service\n\
        RestrictNamespaces=yes\nIPAddressDeny=any\nRootImage=/a.raw\nAmbientCapabilities=CAP_NET_RAW\n",
    ),
    (
        "/etc/systemd/system/b.service",
        "[Service]\nExecStart=/usr/bin/b\nMemoryMax=50%\nCPUWeight=20\nDynamicUser=yes\n",
    ),
];

fuzz_target!(|bytes: &[u8]| -> Corpus {
    if let Some(document) = Document::read(bytes) {
        repository(&document);
        return Corpus::Keep;
    }
    match bytes.split_first() {
        Some((b'r', text)) => std::str::from_utf8(text).map_or(Corpus::Reject, rule),
        Some((b'b', text)) => baseline(text),
        Some((b'h', text)) => facts(text),
        Some((b'p', text)) => policy(text),
        _ => Corpus::Reject,
    }
});

fn units() -> Memory {
    UNITS.iter().fold(Memory::new(), |tree, (path, text)| tree.file(path, *text))
}

/// All that is found, the same twice.
fn findings(tree: &dyn Tree, session: &Session) -> (Vec<Finding>, Vec<Seen>) {
    let plan = Plan::make(tree, &[], &Options::default());
    let look = || {
        let (mut found, mut seen) = (Vec::new(), Vec::new());
        let rest = run(tree, &plan, session, |report| {
            seen.push(Seen::of(&report, &Naming::default()));
            found.extend(report.findings);
        });
        found.extend(rest.findings);
        (found, seen)
    };
    let first = look();
    assert_eq!(told(&first.0), told(&look().0), "two runs differ");
    first
}

fn repository(document: &Document<'_>) {
    let tree = document.tree();
    let (path, top) = config::search(&tree, Path::new("/")).unwrap_or_else(|| ("/unitlint.toml".into(), "/".into()));
    let config = match config::load(&tree, &top, &path) {
        Ok(bytes) => Config::read(&tree, &path, bytes),
        Err(why) => return assert!(!why.is_empty()),
    };
    let (rules, selection) = (config.rules.clone(), config.selection());
    let (found, _) = findings(&tree, &Session { rules, selection, ..Session::default() });
    for all in [&config.findings, &found] {
        has_all_places(all, &|path| content(&tree, path));
    }
}

fn rule(text: &str) -> Corpus {
    match own::parse("some-rule", text) {
        Err(faults) => {
            assert!(!faults.is_empty());
            for (at, what) in faults {
                assert!(!what.is_empty());
                // the end of a text is beyond its last byte
                let at = at.start.min(text.len())..at.end.min(text.len());
                assert!(text.get(at.clone()).is_some(), "{at:?} cuts a character of {text:?}: {what}");
            }
        }
        Ok(rule) => {
            let mut rules = Registry::default();
            rules.add(rule).expect("there is no other rule of this name");
            findings(&units(), &Session { rules, ..session().clone() });
        }
    }
    Corpus::Keep
}

fn baseline(bytes: &[u8]) -> Corpus {
    let Ok(baseline) = Baseline::parse(bytes) else { return Corpus::Keep };
    assert_eq!(Baseline::parse(&emit::baseline::document(&baseline)).as_ref(), Ok(&baseline));
    let joined = baseline.clone().or(&baseline);
    assert_eq!(joined.clone().or(&joined), joined);
    let baseline = baseline.renamed(&Registry::default());
    let session = Session { baseline: Some(baseline.clone()), ..session().clone() };
    let (found, seen) = findings(&units(), &session);
    let left = baseline.compare(found.clone(), &seen, &Naming::default(), &session);
    assert!(left.findings.len() as u64 + left.tally.known == found.len() as u64);
    Corpus::Keep
}

fn facts(bytes: &[u8]) -> Corpus {
    let read = |bytes: &[u8]| {
        let mut profile = Profile::default();
        profile.add("some", bytes)?;
        profile.read()
    };
    let (hosts, _) = match read(bytes) {
        Ok(read) => read,
        Err(why) => {
            assert!(!why.is_empty());
            return Corpus::Keep;
        }
    };
    let written = text(&hosts);
    let (again, strange) = read(written.as_bytes()).expect("what is written is read");
    assert!(strange.is_empty(), "{strange:?}");
    assert_eq!(text(&again), written);
    findings(&units(), &Session { hosts: Some(Arc::new(hosts)), ..session().clone() });
    Corpus::Keep
}

fn policy(bytes: &[u8]) -> Corpus {
    for model in [252, 257, 262].map(Model::nearest) {
        let Ok(policy) = Policy::parse(bytes, model) else { continue };
        for (_, exposure) in exposure_rules() {
            let (_, range) = policy.weigh(exposure);
            assert!(range >= u64::from(exposure.range));
        }
        let tree = units();
        let plan = Plan::make(&tree, &[], &Options::default());
        each_unit(&tree, &plan, |unit| {
            let score = Score::of(&unit, &policy);
            assert!(score.exposure <= 100, "{}", score.exposure);
            assert_eq!(score.exposure, Score::exposure_of(&unit, &policy));
        });
    }
    Corpus::Keep
}
