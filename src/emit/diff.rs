//! Changed files as a unified diff.

use super::style::{Look, Paint, clean, path};
use crate::fix::Change;
use similar::TextDiff;
use std::fmt::Write as _;

/// What would change, for people and for `patch`. A diff that goes to a file keeps every byte that is text.
pub fn unified(changes: &[Change], paint: Paint) -> String {
    let mut out = String::new();
    for change in changes {
        let (before, after) = (String::from_utf8_lossy(&change.before), String::from_utf8_lossy(&change.after));
        let diff = TextDiff::from_lines(&*before, &*after);
        let (old, new) = (format!("a/{}", relative(&change.shown)), format!("b/{}", relative(&change.shown)));
        for line in diff.unified_diff().context_radius(3).header(&old, &new).to_string().lines() {
            let look = match line.as_bytes().first() {
                _ if line.starts_with("---") || line.starts_with("+++") => Look::Strong,
                Some(b'+') => Look::Good,
                Some(b'-') => Look::Bad,
                Some(b'@') => Look::Path,
                _ => {
                    let _ = writeln!(out, "{}", clean(line));
                    continue;
                }
            };
            let _ = writeln!(out, "{}", paint.the(look, clean(line)));
        }
    }
    out
}

fn relative(shown: &std::path::Path) -> String {
    let text = path(shown);
    text.trim_start_matches("./").trim_start_matches('/').to_owned()
}
