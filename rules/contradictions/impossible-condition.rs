//! Conditions and assertions that exclude each other. Knows which of them are about one thing, and for paths, processors and
//! virtual machines what cannot be at once; of all else only that yes is not no.

use crate::rule::{Hit, Note};
use crate::text::Loc;
use crate::unit::{Assignment, Entry, KeySet, Unit};
use crate::vocab::image::condition;
use crate::vocab::value::Outcome;
use crate::vocab::{Class, number, path};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Nobody writes more about one thing.
const MANY: usize = 16;

/// One line that has to hold.
struct Need {
    /// `Condition` and `Assert` left off
    kind: &'static str,
    negated: bool,
    value: String,
    /// the whole line
    text: String,
    at: Loc,
}

const FAMILIES: [&str; 2] = ["Condition", "Assert"];

/// Their keys.
static OF_FAMILIES: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::matching(|key| FAMILIES.iter().any(|f| key.name().starts_with(f))));

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    // nearly every unit has no two of them
    if !unit.sets_any(&OF_FAMILIES) {
        return Vec::new();
    }
    let written = unit.settings().iter().filter(|s| OF_FAMILIES.has(s.key));
    if written.map(|s| s.assignments.len()).sum::<usize>() < 2 {
        return Vec::new();
    }
    let families = FAMILIES.map(|family| family_of(unit, family));
    if families.iter().map(Vec::len).sum::<usize>() < 2 {
        return Vec::new();
    }
    let mut groups: BTreeMap<(&str, String), Vec<Need>> = BTreeMap::new();
    let mut hits = Vec::new();
    for need in families.into_iter().flatten() {
        let about = match need.kind {
            "Architecture" | "Virtualization" => (need.kind, String::new()),
            kind if is_path(kind) => ("Path", need.value.clone()),
            kind => (kind, need.value.clone()),
        };
        let group = groups.entry(about).or_default();
        if let Some(earlier) = group.iter().find(|e| excludes(e, &need)) {
            let hit = Hit::at(need.at.clone())
                .word("later", &*need.text)
                .word("earlier", &*earlier.text)
                .note(Note::on(earlier.at.clone(), "the other one"))
                .help("with | in front of both values one of them is enough");
            hits.push(hit);
        }
        if group.len() < MANY {
            group.push(need);
        }
    }
    hits
}

/// The lines of a family that all have to hold.
fn family_of(unit: &Unit, family: &str) -> Vec<Need> {
    let of_family = |name: &'static str| name.strip_prefix(family).filter(|kind| !kind.is_empty());
    let mut all: Vec<(&'static str, bool, Entry<'_>)> = Vec::new();
    let place = |a: &Assignment| (a.file, a.item);
    let mut reset = None;
    for setting in unit.settings() {
        let Some(kind) = of_family(setting.key.name()) else { continue };
        let is_path = setting.key.key().class(unit.target.model) == Class::ConditionPath;
        for a in &setting.assignments {
            match a.outcome {
                // of whatever kind it is
                Outcome::Reset => reset = reset.max(Some(place(a))),
                Outcome::Set => all.push((kind, is_path, unit.entry(a))),
                Outcome::Ignored | Outcome::Fatal => {}
            }
        }
    }
    all.retain(|(.., entry)| Some(place(entry.assignment)) > reset);
    all.sort_by_key(|(.., entry)| place(entry.assignment));
    let triggers = all.iter().filter(|(.., e)| e.text().starts_with('|')).count();
    let needed = all.into_iter().filter_map(|(kind, is_path, entry)| {
        let asked = condition(entry.text(), is_path);
        let (negated, value) = match kind {
            _ if is_path => (asked.negated, path::simplify(asked.value, unit.target.model)),
            // no is the contrary of yes
            "FirstBoot" | "ACPower" => (asked.negated == number::boolean(asked.value)?, String::new()),
            _ => (asked.negated, asked.value.to_owned()),
        };
        // a single trigger has to hold as well
        let required = !asked.triggering || triggers == 1;
        let text = || [family, kind, "=", entry.text()].concat();
        required.then(|| Need { kind, negated, value, text: text(), at: entry.loc() })
    });
    needed.collect()
}

/// Kinds that ask about the thing at a path, and what it is.
fn is_path(kind: &str) -> bool {
    kind == "PathExists" || thing(kind).is_some()
}

/// What is at the path when it holds; empty for something.
fn thing(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "PathIsDirectory" | "DirectoryNotEmpty" => "directory",
        "FileNotEmpty" | "FileIsExecutable" => "file",
        "PathIsSocket" => "socket",
        "PathIsReadWrite" | "PathIsMountPoint" => "",
        _ => return None,
    })
}

/// Whether two about one thing never hold together.
fn excludes(one: &Need, other: &Need) -> bool {
    if one.kind == other.kind && one.value == other.value {
        return one.negated != other.negated;
    }
    match one.kind {
        "Architecture" => {
            let plain = |n: &Need| !n.negated && n.value != "native" && !n.value.contains('%');
            plain(one) && plain(other)
        }
        "Virtualization" => !machines(one, other).any(|m| holds(one, m) && holds(other, m)),
        _ if one.negated || other.negated => {
            let (no, yes) = if one.negated { (one, other) } else { (other, one) };
            !yes.negated && (no.kind == "PathExists" || no.kind == "PathIsDirectory" && yes.kind == "DirectoryNotEmpty")
        }
        _ => match (thing(one.kind), thing(other.kind)) {
            (Some(a), Some(b)) => !a.is_empty() && !b.is_empty() && a != b,
            _ => false,
        },
    }
}

const CONTAINERS: &str = "systemd-nspawn lxc-libvirt lxc openvz docker podman rkt wsl proot pouch";
const VIRTUAL: &str =
    "qemu kvm amazon zvm vmware microsoft oracle powervm xen bochs uml parallels bhyve qnx acrn apple sre google";

/// What a machine can be that two conditions tell apart; an unknown word is every one of them.
fn machines<'n>(one: &'n Need, other: &'n Need) -> impl Iterator<Item = &'n str> {
    ["none", "another container", "another virtual machine", &one.value, &other.value].into_iter()
}

fn holds(need: &Need, machine: &str) -> bool {
    let listed = |list: &str, word: &str| list.split(' ').any(|w| w == word);
    let container = machine == "another container" || listed(CONTAINERS, machine);
    let vm = machine == "another virtual machine" || listed(VIRTUAL, machine);
    // what it asks is not a machine
    if !container && !vm && machine != "none" {
        let known = |v: &str| number::boolean(v).is_some() || matches!(v, "vm" | "container");
        return !known(machine);
    }
    let asked = match need.value.as_str() {
        "vm" => vm,
        "container" => container,
        value => match number::boolean(value) {
            Some(yes) => yes == (vm || container),
            None if listed(CONTAINERS, value) || listed(VIRTUAL, value) => value == machine,
            None => return true,
        },
    };
    asked != need.negated
}
