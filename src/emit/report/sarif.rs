//! SARIF 2.1.0, for code scanning: rules with help, exact regions, related places, edits, numbers that stay when lines move,
//! and what was silenced, marked as such. What GitHub takes has limits; what they leave out is counted.

use super::{FAILURES, MESSAGE, PLACES, Region, Run, file, left_out, many, sentence, severity};
use crate::emit::docs::reference_text;
use crate::emit::json::Json;
use crate::emit::style::shorten;
use crate::engine::Silencer;
use crate::rule::{Finding, Fix, Level, Rule};
use crate::text::{Edit, Loc, Source, Span};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

/// Where relative addresses begin.
const BASE: &str = "SRCROOT";
/// GitHub refuses a run with more results.
const RESULTS: usize = 25_000;
/// A file below this is below 10 MB when it is compressed, which is what GitHub takes: results shrink to a tenth.
const ROOM: usize = 60_000_000;
/// GitHub shows so many places of a result, and refuses ten times as many.
const RELATED: usize = 100;
/// GitHub shows so many tags of a rule, and refuses twice as many.
const TAGS: usize = 10;
/// GitHub's limit for the descriptions of a rule.
const DESCRIPTION: usize = 1024;
/// GitHub's limit for the name of a rule.
const NAME: usize = 255;
/// So much of a place is shown.
const SNIPPET: usize = 200;

/// A finding, and what silences it.
type Told<'r> = (&'r Finding, Option<&'r Silencer>);

/// Writes the report.
///
/// # Errors
/// Of the writer.
pub fn write(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let silenced = run.silenced.iter().flat_map(|all| all.iter()).map(|s| (&s.finding, Some(&s.by)));
    let all: Vec<Told<'_>> = run.findings.iter().map(|f| (*f, None)).chain(silenced).take(RESULTS).collect();
    let mut rules: Vec<&'static Rule> = all.iter().map(|(f, _)| f.rule).collect();
    rules.sort_by_key(|r| r.id);
    rules.dedup_by_key(|r| r.id);
    let mut json = Json::new(out);
    json.open(b'{').key("$schema").string("https://json.schemastore.org/sarif-2.1.0.json");
    json.key("version").string("2.1.0").key("runs").open(b'[').open(b'{');
    driver(&mut json, &rules);
    json.key("automationDetails").open(b'{');
    json.key("id").string(&format!("unitlint/systemd-{}/", run.target.systemd)).close(b'}');
    json.key("originalUriBaseIds").open(b'{').key(BASE).open(b'{');
    text(&mut json, "description", "The directory in which unitlint was started");
    json.close(b'}').close(b'}').key("columnKind").string("utf16CodeUnits").key("results").open(b'[');
    let (mut findings, mut others) = (0, 0);
    for ((f, by), number) in all.iter().zip(run.fingerprints(all.iter().map(|(f, _)| *f))) {
        if json.written() > ROOM {
            break;
        }
        let index = rules.binary_search_by_key(&f.rule.id, |r| r.id).unwrap_or_default();
        result(&mut json, run, (f, *by), index, &number);
        json.flush_if_large()?;
        *if by.is_some() { &mut others } else { &mut findings } += 1;
    }
    json.close(b']');
    let suppressed = run.silenced.map_or(0, <[_]>::len);
    invocation(&mut json, run, run.left_out + run.findings.len() - findings, suppressed - others);
    properties(&mut json, run);
    json.close(b'}').close(b']').close(b'}');
    json.finish()
}

/// A message under a key.
fn text(json: &mut Json<impl Write>, key: &'static str, text: &str) {
    json.key(key).open(b'{').key("text").string(text).close(b'}');
}

/// How the run went, and what is left out.
fn invocation(json: &mut Json<impl Write>, run: &Run<'_>, rest: usize, suppressed: usize) {
    let success = run.failures.is_empty();
    json.key("invocations").open(b'[').open(b'{').key("executionSuccessful").bool(success);
    json.key("toolExecutionNotifications").open(b'[');
    let mut tell = |level: &str, what: &str| {
        json.open(b'{').key("level").string(level);
        text(json, "message", what);
        json.close(b'}');
    };
    run.failures.iter().take(FAILURES).for_each(|f| tell("error", f));
    if run.failures.len() > FAILURES {
        tell("error", &format!("{} more like these are left out", run.failures.len() - FAILURES));
    }
    for (n, what) in [(rest, "finding"), (suppressed, "suppressed finding")] {
        if n > 0 {
            tell("warning", &left_out(n, what));
        }
    }
    json.close(b']').close(b'}').close(b']');
}

