//! `unitlint tree`: the control groups of a root, and what each has of processor time, memory, tasks and disks.

mod cells;
mod human;

use super::json::Json;
use crate::rule::amount::{percent, ranges};
use crate::text::Loc;
use crate::unit::cgroups::{Cgroups, Controller, Group, GroupId, Own, Placed, Presence, WEIGHTS};
use crate::vocab::size::Limit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, key};
pub use human::{Show, human};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

/// Limits that hold for everything below, each with its word.
const LIMITS: [(KeyId, &str); 5] = [
    (key::MEMORY_HIGH, "high"),
    (key::MEMORY_MAX, "max"),
    (key::MEMORY_SWAP_MAX, "swap"),
    (key::MEMORY_Z_SWAP_MAX, "zswap"),
    (key::TASKS_MAX, ""),
];
const PROTECTIONS: [(KeyId, &str); 2] = [(key::MEMORY_MIN, "min"), (key::MEMORY_LOW, "low")];
const CPUS: [(KeyId, &str); 2] = [(key::ALLOWED_CP_US, "cpus"), (key::ALLOWED_MEMORY_NODES, "nodes")];
/// The groups of one manager.
pub struct Tree<'a> {
    /// the groups
    pub cgroups: &'a Cgroups,
    /// the directory that plays the root
    pub root: &'a Path,
    /// only these units, with the slices that they are in and what is in them; `None` for all
    pub only: Option<&'a BTreeSet<String>>,
    /// they were named one by one, and are to be seen even where they set nothing
    pub one_by_one: bool,
}

impl Tree<'_> {
    fn is_named(&self, id: GroupId) -> bool {
        self.only.is_some_and(|only| only.contains(self.cgroups.group(id).name.as_str()))
    }

    /// Which groups belong to what was asked for, by their place.
    fn wanted(&self) -> Vec<bool> {
        let mut wanted: Vec<bool> =
            self.cgroups.groups().map(|(id, _)| self.only.is_none() || self.is_named(id)).collect();
        if self.only.is_some() {
            let named: Vec<GroupId> = self.cgroups.groups().map(|(id, _)| id).filter(|id| self.is_named(*id)).collect();
            for id in named {
                self.cgroups.chain(id).for_each(|slice| wanted[slice.index()] = true);
                let mut inside = vec![id];
                while let Some(id) = inside.pop() {
                    wanted[id.index()] = true;
                    inside.extend(&self.cgroups.group(id).members);
                }
            }
        }
        wanted
    }
}

/// Bytes as people write them.
fn bytes(n: u64) -> String {
    const UNITS: [(u32, &str); 4] = [(40, "T"), (30, "G"), (20, "M"), (10, "K")];
    for (shift, unit) in UNITS {
        if n >> shift > 0 && n.trailing_zeros() >= shift {
            return format!("{}{unit}", n >> shift);
        }
        // 1536M is 1.5G, and better than a long number of bytes
        if n >> shift >= 10 {
            return format!("{:.1}{unit}", n as f64 / (1_u64 << shift) as f64);
        }
    }
    n.to_string()
}

/// For people.
fn short(key: KeyId, limit: Limit) -> String {
    match limit {
        Limit::Unlimited => "infinity".into(),
        Limit::Absolute(n) if key == key::TASKS_MAX => n.to_string(),
        Limit::Absolute(n) => bytes(n),
        Limit::Share(n) => percent(n),
    }
}

/// For programs.
fn exact(limit: Limit) -> String {
    match limit {
        Limit::Unlimited => "infinity".into(),
        Limit::Absolute(n) => n.to_string(),
        Limit::Share(n) => percent(n),
    }
}

/// The value of a setting as unit files have it, without abbreviations.
fn notation(own: &Own) -> String {
    match &own.value {
        Value::Limit(limit) => exact(*limit),
        Value::Number(n) if own.key == key::CPU_QUOTA || own.key == key::MANAGED_OOM_MEMORY_PRESSURE_LIMIT => {
            u32::try_from(*n).map_or_else(|_| n.to_string(), percent)
        }
        Value::Number(0) if matches!(own.key, key::CPU_WEIGHT | key::STARTUP_CPU_WEIGHT) => "idle".into(),
        // the words of it are not kept
        Value::Bool(true) if own.key == key::DELEGATE => own.text.to_string(),
        value => super::cat::notation(own.key, value).unwrap_or_default(),
    }
}

fn slice_of(cgroups: &Cgroups, group: &Group) -> String {
    group.slice.map_or_else(String::new, |slice| cgroups.group(slice).shown.to_string())
}

