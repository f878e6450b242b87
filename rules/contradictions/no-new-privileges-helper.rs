//! Setuid programs on the command lines of a service that may not gain privileges.

use crate::rule::named::{each_command, is_free, program_at};
use crate::rule::{Hit, Note};
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Scope, capability_mask, key};

/// Programs that are setuid or setgid wherever they do their work.
const HELPERS: [&str; 17] = [
    "at",
    "batch",
    "chfn",
    "chsh",
    "crontab",
    "doas",
    "fusermount",
    "fusermount3",
    "mailq",
    "mount",
    "newgrp",
    "pkexec",
    "postdrop",
    "sendmail",
    "su",
    "sudo",
    "umount",
];

const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "zsh"];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let Some(by) = barrier(unit) else { return Vec::new() };
    let mut hits = Vec::new();
    each_command(unit, |entry, line| {
        if is_free(line) {
            return;
        }
        let name = line.program_name();
        let script = line.words.get(2).filter(|_| SHELLS.contains(&name) && line.words[1].text.ends_with('c'));
        let found = match script {
            Some(script) => helper_in(&script.text).map(|name| (name, entry.part(script.at.clone()))),
            None => HELPERS.iter().find(|h| **h == name).map(|name| (*name, program_at(entry, line))),
        };
        let Some((name, at)) = found else { return };
        let implied = by != key::NO_NEW_PRIVILEGES;
        let told =
            format!("{}={}", by.name(), unit.decisive(by).map_or("".into(), |a| unit.entry(a).text().to_owned()));
        let mut hit = Hit::at(at).word("program", name).word("by", told);
        if let Some(a) = unit.decisive(by) {
            let text = if implied { "this implies NoNewPrivileges=yes" } else { "set here" };
            hit = hit.note(Note::on(unit.loc(a.file, a.whole()), text));
        }
        hits.push(hit);
    });
    hits
}

/// The setting that keeps new privileges away from a service that has few.
fn barrier(unit: &Unit) -> Option<KeyId> {
    if unit.is_privileged() && unit.scope == Scope::System {
        return None;
    }
    let chosen = unit.value(key::NO_NEW_PRIVILEGES).is_true().then_some(key::NO_NEW_PRIVILEGES);
    // who implies it has it in the value already
    let dynamic = Some(key::DYNAMIC_USER).filter(|k| unit.is_on(*k));
    dynamic.or(chosen).or_else(|| filter(unit))
}

/// A filter that is installed when the process is no longer root.
fn filter(unit: &Unit) -> Option<KeyId> {
    const FILTERS: [KeyId; 14] = [
        key::SYSTEM_CALL_FILTER,
        key::SYSTEM_CALL_ARCHITECTURES,
        key::SYSTEM_CALL_LOG,
        key::RESTRICT_ADDRESS_FAMILIES,
        key::RESTRICT_NAMESPACES,
        key::RESTRICT_REALTIME,
        key::RESTRICT_SUID_SGID,
        key::MEMORY_DENY_WRITE_EXECUTE,
        key::LOCK_PERSONALITY,
        key::PRIVATE_DEVICES,
        key::PROTECT_KERNEL_TUNABLES,
        key::PROTECT_KERNEL_MODULES,
        key::PROTECT_KERNEL_LOGS,
        key::PROTECT_CLOCK,
    ];
    let admin = match unit.value(key::AMBIENT_CAPABILITIES) {
        Value::Capabilities(bits) => bits & unit.bounding_set() & capability_mask(&["CAP_SYS_ADMIN"]) != 0,
        _ => false,
    };
    let before = unit.target.model.number() < 255 || unit.scope == Scope::User;
    let on = |k: &KeyId| match unit.value(*k) {
        Value::Bool(on) => *on,
        Value::Word(_) => unit.is_on(*k),
        value => !value.is_empty(),
    };
    FILTERS.into_iter().find(on).filter(|_| before && !admin)
}

/// A helper at the place of a command in a script, where no doubt is possible.
fn helper_in(script: &str) -> Option<&'static str> {
    script.split(['|', ';', '&', '\n', '(']).find_map(|part| {
        let first = part.split_whitespace().find(|w| !matches!(*w, "exec" | "if" | "then" | "!" | "do"))?;
        let name = first.rsplit('/').next().unwrap_or_default();
        HELPERS.iter().find(|h| **h == name).copied()
    })
}
