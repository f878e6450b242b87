//! Scripts that divert files of systemd and its kin, or make alternatives of them.

use crate::rule::maintainer::{Call, Word, scripts};
use crate::rule::{Hit, Shipped};

/// What is read by name, in directories of which several are laid over one another.
const READ: [&str; 7] = [
    "/systemd/system/",
    "/systemd/user/",
    "/systemd/system-generators/",
    "/udev/rules.d/",
    "/tmpfiles.d/",
    "/sysusers.d/",
    "/systemd/network/",
];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    for (script, calls) in scripts(shipped) {
        for (state, word) in calls.iter().filter_map(diverted) {
            let hit = Hit::at(word.place(&script.source)).state(state).word("path", word.text);
            out.push(
                hit.help("ship a drop-in, a mask or a file of the same name in /etc instead, or ask the other package"),
            );
        }
    }
    out
}

fn diverted<'t>(call: &Call<'t>) -> Option<(&'static str, Word<'t>)> {
    let state = match call.program() {
        "dpkg-divert" => "divert",
        "update-alternatives" | "alternatives" if call.has("--install") => "alternative",
        _ => return None,
    };
    // .usr-is-merged keeps a file safe while its package moves it to /usr
    let ends = ["--remove", "--list", "--listpackage", "--truename"].iter().any(|o| call.has(o));
    if ends || call.words.iter().any(|w| w.text.ends_with(".usr-is-merged")) {
        return None;
    }
    let is_read = |text: &str| text.starts_with('/') && READ.iter().any(|dir| text.contains(dir));
    call.operands().find(|w| is_read(w.text)).map(|word| (state, word))
}
