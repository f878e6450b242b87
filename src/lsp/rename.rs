//! `textDocument/rename`: another name for a unit, in its file, its drop-ins and everywhere it is named.

use super::definition::{named, own_name};
use super::desk::Document;
use super::edit::Change;
use super::names;
use super::server::{Answer, Fault, Server};
use super::spot::{self, Part, Spot};
use crate::text::{Loc, Span};
use crate::vocab::name::UnitName;
use gen_lsp_types::{
    PrepareRenameParams, PrepareRenamePlaceholder, PrepareRenameResult, RenameParams, TextEdit, WorkspaceEdit,
};
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(super) fn prepare(server: &mut Server, params: PrepareRenameParams) -> Answer<PrepareRenameResult> {
    let at = params.text_document_position_params;
    let document = server.document(&at.text_document.uri)?;
    let spot = Spot::of(document, server.desk.encoding.offset(document.source(), at.position));
    let name = here(server, document, &spot)?;
    let span = match &spot.part {
        Part::Value { text, at, .. } => text.span(spot::word(&text.text, *at)),
        Part::Header(span) => *span,
        _ => Span { start: spot.offset, end: spot.offset },
    };
    let range = server.desk.encoding.range(document.source(), span);
    Ok(PrepareRenamePlaceholder { range, placeholder: name.to_string() }.into())
}

/// The unit that a place is about, if it can have another name.
fn here(server: &Server, document: &Document, spot: &Spot<'_>) -> Answer<UnitName> {
    let name = named(document, spot).ok_or_else(|| Fault::failed("no unit is named here"))?;
    if !server.client.makes_files {
        return Err(Fault::failed("this editor cannot rename files"));
    }
    let own = own_name(document).filter(|own| *own == name).map(|_| document.path.clone());
    let there = fragment(server, document, &name).or(own);
    match there.filter(|path| server.desk.folders.is_empty() || server.desk.folders.iter().any(|f| path.starts_with(f)))
    {
        Some(_) => Ok(name),
        None => Err(Fault::failed(format!("{name} has no file in this workspace"))),
    }
}

/// The file of a unit.
fn fragment(server: &Server, document: &Document, name: &UnitName) -> Option<PathBuf> {
    let found = names::catalog(&server.desk, document)?.find(name);
    found.1.map(|(path, _)| path)
}

pub(super) fn answer(server: &mut Server, params: RenameParams) -> Answer<WorkspaceEdit> {
    let at = params.text_document_position_params;
    let document = server.document(&at.text_document.uri)?;
    let spot = Spot::of(document, server.desk.encoding.offset(document.source(), at.position));
    let old = here(server, document, &spot)?;
    let suffix = format!(".{}", old.suffix());
    let wanted = params.new_name.trim();
    if UnitName::parse(wanted).is_some_and(|name| name.kind() != old.kind()) {
        return Err(Fault::failed(format!("a {} stays one", old.suffix())));
    }
    let wanted = if wanted.ends_with(&suffix) { wanted.to_owned() } else { format!("{wanted}{suffix}") };
    let new = UnitName::parse(&wanted).ok_or_else(|| Fault::failed(format!("{wanted} is no name of a unit")))?;
    if new.is_template() != old.is_template() || new.is_instance() != old.is_instance() {
        return Err(Fault::failed("a template stays a template, and what is none stays none"));
    }
    if new == old {
        return Ok(WorkspaceEdit::default());
    }
    if fragment(server, document, &new).is_some() {
        return Err(Fault::failed(format!("there is a {new} already")));
    }
    let mut texts: BTreeMap<PathBuf, Vec<TextEdit>> = BTreeMap::new();
    for at in names::references(&server.desk, document, &old) {
        if let Some(text) = renamed(&at, &old, &new) {
            let edit = server.text_edit(&at.source, at.span, text);
            texts.entry(at.path().to_owned()).or_default().push(edit);
        }
    }
    let mut changes: Vec<Change> = texts.into_iter().map(|(path, edits)| Change::Text(path, edits)).collect();
    // the files last: the edits are told by the old names
    let rename = |path: PathBuf| {
        let name = path.file_name()?.to_str()?.replacen(old.as_str(), new.as_str(), 1);
        Some(Change::Rename(path.clone(), path.with_file_name(name)))
    };
    changes.extend(fragment(server, document, &old).and_then(rename));
    let beside = names::side_directories(&server.desk, document, &old);
    changes.extend(beside.into_iter().filter_map(rename));
    Ok(server.workspace_edit(changes))
}

/// A word that names a unit with the new name in it; `None` where the name comes about only when it is read.
fn renamed(at: &Loc, old: &UnitName, new: &UnitName) -> Option<String> {
    let word = at.source.text(at.span);
    if *word == *old.as_str() {
        return Some(new.to_string());
    }
    let rest = word.strip_prefix(old.prefix()).filter(|rest| old.is_template() && rest.starts_with('@'))?;
    Some(format!("{}{rest}", new.prefix()))
}
