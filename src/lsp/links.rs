//! `textDocument/documentLink`: the addresses and manuals of `Documentation=`.

use super::server::{Answer, Server};
use crate::syntax::Kind;
use crate::vocab::key;
use crate::vocab::net::documentation_url;
use crate::vocab::words::{Split, words};
use gen_lsp_types::{DocumentLink, DocumentLinkParams, Uri};

pub(super) fn answer(server: &mut Server, params: DocumentLinkParams) -> Answer<Vec<DocumentLink>> {
    let document = server.document(&params.text_document.uri)?;
    let (source, encoding) = (document.source(), server.desk.encoding);
    let mut out = Vec::new();
    for item in document.file.syntax().items.iter().filter(|i| matches!(i.kind, Kind::Entry { .. })) {
        let Some((_, value)) = item.entry(&source.bytes).filter(|(name, _)| name == key::DOCUMENTATION.name()) else {
            continue;
        };
        for word in words(&value.text, Split::UNQUOTE).map_while(Result::ok) {
            if let Some((target, tooltip)) = documentation_url(&word.text).and_then(target) {
                let range = encoding.range(source, value.span(word.at));
                out.push(DocumentLink { range, target: Some(Uri(target)), tooltip, data: None });
            }
        }
    }
    Ok(out)
}

/// Where a word of `Documentation=` leads.
fn target(word: &str) -> Option<(String, Option<String>)> {
    let Some(page) = word.strip_prefix("man:") else {
        return word.starts_with("http").then(|| (word.to_owned(), None));
    };
    let (name, section) = page.strip_suffix(')')?.split_once('(')?;
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.@:+".contains(&b));
    let fine = !name.is_empty() && !section.is_empty() && plain(name) && plain(section);
    fine.then(|| (format!("https://manpages.debian.org/{name}.{section}"), Some(format!("{name}({section})"))))
}
