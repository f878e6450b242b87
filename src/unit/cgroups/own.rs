//! What a unit says of its own group, and where.

use super::{KEYS, Own, effective};
use crate::unit::{From, Unit};
use crate::vocab::size::Limit;
use crate::vocab::value::{Outcome, Value};
use crate::vocab::{KeyId, key};

/// Whether a unit says anything of its group.
pub(super) fn says_something(unit: &Unit) -> bool {
    KEYS.iter().chain([&key::SLICE]).any(|key| unit.setting(*key).is_some())
}

/// What a unit says of its group.
pub(super) fn own(unit: &Unit) -> Vec<Own> {
    KEYS.iter().filter_map(|key| said(unit, *key)).collect()
}

fn said(unit: &Unit, id: KeyId) -> Option<Own> {
    let setting = unit.setting(id)?;
    let From::Assigned(last) = setting.from else { return None };
    let assignment = setting.assignments.get(last as usize)?;
    let value = match &setting.value {
        // the empty value is a promise of nothing, and no default of a slice changes that
        Value::Unset if effective::default_of(id).is_some() && assignment.outcome == Outcome::Reset => {
            Value::Limit(Limit::Absolute(0))
        }
        Value::Unset => return None,
        value => value.clone(),
    };
    let entry = unit.entry(assignment);
    let text = entry.text().split_whitespace().collect::<Vec<_>>().join(" ");
    Some(Own { key: id, value, text: text.into(), at: entry.loc() })
}
