//! `textDocument/formatting`: spacing and blank lines, where the user wants that.

use super::server::{Answer, Server};
use crate::fix::format;
use gen_lsp_types::{DocumentFormattingParams, TextEdit};

pub(super) fn answer(server: &mut Server, params: DocumentFormattingParams) -> Answer<Vec<TextEdit>> {
    let document = server.document(&params.text_document.uri)?;
    if !server.desk.wishes.format || !document.is_unit() {
        return Ok(Vec::new());
    }
    let edits = format::edits(&document.source().bytes).into_iter();
    Ok(edits.map(|e| server.text_edit(document.source(), e.span, e.insert)).collect())
}
