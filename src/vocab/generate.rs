//! Build time only: reads the JSON data beside this file and writes the tables of `vocab` as Rust.

#[path = "hash.rs"]
mod hash;
#[path = "generate_kernel.rs"]
mod kernel;
#[path = "generate_texts.rs"]
pub(crate) mod texts;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use texts::{Rows, Texts};

pub(crate) struct Generated {
    pub(crate) code: String,
    /// every key name, for checking the rule files
    pub(crate) keys: BTreeSet<String>,
}

/// A table with the places of some names, which are all different; the reader goes over it the same way.
fn lookup_table<'n>(constant: &str, names: impl ExactSizeIterator<Item = (u16, &'n str)>) -> String {
    let size = (names.len() * 3).next_power_of_two();
    let mut table = vec![u16::MAX; size];
    for (place, name) in names {
        let mut at = hash::of(name.as_bytes()) as usize % size;
        while table[at] != u16::MAX {
            at = (at + 1) % size;
        }
        table[at] = place;
    }
    format!("static {constant}: [u16; {size}] = {table:?};\n")
}

fn load(dir: &Path, name: &str) -> Value {
    let path = dir.join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn text(v: &Value) -> &str {
    v.as_str().unwrap_or_default()
}

fn list(v: &Value) -> impl Iterator<Item = &Value> {
    v.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn strings(v: &Value) -> Vec<&str> {
    list(v).map(text).collect()
}

/// `"252"` as an index into the models.
fn model_of(models: &[&str], name: &str) -> usize {
    models.iter().position(|m| *m == name).unwrap_or_else(|| panic!("{name} is not one of the models {models:?}"))
}

fn mask(models: &[&str], versions: &Value) -> u8 {
    list(versions).map(|v| 1 << model_of(models, text(v))).sum()
}

/// A value that may differ by version: an object whose keys are versions, or the same for all.
fn per_model<'a>(models: &[&str], v: &'a Value) -> Vec<&'a Value> {
    match v.as_object() {
        Some(o) if o.keys().any(|k| models.contains(&k.as_str())) => {
            models.iter().map(|m| o.get(*m).unwrap_or(&Value::Null)).collect()
        }
        _ => vec![v; models.len()],
    }
}

/// `252+257+262` or `252` as key of an object: the value that counts for a model.
fn for_model<'a>(o: &'a Value, model: &str) -> &'a Value {
    o.as_object()
        .and_then(|o| o.iter().find(|(k, _)| k.split('+').any(|k| k == model)))
        .map_or(&Value::Null, |(_, v)| v)
}

