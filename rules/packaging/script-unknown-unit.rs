//! Units that a script of the package enables and that the package does not ship.

use crate::rule::maintainer::{Call, Word, scripts};
use crate::rule::shipped::{Format, UNITS};
use crate::rule::{Hit, Shipped};
use crate::suggest::Slips;
use crate::vocab::name::UnitName;
use crate::vocab::{Model, Scope, is_well_known};
use std::collections::BTreeSet;

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    if shipped.format == Format::Other || shipped.scripts.is_empty() {
        return out;
    }
    let mut names: Option<BTreeSet<String>> = None;
    for (script, calls) in scripts(shipped) {
        for word in calls.iter().flat_map(enabled) {
            let name = if word.text.contains('.') { word.text.to_owned() } else { format!("{}.service", word.text) };
            let Some(name) = UnitName::parse(&name).filter(|_| !word.text.contains(['$', '*', '`'])) else { continue };
            let names = names.get_or_insert_with(|| all(shipped));
            let template = name.template().map(|t| t.to_string());
            let has = |n: &str| names.contains(n) || is_well_known(n, Scope::System, Model::LATEST);
            if has(name.as_str()) || template.as_deref().is_some_and(has) {
                continue;
            }
            let hit = Hit::at(word.place(&script.source)).word("unit", name.as_str()).word("script", &script.name);
            let stems = names.iter().filter_map(|n| n.strip_suffix(name.suffix())?.strip_suffix('.'));
            out.push(match Slips::among(stems).of(name.stem()).filter(|_| name.stem().len() > 3) {
                Some(near) => hit.help(format!("did you mean {near}.{}?", name.suffix())),
                None => hit.help("ship the unit, or take it out of the script"),
            });
        }
    }
    out
}

/// The units that a command enables.
fn enabled<'t>(call: &Call<'t>) -> Vec<Word<'t>> {
    let verb = call.operands().next().map_or("", |w| w.text);
    let wanted = match call.program() {
        "deb-systemd-helper" => matches!(verb, "enable" | "update-state"),
        "systemctl" => verb == "preset",
        "systemd-update-helper" => matches!(verb, "install-system-units" | "install-user-units"),
        _ => false,
    };
    if wanted { call.operands().skip(1).collect() } else { Vec::new() }
}

/// All names of units that the package brings.
fn all(shipped: &Shipped<'_>) -> BTreeSet<String> {
    let alias = crate::vocab::key::ALIAS;
    let aliases = shipped.units.iter().flat_map(|u| u.counted(alias).map(|e| e.text().to_owned()).collect::<Vec<_>>());
    let aliases: Vec<String> = aliases.collect();
    let words = aliases.iter().flat_map(|a| a.split_ascii_whitespace()).map(str::to_owned);
    let files = shipped.list_all(&UNITS).into_iter().map(|e| e.name);
    let scripts = shipped.list("/etc/init.d").into_iter().map(|e| format!("{}.service", e.name));
    files.chain(words).chain(scripts).collect()
}
