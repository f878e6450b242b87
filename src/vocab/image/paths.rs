//! Paths with their specifiers, and lists of them (`path_simplify_and_warn()`).

use super::Expand;
use super::entries::{Bad, Entries, Judged};
use crate::vocab::Model;
use crate::vocab::path::{self, BadPath};
use crate::vocab::words::{BadSyntax, Cursor, Split};

/// A piece with its specifiers expanded.
pub(super) fn expanded(text: &str, expand: Expand<'_>) -> Judged<String> {
    expand(text).ok_or_else(|| (Bad::Specifier, text.to_owned()))
}

/// Expands and simplifies an absolute path (`PATH_CHECK_ABSOLUTE`).
pub(super) fn absolute(text: &str, model: Model, expand: Expand<'_>) -> Judged<String> {
    let full = expanded(text, expand)?;
    path::absolute(&full, model).map_err(|bad| (Bad::Path(bad), full))
}

/// As [`absolute`], and refuses what lies on a file system of the kernel's own (`PATH_CHECK_NON_API_VFS`), except for
/// /dev with `dev_ok` (`PATH_CHECK_NON_API_VFS_DEV_OK`).
pub(super) fn off_api_vfs(text: &str, dev_ok: bool, model: Model, expand: Expand<'_>) -> Judged<String> {
    let path = absolute(text, model, expand)?;
    let dev = path == "/dev" || path.starts_with("/dev/");
    if path::below_api_vfs(&path, model) && !(dev && dev_ok) {
        Err((Bad::Path(BadPath::ApiVfs), path))
    } else {
        Ok(path)
    }
}

/// A relative path in its simple form (`PATH_CHECK_RELATIVE`).
///
/// # Errors
/// When it is absolute, empty, too long, or leaves its directory.
pub fn relative(text: &str, model: Model) -> Result<String, Bad> {
    if text.starts_with('/') {
        return Err(Bad::PathAbsolute);
    }
    let simple = path::simplify(text, model);
    if simple.is_empty() || simple.len() > 4095 || simple.split('/').any(|p| p == ".." || p.len() > 255) {
        return Err(Bad::Path(BadPath::NotNormalized));
    }
    Ok(simple)
}

/// `TemporaryFileSystem=`: path and mount options of one word, split off by quotes already
/// (`config_parse_temporary_filesystems()`). The options are not looked at.
///
/// # Errors
/// What is wrong with the path.
pub fn temporary_filesystem(word: &str, model: Model, expand: Expand<'_>) -> Result<(String, Option<String>), Bad> {
    let mut parts = Cursor::new(word);
    let first = parts.next(Split::COLON).map_err(|BadSyntax| Bad::Syntax)?.ok_or(Bad::Syntax)?;
    let path = absolute(&first.text, model, expand).map_err(|(bad, _)| bad)?;
    Ok((path, parts.rest().filter(|r| !r.is_empty()).map(str::to_owned)))
}

/// `ExecSearchPath=`: absolute paths between colons; the first bad one ends the line
/// (`config_parse_colon_separated_paths()`).
pub fn colon_path_list(text: &str, model: Model, expand: Expand<'_>) -> Entries<String> {
    let mut all = Entries::new();
    let mut words = Cursor::new(text);
    while all.problems.is_empty() {
        match words.next(Split::COLON) {
            Ok(Some(word)) => all.keep(absolute(&word.text, model, expand), &word.at),
            Ok(None) => break,
            Err(BadSyntax) => all.problem(Bad::Syntax, text, &(0..text.len())),
        }
    }
    all
}
