//! Build time only: what is known of control groups and of names of the kernel, for `generate.rs`.

use super::texts::Texts;
use super::{list, strings, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

/// What directives write into control groups, and the names of the kernel with their directives. Which directive writes which
/// file of a control group is told by `cgroup.json` alone.
pub(super) fn tables(code: &mut String, texts: &mut Texts, cgroup: &Value, data: &Value, keys: &BTreeSet<String>) {
    let known = |name: &str| assert!(keys.contains(name), "kernel_names.json or cgroup.json: there is no {name}=");
    let directives: Vec<&Value> = list(&cgroup["directives"]).chain(list(&cgroup["legacy"])).collect();
    writeln!(
        code,
        "/// What directives of resource control write.\npub static CGROUP_DIRECTIVES: &[CgroupDirective] = &["
    )
    .unwrap();
    let mut seen = BTreeSet::new();
    for d in &directives {
        let name = text(&d["name"]);
        known(name);
        if seen.insert(name) {
            let writes = texts.list(&strings(&d["cgroup_v2"]));
            let (wrote, kernel) = (texts.text(text(&d["v1_attribute"])), texts.text(text(&d["kernel"])));
            let name = texts.text(name);
            writeln!(
                code,
                "    CgroupDirective {{ name: {name}, writes: {writes}, wrote: {wrote}, kernel: {kernel} }},"
            )
            .unwrap();
        }
    }
    writeln!(code, "];\n/// Names of the kernel and of LXC.\npub static KERNEL_NAMES: &[KernelName] = &[").unwrap();
    let names: Vec<&Value> = list(&data["names"]).collect();
    for n in &names {
        let (name, kind) = (text(&n["name"]), text(&n["kind"]));
        // "io.max rbps", "cpu.weight": the file is the first word
        let writes = |d: &&&Value| strings(&d["cgroup_v2"]).iter().any(|w| w.split([' ', ',']).next() == Some(name));
        let mut about: Vec<&str> = match kind {
            "cgroup v2 file" => directives.iter().filter(writes).map(|d| text(&d["name"])).collect(),
            _ => Vec::new(),
        };
        // the plain key before the one of startup
        about.sort_by_key(|d| d.starts_with("Startup"));
        for d in strings(&n["directives"]) {
            known(d);
            if !about.contains(&d) {
                about.push(d);
            }
        }
        let old: Vec<&str> = match kind {
            "cgroup v1 file" => {
                let wrote = directives.iter().filter(|d| text(&d["v1_attribute"]) == name);
                wrote.map(|d| text(&d["name"])).collect()
            }
            _ => Vec::new(),
        };
        for counterpart in strings(&n["counterparts"]) {
            let there = |o: &&Value| text(&o["name"]) == counterpart && o["kind"] != n["kind"];
            assert!(names.iter().any(there), "kernel_names.json: {name} has no counterpart {counterpart}");
        }
        writeln!(
            code,
            "    KernelName {{ name: {}, kind: {}, controller: {}, about: {}, value: {}, kernel: {}, counterparts: {}, directives: {}, old_directives: {}, conversion: {}, manuals: {}, also: {} }},",
            texts.text(name),
            texts.text(kind),
            texts.text(text(&n["controller"])),
            texts.text(text(&n["about"])),
            texts.text(text(&n["value"])),
            texts.text(text(&n["kernel"])),
            texts.list(&strings(&n["counterparts"])),
            texts.list(&about),
            texts.list(&old),
            texts.text(text(&n["conversion"])),
            texts.list(&strings(&n["manuals"])),
            texts.list(&strings(&n["also"])),
        )
        .unwrap();
    }
    writeln!(code, "];").unwrap();
}
