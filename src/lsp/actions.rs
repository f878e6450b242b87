//! `textDocument/codeAction`: each correction, all that are sure, a comment that silences, an explanation, drop-ins.

use super::client::FIX_ALL;
use super::commands;
use super::definition::own_name;
use super::desk::Document;
use super::edit::{Change, difference};
use super::names;
use super::server::{Answer, Server};
use super::told;
use crate::fix::{self, harden};
use crate::rule::edit::last_of;
use crate::rule::{Finding, Safety};
use crate::text::{Loc, Source, Span};
use crate::tree::Tree;
use crate::unit::Unit;
use crate::vocab::{Section, lookup};
use gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionParams, Command, Diagnostic, DocumentChange, Edit, Range, SnippetTextEdit,
    StringValue, TextEdit, WorkspaceEdit,
};
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) fn answer(server: &mut Server, params: CodeActionParams) -> Answer<Vec<CodeAction>> {
    let document = server.document(&params.text_document.uri)?;
    let wanted = |kind: &CodeActionKind| {
        let word = |k: &CodeActionKind| k.as_str().to_owned();
        let within = |of: &CodeActionKind| {
            let of = word(of);
            word(kind) == of || of.is_empty() || word(kind).starts_with(&format!("{of}."))
        };
        params.context.only.as_ref().is_none_or(|only| only.iter().any(within))
    };
    let mut out = Vec::new();
    for finding in around(server, document, params.range) {
        if wanted(&CodeActionKind::QuickFix) {
            of_finding(server, document, finding, &mut out);
        }
        if wanted(&CodeActionKind::RefactorRewrite) {
            out.extend(dropin_of(server, document, finding));
        }
    }
    if wanted(&CodeActionKind::RefactorRewrite) && server.client.makes_files {
        let on_header = document.unit().is_some_and(|u| {
            let asked = server.desk.encoding.span(document.source(), params.range);
            let line = |span: Span| super::desk::line(document.source(), span.start);
            u.headers.iter().any(|h| Some(h.file) == document.number() && touch(line(h.span), asked))
        });
        if on_header {
            out.extend(empty_dropin(server, document));
            out.extend(hardening(document));
        }
    }
    let all = CodeActionKind::Custom(FIX_ALL.into());
    if wanted(&all) {
        out.extend(fix_all(server, document, all));
    }
    Ok(out)
}

fn touch(a: Span, b: Span) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// The findings at a place of a document; those of its line where none is right there.
fn around<'d>(server: &Server, document: &'d Document, range: Range) -> Vec<&'d Finding> {
    let source = document.source();
    let asked = server.desk.encoding.span(source, range);
    let start = super::desk::line(source, asked.start).start;
    let lines = Span { start, end: super::desk::line(source, asked.end).end };
    let here = |within: Span| {
        let all = document.seen.iter().flat_map(|s| s.findings());
        let is_here =
            move |f: &&Finding| f.at.as_ref().is_some_and(|at| at.path() == document.path && touch(at.span, within));
        all.filter(is_here).collect::<Vec<_>>()
    };
    Some(here(asked)).filter(|all| !all.is_empty()).unwrap_or_else(|| here(lines))
}

fn diagnostics(server: &Server, finding: &Finding) -> Option<Vec<Diagnostic>> {
    let (_, diagnostic) = told::diagnostic(finding, server.desk.encoding, &|path| server.desk.uri(path));
    Some(vec![diagnostic])
}

