//! Knows what only a shell understands, and finds it in commands that systemd runs without one.

use super::exec;
use super::shell;
use crate::evidence::base;
use crate::rule::{Fix, Hit, Safety};
use crate::unit::{Entry, Unit};
use crate::vocab::command::Line;
use crate::vocab::words::Word;
use std::ops::Range;

/// Programs with a language of their own in which these words mean something, and those that hand their arguments on to
/// a shell or another program's command line.
const LANGUAGES: [&str; 23] = [
    "[", "adb", "autossh", "bc", "dsh", "dumpcap", "expr", "hyprctl", "i3-msg", "mosh", "ngrep", "nft", "parallel",
    "pdsh", "ssh", "sshpass", "swaymsg", "tc", "tcpdump", "test", "tmux", "tshark", "watch",
];

/// Programs that take a text in which backticks and `$(…)` may mean something else.
const TEXTS: [&str; 28] = [
    "awk", "envsubst", "expect", "flock", "gawk", "gmake", "jq", "lua", "make", "mariadb", "mawk", "mysql", "nawk",
    "node", "perl", "php", "psql", "python", "python3", "ruby", "runuser", "script", "sed", "sg", "sqlite3", "su",
    "xargs", "yq",
];

/// Programs that take their arguments for the names of files, one each.
const FILE_TOOLS: [&str; 22] = [
    "cat", "chattr", "chgrp", "chmod", "chown", "cp", "gunzip", "gzip", "head", "install", "ln", "ls", "mkdir", "mv",
    "rm", "rmdir", "shred", "stat", "tail", "touch", "truncate", "wc",
];

/// Programs whose first argument is a file with the program text.
const INTERPRETERS: [&str; 8] = ["lua", "node", "perl", "php", "python", "python2", "python3", "ruby"];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    exec::hits(unit, worth, |entry, line| find(entry, line).map(|found| hit(entry, line, &found)))
}

/// Whether a line can have any of it; most have not.
fn worth(text: &str) -> bool {
    const SPECIAL: [bool; 256] = {
        let (mut table, special, mut i) = ([false; 256], b"|&<>;`({*?~=", 0);
        while i < special.len() {
            table[special[i] as usize] = true;
            i += 1;
        }
        table
    };
    let program = || {
        let bare = text.trim_start_matches(['-', '@', ':', '+', '!']);
        &bare[..bare.bytes().position(|b| matches!(b, b' ' | b'\t')).unwrap_or(bare.len())]
    };
    text.bytes().any(|b| SPECIAL[usize::from(b)])
        || text.contains("sh ")
        || shell::builtin(self::bare(program())).is_some()
}

/// A program without the directory where some systems have stand-ins for the words of a shell; they set nothing.
fn bare(program: &str) -> &str {
    program.strip_prefix("/usr/bin/").or_else(|| program.strip_prefix("/bin/")).unwrap_or(program)
}

/// The first word of a command that only a shell would understand.
struct Found {
    state: &'static str,
    /// the number of the word
    word: usize,
}

fn find(entry: &Entry<'_>, line: &Line<'_>) -> Option<Found> {
    let found = |state, word| Some(Found { state, word });
    let program = line.program();
    if exec::name_len(program) > 0 && program[exec::name_len(program)..].starts_with('=') {
        return found("assignment", 0);
    }
    if shell::builtin(bare(program)).is_some() {
        return found("builtin", 0);
    }
    let script = shell::script(line);
    // a lone "$@" or "$VAR" is a script on purpose; behind the script of "su -s /bin/sh -c script user" comes the user
    let lost = |at: &usize| {
        let word = &line.words[*at];
        let user = line.words[..*at].iter().any(|w| matches!(&*w.text, "-s" | "--shell"))
            || matches!(base(program), "su" | "runuser");
        at + 1 < line.words.len() && exec::raw(entry, word) == word.text && !word.text.contains('$') && !user
    };
    if let Some(at) = script.filter(lost) {
        return found("lost", at);
    }
    let (mut own_language, mut takes_text) = (false, false);
    for (i, word) in line.words.iter().enumerate() {
        let name = base(if i == 0 { program } else { &word.text });
        own_language |= LANGUAGES.contains(&name);
        takes_text |= TEXTS.contains(&name);
        if i == 0 || script == Some(i) {
            continue;
        }
        let (next, raw) = (line.words.get(i + 1), exec::raw(entry, word));
        // the rest was meant for a comment
        if raw.starts_with('#') {
            break;
        }
        let substituted = || (!own_language && !takes_text && script.is_none()).then(|| substitution(line, i, raw))?;
        let state = if raw != word.text {
            substituted()
        } else if own_language {
            None
        } else {
            operator(&word.text, next).or_else(substituted).or_else(|| semicolon(line, i))
        };
        // what begins like this vanishes whatever the program makes of the rest
        let state = state.or_else(|| word.text.starts_with("$(").then_some("substitution"));
        let state = state.or_else(|| expanded(program, i, &word.text, raw != word.text));
        if let Some(state) = state {
            return found(state, i);
        }
    }
    None
}

