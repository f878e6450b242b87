//! Knows the ways to write a variable that a shell has and systemd has not, in words that no shell reads.

use super::exec::{self, Variables};
use super::shell;
use crate::rule::{Fix, Hit, Safety};
use crate::unit::{Entry, Unit};
use crate::vocab::command::{Dollar, dollars};
use crate::vocab::words::Word;
use std::ops::Range;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut variables = None;
    exec::hits_with(unit, b'$', |entry, line| {
        let variables = variables.get_or_insert_with(|| Variables::of(unit));
        let mut hits = Vec::new();
        if line.no_variables {
            return hits;
        }
        let script = shell::script(line);
        for (_, word) in line.words.iter().enumerate().skip(1).filter(|(i, _)| script != Some(*i)) {
            // the words of a command that was to be replaced by its output; that is told as the shell's
            if script.is_none() && word.text.contains("$(") {
                break;
            }
            if word.text.contains('$') {
                let hit = whole(entry, word).or_else(|| unsplit(entry, word, variables));
                hits.extend(hit.or_else(|| inside(entry, word)));
            }
        }
        hits
    })
}

/// A word that begins with a dollar sign and is more than the name of a variable.
fn whole(entry: &Entry<'_>, word: &Word<'_>) -> Option<Hit> {
    let name = word.text.strip_prefix('$').filter(|name| exec::is_variable(&word.text) && !exec::is_name(name))?;
    // a lone dollar sign is nothing that anybody meant
    if name.is_empty() || name.starts_with('(') {
        return None;
    }
    let raw = exec::raw(entry, word);
    let dollar = word.at.start + raw.find('$')?;
    let len = exec::name_len(name);
    let hit = Hit::at(entry.part(word.at.clone())).state("dropped").word("word", &*word.text);
    let path =
        name[len..].starts_with(['/', ':', '.', '-', ',']) && len > 0 && name != "SYS" && !name.starts_with("SYS/");
    Some(if path {
        let variable = &name[..len];
        let braces = format!("${{{variable}}}");
        let fix =
            Fix::replace("put the name in braces", Safety::Unsafe, &entry.part(dollar..dollar + 1 + len), &*braces);
        hit.help(format!("write {braces} for the variable inside a word")).fix(fix)
    } else {
        let fix = Fix::replace("keep the dollar sign", Safety::Unsafe, &entry.part(dollar..dollar + 1), "$$");
        hit.help("write $$ for a dollar sign that is meant for the program").fix(fix)
    })
}

/// Options that stay together in one argument.
fn unsplit(entry: &Entry<'_>, word: &Word<'_>, variables: &Variables<'_>) -> Option<Hit> {
    let name = word.text.strip_prefix("${")?.strip_suffix('}').filter(|name| exec::is_name(name))?;
    let state = match variables.value(name) {
        Some(value) => holds_options(value).then_some("unsplit")?,
        // nobody quotes what is to be split
        None if exec::raw(entry, word) == word.text && variables.others && means_options(name) => "options",
        None => return None,
    };
    let place = entry.part(word.at.clone());
    let fix = Fix::replace("split the value at blanks", Safety::Unsafe, &place, format!("${name}"));
    let hit = Hit::at(place).state(state).word("word", &*word.text);
    Some(hit.help(format!("write ${name} as a word of its own to split its value at blanks")).fix(fix))
}

/// Whether a value is several arguments. One option may have a value with blanks, "--say=good morning"; two options are
/// no value.
fn holds_options(value: &str) -> bool {
    let mut words = value.split_whitespace();
    let (Some(first), Some(second)) = (words.next(), words.next()) else { return false };
    let flag = |word: &str| {
        word.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c == '-' || c.is_alphabetic()))
    };
    let third = words.next();
    let alone = third.is_none() && !first.contains('=');
    flag(first) && (flag(second) || third.into_iter().chain(words).any(flag) || alone)
}

/// Whether a name speaks of options in the plural.
fn means_options(name: &str) -> bool {
    let last = name.rsplit('_').next().unwrap_or_default().to_ascii_uppercase();
    matches!(last.as_str(), "OPTS" | "OPTIONS" | "ARGS" | "ARGUMENTS" | "FLAGS" | "PARAMS" | "SWITCHES")
}

/// The first thing inside a word that a shell would have replaced otherwise.
fn inside(entry: &Entry<'_>, word: &Word<'_>) -> Option<Hit> {
    let raw = exec::raw(entry, word);
    // a text is for the program, which may have variables of its own
    let text = word.text.contains([' ', '\t', '\n']);
    let at = |range: Range<usize>| entry.part(word.at.start + range.start..word.at.start + range.end);
    dollars(raw).find_map(|(dollar, range)| {
        let here = &raw[range.clone()];
        let double = || Fix::replace("keep the dollar sign", Safety::Unsafe, &at(range.start..range.start + 1), "$$");
        match dollar {
            Dollar::Braced if !exec::is_name(&here[2..here.len() - 1]) => Some(
                Hit::at(at(range.clone()))
                    .state("braces")
                    .word("word", here)
                    .help("write $$ for a dollar sign that is meant for the program")
                    .fix(double()),
            ),
            Dollar::Extended => {
                let name = &here[2..here.len() - 1];
                let value = &raw.as_bytes()[range.end..];
                if text || !exec::is_name(name) || !matches!(value.first(), Some(b'-' | b'=' | b'+' | b'?')) {
                    return None;
                }
                // a default value is short, and a long line has many places to look at
                let end = range.end + memchr::memchr(b'}', &value[..value.len().min(4096)])? + 1;
                let hit = Hit::at(at(range.start..end)).state("default").word("word", &raw[range.start..end]);
                Some(hit.help(format!(
                    "write ${{{name}}}, and the default as Environment={name}=..., which EnvironmentFile= overrides"
                )))
            }
            Dollar::Plain if !text => {
                literal(raw, range.start).map(|name| {
                    let all = at(range.start..range.start + 1 + name.len());
                    let braces = format!("${{{name}}}");
                    let hit = Hit::at(all.clone()).state("literal").word("word", format!("${name}"));
                    hit.help(format!("write {braces}, or $${name} if the program replaces it itself"))
                        .fix(Fix::replace("put the name in braces", Safety::Unsafe, &all, braces))
                })
            }
            _ => None,
        }
    })
}

/// The variable that was meant inside a word, by its name and what is around it.
fn literal(raw: &str, at: usize) -> Option<&str> {
    let name = &raw[at + 1..][..exec::name_len(&raw[at + 1..])];
    let upper = name.len() > 1 && name.bytes().all(|b| b == b'_' || b.is_ascii_uppercase() || b.is_ascii_digit());
    let before = raw[..at].chars().next_back()?;
    let after = raw[at + 1 + name.len()..].chars().next();
    let edges = matches!(before, '=' | '/' | ':' | ',' | '@' | '-' | '.')
        && matches!(after, None | Some('/' | ':' | ',' | '.' | '-' | '"' | '\'' | '@'));
    (upper && edges).then_some(name)
}
