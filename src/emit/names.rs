//! Names of the kernel and of LXC explained: files of control groups, namespaces, capabilities, system calls, keys.

use super::docs::reference_text;
use super::json::Json;
use super::style::{Look, Paint, wrap};
use crate::rule::{self, Check, Rule};
use crate::vocab::kernel::{KernelName, Named};
use crate::vocab::syscall::{self, SyscallGroup};
use crate::vocab::{KEYS, MODELS, Model, SYSCALL_GROUPS, SYSCALLS};
use std::fmt::Write as _;

/// What is told of a name, whatever it is.
struct Answer {
    name: &'static str,
    kind: &'static str,
    controller: &'static str,
    about: String,
    value: &'static str,
    kernel: &'static str,
    directives: Vec<&'static str>,
    old_directives: Vec<&'static str>,
    conversion: String,
    counterparts: Vec<&'static str>,
    /// the members of a group, or the groups of a call, with the first recorded release that has them so
    members: Vec<(u16, Vec<&'static str>)>,
    rules: Vec<&'static Rule>,
    manuals: Vec<String>,
}

fn answer(named: Named) -> Answer {
    match named {
        Named::Name(name) => of_name(name),
        Named::Group(group) => of_group(group),
        Named::Call(call) => of_call(call),
    }
}

/// The manuals of the name itself, then that of the nearest directive.
fn manuals(of_name: impl IntoIterator<Item = &'static str>, directive: Option<&str>) -> Vec<String> {
    let key = directive.and_then(|d| KEYS.iter().find(|k| k.name() == d));
    let page = key.and_then(|k| Some(format!("{}, {}=", k.man().first()?, k.name())));
    of_name.into_iter().map(reference_text).chain(page).collect()
}

fn of_name(n: &'static KernelName) -> Answer {
    Answer {
        name: n.name(),
        kind: n.kind(),
        controller: n.controller(),
        about: n.about().to_owned(),
        value: n.value(),
        kernel: n.kernel(),
        directives: n.directives().iter().collect(),
        old_directives: n.old_directives().iter().collect(),
        conversion: n.conversion().to_owned(),
        counterparts: n.counterparts().iter().collect(),
        members: Vec::new(),
        rules: rules_about(n),
        manuals: manuals(n.manuals(), n.directives().first()),
    }
}

/// The rules of the exposure that are about a capability or a type of namespace.
fn rules_about(n: &KernelName) -> Vec<&'static Rule> {
    let fits = |r: &&Rule| {
        let Some(fix) = r.fix else { return false };
        let namespace = fix.key == "RestrictNamespaces" && n.kind() == "namespace";
        let words = || fix.value.split_whitespace().map(|w| w.trim_start_matches('~'));
        match n.kind() {
            "capability" => fix.key == "CapabilityBoundingSet" && words().any(|w| w == n.name()),
            _ => namespace && words().any(|w| crate::vocab::NAMESPACES.contains(&(w, n.name()))),
        }
    };
    rule::RULES.iter().filter(fits).collect()
}

fn models() -> impl Iterator<Item = Model> {
    MODELS.iter().map(|m| Model::nearest(*m))
}

/// What each release has, where it differs from the one before.
fn by_release(of: impl Fn(Model) -> Vec<&'static str>) -> Vec<(u16, Vec<&'static str>)> {
    let mut all: Vec<(u16, Vec<&'static str>)> = Vec::new();
    for model in models() {
        let now = of(model);
        if all.last().is_none_or(|(_, before)| *before != now) {
            all.push((model.number(), now));
        }
    }
    all
}

const CALL_DIRECTIVES: [&str; 3] = ["SystemCallFilter", "SystemCallErrorNumber", "SystemCallLog"];

fn of_group(group: &'static SyscallGroup) -> Answer {
    let has = |r: &&Rule| matches!(r.check, Check::SyscallFilter { group: g } if g.name == group.name);
    Answer {
        name: group.name,
        kind: "system call group",
        controller: "",
        about: group.meaning.to_owned(),
        value: "",
        kernel: "",
        directives: CALL_DIRECTIVES.to_vec(),
        old_directives: Vec::new(),
        conversion: format!(
            "SystemCallFilter={0} allows only these, SystemCallFilter=~{0} forbids them; {0}:EPERM makes them fail instead of killing the service",
            group.name
        ),
        counterparts: Vec::new(),
        members: by_release(|m| group.members(m).names().collect()),
        rules: rule::RULES.iter().filter(has).collect(),
        manuals: manuals(["man:systemd.exec(5)#SystemCallFilter=", "man:systemd-analyze(1)"], None),
    }
}

fn of_call(call: usize) -> Answer {
    let name = SYSCALLS[call];
    let groups = |m: Model| -> Vec<&'static str> {
        let there = |g: &&SyscallGroup| syscall::group(g.name, m).is_some() && g.members(m).contains(call);
        SYSCALL_GROUPS.iter().filter(there).map(|g| g.name).collect()
    };
    Answer {
        name,
        kind: "system call",
        controller: "",
        about: String::from("a call that programs make to the kernel"),
        value: "",
        kernel: "",
        directives: CALL_DIRECTIVES.to_vec(),
        old_directives: Vec::new(),
        conversion: format!("SystemCallFilter=~{name} forbids it, SystemCallFilter=~{name}:EPERM makes it fail"),
        counterparts: Vec::new(),
        members: by_release(groups),
        rules: Vec::new(),
        manuals: manuals(["man:systemd.exec(5)#SystemCallFilter=", "man:syscalls(2)"], None),
    }
}

