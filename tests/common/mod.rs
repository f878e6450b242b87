//! Running the program as a user would, from the top of the sources.

use std::process::{Command, Output};

/// Runs unitlint with these words; nothing of the environment changes its output.
pub(crate) fn unitlint(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_unitlint"))
        .args(words)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_clear()
        .output()
        .expect("the program was built")
}

/// What it prints: standard output, then standard error.
pub(crate) fn text(out: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}
