//! What a command line runs, and as whom: for rules about the programs of a unit.

use super::named::is_free;
use super::shell::is_shell;
use crate::evidence::base;
use crate::text::Loc;
use crate::unit::{Entry, Unit};
use crate::vocab::command::Line;
use crate::vocab::{KeyId, Scope, key};

/// So many commands of one assignment are looked at. Who writes more finds the others when these are mended.
const MANY: usize = 1000;

/// A command of a unit.
pub(crate) struct Run<'r> {
    /// of which key
    pub(crate) key: KeyId,
    /// the assignment
    pub(crate) entry: &'r Entry<'r>,
    /// its words
    pub(crate) line: &'r Line<'r>,
    /// how many commands of the key, of those that are wanted, come before it
    pub(crate) before: usize,
}

/// Something that a command runs.
pub(crate) struct Part<'r> {
    /// the text, without prefixes
    pub(crate) text: &'r str,
    /// what runs it
    pub(crate) role: Role,
    /// which word of the command it is
    pub(crate) word: usize,
    /// its place
    pub(crate) at: Loc,
}

/// Who runs a part of a command line.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// systemd
    Program,
    /// env and its like
    Behind,
    /// an interpreter, which reads it
    Script,
}

/// Shows every command that counts and is not left to a shell by the prefix `|`.
pub(crate) fn each_run(unit: &Unit, show: impl FnMut(&Run<'_>)) {
    each_run_of(unit, |_| true, show);
}

/// The same, of values that may be of interest: nothing else is split into words.
pub(crate) fn each_run_of(unit: &Unit, wanted: impl Fn(&str) -> bool, mut show: impl FnMut(&Run<'_>)) {
    let mut last = (None, 0);
    unit.commands(|key, entry| {
        if !wanted(entry.text()) {
            return;
        }
        let mut before = if last.0 == Some(key) { last.1 } else { 0 };
        for line in unit.lines_of(&entry).iter().take(MANY) {
            if !line.shell && !line.program().starts_with('|') {
                show(&Run { key, entry: &entry, line, before });
            }
            before += 1;
        }
        last = (Some(key), before);
    });
}

impl Run<'_> {
    fn has_prefix(&self, prefix: &str) -> bool {
        self.line.words.first().is_some_and(|w| w.text[..self.line.prefixes].contains(prefix))
    }

    /// Whether root runs it.
    pub(crate) fn is_root(&self, unit: &Unit) -> bool {
        if unit.scope == Scope::User {
            return false;
        }
        // two of them do nothing where the kernel knows ambient capabilities
        let keeps = self.has_prefix("!") && !self.has_prefix("!!");
        let start_only = unit.is_on(key::PERMISSIONS_START_ONLY) && self.key != key::EXEC_START;
        unit.is_privileged() || is_free(self.line) || keeps || start_only
    }

    /// Where its arguments begin: behind `argv[0]`, which `@` sets.
    pub(crate) fn arguments(&self) -> usize {
        1 + usize::from(self.has_prefix("@"))
    }

    /// What stands behind a part.
    pub(crate) fn behind(&self, part: &Part<'_>) -> impl Iterator<Item = &str> {
        let from = if part.word == 0 { self.arguments() } else { part.word + 1 };
        self.line.words.iter().skip(from).map(|w| &*w.text)
    }

    /// The place of a word.
    pub(crate) fn at(&self, word: usize) -> Loc {
        match word {
            0 => super::named::program_at(self.entry, self.line),
            _ => self.entry.part(self.line.words[word].at.clone()),
        }
    }

    /// The program, what it runs in its place, and the script that it reads.
    pub(crate) fn parts(&self) -> Vec<Part<'_>> {
        let part = |i: usize, role| {
            let text = if i == 0 { self.line.program() } else { &self.line.words[i].text };
            Part { text, role, word: i, at: self.at(i) }
        };
        let mut parts = vec![part(0, Role::Program)];
        let mut next = self.arguments();
        let mut name = self.line.program_name();
        if name == "env" {
            let words = &self.line.words;
            next += words.iter().skip(next).take_while(|w| w.text.contains('=') && !w.text.starts_with('-')).count();
            let Some(word) = words.get(next).filter(|w| !w.text.starts_with('-')) else { return parts };
            parts.push(part(next, Role::Behind));
            name = base(&word.text);
            next += 1;
        }
        if let Some(script) = script_file(name, self.line, next) {
            parts.push(part(script, Role::Script));
        }
        parts
    }
}

/// The word that names the script of an interpreter, with the options before it that take no value.
fn script_file(name: &str, line: &Line<'_>, from: usize) -> Option<usize> {
    let version = |n: &str| n.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let harmless = match &name[..version(name)] {
        _ if is_shell(name) => "abefhkmnptuvxBCEHPT",
        "python" | "pypy" => "bBdEiIOqsSuv",
        "perl" => "wWtTuUX",
        "ruby" => "vw",
        _ => return None,
    };
    for (i, word) in line.words.iter().enumerate().skip(from) {
        match word.text.strip_prefix('-') {
            None => return Some(i),
            Some(letters) if !letters.is_empty() && letters.chars().all(|c| harmless.contains(c)) => {}
            Some(_) => return None,
        }
    }
    None
}
