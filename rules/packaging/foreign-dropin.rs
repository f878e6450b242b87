//! Drop-ins for units that the package has nothing to do with.

use crate::load::dropin_owner;
use crate::rule::{Hit, Shipped};
use crate::vocab::is_well_known;
use crate::vocab::name::UnitName;

pub(crate) fn check(shipped: &Shipped<'_>) -> Vec<Hit> {
    let mut out = Vec::new();
    if shipped.is_whole {
        return out;
    }
    for unit in shipped.units.iter().filter(|u| u.lone) {
        let Some(file) = unit.files.first() else { continue };
        let directory = file.source.path.parent().and_then(|d| d.file_name()).and_then(|n| n.to_str());
        // those of a type, or of all whose names begin so, are for whoever is there
        let Some(name) = directory.and_then(dropin_owner).and_then(UnitName::parse) else { continue };
        if name.stem().ends_with('-') || is_well_known(name.as_str(), unit.scope, unit.target.model) {
            continue;
        }
        let first = |text: &str| text.split(['-', '_', '.', '@', '+']).next().unwrap_or_default().to_owned();
        let (stem, own) = (first(name.stem()), first(shipped.name));
        let near = |d: &String| d.contains(name.prefix()) || name.prefix().contains(first(d).as_str());
        if shipped.depends.iter().any(near) || stem == own {
            continue;
        }
        let hit = Hit::whole(&file.source.path).word("unit", name.as_str());
        out.push(hit.help("depend on the package that has the unit, recommend it, or leave the drop-in to it"));
    }
    out
}
