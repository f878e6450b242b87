//! GitLab: its report of code quality, and its security report (schema 15.2.1) with what concerns security.

use super::{FAILURES, MESSAGE, Region, Run, left_out, sentence, severity};
use crate::emit::docs::reference_text;
use crate::emit::json::Json;
use crate::emit::style::shorten;
use crate::rule::{Finding, Group, Level, Rule};
use std::io::{self, Write};

/// The schema of the security report.
const SCHEMA: &str = "15.2.1";
/// Longer names are refused.
const NAME: usize = 255;
/// Longer solutions are refused.
const SOLUTION: usize = 7000;

/// Writes the report of code quality.
///
/// # Errors
/// Of the writer.
pub fn quality(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut json = Json::new(out);
    json.open(b'[');
    for (f, fingerprint) in run.findings.iter().zip(run.fingerprints(run.findings.iter().copied())) {
        let severity = match f.level {
            Level::Error => "critical",
            Level::Warn => "major",
            Level::Note | Level::Allow => "info",
        };
        let body = run.whole_message(f);
        let description = format!("{}: {}", f.unit, f.message);
        json.open(b'{').key("type").string("issue").key("description").string(&shorten(&description, MESSAGE));
        json.key("categories")
            .open(b'[')
            .string(category(f.rule))
            .close(b']')
            .key("check_name")
            .string(f.rule.id)
            .key("fingerprint")
            .string(&fingerprint)
            .key("severity")
            .string(severity);
        json.key("content").open(b'{').key("body").string(&body).close(b'}');
        json.key("location").open(b'{').key("path").string(&run.path(f));
        let region = f.at.as_ref().map(Region::of);
        let (line, end) = region.map_or((1, 1), |r| (r.line, r.end_line));
        json.key("lines").open(b'{').key("begin").number(line).key("end").number(end).close(b'}');
        json.close(b'}').close(b'}').flush_if_large()?;
    }
    json.close(b']');
    json.finish()
}

/// Writes the security report.
///
/// # Errors
/// Of the writer.
pub fn security(run: &Run<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut json = Json::new(out);
    json.open(b'{').key("version").string(SCHEMA).key("scan").open(b'{');
    for who in ["analyzer", "scanner"] {
        json.key(who).open(b'{').key("id").string("unitlint").key("name").string("unitlint");
        json.key("url").string(env!("CARGO_PKG_REPOSITORY")).key("vendor").open(b'{').key("name").string("unitlint");
        json.close(b'}').key("version").string(env!("CARGO_PKG_VERSION")).close(b'}');
    }
    json.key("type").string("sast").key("start_time").string(run.time).key("end_time").string(run.time);
    // what is not in it is told to whoever looks at the scan
    json.key("messages").open(b'[');
    let rest = Some(left_out(run.left_out, "finding")).filter(|_| run.left_out > 0);
    let failures = run.failures.iter().take(FAILURES).map(|f| ("fatal", f.as_str()));
    for (level, text) in failures.chain(rest.as_deref().map(|text| ("info", text))) {
        json.open(b'{').key("level").string(level).key("value").string(text).close(b'}');
    }
    json.close(b']');
    let status = if run.failures.is_empty() { "success" } else { "failure" };
    json.key("status").string(status).close(b'}').key("vulnerabilities").open(b'[');
    let about = |f: &&Finding| severity(f.rule).is_some();
    for (f, fingerprint) in
        run.findings.iter().zip(run.fingerprints(run.findings.iter().copied())).filter(|(f, _)| about(f))
    {
        vulnerability(&mut json, run, f, &fingerprint);
        json.flush_if_large()?;
    }
    json.close(b']').close(b'}');
    json.finish()
}

fn vulnerability(json: &mut Json<impl Write>, run: &Run<'_>, f: &Finding, fingerprint: &str) {
    let severity = match f.level {
        Level::Error => "High",
        Level::Warn => "Medium",
        Level::Note | Level::Allow => "Low",
    };
    // the name is that of the fault, not of the place; the description says the rest
    let name = sentence(f.rule.summary);
    json.open(b'{').key("id").string(&uuid(fingerprint)).key("name").string(&shorten(&name, NAME));
    json.key("description").string(&run.whole_message(f)).key("severity").string(severity);
    let solution: Vec<&str> = f.fixes.iter().map(|fix| fix.title.as_str()).collect();
    if !solution.is_empty() {
        json.key("solution").string(&shorten(&solution.join("\n"), SOLUTION));
    }
    json.key("location").open(b'{').key("file").string(&run.path(f));
    if let Some(region) = f.at.as_ref().map(Region::of) {
        json.key("start_line").number(region.line).key("end_line").number(region.end_line);
    }
    json.close(b'}').key("identifiers").open(b'[').open(b'{').key("type").string("unitlint_rule");
    json.key("name").string(&format!("unitlint {}", f.rule.id)).key("value").string(f.rule.id).close(b'}');
    for number in f.rule.references().filter_map(|r| r.strip_prefix("cwe:")) {
        json.open(b'{')
            .key("type")
            .string("cwe")
            .key("name")
            .string(&format!("CWE-{number}"))
            .key("value")
            .string(number);
        json.key("url").string(&format!("https://cwe.mitre.org/data/definitions/{number}.html")).close(b'}');
    }
    json.close(b']').key("links").open(b'[');
    for link in f.rule.references().map(reference_text).filter(|r| r.starts_with("https://")) {
        json.open(b'{').key("url").string(&link).close(b'}');
    }
    json.close(b']').close(b'}');
}

/// What it is about, in the words of Code Climate.
fn category(rule: &Rule) -> &'static str {
    match rule.group {
        _ if severity(rule).is_some() => "Security",
        Group::Bounds | Group::Resources => "Performance",
        Group::Versions => "Compatibility",
        _ => "Bug Risk",
    }
}

/// A fingerprint in the form of a UUID of version 8, which is free to whoever makes it (RFC 9562).
fn uuid(fingerprint: &str) -> String {
    let digit = |range: std::ops::Range<usize>| fingerprint.get(range).unwrap_or_default();
    format!("{}-{}-8{}-a{}-{}", digit(0..8), digit(8..12), digit(13..16), digit(17..20), digit(20..32))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_fingerprint_as_a_uuid() {
        assert_eq!(super::uuid("0123456789abcdef0123456789abcdef"), "01234567-89ab-8def-a123-456789abcdef");
    }
}
