//! `LoadCredential=`, `SetCredential=`, `ImportCredential=` (systemd.exec(5), `creds-util.c`).

use super::Expand;
use super::encoding::{base64, unescape};
use super::entries::Bad;
use super::names::{is_fd_name, is_file_name};
use crate::vocab::Model;
use crate::vocab::words::{BadSyntax, Cursor, Split};

/// A name of a credential (`credential_name_valid()`).
pub fn is_credential(name: &str) -> bool {
    is_file_name(name) && is_fd_name(name)
}

/// A name of a credential, or the start of one and an asterisk (`credential_glob_valid()`).
pub fn is_credential_glob(glob: &str) -> bool {
    match glob.find(['*', '?', '[', ']']) {
        None => is_credential(glob),
        Some(0) => glob == "*",
        Some(n) => &glob[n..] == "*" && is_credential(&glob[..n]),
    }
}

/// The name in front of the first colon and what follows, if anything, both as they stand.
fn split_name(text: &str) -> Result<(String, Option<&str>), Bad> {
    let mut parts = Cursor::new(text);
    let name = parts.next(Split::COLON).map_err(|BadSyntax| Bad::Syntax)?.ok_or(Bad::Syntax)?;
    Ok((name.text.into_owned(), parts.rest().filter(|rest| !rest.is_empty())))
}

/// Where a credential is loaded from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedCredential {
    /// its name for the unit
    pub name: String,
    /// a path, or the name of a credential of the manager
    pub source: String,
}

/// `LoadCredential=` and `LoadCredentialEncrypted=` (`config_parse_load_credential()`).
///
/// # Errors
/// What is wrong with the line.
pub fn load_credential(text: &str, expand: Expand<'_>) -> Result<LoadedCredential, Bad> {
    let (name, rest) = split_name(text)?;
    let name = expand(&name).ok_or(Bad::Specifier)?;
    if !is_credential(&name) {
        return Err(Bad::CredentialName);
    }
    let source = match rest {
        Some(rest) => expand(rest).ok_or(Bad::Specifier)?,
        None => name.clone(),
    };
    let good = if source.starts_with('/') { is_normalized(&source) } else { is_credential(&source) };
    if good { Ok(LoadedCredential { name, source }) } else { Err(Bad::CredentialSource) }
}

/// An absolute path without `.`, `..` and double slashes (`path_is_normalized()`).
fn is_normalized(path: &str) -> bool {
    let parts = |p: &str| p != "." && p != ".." && p.len() <= 255;
    path.len() < 4096 && !path.contains("//") && path.split('/').all(parts)
}

/// `SetCredential=`, and with `encrypted` `SetCredentialEncrypted=`: the name and the data
/// (`config_parse_set_credential()`).
///
/// # Errors
/// What is wrong with the line.
pub fn set_credential(text: &str, encrypted: bool, expand: Expand<'_>) -> Result<(String, Vec<u8>), Bad> {
    let (name, data) = split_name(text)?;
    let data = data.ok_or(Bad::Syntax)?;
    let name = expand(&name).ok_or(Bad::Specifier)?;
    if !is_credential(&name) {
        return Err(Bad::CredentialName);
    }
    let data = if encrypted { base64(data) } else { unescape(data, true) };
    Ok((name, data.ok_or(Bad::Data)?))
}

/// `ImportCredential=`: a name or glob, and since 257 what its matches are called then
/// (`config_parse_import_credential()`).
///
/// # Errors
/// What is wrong with the line.
pub fn import_credential(text: &str, model: Model, expand: Expand<'_>) -> Result<(String, Option<String>), Bad> {
    let (glob, rename) = if model.number() < 257 { (text.to_owned(), None) } else { split_name(text)? };
    let glob = expand(&glob).ok_or(Bad::Specifier)?;
    if !is_credential_glob(&glob) || rename.is_some_and(|r| !is_credential(r)) {
        return Err(Bad::CredentialName);
    }
    Ok((glob, rename.map(str::to_owned)))
}
