//! Directories that both a line of tmpfiles.d and a service make.

use crate::rule::tmpfiles::{Item, items};
use crate::rule::{Hit, Level, Note, Shipped};
use crate::unit::{State, Unit};
use crate::vocab::{KeyId, Scope, key};

const DIRECTORIES: [(KeyId, &str); 4] = [
    (key::RUNTIME_DIRECTORY, "/run"),
    (key::STATE_DIRECTORY, "/var/lib"),
    (key::CACHE_DIRECTORY, "/var/cache"),
    (key::LOGS_DIRECTORY, "/var/log"),
];

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let items: Vec<Item> = items(shipped).into_iter().filter(|i| matches!(i.letter(), 'd' | 'D')).collect();
    let mut out = Vec::new();
    for unit in
        shipped.units.iter().filter(|u| u.scope == Scope::System && u.state == State::Loaded && !items.is_empty())
    {
        for (id, top) in DIRECTORIES {
            for entry in unit.counted(id) {
                for word in entry.text().split_ascii_whitespace() {
                    let path = format!("{top}/{}", word.split(':').next().unwrap_or_default());
                    let Some(item) = items.iter().find(|i| i.plain_path() == path) else { continue };
                    let also = Note::on(entry.word(word), format!("{} makes it as well", unit.name));
                    out.extend(judge(unit, id, item).map(|hit| hit.word("path", &path).note(also)));
                }
            }
        }
    }
    out
}

fn judge(unit: &Unit, id: KeyId, item: &Item) -> Option<Hit> {
    let dynamic = unit.is_on(key::DYNAMIC_USER);
    let own = unit.value(key::USER).text().unwrap_or("root");
    let said = item.line.said(3).map_or("root", |f| f.text.trim_start_matches(':'));
    let at = item.line.said(3).map_or(&item.path.at, |f| &f.at).clone();
    let words =
        |hit: Hit| hit.word("key", id.name()).word("unit", unit.name.as_str()).word("user", said).word("own", own);
    if dynamic {
        let hit = Hit::at(item.path.at.clone()).state("dynamic");
        return Some(
            words(hit).help("leave the line out: with DynamicUser= the directory is a link to one in private"),
        );
    }
    if !own.contains('%') && said != own {
        return Some(words(Hit::at(at).state("owner")).help("leave the line out, or give the directory one owner"));
    }
    // the others stay, and saying it twice does no harm
    if id != key::RUNTIME_DIRECTORY || preserves(unit) {
        return None;
    }
    let hit = words(Hit::at(item.path.at.clone()).state("removed")).at_most(Level::Note);
    Some(hit.help("leave the line out; if others need the directory, write RuntimeDirectoryPreserve=yes into the unit"))
}

/// Whether the directory stays when the service stops.
fn preserves(unit: &Unit) -> bool {
    let said = unit.counted(key::RUNTIME_DIRECTORY_PRESERVE).last();
    said.is_some_and(|e| !matches!(e.text(), "no" | "false" | "off" | "0" | "n" | "f"))
}