fn since(directive: &str) -> u16 {
    KEYS.iter().find(|k| k.name() == directive).map_or(0, |k| k.introduced)
}

/// For a terminal.
pub fn text(named: Named, paint: Paint) -> String {
    let a = answer(named);
    let mut out = String::new();
    let width = if paint.width == 0 { 100 } else { paint.width.clamp(40, 100) };
    let fact = |out: &mut String, name: &str, text: &str| {
        if !text.is_empty() {
            let body = wrap(text, width - 16, "               ");
            let _ = writeln!(out, "  {} {}", paint.the(Look::Dim, format!("{name:<12}")), body.trim_start());
        }
    };
    let controller = if a.controller.is_empty() { String::new() } else { format!(", controller {}", a.controller) };
    let _ = writeln!(out, "{}  {}{controller}", paint.the(Look::Strong, a.name), a.kind);
    fact(&mut out, "what", &a.about);
    fact(&mut out, "value", a.value);
    let known = |d: &&str| match since(d) {
        0 => format!("{d}="),
        n => format!("{d}= (systemd {n})"),
    };
    let directives: Vec<String> = a.directives.iter().map(known).collect();
    let is_file = a.kind.starts_with("cgroup");
    fact(&mut out, "directives", if directives.is_empty() && is_file { "none" } else { "" });
    fact(&mut out, "directives", &directives.join(", "));
    let old: Vec<String> = a.old_directives.iter().map(|d| format!("{d}=")).collect();
    let old = if old.is_empty() { String::new() } else { format!("{} up to systemd 257", old.join(", ")) };
    fact(&mut out, "once", &old);
    fact(&mut out, "written as", &a.conversion);
    let kernel = if a.kernel.is_empty() { String::new() } else { format!("since {}", a.kernel) };
    fact(&mut out, "kernel", &kernel);
    let other = if a.kind == "cgroup v1 file" { "in cgroup v2" } else { "in cgroup v1" };
    fact(&mut out, other, &a.counterparts.join(", "));
    fact(&mut out, other, if is_file && a.counterparts.is_empty() { "no counterpart" } else { "" });
    let title = if a.kind == "system call" { "groups" } else { "members" };
    for (n, (release, members)) in a.members.iter().enumerate() {
        let change = n.checked_sub(1).map(|n| &a.members[n].1);
        let text = match change {
            None if members.is_empty() => String::from("none"),
            None => members.join(" "),
            Some(before) => {
                let new = members.iter().filter(|m| !before.contains(m)).map(|m| format!("+{m}"));
                let gone = before.iter().filter(|m| !members.contains(m)).map(|m| format!("-{m}"));
                new.chain(gone).collect::<Vec<_>>().join(" ")
            }
        };
        fact(&mut out, &if n == 0 { title.to_owned() } else { format!("from {release}") }, &text);
    }
    fact(&mut out, "manual", &a.manuals.join("; "));
    if !a.rules.is_empty() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, "Rules"));
        for r in a.rules {
            let _ = writeln!(out, "  {:<36} {}", r.id, r.summary);
        }
    }
    out
}

/// For programs.
pub fn json(names: &[Named]) -> String {
    super::docs::document("names", |json| names.iter().for_each(|named| object(json, &answer(*named))))
}

fn object(json: &mut Json<&mut Vec<u8>>, a: &Answer) {
    use super::docs::strings;
    let given = |text: &'static str| Some(text).filter(|t| !t.is_empty());
    json.open(b'{').key("name").string(a.name).key("kind").string(a.kind);
    json.key("controller").optional(given(a.controller)).key("about").string(&a.about);
    json.key("value").optional(given(a.value)).key("kernel").optional(given(a.kernel));
    json.key("directives").open(b'[');
    for directive in &a.directives {
        json.open(b'{').key("name").string(directive).key("since").number(since(directive)).close(b'}');
    }
    json.close(b']');
    strings(json, "old_directives", &a.old_directives);
    json.key("conversion").optional(Some(a.conversion.as_str()).filter(|t| !t.is_empty()));
    strings(json, "counterparts", &a.counterparts);
    json.key("members").open(b'[');
    for (release, members) in &a.members {
        json.open(b'{').key("since").number(*release);
        strings(json, "names", members);
        json.close(b'}');
    }
    json.close(b']');
    strings(json, "manuals", &a.manuals);
    strings(json, "rules", a.rules.iter().map(|r| r.id));
    json.close(b'}');
}
