//! Knows formats and encodings that are full of percent signs, and finds those that systemd takes for specifiers.

use super::exec;
use crate::rule::{Fix, Hit, Safety};
use crate::unit::{Entry, Unit};
use crate::vocab::key;
use crate::vocab::words::{Split, Word, words};
use std::collections::BTreeSet;
use std::ops::Range;

/// What systemd knows and makes something of without a word, and what that is.
const KNOWN: [(u8, &str); 42] = [
    (b'A', "the version of the image"),
    (b'B', "the build of the system"),
    (b'C', "the directory for caches"),
    (b'D', "the directory for shared data"),
    (b'E', "the directory for configuration"),
    (b'G', "the number of a group"),
    (b'H', "the name of the host"),
    (b'I', "the instance"),
    (b'J', "a part of the unit's name"),
    (b'L', "the directory for logs"),
    (b'M', "the name of the image"),
    (b'N', "the name of the unit"),
    (b'P', "the beginning of the unit's name"),
    (b'R', "a control group"),
    (b'S', "the directory for state"),
    (b'T', "the directory for temporary files"),
    (b'U', "the number of a user"),
    (b'V', "the directory for large temporary files"),
    (b'W', "the variant of the system"),
    (b'Y', "the directory of the unit file"),
    (b'a', "the architecture"),
    (b'b', "the number of the boot"),
    (b'c', "a control group"),
    (b'd', "the directory of the credentials"),
    (b'f', "the instance as a path"),
    (b'g', "the name of a group"),
    (b'h', "a home directory"),
    (b'i', "the instance"),
    (b'j', "a part of the unit's name"),
    (b'l', "the name of the host"),
    (b'm', "the number of the machine"),
    (b'n', "the name of the unit"),
    (b'o', "the name of the system"),
    (b'p', "the beginning of the unit's name"),
    (b'q', "the name of the host"),
    (b'r', "a control group"),
    (b's', "the path of a shell"),
    (b't', "the directory for runtime files"),
    (b'u', "the name of a user"),
    (b'v', "the version of the kernel"),
    (b'w', "the version of the system"),
    (b'y', "the path of the unit file"),
];

/// Two letters of a date or time next to each other. As specifiers they would make no sense so close together.
const DATES: [&[u8; 2]; 14] =
    [b"BY", b"HM", b"MS", b"Yj", b"Ym", b"bY", b"bd", b"dH", b"dT", b"db", b"dm", b"mY", b"md", b"ym"];

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let worth = |text: &str| memchr::memchr(b'%', text.as_bytes()).is_some();
    let mut hits = exec::hits_with(unit, b'%', |entry, line| {
        let program = line.program_name();
        let hit = |(i, word): (usize, &Word<'_>)| match i.checked_sub(1) {
            Some(before) => {
                let format = takes_format(program, &line.words[before].text, &word.text);
                hit(entry, word.at.clone(), program, format)
            }
            None => hit(entry, word.at.clone(), "", false),
        };
        line.words.iter().enumerate().filter_map(hit).collect::<Vec<_>>()
    });
    for entry in unit.counted(key::ENVIRONMENT).filter(|e| worth(e.text())) {
        let assignments = words(entry.text(), Split::UNQUOTE_C).map_while(Result::ok);
        hits.extend(assignments.filter_map(|word| hit(&entry, word.at, "", false)).take(exec::MANY));
    }
    hits
}

/// Whether a whole word is a format of the program.
fn takes_format(program: &str, before: &str, word: &str) -> bool {
    match program {
        "date" => word.starts_with('+'),
        "stat" => {
            matches!(before, "-c" | "--format" | "--printf")
                || ["-c%", "--format=", "--printf="].iter().any(|option| word.starts_with(option))
        }
        "find" => matches!(before, "-printf"),
        "git" => word.starts_with("--format=") || word.starts_with("--pretty="),
        _ => false,
    }
}

fn hit(entry: &Entry<'_>, at: Range<usize>, program: &str, format: bool) -> Option<Hit> {
    let word = &entry.text()[at.clone()];
    let bytes = word.as_bytes();
    let all = percents(bytes)?;
    let mut meant: BTreeSet<usize> = all.iter().copied().filter(|p| is_strange(bytes, *p)).collect();
    if format || word.contains("%h %l %u") {
        meant.extend(&all);
    }
    for (range, letters) in formats(word, program) {
        let inside = &all[all.partition_point(|p| *p < range.start)..all.partition_point(|p| *p < range.end)];
        meant.extend(inside.iter().filter(|p| letters.contains(&bytes[**p + 1])));
    }
    let mut from = 0;
    for pair in all.windows(2) {
        if is_date(bytes, pair[0], pair[1]) {
            // the rest of a date is a date
            let near = |p: &&usize| b"ABHMSTYabdjm".contains(&bytes[**p + 1]);
            from = all.partition_point(|p| *p + 3 < pair[0]).max(from);
            let end = pair[1] + if bytes[pair[1] + 2..].starts_with(b", ") { 4 } else { 3 };
            let to = all.partition_point(|p| *p <= end).max(from);
            meant.extend(all[from..to].iter().filter(near));
            from = to;
        }
        if is_encoded(bytes, pair[0], pair[1]) {
            meant.extend(pair);
        }
    }
    let first = *meant.first()?;
    let meaning = KNOWN.iter().find(|(letter, _)| *letter == bytes[first + 1]).map_or("", |(_, meaning)| meaning);
    let part = |p: usize, len: usize| entry.part(at.start + p..at.start + p + len);
    let fix = Fix::line("double the percent signs", Safety::Unsafe);
    Some(
        Hit::at(part(first, 2))
            .word("word", &word[first..first + 2])
            .word("meaning", meaning)
            .help("a percent sign for the program is written %%")
            .fix(meant.iter().fold(fix, |fix, p| fix.and(&part(*p, 1), "%%"))),
    )
}