/// What can be done about a finding.
fn of_finding(server: &Server, document: &Document, finding: &Finding, out: &mut Vec<CodeAction>) {
    for (n, fix) in finding.fixes.iter().enumerate() {
        let (title, edit) = if fix.edits.is_empty() {
            let Some((at, insert)) = last_of_section(document, &fix.title) else { continue };
            let edits = vec![server.text_edit(&at.source, at.span, insert)];
            (format!("Add {}", fix.title), server.workspace_edit(vec![Change::Text(document.path.clone(), edits)]))
        } else {
            let edits = fix.edits.iter().map(|(source, edit)| (&**source, edit));
            (capital(&fix.title), server.workspace_edit(server.texts(edits)))
        };
        let unsure = if fix.safety == Safety::Safe { "" } else { " (may change what the unit does)" };
        out.push(CodeAction {
            title: format!("{title}{unsure}"),
            kind: Some(CodeActionKind::QuickFix),
            diagnostics: diagnostics(server, finding),
            is_preferred: (n == 0 && !fix.edits.is_empty()).then_some(true),
            edit: Some(edit),
            ..CodeAction::default()
        });
    }
    out.extend(silence(server, document, finding));
    out.push(CodeAction {
        title: format!("Explain {}", finding.rule.id),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: diagnostics(server, finding),
        command: Some(Command {
            title: format!("Explain {}", finding.rule.id),
            command: commands::EXPLAIN.to_owned(),
            arguments: Some(vec![json!(finding.rule.id)]),
            ..Command::default()
        }),
        ..CodeAction::default()
    });
}

