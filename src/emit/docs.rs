//! Rules and directives explained, and the list of rules.

use super::json::Json;
use super::resources;
use super::style::{Look, Paint, wrap};
use crate::engine::config::SETTINGS;
use crate::rule::{self, Check, FixSpec, Rule};
use crate::vocab::{Key, Model, Status, kernel};
use std::fmt::Write as _;
use std::io::Write;

/// What is known of a rule, for a terminal.
pub fn rule(rule: &Rule, paint: Paint) -> String {
    let width = if paint.width == 0 { 100 } else { paint.width.clamp(40, 100) };
    let mut out = String::new();
    let facts = |out: &mut String, name: &str, text: &str| {
        let _ = writeln!(out, "  {} {text}", paint.the(Look::Dim, format!("{name:<10}")));
    };
    let _ = writeln!(out, "{}  {}", paint.the(Look::Strong, rule.id), rule.summary);
    facts(&mut out, "group", &format!("{}: {}", rule.group.word(), rule.group.about()));
    if let Check::Removed { successor } = rule.check {
        let instead = if successor.is_empty() { "nothing takes its place" } else { successor };
        facts(&mut out, "removed", &format!("says nothing any more; instead of it: {instead}"));
    }
    let since = if rule.since.is_empty() { String::new() } else { format!(", since {}", rule.since) };
    facts(&mut out, "level", &format!("{} ({}), {}{since}", rule.level.word(), rule.level.about(), rule.status.word()));
    if let Some(e) = &rule.exposure {
        facts(&mut out, "exposure", &format!("{} in systemd-analyze security, weight {} of 56460", e.name, e.weight));
    }
    if let Some(r) = &rule.resources {
        let all: u32 = rule::bound_rules().map(|(_, r)| r.weight).sum();
        facts(&mut out, "resources", &format!("weight {} of {all}, asked of {}", r.weight, r.asked));
        facts(&mut out, "badness", &format!("of {}: {}; 0 otherwise", r.range, resources::values(r)));
    }
    if let Some(fix) = &rule.fix {
        facts(
            &mut out,
            "fix",
            &format!("{} ({}, {} risk: {})", fix.line(), fix.safety.word(), rule.risk.word(), rule.risk.about()),
        );
    }
    let section = |out: &mut String, title: &str, text: &str| {
        if !text.is_empty() {
            let _ = write!(out, "\n{}\n{}\n", paint.the(Look::Strong, title), wrap(text, width - 2, "  "));
        }
    };
    section(&mut out, "Why it matters", rule.rationale);
    section(&mut out, "What can break", rule.breaks);
    if matches!(rule.check, Check::ResourceScore) {
        let _ = write!(out, "\n{}\n{}", paint.the(Look::Strong, "The model"), resources::model());
    }
    if !rule.holds().is_empty() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, "What has to hold"));
        for relation in rule.holds() {
            let _ = writeln!(out, "  {}", relation.text.trim());
            if !relation.because.is_empty() {
                let _ = writeln!(out, "{}", paint.the(Look::Dim, wrap(relation.because, width - 6, "      ")));
            }
        }
    }
    if !rule.messages.is_empty() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, "What it says"));
        for (state, text) in rule.messages {
            let _ = writeln!(out, "  {} {text}", paint.the(Look::Dim, format!("{state:<14}")));
        }
    }
    for example in rule.examples.iter().take(2) {
        let speaks = example.text.contains("#~");
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, if speaks { "Found" } else { "Not found" }));
        out.push_str(&example_text(example.text, paint));
    }
    if !rule.references.is_empty() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, "References"));
        for reference in rule.references {
            let _ = writeln!(out, "  {}", paint.the(Look::Path, reference_text(reference)));
        }
    }
    out
}

/// An example with its marks turned into arrows.
fn example_text(text: &str, paint: Paint) -> String {
    let mut out = String::new();
    let mut marked = false;
    for line in text.trim().lines() {
        if line.starts_with("#~") {
            marked = true;
            continue;
        }
        if marked {
            let _ = writeln!(out, "  {} {}", paint.the(Look::Bad, paint.either("▸", ">")), paint.the(Look::Bad, line));
        } else {
            let _ = writeln!(out, "    {line}");
        }
        marked = false;
    }
    out
}

