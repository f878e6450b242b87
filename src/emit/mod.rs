//! Reports in the formats that people and machines read. An emitter decides nothing.

pub mod json;
pub mod security;
pub mod style;
