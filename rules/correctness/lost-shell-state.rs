//! Knows scripts that do nothing but change the shell that reads them.

use super::{exec, shell};
use crate::evidence::base;
use crate::rule::Hit;
use crate::unit::Unit;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let worth = |text: &str| text.contains("sh ") && text.contains("c ");
    if !unit.command_traces().may_have("sh ") {
        return Vec::new();
    }
    exec::hits(unit, worth, |entry, line| {
        let word = &line.words[shell::script(line)?];
        // one command: what follows another one may see what it set
        if word.text.contains([';', '&', '|', '\n']) {
            return None;
        }
        let mut words = word.text.split_whitespace();
        let first = words.next()?;
        if !is_lost(first, words) {
            return None;
        }
        let assigns = first.contains('=');
        let name = if assigns { "the assignment" } else { first };
        let instead = shell::builtin(if assigns { "export" } else { first })?;
        Some(Hit::at(entry.part(word.at.clone())).word("word", name).help(instead))
    })
}

/// Whether the command changes nothing but its shell.
fn is_lost<'w>(command: &str, mut words: impl Iterator<Item = &'w str>) -> bool {
    /// files that are there to set variables
    const SETTINGS: [&str; 6] = ["activate", ".env", "env", "environment", "profile", ".bashrc"];
    match command {
        "cd" | "export" | "unset" => true,
        "ulimit" => words.any(|w| w == "unlimited" || w.starts_with(|c: char| c.is_ascii_digit())),
        "umask" => words.next().is_some(),
        "." | "source" => words.next().is_some_and(|file| {
            let name = base(file.trim_matches(['"', '\'']));
            SETTINGS.contains(&name) || name.ends_with(".env") || file.starts_with("/etc/default/")
        }),
        _ => {
            let len = exec::name_len(command);
            len > 0 && command[len..].starts_with('=') && words.next().is_none() && !command.contains("$(")
        }
    }
}
