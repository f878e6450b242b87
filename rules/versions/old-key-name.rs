//! Keys that systemd reads silently under an old name or in an old section. What it warns of is found by other rules.

use crate::rule::{Fix, Hit, Safety, edit};
use crate::unit::{Entry, KeySet, Unit};
use crate::vocab::{Key, KeyId, Section, Status, key, lookup, lookup_anywhere};
use std::sync::LazyLock;

/// Those of which the loader says something itself.
const TOLD: [KeyId; 3] = [key::REQUIRES_OVERRIDABLE, key::REQUISITE_OVERRIDABLE, key::ON_FAILURE_ISOLATE];

/// The oldest release that anybody still runs; what is older need not be told.
const OLDEST: u16 = 239;

/// The keys of which anything can be said.
static OLD: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::matching(|key| is_old(key) || key.placements().iter().any(|p| p.legacy)));

fn is_old(key: &Key) -> bool {
    matches!(key.status, Status::Alias | Status::Discouraged | Status::Deprecated | Status::Obsolete)
}

pub(crate) fn check(unit: &Unit) -> Vec<Hit> {
    let mut hits = Vec::new();
    if !unit.sets_any(&OLD) {
        return hits;
    }
    for setting in unit.settings() {
        let key = setting.key.key();
        let old = is_old(key) && unit.target.systemd >= key.status_since && !TOLD.contains(&setting.key);
        for assignment in &setting.assignments {
            let moved = key.placement(assignment.section).is_some_and(|p| p.legacy);
            if old || moved {
                hits.extend(hit(unit, key, setting.key, moved, &unit.entry(assignment)));
            }
        }
    }
    hits
}

/// The key to use instead, where there is one: the first word of what the vocabulary says.
fn successor(key: &Key) -> Option<&'static Key> {
    lookup_anywhere(key.replacement().split(' ').next()?).map(KeyId::key)
}

fn hit(unit: &Unit, key: &Key, id: KeyId, moved: bool, entry: &Entry<'_>) -> Option<Hit> {
    let hit = Hit::at(entry.key_loc()).word("key", key.name());
    let section = if moved { Section::Unit } else { entry.assignment.section };
    let new = if key.replacement().is_empty() { Some(key) } else { successor(key) };
    let Some(new) = new else {
        return Some(
            hit.state("prefix").help("put + before the commands that need root: ExecStartPre=+/usr/bin/prepare"),
        );
    };
    let introduced = new.placement(section)?.introduced;
    if introduced > unit.target.systemd {
        return None;
    }
    let state = match (moved, new.name() == key.name()) {
        (true, true) => "moved",
        (true, false) => "both",
        (false, _) => "renamed",
    };
    let mut hit = hit.state(state).word("new", new.name()).word("since", introduced.to_string());
    if introduced > OLDEST {
        hit = hit.help(format!("releases before {introduced} know only the old one"));
    }
    Some(hit.fix(match moved {
        true => move_line(unit, id, new, section, entry)?,
        // one parser reads both, and the place stays
        false => Fix::replace(
            format!("write {}= instead of {}=", new.name(), key.name()),
            Safety::Safe,
            &entry.key_loc(),
            new.name(),
        ),
    }))
}

/// The assignment as the last one of the section. Where it is the only one of its sort, its place in the order is of no
/// account.
fn move_line(unit: &Unit, id: KeyId, new: &Key, section: Section, entry: &Entry<'_>) -> Option<Fix> {
    let (assignment, lines) = (entry.assignment, entry.lines());
    let text = lines.source.text(lines.span);
    let (from, to) =
        ((assignment.key.start - lines.span.start) as usize, (assignment.key.end - lines.span.start) as usize);
    let line = edit::closed(&format!("{}{}", new.name(), text.get(to..)?));
    let count = |id: KeyId| unit.setting(id).map_or(0, |s| s.assignments.len());
    let others = lookup(section, new.name()).filter(|n| *n != id).map_or(0, count);
    let plain = text.get(..from)?.trim().is_empty() && !edit::is_commented(unit, assignment);
    let safety = if count(id) == 1 && others == 0 && plain { Safety::Safe } else { Safety::Unsafe };
    let (there, insert) = edit::last_of(unit, assignment.file, section, &line)?;
    let title = format!("move it to [{}] as {}=", section.word(), new.name());
    Some(Fix::replace(title, safety, &lines, "").and(&there, insert))
}
