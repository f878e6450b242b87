//! JSON Schemas (draft 2020-12): of the documents that unitlint writes, and of the files that people write for it. They lie
//! in `editors/schemas/`; `tests/schemas.rs` keeps them equal to these and holds what the program really writes against them.
//!
//! What is listed somewhere already comes from there: rules, groups, levels, settings, directives.

mod catalogues;
mod documents;
mod files;
mod machines;
#[cfg(feature = "packages")]
mod packages;

use crate::rule::RULES;
use serde_json::{Map, Value, json};

/// Each file with its schema.
pub fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("check.schema.json", documents::check()),
        ("security.schema.json", documents::security()),
        ("cat.schema.json", documents::cat()),
        ("dry-run.schema.json", machines::dry_run()),
        ("tree.schema.json", documents::tree()),
        ("diff.schema.json", documents::diff()),
        ("baseline.schema.json", documents::baseline()),
        ("config-output.schema.json", documents::config()),
        ("rules.schema.json", catalogues::rules()),
        ("directives.schema.json", catalogues::directives()),
        ("names.schema.json", catalogues::names()),
        ("unitlint.schema.json", files::configuration()),
        ("rule.schema.json", files::rule()),
        ("host.schema.json", machines::facts()),
        #[cfg(feature = "packages")]
        ("audit.schema.json", packages::audit()),
        #[cfg(feature = "packages")]
        ("audit-package.schema.json", packages::line()),
    ]
}

/// A member of an object: its name, what it is, and what it takes. A name that ends in `?` may be left out.
type Member = (&'static str, &'static str, Value);

/// The beginning of a schema: who it is, and what it is about.
fn top(file: &str, title: &str, about: &str, schema: Value) -> Value {
    let mut out = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": format!("{}/raw/main/editors/schemas/{file}", env!("CARGO_PKG_REPOSITORY")),
        "title": title,
        "description": about,
    });
    merge(&mut out, schema);
    out
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// An object with these members.
fn object(members: impl IntoIterator<Item = Member>) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, about, mut schema) in members {
        merge(&mut schema, json!({ "description": about }));
        let plain = name.trim_end_matches('?');
        properties.insert(plain.to_owned(), schema);
        if plain == name {
            required.push(plain);
        }
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

/// An object that may have no other members.
fn closed(members: impl IntoIterator<Item = Member>) -> Value {
    let mut out = object(members);
    merge(&mut out, json!({ "additionalProperties": false }));
    out
}

fn list(of: Value) -> Value {
    json!({ "type": "array", "items": of })
}

/// At least one.
fn some(of: Value) -> Value {
    json!({ "type": "array", "items": of, "minItems": 1 })
}

/// Any names, each with such a value.
fn map(of: Value) -> Value {
    json!({ "type": "object", "additionalProperties": of })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// A whole number.
fn number(least: u32) -> Value {
    json!({ "type": "integer", "minimum": least })
}

/// One of some words.
fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    let mut all: Vec<&str> = words.into_iter().collect();
    all.dedup();
    json!({ "enum": all })
}

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn one_of<const N: usize>(schemas: [Value; N]) -> Value {
    json!({ "anyOf": Vec::from(schemas) })
}

fn or_null(schema: Value) -> Value {
    match schema.get("type").and_then(Value::as_str) {
        Some(kind @ ("string" | "boolean" | "integer" | "number")) => {
            let mut out = schema.clone();
            merge(&mut out, json!({ "type": [kind, "null"] }));
            out
        }
        _ => one_of([schema, json!({ "type": "null" })]),
    }
}

/// What `$defs` of the same schema says.
fn defined(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// The ids of all rules that speak.
fn rule_ids() -> impl Iterator<Item = &'static str> {
    RULES.iter().filter(|r| !r.is_removed()).map(|r| r.id)
}

/// What the id of a rule looks like, also of a user's own.
fn rule_id() -> Value {
    pattern("^[a-z0-9-]+$")
}
