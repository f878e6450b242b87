//! Values of `Environment=` that arrive otherwise than they are written: what separates assignments, what quotes do, and
//! that nothing is expanded. Words that are no assignments are found as such by another rule.

use crate::rule::{Fix, Hit, Level, Safety};
use crate::unit::{Entry, Unit};
use crate::vocab::net::env_assignment;
use crate::vocab::value::Outcome;
use crate::vocab::words::{Split, Word, words};
use crate::vocab::{Scope, key};
use std::ops::Range;

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut hits = Vec::new();
    for entry in unit.entries(key::ENVIRONMENT).filter(|e| e.assignment.outcome == Outcome::Set) {
        let suspect = |b: &u8| matches!(b, b'"' | b'\'' | b'$' | b'~' | b',' | b';' | b'-');
        if !entry.text().as_bytes().iter().any(suspect) {
            continue;
        }
        let mut all = words(entry.text(), Split::UNQUOTE_C).map_while(Result::ok).peekable();
        while let Some(word) = all.next() {
            let Some((name, value)) = env_assignment(&word.text) else { continue };
            let next = all.peek();
            let alone = next.is_none_or(|w| env_assignment(&w.text).is_some());
            let next = next.filter(|_| alone);
            let found = commas(&entry, &word, next.is_some())
                .or_else(|| lost_quotes(&entry, &word, alone))
                .or_else(|| dangling(&entry, &word, name, value, next))
                .or_else(|| unexpanded(unit, &entry, &word, name, value))
                .or_else(|| kept_quotes(&entry, &word, value));
            hits.extend(found.map(|hit| hit.word("name", name)));
        }
    }
    hits
}

/// The quoted parts of a word as it is written, quotes included.
fn quoted(raw: &str) -> Vec<Range<usize>> {
    let (mut parts, mut open) = (Vec::new(), None);
    let mut bytes = raw.bytes().enumerate();
    while let Some((i, b)) = bytes.next() {
        match (b, open) {
            (b'\\', _) => drop(bytes.next()),
            (b'"' | b'\'', None) => open = Some((i, b)),
            (_, Some((start, quote))) if b == quote => {
                parts.push(start..i + 1);
                open = None;
            }
            _ => {}
        }
    }
    parts
}

fn raw<'e>(entry: &'e Entry<'_>, word: &Word<'_>) -> &'e str {
    &entry.text()[word.at.clone()]
}

/// Whether a text begins like an assignment, perhaps behind a quote.
fn begins_assignment(text: &str) -> bool {
    let text = text.strip_prefix(['"', '\'']).unwrap_or(text);
    let name = text.len() - text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
    name > 0 && text[name..].starts_with('=')
}

/// `"A=1","B=2"` and `A=1, B=2`: only blanks separate assignments.
fn commas(entry: &Entry<'_>, word: &Word<'_>, followed: bool) -> Option<Hit> {
    let raw = raw(entry, word);
    let parts = quoted(raw);
    let separates = |at: usize| {
        let rest = raw[at..].strip_prefix([',', ';'])?;
        (begins_assignment(rest) || rest.is_empty() && followed).then_some(at)
    };
    let mut at: Vec<usize> = parts.iter().filter_map(|part| separates(part.end)).collect();
    if at.is_empty() && followed && parts.is_empty() && raw.ends_with([',', ';']) {
        at.push(raw.len() - 1);
    }
    let place = |at: usize| entry.part(word.at.start + at..word.at.start + at + 1);
    let first = place(*at.first()?);
    let hit = Hit::at(first).state("comma").word("mark", raw[*at.first()?..].chars().take(1).collect::<String>());
    let title = "separate the assignments by blanks";
    let fix = at.iter().fold(Fix::line(title, Safety::Unsafe), |fix, at| {
        fix.and(&place(*at), if raw.len() == at + 1 { "" } else { " " })
    });
    Some(hit.help("assignments are separated by blanks only").fix(fix))
}

/// `"A=say "hello""` and `A={"b":1}`: the inner quotes end or begin a quoted part and vanish.
fn lost_quotes(entry: &Entry<'_>, word: &Word<'_>, alone: bool) -> Option<Hit> {
    let raw = raw(entry, word);
    let parts = quoted(raw);
    let first = parts.first()?;
    let hit = || Hit::at(entry.part(word.at.clone())).state("quotes").help(format!("what arrives is {}", word.text));
    let whole = |text: String| {
        let at = entry.part(word.at.clone());
        Fix::replace(format!("write {}", text.replace('\n', " ")), Safety::Unsafe, &at, text)
    };
    let opens = first.start == 0 || raw[..first.start].ends_with('=');
    let goes_on = raw[first.end..].starts_with(|c: char| c.is_alphanumeric());
    let quote = &raw[first.start..first.start + 1];
    if opens && goes_on && parts[1..].iter().any(|p| raw[p.start..].starts_with(quote)) {
        let inner = raw[first.start + 1..].strip_suffix(quote).filter(|i| alone && !i.contains('\\'));
        let fix = inner.map(|inner| {
            whole(format!("{}{quote}{}{quote}", &raw[..first.start], inner.replace(quote, &format!("\\{quote}"))))
        });
        return Some(fix.into_iter().fold(hit(), Hit::fix));
    }
    // a list or an object of JSON
    let json = parts.iter().any(|p| raw[..p.start].ends_with(['{', '[']));
    json.then(|| {
        let plain = alone && !raw.contains(['\'', '\\']);
        plain.then(|| whole(format!("'{raw}'"))).into_iter().fold(hit(), Hit::fix)
    })
}

