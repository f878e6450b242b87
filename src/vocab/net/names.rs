//! Names on the bus, in the journal, of files and hosts, and other words that are checked letter by letter.

use crate::vocab::image::{is_fd_name, is_file_name};

/// A name on the bus; the names of connections (`:1.5`) count (`service_name_is_valid()`).
pub fn bus_name(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(':');
    let (unique, name) = (rest.is_some(), rest.unwrap_or(text));
    let part = |p: &str| {
        p.starts_with(|c: char| unique || !c.is_ascii_digit())
            && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    (text.len() <= 255 && name.contains('.') && name.split('.').all(part)).then_some(text)
}

/// A word of `Documentation=` (`documentation_url_is_valid()`).
pub fn documentation_url(word: &str) -> Option<&str> {
    let rest = ["http://", "https://", "file:/", "info:", "man:"].iter().find_map(|p| word.strip_prefix(p))?;
    (!rest.is_empty() && rest.is_ascii()).then_some(word)
}

/// `FileDescriptorName=` (`fdname_is_valid()`).
pub fn fd_name(text: &str) -> Option<&str> {
    is_fd_name(text).then_some(text)
}

/// `XAttrEntryPoint=`, `XAttrListen=`, `XAttrAccept=`: `user.NAME=VALUE`.
pub fn xattr_assignment(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let rest = name.strip_prefix("user.")?;
    (!rest.is_empty() && name.len() <= 255).then_some((name, value))
}

/// What is wrong with a field of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadField {
    /// no equal sign
    NoValue,
    /// an impossible name
    Name,
}

/// A word of `LogExtraFields=` (`config_parse_log_extra_fields()`, `journal_field_valid()`).
///
/// # Errors
/// When it does not assign a field.
pub fn journal_field(word: &str) -> Result<(&str, &str), BadField> {
    let (name, value) = word.split_once('=').ok_or(BadField::NoValue)?;
    let good = (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if good { Ok((name, value)) } else { Err(BadField::Name) }
}

/// `LogNamespace=`: part of a file name and of an instance (`log_namespace_name_valid()`).
pub fn log_namespace(text: &str) -> Option<&str> {
    let good = text.bytes().all(|b| b.is_ascii_alphanumeric() || b":-_.@".contains(&b));
    (good && is_file_name(text) && text.len() <= 222).then_some(text)
}

/// A host name: labels of letters, digits and hyphens, at most 64 bytes (`hostname_is_valid()`).
pub fn hostname(text: &str) -> Option<&str> {
    let label = |l: &str| {
        !l.is_empty()
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    (text.len() <= 64 && text.split('.').all(label)).then_some(text)
}
