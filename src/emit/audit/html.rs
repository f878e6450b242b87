//! A page for a browser: one file that needs nothing but itself. What it shows is in `page/`; here is the data for it.

use super::super::json::steady;
use super::record::Record;
use crate::engine::census::Census;
use crate::rule;
use serde_json::{Map, Value, json};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
/// In this order: each has names that those behind it use.
const SCRIPT: &[&str] = &[
    include_str!("page/text.js"),
    include_str!("page/data.js"),
    include_str!("page/state.js"),
    include_str!("page/chart.js"),
    include_str!("page/table.js"),
    include_str!("page/heat.js"),
    include_str!("page/rules.js"),
    include_str!("page/unit.js"),
    include_str!("page/main.js"),
];

/// The page.
pub fn page(records: &[Record], census: &Census, systemd: u16, title: &str) -> String {
    let checks = rule::exposure_rules().map(
        |(rule, check)| json!({ "id": check.id, "rule": rule.id, "summary": rule.summary, "weight": check.weight }),
    );
    let rules: Map<String, Value> = census
        .findings
        .keys()
        .filter_map(|(id, _)| rule::find(id))
        .map(|r| {
            let about = json!({ "summary": r.summary, "level": r.level.word(), "group": r.group.word() });
            (r.id.to_owned(), about)
        })
        .collect();
    let data = json!({
        "unitlint": env!("CARGO_PKG_VERSION"),
        "title": title,
        "systemd": systemd,
        "packages": records,
        "checks": checks.collect::<Vec<_>>(),
        "rules": rules,
    });
    // nothing in it ends the element that it stands in
    let data = steady(&data.to_string()).replace('<', "\\u003c");
    fill(PAGE, &[("title", &text(title)), ("style", STYLE), ("script", &SCRIPT.join("\n")), ("data", &data)])
}

/// Puts the parts into the places that are named after them; what a part says is never taken for a place.
fn fill(template: &str, parts: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + parts.iter().map(|(_, t)| t.len()).sum::<usize>());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let part = after.split_once("}}").and_then(|(name, after)| {
            let (_, text) = parts.iter().find(|(known, _)| *known == name)?;
            Some((*text, after))
        });
        match part {
            Some((text, after)) => {
                out.push_str(text);
                rest = after;
            }
            None => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out + rest
}

/// A text as HTML.
fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_filled_in_once() {
        let parts = [("a", "{{b}}"), ("b", "x")];
        assert_eq!(fill("1 {{a}} 2 {{b}} 3 {{c}} {", &parts), "1 {{b}} 2 x 3 {{c}} {");
    }

    #[test]
    fn nothing_in_the_data_ends_its_element() {
        let record = Record { name: "</script><script>alert(1)</script>".into(), ..Record::default() };
        let page = page(&[record], &Census::default(), 257, "<b>&");
        assert!(!page.contains("alert(1)</script>") && page.contains("\\u003c/script>"));
        assert!(page.contains("&lt;b&gt;&amp;"));
    }
}
