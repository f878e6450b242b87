//! The resource score: what a document says of a unit, and the model in words.

use super::json::Json;
use crate::engine::Bounds;
use crate::engine::resources::LEVELS;
use crate::engine::score::tenths;
use crate::rule::{Resources, Rule, bound_rules};
use crate::unit::Unit;
use std::fmt::Write as _;
use std::io::Write;

/// The score of a unit and what it is made of, or null.
pub(super) fn json(json: &mut Json<impl Write>, unit: &Unit, bounds: Option<&Bounds>) {
    let Some(bounds) = bounds else {
        json.null();
        return;
    };
    json.open(b'{').key("overall").tenths(bounds.overall).key("level").string(bounds.level()).key("checks").open(b'[');
    for part in &bounds.parts {
        let Some(cost) = bounds.cost(part) else { continue };
        // names need no escapes
        json.open(b'{').raw("\"rule\":\"").more(part.rule.id).more("\",\"state\":\"").more(part.verdict.state);
        json.more("\",\"cost\":").more_tenths(cost);
        match unit.decisive(part.verdict.key).map(|a| unit.entry(a).loc()) {
            Some(at) => json.key("at").open(b'{').key("path").path(at.path()).key("line").number(at.line()).close(b'}'),
            None => json.more(",\"at\":null"),
        };
        json.close(b'}');
    }
    json.close(b']').close(b'}');
}

/// `10 none, 5 high`: how bad each state of a check is.
pub(super) fn values(resources: &Resources) -> String {
    let values: Vec<String> = resources.values.iter().map(|(state, badness)| format!("{badness} {state}")).collect();
    values.join(", ")
}

/// The checks, what counts most first.
fn checks() -> Vec<(&'static Rule, &'static Resources)> {
    let mut all: Vec<_> = bound_rules().collect();
    all.sort_by_key(|(rule, r)| (std::cmp::Reverse(r.weight), rule.id));
    all
}

/// The words for a score: `UNBOUNDED from 9.0`.
fn levels() -> String {
    let words: Vec<String> = LEVELS.iter().map(|(least, word)| format!("{word} from {}", tenths(*least))).collect();
    words.join(", ")
}

/// The whole model, a line a check.
pub(super) fn model() -> String {
    let mut out = String::new();
    let width = bound_rules().map(|(rule, _)| rule.id.len()).max().unwrap_or_default();
    for (rule, resources) in checks() {
        let (weight, range) = (resources.weight, resources.range);
        let _ = writeln!(out, "  {weight:>5}  {:<width$}  of {range}: {}", rule.id, values(resources));
        let _ = writeln!(out, "  {:>5}  {:<width$}  asked of {}", "", "", resources.asked);
    }
    let _ = writeln!(out, "\n  {}", levels());
    out
}

/// The same as a Markdown table.
pub(super) fn markdown() -> String {
    let mut out = String::from("| check | weight | asked of | badness of its states |\n| --- | --: | --- | --- |\n");
    for (rule, resources) in checks() {
        let (id, file, asked) = (rule.id, rule.file(), resources.asked);
        let _ = writeln!(out, "| [`{id}`]({file}) | {} | {asked} | {} |", resources.weight, values(resources));
    }
    let _ = writeln!(out, "\n{}.", levels());
    out
}
