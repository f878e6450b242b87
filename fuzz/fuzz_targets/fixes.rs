//! Files, and all fixes for them: they come to an end, bring no line that cannot be read, a safe one leaves the exposure as it
//! was; and a drop-in that hardens a service keeps what it promises.
//!
//! The words before the files are those of `tree`.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use std::collections::BTreeMap;
use std::path::Path;
use unitlint::engine::{Plan, Policy, Score, each_unit};
use unitlint::fix::harden::{self, Wish};
use unitlint::fix::{Mended, mend};
use unitlint::rule::Safety;
use unitlint::syntax::{self, Kind};
use unitlint::tree::{Memory, NodeKind, Overlay, Tree};
use unitlint::unit::State;
use unitlint_fuzz::{Document, session};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Some(document) = Document::read(bytes) else { return Corpus::Reject };
    let tree = document.tree();
    let plan = document.plan(&tree, &document.options());
    let before = scores(&tree, &plan);
    for at_least in [Safety::Safe, Safety::Unsafe] {
        let mended = mend(&tree, &plan, session(), at_least);
        let after = laid(&tree, &mended);
        if at_least == Safety::Safe {
            assert_eq!(scores(&after, &plan), before, "a safe fix moved an exposure: {}", done(&mended));
        }
        let again = mend(&after, &plan, session(), at_least);
        assert!(again.changes.is_empty(), "not at an end: {} and then {}", done(&mended), done(&again));
        for change in &mended.changes {
            assert!(mistakes(&change.after) <= mistakes(&change.before), "a new mistake: {}", done(&mended));
        }
    }
    for tried in [false, true] {
        hardened(&document, &tree, &plan, Wish { at_least: Safety::Unsafe, target: None, tried });
    }
    hardened(&document, &tree, &plan, Wish { at_least: Safety::Safe, target: Some(30), tried: false });
    Corpus::Keep
});

/// What was done, and what came of it.
fn done(mended: &Mended) -> String {
    let one = |c: &unitlint::fix::Change| {
        let (before, after) = (String::from_utf8_lossy(&c.before), String::from_utf8_lossy(&c.after));
        format!("{}: {:?}\n{before}\n=>\n{after}", c.path.display(), c.done)
    };
    mended.changes.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn laid<'t>(tree: &'t Memory, mended: &Mended) -> Overlay<&'t Memory> {
    mended.changes.iter().fold(Overlay::new(tree), |tree, c| tree.file(c.path.clone(), c.after.clone()))
}

/// Lines that are neither comment, header nor assignment.
fn mistakes(bytes: &[u8]) -> usize {
    syntax::parse(bytes).items.iter().filter(|item| matches!(item.kind, Kind::Junk(_))).count()
}

/// The exposure of each unit that is loaded.
fn scores(tree: &dyn Tree, plan: &Plan) -> BTreeMap<String, u32> {
    let mut out = BTreeMap::new();
    each_unit(tree, plan, |unit| {
        if unit.state == State::Loaded && unit.kind().has_exec_context() {
            let exposure = Score::exposure_of(&unit, &Policy::default());
            out.insert(format!("{:?} {}", unit.scope, unit.name), exposure);
        }
    });
    out
}

/// Writes every drop-in, and looks at what it made of its service.
fn hardened(document: &Document<'_>, tree: &Memory, plan: &Plan, wish: Wish) {
    let bare = harden::without_ours(tree, plan, wish.tried);
    let before = scores(&bare, plan);
    let mut made = Vec::new();
    harden::each(&bare, plan, session(), wish, |service| made.push(service));
    for service in made {
        let (hardening, place) = (&service.hardening, &service.place);
        assert!(hardening.after <= hardening.before, "{} is worse", service.unit.name);
        if hardening.lines.is_empty() {
            continue;
        }
        let text = service.text();
        assert_eq!(mistakes(text.as_bytes()), 0, "{text}");
        let name = format!("{:?} {}", service.unit.scope, service.unit.name);
        assert_eq!(before.get(&name), Some(&hardening.before), "{name}");
        // where something else is in the way the drop-in cannot be written
        let is_free = |dir: &Path| !matches!(tree.stat(dir), Ok(stat) if stat.kind != NodeKind::Directory);
        if place.ancestors().skip(1).all(is_free) {
            let after = Overlay::new(&bare).file(place.clone(), text.clone().into_bytes());
            let again = document.plan(&after, &document.options());
            let promised = (&name, Some(&hardening.after));
            assert_eq!((&name, scores(&after, &again).get(&name)), promised, "{}\n{text}", place.display());
        }
    }
}
