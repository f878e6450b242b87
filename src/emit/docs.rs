//! Rules and directives explained, and the list of rules.

mod facts;
mod page;
mod reference;
mod terminal;

pub use facts::rules_about;
pub use page::{directive_markdown, rule_markdown};
pub use reference::reference_text;
pub use terminal::{directive, rule};

use super::json::Json;
use super::resources;
use super::style::{Look, Paint};
use crate::engine::config::SETTINGS;
use crate::rule::{self, Check, FixSpec, Rule};
use crate::vocab::{Key, Model, kernel};
use std::fmt::Write as _;
use std::io::Write;

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
    json.key("status").string(status).key("successor").optional(successor).key("since").optional(given(r.since()));
    json.key("summary").string(r.summary).key("rationale").string(r.rationale()).key("breaks").string(r.breaks());
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
    json.key("fix").optional(r.fix.map(FixSpec::line).as_deref());
    json.key("holds").open(b'[');
    for relation in r.holds() {
        json.open(b'{').key("that").string(relation.text).key("because").optional(given(relation.because)).close(b'}');
    }
    json.close(b']');
    strings(json, "references", r.references());
    json.close(b'}');
}

fn directive_object(json: &mut Json<impl Write>, key: &Key) {
    let model = Model::LATEST;
    json.open(b'{').key("name").string(key.name());
    strings(json, "sections", key.placements().iter().map(|p| p.section.word()));
    json.key("since").number(key.introduced).key("status").string(&format!("{:?}", key.status).to_lowercase());
    json.key("value").string(key.class(model).grammar());
    strings(json, "words", key.words(model));
    json.key("default").optional(Some(key.default()).filter(|d| !d.is_empty()));
    json.key("empty").string(facts::empty(key));
    strings(json, "manuals", key.man());
    strings(json, "notes", key.notes());
    let written = kernel::written_by(key.name());
    strings(json, "cgroup", written.into_iter().flat_map(|w| w.writes()));
    strings(json, "rules", rules_that_set(key).map(|r| r.id));
    json.close(b'}');
}

/// The rules whose fix is a directive.
fn rules_that_set(key: &Key) -> impl Iterator<Item = &'static Rule> {
    rule::RULES.iter().filter(move |r| r.fix.is_some_and(|f| f.key == key.name()))
}
