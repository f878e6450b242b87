//! Knows which dollar signs of a shell's script systemd takes for itself although they were meant for the shell.

use super::exec::{self, Variables};
use super::shell::{self, Assigned};
use crate::rule::{Fix, Hit, Safety};
use crate::unit::{Entry, Unit};
use crate::vocab::command::{Dollar, Line, dollars};
use std::collections::BTreeMap;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut variables = None;
    exec::hits_with(unit, b'$', |entry, line| match shell::script(line) {
        Some(at) if !line.no_variables => script(entry, line, at, variables.get_or_insert_with(|| Variables::of(unit))),
        _ => Vec::new(),
    })
}

fn script(entry: &Entry<'_>, line: &Line<'_>, number: usize, variables: &Variables<'_>) -> Vec<Hit> {
    let word = &line.words[number];
    let text = exec::raw(entry, word);
    if exec::is_variable(&word.text) {
        return whole(entry, word.at.start, text, &word.text[1..]).into_iter().collect();
    }
    let sets = Assigned::by(text);
    let mut found: BTreeMap<(&str, &str), Hit> = BTreeMap::new();
    for (dollar, at) in dollars(text) {
        let here = &text[at.clone()];
        let (state, name) = match dollar {
            Dollar::Doubled if is_process(text, at.start) => ("pid", ""),
            Dollar::Braced => match &here[2..here.len() - 1] {
                name if !exec::is_name(name) => ("syntax", name),
                name if variables.has(name) => continue,
                name if shell::sets_itself(name) && !variables.others => ("own", name),
                name if sets.before(name, at.start) => ("assigned", name),
                name if !variables.others && sets.reads_file_before(at.start) => ("sourced", name),
                _ => continue,
            },
            _ => continue,
        };
        // a backslash was meant to do what the second dollar sign does
        let start = at.start - usize::from(text[..at.start].ends_with('\\'));
        let dollars = if state == "pid" { start..at.end } else { start..at.start + 1 };
        let place = entry.part(word.at.start + dollars.start..word.at.start + dollars.end);
        let insert = if state == "pid" { "$$$$" } else { "$$" };
        if let Some(known) = found.get_mut(&(state, name)) {
            known.fixes = std::mem::take(&mut known.fixes).into_iter().map(|f| f.and(&place, insert)).collect();
            continue;
        }
        let hit = Hit::at(entry.part(word.at.start + at.start..word.at.start + at.end)).state(state);
        let hit = hit.word("word", here).word("name", name).help(if state == "pid" {
            "write $$$$ for the shell's own number; $MAINPID is that of the main process, where there is one"
        } else {
            "write $$ to leave it to the shell, or the prefix : before the program to leave all variables to it"
        });
        let title = if state == "pid" { "double the dollar signs" } else { "leave it to the shell" };
        found.insert((state, name), hit.fix(Fix::replace(title, Safety::Unsafe, &place, insert)));
    }
    let mut hits: Vec<Hit> = found.into_values().collect();
    hits.sort_by_key(|hit| hit.at.as_ref().map(|at| at.span));
    hits
}

/// A script that is a single variable to systemd.
fn whole(entry: &Entry<'_>, start: usize, text: &str, name: &str) -> Option<Hit> {
    let dollar = start + text.find('$')?;
    let place = entry.part(dollar..dollar + 1);
    if exec::is_name(name) {
        let all = entry.part(dollar..dollar + 1 + name.len());
        let fix = Fix::replace("keep the value in one piece", Safety::Unsafe, &all, format!("${{{name}}}"));
        return Some(
            Hit::at(all)
                .state("split")
                .word("name", format!("${name}"))
                .help("write ${NAME} to keep it in one piece")
                .fix(fix),
        );
    }
    // $1, $@ and the like cannot be there before the script runs; a shell has them empty too
    if name.len() < 2 {
        return None;
    }
    let hit = Hit::at(entry.part(start..start + text.len())).state("whole");
    let hit =
        hit.help("there is no such variable, so the shell gets no script at all; write $$ for the first dollar sign");
    Some(hit.fix(Fix::replace("leave it to the shell", Safety::Unsafe, &place, "$$")))
}

/// Whether `$$` stands where a shell has its process number, and not where a pattern ends or another `$$` follows.
fn is_process(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + 2..].chars().next();
    matches!(before, Some(' ' | '=' | '"' | '\t'))
        && matches!(after, None | Some(' ' | '\t' | ';' | '>' | ')' | '"' | '\''))
}
