//! Activation files of the message bus that are not called as the name they are for.

use crate::load::Activation;
use crate::rule::shipped::ACTIVATION;
use crate::rule::{Hit, Level, Shipped};

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    for dir in ACTIVATION {
        for entry in shipped.list(dir) {
            let Some(stem) = entry.name.strip_suffix(".service") else { continue };
            let read = Activation::read(shipped.tree, shipped.root, shipped.inside(&entry.path));
            let Some(found) = read.filter(|a| *a.name != *stem) else { continue };
            let system = dir.ends_with("system-services");
            let hit = Hit::at(found.place("Name"))
                .state(if system { "" } else { "session" })
                .word("file", &entry.name)
                .word("name", &*found.name)
                .help(format!("call the file {}.service", found.name));
            out.push(if system { hit } else { hit.at_most(Level::Note) });
        }
    }
    out
}
