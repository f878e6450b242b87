//! Conversations with the language server, over its standard input and output as editors have them.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that cannot go on stops")]

mod client;
mod order;
mod requests;
mod texts;

use client::Client;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The workspace of the fixtures.
fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/lsp")
}

fn uri(path: &std::path::Path) -> String {
    format!("file://{}", path.display())
}

/// A unit of it: its URI and its text.
fn unit(below: &str) -> (String, String) {
    let path = workspace().join(below);
    (uri(&path), std::fs::read_to_string(path).expect("a fixture"))
}

/// An editor with the workspace of the fixtures.
fn editor(options: Value) -> Client {
    Client::new(client::able("utf-16"), Some(&uri(&workspace())), options)
}

/// An editor with nothing but what it opens.
fn alone() -> Client {
    Client::new(client::able("utf-16"), None, json!({ "isolated": true }))
}

/// The rules of some diagnostics with their lines.
fn rules(diagnostics: &[Value]) -> Vec<String> {
    let mut all: Vec<String> = diagnostics
        .iter()
        .map(|d| format!("{} {}", d["range"]["start"]["line"], d["code"].as_str().unwrap_or_default()))
        .collect();
    all.sort();
    all
}