/// `'A="b"'`: the inner quotes are part of the value. Some programs want them so.
fn kept_quotes(entry: &Entry<'_>, word: &Word<'_>, value: &str) -> Option<Hit> {
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = value[1..].strip_suffix(quote).filter(|i| !i.contains(quote))?;
    let hit = Hit::at(entry.part(word.at.clone())).state("kept").at_most(Level::Note);
    (!inner.is_empty()).then(|| hit.help("only the outer quotes are taken away"))
}

/// `URL=db?options=-c search_path=app`: what an option wants has become a variable of its own.
fn dangling(entry: &Entry<'_>, word: &Word<'_>, name: &str, value: &str, next: Option<&Word<'_>>) -> Option<Hit> {
    let next = next?;
    let (tail, _) = env_assignment(&next.text)?;
    let option = value.rsplit('=').next()?.strip_prefix('-')?;
    let is_option = !option.is_empty() && option.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    // variables of the environment are written in capitals, but for those of proxies
    let is_variable = tail.bytes().any(|b| b.is_ascii_uppercase()) || tail.ends_with("_proxy");
    if !is_option || is_variable || name.bytes().any(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let range = word.at.start..next.at.end;
    let text = &entry.text()[range.clone()];
    let hit = Hit::at(entry.part(next.at.clone())).state("tail").word("tail", tail);
    let plain = !text.contains(['"', '\'', '\\']);
    let fix = Fix::replace(format!("write \"{text}\""), Safety::Unsafe, &entry.part(range), format!("\"{text}\""));
    let hit = hit.help("a value with blanks needs quotes around the whole assignment");
    Some(if plain { hit.fix(fix) } else { hit })
}

/// `PATH=$PATH:/opt/bin` and `HOME=~`: only command lines know variables, and nothing knows the tilde.
fn unexpanded(unit: &Unit, entry: &Entry<'_>, word: &Word<'_>, name: &str, value: &str) -> Option<Hit> {
    let raw = raw(entry, word);
    let place = |text: &str| {
        let from = raw.find('=').unwrap_or(0);
        let at = raw[from..].find(text).map_or(0..raw.len(), |at| from + at..from + at + text.len());
        entry.part(word.at.start + at.start..word.at.start + at.end)
    };
    if let Some(variable) = variable(value, name) {
        let of = variable.trim_matches(['$', '{', '}']);
        let at = place(variable);
        let hit = Hit::at(at.clone()).state("variable").word("variable", variable);
        let hit = match of {
            _ if of == name => hit.help("there is no former value either: write down all of it"),
            _ => hit.help("systemd expands variables in command lines only"),
        };
        let specifier = match of {
            "HOME" if unit.scope == Scope::User => Some("%h"),
            "XDG_RUNTIME_DIR" if unit.scope == Scope::User => Some("%t"),
            _ => None,
        };
        let fix = specifier.map(|s| Fix::replace(format!("write {s} instead of {variable}"), Safety::Unsafe, &at, s));
        return Some(fix.into_iter().fold(hit, Hit::fix));
    }
    let tilde = if value == "~" || value.starts_with("~/") {
        "~"
    } else if value.contains(":~/") {
        ":~/"
    } else {
        return None;
    };
    let at = place(tilde);
    let hit = Hit::at(at.clone()).state("tilde");
    Some(match (unit.scope, tilde) {
        (Scope::User, "~") => {
            hit.help("%h is the home of the user").fix(Fix::replace("write %h instead of ~", Safety::Unsafe, &at, "%h"))
        }
        (Scope::User, _) => hit.help("%h is the home of the user"),
        (Scope::System, _) => hit.help("write the path from the root on"),
    })
}

/// The first variable in a value, as it is written: in braces, in capitals, or the one that is being set.
fn variable<'v>(value: &'v str, own: &str) -> Option<&'v str> {
    // the hash of a password: $6$SALT$...
    let scheme = value.strip_prefix('$').and_then(|v| v.split_once('$')).map(|(scheme, _)| scheme);
    let is_scheme = |s: &str| !s.is_empty() && !s.contains(|c: char| !matches!(c, 'a'..='z' | '0'..='9' | '-'));
    if scheme.is_some_and(is_scheme) {
        return None;
    }
    let mut from = 0;
    while let Some(at) = memchr::memchr(b'$', &value.as_bytes()[from..]).map(|i| from + i) {
        let rest = &value[at + 1..];
        let braced = rest.starts_with('{');
        let text = if braced { &rest[1..] } else { rest };
        let name = &text[..text.len() - text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len()];
        let valid = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit());
        let capital = name.len() > 1 && !name.bytes().any(|b| b.is_ascii_lowercase());
        if valid && braced && text[name.len()..].starts_with('}') {
            return Some(&value[at..at + name.len() + 3]);
        }
        if valid && !braced && (capital || name == own) {
            return Some(&value[at..=at + name.len()]);
        }
        // the second of two is no beginning
        from = at + 1 + usize::from(rest.starts_with('$'));
    }
    None
}
