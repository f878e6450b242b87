//! Heaps of virtual machines that are told to be larger than what the unit may have: `-Xmx` of java,
//! `--max-old-space-size` of node and `GOMEMLIMIT` of go, on command lines and in `Environment=`.

use crate::rule::amount::{absolute, decisive, written};
use crate::rule::exec::MANY;
use crate::rule::{Hit, Level, Note};
use crate::text::Loc;
use crate::unit::Unit;
use crate::vocab::net::env_assignment;
use crate::vocab::value::Value;
use crate::vocab::words::{Split, Word, words};
use crate::vocab::{KeyId, command, key};
use std::ops::Range;

/// What is looked for before anything is split into words.
const MARKS: [&str; 6] =
    ["-Xmx", "MaxHeapSize", "MaxRAMPercentage", "max-old-space-size", "max_old_space_size", "GOMEMLIMIT"];

/// What a program was told of its memory.
#[derive(Clone, Copy)]
enum Told {
    /// a heap may grow to so many bytes, and other memory comes on top
    Heap(u64),
    /// all of it, as far as it can help
    All(u64),
    /// a share of what the unit has, in percent
    Share(u64),
}

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let keys = [key::MEMORY_MAX, key::MEMORY_HIGH];
    let limit = keys.into_iter().filter_map(|k| Some((absolute(unit, k)?, k))).min_by_key(|(n, _)| *n);
    // the address space holds the whole heap from the start
    let address = match unit.value(key::LIMIT_AS) {
        Value::Rlimit(r) if r.soft != u64::MAX => Some((r.soft, key::LIMIT_AS)),
        _ => None,
    };
    if limit.is_none() && address.is_none() {
        return Vec::new();
    }
    let mut hits = Vec::new();
    each(unit, |text, told, at| {
        let found = limit.and_then(|l| hit(unit, text, told, &at, l));
        hits.extend(found.or_else(|| hit(unit, text, told, &at, address.filter(|_| matches!(told, Told::Heap(_)))?)));
    });
    hits.truncate(MANY);
    hits
}

fn hit(unit: &Unit, text: &str, told: Told, at: &Loc, (limit, id): (u64, KeyId)) -> Option<Hit> {
    let (state, level) = match told {
        Told::Heap(n) if n >= limit && id == key::LIMIT_AS => ("address", Level::Warn),
        Told::Heap(n) | Told::All(n) if n >= limit => ("", Level::Warn),
        // code, stacks and buffers have to fit as well
        Told::Heap(n) if n > limit / 10 * 9 => ("tight", Level::Note),
        Told::Share(percent) if percent >= 90 => ("share", Level::Note),
        _ => return None,
    };
    let by = decisive(unit, id)?;
    let hit = Hit::at(at.clone()).state(state).word("told", text).word("limit", written(&by)).at_most(level);
    Some(hit.note(Note::on(by.loc(), "the limit is set here")))
}

/// Shows every such option of the main command and of the environment.
fn each(unit: &Unit, mut show: impl FnMut(&str, Told, Loc)) {
    let wanted = |text: &str| MARKS.iter().any(|mark| text.contains(mark));
    for entry in unit.counted(key::ENVIRONMENT).filter(|e| wanted(e.text())) {
        for word in words(entry.text(), Split::UNQUOTE_C).map_while(Result::ok) {
            let Some((name, value)) = env_assignment(&word.text) else { continue };
            if name == "GOMEMLIMIT" {
                if let Some(n) = go_size(value) {
                    show(&word.text, Told::All(n), entry.part(word.at.clone()));
                }
            } else if let Some((piece, told)) = counting(options(value)) {
                show(piece, told, entry.part(at(entry.text(), &word, piece)));
            }
        }
    }
    for entry in unit.counted(key::EXEC_START).filter(|e| wanted(e.text())) {
        for line in command::lines(entry.text(), unit.target.model) {
            let all = line.words.iter().flat_map(|w| options(&w.text).map(move |(piece, told)| ((w, piece), told)));
            if let Some(((word, piece), told)) = counting(all) {
                show(piece, told, entry.part(at(entry.text(), word, piece)));
            }
        }
    }
}

/// The options in a word, which may be a whole script or the value of a variable.
fn options(text: &str) -> impl Iterator<Item = (&str, Told)> {
    let pieces = text.split_whitespace().map(|piece| piece.trim_matches(['"', '\'']));
    pieces.filter_map(|piece| Some((piece, option(piece)?)))
}

/// The one that counts: the last size, or the last share where there is no size.
fn counting<T>(options: impl Iterator<Item = (T, Told)>) -> Option<(T, Told)> {
    options.fold(None, |best, new| match best {
        Some((_, Told::Heap(_))) if matches!(new.1, Told::Share(_)) => best,
        _ => Some(new),
    })
}

/// The place of the option itself, where quotes and escapes do not hide it.
fn at(whole: &str, word: &Word<'_>, piece: &str) -> Range<usize> {
    let found = whole[word.at.clone()].rfind(piece).map(|n| word.at.start + n);
    found.map_or(word.at.clone(), |from| from..from + piece.len())
}

fn option(text: &str) -> Option<Told> {
    if let Some(size) = text.strip_prefix("-Xmx").or_else(|| text.strip_prefix("-XX:MaxHeapSize=")) {
        return java_size(size).map(Told::Heap);
    }
    if let Some(percent) = text.strip_prefix("-XX:MaxRAMPercentage=") {
        return percent.split('.').next()?.parse().ok().map(Told::Share);
    }
    let (name, mebibytes) = text.strip_prefix("--")?.split_once('=')?;
    let node = matches!(name, "max-old-space-size" | "max_old_space_size");
    mebibytes.parse().ok().filter(|_| node).and_then(|n: u64| n.checked_mul(1 << 20)).map(Told::Heap)
}

/// A number with a letter for a power of 1024.
fn java_size(text: &str) -> Option<u64> {
    let power = ["k", "m", "g", "t"].iter().position(|s| text.to_ascii_lowercase().ends_with(s));
    let digits = if power.is_some() { &text[..text.len() - 1] } else { text };
    let number: u64 = digits.parse().ok()?;
    number.checked_mul(1024_u64.checked_pow(power.map_or(0, |p| p as u32 + 1))?)
}

/// The same with `B`, `KiB` and so on.
fn go_size(text: &str) -> Option<u64> {
    match text.strip_suffix('B') {
        None => text.parse().ok(),
        Some(rest) => java_size(rest.strip_suffix('i').unwrap_or(rest)),
    }
}