/// All trees as one document.
///
/// # Errors
/// Of the writer.
pub fn json(out: impl Write, trees: &[Tree<'_>]) -> io::Result<()> {
    let mut json = Json::new(out);
    super::head(&mut json);
    json.key("trees").open(b'[');
    for tree in trees {
        let manager = &tree.cgroups.manager;
        json.open(b'{').key("scope").string(tree.cgroups.scope.word()).key("root").path(tree.root);
        json.key("manager").open(b'{').key("tasks_max").string(&exact(manager.tasks_max)).key("defaults").open(b'[');
        for default in &manager.defaults {
            json.open(b'{').key("key").string(default.key).key("value").string(&default.value);
            at(&mut json, Some(&default.at));
            json.close(b'}');
        }
        json.close(b']').close(b'}').key("units").open(b'[');
        let wanted = tree.wanted();
        for (id, _) in tree.cgroups.groups().filter(|(id, _)| wanted[id.index()]) {
            unit(&mut json, tree.cgroups, id);
        }
        json.close(b']').close(b'}');
    }
    json.close(b']').close(b'}');
    json.finish()
}

/// The members that tell a place.
fn at(json: &mut Json<impl Write>, at: Option<&Loc>) {
    match at {
        Some(at) => json.key("path").path(at.path()).key("line").number(at.start().line),
        None => json.key("path").null().key("line").null(),
    };
}

fn unit(json: &mut Json<impl Write>, cgroups: &Cgroups, id: GroupId) {
    let group = cgroups.group(id);
    let named = |by: Option<GroupId>| by.map(|by| &*cgroups.group(by).shown);
    json.open(b'{').key("name").string(&group.shown).key("path");
    if group.path.as_os_str().is_empty() {
        json.null();
    } else {
        json.path(&group.path);
    }
    json.key("slice").optional(named(group.slice)).key("cgroup").string(&cgroups.path(id));
    json.key("placed").string(match group.placed {
        Placed::Root => "root",
        Placed::Name => "name",
        Placed::Slice(_) => "setting",
        Placed::Template => "template",
        Placed::Manager => "manager",
        Placed::Default => "default",
    });
    json.key("known_by").string(match group.presence {
        Presence::File => "file",
        Presence::DropIns => "drop-ins",
        Presence::Implied => "manager",
    });
    json.key("template").bool(group.is_template).key("settings").open(b'[');
    for own in &group.own {
        json.open(b'{').key("key").string(own.key.name()).key("value").string(&notation(own));
        at(json, Some(&own.at));
        json.close(b'}');
    }
    let root = id == cgroups.root();
    json.close(b']').key("limits").open(b'[');
    for key in LIMITS.iter().map(|(key, _)| *key).chain([key::CPU_QUOTA]).filter(|_| !root) {
        for (limit, by) in cgroups.limit(id, key).bounds() {
            let own = cgroups.group(by).own(key);
            json.open(b'{').key("key").string(key.name()).key("value").string(&exact(limit));
            json.key("unit").optional(named(Some(by)));
            let default = cgroups.manager.said("DefaultTasksMax").map(|d| &d.at);
            at(json, own.map(|own| &own.at).or(default.filter(|_| key == key::TASKS_MAX)));
            json.close(b'}');
        }
    }
    json.close(b']').key("protections").open(b'[');
    for (key, _) in PROTECTIONS.iter().filter(|_| !root) {
        let kept = cgroups.protection(id, *key);
        if matches!(kept.own, Limit::Absolute(0)) && kept.shared.is_none() {
            continue;
        }
        json.open(b'{').key("key").string(key.name()).key("promised").string(&exact(kept.own));
        json.key("default_of").optional(named(kept.default_of)).key("kept").open(b'[');
        for (limit, by) in kept.kept.bounds() {
            json.open(b'{').key("value").string(&exact(limit)).key("unit").optional(named(Some(by))).close(b'}');
        }
        json.close(b']').key("cut_by").optional(named(kept.cut_by));
        json.key("shared").optional(kept.shared.map(|(limit, _)| exact(limit)).as_deref()).close(b'}');
    }
    json.close(b']').key("weights").open(b'[');
    for key in WEIGHTS {
        let weight = cgroups.weight(id, key);
        if weight.is_weighed {
            json.open(b'{').key("key").string(key.name()).key("weight").number(weight.weight as i64);
            json.key("set").bool(weight.is_set).key("sum").number(weight.sum as i64).key("percent");
            match weight.permille() {
                Some(permille) => json.tenths(permille),
                None => json.null(),
            };
            json.close(b'}');
        }
    }
    json.close(b']').key("sets").open(b'[');
    for (key, _) in CPUS {
        if let Some(cpus) = cgroups.cpus(id, key) {
            json.open(b'{').key("key").string(key.name()).key("value").string(&ranges(&cpus.ranges));
            json.key("unit").optional(named(Some(cpus.by))).key("refused").bool(cpus.is_refused).close(b'}');
        }
    }
    json.close(b']').key("disabled").open(b'[');
    for controller in Controller::ALL {
        if let Some((by, _)) = cgroups.disabled(id, controller) {
            json.open(b'{')
                .key("controller")
                .string(controller.word())
                .key("unit")
                .optional(named(Some(by)))
                .close(b'}');
        }
    }
    json.close(b']').close(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        let all: Vec<String> = [0, 1000, 1 << 30, 3 << 29, (1 << 40) + 1, 64 << 20].map(bytes).into();
        assert_eq!(all, ["0", "1000", "1G", "1536M", "1024.0G", "64M"]);
        assert_eq!([1500, 3333, 20000].map(percent), ["15%", "33.33%", "200%"]);
    }
}