/// `man:systemd.exec(5)#PrivateTmp=` as people read it.
pub fn reference_text(reference: &str) -> String {
    match reference.split_once(':') {
        Some(("man", page)) => page.replace('#', ", "),
        Some(("cwe", number)) => format!("CWE-{number}  https://cwe.mitre.org/data/definitions/{number}.html"),
        Some(("lintian", tag)) => format!("lintian {tag}  https://udd.debian.org/lintian-tag/{tag}"),
        Some(("rpmlint", tag)) => format!("rpmlint {tag}"),
        Some(("kernel", page)) => format!("https://docs.kernel.org/{}.html", page.trim_end_matches(".rst")),
        _ => reference.to_owned(),
    }
}

/// What is known of a directive.
pub fn directive(key: &Key, paint: Paint) -> String {
    let mut out = String::new();
    let width = if paint.width == 0 { 100 } else { paint.width.clamp(40, 100) };
    let model = Model::LATEST;
    let fact = |out: &mut String, name: &str, text: &str| {
        if !text.is_empty() {
            let body = wrap(text, width - 16, "               ");
            let _ = writeln!(out, "  {} {}", paint.the(Look::Dim, format!("{name:<12}")), body.trim_start());
        }
    };
    let since = |n: u16| if n == 0 { "the beginning".to_owned() } else { format!("systemd {n}") };
    let _ = writeln!(out, "{}  {}", paint.the(Look::Strong, format!("{}=", key.name)), key.man.join(", "));
    let sections: Vec<String> = key.placements.iter().map(|p| format!("[{}]", p.section.word())).collect();
    fact(&mut out, "sections", &sections.join(" "));
    fact(&mut out, "since", &since(key.introduced));
    fact(&mut out, "value", class_text(key, model));
    fact(&mut out, "words", &key.words(model).join(" "));
    fact(&mut out, "default", if key.default.is_empty() { "unset" } else { key.default });
    fact(&mut out, "empty value", empty_text(key));
    fact(&mut out, "user units", key.user_manager(model));
    if let Some(written) = kernel::written_by(key.name) {
        fact(&mut out, "cgroup v2", &written.writes.join(", "));
        fact(&mut out, "cgroup v1", written.wrote);
        fact(
            &mut out,
            "kernel",
            &if written.kernel.is_empty() { String::new() } else { format!("since {}", written.kernel) },
        );
    }
    if key.status != Status::Current {
        fact(
            &mut out,
            "status",
            &format!(
                "{:?}{} {}",
                key.status,
                if key.status_since > 0 { format!(" since {}", key.status_since) } else { String::new() },
                key.status_note
            )
            .to_lowercase(),
        );
        fact(&mut out, "instead", key.replacement);
    }
    for note in key.notes {
        fact(&mut out, "note", note);
    }
    let rules = rules_of(key);
    if !rules.is_empty() {
        let _ = writeln!(out, "\n{}", paint.the(Look::Strong, "Rules"));
        for r in rules {
            let _ = writeln!(out, "  {:<36} {}", r.id, r.summary);
        }
    }
    out
}

fn class_text(key: &Key, model: Model) -> &'static str {
    key.class(model).grammar()
}

fn empty_text(key: &Key) -> &'static str {
    use crate::vocab::Empty;
    match key.empty {
        Empty::ResetList => "takes back everything assigned before",
        Empty::ResetDefault => "takes back the value",
        Empty::ErrorUnchanged => "an error, changes nothing",
        Empty::Noop => "changes nothing",
        Empty::Special => "has a meaning of its own",
    }
}

/// All rules, for a terminal.
pub fn list(rules: &[&Rule], paint: Paint) -> String {
    let mut out = String::new();
    let width = rules.iter().map(|r| r.id.len()).max().unwrap_or_default();
    for r in rules.iter().filter(|r| !r.is_removed()) {
        let level = format!("{:<5}", if r.is_part() { "score" } else { r.level.word() });
        let _ = writeln!(out, "{}  {:<width$}  {}", paint.the(Look::Dim, level), r.id, r.summary);
    }
    out
}

/// The rules as a Markdown table, without the checks of the scores, and the model of the resource score: the README's.
pub fn markdown() -> String {
    let mut out = format!(
        "There are {} rules. Not in the table: the {} checks of the exposure score, which speak one by one with `--select exposure`, and the {} of the resource score, with `--select bounds`.\n\n",
        rule::RULES.iter().filter(|r| !r.is_removed()).count(),
        rule::exposure_rules().count(),
        rule::bound_rules().count()
    );
    out.push_str("| rule | level | what is wrong |\n| --- | --- | --- |\n");
    for r in rule::RULES.iter().filter(|r| !r.is_part() && !r.is_removed()) {
        let preview = if r.status == rule::Status::Preview { ", preview" } else { "" };
        let _ = writeln!(
            out,
            "| [`{}`]({}) | {}{preview} | {} |",
            r.id,
            r.file(),
            r.level.word(),
            r.summary.replace('|', "\\|")
        );
    }
    out.push_str("\nThe checks of the resource score, of which only those count that apply to a unit:\n\n");
    out + &resources::markdown()
}

