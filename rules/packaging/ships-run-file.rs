//! Files that a package ships below /run, which is empty after every boot; and what tmpfiles.d makes and rpm does not know.

use crate::rule::shipped::Format;
use crate::rule::tmpfiles::items;
use crate::rule::{Hit, Level, Shipped};
use std::path::Path;

const VOLATILE: [&str; 3] = ["/run", "/var/run", "/var/lock"];

/// Types of lines that make something.
const MAKES: &str = "fFdDpLcb";

/// Nobody has to hear more of one package.
const MANY: usize = 8;

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    // a running system has them all
    if shipped.is_whole {
        return out;
    }
    for top in VOLATILE {
        let found = shipped.list(top).into_iter().filter(|e| !is_ghost(shipped, &e.path));
        let told = |e: crate::rule::shipped::Entry| {
            let hit = shipped.hit(&e.path).state("shipped").word("path", &e.path);
            hit.help("make it with a line of tmpfiles.d, or with RuntimeDirectory= of the service")
        };
        out.extend(found.take(MANY).map(told));
    }
    if shipped.format == Format::Rpm {
        let volatile = |path: &str| VOLATILE.iter().any(|top| Path::new(path).starts_with(top));
        let made = items(shipped).into_iter().filter(|i| MAKES.contains(i.letter()) && volatile(i.plain_path()));
        for item in made.filter(|i| !is_ghost(shipped, i.plain_path()) && !shipped.has(i.plain_path())) {
            let hit = Hit::at(item.path.at.clone()).state("ghost").at_most(Level::Note).word("path", item.plain_path());
            out.push(hit.help(format!("list it in %files: %ghost {}", item.plain_path())));
        }
    }
    out
}

fn is_ghost(shipped: &Shipped<'_>, path: &str) -> bool {
    shipped.ghosts.iter().any(|g| g == Path::new(path))
}
