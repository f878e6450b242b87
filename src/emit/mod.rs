//! Reports in the formats that people and machines read. An emitter decides nothing.

#[cfg(feature = "packages")]
pub mod audit;
pub mod baseline;
pub mod cat;
pub mod changes;
pub mod check;
pub mod config;
pub mod diff;
pub mod docs;
pub mod dry_run;
pub mod hardening;
pub mod host;
#[cfg(feature = "cli")]
pub mod human;
pub mod json;
pub mod markdown;
pub mod meaning;
pub mod min_version;
pub mod names;
pub mod prove;
#[cfg(feature = "cli")]
pub mod report;
mod resources;
pub mod schema;
pub mod security;
pub mod style;
pub mod tree;
mod trial;

use crate::unit::Unit;
use json::Json;
use std::io::Write;

/// The version of the JSON; a change that could break a reader raises it.
pub const SCHEMA: u32 = 1;

/// Begins a document.
fn head(json: &mut Json<impl Write>) {
    json.open(b'{').key("unitlint").string(env!("CARGO_PKG_VERSION")).key("schema").number(SCHEMA);
}

/// Begins the object of a unit with what tells it from others.
fn open_unit(json: &mut Json<impl Write>, unit: &Unit) {
    json.open(b'{').key("name").string(unit.name.as_str()).key("path").path(&unit.path);
    json.key("scope").string(unit.scope.word());
}
