//! `textDocument/codeLens`: the scores of a unit above its section, and the cheapest next step.

use super::commands;
use super::desk::Document;
use super::server::{Answer, Server};
use crate::engine::score::{self, tenths};
use crate::engine::{Scores, path_down};
use gen_lsp_types::{CodeLens, CodeLensParams, Command};
use serde_json::json;

pub(super) fn answer(server: &mut Server, params: CodeLensParams) -> Answer<Vec<CodeLens>> {
    let document = server.document(&params.text_document.uri)?;
    if !server.desk.wishes.lens {
        return Ok(Vec::new());
    }
    let (source, encoding) = (document.source(), server.desk.encoding);
    let Some(report) = document.report() else { return Ok(Vec::new()) };
    let at = score::missing(&report.unit).filter(|at| at.path() == document.path).map(|at| at.span);
    let at = at.or_else(|| report.unit.headers.iter().find(|h| Some(h.file) == document.number()).map(|h| h.span));
    let range = encoding.range(source, at.unwrap_or_default());
    let uri = &document.uri;
    let lens = |title: String, command: &str, arguments| CodeLens {
        range,
        command: Some(Command { title, command: command.to_owned(), arguments: Some(arguments), ..Command::default() }),
        data: None,
    };
    let mut out = Vec::new();
    if let Some(score) = &report.score {
        let title = format!("exposure {} {}", tenths(score.exposure), score.level());
        out.push(lens(title, commands::SCORE, vec![json!(uri)]));
        if let Some((line, after)) = next(document) {
            let title = format!("{line} makes it {}", tenths(after));
            out.push(lens(title, commands::APPLY, vec![json!(uri), json!(line)]));
        }
    }
    if let Some(bounds) = &report.bounds {
        let title = format!("resources {} {}", tenths(bounds.overall), bounds.level());
        out.push(lens(title, commands::SCORE, vec![json!(uri)]));
    }
    Ok(out)
}

/// The cheapest next step of a unit and where it leads.
pub(super) fn next(document: &Document) -> Option<(String, u32)> {
    let seen = document.seen.as_ref()?;
    let report = seen.reports.first()?;
    let score = report.score.as_ref()?;
    let outlook = Scores::new(&seen.settings.session.policy).outlook(&report.unit, score)?;
    let line = outlook.lines.into_iter().next()?;
    let with = path_down::extended(&report.unit, std::slice::from_ref(&line));
    let after = score::Score::exposure_of(&with, &seen.settings.session.policy);
    (after < score.exposure).then_some((line, after))
}
