//! unitlint: static analysis and hardening of systemd units.
//!
//! The modules stand in the order of their layers; each imports only from those before it. The invariants and the tests
//! that guard them are in `ARCHITECTURE.md`.

pub mod text;

pub mod syntax;

pub mod vocab;

pub mod suggest;

pub mod target;

pub mod tree;

pub mod write;

pub mod load;

pub mod unit;

pub mod host;

pub mod evidence;

pub mod verdict;

pub mod rule;

pub mod engine;

pub mod fix;

#[cfg(feature = "packages")]
pub mod package;

pub mod live;

pub mod emit;

#[cfg(feature = "lsp")]
pub mod lsp;

#[cfg(feature = "cli")]
pub mod cli;
