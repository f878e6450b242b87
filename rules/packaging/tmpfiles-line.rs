//! Lines of tmpfiles.d that systemd-tmpfiles refuses.

use crate::rule::tmpfiles::{Item, items};
use crate::rule::{Hit, Shipped};

/// The types of systemd 257 and what came later.
const TYPES: &str = "fFwdDevqQpLcbCxXrRzZtThHaAkK";
const MODIFIERS: &str = "+!-=~^$?";

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    items(shipped).iter().filter_map(judge).collect()
}

fn judge(item: &Item) -> Option<Hit> {
    let mut letters = item.kind.text.chars();
    let is_type = letters.next().is_some_and(|c| TYPES.contains(c));
    if !is_type || letters.any(|c| !MODIFIERS.contains(c)) {
        let hit = Hit::at(item.kind.at.clone()).state("type").word("type", &item.kind.text);
        return Some(hit.help("tmpfiles.d(5) has the types; d makes a directory, f a file, L a link"));
    }
    let path = &item.path;
    if !path.text.starts_with(['/', '%']) {
        return Some(Hit::at(path.at.clone()).state("path").word("path", &path.text).help("write the whole path"));
    }
    let mode = item.mode()?;
    let digits = mode.text.trim_start_matches(['~', ':']);
    let is_octal = u32::from_str_radix(digits, 8).is_ok_and(|m| m <= 0o7777);
    if is_octal {
        return None;
    }
    let hit = Hit::at(mode.at.clone()).state("mode").word("mode", &mode.text);
    Some(hit.help("write the permission bits in octal, as 0755, or - for the usual ones"))
}
