//! `textDocument/selectionRange`: the word, the value, the assignment, the section, the file.

use super::server::{Answer, Server};
use super::spot::{self, Part, Spot};
use super::symbols::without_end;
use crate::syntax::{Item, Kind};
use crate::text::Span;
use gen_lsp_types::{SelectionRange, SelectionRangeParams};

pub(super) fn answer(server: &mut Server, params: SelectionRangeParams) -> Answer<Vec<SelectionRange>> {
    let document = server.document(&params.text_document.uri)?;
    let (source, encoding) = (document.source(), server.desk.encoding);
    let of = |position| {
        let spot = Spot::of(document, encoding.offset(source, position));
        let mut spans = vec![Span::new(0, source.bytes.len())];
        spans.extend(section(&spot).map(|span| without_end(source, span)));
        let item = spot.item.map(|at| &spot.file.syntax().items[at]);
        spans.extend(item.map(|item| without_end(source, item.span)));
        match (&spot.part, item.map(|i| &i.kind)) {
            (Part::Value { text, at, .. }, Some(Kind::Entry { value, .. })) => {
                spans.push(*value);
                spans.push(text.span(spot::word(&text.text, *at)));
            }
            (Part::Key { span, .. }, _) => spans.push(*span),
            _ => {}
        }
        let mut range: Option<SelectionRange> = None;
        for span in spans {
            // each lies within the one before
            let inside = range.as_ref().is_none_or(|outer| {
                let outer = encoding.span(source, outer.range);
                outer != span && outer.start <= span.start && span.end <= outer.end
            });
            if inside {
                range = Some(SelectionRange { range: encoding.range(source, span), parent: range.map(Box::new) });
            }
        }
        range.unwrap_or_default()
    };
    Ok(params.positions.into_iter().map(of).collect())
}

/// The section around a place, with its header.
fn section(spot: &Spot<'_>) -> Option<Span> {
    let items = &spot.file.syntax().items;
    let is_header = |item: &Item| matches!(item.kind, Kind::Section { .. });
    let at = spot.item.unwrap_or(items.len());
    let first = items[..items.len().min(at + 1)].iter().rposition(is_header)?;
    let last = items[first + 1..].iter().position(is_header).map_or(items.len(), |n| first + 1 + n);
    Some(Span { start: items[first].span.start, end: items[last - 1].span.end })
}
