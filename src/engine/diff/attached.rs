//! What a profile of portable services does not reach: its assignments that a later drop-in of the unit replaces or takes
//! back, or that another setting decides.

use crate::text::Loc;
use crate::unit::{Assignment, From, Setting, Unit};
use crate::vocab::value::Outcome;
use crate::vocab::{KeyId, Repeat, Section};
use std::path::PathBuf;

/// The profile that a unit is attached with.
#[derive(Clone, Debug)]
pub struct Attached {
    /// its file for units of this type
    pub path: PathBuf,
    /// its assignments that do nothing here
    pub idle: Vec<Idle>,
}

/// An assignment without effect.
#[derive(Clone, Debug)]
pub struct Idle {
    /// which
    pub key: KeyId,
    /// where it is written
    pub section: Section,
    /// what it would set
    pub written: String,
    /// the line of it
    pub at: Loc,
    /// what counts in its stead
    pub by: Loc,
    /// the key that implies the value that counts, where it is implied
    pub implied_by: Option<KeyId>,
}

impl Attached {
    /// What becomes of a profile, which is this file of a unit.
    pub(super) fn of(unit: &Unit, file: u16) -> Self {
        let own = |s: &Setting| s.assignments.iter().any(|a| a.file == file);
        let mut idle: Vec<Idle> = unit.settings().iter().filter(|s| own(s)).flat_map(|s| lost(unit, s, file)).collect();
        idle.sort_by_key(|i| i.at.span);
        Self { path: unit.files[usize::from(file)].source.path.clone(), idle }
    }
}

/// The assignments of a file to one key that do nothing in the end.
fn lost<'u>(unit: &'u Unit, setting: &'u Setting, file: u16) -> impl Iterator<Item = Idle> + 'u {
    let own = move |(_, a): &(usize, &Assignment)| a.file == file && a.outcome == Outcome::Set;
    setting.assignments.iter().enumerate().filter(own).filter_map(move |(at, a)| {
        let (by, implied_by) = decider(unit, setting, at)?;
        // what the profile itself does is no doing of the unit
        let here = by.file == file && implied_by.is_none();
        let entry = unit.entry(a);
        let written = entry.text().split_whitespace().collect::<Vec<_>>().join(" ");
        let by = unit.loc(by.file, by.whole());
        (!here).then(|| Idle { key: setting.key, section: a.section, written, at: entry.loc(), by, implied_by })
    })
}

/// What counts instead of an assignment; `None` where that counts itself.
fn decider<'u>(unit: &'u Unit, setting: &'u Setting, at: usize) -> Option<(&'u Assignment, Option<KeyId>)> {
    match setting.from {
        From::Assigned(last) if setting.key.key().repeat == Repeat::Last && last as usize != at => {
            Some((setting.assignments.get(last as usize)?, None))
        }
        From::Implied(by) if setting.key.key().repeat == Repeat::Last => Some((unit.decisive(by)?, Some(by))),
        _ => {
            let later = setting.assignments.get(at + 1..)?;
            later.iter().rfind(|a| a.outcome == Outcome::Reset).map(|reset| (reset, None))
        }
    }
}
