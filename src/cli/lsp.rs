//! `unitlint lsp`

use super::{Out, Outcome, Trouble, settings};
use crate::lsp;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;

/// Speaks with one editor. One that goes without a good-bye is exit status 1, as the protocol has it.
pub(super) fn run() -> Result<Outcome, Trouble> {
    let input = io::stdin().as_fd().try_clone_to_owned().map_err(|e| format!("standard input: {e}"))?;
    let done = lsp::serve(File::from(input), Out::new()?, settings::today());
    match done.map_err(|e| format!("the conversation broke off: {e}"))? {
        true => Ok(Outcome::Clean),
        false => Ok(Outcome::Findings),
    }
}
