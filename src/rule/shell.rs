//! What rules need to know of the shell: which word of a command it reads as a script, and what a script sets.

use super::exec::name_len;
use crate::evidence::base;
use crate::vocab::command::Line;
use std::collections::BTreeMap;

const SHELLS: [&str; 11] = ["sh", "bash", "dash", "ash", "ksh", "ksh93", "mksh", "zsh", "rbash", "posh", "yash"];

/// Words that a shell keeps for itself, and what systemd has instead.
const BUILTINS: [(&str, &str); 21] = [
    (".", "EnvironmentFile= reads variables from a file"),
    ("[[", ""),
    ("alias", ""),
    ("cd", "WorkingDirectory= sets the directory for all commands"),
    ("declare", "Environment= sets variables for all commands"),
    ("do", ""),
    ("eval", ""),
    ("exec", "leave it out: the program is the process of the service anyway"),
    ("export", "Environment= sets variables for all commands"),
    ("for", ""),
    ("function", ""),
    ("if", ""),
    ("set", ""),
    ("shopt", ""),
    ("source", "EnvironmentFile= reads variables from a file"),
    ("trap", ""),
    ("ulimit", "LimitNOFILE= and its sisters set limits for all commands"),
    ("umask", "UMask= sets the mask for all commands"),
    ("unset", "UnsetEnvironment= takes variables away from all commands"),
    ("until", ""),
    ("while", ""),
];

/// What systemd has instead of a word that a shell keeps for itself; empty where it has nothing.
pub(super) fn builtin(name: &str) -> Option<&'static str> {
    BUILTINS.iter().find(|(word, _)| *word == name).map(|(_, instead)| *instead)
}

/// Whether the name is a shell's.
pub(super) fn is_shell(name: &str) -> bool {
    SHELLS.contains(&name)
}

/// The word that a shell reads as its script: the one behind `-c` of `sh` and its kin, wherever in the line they stand.
pub(super) fn script(line: &Line<'_>) -> Option<usize> {
    let mut words = line.words.iter().enumerate();
    let mut shell = false;
    while let Some((i, word)) = words.next() {
        let text = if i == 0 { line.program() } else { &word.text };
        if is_shell(base(text)) {
            shell = true;
        } else if shell && text.starts_with(['-', '+']) {
            let letters = if text.starts_with("--") { "" } else { &text[1..] };
            if letters.contains('c') {
                // the value of -o comes first
                return words.nth(usize::from(letters.contains('o'))).map(|(i, _)| i);
            }
            if letters.ends_with(['o', 'O']) {
                words.next();
            }
        } else {
            // a file, and what follows is for the script in it
            shell = false;
        }
    }
    None
}

/// The simple commands of a script as words without their quotes, as far as they can be told without a shell's grammar;
/// what stands before a command for the shell itself is left out.
pub(super) fn commands(text: &str) -> impl Iterator<Item = Vec<&str>> {
    const BEFORE: [&str; 11] = ["exec", "if", "then", "else", "elif", "do", "while", "until", "!", "{", "("];
    pieces(text).filter_map(|part| {
        let words = part.split_whitespace().map(|w| w.trim_matches(['"', '\'']));
        let words: Vec<&str> = words.skip_while(|w| BEFORE.contains(w) || is_assignment(w)).collect();
        (!words.is_empty()).then_some(words)
    })
}

/// A script between what ends a command; `2>&1` ends none.
pub(super) fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from;
        let rest = bytes.get(start..)?;
        let ends = |(i, b): (usize, &u8)| match b {
            b';' | b'|' | b'\n' => true,
            b'&' => rest.get(i + 1) != Some(&b'>') && (i == 0 || rest[i - 1] != b'>'),
            _ => false,
        };
        let end = rest.iter().enumerate().position(ends).map_or(bytes.len(), |i| start + i);
        from = end + 1;
        Some(&text[start..end])
    })
}

pub(super) fn is_assignment(word: &str) -> bool {
    let len = name_len(word);
    len > 0 && word[len..].starts_with('=')
}

/// Whether a shell sets it by itself.
pub(super) fn sets_itself(name: &str) -> bool {
    const OWN: [&str; 13] = [
        "EUID",
        "FUNCNAME",
        "HOSTNAME",
        "IFS",
        "LINENO",
        "OPTARG",
        "OPTIND",
        "PIPESTATUS",
        "PPID",
        "RANDOM",
        "REPLY",
        "SECONDS",
        "UID",
    ];
    OWN.contains(&name) || name.starts_with("BASH_")
}

/// What a script sets, and where first.
pub(super) struct Assigned<'t> {
    names: BTreeMap<&'t str, usize>,
    /// it reads another file, which may set anything
    file: Option<usize>,
}

impl<'t> Assigned<'t> {
    /// Whether the name was set before this place.
    pub(super) fn before(&self, name: &str, at: usize) -> bool {
        self.names.get(name).is_some_and(|first| *first < at)
    }

