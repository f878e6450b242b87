//! What `dry-run --format json` writes: a machine, and what becomes of units there.

use super::documents::document;
use super::{Member, flag, list, map, merge, number, object, one_of, or_null, text, top, word};
use crate::host::{Answer, Call, Layout, Namespace};
use crate::live::trial::Outcome;
use crate::verdict::Kind;
use crate::vocab::{Arch, CAPABILITIES, Scope};
use serde_json::{Map, Value, json};

/// A fact: its value and where it was seen, or why it could not be told.
fn fact(value: Value) -> Value {
    object([
        ("value?", "what it is", value),
        ("at?", "the file or call that says so", text()),
        ("unknown?", "why it could not be told", text()),
    ])
}

fn capabilities() -> Value {
    fact(list(word(CAPABILITIES.iter().copied())))
}

fn manager() -> Value {
    let pair = json!({ "type": "array", "items": or_null(number(0)), "minItems": 2, "maxItems": 2 });
    object([
        ("uid", "who it is", fact(number(0))),
        ("gid", "its group", fact(number(0))),
        ("capabilities", "what it can use in its user namespace", capabilities()),
        ("bounding_set", "what it and its services can ever have", capabilities()),
        ("first_user_namespace", "whether its user namespace is the first one", fact(flag())),
        ("filtered", "whether it has filters of system calls", fact(flag())),
        ("no_new_privileges", "whether it can gain privileges no more", fact(flag())),
        ("limits", "soft and hard limits by the words of /proc/PID/limits; null for no limit", fact(map(pair))),
        ("oom_score_adjust", "its place among those that are killed for memory", fact(json!({ "type": "integer" }))),
        ("cpus", "the CPUs that it may use", fact(text())),
        ("nodes", "the nodes whose memory it may use", fact(text())),
    ])
}

/// All that was seen of a machine.
fn host() -> Value {
    let answer = || fact(word(Answer::ALL.iter().map(|a| a.word())));
    let calls = object(Call::ALL.iter().map(|c| (c.word(), "what became of it", answer())));
    let namespace = || {
        object([
            ("there", "whether the kernel has it", fact(flag())),
            ("limit", "how many there may be", fact(or_null(number(0)))),
        ])
    };
    let namespaces = object(Namespace::ALL.iter().map(|n| (n.word(), "the kind", namespace())));
    let cgroups = object([
        ("layout", "the hierarchies", fact(word(Layout::ALL.iter().map(|l| l.word())))),
        ("controllers", "what the manager can give to its units", fact(list(text()))),
        ("files", "the files of a group of services", fact(list(text()))),
        ("realtime_share", "whether new groups have no share for real-time processes", fact(flag())),
    ]);
    let mount = object([
        ("at", "where", text()),
        ("kind", "the type of the file system", text()),
        ("root", "what of it is mounted", text()),
        ("read_only", "whether nothing can be written", flag()),
        ("options", "options of the file system", text()),
    ]);
    let disk =
        object([("name", "its name", text()), ("scheduler", "how requests are ordered; empty if unknown", text())]);
    let members: Vec<Member> = vec![
        (
            "scope",
            "whose manager it is; null where nobody was asked for",
            or_null(word(Scope::ALL.iter().map(|s| s.word()))),
        ),
        ("kernel", "the release of the kernel", fact(text())),
        ("systemd", "the release of systemd", fact(number(1))),
        ("features", "what systemd was built with and without", fact(list(text()))),
        ("arch", "the processor", fact(word(Arch::ALL.iter().map(|(_, w, _)| *w)))),
        ("container", "the container manager; empty outside of containers", fact(text())),
        ("manager", "the manager of the units", manager()),
        ("calls", "calls that could be refused to everybody", calls),
        ("namespaces", "kinds of namespaces", namespaces),
        ("unprivileged_user_namespaces", "whether everybody may make user namespaces", fact(flag())),
        ("seccomp", "whether the kernel filters system calls", fact(flag())),
        ("security_modules", "the modules that are on", fact(list(text()))),
        ("landlock", "the newest rules of Landlock", fact(number(0))),
        ("btf", "whether the kernel describes its types", fact(flag())),
        ("libbpf", "whether systemd finds libbpf", fact(flag())),
        ("cgroups", "the control groups", cgroups),
        ("mounts", "what is mounted on /proc, /sys and below", fact(list(mount))),
        ("ksm", "whether the kernel merges equal pages", fact(flag())),
        ("pressure", "whether pressure is measured", fact(flag())),
        ("swap", "whether there is swap space", fact(flag())),
        ("zswap", "whether pages are compressed before they are swapped", fact(flag())),
        ("memory", "bytes of memory", fact(number(0))),
        ("cpus", "the CPUs", fact(text())),
        ("nodes", "the nodes with memory", fact(text())),
        ("disks", "the disks", fact(list(disk))),
    ];
    object(members)
}

