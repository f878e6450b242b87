//! `BindPaths=` and `BindReadOnlyPaths=` (systemd.exec(5), `config_parse_bind_paths()`).

use super::Expand;
use super::entries::{Bad, Entries, Judged};
use super::paths::{absolute, expanded};
use crate::vocab::words::{BadSyntax, Cursor, Split, Word};
use crate::vocab::{Model, path};

/// One bind mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bind {
    /// on the host
    pub source: String,
    /// in the unit's view
    pub destination: String,
    /// `rbind`, the default
    pub recursive: bool,
    /// `-`: no error when the source is missing
    pub optional: bool,
}

/// `BindPaths=` and `BindReadOnlyPaths=` (`config_parse_bind_paths()`).
///
/// Up to 257 blanks and colons end a word alike and each of them counts, so two blanks in a row make an empty path;
/// quotes protect a colon. Newer releases split into words first.
pub fn bind_paths(text: &str, model: Model, expand: Expand<'_>) -> Entries<Bind> {
    let entry = if model.number() <= 257 { flat } else { nested };
    Entries::read(text, |all, words| entry(all, words, model, expand))
}

/// Whether it may be missing, and the path.
fn source(text: &str, model: Model, expand: Expand<'_>) -> Judged<(bool, String)> {
    let full = expanded(text, expand)?;
    let (optional, plain) = full.strip_prefix('-').map_or((false, &*full), |plain| (true, plain));
    path::absolute(plain, model).map(|p| (optional, p)).map_err(|bad| (Bad::Path(bad), plain.to_owned()))
}

/// Whether mounts below the source come along.
fn recursive(option: &str) -> Judged<bool> {
    match option {
        "" | "rbind" => Ok(true),
        "norbind" => Ok(false),
        _ => Err((Bad::Option, option.to_owned())),
    }
}

/// One bind mount of a line that is split at blanks and colons alike. What follows a bad field is read as the next bind
/// mount.
fn flat(all: &mut Entries<Bind>, words: &mut Cursor<'_>, model: Model, expand: Expand<'_>) -> Result<bool, BadSyntax> {
    let Some(word) = words.next(Split::BIND)? else { return Ok(false) };
    let Some((optional, source)) = all.good(source(&word.text, model, expand), &word.at) else { return Ok(true) };
    let mut bind = Bind { destination: source.clone(), source, recursive: true, optional };
    if words.colon() {
        let word = words.next(Split::BIND)?.unwrap_or_default();
        let Some(destination) = all.good(absolute(&word.text, model, expand), &word.at) else { return Ok(true) };
        bind.destination = destination;
        if words.colon() {
            let word = words.next(Split::UNQUOTE)?.unwrap_or(Word { at: word.at, ..Word::default() });
            let Some(recursive) = all.good(recursive(&word.text), &word.at) else { return Ok(true) };
            bind.recursive = recursive;
        }
    }
    all.items.push(bind);
    Ok(true)
}

/// One bind mount of a line that is split into words first.
fn nested(
    all: &mut Entries<Bind>,
    words: &mut Cursor<'_>,
    model: Model,
    expand: Expand<'_>,
) -> Result<bool, BadSyntax> {
    let Some(word) = words.next(Split::UNQUOTE_RAW)? else { return Ok(false) };
    let bind = fields(&word.text, model, expand)?;
    all.keep(bind, &word.at);
    Ok(true)
}

/// `SOURCE[:DESTINATION[:OPTION]]`
fn fields(word: &str, model: Model, expand: Expand<'_>) -> Result<Judged<Bind>, BadSyntax> {
    let mut parts = Cursor::new(word);
    let mut part = || parts.next(Split::EVERY_FIELD).map(|p| p.map(|p| p.text));
    let (first, second, option) = (part()?.unwrap_or_default(), part()?, part()?.unwrap_or_default());
    let judge = || {
        let (optional, source) = source(&first, model, expand)?;
        let destination = second.map_or_else(|| Ok(source.clone()), |d| absolute(&d, model, expand))?;
        if !parts.is_empty() {
            return Err((Bad::Option, word.to_owned()));
        }
        Ok(Bind { source, destination, recursive: recursive(&option)?, optional })
    };
    Ok(judge())
}
