//! `textDocument/documentSymbol`: sections with their assignments.

use super::server::{Answer, Server};
use crate::syntax::Kind;
use crate::text::{Source, Span};
use gen_lsp_types::{DocumentSymbol, DocumentSymbolParams, SymbolKind};

pub(super) fn answer(server: &mut Server, params: DocumentSymbolParams) -> Answer<Vec<DocumentSymbol>> {
    let document = server.document(&params.text_document.uri)?;
    let (source, encoding) = (document.source(), server.desk.encoding);
    let symbol = |name: String, detail: String, kind: SymbolKind, whole: Span, chosen: Span| {
        #[allow(deprecated, reason = "the type has the field")]
        DocumentSymbol {
            name,
            detail: (!detail.is_empty()).then_some(detail),
            kind,
            tags: None,
            deprecated: None,
            range: encoding.range(source, whole),
            selection_range: encoding.range(source, chosen),
            children: None,
        }
    };
    let mut out: Vec<DocumentSymbol> = Vec::new();
    // where the header of the last section begins, and what lies in it
    let mut open: Option<(Span, DocumentSymbol)> = None;
    let mut end = 0;
    let close = |open: Option<(Span, DocumentSymbol)>, end: u32, out: &mut Vec<DocumentSymbol>| {
        if let Some((span, mut section)) = open {
            section.range = encoding.range(source, Span { start: span.start, end });
            out.push(section);
        }
    };
    for item in &document.file.syntax().items {
        let line = without_end(source, item.span);
        match item.kind {
            Kind::Section { name } => {
                close(open.take(), end, &mut out);
                // a symbol without a name is none
                let text = Some(source.text(name).into_owned()).filter(|n| !n.is_empty()).unwrap_or("[]".into());
                open = Some((line, symbol(text, String::new(), SymbolKind::Namespace, line, line)));
            }
            Kind::Entry { key, .. } => {
                let Some((name, value)) = item.entry(&source.bytes) else { continue };
                let detail: String = value.text.split_whitespace().collect::<Vec<_>>().join(" ");
                let detail = crate::emit::style::shorten(&detail, 80).into_owned();
                let entry = symbol(name.into_owned(), detail, SymbolKind::Property, line, key);
                match &mut open {
                    Some((_, section)) => section.children.get_or_insert_default().push(entry),
                    None => out.push(entry),
                }
            }
            Kind::Blank | Kind::Comment | Kind::Junk(_) => continue,
        }
        end = line.end;
    }
    close(open, end, &mut out);
    Ok(out)
}

/// Lines without the last line end.
pub(super) fn without_end(source: &Source, span: Span) -> Span {
    let length = span.of(&source.bytes).iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(0, |i| i + 1);
    Span { start: span.start, end: span.start + length as u32 }
}