/// What a word on its own does between the words of a shell's command.
fn operator(word: &str, next: Option<&Word<'_>>) -> Option<&'static str> {
    match word {
        "|" | "|&" if next.is_some() => Some("pipe"),
        "&&" | "||" if next.is_some() => Some("list"),
        "&" if next.is_none_or(|n| n.text.starts_with('/') || matches!(&*n.text, "disown" | "wait")) => {
            Some("background")
        }
        _ => redirects(word, next).then_some("redirect"),
    }
}

/// Whether it redirects, itself or with the next word.
fn redirects(word: &str, next: Option<&Word<'_>>) -> bool {
    let from = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let from = if word.len() - from.len() > 1 { return false } else { from.strip_prefix('&').unwrap_or(from) };
    let file = |name: &str| {
        let rest = name.strip_prefix('&').map(|n| n == "-" || n.bytes().all(|b| b.is_ascii_digit()));
        rest.unwrap_or_else(|| name.starts_with(['/', '.', '~', '$', '%']) || name.contains(['.', '/']))
            && !name.contains('>')
    };
    let Some(to) = from.strip_prefix('>').map(|to| to.strip_prefix(['>', '|']).unwrap_or(to)) else {
        let input = from.strip_prefix('<');
        return input.is_some_and(|file| file.starts_with(['/', '<', '(']) && !file.ends_with('>'))
            || input == Some("") && next.is_some_and(|n| n.text.starts_with('/'))
            // written together with the word before
            || word.contains(">/dev/");
    };
    // before a number it compares
    let number = |n: &Word<'_>| n.text.trim_start_matches(['-', '+']).starts_with(|c: char| c.is_ascii_digit());
    match to {
        "" => next.is_some_and(|n| !number(n)),
        _ if to.starts_with('(') => true,
        _ if to.contains([';', '|']) => file(to.split([';', '|']).next().unwrap_or_default()),
        _ => !to.starts_with('=') && file(to),
    }
}

/// A command that stands for its output. Double quotes do not keep a shell from running it.
fn substitution(line: &Line<'_>, i: usize, raw: &str) -> Option<&'static str> {
    const TAKES_COMMAND: [&str; 7] = ["-c", "-e", "-x", "--command", "--eval", "--exec", "--health-cmd"];
    let word = &line.words[i].text;
    if TAKES_COMMAND.contains(&&*line.words[i - 1].text) || !(raw == word || raw.starts_with('"')) {
        return None;
    }
    let dollar = word.match_indices("$(").any(|(at, _)| !word[..at].ends_with('$'));
    let ticks = || raw == word && word.split('`').nth(1).is_some_and(|command| !command.is_empty());
    (dollar || ticks()).then_some("substitution")
}

/// A semicolon that was meant to end the command, but sticks to its last word.
fn semicolon(line: &Line<'_>, i: usize) -> Option<&'static str> {
    let word = &line.words[i].text;
    let next = line.words.get(i + 1)?;
    // behind such an option it ends a statement for the program
    let option = matches!(&*line.words[i - 1].text, "-c" | "-e" | "-g" | "-q" | "--command" | "--eval" | "--execute");
    let command = next.text.starts_with('/') || shell::builtin(&next.text).is_some();
    (word.len() > 1 && word.ends_with(';') && command && !option).then_some("semicolon")
}

/// A name that a shell would make other names of.
fn expanded(program: &str, i: usize, word: &str, quoted: bool) -> Option<&'static str> {
    let tool = FILE_TOOLS.contains(&base(program));
    let path = word.starts_with(['/', '$', '%']) || word.starts_with("./") || word.starts_with("~/");
    if tool && path && word.contains(['*', '?']) {
        return Some("glob");
    }
    let inner = || word.split_once('{').and_then(|(before, rest)| (!before.ends_with('$')).then_some(rest));
    let braces = || inner().and_then(|rest| rest.split_once('}')).is_some_and(|(list, _)| list.contains(','));
    if tool && path && !quoted && braces() {
        return Some("braces");
    }
    let first = || i == 1 && (INTERPRETERS.contains(&base(program)) || shell::is_shell(base(program)));
    (word.starts_with("~/") && !quoted && (tool || first())).then_some("tilde")
}

fn hit(entry: &Entry<'_>, line: &Line<'_>, found: &Found) -> Hit {
    let word = &line.words[found.word];
    let start = word.at.start + if found.word == 0 && exec::raw(entry, word) == word.text { line.prefixes } else { 0 };
    let text = if found.word == 0 { line.program() } else { &word.text };
    let hit = Hit::at(entry.part(start..word.at.end)).state(found.state).word("word", text).help(help(line, found));
    match fix(entry, line, found) {
        Some(fix) => hit.fix(fix),
        None => hit,
    }
}

fn help(line: &Line<'_>, found: &Found) -> String {
    const LIST: &str =
        "the words become arguments of the program; write one setting for each command, or /bin/sh -c '...'";
    const SHELL: &str = "give the whole command to a shell: /bin/sh -c '...'";
    if shell::script(line).is_some_and(|script| found.word > script) {
        return "the shell reads only its script, the one word behind -c; put this into its quotes".into();
    }
    match found.state {
        "pipe" => {
            "the words become arguments of the program; give the whole line to a shell: /bin/sh -c '... | ...'".into()
        }
        "list" => match ending(line, found.word) {
            Some(true) => "the words become arguments of the program; the prefix - before it ignores a failure".into(),
            Some(false) => {
                "the words become arguments of the program; the status of the program counts without it".into()
            }
            None => LIST.into(),
        },
        "redirect" => {
            "the words become arguments of the program; StandardOutput= and StandardError= take null, journal or \
             append:/path, StandardInput= takes file:/path"
                .into()
        }
        "background" => "the manager waits for no program of Type=simple or Type=exec; take the & away".into(),
        "semicolon" => "put a blank before the semicolon, or write one setting for each command".into(),
        "assignment" => "set variables by Environment=, or start the program by /usr/bin/env".into(),
        "braces" => {
            "write each name, or give the whole command to a shell that knows braces: /bin/bash -c '...'".into()
        }
        "lost" => "quote the whole script; the words behind it are its positional parameters".into(),
        "tilde" => "write the path; %h is the home of the user who runs the manager".into(),
        "builtin" => match shell::builtin(bare(line.program())) {
            Some(instead) if !instead.is_empty() => instead.into(),
            _ => SHELL.into(),
        },
        _ => SHELL.into(),
    }
}

/// What a `||` at the end of the line is for: to hide a failure, or not to. `None` where it is for more.
fn ending(line: &Line<'_>, word: usize) -> Option<bool> {
    let rest: Vec<&str> = line.words[word..].iter().take(4).map(|w| &*w.text).collect();
    match rest[..] {
        ["||", "true" | ":" | "/bin/true" | "/usr/bin/true"] | ["||", "exit", "0"] => Some(true),
        ["||", "false" | "/bin/false" | "/usr/bin/false"] | ["||", "exit", _] => Some(false),
        _ => None,
    }
}

/// Whether a shell would run more than one command.
fn joins(word: &str) -> bool {
    matches!(word, "|" | "|&" | "&" | "&&" | "||") || word.contains([';', '|'])
}

fn fix(entry: &Entry<'_>, line: &Line<'_>, found: &Found) -> Option<Fix> {
    let (first, last) = (line.words.first()?, line.words.last()?);
    let start = first.at.start + line.prefixes;
    // with quotes around the program, or in several lines, there is more to do than to insert something
    if entry.is_continued() || exec::raw(entry, first) != first.text {
        return None;
    }
    let replace = |title, at: Range<usize>, text: &str| Fix::replace(title, Safety::Unsafe, &entry.part(at), text);
    let behind = || line.words[found.word - 1].at.end..last.at.end;
    let quote = |at: Range<usize>| Some(&entry.text()[at]).filter(|t| !t.contains(['\'', '\\']));
    let rest = &line.words[found.word + 1..];
    match found.state {
        "assignment" => Some(replace("start it by env", start..start, "/usr/bin/env ")),
        "background" if rest.iter().all(|w| matches!(&*w.text, "disown" | "wait")) => {
            Some(replace("take the & away", behind(), ""))
        }
        "list" if ending(line, found.word).is_some() => {
            let ignored = ending(line, found.word) == Some(true);
            let fix = replace(if ignored { "ignore a failure" } else { "leave it out" }, behind(), "");
            let dash = ignored && !line.ignore_failure;
            Some(if dash { fix.and(&entry.part(start..start), "-") } else { fix })
        }
        "lost" => {
            let script = line.words[found.word].at.start..last.at.end;
            Some(replace("quote the script", script.clone(), &format!("'{}'", quote(script)?)))
        }
        "semicolon" => {
            let end = line.words[found.word].at.end - 1;
            Some(replace("let the semicolon stand alone", end..end, " "))
        }
        // a shell with a script of its own has quotes; and @ takes the next word for the name
        _ if shell::script(line).is_some() || entry.text()[first.at.clone()][..line.prefixes].contains('@') => None,
        // not every /bin/sh knows braces, and what sets something sets it for what follows
        "braces" => None,
        "builtin" if !line.words.iter().any(|w| joins(&w.text)) => None,
        state => {
            let command = quote(start..last.at.end)?;
            let alone = state != "builtin" && !line.words.iter().any(|w| joins(&w.text));
            let exec = if alone { "exec " } else { "" };
            Some(replace("give the command to a shell", start..last.at.end, &format!("/bin/sh -c '{exec}{command}'")))
        }
    }
}