fn capital(title: &str) -> String {
    let mut chars = title.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A comment above the line that takes the finding away, with room for a reason.
fn silence(server: &Server, document: &Document, finding: &Finding) -> Option<CodeAction> {
    let at = finding.at.as_ref().filter(|at| at.path() == document.path && at.span.end > at.span.start)?;
    let items = &document.file.syntax().items;
    let item = items.iter().rfind(|i| i.span.start <= at.span.start)?;
    let here = Span { start: item.span.start, end: item.span.start };
    let source = document.source();
    let end = if source.bytes.windows(2).any(|w| w == b"\r\n") { "\r\n" } else { "\n" };
    let mark = format!("# unitlint: ignore[{}]", finding.rule.id);
    let plain = || TextEdit {
        range: server.desk.encoding.range(source, here),
        new_text: format!("{mark} say why this is right here{end}"),
    };
    let mut edit = server.workspace_edit(vec![Change::Text(document.path.clone(), vec![plain()])]);
    if server.client.snippets {
        let value = format!("{} ${{1:say why this is right here}}{end}", mark.replace('$', "\\$"));
        snippet(&mut edit, &value);
    }
    Some(CodeAction {
        title: format!("Silence {} here", finding.rule.id),
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: diagnostics(server, finding),
        edit: Some(edit),
        ..CodeAction::default()
    })
}

/// Makes a snippet of the one edit.
fn snippet(edit: &mut WorkspaceEdit, value: &str) {
    for change in edit.document_changes.iter_mut().flatten() {
        let DocumentChange::TextDocumentEdit(change) = change else { continue };
        for edit in &mut change.edits {
            let Edit::TextEdit(plain) = edit else { continue };
            let snippet = StringValue { value: value.to_owned() };
            *edit = Edit::SnippetTextEdit(SnippetTextEdit { range: plain.range, snippet, annotation_id: None });
        }
    }
}

/// Where a line `KEY=VALUE` goes in a document, and what is to be written there.
pub(super) fn last_of_section(document: &Document, line: &str) -> Option<(Loc, String)> {
    let (unit, file) = (document.unit()?, document.number()?);
    last_of(unit, file, section_of(unit, line)?, &format!("{line}\n"))
}

/// The section that a line `KEY=VALUE` belongs to.
fn section_of(unit: &Unit, line: &str) -> Option<Section> {
    let (key, _) = line.split_once('=').filter(|(key, _)| !key.is_empty() && !line.contains(['\n', '\r']))?;
    [unit.kind().section(), Section::Unit, Section::Install].into_iter().find(|s| lookup(*s, key).is_some())
}

/// Everything that is sure, as one change.
fn fix_all(server: &Server, document: &Document, kind: CodeActionKind) -> Option<CodeAction> {
    let seen = document.seen.as_ref()?;
    let sure = |f: &Finding| f.fixes.iter().any(|x| !x.edits.is_empty() && x.safety == Safety::Safe);
    if !seen.findings().any(sure) {
        return None;
    }
    let plan = server.desk.plan(&document.uri.0)?;
    let mended = fix::mend(&server.desk.files, plan, &seen.settings.session, Safety::Safe);
    let change = mended.changes.iter().find(|c| c.shown == document.path || c.path == document.path)?;
    let source = Source::new(document.path.clone(), change.before.clone());
    let edits = difference(str::from_utf8(&change.before).ok()?, str::from_utf8(&change.after).ok()?);
    let edits = edits.into_iter().map(|e| server.text_edit(&source, e.span, e.insert)).collect();
    Some(CodeAction {
        title: "Fix everything that is sure".to_owned(),
        kind: Some(kind),
        edit: Some(server.workspace_edit(vec![Change::Text(document.path.clone(), edits)])),
        ..CodeAction::default()
    })
}

/// Where a drop-in of one's own for the unit of a document goes, if there is none yet.
fn override_of(server: &Server, document: &Document) -> Option<PathBuf> {
    let unit = document.unit().filter(|u| !u.lone)?;
    let name = own_name(document).filter(|name| *name == unit.name)?;
    let root = &names::catalog(&server.desk, document)?.root;
    let path = harden::home(unit.path.parent()?, root).join(format!("{name}.d")).join("override.conf");
    server.desk.files.stat(&path).is_err().then_some(path)
}

/// A file that is made with a text.
pub(super) fn whole(path: &Path, text: String) -> Change {
    Change::Text(path.to_owned(), vec![TextEdit { range: Range::default(), new_text: text }])
}

fn dropin(server: &Server, document: &Document, title: String, text: String) -> Option<CodeAction> {
    let path = override_of(server, document).filter(|_| server.client.makes_files)?;
    Some(CodeAction {
        title,
        kind: Some(CodeActionKind::RefactorRewrite),
        edit: Some(server.workspace_edit(vec![Change::Create(path.clone()), whole(&path, text)])),
        ..CodeAction::default()
    })
}

/// A drop-in that says nothing yet.
fn empty_dropin(server: &Server, document: &Document) -> Option<CodeAction> {
    let unit = document.unit()?;
    let text = format!("[{}]\n", unit.kind().section().word());
    dropin(server, document, format!("Create a drop-in for {}", unit.name), text)
}

/// A drop-in of the lines that would mend a finding.
fn dropin_of(server: &Server, document: &Document, finding: &Finding) -> Option<CodeAction> {
    let unit = document.unit()?;
    let lines: Vec<&str> = finding.fixes.iter().filter(|f| f.edits.is_empty()).map(|f| f.title.as_str()).collect();
    let section = section_of(unit, lines.first()?)?;
    let of_section: Vec<&str> = lines.into_iter().filter(|l| section_of(unit, l) == Some(section)).collect();
    let n = crate::text::count_word(of_section.len());
    let title = match of_section.as_slice() {
        [line] => format!("Create a drop-in with {line}"),
        _ => format!("Create a drop-in with {n} lines that seldom break a service"),
    };
    dropin(server, document, title, format!("[{}]\n{}\n", section.word(), of_section.join("\n")))
}

/// A drop-in of what evidence speaks for: worked out when it is chosen.
fn hardening(document: &Document) -> Option<CodeAction> {
    let unit = document.unit().filter(|u| u.kind() == crate::vocab::UnitKind::Service && !u.lone)?;
    let title = format!("Harden {} with a drop-in, from what its programs show", unit.name);
    Some(CodeAction {
        title: title.clone(),
        kind: Some(CodeActionKind::RefactorRewrite),
        command: Some(Command {
            title,
            command: commands::HARDEN.to_owned(),
            arguments: Some(vec![json!(document.uri)]),
            ..Command::default()
        }),
        ..CodeAction::default()
    })
}
