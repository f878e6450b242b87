//! Changes to files in the words of editors.

use super::convert;
use super::server::Server;
use crate::text::{Edit, Source, Span};
use gen_lsp_types::{
    CreateFile, CreateFileOptions, DocumentChange, OptionalVersionedTextDocumentIdentifier, RenameFile,
    TextDocumentEdit, TextDocumentIdentifier, TextEdit, WorkspaceEdit,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A change of a file.
pub(super) enum Change {
    /// it is made, empty
    Create(PathBuf),
    /// it or a directory has another name then
    Rename(PathBuf, PathBuf),
    /// other text
    Text(PathBuf, Vec<TextEdit>),
}

impl Server {
    /// An edit of a source for an editor.
    pub(super) fn text_edit(&self, source: &Source, span: Span, new_text: String) -> TextEdit {
        TextEdit { range: self.desk.encoding.range(source, span), new_text }
    }

    /// Edits of sources, by file.
    pub(super) fn texts<'e>(&self, edits: impl Iterator<Item = (&'e Source, &'e Edit)>) -> Vec<Change> {
        let mut files: BTreeMap<&Path, Vec<TextEdit>> = BTreeMap::new();
        for (source, edit) in edits {
            files.entry(&source.path).or_default().push(self.text_edit(source, edit.span, edit.insert.clone()));
        }
        files.into_iter().map(|(path, edits)| Change::Text(path.to_owned(), edits)).collect()
    }

    /// Changes in the form that the editor takes.
    pub(super) fn workspace_edit(&self, changes: Vec<Change>) -> WorkspaceEdit {
        if !self.client.makes_files {
            let texts = changes.into_iter().filter_map(|change| match change {
                Change::Text(path, edits) => Some((self.desk.uri(&path), edits)),
                Change::Create(_) | Change::Rename(..) => None,
            });
            return WorkspaceEdit { changes: Some(texts.collect()), ..WorkspaceEdit::default() };
        }
        let all = changes.into_iter().map(|change| match change {
            Change::Create(path) => DocumentChange::CreateFile(CreateFile {
                uri: convert::uri(&path),
                options: Some(CreateFileOptions { overwrite: Some(false), ignore_if_exists: Some(true) }),
                annotation_id: None,
            }),
            Change::Rename(from, to) => DocumentChange::RenameFile(RenameFile {
                old_uri: convert::uri(&from),
                new_uri: convert::uri(&to),
                options: None,
                annotation_id: None,
            }),
            Change::Text(path, edits) => {
                let open = self.desk.documents.values().find(|d| d.path == path);
                let text_document = OptionalVersionedTextDocumentIdentifier {
                    version: open.map(|d| d.version),
                    text_document_identifier: TextDocumentIdentifier { uri: self.desk.uri(&path) },
                };
                let edits = edits.into_iter().map(gen_lsp_types::Edit::TextEdit).collect();
                DocumentChange::TextDocumentEdit(TextDocumentEdit { text_document, edits })
            }
        });
        WorkspaceEdit { document_changes: Some(all.collect()), ..WorkspaceEdit::default() }
    }
}

/// The edits that make one text of another, line by line.
pub(super) fn difference(before: &str, after: &str) -> Vec<Edit> {
    let diff = similar::TextDiff::from_lines(before, after);
    let mut edits: Vec<Edit> = Vec::new();
    let mut at = 0;
    // what goes and what comes at one place is one edit
    let mut open: Option<Edit> = None;
    for change in diff.iter_all_changes() {
        let line = change.value();
        match change.tag() {
            similar::ChangeTag::Equal => {
                edits.extend(open.take());
                at += line.len();
                continue;
            }
            similar::ChangeTag::Delete => at += line.len(),
            similar::ChangeTag::Insert => {}
        }
        let edit = open.get_or_insert_with(|| Edit { span: Span::new(at, at), insert: String::new() });
        match change.tag() {
            similar::ChangeTag::Delete => {
                edit.span.start = edit.span.start.min((at - line.len()) as u32);
                edit.span.end = at as u32;
            }
            _ => edit.insert.push_str(line),
        }
    }
    edits.extend(open);
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_of_another() {
        for (before, after) in [("a\nb\nc\n", "a\nc\nd\n"), ("", "x"), ("a\r\nb", "a\r\nb\n"), ("ü\n\n", "")] {
            let mut out = before.to_owned();
            for edit in difference(before, after).into_iter().rev() {
                out.replace_range(edit.span.range(), &edit.insert);
            }
            assert_eq!(out, after);
        }
    }
}