    /// Whether the name is set anywhere.
    pub(super) fn sets(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    /// Whether a file with more of the script was read before this place.
    pub(super) fn reads_file_before(&self, at: usize) -> bool {
        self.file.is_some_and(|file| file < at)
    }

    /// Reads a script word by word, as far as commands and their first words can be told without a shell's grammar.
    pub(super) fn by(text: &'t str) -> Self {
        let mut all = Self { names: BTreeMap::new(), file: None };
        let mut set = |name: &'t str, at| _ = all.names.entry(name).or_insert(at);
        // what the next word is for: the command itself, a name for `for`, names for `read`
        let mut mode = Mode::Command;
        let mut at = 0;
        for (token, end) in tokens(text) {
            let start = at;
            at += token.len() + end.map_or(0, char::len_utf8);
            let quotes = token.len() - token.trim_start_matches(['"', '\'', '{', '(', '\\']).len();
            let word = &token[quotes..];
            let len = name_len(word);
            let (name, rest) = word.split_at(len);
            mode = match (mode, word) {
                (mode, "") if token.is_empty() => mode,
                (Mode::Command, "for" | "select") => Mode::For,
                (Mode::Command, "read" | "mapfile" | "readarray" | "getopts") => Mode::Read,
                (Mode::Command, "." | "source") => {
                    all.file = all.file.or(Some(start));
                    Mode::Other
                }
                (Mode::Command, "" | "do" | "then" | "else" | "elif" | "if" | "while" | "until" | "!" | "time") => {
                    Mode::Command
                }
                (Mode::Command, "export" | "local" | "readonly" | "declare" | "typeset") => Mode::Command,
                (Mode::Command, _) if word.starts_with('-') => Mode::Command,
                (Mode::Command, _) if len > 0 && (rest.starts_with('=') || rest.starts_with("+=")) => {
                    if !itself(&rest[1..], name) {
                        set(name, start);
                    }
                    Mode::Command
                }
                (Mode::For, _) => {
                    if rest.is_empty() {
                        set(name, start);
                    }
                    Mode::Other
                }
                (Mode::Read, _) => {
                    if rest.trim_matches(['"', '\'']).is_empty() && len > 0 {
                        set(name, start);
                    }
                    Mode::Read
                }
                _ => Mode::Other,
            };
            if end.is_some_and(|c| !c.is_whitespace()) {
                mode = Mode::Command;
            }
        }
        all
    }
}

#[derive(Clone, Copy)]
enum Mode {
    Command,
    For,
    Read,
    Other,
}

/// The words of a script, each with the character that ends it.
fn tokens(text: &str) -> impl Iterator<Item = (&str, Option<char>)> {
    text.split_inclusive([' ', '\t', '\n', ';', '&', '|', '(', ')', '`']).map(|piece| {
        let end = piece.chars().next_back().filter(|c| " \t\n;&|()`".contains(*c));
        (&piece[..piece.len() - end.map_or(0, char::len_utf8)], end)
    })
}

/// Whether a value is the variable itself: `NAME=${NAME}` hands on what systemd puts in.
fn itself(value: &str, name: &str) -> bool {
    let value = value.trim_start_matches(['"', '\'', '\\', '=']);
    value.strip_prefix("${").or_else(|| value.strip_prefix('$')).is_some_and(|rest| rest.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::Model;
    use crate::vocab::command::lines;

    #[test]
    fn the_script_is_found() {
        let script_of = |text: &str| {
            let all = lines(text, Model::nearest(257));
            script(&all[0]).map(|i| all[0].words[i].text.to_string())
        };
        assert_eq!(script_of("/bin/sh -c 'a b' c").as_deref(), Some("a b"));
        assert_eq!(script_of("-@/bin/bash bash -ec a").as_deref(), Some("a"));
        assert_eq!(script_of("sh -o pipefail -c 'a'").as_deref(), Some("a"));
        assert_eq!(script_of("bash -euo pipefail -c a").as_deref(), Some("a"));
        assert_eq!(script_of("bash -ceuo pipefail a").as_deref(), Some("a"));
        assert_eq!(script_of("/usr/bin/env -i bash --login -c a").as_deref(), Some("a"));
        assert_eq!(script_of("busybox sh -c a").as_deref(), Some("a"));
        assert_eq!(script_of("/bin/sh /srv/run.sh -c a"), None);
        assert_eq!(script_of("/bin/foo -c a"), None);
        assert_eq!(script_of("/bin/sh -c"), None);
    }

    #[test]
    fn the_commands_of_a_script() {
        let all = |text| commands(text).map(|c| c.join(" ")).collect::<Vec<_>>();
        assert_eq!(all("a b 2>&1 &> c; if d; then X=1 exec e; fi && f"), ["a b 2>&1 &> c", "d", "e", "fi", "f"]);
        assert_eq!(all("su - x -c 'y' & "), ["su - x -c y"]);
        assert!(all("").is_empty());
    }

    #[test]
    fn what_a_script_sets() {
        let names = |text| Assigned::by(text).names.into_keys().collect::<Vec<_>>().join(" ");
        assert_eq!(names("'a=1; b=2 c=3 foo d=4'"), "a b c");
        assert_eq!(names("\"for f in *; do read -r x y < $f && z=$(w=1 foo); done\""), "f w x y z");
        assert_eq!(names("export A=1 B=\"$(date)\"; [ $x == y ] || A+=1; foo -e C=1 D==1"), "A B");
        assert_eq!(names("PORT=${PORT}; HOST=\"$HOST\"; X=1"), "X");
        assert_eq!(names("if x=$(foo); then y=1; fi; { z=1; }"), "x y z");
        assert!(Assigned::by("'. /etc/x; foo'").file.is_some());
        assert!(Assigned::by("'foo . /etc/x; foo'").file.is_none());
    }
}
