//! The model of control groups against what systemd said of the same trees: `fixtures/cgroups/`, recorded by
//! `tests/live/tree.py` from systemd in containers.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

mod common;

use common::{text, unitlint};
use serde_json::Value;
use std::path::Path;
use unitlint::emit::tree::{Show, Tree};
use unitlint::load::{Catalog, search_path};
use unitlint::target::Target;
use unitlint::tree::Memory;
use unitlint::unit::cgroups::{Cgroups, GroupId, Presence};
use unitlint::vocab::size::Limit;
use unitlint::vocab::{Scope, key};

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cgroups").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// The groups of some files below /etc/systemd.
fn cgroups<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>, scope: Scope, systemd: u16) -> Cgroups {
    let put = |tree: Memory, (name, text): (&str, &str)| tree.file(format!("/r/etc/systemd/{name}"), text);
    let tree = files.into_iter().fold(Memory::new(), put);
    let root = Path::new("/r");
    let catalog = Catalog::read(&tree, root, search_path(root, scope), scope);
    Cgroups::read(&tree, &catalog, Target::systemd(systemd))
}

fn number(text: &Value) -> Option<u64> {
    text.as_str().and_then(|t| t.parse().ok()).filter(|n| *n != u64::MAX)
}

/// A limit in bytes or tasks, on the machine where the answers were recorded.
fn amount(limit: Limit, whole: Option<u64>) -> Option<u64> {
    match limit {
        Limit::Unlimited => None,
        Limit::Absolute(n) => Some(n),
        Limit::Share(n) => Some((u128::from(whole?) * u128::from(n) / 10_000) as u64),
    }
}

fn is_near(a: Option<u64>, b: Option<u64>, most: u64) -> bool {
    a == b || a.zip(b).is_some_and(|(a, b)| a.abs_diff(b) <= most)
}

/// Compares a unit; gives the number of answers that were compared.
fn compare(all: &Cgroups, id: GroupId, name: &str, real: &Value, root: &Value, wrong: &mut Vec<String>) -> usize {
    let mut compared = 0;
    let mut same = |what: &str, ours: String, theirs: String| {
        compared += 1;
        if ours != theirs {
            wrong.push(format!("{name}: {what}: {ours}, systemd says {theirs}"));
        }
    };
    let group = all.group(id);
    let instance = name.rsplit_once('.').and_then(|(stem, _)| stem.split_once('@')).map_or("", |(_, i)| i);
    let slice = group.slice.map_or("", |s| &*all.group(s).shown);
    let word = |key: &str| real[key].as_str().unwrap_or_default().to_owned();
    same("Slice", slice.replace("%i", instance), word("Slice"));
    if !word("ControlGroup").is_empty() {
        let path = all.path(id).replace("%i", instance);
        same("ControlGroup", path.replace(group.name.as_str(), name), word("ControlGroup"));
    }
    let (memory, tasks) = (number(&root["EffectiveMemoryMax"]), number(&root["EffectiveTasksMax"]));
    let limits = [
        (key::MEMORY_MAX, "MemoryMax", "EffectiveMemoryMax", memory, 8192),
        (key::MEMORY_HIGH, "MemoryHigh", "EffectiveMemoryHigh", memory, 8192),
        (key::TASKS_MAX, "TasksMax", "EffectiveTasksMax", tasks, 1),
    ];
    for (key, name, effective, whole, most) in limits {
        let own = all.own_limit(id, key);
        if id != all.root() && !(matches!(own, Limit::Share(_)) && whole.is_none()) {
            let (ours, theirs) = (amount(own, whole), number(&real[name]));
            let ours = if is_near(ours, theirs, most) { theirs } else { ours };
            same(name, format!("{ours:?}"), format!("{theirs:?}"));
        }
        // a slice that cannot be loaded has no such limits
        if id == all.root() || whole.is_none() || word("EffectiveMemoryMax") == "infinity" {
            continue;
        }
        let bounds = all.limit(id, key);
        let ours = bounds.bounds().filter_map(|(limit, _)| amount(limit, whole)).chain(whole).min();
        let theirs = number(&real[effective]);
        let ours = if is_near(ours, theirs, most) { theirs } else { ours };
        same(effective, format!("{ours:?}"), format!("{theirs:?}"));
    }
    let weights = [(key::CPU_WEIGHT, "CPUWeight"), (key::IO_WEIGHT, "IOWeight")];
    for (key, name) in weights {
        let weight = all.weight(id, key);
        let ours = match weight.is_set {
            true if weight.weight == 0 => "idle".into(),
            true => weight.weight.to_string(),
            false => "[not set]".into(),
        };
        let theirs = word(name);
        same(name, ours, if theirs == "0" { "idle".into() } else { theirs });
    }
    compared
}

