//! Units together: a circle of orderings is found exactly when there is one, in graphs of all sorts.

use proptest::prelude::*;
use std::path::PathBuf;
use unitlint::engine::{self, Input, Options, Plan, Selection, Session};
use unitlint::rule::{Finding, Registry};
use unitlint::tree::Memory;

const KEYS: [&str; 5] = ["After", "Before", "Wants", "Requires", "Conflicts"];

/// Who names whom, and how.
type Graph = Vec<(usize, usize, usize)>;

fn findings(tree: &Memory, rule: &str) -> Vec<Finding> {
    let options = Options { unit_path: Some(vec![PathBuf::from("/units")]), ..Options::default() };
    let inputs: [Input; 0] = [];
    let plan = Plan::make(tree, &inputs, &options);
    let selection = Selection::parse(&[rule.to_owned()], &[], &Registry::default()).expect("a rule");
    let mut found = Vec::new();
    let rest = engine::run(tree, &plan, &Session::with(selection), |report| found.extend(report.findings));
    found.extend(rest.findings);
    found
}

fn tree(n: usize, graph: &Graph) -> Memory {
    (0..n).fold(Memory::new(), |tree, unit| {
        let lines: String = graph
            .iter()
            .filter(|(from, ..)| *from == unit)
            .map(|(_, to, key)| format!("{}=u{to}.service\n", KEYS[*key]))
            .collect();
        let text =
            format!("[Unit]\nDefaultDependencies=no\n{lines}[Service]\nExecStart=/bin/true\nStandardOutput=null\n");
        tree.file(format!("/units/u{unit}.service"), text)
    })
}

