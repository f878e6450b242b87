//! Paths in values: `path_simplify_and_warn()`.

use super::message::Fault;
use super::{Message, Model};
use std::ops::Range;

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPath {
    /// relative where it has to be absolute
    NotAbsolute,
    /// has `.` or `..` in it, or is too long
    NotNormalized,
    /// below /proc, /sys or /dev where that is not allowed
    ApiVfs,
}

/// Removes double and trailing slashes and `.`; of newer releases also `..` directly below the root
/// (`path_simplify()`).
pub fn simplify(path: &str, model: Model) -> String {
    let absolute = path.starts_with('/');
    // nearly every path is in its simple form, and can be seen to be
    let odd = |pair: &[u8]| pair[0] == b'/' && matches!(pair[1], b'/' | b'.');
    if absolute && path.len() > 1 && !path.ends_with('/') && !path.as_bytes().windows(2).any(odd) {
        return path.to_owned();
    }
    let parts = path.split('/').filter(|p| !p.is_empty() && *p != ".");
    let drop_parents = absolute && model.number() >= 254;
    let parts: Vec<&str> = parts.skip_while(|p| drop_parents && *p == "..").collect();
    let joined = parts.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

/// What stands between the slashes.
fn components(path: &str) -> impl Iterator<Item = &[u8]> {
    path.as_bytes().split(|b| *b == b'/')
}

/// An absolute path in its simple form.
///
/// # Errors
/// When it is relative or not normalized.
pub fn absolute(path: &str, model: Model) -> Result<String, BadPath> {
    if !path.starts_with('/') {
        return Err(BadPath::NotAbsolute);
    }
    let simple = simplify(path, model);
    if simple.len() > 4095 || components(&simple).any(|p| p == b".." || p.len() > 255) {
        return Err(BadPath::NotNormalized);
    }
    Ok(simple)
}

/// Whether a path lies on a file system of the kernel's own.
pub fn below_api_vfs(path: &str, model: Model) -> bool {
    model.number() >= 256
        && ["/proc", "/sys", "/dev"]
            .iter()
            .any(|d| path.strip_prefix(d).is_some_and(|r| r.is_empty() || r.starts_with('/')))
}

impl BadPath {
    /// As systemd says it.
    pub fn fault(self, at: Range<usize>, path: &str) -> Fault {
        let message = match self {
            Self::NotAbsolute => Message::PathNotAbsolute,
            Self::NotNormalized => Message::PathNotNormalized,
            Self::ApiVfs => Message::PathBelowApiVfs,
        };
        Fault { message, at, about: path.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let new = Model::LATEST;
        assert_eq!(absolute("//a/./b//", new), Ok("/a/b".into()));
        assert_eq!(absolute("/", new), Ok("/".into()));
        assert_eq!(absolute("a", new), Err(BadPath::NotAbsolute));
        assert_eq!(absolute("/a/../b", new), Err(BadPath::NotNormalized));
        assert_eq!(absolute("//../b", new), Ok("/b".into()));
        assert_eq!(absolute("/../b", Model::nearest(252)), Err(BadPath::NotNormalized));
        assert!(below_api_vfs("/proc/x", Model::LATEST) && !below_api_vfs("/process", Model::LATEST));
    }
}