/// The scores of the units, and what only we count.
fn properties(json: &mut Json<impl Write>, run: &Run<'_>) {
    json.key("properties").open(b'{').key("suppressed").number(run.suppressed as i64).key("units").open(b'[');
    for unit in run.units {
        json.open(b'{').key("name").string(&unit.name).key("path").string(&run.naming.of(&unit.path));
        json.key("scope").string(unit.scope.word());
        for (key, value) in [("exposure", unit.exposure), ("resources", unit.resources)] {
            match value {
                Some(tenths) => json.key(key).tenths(tenths),
                None => json.key(key).null(),
            };
        }
        json.close(b'}');
    }
    json.close(b']').close(b'}');
}

fn driver(json: &mut Json<impl Write>, rules: &[&'static Rule]) {
    json.key("tool").open(b'{').key("driver").open(b'{').key("name").string("unitlint");
    json.key("version").string(env!("CARGO_PKG_VERSION")).key("semanticVersion").string(env!("CARGO_PKG_VERSION"));
    json.key("informationUri").string(env!("CARGO_PKG_REPOSITORY")).key("rules").open(b'[');
    rules.iter().for_each(|r| descriptor(json, r));
    json.close(b']').close(b'}').close(b'}');
}

/// A rule with all that its file says.
fn descriptor(json: &mut Json<impl Write>, rule: &Rule) {
    json.open(b'{').key("id").string(rule.id);
    let name = pascal(rule.id);
    // a name that is the id again says nothing
    if !name.eq_ignore_ascii_case(rule.id) {
        json.key("name").string(&shorten(&name, NAME));
    }
    let mut summary = sentence(rule.summary);
    if !summary.ends_with(['.', '!', '?']) {
        summary.push('.');
    }
    // a line of the rule's file is none of the text
    let full = first_paragraph(rule.rationale()).unwrap_or(&summary).replace('\n', " ");
    text(json, "shortDescription", &shorten(&summary, DESCRIPTION));
    text(json, "fullDescription", &shorten(&full, DESCRIPTION));
    let help = help(rule);
    json.key("help").open(b'{').key("text").string(&help).key("markdown").string(&help).close(b'}');
    if let Some(page) = rule.page() {
        json.key("helpUri").string(&page);
    }
    json.key("defaultConfiguration").open(b'{');
    json.key("level").string(word(rule.level)).close(b'}').key("properties").open(b'{').key("tags").open(b'[');
    let numbers = rule.references().filter_map(|r| r.strip_prefix("cwe:"));
    let severity = severity(rule);
    ["systemd", rule.group.word()]
        .into_iter()
        .chain(severity.map(|_| "security"))
        .map(str::to_owned)
        .chain(numbers.map(|n| format!("external/cwe/cwe-{n:0>3}")))
        .take(TAGS)
        .for_each(|tag| {
            json.string(&tag);
        });
    json.close(b']').key("precision").string("very-high").key("problem.severity").string(match rule.level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Note | Level::Allow => "recommendation",
    });
    if let Some(severity) = severity {
        json.key("security-severity").string(severity);
    }
    json.close(b'}').close(b'}');
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warning",
        Level::Note | Level::Allow => "note",
    }
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
    let mut out = format!("# {}\n\n{}\n", rule.id, rule.rationale().trim());
    if !rule.breaks().is_empty() {
        out.push_str(&format!("\n## What can break\n\n{}\n", rule.breaks().trim()));
    }
    if let Some(fix) = &rule.fix {
        out.push_str(&format!("\n## Fix\n\n```ini\n{}\n```\n", fix.line()));
    }
    if rule.references().next().is_some() {
        let list: Vec<String> = rule.references().map(|r| format!("- {}\n", reference_text(r))).collect();
        out.push_str(&format!("\n## References\n\n{}", list.concat()));
    }
    out
}

fn result(json: &mut Json<impl Write>, run: &Run<'_>, (f, by): Told<'_>, index: usize, number: &str) {
    json.open(b'{').key("ruleId").string(f.rule.id).key("ruleIndex").number(index as i64);
    json.key("level").string(word(f.level));
    text(json, "message", &message(f));
    json.key("locations").open(b'[').open(b'{');
    physical(json, run, f.at.as_ref(), file(f));
    json.key("logicalLocations").open(b'[').open(b'{').key("name").string(&f.unit);
    json.key("kind").string("module").close(b'}').close(b']').close(b'}').close(b']');
    json.key("partialFingerprints").open(b'{').key("unitlint/v1").string(number).close(b'}');
    let mut related = related(f).take(RELATED).zip(1_i64..).peekable();
    if related.peek().is_some() {
        json.key("relatedLocations").open(b'[');
        for ((note, at), id) in related {
            json.open(b'{').key("id").number(id);
            physical(json, run, Some(at), at.path());
            text(json, "message", &shorten(note, MESSAGE));
            json.close(b'}');
        }
        json.close(b']');
    }
    let mut fixes = f.fixes.iter().filter(|fix| !fix.edits.is_empty()).peekable();
    if fixes.peek().is_some() {
        json.key("fixes").open(b'[');
        fixes.for_each(|fix| edits(json, run, fix));
        json.close(b']');
    }
    // where one result has it, all have
    if run.silenced.is_some() {
        json.key("suppressions").open(b'[');
        if let Some(by) = by {
            suppression(json, run, by);
        }
        json.close(b']');
    }
    json.close(b'}');
}