/// Text in a doc comment that is no Markdown.
fn verbatim(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

fn camel(word: &str) -> String {
    word.split(['-', '_', ' ']).filter(|w| !w.is_empty()).map(|w| w[..1].to_uppercase() + &w[1..]).collect()
}

/// `PrivateTmp` as `PRIVATE_TMP`, `IPAddressDeny` as `IP_ADDRESS_DENY`.
fn constant(name: &str) -> String {
    let name = &name
        .replace("PIDs", "Pids")
        .replace("SUIDSGID", "SuidSgid")
        .replace("MStack", "Mstack")
        .replace("UMask", "Umask");
    let b = name.as_bytes();
    let mut out = String::new();
    for (i, c) in name.chars().enumerate() {
        let starts_word = i > 0
            && c.is_ascii_uppercase()
            && (b[i - 1].is_ascii_lowercase()
                || b[i - 1].is_ascii_digit()
                || b.get(i + 1).is_some_and(u8::is_ascii_lowercase));
        if starts_word {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}

fn quoted(words: &[&str]) -> String {
    format!("&{words:?}")
}

pub(crate) fn generate(dir: &Path) -> Generated {
    let directives = load(dir, "directives.json");
    let models: Vec<&str> =
        directives["meta"]["versions"].as_object().expect("versions").keys().map(String::as_str).collect();
    let (mut code, mut texts) = (String::new(), Texts::default());
    let numbers: Vec<u16> = models.iter().map(|m| m.parse().expect("a model is a number")).collect();
    writeln!(
        code,
        "/// The systemd releases that the data describes.\npub const MODELS: [u16; {}] = {numbers:?};",
        models.len()
    )
    .unwrap();
    let keys = directive_tables(&mut code, &mut texts, &models, &directives, &load(dir, "word_since.json"));
    word_tables(&mut code, &models, &load(dir, "capabilities.json"));
    syscall_tables(&mut code, &models, &load(dir, "syscall_groups.json"));
    target_table(&mut code, &load(dir, "targets.json"));
    message_table(&mut code, &mut texts, &load(dir, "verify_messages.json"));
    boot_table(&mut code, &mut texts, &load(dir, "boot_order.json"));
    kernel::tables(&mut code, &mut texts, &load(dir, "cgroup.json"), &load(dir, "kernel_names.json"), &keys);
    unit_tables(&mut code, &mut texts, &models, &load(dir, "units.json"));
    code.push_str(&texts.code());
    Generated { code, keys }
}

/// The units of systemd itself with what they depend on.
fn boot_table(code: &mut String, texts: &mut Texts, data: &Value) {
    let mut edges = Rows::new("static BOOT_EDGES: [(Text, Texts); ");
    for scope in ["system", "user"] {
        // sorted by name as the reader expects
        let units: BTreeMap<&String, &Value> = data[scope].as_object().expect("units").iter().collect();
        writeln!(code, "static BOOT_{}: [BootUnit; {}] = [", scope.to_uppercase(), units.len()).unwrap();
        for (name, unit) in units {
            let members = unit.as_object().expect("a unit").iter().filter(|(_, v)| v.is_array());
            let rows = members.map(|(k, v)| format!("({}, {})", texts.text(k), texts.list(&strings(v)))).collect();
            let plain = unit["DefaultDependencies"] != false;
            writeln!(
                code,
                "    BootUnit {{ name: {}, alias: {}, default_dependencies: {plain}, edges: {} }},",
                texts.text(name),
                texts.text(text(&unit["alias"])),
                edges.add(rows)
            )
            .unwrap();
        }
        writeln!(code, "];").unwrap();
    }
    code.push_str(&edges.code());
}

/// The words of each key that came later than the key, with their releases.
fn young_words(data: &Value) -> BTreeMap<String, Vec<(String, u64)>> {
    let of_key = |words: &Value| {
        let words = words.as_object().expect("words").iter();
        words.map(|(word, since)| (word.clone(), since.as_u64().expect("a release"))).collect()
    };
    let keys = data.as_object().expect("word_since").iter().filter(|(_, words)| words.is_object());
    keys.map(|(key, words)| (key.clone(), of_key(words))).collect()
}

fn directive_tables(
    code: &mut String,
    texts: &mut Texts,
    models: &[&str],
    data: &Value,
    word_since: &Value,
) -> BTreeSet<String> {
    let (mut homes, mut words_since) =
        (Rows::new("static PLACEMENTS: [Placement; "), Rows::new("static YOUNG_WORDS: [(Text, u16); "));
    let young = young_words(word_since);
    let all: Vec<&Value> = list(&data["directives"]).collect();
    let classes: BTreeSet<&str> =
        data["value_classes"].as_object().expect("value_classes").keys().map(String::as_str).collect();
    writeln!(code, "/// How a value is written; `directives.json` has the grammar of each.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub enum Class {{").unwrap();
    for c in &classes {
        writeln!(code, "    #[doc = {:?}]\n    {},", verbatim(text(&data["value_classes"][c]["grammar"])), camel(c))
            .unwrap();
    }
    writeln!(code, "}}\nimpl Class {{\n    /// How a value is written.\n    pub fn grammar(self) -> &'static str {{\n        match self {{").unwrap();
    for c in &classes {
        writeln!(code, "            Self::{} => {:?},", camel(c), text(&data["value_classes"][c]["grammar"])).unwrap();
    }
    writeln!(
        code,
        "        }}\n    }}\n}}\n/// Every key of the unit language, sorted by name.\npub static KEYS: [Key; {}] = [",
        all.len()
    )
    .unwrap();
    let mut names = BTreeSet::new();
    let mut constants = String::new();
    for (i, d) in all.iter().enumerate() {
        let name = text(&d["name"]);
        let twice = all.iter().filter(|o| o["name"] == d["name"]).count() > 1;
        let suffix = if twice { format!("_{}", constant(text(&d["variant_sections"][0]))) } else { String::new() };
        writeln!(constants, "    /// `{name}=`\n    pub const {}{suffix}: KeyId = KeyId({i});", constant(name))
            .unwrap();
        names.insert(name.to_owned());
        let number = |v: &Value| v.as_u64().unwrap_or(0);
        let placements: Vec<String> = list(&d["sections"])
            .map(|s| {
                format!(
                    "Placement {{ section: Section::{}, versions: {}, introduced: {}, legacy: {} }}",
                    text(&s["section"]),
                    mask(models, &s["versions"]),
                    number(&s["introduced"]),
                    s.get("legacy_placement_of").is_some()
                )
            })
            .collect();
        let sections: Vec<String> =
            list(&d["sections"]).map(|s| format!("1 << Section::{} as u16", text(&s["section"]))).collect();
        let sections = sections.join(" | ");
        let class: Vec<String> = per_model(models, d.get("class_by_version").unwrap_or(&d["class"]))
            .iter()
            .map(|c| format!("Class::{}", camel(text(if c.is_null() { &d["class"] } else { c }))))
            .collect();
        let words: Vec<String> = per_model(models, &d["words"]).iter().map(|w| texts.list(&strings(w))).collect();
        let specifiers: Vec<String> =
            per_model(models, &d["specifiers"]).iter().map(|s| format!("Specifiers::{}", camel(text(s)))).collect();
        let params = &d["params"];
        let range = params
            .get("range")
            .or(params.get("number_range"))
            .map_or("None".into(), |r| format!("Some(({}, {}))", r[0], r[1]));
        let fatal = match &d["fatal_on_error"] {
            Value::Bool(true) => "Always",
            Value::Bool(false) => "Never",
            other if text(other).starts_with("specifier") => "Specifier",
            _ => "UnlessDash",
        };
        let managers: Vec<String> = per_model(models, &d["user_manager"]).iter().map(|u| texts.text(text(u))).collect();
        let since = young.get(name).into_iter().flatten();
        let since = since.map(|(word, since)| format!("({}, {since})", texts.text(word))).collect();
        writeln!(
            code,
            "    Key {{ name: {}, context: Context::{}, placements: {}, sections: {sections}, introduced: {}, class: [{}], words: [{}], young_words: {}, user_words: {}, true_word: {}, false_word: {}, repeat: Repeat::{}, empty: Empty::{}, specifiers: [{}], fatal: Fatal::{fatal}, status: Status::{}, replacement: {}, status_since: {}, status_note: {}, ignored: {}, default: {}, man: {}, notes: {}, user_manager: [{}], range: {range}, unit: {}, base: {} }},",
            texts.text(name),
            camel(text(&d["context"])),
            homes.add(placements),
            number(&d["introduced"]),
            class.join(", "),
            words.join(", "),
            words_since.add(since),
            texts.list(&strings(&d["user_manager_words"])),
            texts.text(text(&d["boolean_true_means"])),
            texts.text(text(&d["boolean_false_means"])),
            camel(text(&d["repeat"])),
            camel(text(&d["empty"])),
            specifiers.join(", "),
            camel(text(&d["status"])),
            texts.text(text(&d["replacement"])),
            number(&d["status_since"]),
            texts.text(text(&d["status_note"])),
            mask(models, &d["ignored_in_versions"]),
            texts.text(text(&d["default"])),
            texts.list(&strings(&d["man"])),
            texts.list(&strings(&d["notes"])),
            managers.join(", "),
            texts.text(params.get("default_unit").or(params.get("unit")).map_or("", text)),
            params.get("base").map_or(0, number),
        )
        .unwrap();
    }
    for key in young.keys() {
        assert!(names.contains(key), "word_since.json: there is no {key}=");
    }
    writeln!(code, "];\n/// The ids of the keys by name, for code that means one of them.\npub mod key {{\n    use super::KeyId;\n{constants}}}").unwrap();
    code.push_str(&homes.code());
    code.push_str(&words_since.code());
    let in_order: Vec<&str> = all.iter().map(|d| text(&d["name"])).collect();
    writeln!(
        code,
        "/// Their names again, for those who look for one many times.\nstatic KEY_NAMES: [&str; {}] = {in_order:?};",
        all.len()
    )
    .unwrap();
    let place = |i| u16::try_from(i).expect("fewer than 65535 keys");
    code.push_str(&lookup_table("KEY_TABLE", in_order.iter().enumerate().map(|(i, name)| (place(i), *name))));
    names
}

fn word_tables(code: &mut String, models: &[&str], data: &Value) {
    let pairs = |v: &Value| -> Vec<(String, u64)> {
        list(v).map(|w| (text(&w["name"]).to_owned(), w["number"].as_u64().unwrap_or(0))).collect()
    };
    let capabilities = pairs(&data["capabilities"]["list"]);
    writeln!(
        code,
        "/// Capabilities, by number.\npub static CAPABILITIES: [&str; {}] = {:?};",
        capabilities.len(),
        capabilities.iter().map(|c| &c.0).collect::<Vec<_>>()
    )
    .unwrap();
    assert!(capabilities.iter().enumerate().all(|(i, c)| c.1 == i as u64), "capabilities are listed by number");
    writeln!(
        code,
        "/// Address family words and their numbers.\npub static ADDRESS_FAMILIES: &[(&str, u8)] = &{:?};",
        pairs(&data["address_families"]["list"])
    )
    .unwrap();
    let namespaces: Vec<(&str, &str)> =
        list(&data["namespaces"]["list"]).map(|n| (text(&n["name"]), text(&n["flag"]))).collect();
    writeln!(
        code,
        "/// Namespace words and their clone flags.\npub static NAMESPACES: &[(&str, &str)] = &{namespaces:?};"
    )
    .unwrap();
    writeln!(
        code,
        "/// Signals without the real-time ones.\npub static SIGNALS: &[(&str, u8)] = &{:?};",
        pairs(&data["signals"]["list"])
    )
    .unwrap();
    writeln!(
        code,
        "/// Exit statuses with a name.\npub static EXIT_STATUSES: &[(&str, u8)] = &{:?};",
        pairs(&data["exit_statuses"]["list"])
    )
    .unwrap();
    writeln!(
        code,
        "/// Error names that the parsers take, and since which release: 0 for all that are recorded.\npub static ERRNOS: &[(&str, u16)] = &{:?};",
        strings(&data["errno"]["accepted"])
            .into_iter()
            .map(|name| (name, data["errno"]["introduced"][name].as_u64().unwrap_or(0)))
            .collect::<Vec<_>>()
    )
    .unwrap();
    let mut versioned = |name: &str, doc: &str, v: &Value| {
        let words: Vec<String> = per_model(models, v).iter().map(|w| quoted(&strings(w))).collect();
        writeln!(code, "/// {doc}\npub static {name}: [&[&str]; {}] = [{}];", models.len(), words.join(", ")).unwrap();
    };
    versioned(
        "SECCOMP_ARCHITECTURES",
        "Words of `SystemCallArchitectures=`.",
        &data["personality_and_architecture"]["seccomp_architectures"],
    );
    versioned("CONTROLLERS", "Words of `Delegate=` and `DisableControllers=`.", &data["cgroup_controllers"]);
}

fn syscall_tables(code: &mut String, models: &[&str], data: &Value) {
    let table = &data["x86_64"];
    let mut native: Vec<BTreeMap<&str, u64>> = Vec::new();
    for model in models {
        let mut map: BTreeMap<&str, u64> = native.last().cloned().unwrap_or_default();
        for part in [model.to_string(), format!("{model}_additions")] {
            map.extend(
                table[&part]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(k, v)| (k.as_str(), v.as_u64().expect("a number"))),
            );
        }
        native.push(map);
    }
    let foreign: Vec<BTreeSet<&str>> =
        models.iter().map(|m| strings(&table["known_to_libseccomp_but_not_native"][m]).into_iter().collect()).collect();
    let groups = data["groups"].as_object().expect("groups");
    let expanded = |group: &str, model: &str| {
        strings(for_model(&groups[group]["expanded"], model)).into_iter().collect::<BTreeSet<_>>()
    };
    let mut names: BTreeSet<&str> =
        native.iter().flat_map(|m| m.keys().copied()).chain(foreign.iter().flatten().copied()).collect();
    for (group, m) in groups.keys().flat_map(|g| models.iter().map(move |m| (g, m))) {
        names.extend(expanded(group, m));
    }
    let names: Vec<&str> = names.into_iter().collect();
    let words = names.len().div_ceil(64);
    let set = |of: &dyn Fn(&str) -> bool| -> String {
        let mut bits = vec![0_u64; words];
        for (i, _) in names.iter().enumerate().filter(|(_, n)| of(n)) {
            bits[i / 64] |= 1 << (i % 64);
        }
        format!("SyscallSet({bits:?})")
    };
    writeln!(code, "/// Every system call name that the data knows, sorted.\npub static SYSCALLS: [&str; {}] = {names:?};\nconst SYSCALL_WORDS: usize = {words};", names.len()).unwrap();
    let known: Vec<String> =
        (0..models.len()).map(|m| set(&|n| native[m].contains_key(n) || foreign[m].contains(n))).collect();
    writeln!(code, "/// The names that the libseccomp of each model resolves.\npub static SYSCALLS_KNOWN: [SyscallSet; {}] = [{}];", models.len(), known.join(", ")).unwrap();
    let x86: Vec<String> = (0..models.len()).map(|m| set(&|n| native[m].contains_key(n))).collect();
    writeln!(code, "/// The names that exist on x86-64, as libseccomp of each model sees it.\npub static SYSCALLS_X86_64: [SyscallSet; {}] = [{}];", models.len(), x86.join(", ")).unwrap();
    writeln!(code, "/// System call groups, sorted by name.\npub static SYSCALL_GROUPS: &[SyscallGroup] = &[").unwrap();
    for (name, group) in groups {
        let sets: Vec<String> = models
            .iter()
            .map(|m| {
                let e = expanded(name, m);
                set(&|n| e.contains(n))
            })
            .collect();
        writeln!(
            code,
            "    SyscallGroup {{ name: {name:?}, meaning: {:?}, versions: {}, members: [{}] }},",
            text(&group["meaning"]),
            mask(models, &group["versions"]),
            sets.join(", ")
        )
        .unwrap();
    }
    writeln!(code, "];").unwrap();
}

fn target_table(code: &mut String, data: &Value) {
    writeln!(code, "/// Distribution releases and what they run.\npub static DISTRIBUTIONS: &[Distribution] = &[")
        .unwrap();
    for t in list(&data["targets"]) {
        let systemd = t["systemd"].as_u64().map_or("None".into(), |v| format!("Some({v})"));
        let kernel = t["kernel"].as_str().map_or("None".into(), |v| format!("Some({v:?})"));
        writeln!(
            code,
            "    Distribution {{ name: {:?}, aliases: {}, systemd: {systemd}, kernel: {kernel} }},",
            text(&t["name"]),
            quoted(&strings(&t["aliases"]))
        )
        .unwrap();
    }
    writeln!(code, "];").unwrap();
}

fn message_table(code: &mut String, texts: &mut Texts, data: &Value) {
    let all: Vec<&Value> = list(&data["messages"]).collect();
    writeln!(code, "/// What the loader or `systemd-analyze verify` says, by the ids of `verify_messages.json`.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]\npub enum Message {{").unwrap();
    for m in &all {
        writeln!(code, "    #[doc = {:?}]\n    {},", verbatim(text(&m["trigger"])), camel(text(&m["id"]))).unwrap();
    }
    writeln!(code, "}}\nstatic MESSAGES: [MessageInfo; {}] = [", all.len()).unwrap();
    for m in &all {
        let release = |v: &Value, none: u16| v.as_u64().map_or(none, |v| v as u16);
        writeln!(
            code,
            "    MessageInfo {{ id: {}, stage: {}, kind: {}, effect: {}, trigger: {}, since: {}, until: {} }},",
            texts.text(text(&m["id"])),
            texts.text(text(&m["stage"])),
            texts.text(text(&m["kind"])),
            texts.text(text(&m["effect"])),
            texts.text(text(&m["trigger"])),
            release(&m["since"], 0),
            release(&m["until"], u16::MAX),
        )
        .unwrap();
    }
    writeln!(code, "];").unwrap();
}

/// The units that are known without being present, for each scope: names sorted, then patterns.
fn unit_tables(code: &mut String, texts: &mut Texts, models: &[&str], data: &Value) {
    let (mut names, mut patterns, mut tables) = (String::new(), String::new(), String::new());
    for scope in ["system", "user"] {
        let (mut plain, mut wild) = (BTreeSet::new(), BTreeSet::new());
        for (order, origin) in ["shipped", "manager", "generated", "special"].into_iter().enumerate() {
            for (releases, units) in data[scope][origin].as_object().expect("units by release") {
                let versions: u8 = releases.split(' ').map(|m| 1 << model_of(models, m)).sum();
                for name in strings(units) {
                    let into = if name.contains('*') { &mut wild } else { &mut plain };
                    into.insert((name, order, camel(origin), versions));
                }
            }
        }
        let mut firsts: Vec<(u16, &str)> = Vec::new();
        for (place, (name, ..)) in (0..).zip(&plain) {
            if firsts.last().is_none_or(|(_, last)| last != name) {
                firsts.push((place, name));
            }
        }
        let table = format!("WELL_KNOWN_{}", scope.to_uppercase());
        code.push_str(&lookup_table(&table, firsts.into_iter()));
        write!(tables, "&{table}, ").unwrap();
        for (out, all) in [(&mut names, plain), (&mut patterns, wild)] {
            let rows: String = all
                .iter()
                .map(|(name, _, origin, versions)| {
                    let (head, tail) = name.split_once('*').unwrap_or((name, ""));
                    let (head, tail) = (texts.text(head), texts.text(tail));
                    format!("Known {{ head: {head}, tail: {tail}, origin: Origin::{origin}, versions: {versions} }}, ")
                })
                .collect();
            writeln!(out, "    &[{rows}],").unwrap();
        }
    }
    writeln!(code, "static WELL_KNOWN_TABLES: [&[u16]; 2] = [{tables}];").unwrap();
    writeln!(code, "static WELL_KNOWN_UNITS: [&[Known]; 2] = [\n{names}];\nstatic WELL_KNOWN_PATTERNS: [&[Known]; 2] = [\n{patterns}];").unwrap();
}
