//! `workspace/executeCommand`: explanations, scores, and changes that take a look at more than the text.

use super::desk::Document;
use super::edit::{Change, difference};
use super::server::{Answer, Fault, Server};
use super::{actions, hover};
use crate::emit::docs;
use crate::emit::markdown::plain;
use crate::engine::Part;
use crate::engine::score::tenths;
use crate::text::Source;
use crate::tree::Tree;
use crate::vocab;
use gen_lsp_types::{ExecuteCommandParams, MessageType, Uri};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Explains a rule or a directive.
pub(super) const EXPLAIN: &str = "unitlint.explain";
/// Tells what the scores of a document are made of.
pub(super) const SCORE: &str = "unitlint.score";
/// Writes a line into a document.
pub(super) const APPLY: &str = "unitlint.apply";
/// Makes a drop-in from what the programs of a service show.
pub(super) const HARDEN: &str = "unitlint.harden";

type Command = fn(&mut Server, &[Value]) -> Answer<Value>;

/// Every command.
pub(super) const ALL: &[(&str, Command)] = &[(EXPLAIN, explain), (SCORE, score), (APPLY, apply), (HARDEN, harden)];

pub(super) fn answer(server: &mut Server, params: ExecuteCommandParams) -> Answer<Value> {
    let known = ALL.iter().find(|(name, _)| *name == params.command);
    let (_, command) = known.ok_or_else(|| Fault::failed(format!("there is no command {}", params.command)))?;
    command(server, &params.arguments.unwrap_or_default())
}

fn text<'v>(arguments: &'v [Value], at: usize, what: &str) -> Answer<&'v str> {
    arguments.get(at).and_then(Value::as_str).ok_or_else(|| Fault::failed(format!("{what} is needed")))
}

/// Shows a page, or leaves that to the editor.
fn page(server: &Server, title: &str, markdown: String) -> Value {
    if !server.desk.wishes.explains {
        server.show(MessageType::Info, plain(&markdown));
    }
    json!({ "title": title, "markdown": markdown })
}

fn explain(server: &mut Server, arguments: &[Value]) -> Answer<Value> {
    let word = text(arguments, 0, "a rule or a directive")?.trim_end_matches('=').to_owned();
    let own = server.desk.documents.values().find_map(|d| d.seen.as_ref()?.settings.session.rules.find(&word));
    let target = server.desk.documents.values().find_map(|d| d.seen.as_ref().map(|s| s.settings.target));
    let markdown = match own.or_else(|| crate::rule::find(&word)) {
        Some(rule) => docs::rule_markdown(rule),
        None => {
            let keys = vocab::KEYS.iter().filter(|k| k.name().eq_ignore_ascii_case(&word));
            let all: Vec<String> = keys.map(|k| docs::directive_markdown(k, target.unwrap_or_default())).collect();
            all.join("\n")
        }
    };
    if markdown.is_empty() {
        return Err(Fault::failed(format!("{word} is neither a rule nor a directive")));
    }
    Ok(page(server, &word, markdown))
}

fn score(server: &mut Server, arguments: &[Value]) -> Answer<Value> {
    let uri = Uri(text(arguments, 0, "a document")?.to_owned());
    let document = server.document(&uri)?;
    let report = document.report().ok_or_else(|| Fault::failed("no unit is here"))?;
    let mut out = format!("# {}\n", hover::code(report.unit.name.as_str()));
    if let Some(score) = &report.score {
        let _ = write!(out, "\n## Exposure {} {}\n\n", tenths(score.exposure), score.level());
        costs(score.parts.iter().filter_map(|p| Some((score.cost(p)?, p))), &mut out);
        if let Some((line, after)) = super::lens::next(document) {
            let _ = write!(out, "\nThe cheapest next step: {} makes it {}.\n", hover::code(&line), tenths(after));
        }
    }
    if let Some(bounds) = &report.bounds {
        let _ = write!(out, "\n## Resources {} {}\n\n", tenths(bounds.overall), bounds.level());
        costs(bounds.parts.iter().filter_map(|p| Some((bounds.cost(p)?, p))), &mut out);
        for step in bounds.way_down(&report.unit).into_iter().flat_map(|w| w.steps) {
            let _ = write!(out, "\n- {}", hover::escaped(&step.told()));
        }
        out.push('\n');
    }
    let title = report.unit.name.to_string();
    Ok(page(server, &title, out))
}

