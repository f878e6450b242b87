//! `textDocument/foldingRange`: sections, comments of several lines, values of several lines.

use super::server::{Answer, Server};
use super::symbols::without_end;
use crate::syntax::Kind;
use crate::text::Span;
use gen_lsp_types::{FoldingRange, FoldingRangeKind, FoldingRangeParams};

pub(super) fn answer(server: &mut Server, params: FoldingRangeParams) -> Answer<Vec<FoldingRange>> {
    let document = server.document(&params.text_document.uri)?;
    let source = document.source();
    let mut out = Vec::new();
    let mut add = |span: Span, kind: FoldingRangeKind| {
        let line = |offset| source.lines().line_of(offset) as u32;
        let (start_line, end_line) = (line(span.start), line(without_end(source, span).end));
        if end_line > start_line {
            out.push(FoldingRange { start_line, end_line, kind: Some(kind), ..FoldingRange::default() });
        }
    };
    let (mut section, mut comment): (Option<Span>, Option<Span>) = (None, None);
    for item in &document.file.syntax().items {
        if item.kind == Kind::Comment {
            comment.get_or_insert(item.span).end = item.span.end;
            continue;
        }
        if let Some(span) = comment.take() {
            add(span, FoldingRangeKind::Comment);
        }
        match item.kind {
            Kind::Section { .. } => {
                if let Some(span) = section.replace(item.span) {
                    add(span, FoldingRangeKind::Region);
                }
            }
            Kind::Entry { .. } | Kind::Junk(_) => {
                add(item.span, FoldingRangeKind::Region);
                if let Some(section) = &mut section {
                    section.end = item.span.end;
                }
            }
            Kind::Blank | Kind::Comment => {}
        }
    }
    comment.into_iter().for_each(|span| add(span, FoldingRangeKind::Comment));
    section.into_iter().for_each(|span| add(span, FoldingRangeKind::Region));
    out.sort_by_key(|f| (f.start_line, std::cmp::Reverse(f.end_line)));
    Ok(out)
}
