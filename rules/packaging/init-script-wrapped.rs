//! Units that do nothing but call a script in /etc/init.d.

use crate::rule::{Hit, Shipped};

const DIRECTORIES: [&str; 2] = ["/etc/init.d/", "/etc/rc.d/init.d/"];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    for unit in shipped.units {
        for (id, entry) in unit.all_entries().filter(|(id, _)| id.name().starts_with("Exec")) {
            let text = entry.text();
            let begins = |at: usize| at == 0 || text[..at].ends_with([' ', '-', '@', '+', '!', ':', '"', '\'']);
            let found = DIRECTORIES.iter().find_map(|d| text.find(d).filter(|at| begins(*at)));
            let Some(at) = found else { continue };
            let path = text[at..].split([' ', '"', '\'', ';']).next().unwrap_or_default();
            let hit = Hit::at(entry.part(at..at + path.len())).word("key", id.name()).word("path", path);
            out.push(hit.help("start the program itself, and let the unit do what the script does around it"));
        }
    }
    out
}
