//! `RuntimeDirectory=`, `StateDirectory=` and their sisters (systemd.exec(5), `config_parse_exec_directories()`).

use super::Expand;
use super::entries::{Bad, Entries, Judged};
use super::paths::{expanded, relative};
use crate::vocab::Model;
use crate::vocab::words::{BadSyntax, Cursor, Split};

/// An entry of `StateDirectory=` and its sisters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// below the base directory
    pub path: String,
    /// a symbolic link to it
    pub link: Option<String>,
    /// `ro`
    pub read_only: bool,
}

/// `RuntimeDirectory=`, `StateDirectory=`, `CacheDirectory=`, `LogsDirectory=`, and `ConfigurationDirectory=` with
/// `links` false (`config_parse_exec_directories()`).
pub fn relative_directories(text: &str, links: bool, model: Model, expand: Expand<'_>) -> Entries<Directory> {
    Entries::read_words(text, |all, word| {
        let fields = Fields::split(&word.text, model)?;
        all.keep(directory(&word.text, &fields, links, model, expand), &word.at);
        Ok(())
    })
}

/// `PATH[:LINK[:FLAGS]]`; what is missing is empty.
struct Fields {
    path: String,
    link: String,
    flags: String,
}

impl Fields {
    /// Before 257 colons in a row count as one and a third field is not looked at.
    fn split(word: &str, model: Model) -> Result<Self, BadSyntax> {
        let has_flags = model.number() >= 257;
        let how = if has_flags { Split::EVERY_FIELD } else { Split::FIELDS };
        let mut parts = Cursor::new(word);
        let mut part = || parts.next(how).map(|p| p.map(|p| p.text.into_owned()));
        let (path, link) = (part()?, part()?.unwrap_or_default());
        let flags = if has_flags { part()?.unwrap_or_default() } else { String::new() };
        Ok(Self { path: path.ok_or(BadSyntax)?, link, flags })
    }
}

/// The directory that the fields of a word stand for.
fn directory(word: &str, fields: &Fields, links: bool, model: Model, expand: Expand<'_>) -> Judged<Directory> {
    let simple = |text: &str| {
        let full = expanded(text, expand)?;
        relative(&full, model).map_err(|bad| (bad, full))
    };
    let path = simple(&fields.path)?;
    if path == "private" || path.starts_with("private/") {
        return Err((Bad::Private, word.to_owned()));
    }
    let link = match &*fields.link {
        "" => None,
        _ if !links => return Err((Bad::LinkNotSupported, word.to_owned())),
        link => Some(simple(link)?),
    };
    let read_only = match &*fields.flags {
        "" => false,
        "ro" => true,
        flags => return Err((Bad::Option, flags.to_owned())),
    };
    Ok(Directory { path, link, read_only })
}