/// What a finding says of other places.
fn related(f: &Finding) -> impl Iterator<Item = (&str, &Loc)> {
    f.notes.iter().filter_map(|n| Some((n.text.as_str(), n.at.as_ref()?)))
}

/// The message, with links to related places: GitHub shows no others.
fn message(f: &Finding) -> String {
    let mut out = format!("{}: {}.", f.unit, f.message);
    for note in f.notes.iter().filter(|n| n.at.is_none()) {
        out.push('\n');
        out.push_str(&note.text);
    }
    // what is quoted from a unit is no link
    out = shorten(&out, MESSAGE).replace("](", "] (");
    let mut places = related(f);
    for ((note, _), id) in places.by_ref().take(PLACES).zip(1..) {
        let escaped = note.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
        out.push_str(&format!("\n[{}]({id})", shorten(&escaped, SNIPPET)));
    }
    let more = places.count();
    if more > 0 {
        out.push_str(&format!("\nand {}", many(more, "more place")));
    }
    out
}

/// Who has silenced a result, and why.
fn suppression(json: &mut Json<impl Write>, run: &Run<'_>, by: &Silencer) {
    json.open(b'{').key("kind");
    match by {
        Silencer::Comment(at, reason) => {
            json.string("inSource");
            let reason = at.source.text(*reason);
            if !reason.is_empty() {
                json.key("justification").string(&shorten(&reason, MESSAGE));
            }
            json.key("location").open(b'{');
            physical(json, run, Some(at), at.path());
            json.close(b'}');
        }
        Silencer::Configuration => {
            json.string("external").key("justification").string("the configuration excepts this file from the rule");
        }
        Silencer::Baseline => {
            json.string("external").key("justification").string("recorded in the baseline");
        }
    }
    json.close(b'}');
}

fn physical(json: &mut Json<impl Write>, run: &Run<'_>, at: Option<&Loc>, path: &Path) {
    json.key("physicalLocation").open(b'{');
    artifact(json, run, path);
    if let Some(at) = at {
        json.key("region");
        region(json, at);
    }
    json.close(b'}');
}

/// The address of a file: relative where it lies below the directory of the run.
fn artifact(json: &mut Json<impl Write>, run: &Run<'_>, path: &Path) {
    let name = run.naming.of(path);
    let mut uri = String::with_capacity(name.len() + 8);
    if name.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'@' | b'+' | b',' | b'=' => {
                uri.push(byte as char)
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    json.key("artifactLocation").open(b'{').key("uri").string(&uri);
    if !name.starts_with('/') {
        json.key("uriBaseId").string(BASE);
    }
    json.close(b'}');
}

fn region(json: &mut Json<impl Write>, at: &Loc) {
    let Region { line, column, end_line, end_column } = Region::of(at);
    // a character has four bytes at most
    let end = at.span.end.min(at.span.start.saturating_add(4 * (SNIPPET as u32 + 1)));
    let snippet = at.source.text(Span { end, ..at.span });
    json.open(b'{').key("startLine").number(line).key("startColumn").number(column);
    json.key("endLine").number(end_line).key("endColumn").number(end_column);
    text(json, "snippet", &shorten(&snippet, SNIPPET));
    json.close(b'}');
}

/// A change of files.
fn edits(json: &mut Json<impl Write>, run: &Run<'_>, fix: &Fix) {
    let mut files: Vec<(&Arc<Source>, Vec<&Edit>)> = Vec::new();
    for (source, edit) in &fix.edits {
        match files.iter_mut().find(|(known, _)| Arc::ptr_eq(known, source)) {
            Some((_, all)) => all.push(edit),
            None => files.push((source, vec![edit])),
        }
    }
    json.open(b'{');
    text(json, "description", &fix.title);
    json.key("artifactChanges").open(b'[');
    for (source, all) in files {
        json.open(b'{');
        artifact(json, run, &source.path);
        json.key("replacements").open(b'[');
        for edit in all {
            json.open(b'{').key("deletedRegion");
            region(json, &Loc { source: source.clone(), span: edit.span });
            text(json, "insertedContent", &edit.insert);
            json.close(b'}');
        }
        json.close(b']').close(b'}');
    }
    json.close(b']').close(b'}');
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_of_rules_are_in_pascal_case() {
        assert_eq!(super::pascal("cap-sys-admin"), "CapSysAdmin");
    }
}