#[test]
fn the_model_says_what_systemd_says() {
    let cases: toml::Table = fixture("cases.toml").parse().unwrap();
    let recorded: Value = serde_json::from_str(&fixture("recorded.json")).unwrap();
    let (mut wrong, mut trees, mut compared) = (Vec::new(), 0, 0);
    for (version, answers) in recorded.as_object().unwrap() {
        let systemd = version.trim_end_matches("-first").parse().unwrap();
        for case in cases["case"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            let files = case["files"].as_table().unwrap().iter().map(|(name, text)| (&**name, text.as_str().unwrap()));
            let scope = if case.get("user").is_some() { Scope::User } else { Scope::System };
            let all = cgroups(files, scope, systemd);
            trees += 1;
            for asked in case["ask"].as_array().unwrap().iter().map(|n| n.as_str().unwrap()) {
                let real = &answers[name][asked];
                let template = unitlint::vocab::name::UnitName::parse(asked).and_then(|n| n.template());
                let id = all.find(asked).or_else(|| all.find(template?.as_str()));
                let Some(id) = id else {
                    wrong.push(format!("{name}: {asked} is not there"));
                    continue;
                };
                let before = wrong.len();
                compared += compare(&all, id, asked, real, &answers[name]["-.slice"], &mut wrong);
                wrong[before..].iter_mut().for_each(|w| *w = format!("systemd {version}: {name}: {w}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(trees > 30 && compared > 1000, "{trees} trees, {compared} answers");
}

/// What no container without a memory controller shows: `unit_get_ancestor_memory_low()` and the kernel's
/// `effective_protection()`.
#[test]
fn promises_go_down_the_tree() {
    let files = [
        ("system/a.slice", "[Slice]\nMemoryLow=400M\nDefaultMemoryLow=32M\n"),
        ("system/a-b.slice", "[Slice]\nMemoryMax=1G\n"),
        ("system/own.service", "[Service]\nExecStart=x\nSlice=a-b.slice\nMemoryLow=64M\n"),
        ("system/given.service", "[Service]\nExecStart=x\nSlice=a-b.slice\n"),
        ("system/empty.service", "[Service]\nExecStart=x\nSlice=a-b.slice\nMemoryLow=\n"),
        ("system/zero.slice", "[Slice]\nMemoryMin=10%\n"),
        ("system/cut.service", "[Service]\nExecStart=x\nSlice=zero-in.slice\nMemoryLow=1G\nMemoryMin=5%\n"),
        ("system/top.service", "[Service]\nExecStart=x\nSlice=-.slice\nMemoryLow=1G\n"),
    ];
    let all = cgroups(files, Scope::System, 257);
    let id = |name: &str| all.find(name).unwrap();
    let low = |name: &str| all.protection(id(name), key::MEMORY_LOW);
    const M: u64 = 1 << 20;
    // a default is for what is below, and not for the slice itself
    assert_eq!(low("a.slice").own, Limit::Absolute(400 * M));
    assert_eq!((low("a-b.slice").own, low("a-b.slice").default_of), (Limit::Absolute(32 * M), Some(id("a.slice"))));
    assert_eq!(low("own.service").kept.absolute, Some((32 * M, id("a-b.slice"))));
    assert_eq!(low("given.service").kept.absolute, Some((32 * M, id("given.service"))));
    assert_eq!((low("empty.service").own, low("empty.service").default_of), (Limit::Absolute(0), None));
    assert_eq!(low("empty.service").shared, Some((Limit::Absolute(400 * M), id("a.slice"))));
    // nothing above, nothing below
    assert!(all.is_unprotected(id("cut.service"), key::MEMORY_LOW));
    assert_eq!(low("cut.service").cut_by, Some(id("zero.slice")));
    let min = all.protection(id("cut.service"), key::MEMORY_MIN);
    assert_eq!((min.cut_by, min.shared), (Some(id("zero-in.slice")), Some((Limit::Share(1000), id("zero.slice")))));
    assert!(!all.is_unprotected(id("cut.service"), key::MEMORY_MIN));
    assert!(!all.is_unprotected(id("top.service"), key::MEMORY_LOW));
    assert_eq!(low("top.service").kept.absolute, Some((1024 * M, id("top.service"))));
    // since 262 nobody gives defaults
    let new = cgroups(files, Scope::System, 262);
    assert_eq!(new.protection(new.find("given.service").unwrap(), key::MEMORY_LOW).own, Limit::Absolute(0));
}

#[test]
fn processors_are_those_that_slices_leave() {
    let files = [
        ("system/c.slice", "[Slice]\nAllowedCPUs=0-3\n"),
        ("system/some.service", "[Service]\nExecStart=x\nSlice=c-d.slice\nAllowedCPUs=2-5\n"),
        ("system/none.service", "[Service]\nExecStart=x\nSlice=c.slice\nAllowedCPUs=6\n"),
    ];
    let all = cgroups(files, Scope::System, 257);
    let cpus = |name: &str| all.cpus(all.find(name).unwrap(), key::ALLOWED_CP_US).map(|c| (c.ranges, c.is_refused));
    assert_eq!(cpus("some.service"), Some((vec![(2, 3)], false)));
    assert_eq!(cpus("none.service"), Some((vec![(0, 3)], true)));
    assert_eq!(cpus("c-d.slice"), Some((vec![(0, 3)], false)));
    assert_eq!(cpus("system.slice"), None);
}

#[test]
fn slices_without_a_file_are_there() {
    let files = [
        ("system/x.service", "[Service]\nExecStart=x\nSlice=a-b-c.slice\n"),
        ("system/a-.slice.d/x.conf", "[Slice]\nTasksMax=5\n"),
        ("system/only.slice.d/x.conf", "[Slice]\nTasksMax=6\n"),
        ("system/gone.service", "[Service]\n"),
    ];
    let all = cgroups(files, Scope::System, 257);
    let presence = |name: &str| all.group(all.find(name).unwrap()).presence;
    assert_eq!(presence("a.slice"), Presence::Implied);
    assert_eq!(presence("a-b.slice"), Presence::DropIns);
    assert_eq!(presence("only.slice"), Presence::DropIns);
    assert_eq!(all.path(all.find("x.service").unwrap()), "/a.slice/a-b.slice/a-b-c.slice/x.service");
    // what the manager refuses has no group
    assert!(all.find("gone.service").is_none() && all.is_complete);
}

/// Slices have no templates: what names an instance of one says nothing, and a line before it counts.
#[test]
fn a_slice_is_no_instance() {
    let files = [
        ("system/a.service", "[Service]\nExecStart=x\nSlice=t@1.slice\n"),
        ("system/b@.service", "[Service]\nExecStart=x\nSlice=t@%i.slice\n"),
        ("system/c.service", "[Service]\nExecStart=x\nSlice=kept.slice\nSlice=t@.slice\n"),
        ("system/t@.slice", "[Slice]\nMemoryMax=1G\n"),
    ];
    for systemd in [252, 257, 262] {
        let all = cgroups(files, Scope::System, systemd);
        let of = |name: &str| all.group(all.group(all.find(name).unwrap()).slice.unwrap()).name.to_string();
        assert_eq!((of("a.service"), of("c.service")), ("system.slice".to_owned(), "kept.slice".to_owned()));
        assert!(of("b@.service").starts_with("system-b"), "{}", of("b@.service"));
    }
}

/// Names that are asked for and lead nowhere.
#[test]
fn what_has_no_group_is_told() {
    let told = |words: &[&str]| {
        let out = unitlint(&[&["tree", "--root", "fixtures/cgroups/town"], words].concat());
        (out.status.code(), text(&out))
    };
    let (status, said) = told(&["nowhere.slice"]);
    assert!(status == Some(2) && said.contains("nowhere.slice"), "{said}");
    let (status, said) = told(&["market.slice"]);
    assert!(status == Some(0) && said.contains("market.slice") && !said.contains("town-hall"), "{said}");
}

/// Long names, signs that steer a terminal, and many units.
#[test]
fn hostile_trees() {
    let long = format!("{}a.slice", "a-".repeat(120));
    let service = format!("[Service]\nExecStart=x\nSlice={long}\nMemoryMax=1G\n");
    let cpus: String = (0..4000).map(|n| format!("{} ", n * 2)).collect();
    let set = format!("[Slice]\nAllowedCPUs={cpus}\nIOReadBandwidthMax=/dev/\u{1b}[31m 5M\n");
    let names: Vec<String> = (0..3000).map(|n| format!("system/u{n}.service")).collect();
    let many = names.iter().map(|n| (n.as_str(), &*service));
    let all = cgroups(many.chain([("system/a.slice", &*set)]), Scope::System, 257);
    let leaf = all.find("u7.service").unwrap();
    assert_eq!(all.chain(leaf).count(), 123);
    assert_eq!(all.cpus(leaf, key::ALLOWED_CP_US).unwrap().ranges.len(), 4000);
    let tree = Tree { cgroups: &all, root: Path::new("/r"), only: None, one_by_one: false };
    let shown = unitlint::emit::tree::human(&tree, Show { all: true, ..Show::default() });
    assert!(shown.lines().count() > 3100 && !shown.contains('\u{1b}'));
}