/// The settings of unitlint.toml as a Markdown table: the README's.
pub fn settings() -> String {
    let mut out = String::from("| setting | what it says | for example |\n| --- | --- | --- |\n");
    for setting in SETTINGS {
        let _ = writeln!(out, "| `{}` | {} | `{}` |", setting.name, setting.about, setting.example);
    }
    out
}

/// Rules, for programs.
pub fn json(rules: &[&Rule]) -> String {
    document("rules", |json| rules.iter().for_each(|rule| rule_object(json, rule)))
}

/// Directives, for programs.
pub fn directives_json(keys: &[&Key]) -> String {
    document("directives", |json| keys.iter().for_each(|key| directive_object(json, key)))
}

pub(super) fn document(list: &'static str, write: impl FnOnce(&mut Json<&mut Vec<u8>>)) -> String {
    let mut out = Vec::new();
    let mut json = Json::new(&mut out);
    super::head(&mut json);
    json.key(list).open(b'[');
    write(&mut json);
    json.close(b']').close(b'}');
    let _ = json.finish();
    String::from_utf8(out).unwrap_or_default()
}

pub(super) fn strings(
    json: &mut Json<impl Write>,
    key: &'static str,
    texts: impl IntoIterator<Item = impl AsRef<str>>,
) {
    json.key(key).open(b'[');
    for text in texts {
        json.string(text.as_ref());
    }
    json.close(b']');
}

fn rule_object(json: &mut Json<impl Write>, r: &Rule) {
    let given = |text: &'static str| Some(text).filter(|t| !t.is_empty());
    let (status, successor) = match r.check {
        Check::Removed { successor } => ("removed", given(successor)),
        _ => (r.status.word(), None),
    };
    json.open(b'{').key("id").string(r.id).key("group").string(r.group.word()).key("level").string(r.level.word());
    json.key("status").string(status).key("successor").optional(successor).key("since").optional(given(r.since));
    json.key("summary").string(r.summary).key("rationale").string(r.rationale).key("breaks").string(r.breaks);
    json.key("risk").string(r.risk.word()).key("exposure");
    match &r.exposure {
        Some(e) => {
            json.open(b'{').key("id").string(e.id).key("weight").number(e.weight);
            json.key("range").number(e.range).close(b'}')
        }
        None => json.null(),
    };
    json.key("resources");
    match &r.resources {
        Some(r) => {
            json.open(b'{').key("weight").number(r.weight).key("range").number(r.range).key("asked").string(r.asked);
            json.key("values").open(b'[');
            for (state, badness) in r.values {
                json.open(b'{').key("state").string(state).key("badness").number(*badness).close(b'}');
            }
            json.close(b']').close(b'}')
        }
        None => json.null(),
    };
    json.key("fix").optional(r.fix.as_ref().map(FixSpec::line).as_deref());
    json.key("holds").open(b'[');
    for relation in r.holds() {
        json.open(b'{').key("that").string(relation.text).key("because").optional(given(relation.because)).close(b'}');
    }
    json.close(b']');
    strings(json, "references", r.references);
    json.close(b'}');
}

fn directive_object(json: &mut Json<impl Write>, key: &Key) {
    let model = Model::LATEST;
    json.open(b'{').key("name").string(key.name);
    strings(json, "sections", key.placements.iter().map(|p| p.section.word()));
    json.key("since").number(key.introduced).key("status").string(&format!("{:?}", key.status).to_lowercase());
    json.key("value").string(class_text(key, model));
    strings(json, "words", key.words(model));
    json.key("default").optional(Some(key.default).filter(|d| !d.is_empty()));
    json.key("empty").string(empty_text(key));
    strings(json, "manuals", key.man);
    strings(json, "notes", key.notes);
    let written = kernel::written_by(key.name);
    strings(json, "cgroup", written.map_or(&[][..], |w| w.writes));
    strings(json, "rules", rules_of(key).iter().map(|r| r.id));
    json.close(b'}');
}

/// The rules whose fix is a directive.
fn rules_of(key: &Key) -> Vec<&'static Rule> {
    rule::RULES.iter().filter(|r| r.fix.is_some_and(|f| f.key == key.name)).collect()
}
