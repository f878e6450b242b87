//! `textDocument/definition` and `textDocument/references`: the files of a unit, the assignments of a key, and who names a
//! unit.

use super::desk::Document;
use super::names;
use super::server::{Answer, Server};
use super::spot::{self, Part, Spot};
use super::told::location;
use crate::load::PathKind;
use crate::text::Loc;
use crate::tree::{self, NodeKind, Tree};
use crate::unit::world::names_units;
use crate::vocab::name::UnitName;
use crate::vocab::{KeyId, key, specifier};
use gen_lsp_types::{DefinitionParams, Location, Position, Range, ReferenceParams};
use std::path::Path;

/// So much of a file is looked at to tell whether people read it.
const HEAD: usize = 1024;

pub(super) fn answer(server: &mut Server, params: DefinitionParams) -> Answer<Vec<Location>> {
    let at = params.text_document_position_params;
    let document = server.document(&at.text_document.uri)?;
    let spot = Spot::of(document, server.desk.encoding.offset(document.source(), at.position));
    Ok(match &spot.part {
        Part::Value { key: Some(key), text, at, .. } => {
            let word = &text.text[spot::word(&text.text, *at)];
            match unit_at(document, *key, word) {
                Some(name) => files(server, document, &name),
                None => file(server, document, word),
            }
        }
        Part::Key { key: Some(key), .. } => {
            let deciding = document.unit().and_then(|u| u.decisive(*key).map(|a| u.loc(a.file, a.whole())));
            let elsewhere =
                |at: &Loc| at.path() != document.path || !(at.span.start..=at.span.end).contains(&spot.offset);
            match deciding.filter(elsewhere) {
                Some(at) => vec![place(server, &at)],
                None => {
                    assignments(document, *key).iter().filter(|at| elsewhere(at)).map(|at| place(server, at)).collect()
                }
            }
        }
        _ => Vec::new(),
    })
}

pub(super) fn references(server: &mut Server, params: ReferenceParams) -> Answer<Vec<Location>> {
    let at = params.text_document_position_params;
    let document = server.document(&at.text_document.uri)?;
    let spot = Spot::of(document, server.desk.encoding.offset(document.source(), at.position));
    let mut out = Vec::new();
    if let Part::Key { key: Some(key), .. } = &spot.part {
        out.extend(assignments(document, *key).iter().map(|at| place(server, at)));
    } else if let Some(name) = named(document, &spot) {
        if params.context.include_declaration {
            out.extend(files(server, document, &name));
        }
        out.extend(names::references(&server.desk, document, &name).iter().map(|at| place(server, at)));
    }
    Ok(out)
}

fn place(server: &Server, at: &Loc) -> Location {
    location(at, server.desk.encoding, &|path| server.desk.uri(path))
}

/// The unit that a place is about: the one that is named there, or on a header the unit of the document.
pub(super) fn named(document: &Document, spot: &Spot<'_>) -> Option<UnitName> {
    match &spot.part {
        Part::Value { key: Some(key), text, at, .. } => {
            unit_at(document, *key, &text.text[spot::word(&text.text, *at)])
        }
        Part::Header(_) => own_name(document),
        _ => None,
    }
}

/// The unit that a document is part of.
pub(super) fn own_name(document: &Document) -> Option<UnitName> {
    match PathKind::of(&document.path) {
        PathKind::Unit(name) => Some(name),
        PathKind::DropIn { owner } => UnitName::parse(&owner),
        PathKind::Profile(..) | PathKind::Other => None,
    }
}

/// The unit that a word of a key names.
fn unit_at(document: &Document, id: KeyId, word: &str) -> Option<UnitName> {
    names_units(id).map(drop).or_else(|| (id == key::ALIAS).then_some(()))?;
    let unit = document.unit()?;
    let subject = unit.value_setting(unit.target.model).subject;
    let name = specifier::expand(word, id.key().specifiers(unit.target.model), &subject).ok()?;
    UnitName::parse(&name)
}

/// The files of a unit.
fn files(server: &Server, document: &Document, name: &UnitName) -> Vec<Location> {
    let start = |path: &Path| Location { uri: server.desk.uri(path), range: Range::default() };
    names::files(&server.desk, document, name).iter().map(|path| start(path)).collect()
}

/// Every assignment of a key in the unit of a document.
fn assignments(document: &Document, key: KeyId) -> Vec<Loc> {
    document.unit().into_iter().flat_map(|u| u.entries(key).map(|e| e.loc()).collect::<Vec<_>>()).collect()
}

/// A file that a value names, if people read it.
fn file(server: &Server, document: &Document, word: &str) -> Vec<Location> {
    let word = word.trim_start_matches(['@', ':', '-']);
    let Some(catalog) = names::catalog(&server.desk, document).filter(|_| word.starts_with('/')) else {
        return Vec::new();
    };
    let files = &server.desk.files;
    let outside = catalog.root.join(word.trim_start_matches('/'));
    let Ok(path) = tree::resolve(files, &catalog.root, &outside) else { return Vec::new() };
    let is_file = files.stat(&path).is_ok_and(|s| s.kind == NodeKind::File);
    let is_text = is_file && files.head(&path, HEAD).is_ok_and(|head| !head.contains(&0));
    let start = Range { start: Position::default(), end: Position::default() };
    is_text.then(|| Location { uri: server.desk.uri(&path), range: start }).into_iter().collect()
}
