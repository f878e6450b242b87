//! The examples of rule files, as tests: `#~ RULE` marks that the next line must carry a finding of the rule; where there
//! is no mark, it must be silent.

use super::{Input, Options, Plan, Selection, Session, packaging, run};
use crate::host::file::Profile;
use crate::rule::shipped::{Fault, Format, Script};
use crate::rule::{Check, Example, Finding, Planted, Registry, Rule, Shipped};
use crate::target::Target;
use crate::text::Source;
use crate::tree::{Memory, Rights};
use std::path::Path;
use std::sync::Arc;

const MARK: &str = "#~";

/// A line of a file of an example.
pub type Place = (String, u32);

/// The lines that must carry the finding: each is the one below a mark.
fn marked(text: &str) -> impl Iterator<Item = u32> {
    text.lines().zip(2..).filter(|(line, _)| line.trim_start().starts_with(MARK)).map(|(_, below)| below)
}

/// Where an example says that its rule speaks.
pub fn wanted(example: &Example) -> Vec<Place> {
    let fragment = marked(example.text).map(|l| (example.name.to_owned(), l));
    let dropins = example.files.iter().flat_map(|(name, text)| marked(text).map(|l| ((*name).to_owned(), l)));
    let beside = example.units.iter().flat_map(|(name, text)| {
        let name = name.rsplit('/').next().unwrap_or(name);
        marked(text).map(|l| (name.to_owned(), l))
    });
    let base = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let planted = example.root.iter().filter_map(|node| Some((node.path, node.text?)));
    let others = planted.chain(example.scripts.iter().copied());
    let others = others.flat_map(|(path, text)| marked(text).map(move |l| (base(path), l)));
    let whole = example.whole.iter().map(|name| ((*name).to_owned(), 0));
    let mut all: Vec<Place> = fragment.chain(dropins).chain(beside).chain(others).chain(whole).collect();
    all.sort();
    all
}

/// The files of the system around an example: what tells that it is a whole one, and what the example adds.
fn system(example: &Example, is_package: bool) -> impl Iterator<Item = &'static Planted> {
    const NODE: Planted = Planted { path: "", text: Some(""), link: None, mode: 0o755, uid: 0, gid: 0 };
    const WHOLE: [Planted; 2] =
        [Planted { path: "/usr/lib/os-release", ..NODE }, Planted { path: "/usr/lib/systemd/systemd", ..NODE }];
    let whole: &'static [Planted] = if example.root.is_empty() || is_package { &[] } else { &WHOLE };
    whole.iter().chain(example.root)
}

/// What a rule finds in an example with `text` for its fragment.
pub fn findings(rules: &Registry, rule: &Rule, example: &Example, text: &str) -> Vec<Finding> {
    let package = matches!(rule.check, Check::Package(_));
    let dir = match (package, example.user) {
        (true, false) => "/usr/lib/systemd/system",
        (true, true) => "/usr/lib/systemd/user",
        (false, true) => "/etc/systemd/user",
        (false, false) => "/etc/systemd/system",
    };
    let path = format!("{dir}/{}", example.name);
    let mut tree = Memory::new().file(&path, text);
    for (name, text) in example.files {
        tree = tree.file(format!("{path}.d/{name}"), *text);
    }
    for (name, text) in example.units {
        // one with a whole path is no unit, but something that units have to do with
        let path = if name.starts_with('/') { (*name).to_owned() } else { format!("{dir}/{name}") };
        tree = tree.file(path, *text);
    }
    for node in system(example, package) {
        let Planted { path, mode, uid, gid, .. } = *node;
        tree = match (node.text, node.link) {
            (_, Some(link)) => tree.link(path, link),
            (Some(text), None) => tree.file(path, text).rights(path, Rights { mode, uid, gid }),
            (None, None) => tree.rights(path, Rights { mode, uid, gid }),
        };
    }
    let one = Input::Path(if example.units.is_empty() { path } else { dir.to_owned() }.into());
    let inputs = if package { &[][..] } else { std::slice::from_ref(&one) };
    let target = if example.systemd == 0 { Target::default() } else { Target::systemd(example.systemd) };
    let plan = Plan::make(&tree, inputs, &Options { target, ..Options::default() });
    // a comment is unused only where its rule spoke, so the others speak too
    let select = if matches!(rule.check, Check::Suppression) { Vec::new() } else { vec![rule.id.to_owned()] };
    let selection = Selection::parse(&select, &[], rules).unwrap_or_default();
    let hosts = match example.host {
        "" => None,
        names => Profile::named(names).and_then(Profile::read).map(|(hosts, _)| Arc::new(hosts)).ok(),
    };
    let session = Session { rules: rules.clone(), hosts, ..Session::with(selection) };
    let (mut found, mut units) = (Vec::new(), Vec::new());
    let rest = run(&tree, &plan, &session, |report| {
        found.extend(report.findings);
        units.push(*report.unit);
    });
    found.extend(rest.findings);
    if package {
        let mut shipped = Shipped::new("foo", &tree, Path::new("/"));
        shipped.units = &units;
        shipped.format = match example.format {
            "deb" => Format::Deb,
            "rpm" => Format::Rpm,
            _ => Format::Other,
        };
        shipped.is_whole = example.format == "image";
        let script = |(name, text): &(&str, &str)| Script {
            name: (*name).to_owned(),
            interpreter: Some("/bin/sh".into()),
            source: Arc::new(Source::new(format!("/{name}"), text.as_bytes().to_vec())),
        };
        shipped.scripts = example.scripts.iter().map(script).collect();
        if !example.fault.is_empty() {
            let (why, advice) = ("what was not seen cannot be judged", "fetch or build it again");
            shipped.faults.push(Fault { weight: example.fault, what: "it ends before its end".into(), why, advice });
        }
        found.extend(packaging::findings(&shipped, &session));
    }
    found.retain(|f| f.rule.id == rule.id);
    found
}

/// Where they are. One without a place counts as line 0 of its file.
pub fn places(findings: &[Finding]) -> Vec<Place> {
    let name = |path: &std::path::Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let place = |f: &Finding| match &f.at {
        Some(at) => (name(at.path()), at.start().line),
        None => (name(&f.path), 0),
    };
    let mut places: Vec<Place> = findings.iter().map(place).collect();
    places.sort();
    places
}

/// What is wrong with the examples of a rule; a sentence each.
pub fn faults(rules: &Registry, rule: &Rule) -> Vec<String> {
    let mut faults = Vec::new();
    for (n, example) in (1..).zip(rule.examples()) {
        if let Some(Err(what)) = (!example.host.is_empty()).then(|| Profile::named(example.host)) {
            faults.push(format!("{}: example {n}: {what}", rule.file()));
            continue;
        }
        let (found, wanted) = (places(&findings(rules, rule, example, example.text)), wanted(example));
        if found != wanted {
            faults.push(format!("{}: example {n}: found {found:?}, marked {wanted:?}", rule.file()));
        }
        if !example.fixed.is_empty() {
            let left = places(&findings(rules, rule, example, example.fixed));
            if !left.is_empty() {
                faults.push(format!("{}: example {n} is still found after its fix: {left:?}", rule.file()));
            }
        }
    }
    faults
}
