//! What an editor can do, and what there is to tell it about this server.

use super::convert::Encoding;
use super::tokens;
use gen_lsp_types::{
    ChangeNotifications, ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProvider, CodeLensOptions,
    CompletionOptions, DefinitionProvider, DocumentFormattingProvider, DocumentLinkOptions, DocumentSymbolProvider,
    ExecuteCommandOptions, FoldingRangeProvider, Full, HoverProvider, InlayHintProvider, MarkupKind,
    ReferencesProvider, RenameOptions, RenameProvider, ResourceOperationKind, Save, SaveOptions,
    SelectionRangeProvider, SemanticTokensOptions, SemanticTokensProvider, ServerCapabilities, TextDocumentSync,
    TextDocumentSyncKind, TextDocumentSyncOptions, WorkspaceFoldersServerCapabilities, WorkspaceOptions,
};

/// The code actions that mend everything that is sure.
pub(super) const FIX_ALL: &str = "source.fixAll.unitlint";

/// What an editor can do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Client {
    /// it can be asked for its settings
    pub(super) configuration: bool,
    /// it tells which files change on the disk, when it is asked to
    pub(super) watches: bool,
    /// methods can be offered later
    pub(super) formats_later: bool,
    /// a change may make and rename files
    pub(super) makes_files: bool,
    /// a change may be a snippet
    pub(super) snippets: bool,
    /// hints and lenses can be asked for again
    pub(super) refreshes: bool,
    /// text with marks is shown as it is meant
    pub(super) markdown: bool,
}

impl Client {
    /// By what it says of itself.
    pub(super) fn of(said: &ClientCapabilities) -> Self {
        let workspace = said.workspace.as_ref();
        let edit = workspace.and_then(|w| w.workspace_edit.as_ref());
        let makes = |operations: &Vec<ResourceOperationKind>| {
            [ResourceOperationKind::Create, ResourceOperationKind::Rename].iter().all(|o| operations.contains(o))
        };
        let hover = said.text_document.as_ref().and_then(|t| t.hover.as_ref()).and_then(|h| h.content_format.as_ref());
        let formatting = said.text_document.as_ref().and_then(|t| t.formatting.as_ref());
        let watched = workspace.and_then(|w| w.did_change_watched_files.as_ref());
        let hints = workspace.and_then(|w| w.inlay_hint.as_ref()).and_then(|h| h.refresh_support);
        let lenses = workspace.and_then(|w| w.code_lens.as_ref()).and_then(|l| l.refresh_support);
        Self {
            configuration: workspace.and_then(|w| w.configuration) == Some(true),
            watches: watched.and_then(|w| w.dynamic_registration) == Some(true),
            formats_later: formatting.and_then(|f| f.dynamic_registration) == Some(true),
            // who makes files takes changes in the form that can say so
            makes_files: edit.and_then(|e| e.resource_operations.as_ref()).is_some_and(makes),
            snippets: edit.and_then(|e| e.snippet_edit_support) == Some(true),
            refreshes: hints == Some(true) && lenses == Some(true),
            markdown: hover.is_none_or(|formats| formats.contains(&MarkupKind::Markdown)),
        }
    }
}

/// What this server can do.
pub(super) fn capabilities(encoding: Encoding, formats: bool) -> ServerCapabilities {
    let kind = |word: &'static str| CodeActionKind::Custom(word.into());
    let letters = ["=", "[", "%", "@", "~", " ", "/", "_"].map(str::to_owned).to_vec();
    ServerCapabilities {
        position_encoding: Some(encoding.word()),
        text_document_sync: Some(TextDocumentSync::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Incremental),
            save: Some(Save::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProvider::Bool(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(letters),
            resolve_provider: Some(true),
            ..CompletionOptions::default()
        }),
        definition_provider: Some(DefinitionProvider::Bool(true)),
        references_provider: Some(ReferencesProvider::Bool(true)),
        document_symbol_provider: Some(DocumentSymbolProvider::Bool(true)),
        document_link_provider: Some(DocumentLinkOptions::default()),
        folding_range_provider: Some(FoldingRangeProvider::Bool(true)),
        selection_range_provider: Some(SelectionRangeProvider::Bool(true)),
        document_formatting_provider: formats.then_some(DocumentFormattingProvider::Bool(true)),
        inlay_hint_provider: Some(InlayHintProvider::Bool(true)),
        code_lens_provider: Some(CodeLensOptions::default()),
        rename_provider: Some(RenameProvider::RenameOptions(RenameOptions {
            prepare_provider: Some(true),
            ..RenameOptions::default()
        })),
        code_action_provider: Some(CodeActionProvider::CodeActionOptions(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QuickFix, CodeActionKind::RefactorRewrite, kind(FIX_ALL)]),
            ..CodeActionOptions::default()
        })),
        semantic_tokens_provider: Some(SemanticTokensProvider::SemanticTokensOptions(SemanticTokensOptions {
            legend: tokens::legend(),
            full: Some(Full::Bool(true)),
            ..SemanticTokensOptions::default()
        })),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: super::commands::ALL.iter().map(|(name, _)| (*name).to_owned()).collect(),
            ..ExecuteCommandOptions::default()
        }),
        workspace: Some(WorkspaceOptions {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(ChangeNotifications::Bool(true)),
            }),
            ..WorkspaceOptions::default()
        }),
        ..ServerCapabilities::default()
    }
}