/// Where the specifiers of a word are. `None` where one is unknown: that is told as an error already.
fn percents(word: &[u8]) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'%', &word[from..]).map(|n| from + n) {
        match word.get(at + 1) {
            Some(letter) if KNOWN.iter().any(|(known, _)| known == letter) => found.push(at),
            Some(letter) if letter.is_ascii_alphanumeric() => return None,
            _ => {}
        }
        from = (at + 2).min(word.len());
    }
    (!found.is_empty()).then_some(found)
}

/// How far a format can go; a long line has many places to look at.
const FAR: usize = 1000;

/// The formats inside a text, each with the letters that cannot be meant for systemd in it.
fn formats(word: &str, program: &str) -> Vec<(Range<usize>, &'static [u8])> {
    const PRINTF: &[u8] = b"sdbo";
    const ALL: &[u8] = b"ABCDEGHIJLMNPRSTUVWYabcdfghijlmnopqrstuvwy";
    let bytes = word.as_bytes();
    let mut found = Vec::new();
    if program == "printf" {
        found.push((0..word.len(), PRINTF));
    }
    for at in memchr::memmem::find_iter(bytes, "printf") {
        // "-printf" is find's: a format of its own
        let letters = if bytes[..at].ends_with(b"-") { ALL } else { PRINTF };
        found.push((at..quoted_end(bytes, at + 6), letters));
    }
    for at in memchr::memmem::find_iter(bytes, "date ") {
        let alone = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || b"-_.".contains(&bytes[at - 1]));
        let rest = &bytes[at..bytes.len().min(at + FAR)];
        let rest = &rest[..rest.iter().position(|b| b";|)`>".contains(b)).unwrap_or(rest.len())];
        let plus = rest.windows(2).position(|w| w[1] == b'+' && b" \"'".contains(&w[0]));
        if let Some(plus) = plus.filter(|_| alone) {
            found.push((at + plus..at + rest.len(), ALL));
        }
    }
    for at in memchr::memmem::find_iter(bytes, "stat -c") {
        found.push((at..quoted_end(bytes, at + 7), ALL));
    }
    found
}

/// Where a format that begins at a place ends: at its closing quote, or at the next blank.
fn quoted_end(word: &[u8], from: usize) -> usize {
    let far = &word[..word.len().min(from + FAR)];
    let begin = from + far[from..].iter().position(|b| !b" (=\\".contains(b)).unwrap_or(0);
    let end = match far.get(begin) {
        Some(quote @ (b'"' | b'\'')) => far[begin + 1..].iter().position(|b| b == quote).map(|n| begin + 1 + n),
        _ => far[begin.min(far.len())..].iter().position(|b| b" \t;)".contains(b)).map(|n| begin + n),
    };
    end.unwrap_or(far.len())
}

/// Whether a specifier stands where what it becomes would be nonsense.
fn is_strange(word: &[u8], at: usize) -> bool {
    let quotes = word.iter().take(2).take_while(|b| **b == b'"' || **b == b'\'').count();
    let before = word[quotes.min(at)..at].last();
    let after = word.get(at + 2).copied().unwrap_or(b' ');
    let glued = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let joined = |b: &u8| glued(b) || b"/-.".contains(b);
    // as in -I%d/keys
    let option = at == quotes + 2 && word[quotes] == b'-';
    match word[at + 1] {
        b's' => before.is_some_and(joined) && !option || joined(&after) || is_address(word, at),
        // a path in the middle of a name, or with an extension
        b'd' if after == b'.' => word.get(at + 3).is_some_and(glued),
        b'd' => after != b'/' && before.is_some_and(glued) && !option,
        b'm' => word[at + 1..].starts_with(b"mem"),
        b'c' => word[at + 1..].starts_with(b"cpu"),
        b'A'..=b'E' | b'a' | b'b' => after.is_ascii_hexdigit() && is_address(word, at),
        _ => false,
    }
}

/// Whether what stands before is an address.
fn is_address(word: &[u8], at: usize) -> bool {
    let before = &word[at.saturating_sub(FAR)..at];
    let blank = before.iter().rposition(|b| b" \t\"'".contains(b)).map_or(0, |n| n + 1);
    memchr::memmem::find(&before[blank..], b"://").is_some()
}

/// Whether two specifiers are neighbours in a date.
fn is_date(word: &[u8], a: usize, b: usize) -> bool {
    let pair = [word[a + 1], word[b + 1]];
    let near = match b - a {
        2 => true,
        // host and image, or a file in a directory, can be meant
        3 => match word[a + 2] {
            b'-' | b'_' | b'.' | b' ' => &pair != b"HM",
            b'/' => &pair == b"md" || &pair == b"mY",
            c => c == b':' || c == b'T',
        },
        _ => false,
    };
    near && DATES.contains(&&pair)
}

/// Whether two bytes of encoded text follow each other.
fn is_encoded(word: &[u8], a: usize, b: usize) -> bool {
    let hex = |at: usize| word[at + 1].is_ascii_hexdigit() && word.get(at + 2).is_some_and(u8::is_ascii_hexdigit);
    b - a == 3 && hex(a) && hex(b)
}
