//! What an editor tells: who it is, what its user wants, what is open and how it changes.

use super::client::{self, Client};
use super::convert::{self, Encoding};
use super::server::{Server, Stage, Wanted};
use super::told;
use super::wishes::Wishes;
use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, InitializeParams, InitializeResult, ServerInfo, WorkspaceFolders,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

impl Server {
    pub(super) fn initialize(&mut self, params: InitializeParams) -> InitializeResult {
        self.stage = Stage::Open;
        self.client = Client::of(&params.capabilities);
        let known = params.capabilities.general.as_ref().and_then(|g| g.position_encodings.as_deref());
        self.desk.encoding = Encoding::of(known.unwrap_or_default());
        let folders = match params.workspace_folders_initialize_params.workspace_folders {
            Some(WorkspaceFolders::WorkspaceFolderList(all)) => all.into_iter().map(|f| f.uri).collect(),
            _ => Vec::new(),
        };
        #[allow(deprecated, reason = "what editors say that know no folders")]
        let root = params.root_uri.filter(|_| folders.is_empty());
        self.desk.folders = folders.into_iter().chain(root).filter_map(|uri| convert::path(&uri.0)).collect();
        if let Some(Value::Object(settings)) = params.initialization_options {
            let (wishes, faults) = Wishes::first(&settings);
            self.desk.wish(wishes, faults);
        }
        self.formats = self.desk.wishes.format;
        InitializeResult {
            capabilities: client::capabilities(self.desk.encoding, self.formats),
            server_info: Some(ServerInfo {
                name: told::SOURCE.to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        }
    }

    pub(super) fn initialized(&mut self) {
        if self.client.watches {
            let watcher = |glob: String| json!({ "globPattern": glob });
            let units = crate::vocab::UnitKind::ALL.iter().map(|k| k.word()).collect::<Vec<_>>().join(",");
            let watchers =
                [format!("**/*.{{{units}}}"), "**/*.d/*.conf".into(), "**/unitlint.toml".into()].map(watcher);
            let options = json!({ "watchers": watchers });
            self.register("workspace/didChangeWatchedFiles", options);
        }
        self.ask_for_settings();
        self.scan_is_due = true;
    }

    pub(super) fn register(&mut self, method: &str, options: Value) {
        let registration = json!({ "id": method, "method": method, "registerOptions": options });
        self.ask("client/registerCapability", json!({ "registrations": [registration] }), Wanted::Nothing);
    }

    pub(super) fn ask_for_settings(&mut self) {
        if self.client.configuration {
            let items = json!({ "items": [{ "section": told::SOURCE }] });
            self.ask("workspace/configuration", items, Wanted::Settings);
        }
    }

    pub(super) fn did_change_configuration(&mut self, params: &Value) {
        match params.get("settings").and_then(|s| s.get(told::SOURCE)) {
            Some(Value::Object(settings)) => self.wish(settings),
            _ => self.ask_for_settings(),
        }
    }

    pub(super) fn wish(&mut self, settings: &Map<String, Value>) {
        let (wishes, faults) = self.desk.wishes.read(settings);
        self.desk.wish(wishes, faults);
        if self.desk.wishes.format && !self.formats && self.client.formats_later {
            self.formats = true;
            self.register("textDocument/formatting", json!({ "documentSelector": null }));
        }
        self.all_changed();
    }

    pub(super) fn did_change_folders(&mut self, params: DidChangeWorkspaceFoldersParams) {
        let paths = |all: Vec<gen_lsp_types::WorkspaceFolder>| -> Vec<PathBuf> {
            all.into_iter().filter_map(|f| convert::path(&f.uri.0)).collect()
        };
        let (added, removed) = (paths(params.event.added), paths(params.event.removed));
        self.desk.folders.retain(|f| !removed.contains(f));
        self.desk.folders.extend(added);
        self.all_changed();
    }

    pub(super) fn did_open(&mut self, DidOpenTextDocumentParams { text_document: opened }: DidOpenTextDocumentParams) {
        self.changed.insert(opened.uri.0.clone());
        self.desk.disk.forget();
        self.desk.open(opened.uri, opened.version, opened.text);
    }

    pub(super) fn did_change(&mut self, params: DidChangeTextDocumentParams) {
        let uri = params.text_document.text_document_identifier.uri;
        if self.desk.change(&uri, params.text_document.version, params.content_changes) {
            let is_configuration = self.desk.documents.get(&uri.0).is_some_and(|d| d.is_configuration());
            if is_configuration {
                return self.all_changed();
            }
            self.changed.insert(uri.0);
        }
    }

    pub(super) fn did_close(&mut self, params: DidCloseTextDocumentParams) {
        let uri = params.text_document.uri;
        let Some(document) = self.desk.close(&uri) else { return };
        self.changed.remove(&uri.0);
        for key in self.keys.remove(&uri.0).unwrap_or_default() {
            if !self.keys.values().any(|keys| keys.contains(&key)) {
                self.told.forget(&key);
            }
        }
        // what others say of the unit may be another thing now
        self.changed.extend(self.desk.documents.keys().cloned());
        if convert::path(&document.uri.0).is_none() {
            self.publish(&BTreeSet::new());
        }
        self.scan_is_due = true;
    }

    /// Something changed on the disk.
    pub(super) fn files_changed(&mut self) {
        self.desk.forget();
        self.all_changed();
    }

    pub(super) fn all_changed(&mut self) {
        self.changed.extend(self.desk.documents.keys().cloned());
        self.scan_is_due = true;
        if self.client.refreshes {
            for what in ["workspace/codeLens/refresh", "workspace/inlayHint/refresh"] {
                self.ask(what, Value::Null, Wanted::Nothing);
            }
        }
    }
}
