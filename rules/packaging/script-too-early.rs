//! Scripts that read files of their package before these are there.

use crate::rule::maintainer::scripts;
use crate::rule::shipped::{SYSUSERS, TMPFILES};
use crate::rule::{Hit, Shipped};

const EARLY: [&str; 4] = ["preinst", "pre", "pretrans", "triggerprein"];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    for (script, calls) in scripts(shipped).filter(|(s, _)| EARLY.contains(&&*s.name)) {
        for call in calls {
            let dirs = match call.program() {
                "systemd-tmpfiles" => &TMPFILES,
                "systemd-sysusers" => &SYSUSERS,
                _ => continue,
            };
            // what comes from standard input is there
            if call.words.iter().any(|w| w.text == "-" || w.text.starts_with("--replace")) {
                continue;
            }
            let shipped_there = shipped.list_all(dirs);
            let named = |text: &str| shipped_there.iter().any(|e| e.name == text || e.path == text);
            let found = call.operands().find(|w| named(w.text));
            let all = call.operands().next().is_none() && !shipped_there.is_empty();
            let Some(word) = found.or_else(|| all.then(|| call.words[0])) else { continue };
            let hit = Hit::at(word.place(&script.source)).word("program", call.program()).word("script", &script.name);
            let later = if script.name == "preinst" { "postinst" } else { "%post" };
            out.push(hit.help(format!("call it in {later}")));
        }
    }
    out
}