/// The users or groups of a machine.
fn names() -> Value {
    object([
        ("others", "whether other sources are asked as well: who is not listed may still be there", flag()),
        ("ids", "their numbers", map(number(0))),
    ])
}

/// The same where everything may be left out, and a fact may be its value alone.
fn by_hand(schema: Value) -> Value {
    let Value::Object(mut object) = schema else { return schema };
    let Some(Value::Object(members)) = object.remove("properties") else { return object.into() };
    let written = |members: Map<String, Value>| -> Map<String, Value> {
        members.into_iter().map(|(name, schema)| (name, by_hand(schema))).collect()
    };
    match members.get("value") {
        Some(value) => {
            let (value, about) = (value.clone(), object.remove("description"));
            object.insert("properties".into(), members.into());
            let mut out = one_of([value, object.into()]);
            merge(&mut out, about.map_or(json!({}), |about| json!({ "description": about })));
            out
        }
        None => {
            object.remove("required");
            object.insert("properties".into(), written(members).into());
            object.into()
        }
    }
}

/// What `dry-run --save` writes and `--host` reads.
pub(super) fn facts() -> Value {
    let machine = || {
        let mut all = host();
        let more = object([("users", "its users", fact(names())), ("groups", "its groups", fact(names()))]);
        if let (Some(Value::Object(all)), Some(Value::Object(more))) =
            (all.get_mut("properties"), more.get("properties"))
        {
            all.extend(more.clone());
        }
        by_hand(all)
    };
    let file = object([
        ("unitlint?", "the release that wrote it", text()),
        ("schema?", "the version of this schema", number(1)),
        ("about?", "which machines it is about, and where its facts come from", text()),
        ("system?", "the machine as the manager of the system sees it", machine()),
        ("user?", "what is otherwise for the managers of users", machine()),
    ]);
    top("host.schema.json", "facts of a machine for --host", "What unitlint knows of a machine.", file)
}

pub(super) fn dry_run() -> Value {
    let score = || or_null(json!({ "type": "number", "minimum": 0, "maximum": 10 }));
    let exposure = object([("paper", "as the unit is written", score()), ("here", "without what is skipped", score())]);
    let tried = object([
        ("outcome", "what came of it", word(Outcome::ALL.iter().map(|o| o.word()))),
        ("call", "the first call that failed", or_null(text())),
        ("errno", "its error, or how the manager says that it failed", or_null(text())),
        ("why", "why it was not tried, or what the call was about", or_null(text())),
        (
            "instead_of",
            "the verdict that the trial contradicts, which is a defect",
            or_null(word(Kind::ALL.iter().map(|k| k.word()))),
        ),
    ]);
    let said = object([("level", "as syslog counts them", number(0)), ("text", "the message", text())]);
    let trial = object([
        ("status", "how the manager's unit failed", or_null(text())),
        ("says", "what the manager said of it", list(said)),
    ]);
    let setting = object([
        ("key", "the directive", text()),
        ("value", "as it is written", text()),
        ("path", "the file", text()),
        ("line", "the line", number(1)),
        ("verdict", "what becomes of it", word(Kind::ALL.iter().map(|k| k.word()))),
        ("reason", "why", text()),
        ("probe", "the files and calls that say so; empty where systemd alone decides", text()),
        ("culprit", "whether the unit does not start because of it", flag()),
        ("tried", "what came of its trial; null without --try", or_null(tried)),
    ]);
    let unit = object([
        ("name", "its name", text()),
        ("path", "where it was found, as it was reached", text()),
        ("scope", "whose manager it is for", word(Scope::ALL.iter().map(|s| s.word()))),
        ("unit", "its name", text()),
        ("exposure", "the exposure", exposure),
        ("starts", "whether it starts; null where nobody can tell", or_null(flag())),
        ("status", "how systemd says that it does not: 226/NAMESPACE; null where it starts", or_null(text())),
        ("why", "why it does not", or_null(text())),
        ("settings", "every assignment that counts", list(setting)),
        ("trial", "the trial by the manager; null without --try", or_null(trial)),
    ]);
    document(
        "dry-run.schema.json",
        "unitlint dry-run --format json",
        "What a machine really enforces of units.",
        [("host", "the machine", host()), ("units", "every unit", list(unit))],
    )
}
