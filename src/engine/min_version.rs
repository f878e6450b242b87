//! The oldest systemd that takes all of a unit, and what keeps it from being older.

use crate::text::Loc;
use crate::unit::{State, Unit};
use crate::vocab::value::{self, Outcome, Value};
use crate::vocab::{MODELS, Model};

/// Something that an older systemd does not take.
#[derive(Clone, Debug)]
pub struct Need {
    /// the release that brought it
    pub since: u16,
    /// it may have come earlier: it is only known that the recorded release before does not take it
    pub at_the_latest: bool,
    /// `KEY=` or `KEY=VALUE`
    pub what: String,
    /// where it stands
    pub at: Loc,
}

/// What a unit needs, the newest first; nothing where every systemd that is known takes it.
pub fn needs(unit: &Unit) -> Vec<Need> {
    let mut needs = Vec::new();
    // what is switched off needs nothing, whatever its drop-ins say
    if unit.state == State::Masked {
        return needs;
    }
    for (id, entry) in unit.all_entries() {
        let placement = id.key().placement(entry.assignment.section);
        let introduced = placement.map_or(0, |p| p.introduced);
        if introduced > 0 {
            needs.push(Need {
                since: introduced,
                at_the_latest: false,
                what: format!("{}=", id.name()),
                at: entry.key_loc(),
            });
        }
        let takes = |model: u16| {
            let mut faults = Vec::new();
            let setting = unit.value_setting(Model::nearest(model));
            let outcome = value::assign(id, &mut Value::Unset, entry.text(), &setting, &mut faults);
            faults.is_empty() && matches!(outcome, Outcome::Set | Outcome::Reset)
        };
        let known = id.key().word_since(entry.text());
        let (since, at_the_latest) = match known {
            Some(since) => (since, false),
            // what no release takes is wrong, not new
            None if !takes(unit.target.model.number()) => continue,
            None => {
                let older = MODELS.iter().rev().skip_while(|m| **m > unit.target.model.number());
                match older.take_while(|m| takes(**m)).last() {
                    Some(first) if *first > MODELS[0] => (*first, true),
                    _ => continue,
                }
            }
        };
        if since > introduced {
            let text = entry.text();
            let short = text.char_indices().nth(60).map_or(text, |(end, _)| &text[..end]);
            let what = format!("{}={short}", id.name());
            needs.push(Need { since, at_the_latest, what, at: entry.value_loc() });
        }
    }
    needs.sort_by_key(|n| (std::cmp::Reverse(n.since), n.at.span));
    needs
}
