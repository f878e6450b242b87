//! Scripts in /etc/init.d: without a unit, beside a unit where only units are wanted, or in the way of one.

use crate::rule::shipped::{Format, lines};
use crate::rule::{Hit, Level, Shipped};
use crate::tree::NodeKind;
use crate::vocab::{Model, Scope, is_well_known};

const DIRECTORIES: [&str; 2] = ["/etc/init.d", "/etc/rc.d/init.d"];

/// What is no script of a service.
const OTHERS: [&str; 7] = ["README", "skeleton", "rc", "rcS", "functions", "halt", "single"];

/// Services whose part systemd and its generators do.
const DONE: [&str; 21] = [
    "bootlogd",
    "bootlogs",
    "bootmisc",
    "checkfs",
    "checkroot",
    "checkroot-bootclean",
    "cryptdisks",
    "cryptdisks-early",
    "fuse",
    "hostname",
    "hwclock",
    "kmod",
    "killprocs",
    "motd",
    "mountall",
    "mountdevsubfs",
    "mountkernfs",
    "mountnfs",
    "procps",
    "rc.local",
    "urandom",
];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    if shipped.depends.iter().any(|d| d == "insserv") && shipped.format == Format::Rpm {
        let hit = Hit::whole(shipped.root).state("insserv");
        out.push(hit.help("take the requirement out").at_most(Level::Note));
    }
    for entry in shipped.list_all(&DIRECTORIES) {
        let name = entry.name.strip_suffix(".sh").unwrap_or(&entry.name);
        if entry.kind == NodeKind::Directory || OTHERS.contains(&name) || name.starts_with('.') {
            continue;
        }
        let hit = shipped.hit(&entry.path).word("name", name).word("path", &entry.path);
        let leads = shipped.stat(&entry.path).is_some_and(|s| s.kind == NodeKind::File);
        if entry.kind != NodeKind::File && !leads {
            out.push(hit.state("kind").help("ship a script, or leave it out"));
            continue;
        }
        if DONE.contains(&name) || is_well_known(&format!("{name}.service"), Scope::System, Model::LATEST) {
            continue;
        }
        let named =
            |n: &str| n.strip_suffix(".service").is_some_and(|s| s == name || s.strip_suffix('@') == Some(name));
        let mut units = shipped.units.iter().filter(|u| u.scope == Scope::System);
        if !units.any(|u| named(u.name.as_str()) || u.aliases.iter().any(|a| named(a))) && !installs(shipped, named) {
            out.push(hit.state("alone").help(format!("ship a {name}.service that does the same")));
        } else if shipped.format == Format::Rpm {
            out.push(hit.state("shadowed").help("leave the script out").at_most(Level::Note));
        } else if !sources(shipped, &entry.path) {
            out.push(
                hit.state("bypass").help("let it read /lib/lsb/init-functions at its beginning").at_most(Level::Note),
            );
        }
    }
    out
}

/// Whether a unit has the name once it is enabled.
fn installs(shipped: &Shipped<'_>, named: impl Fn(&str) -> bool) -> bool {
    shipped.units.iter().any(|u| u.has_word(crate::vocab::key::ALIAS, &named))
}

/// Whether it reads the functions that hand the call over to systemd.
fn sources(shipped: &Shipped<'_>, path: &str) -> bool {
    let Some(source) = shipped.text(path) else { return true };
    let interpreted = memchr::memmem::find(&source.bytes[..source.bytes.len().min(80)], b"init-d-script").is_some();
    let own = |text: &str| {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let read = |at: usize, w: &&str| {
            w.contains("init-functions") && at > 0 && matches!(words[at - 1], "." | "source")
                || w.contains("init-d-script")
        };
        words.iter().enumerate().any(|(at, w)| read(at, w))
    };
    interpreted || lines(&source).any(|(_, text)| own(&text))
}
