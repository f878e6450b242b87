//! Lines of tmpfiles.d that make something which everybody may change.

use crate::rule::tmpfiles::{Item, items};
use crate::rule::{Hit, Shipped};

const WRITE: u32 = 0o002;
const STICKY: u32 = 0o1000;
const SETUID: u32 = 0o4000;
const EXECUTE: u32 = 0o111;

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    items(shipped).iter().filter_map(judge).collect()
}

fn judge(item: &Item) -> Option<Hit> {
    let field = item.mode()?;
    // what begins with ~ is masked by what is there
    let mode = u32::from_str_radix(field.text.trim_start_matches(':'), 8).ok()?;
    let hit = || Hit::at(field.at.clone()).word("path", &item.path.text).word("mode", &field.text);
    let is_directory = matches!(item.letter(), 'd' | 'D' | 'e' | 'v' | 'q' | 'Q');
    let is_file = matches!(item.letter(), 'f' | 'F' | 'C' | 'z' | 'Z');
    if is_file && mode & SETUID != 0 && mode & EXECUTE != 0 {
        return Some(hit().state("setuid").help("ship the file with its mode in the package"));
    }
    if mode & WRITE == 0 || item.path.text.starts_with("/dev/") {
        return None;
    }
    if is_directory && mode & STICKY == 0 {
        return Some(hit().state("directory").help("write 1777, or 0770 with a group for those who need it"));
    }
    is_file.then(|| hit().state("file").help("take the right to write from the others, and use a group"))
}