/// What checks add to a score, the worst first.
fn costs<'p>(parts: impl Iterator<Item = (u32, &'p Part)>, out: &mut String) {
    let mut parts: Vec<_> = parts.collect();
    parts.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
    out.push_str("| adds | what | rule |\n| ---: | --- | --- |\n");
    for (cost, part) in parts {
        let what = hover::escaped(part.rule.message(part.verdict.state));
        let _ = writeln!(out, "| {} | {what} | `{}` |", tenths(cost), part.rule.id);
    }
}

fn apply(server: &mut Server, arguments: &[Value]) -> Answer<Value> {
    let uri = Uri(text(arguments, 0, "a document")?.to_owned());
    let line = text(arguments, 1, "a line KEY=VALUE")?;
    let document = server.document(&uri)?;
    let (at, insert) =
        actions::last_of_section(document, line).ok_or_else(|| Fault::failed("no section is here for it"))?;
    let edits = vec![server.text_edit(&at.source, at.span, insert)];
    let edit = server.workspace_edit(vec![Change::Text(document.path.clone(), edits)]);
    server.apply(line, edit);
    Ok(Value::Null)
}

fn harden(server: &mut Server, arguments: &[Value]) -> Answer<Value> {
    let uri = Uri(text(arguments, 0, "a document")?.to_owned());
    let document = server.document(&uri)?;
    let (place, insert) = hardened(server, document)?;
    let changes = match server.desk.files.read(&place) {
        // one that was made before is made again
        Ok(bytes) => {
            let source = Source::new(place.clone(), bytes);
            let before =
                str::from_utf8(&source.bytes).map_err(|e| Fault::failed(format!("{}: {e}", place.display())))?;
            let edits = difference(before, &insert).into_iter();
            vec![Change::Text(place, edits.map(|e| server.text_edit(&source, e.span, e.insert)).collect())]
        }
        Err(_) if !server.client.makes_files => {
            return Err(Fault::failed(format!("this editor cannot make {}", place.display())));
        }
        Err(_) => vec![Change::Create(place.clone()), actions::whole(&place, insert)],
    };
    let edit = server.workspace_edit(changes);
    server.apply("harden with a drop-in", edit);
    Ok(Value::Null)
}

/// The drop-in that evidence speaks for, and where it belongs.
fn hardened(server: &Server, document: &Document) -> Answer<(std::path::PathBuf, String)> {
    use crate::fix::harden::{self, Wish};
    let seen = document.seen.as_ref().ok_or_else(|| Fault::failed("no unit is here"))?;
    let plan = server.desk.plan(&document.uri.0).ok_or_else(|| Fault::failed("no unit is here"))?;
    let wish = Wish { at_least: crate::rule::Safety::Safe, target: None, tried: false };
    let mut found = None;
    let tree = harden::without_ours(&server.desk.files, plan, false);
    let unread = harden::each(&tree, plan, &seen.settings.session, wish, |hardened| {
        found.get_or_insert(hardened);
    });
    let found = found.ok_or_else(|| match unread.into_iter().next() {
        Some(why) => Fault::failed(why),
        None => Fault::failed("this is no service that can be hardened"),
    })?;
    if let Some(why) = &found.hardening.left_alone {
        return Err(Fault::failed(format!("{}: left as it is: {why}", found.unit.name)));
    }
    if found.hardening.lines.is_empty() {
        return Err(Fault::failed(format!("{}: nothing to do that is sure enough", found.unit.name)));
    }
    Ok((found.place.clone(), found.text()))
}