/// Whether the start of some unit runs into a circle, by trying every order of leaving.
fn is_circular(n: usize, graph: &Graph) -> bool {
    (0..n).any(|start| {
        let mut together = vec![false; n];
        let mut work = vec![start];
        while let Some(v) = work.pop() {
            if !std::mem::replace(&mut together[v], true) {
                work.extend(graph.iter().filter(|(f, _, k)| *f == v && (*k == 2 || *k == 3)).map(|(_, t, _)| *t));
            }
        }
        let waits = |a: usize, b: usize| {
            a != b && graph.iter().any(|(f, t, k)| (*f, *t, *k) == (a, b, 0) || (*f, *t, *k) == (b, a, 1))
        };
        let mut left: Vec<usize> = (0..n).filter(|v| together[*v]).collect();
        while let Some(free) = left.iter().position(|v| !left.iter().any(|w| waits(*v, *w))) {
            left.remove(free);
        }
        !left.is_empty()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_circle_is_found_exactly_when_there_is_one(
        n in 2_usize..8,
        edges in prop::collection::vec((0_usize..8, 0_usize..8, 0_usize..5), 0..24),
    ) {
        let graph: Graph = edges.into_iter().map(|(f, t, k)| (f % n, t % n, k)).filter(|(f, t, _)| f != t).collect();
        let found = findings(&tree(n, &graph), "ordering-cycle");
        prop_assert_eq!(!found.is_empty(), is_circular(n, &graph), "{:?}", graph);
        for f in found {
            // every unit of the circle waits for the next one
            let circle = f.message.trim_start_matches("ordering cycle: ");
            let units: Vec<usize> = circle
                .split(" → ")
                .map(|u| u.trim_start_matches('u').trim_end_matches(".service").parse().expect("a unit"))
                .collect();
            for pair in units.windows(2) {
                let waits = graph.iter().any(|(f, t, k)| {
                    (*f, *t, *k) == (pair[0], pair[1], 0) || (*f, *t, *k) == (pair[1], pair[0], 1)
                });
                prop_assert!(waits, "{} in {:?}", circle, graph);
            }
        }
    }
}

#[test]
fn links_that_enable_nothing_are_told() {
    let tree = Memory::new()
        .file("/units/a.service", "[Service]\nExecStart=/bin/true\n")
        .link("/units/multi-user.target.wants/a.service", "../a.service")
        .link("/units/multi-user.target.wants/gone.service", "../gone.service")
        .link(
            "/units/multi-user.target.wants/systemd-logind.service",
            "/usr/lib/systemd/system/systemd-logind.service",
        );
    let found = findings(&tree, "dangling-link");
    let paths: Vec<_> = found.iter().map(|f| f.path.to_string_lossy().into_owned()).collect();
    assert_eq!(paths, ["/units/multi-user.target.wants/gone.service"]);
}

#[test]
fn links_that_are_to_be_units_and_are_none_are_told() {
    let unit = "[Service]\nExecStart=/bin/true\n";
    let links = |dir: &str, more: Memory| {
        let tree = more
            .file(format!("{dir}/a.service"), unit)
            .file(format!("{dir}/t@.service"), unit)
            .link(format!("{dir}/alias.service"), "a.service")
            .link(format!("{dir}/of-alias.service"), "alias.service")
            .link(format!("{dir}/t@1.service"), "t@.service")
            .link(format!("{dir}/masked.service"), "/dev/null")
            .link(format!("{dir}/gone.service"), "nowhere.service")
            .link(format!("{dir}/of-gone.service"), "gone.service")
            .link(format!("{dir}/self.service"), "self.service");
        let plan = Plan::make(&tree, &[Input::Path(dir.into())], &Options::default());
        let mut found = engine::run(&tree, &plan, &Session::default(), |_| ()).findings;
        found.retain(|f| f.rule.id == "dangling-link");
        let told = |f: &unitlint::rule::Finding| format!("{} {}", f.path.to_string_lossy(), f.level.word());
        found.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(links("/units", Memory::new()), ["/units/gone.service warn", "/units/self.service warn"]);
    // another package may bring it; and what a later directory has is there
    let dir = "/usr/lib/systemd/system";
    let part = links(dir, Memory::new().link("/etc/systemd/system/a.service", "/usr/lib/systemd/system/a.service"));
    assert_eq!(part, [format!("{dir}/gone.service note"), format!("{dir}/self.service warn")]);
    let whole = Memory::new().file(format!("{dir}/sysinit.target"), "").file(format!("{dir}/basic.target"), "[Unit]\n");
    let whole = links(dir, whole.link("/etc/systemd/system/linked.service", "/srv/linked.service"));
    let all = ["gone", "linked", "self"].map(|n| {
        if n == "linked" { "/etc/systemd/system/linked.service warn".into() } else { format!("{dir}/{n}.service warn") }
    });
    assert_eq!(whole, all);
}

#[test]
fn a_comment_suppresses_what_is_said_of_several_units() {
    let unit =
        |comment: &str| format!("[Unit]\n{comment}\nAfter=network-online.target\n\n[Service]\nExecStart=/bin/true\n");
    let rules = |comment: &str| {
        let tree = Memory::new().file("/units/a.service", unit(comment));
        let plan = Plan::make(&tree, &[Input::Path("/units/a.service".into())], &Options::default());
        let mut found = Vec::new();
        let rest = engine::run(&tree, &plan, &Session::default(), |report| found.extend(report.findings));
        found.extend(rest.findings);
        let mut ids: Vec<_> = found.iter().map(|f| f.rule.id).filter(|id| !id.ends_with("-score")).collect();
        ids.sort_unstable();
        ids
    };
    assert_eq!(rules("# nothing"), ["unwanted-network-online"]);
    assert_eq!(rules("# unitlint: ignore[unwanted-network-online] the installer brings it up"), [""; 0]);
    assert_eq!(rules("# unitlint: ignore[missing-unit] why"), ["suppression", "unwanted-network-online"]);
}

/// Ten thousand units in a chain with one circle at its end, and as many that all wait for one.
#[test]
fn large_worlds_are_no_trouble() {
    let n = 10_000;
    let mut graph: Graph = (0..n - 1).flat_map(|u| [(u, u + 1, 0), (u, u + 1, 2)]).collect();
    graph.push((n - 1, n - 2, 0));
    let found = findings(&tree(n, &graph), "ordering-cycle");
    assert_eq!(found.len(), 1);
    graph.pop();
    assert!(findings(&tree(n, &graph), "ordering-cycle").is_empty());
}

/// Of so many units no text is kept: the places that are told have it all the same, and comments still silence.
#[test]
fn a_large_directory_tells_what_a_small_one_does() {
    let circle = |others: usize, comment: &str| {
        let unit = |lines: &str| {
            format!(
                "{comment}[Unit]\nDefaultDependencies=no\n{lines}[Service]\nExecStart=/bin/true\nStandardOutput=null\n"
            )
        };
        let tree = Memory::new()
            .file("/units/a.service", unit("Wants=b.service\nAfter=b.service\n"))
            .file("/units/b.service", unit("After=a.service\n"));
        let tree = (0..others).fold(tree, |tree, n| tree.file(format!("/units/u{n}.service"), unit("")));
        let place =
            |at: &unitlint::text::Loc| format!("{} {:?} {}", at.path().display(), at.start(), at.source.text(at.span));
        let told = |f: Finding| {
            let notes = f.notes.iter().map(|n| format!("{} {:?}", n.text, n.at.as_ref().map(place)));
            (f.unit, f.message, f.at.as_ref().map(place), notes.collect::<Vec<_>>())
        };
        findings(&tree, "ordering-cycle").into_iter().map(told).collect::<Vec<_>>()
    };
    let few = circle(0, "");
    assert!(few.len() == 1 && few[0].2.is_some(), "{few:?}");
    assert_eq!(few, circle(4100, ""));
    let comment = "# unitlint: ignore[ordering-cycle] they are never started together\n";
    assert_eq!(circle(4100, comment), []);
}
