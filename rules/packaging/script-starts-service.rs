//! Scripts of packages that start, stop or enable services past those whose part that is.

use crate::rule::maintainer::{Call, scripts};
use crate::rule::shipped::Format;
use crate::rule::{Hit, Level, Shipped};

const ACTIONS: [&str; 7] = ["start", "stop", "restart", "reload", "force-reload", "try-restart", "condrestart"];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    if shipped.format == Format::Other {
        return out;
    }
    let is_deb = shipped.format == Format::Deb;
    for (script, calls) in scripts(shipped) {
        let asks =
            ["$1", "{1"].iter().any(|word| memchr::memmem::find(&script.source.bytes, word.as_bytes()).is_some());
        // a script that knows invoke-rc.d calls the other one only where that is not there
        let knows = memchr::memmem::find(&script.source.bytes, b"invoke-rc.d").is_some();
        for call in &calls {
            let said = judge(call, is_deb, &script.name, asks).filter(|(state, _)| !(knows && *state == "script"));
            let Some((state, n)) = said else { continue };
            let Some(word) = call.words.get(n) else { continue };
            let hit = Hit::at(word.place(&script.source)).state(state).word("call", call.spoken());
            let hit = hit.word("script", &script.name);
            out.push(match state {
                "enable" if is_deb => hit.help("call deb-systemd-helper enable, as dh_installsystemd writes it"),
                "enable" => hit.help("call systemctl --no-reload preset, or the macro %systemd_post"),
                "upgrade" => {
                    hit.help("ask for an uninstallation first: [ $1 -eq 0 ], as the macro %systemd_preun does")
                }
                _ if is_deb => {
                    hit.help("call deb-systemd-invoke, or invoke-rc.d where there is a script in /etc/init.d")
                }
                _ => hit.help("call systemctl"),
            });
        }
    }
    out.into_iter().map(|h| if h.state == "start" { h.at_most(Level::Note) } else { h }).collect()
}

/// What is wrong with a command, and at which of its words.
fn judge(call: &Call<'_>, is_deb: bool, script: &str, asks: bool) -> Option<(&'static str, usize)> {
    let second = call.operands().nth(1).map_or("", |w| w.text);
    let first = call.operands().next().map_or("", |w| w.text);
    match call.program() {
        "service" if ACTIONS.contains(&second) => Some(("service", 0)),
        _ if call.words[0].text.starts_with("/etc/init.d/") && ACTIONS.contains(&first) => Some(("script", 0)),
        "systemctl" if call.has("--user") || call.has("--global") => None,
        "systemctl" if call.words.iter().any(|w| w.text.starts_with("--root") || w.text.contains("DPKG_ROOT")) => None,
        "systemctl" => {
            let at = call.words.iter().position(|w| w.text == first)?;
            let named = !second.is_empty();
            match first {
                "enable" | "reenable" if named => Some(("enable", at)),
                "disable" | "stop" if !is_deb && script == "preun" && !asks => Some(("upgrade", at)),
                "start" | "restart" | "reload-or-restart" if is_deb && named => Some(("start", at)),
                _ => None,
            }
        }
        _ => None,
    }
}
