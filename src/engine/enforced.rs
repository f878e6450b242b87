//! Exposure as a machine enforces it: without the directives that it skips.

use super::{Policy, Score};
use crate::host::Hosts;
use crate::load::File;
use crate::unit::{State, Unit};
use crate::verdict::{Files, Verdict, judge};
use crate::vocab::{Class, KeyId, key};

/// A unit as it is on a machine: refused if it does not start there, else without what is skipped.
pub fn on(mut unit: Unit, hosts: &Hosts, files: Files<'_>) -> Unit {
    let verdict = judge(&unit, hosts.of(unit.scope), files);
    if let (State::Loaded, Some(false)) = (&unit.state, verdict.starts) {
        let (status, why) = (verdict.status.unwrap_or_default(), verdict.why.unwrap_or_default());
        unit.state = State::Refused(format!("{} does not start it ({status}): {why}", hosts.name));
        return unit;
    }
    without_skipped(&unit, &verdict, &hosts.name).unwrap_or(unit)
}

/// What is skipped is taken back by a drop-in of this name. `None` where nothing is.
fn without_skipped(unit: &Unit, verdict: &Verdict, name: &str) -> Option<Unit> {
    let section = unit.kind().section();
    let keys = verdict.skipped.iter().copied().filter(|id| id.key().placement(section).is_some());
    let text: String = keys.map(|id| format!("{}={}\n", id.name(), off(unit, id))).collect();
    let dropin = || File::new(name, format!("[{}]\n{text}", section.word()).into_bytes());
    (!text.is_empty()).then(|| unit.with_dropin(dropin()))
}

/// The exposure on a machine, in tenths.
pub fn exposure(unit: &Unit, verdict: &Verdict, policy: &Policy) -> u32 {
    Score::exposure_of(without_skipped(unit, verdict, "unitlint.conf").as_ref().unwrap_or(unit), policy)
}

/// The value that takes a directive back.
fn off(unit: &Unit, id: KeyId) -> &'static str {
    match id {
        key::CAPABILITY_BOUNDING_SET => "~",
        key::PROTECT_PROC => "default",
        key::PROC_SUBSET => "all",
        key::DEVICE_POLICY => "auto",
        key::KEYRING_MODE => "inherit",
        key::RESTRICT_NAMESPACES => "no",
        _ => match id.key().class(unit.target.model) {
            Class::Boolean | Class::Tristate | Class::EnumOrBoolean | Class::ProtectHostname => "no",
            _ => "",
        },
    }
}
