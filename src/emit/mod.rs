//! Reports in the formats that people and machines read. An emitter decides nothing.

pub mod cat;
pub mod check;
pub mod docs;
#[cfg(feature = "cli")]
pub mod human;
pub mod json;
pub mod security;
pub mod style;
