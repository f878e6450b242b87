//! SARIF 2.1.0, for code scanning: rules with help, exact regions, related places, edits, numbers that stay when lines move.
//! The only place that knows the types of that format.

use super::{Region, Run, file, severity};
use crate::emit::docs::reference_text;
use crate::emit::style::shorten;
use crate::rule::{Finding, Fix, Level, Rule};
use crate::text::{Loc, Source};
use serde_json::{Value, json};
use serde_sarif::sarif;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

/// Where relative addresses begin.
const BASE: &str = "SRCROOT";
/// GitHub takes no more results of one run; what is left out is told.
const RESULTS: usize = 25_000;
/// So much of a place is shown.
const SNIPPET: usize = 200;
/// Places of one result that anybody looks at.
const RELATED: usize = 100;

/// Writes the report.
///
/// # Errors
/// Of the writer.
pub fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let shown = &run.findings[..run.findings.len().min(RESULTS)];
    let left_out = run.left_out + run.findings.len() - shown.len();
    let mut rules: Vec<&'static Rule> = shown.iter().map(|f| f.rule).collect();
    rules.sort_by_key(|r| r.id);
    rules.dedup_by_key(|r| r.id);
    let index = |rule: &Rule| rules.binary_search_by_key(&rule.id, |r| r.id).unwrap_or_default() as i64;
    let results: Vec<sarif::Result> =
        shown.iter().zip(run.fingerprints()).map(|(f, number)| result(run, f, index(f.rule), number)).collect();
    let mut notifications: Vec<sarif::Notification> = run.failures.iter().map(|f| notification(f, "error")).collect();
    if left_out > 0 {
        notifications.push(notification(&format!("{left_out} more findings are left out"), "warning"));
    }
    let driver = sarif::ToolComponent::builder()
        .name("unitlint")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(rules.iter().map(|r| descriptor(r)).collect::<Vec<_>>())
        .build();
    let invocation = sarif::Invocation::builder()
        .execution_successful(run.failures.is_empty())
        .tool_execution_notifications(notifications)
        .build();
    let base =
        sarif::ArtifactLocation::builder().description(message("The directory in which unitlint was started")).build();
    let id = format!("unitlint/systemd-{}/", run.target.systemd);
    let scan = sarif::Run::builder()
        .tool(sarif::Tool::builder().driver(driver).build())
        .automation_details(sarif::RunAutomationDetails::builder().id(id).build())
        .invocations(vec![invocation])
        .original_uri_base_ids(BTreeMap::from([(BASE.to_owned(), base)]))
        .column_kind(json!("utf16CodeUnits"))
        .results(results)
        .properties(bag([("units", units(run)), ("suppressed", json!(run.suppressed))]))
        .build();
    let whole = sarif::Sarif::builder()
        .version(json!("2.1.0"))
        .schema("https://json.schemastore.org/sarif-2.1.0.json")
        .runs(vec![scan])
        .build();
    serde_json::to_writer(&mut *out, &whole).map_err(io::Error::from)?;
    writeln!(out)?;
    out.flush()
}

fn message(text: &str) -> sarif::Message {
    sarif::Message::builder().text(text).build()
}

fn notification(text: &str, level: &str) -> sarif::Notification {
    sarif::Notification::builder().message(message(text)).level(json!(level)).build()
}

fn bag<const N: usize>(of: [(&str, Value); N]) -> sarif::PropertyBag {
    let of: BTreeMap<String, Value> = of.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
    sarif::PropertyBag::builder().additional_properties(of).build()
}

/// The scores of the units, by their paths.
fn units(run: &Run<'_>) -> Value {
    let tenths = |t: Option<u32>| t.map(|t| f64::from(t) / 10.0);
    let row = |u: &super::Row| {
        json!({"name": u.name, "path": run.naming.of(&u.path), "scope": u.scope.word(),
            "exposure": tenths(u.exposure), "resources": tenths(u.resources)})
    };
    Value::Array(run.units.iter().map(row).collect())
}

fn word(level: Level) -> (&'static str, sarif::ResultLevel) {
    match level {
        Level::Error => ("error", sarif::ResultLevel::Error),
        Level::Warn => ("warning", sarif::ResultLevel::Warning),
        Level::Note | Level::Allow => ("note", sarif::ResultLevel::Note),
    }
}

/// A rule with all that its file says.
fn descriptor(rule: &Rule) -> sarif::ReportingDescriptor {
    let mut tags = vec!["systemd".to_owned(), rule.group.word().to_owned()];
    tags.extend(severity(rule).map(|_| "security".to_owned()));
    tags.extend(
        rule.references.iter().filter_map(|r| r.strip_prefix("cwe:")).map(|n| format!("external/cwe/cwe-{n:0>3}")),
    );
    tags.truncate(10);
    let mut properties = BTreeMap::from([
        ("precision".to_owned(), json!("very-high")),
        (
            "problem.severity".to_owned(),
            json!(match rule.level {
                Level::Error => "error",
                Level::Warn => "warning",
                Level::Note | Level::Allow => "recommendation",
            }),
        ),
    ]);
    properties.extend(severity(rule).map(|s| ("security-severity".to_owned(), json!(s))));
    let help = help(rule);
    let sentence = |text: &str| {
        let mut text = text.to_owned();
        if let Some(first) = text.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        if text.ends_with(['.', '!', '?']) { text } else { text + "." }
    };
    let whole = sarif::MultiformatMessageString::builder();
    let level = sarif::ReportingConfiguration::builder().level(json!(word(rule.level).0)).build();
    sarif::ReportingDescriptor::builder()
        .id(rule.id)
        .name(pascal(rule.id))
        .short_description(whole.clone().text(sentence(rule.summary)).build())
        .full_description(
            whole
                .clone()
                .text(first_paragraph(rule.rationale).map_or_else(|| sentence(rule.summary), str::to_owned))
                .build(),
        )
        .help(whole.text(help.clone()).markdown(help).build())
        .help_uri(format!("{}/blob/main/rules/{}/{}.toml", env!("CARGO_PKG_REPOSITORY"), rule.group.word(), rule.id))
        .default_configuration(level)
        .properties(sarif::PropertyBag::builder().tags(tags).additional_properties(properties).build())
        .build()
}

