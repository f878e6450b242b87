//! Lines of tmpfiles.d with paths that are other names of /run.

use crate::rule::tmpfiles::items;
use crate::rule::{Fix, Hit, Safety, Shipped};

/// Other names, and the real ones.
const LEGACY: [(&str, &str); 2] = [("/var/run/", "/run/"), ("/var/lock/", "/run/lock/")];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    for item in items(shipped) {
        let path = &item.path;
        let found = LEGACY.iter().find_map(|(old, new)| Some((*old, format!("{new}{}", path.text.strip_prefix(old)?))));
        if let Some((old, new)) = found {
            let hit = Hit::at(path.at.clone()).word("path", &path.text).word("old", old.trim_end_matches('/'));
            let fix = Fix::replace(format!("write {new}"), Safety::Safe, &path.at, new.clone());
            out.push(hit.word("new", new).fix(fix));
        }
    }
    out
}
