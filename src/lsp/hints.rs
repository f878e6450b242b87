//! `textDocument/inlayHint`: what a line costs, and what counts in its place.

use super::desk::Document;
use super::server::{Answer, Server};
use super::tokens;
use crate::engine::score::tenths;
use crate::unit::Unit;
use crate::vocab::value::Outcome;
use crate::vocab::{KeyId, Repeat};
use gen_lsp_types::{InlayHint, InlayHintParams, Label, Tooltip};
use std::collections::BTreeMap;

pub(super) fn answer(server: &mut Server, params: InlayHintParams) -> Answer<Vec<InlayHint>> {
    let document = server.document(&params.text_document.uri)?;
    let (source, encoding, wishes) = (document.source(), server.desk.encoding, &server.desk.wishes);
    let wanted = encoding.span(source, params.range);
    let mut labels: BTreeMap<usize, Vec<(String, String)>> = BTreeMap::new();
    if wishes.cost_hints {
        costs(document, &mut labels);
    }
    if wishes.effective_hints {
        overridden(document, &mut labels);
    }
    let items = &document.file.syntax().items;
    let hint = |(item, all): (usize, Vec<(String, String)>)| {
        let end = super::symbols::without_end(source, items.get(item)?.span).end;
        let inside = (wanted.start..=wanted.end).contains(&end);
        let (labels, tips): (Vec<String>, Vec<String>) = all.into_iter().unzip();
        inside.then(|| InlayHint {
            position: encoding.position(source, end),
            label: Label::String(labels.join(", ")),
            kind: None,
            text_edits: None,
            tooltip: Some(Tooltip::String(tips.join("\n"))),
            padding_left: Some(true),
            padding_right: None,
            data: None,
        })
    };
    Ok(labels.into_iter().filter_map(hint).collect())
}

/// What lines that decide a check add to the exposure, and what good ones take off.
fn costs(document: &Document, out: &mut BTreeMap<usize, Vec<(String, String)>>) {
    let (Some(report), Some(file)) = (document.report(), document.number()) else { return };
    let Some(score) = &report.score else { return };
    let mut sums: BTreeMap<usize, (u32, Vec<&str>)> = BTreeMap::new();
    for part in score.parts.iter() {
        let Some(line) = report.unit.decisive(part.verdict.key).filter(|a| a.file == file) else { continue };
        let sum = sums.entry(line.item as usize).or_default();
        if let Some(cost) = score.cost(part) {
            sum.0 += cost;
            sum.1.push(part.rule.message(part.verdict.state));
        }
    }
    for (item, (cost, why)) in sums {
        let (label, tip) = match cost {
            0 => continue,
            cost => {
                (format!("+{}", tenths(cost)), format!("adds {} to the exposure: {}", tenths(cost), why.join("; ")))
            }
        };
        out.entry(item).or_default().push((label, tip));
    }
}

/// That a line does not count, and which one does.
fn overridden(document: &Document, out: &mut BTreeMap<usize, Vec<(String, String)>>) {
    let (Some(unit), Some(file)) = (document.unit(), document.number()) else { return };
    for item in tokens::idle(document) {
        let setting = unit.settings().iter().find_map(|s| {
            let at = s.assignments.iter().position(|a| a.file == file && a.item as usize == item)?;
            Some((s, at))
        });
        let Some((setting, at)) = setting else { continue };
        let told = match setting.assignments[at].outcome {
            Outcome::Ignored => ("ignored".to_owned(), "systemd takes no notice of this line".to_owned()),
            Outcome::Fatal | Outcome::Reset | Outcome::Set => {
                let later = &setting.assignments[at + 1..];
                let last = matches!(setting.key.key().repeat, Repeat::Last);
                let decides = |o: Outcome| if last { o != Outcome::Ignored } else { o == Outcome::Reset };
                let Some(by) = later.iter().rfind(|a| decides(a.outcome)) else { continue };
                let loc = unit.loc(by.file, by.whole());
                let name = loc.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
                let place =
                    if by.file == file { format!("line {}", loc.line()) } else { format!("{name}:{}", loc.line()) };
                let what = match by.outcome {
                    Outcome::Reset => "taken back".to_owned(),
                    _ => format!("→ {}", effective(unit, setting.key)),
                };
                (format!("{what} ({place})"), format!("does not count: {} decides", loc.path().display()))
            }
        };
        out.entry(item).or_default().push(told);
    }
}

/// The value that counts, in few words.
fn effective(unit: &Unit, key: KeyId) -> String {
    let text = unit.setting(key).and_then(crate::emit::cat::effective).unwrap_or_default();
    crate::emit::style::shorten(&text, 40).into_owned()
}
