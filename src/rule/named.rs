//! What a unit names in its lists of paths and its command lines, each with its place: for rules with code of their own.

use crate::load;
use crate::text::Loc;
use crate::unit::{Entry, Unit};
use crate::vocab::command::Line;
use crate::vocab::image::prefixed_path;
use crate::vocab::specifier::Subject;
use crate::vocab::words::{Split, words};
use crate::vocab::{KeyId, Scope, Specifiers, key, path, specifier};

/// A path of a list.
pub(crate) struct Named {
    /// absolute and simple; of a bind mount where it is mounted
    pub(crate) path: String,
    /// of a bind mount: what is mounted
    pub(crate) source: Option<String>,
    /// it may be missing
    pub(crate) optional: bool,
    /// the word
    pub(crate) at: Loc,
}

/// A path with its specifiers expanded, absolute and simple; `None` for what is no such path.
pub(crate) fn expanded(unit: &Unit, text: &str) -> Option<String> {
    let model = unit.target.model;
    let subject = unit.value_setting(model).subject;
    // a template is looked at under an invented instance, as its values were
    let instance = unit.name.is_template().then(|| unit.name.with_instance(load::test_instance(model))).flatten();
    let subject = Subject { name: instance.as_ref().unwrap_or(subject.name), ..subject };
    let full = specifier::expand(text, Specifiers::Path, &subject).ok()?;
    path::absolute(&full, model).ok()
}

/// Whether the specifiers of a text mean the same on every machine, and for every instance of a template.
pub(crate) fn is_fixed(unit: &Unit, text: &str) -> bool {
    let everywhere = match (unit.scope, unit.name.is_template()) {
        (Scope::System, true) => "pPjJtSCLETV",
        (Scope::System, false) => "pPjJtSCLETVfiInN",
        (Scope::User, true) => "pPjJ",
        (Scope::User, false) => "pPjJfiInN",
    };
    let mut chars = text.chars();
    while chars.by_ref().any(|c| c == '%') {
        if chars.next().is_some_and(|c| c.is_ascii_alphanumeric() && !everywhere.contains(c)) {
            return false;
        }
    }
    true
}

/// The same, without the links that every system has.
pub(crate) fn absolute(unit: &Unit, text: &str) -> Option<String> {
    let path = expanded(unit, text)?;
    const LINKS: [(&str, &str); 6] = [
        ("/bin", "/usr/bin"),
        ("/sbin", "/usr/sbin"),
        ("/lib", "/usr/lib"),
        ("/lib64", "/usr/lib64"),
        ("/var/run", "/run"),
        ("/var/lock", "/run/lock"),
    ];
    let link = LINKS.into_iter().find(|(link, _)| is_in(&path, link));
    Some(link.map_or(path.clone(), |(link, to)| format!("{to}{}", &path[link.len()..])))
}

/// The paths of `ReadWritePaths=`, `BindPaths=`, `TemporaryFileSystem=` and their sisters.
pub(crate) fn paths(unit: &Unit, id: KeyId) -> Vec<Named> {
    let binds = matches!(id, key::BIND_PATHS | key::BIND_READ_ONLY_PATHS);
    let mut out = Vec::new();
    for entry in unit.counted(id) {
        for word in words(entry.text(), Split::UNQUOTE).map_while(Result::ok) {
            let bare = prefixed_path(&word.text);
            let mut fields = bare.path.split(':');
            let first = fields.next().unwrap_or_default();
            let (source, target) = if binds { (Some(first), fields.next().unwrap_or(first)) } else { (None, first) };
            if let Some(path) = absolute(unit, target) {
                let source = source.and_then(|s| absolute(unit, s));
                out.push(Named { path, source, optional: bare.optional, at: entry.part(word.at) });
            }
        }
    }
    out
}

/// The directories that systemd makes for a unit of the system manager: `StateDirectory=` and its sisters.
pub(crate) fn directories(unit: &Unit) -> Vec<(KeyId, Named)> {
    const BASES: [(KeyId, &str); 4] = [
        (key::RUNTIME_DIRECTORY, "/run/"),
        (key::STATE_DIRECTORY, "/var/lib/"),
        (key::CACHE_DIRECTORY, "/var/cache/"),
        (key::LOGS_DIRECTORY, "/var/log/"),
    ];
    let mut out = Vec::new();
    for (id, base) in BASES.into_iter().filter(|_| unit.scope == Scope::System) {
        for entry in unit.counted(id) {
            for word in words(entry.text(), Split::UNQUOTE).map_while(Result::ok) {
                let below = word.text.split(':').next().unwrap_or_default();
                if let Some(path) = absolute(unit, &format!("{base}{below}")) {
                    out.push((id, Named { path, source: None, optional: false, at: entry.part(word.at) }));
                }
            }
        }
    }
    out
}

/// Whether a path is a directory or lies below it.
pub(crate) fn is_in(path: &str, dir: &str) -> bool {
    path.strip_prefix(dir.trim_end_matches('/')).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An absolute path and all that it lies in, up to the root.
pub(crate) fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(path);
    std::iter::from_fn(move || {
        let now = next?;
        next = match now.rfind('/') {
            Some(0) if now.len() > 1 => Some("/"),
            Some(at) if at > 0 => Some(&now[..at]),
            _ => None,
        };
        Some(now)
    })
}

/// Shows every command that counts, as it is written.
pub(crate) fn each_command(unit: &Unit, show: impl FnMut(&Entry<'_>, &Line<'_>)) {
    each_command_of(unit, |_| true, show);
}

/// The same, of values that may be of interest: nothing else is split into words.
pub(crate) fn each_command_of(unit: &Unit, wanted: impl Fn(&str) -> bool, mut show: impl FnMut(&Entry<'_>, &Line<'_>)) {
    unit.commands(|_, entry| {
        if wanted(entry.text()) {
            unit.lines_of(&entry).iter().for_each(|line| show(&entry, line));
        }
    });
}

/// Whether a command is free of the sandbox (`+`).
pub(crate) fn is_free(line: &Line<'_>) -> bool {
    line.words.first().is_some_and(|w| w.text[..line.prefixes].contains('+'))
}

/// The place of a program, without what stands before it.
pub(crate) fn program_at(entry: &Entry<'_>, line: &Line<'_>) -> Loc {
    let at = line.words.first().map_or(0..0, |w| w.at.clone());
    let quoted = line.words.first().is_none_or(|w| w.text.len() != at.len());
    entry.part(if quoted { at } else { at.start + line.prefixes..at.end })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lie_in_directories() {
        assert!(is_in("/a/b", "/a") && is_in("/a", "/a") && is_in("/a", "/") && !is_in("/ab", "/a"));
        assert_eq!(ancestors("/a/b").collect::<Vec<_>>(), ["/a/b", "/a", "/"]);
        assert_eq!(ancestors("/").collect::<Vec<_>>(), ["/"]);
        assert_eq!(ancestors("/a").collect::<Vec<_>>(), ["/a", "/"]);
    }
}
