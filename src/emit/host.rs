//! The facts of a machine as a member of a report.

use super::json::Json;
use crate::host::{Host, file};
use std::io::Write;

/// The facts, without the names of users and groups.
pub(super) fn write<W: Write>(json: &mut Json<W>, host: &Host) {
    let mut facts = file::told(host);
    facts.retain(|key, _| key != "users" && key != "groups");
    json.value(&facts.into());
}
