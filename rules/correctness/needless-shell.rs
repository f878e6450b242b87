//! Shells whose script is one plain command. Anything that a shell might read otherwise than systemd keeps it.

use crate::rule::exec::hits;
use crate::rule::shell::{builtin, is_shell};
use crate::rule::{Fix, Hit, Safety};
use crate::unit::{Entry, Unit};
use crate::vocab::command::Line;
use crate::vocab::key;

/// Commands that a shell does itself, mostly beside a program of the same name, and words that are for it.
const OWN: [&str; 27] = [
    "[", "bg", "builtin", "case", "command", "echo", "exit", "false", "fg", "getopts", "hash", "jobs", "kill", "let",
    "local", "printf", "pwd", "read", "return", "select", "shift", "test", "time", "times", "true", "type", "wait",
];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    // nearly every unit is done with here
    if !unit.command_traces().may_have("sh -c") {
        return Vec::new();
    }
    let shells = |text: &str| text.contains("sh -c ") || text.contains("sh -c\t");
    hits(unit, shells, |entry, line| needless(unit, entry, line))
}

fn needless(unit: &Unit, entry: &Entry<'_>, line: &Line<'_>) -> Option<Hit> {
    let [shell, option, script] = line.words.as_slice() else { return None };
    let name = line.program_name();
    let free = !shell.text[..line.prefixes].contains('@') && shell.text.len() == shell.at.len();
    if !is_shell(name) || name == "rbash" || option.text != "-c" || !free {
        return None;
    }
    let text = script.text.trim();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_./=:,@%+- ".contains(&b);
    if text.len() > 4096 || !text.bytes().all(plain) {
        return None;
    }
    let command = text.strip_prefix("exec ").unwrap_or(text).trim_start();
    let program = command.split(' ').next().filter(|p| !p.is_empty())?;
    // a number before nothing, a variable, an option of exec, what only the shell has
    let odd = program.contains(['=', '%']) || program.starts_with(['-', '+', '@', ':']) || program == ".";
    if odd || OWN.contains(&program) || builtin(program).is_some() || program.contains('/') && !program.starts_with('/')
    {
        return None;
    }
    // the shell searches by another path
    let path = |id| unit.counted(id).any(|e| e.text().contains("PATH"));
    let searched =
        path(key::ENVIRONMENT) || path(key::PASS_ENVIRONMENT) || !unit.value(key::ENVIRONMENT_FILE).is_empty();
    if !program.contains('/') && searched {
        return None;
    }
    let at = entry.part(shell.at.start + line.prefixes..script.at.end);
    let title = format!("write {program} in place of the shell");
    let hit = Hit::at(entry.part(shell.at.start + line.prefixes..shell.at.end));
    let words = hit.word("shell", name).word("program", program);
    Some(words.fix(Fix::replace(title, Safety::Unsafe, &at, command)))
}
