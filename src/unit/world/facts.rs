//! What rules about several units ask of one of them, besides whom it names. Small: a world holds thousands.

use crate::text::Loc;
use crate::unit::Unit;
use crate::vocab::value::Value;
use crate::vocab::{KeyId, Section, UnitKind, key};

/// What a unit is to others.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// `BusName=`, and where it is said
    pub bus_name: Option<BusName>,
    /// `RemainAfterExit=yes`: it is active until somebody stops it
    pub stays: Option<Loc>,
    /// `Type=oneshot`, and not active when it is done
    pub is_brief: bool,
    /// it can be enabled
    pub is_installable: bool,
    /// something besides its processes ends it
    pub is_ended: bool,
    /// what starts another unit again and again
    pub repeats: Option<Loc>,
    /// `RefuseManualStart=yes`
    pub refuses_start: Option<Loc>,
}

/// A name on the message bus.
#[derive(Clone, Debug)]
pub struct BusName {
    /// the name
    pub name: Box<str>,
    /// where it is said
    pub at: Loc,
    /// `Type=dbus`: the unit counts as started when it has the name
    pub is_awaited: bool,
    /// the programs of `ExecStart=`
    pub programs: Vec<Box<str>>,
}

impl Facts {
    pub(super) fn of(unit: &Unit) -> Self {
        let place = |id: KeyId| unit.decisive(id).map(|a| unit.loc(a.file, a.whole()));
        let when_on = |id: KeyId| if unit.is_on(id) { place(id) } else { None };
        let again: &[KeyId] = match unit.kind() {
            UnitKind::Timer => &[key::ON_CALENDAR, key::ON_UNIT_ACTIVE_SEC, key::ON_UNIT_INACTIVE_SEC],
            UnitKind::Path => &[key::PATH_CHANGED, key::PATH_MODIFIED],
            _ => &[],
        };
        let repeats = |id: &&KeyId| !unit.value(**id).is_empty() && (**id != key::ON_CALENDAR || comes_again(unit));
        Self {
            bus_name: bus_name(unit),
            stays: when_on(key::REMAIN_AFTER_EXIT),
            is_brief: unit.word(key::TYPE_SERVICE) == "oneshot" && !unit.is_on(key::REMAIN_AFTER_EXIT),
            is_installable: unit.header(Section::Install).is_some(),
            is_ended: unit.is_on(key::STOP_WHEN_UNNEEDED)
                || [key::PART_OF, key::BINDS_TO, key::STOP_PROPAGATED_FROM]
                    .iter()
                    .any(|id| !unit.value(*id).is_empty()),
            repeats: again.iter().find(repeats).and_then(|id| place(*id)),
            refuses_start: when_on(key::REFUSE_MANUAL_START),
        }
    }
}

fn bus_name(unit: &Unit) -> Option<BusName> {
    let name = unit.value(key::BUS_NAME).text().filter(|_| !unit.name.is_template() && !unit.name.is_instance())?;
    let at = unit.entry(unit.decisive(key::BUS_NAME)?).value_loc();
    let programs = match unit.value(key::EXEC_START) {
        Value::Commands(all) => all.iter().map(|c| c.program.as_str().into()).collect(),
        _ => Vec::new(),
    };
    Some(BusName { name: name.into(), at, is_awaited: unit.word(key::TYPE_SERVICE) == "dbus", programs })
}

/// Whether a time of `OnCalendar=` comes more than once: it is not a day of one year.
fn comes_again(unit: &Unit) -> bool {
    let Value::List(times) = unit.value(key::ON_CALENDAR) else { return true };
    let once = |time: &str| {
        let day = time.split([' ', 'T']).find(|w| w.contains('-')).unwrap_or_default();
        day.len() >= 8 && day.bytes().all(|b| b.is_ascii_digit() || b == b'-') && !time.contains(['*', '/', ',', '.'])
    };
    !times.iter().all(|t| once(t))
}