fn first_paragraph(text: &str) -> Option<&str> {
    text.trim().split("\n\n").next().filter(|p| !p.is_empty())
}

/// `private-tmp` as `PrivateTmp`.
fn pascal(id: &str) -> String {
    let big = |word: &str| {
        word.chars().next().map(|c| c.to_ascii_uppercase()).into_iter().chain(word.chars().skip(1)).collect::<String>()
    };
    id.split('-').map(big).collect()
}

fn help(rule: &Rule) -> String {
    let mut out = format!("# {}\n\n{}\n", rule.id, rule.rationale.trim());
    if !rule.breaks.is_empty() {
        out.push_str(&format!("\n## What can break\n\n{}\n", rule.breaks.trim()));
    }
    if let Some(fix) = &rule.fix {
        out.push_str(&format!("\n## Fix\n\n```ini\n{}\n```\n", fix.line()));
    }
    if !rule.references.is_empty() {
        let list: Vec<String> = rule.references.iter().map(|r| format!("- {}\n", reference_text(r))).collect();
        out.push_str(&format!("\n## References\n\n{}", list.concat()));
    }
    out
}

fn result(run: &Run<'_>, f: &Finding, index: i64, number: String) -> sarif::Result {
    let mut text = format!("{}: {}.", f.unit, f.message);
    for note in f.notes.iter().filter(|n| n.at.is_none()) {
        text.push_str(&format!("\n{}", note.text));
    }
    let unit = sarif::LogicalLocation::builder().name(f.unit.clone()).kind("module").build();
    let at = physical(run, f.at.as_ref(), file(f));
    let location = sarif::Location::builder().physical_location(at).logical_locations(vec![unit]).build();
    let related: Vec<sarif::Location> = f
        .notes
        .iter()
        .filter_map(|n| Some((n, n.at.as_ref()?)))
        .take(RELATED)
        .zip(1_i64..)
        .map(|((note, at), id)| {
            let at_place = physical(run, Some(at), at.path());
            sarif::Location::builder().id(id).physical_location(at_place).message(message(&note.text)).build()
        })
        .collect();
    let fixes: Vec<sarif::Fix> =
        f.fixes.iter().filter(|fix| !fix.edits.is_empty()).map(|fix| edits(run, fix)).collect();
    let mut out = sarif::Result::builder()
        .rule_id(f.rule.id)
        .rule_index(index)
        .level(word(f.level).1)
        .message(message(&text))
        .locations(vec![location])
        .partial_fingerprints(BTreeMap::from([("unitlint/v1".to_owned(), number)]))
        .build();
    out.related_locations = Some(related).filter(|r| !r.is_empty());
    out.fixes = Some(fixes).filter(|r| !r.is_empty());
    out
}

fn physical(run: &Run<'_>, at: Option<&Loc>, path: &std::path::Path) -> sarif::PhysicalLocation {
    let mut out = sarif::PhysicalLocation::builder().artifact_location(artifact(run, path)).build();
    out.region = at.map(region);
    out
}

/// The address of a file: relative where it lies below the directory of the run.
fn artifact(run: &Run<'_>, path: &std::path::Path) -> sarif::ArtifactLocation {
    let name = run.naming.of(path);
    let mut uri = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'+' | b',' | b'=' => {
                uri.push(byte as char)
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    match name.strip_prefix('/') {
        Some(_) => sarif::ArtifactLocation::builder().uri(format!("file://{uri}")).build(),
        None => sarif::ArtifactLocation::builder().uri(uri).uri_base_id(BASE).build(),
    }
}

fn region(at: &Loc) -> sarif::Region {
    let Region { line, column, end_line, end_column } = Region::of(at);
    let text = at.source.text(at.span);
    let snippet = sarif::ArtifactContent::builder().text(shorten(&text, SNIPPET).into_owned()).build();
    sarif::Region::builder()
        .snippet(snippet)
        .start_line(i64::from(line))
        .start_column(i64::from(column))
        .end_line(i64::from(end_line))
        .end_column(i64::from(end_column))
        .build()
}

/// A change of files.
fn edits(run: &Run<'_>, fix: &Fix) -> sarif::Fix {
    let mut files: Vec<(&Arc<Source>, Vec<sarif::Replacement>)> = Vec::new();
    for (source, edit) in &fix.edits {
        let deleted = region(&Loc { source: source.clone(), span: edit.span });
        let content = sarif::ArtifactContent::builder().text(edit.insert.clone()).build();
        let replacement = sarif::Replacement::builder().deleted_region(deleted).inserted_content(content).build();
        match files.iter_mut().find(|(known, _)| Arc::ptr_eq(known, source)) {
            Some((_, all)) => all.push(replacement),
            None => files.push((source, vec![replacement])),
        }
    }
    let changes: Vec<sarif::ArtifactChange> = files
        .into_iter()
        .map(|(source, all)| {
            sarif::ArtifactChange::builder().artifact_location(artifact(run, &source.path)).replacements(all).build()
        })
        .collect();
    sarif::Fix::builder().description(message(&fix.title)).artifact_changes(changes).build()
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_rules_are_in_pascal_case() {
        assert_eq!(super::pascal("cap-sys-admin"), "CapSysAdmin");
    }
}
