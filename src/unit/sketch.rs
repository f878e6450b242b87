//! Units with a few lines more, for who asks what they would come to: not read anew, and no more of them than is asked for.

use super::read::{assign, is_known};
use super::{From, KeySet, State, Unit};
use crate::target::Target;
use crate::text::Names;
use crate::vocab::value::{Outcome, Value};
use crate::vocab::{self, KeyId, Scope, UnitKind};

/// Lines that are tried on many units, with what each comes to where its key is not set.
#[derive(Debug, Default)]
pub struct Drafts {
    /// for what units they are
    of: Option<(UnitKind, Scope, Target)>,
    places: Names<usize>,
    /// `None` for a line that no such unit takes
    known: Vec<Option<Draft>>,
}

#[derive(Clone, Debug)]
struct Draft {
    key: KeyId,
    value: Value,
    outcome: Outcome,
}

impl Drafts {
    /// What a line comes to; `None` where the unit does not take it.
    fn of(&mut self, unit: &Unit, line: &str) -> Option<&Draft> {
        let of = Some((unit.kind(), unit.scope, unit.target));
        if self.of != of {
            *self = Self { of, ..Self::default() };
        }
        let at = self.places.get(line).unwrap_or_else(|| {
            let at = self.known.len();
            self.known.push(Self::read(unit, line));
            self.places.put(line, at);
            at
        });
        self.known[at].as_ref()
    }

    fn read(unit: &Unit, line: &str) -> Option<Draft> {
        let (section, (name, text)) = (unit.kind().section(), line.split_once('=')?);
        let key = vocab::lookup(section, name).filter(|id| is_known(*id, section, unit.target))?;
        let mut value = Value::Unset;
        let outcome =
            assign(key, &mut value, text, unit.target, &unit.value_setting(unit.target.model), &mut Vec::new());
        Some(Draft { key, value, outcome })
    }
}

impl Unit {
    /// What these keys would come to with lines of the type's own section behind all others, for who asks for values
    /// alone: the lines have no places, and whether the manager would take the unit is not asked. The lines must say the
    /// same in all units: nothing in them is expanded.
    #[must_use]
    pub fn sketch<L: AsRef<str>>(&self, keys: &KeySet, lines: &[L], drafts: &mut Drafts) -> Self {
        let replaced = self.replaced.iter().filter(|r| keys.has(r.parts().0)).cloned().collect();
        let mut unit = self.copy(self.files.clone(), self.settings.only(keys), replaced);
        for line in lines.iter().map(AsRef::as_ref) {
            let Some(draft) = drafts.of(self, line) else { continue };
            let setting = unit.settings.get_or_insert(draft.key);
            let outcome = if setting.value == Value::Unset {
                setting.value.clone_from(&draft.value);
                draft.outcome
            } else {
                let text = line.split_once('=').map_or("", |(_, text)| text);
                let at = self.value_setting(self.target.model);
                assign(draft.key, &mut setting.value, text, self.target, &at, &mut Vec::new())
            };
            if matches!(outcome, Outcome::Set | Outcome::Reset) {
                setting.from = From::Assigned(setting.assignments.len() as u32);
            }
        }
        if unit.state == State::Loaded {
            unit.imply();
        }
        unit
    }
}
