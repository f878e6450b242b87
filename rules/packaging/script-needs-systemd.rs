//! Scripts of packages that fail where systemd does not run.

use crate::rule::maintainer::{Call, scripts, text};
use crate::rule::shipped::{Format, Script};
use crate::rule::{Hit, Shipped};

/// What works without a manager.
const OFFLINE: [&str; 8] =
    ["disable", "enable", "get-default", "is-enabled", "mask", "preset", "set-default", "unmask"];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    // rpm goes on when a script fails
    if shipped.format != Format::Deb {
        return out;
    }
    for (script, calls) in scripts(shipped) {
        if !ends_with_failures(script) {
            continue;
        }
        for call in calls.iter().filter(|c| !c.guarded && !c.handled && needs(c)) {
            let word = call.words[0];
            let hit = Hit::at(word.place(&script.source)).word("call", call.spoken()).word("script", &script.name);
            out.push(hit.help("put it into: if [ -d /run/systemd/system ]; then … fi"));
        }
    }
    out
}

fn needs(call: &Call<'_>) -> bool {
    let offline = |w: &str| w.starts_with("--root") || w.starts_with("--version") || w.starts_with("--help");
    match call.program() {
        "systemctl" => {
            let verb = call.operands().next().map_or("", |w| w.text);
            !verb.is_empty()
                && !verb.contains('$')
                && !OFFLINE.contains(&verb)
                && !call.words.iter().any(|w| offline(w.text) || w.text.contains("DPKG_ROOT"))
        }
        "loginctl" | "busctl" | "networkctl" | "resolvectl" => true,
        _ => false,
    }
}

/// Whether the first command that fails ends the script.
fn ends_with_failures(script: &Script) -> bool {
    let text = text(script).unwrap_or_default();
    let words = |line: &str| line.split([' ', ';', '\t']).map(str::to_owned).collect::<Vec<_>>();
    let sets = |line: &str| {
        let words = words(line.trim());
        let letters = |w: &String| w.starts_with('-') && !w.starts_with("--") && w.contains('e');
        words[0] == "set" && words[1..].iter().any(letters)
    };
    let shebang = text.lines().next().filter(|l| l.starts_with("#!"));
    shebang.is_some_and(|l| words(l).iter().any(|w| w.starts_with('-') && w.contains('e'))) || text.lines().any(sets)
}
