//! What looks like a comment behind a value and has become a part of it, where systemd takes the value all the same. What it
//! refuses is found at the refused word.

use crate::rule::{Hit, Level, edit};
use crate::unit::{Assignment, At, Entry, Unit};
use crate::vocab::value::Outcome;
use crate::vocab::words::{Split, Word, words};
use crate::vocab::{Class, KeyId, Message, key};
use std::cell::OnceCell;

/// How a value swallows a comment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// as arguments of a command
    Command,
    /// as more words of a list
    List,
    /// as part of the only word
    Value,
    /// as text that people read
    Text,
}

fn kind(id: KeyId, class: Class) -> Option<Kind> {
    Some(match class {
        Class::ExecCommand => Kind::Command,
        // data in which anything may stand
        Class::EscapedText | Class::Base64 | Class::SetCredential | Class::RegexPattern => return None,
        Class::RelativeDirectories | Class::PathList | Class::PathListPrefixed | Class::UnitNames => Kind::List,
        Class::Install | Class::UserOrGroupList | Class::Environment | Class::TemporaryFilesystems => Kind::List,
        _ if id == key::DESCRIPTION => Kind::Text,
        _ => Kind::Value,
    })
}

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut hits = Vec::new();
    let told = OnceCell::new();
    for setting in unit.settings() {
        for assignment in setting.assignments.iter().filter(|a| a.outcome == Outcome::Set) {
            let bytes = &unit.files[usize::from(assignment.file)].source.bytes;
            if memchr::memchr2(b'#', b';', assignment.value.of(bytes)).is_none() {
                continue;
            }
            let class = setting.key.key().class(unit.target.model);
            if let Some(kind) = kind(setting.key, class) {
                let told = told_until(told.get_or_init(|| problems(unit)), assignment);
                find(setting.key, class, kind, &unit.entry(assignment), told, &mut hits);
            }
        }
    }
    hits
}

/// Where systemd says something about a value: file, begin and end, sorted. That a name is unusual is not all there is to
/// say of it.
fn problems(unit: &Unit) -> Vec<(u16, u32, u32)> {
    let spans = unit.problems.iter().filter(|p| p.message != Message::UserRelaxed).filter_map(|p| match p.at {
        At::Span { file, span, .. } => Some((file, span.start, span.end)),
        At::Unit => None,
    });
    let mut spans: Vec<_> = spans.collect();
    spans.sort_unstable();
    spans
}

/// The end of the last word of an assignment about which systemd says something.
fn told_until(problems: &[(u16, u32, u32)], assignment: &Assignment) -> u32 {
    let from = problems.partition_point(|p| (p.0, p.1) < (assignment.file, assignment.key.start));
    let within = problems[from..].iter().take_while(|p| p.0 == assignment.file && p.1 < assignment.value.end);
    within.map(|p| p.2).max().unwrap_or(0)
}

fn find(id: KeyId, class: Class, kind: Kind, entry: &Entry<'_>, told: u32, hits: &mut Vec<Hit>) {
    let split = if matches!(kind, Kind::Command | Kind::List) { Split::COMMAND } else { Split::RAW };
    let all: Vec<Word<'_>> = words(entry.text(), split).map_while(Result::ok).collect();
    let raw: Vec<&str> = all.iter().map(|w| &entry.text()[w.at.clone()]).collect();
    let mut behind = 0;
    for (i, word) in all.iter().enumerate().skip(1) {
        let mark = entry.part(word.at.clone());
        if mark.span.start < behind || !is_mark(&raw, i, kind) {
            continue;
        }
        let comment = edit::to_line_end(&mark, entry.assignment.value.end);
        behind = comment.span.end;
        if told > comment.span.start {
            return;
        }
        let hit = Hit::at(comment.clone()).word("key", id.name());
        let (state, level) = match kind {
            Kind::Text => ("value", Level::Note),
            _ if is_needed(class, &raw) => ("value", Level::Error),
            Kind::Command => ("command", Level::Warn),
            Kind::List if class == Class::RelativeDirectories => ("directories", Level::Warn),
            Kind::List => ("list", Level::Warn),
            Kind::Value => ("value", Level::Warn),
        };
        let hit = hit.state(state).at_most(level);
        let hit = hit.help("systemd knows comments only on lines of their own");
        hits.push(hit.fix(edit::own_line(&entry.lines(), &comment)));
    }
}

/// Whether a comment begins with a word that stands behind others.
fn is_mark(raw: &[&str], i: usize, kind: Kind) -> bool {
    let (word, next) = (raw[i], raw.get(i + 1).copied().unwrap_or_default());
    let is_option = |w: &str| w.starts_with('-');
    match kind {
        // a lone semicolon begins the next command
        Kind::Command if word == "#" => !(next.is_empty() || is_option(raw[i - 1]) && is_option(next)),
        // a colour, a channel or an issue is a word of its own; a sentence has more of them, and no options
        Kind::Command => {
            let rest = || raw[i + 1..].iter().all(|w| !w.starts_with(['-', '#', '/']));
            word.strip_prefix('#').is_some_and(begins_word) && !next.is_empty() && !is_option(raw[i - 1]) && rest()
        }
        // a number: "worker # 3"
        Kind::Text => word == "#" && next.starts_with(|c: char| c.is_alphabetic()),
        Kind::List | Kind::Value => match word {
            "#" | ";" => !next.is_empty(),
            _ => word.strip_prefix(['#', ';']).is_some_and(begins_word),
        },
    }
}

fn begins_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic())
}

/// Whether the service does not start without the value.
fn is_needed(class: Class, raw: &[&str]) -> bool {
    let optional = raw.first().is_some_and(|w| w.starts_with('-'));
    match class {
        Class::UserOrGroup | Class::UserOrGroupList | Class::PidFile => true,
        Class::Path | Class::PathSingleAppend | Class::WorkingDirectory | Class::EnvFile => !optional,
        _ => false,
    }
}
