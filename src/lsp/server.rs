//! The loop: messages in their order, open documents looked at as soon as nothing is left to read, requests answered on the
//! newest text.

use super::client::{self, Client};
use super::convert::{self, Encoding};
use super::desk::Desk;
use super::told::{self, Key, Told};
use super::wire::{self, Incoming, Outgoing};
use super::wishes::Wishes;
use super::workspace::{self, Scan};
use super::{
    actions, commands, completion, definition, folding, format, hints, hover, lens, links, rename, selection, symbols,
    tokens,
};
use crate::engine::suppress::Date;
use crate::rule::Level;
use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, InitializeParams, InitializeResult, PublishDiagnosticsParams, ServerInfo,
    ShowMessageParams, Uri, WorkspaceFolders,
};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender};

/// What happens.
pub(super) enum Event {
    /// the editor said something
    In(Incoming),
    /// it says nothing more
    End(Option<io::Error>),
    /// a workspace was looked at
    Scanned(Scan),
}

/// Why a request has no answer.
#[derive(Debug)]
pub(super) struct Fault {
    code: ErrorCode,
    why: String,
}

impl Fault {
    /// What is asked for cannot be done, and why.
    pub(super) fn failed(why: impl Into<String>) -> Self {
        Self { code: ErrorCode::RequestFailed, why: why.into() }
    }

    fn invalid(why: impl Into<String>) -> Self {
        Self { code: ErrorCode::InvalidParams, why: why.into() }
    }
}

/// What a request came to.
pub(super) type Answer<T> = Result<T, Fault>;

/// How far the conversation is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// nothing was said
    Silent,
    /// after `initialize`
    Open,
    /// after `shutdown`
    Closing,
}

/// What was asked of the editor.
enum Wanted {
    /// its settings
    Settings,
    /// nothing that an answer says more about
    Nothing,
}

/// The server.
pub(super) struct Server {
    /// open documents over the files of the disk
    pub(super) desk: Desk,
    /// what the editor can do
    pub(super) client: Client,
    say: Sender<Outgoing>,
    tell: Sender<Event>,
    stage: Stage,
    told: Told,
    /// documents whose text is newer than what was found, by URI
    changed: BTreeSet<String>,
    /// the units that were found with each document
    keys: BTreeMap<String, BTreeSet<Key>>,
    wanted: BTreeMap<i32, Wanted>,
    asked: i32,
    /// the look at the workspace that counts
    scan: u64,
    scan_is_due: bool,
    formats: bool,
}

impl Server {
    pub(super) fn new(say: Sender<Outgoing>, tell: Sender<Event>, today: Option<Date>) -> Self {
        Self {
            desk: Desk::new(today),
            client: Client::default(),
            say,
            tell,
            stage: Stage::Silent,
            told: Told::default(),
            changed: BTreeSet::new(),
            keys: BTreeMap::new(),
            wanted: BTreeMap::new(),
            asked: 0,
            scan: 0,
            scan_is_due: false,
            formats: false,
        }
    }

    /// Answers until there is nothing left to answer; whether it ended as it should.
    ///
    /// # Errors
    /// What comes in is no protocol.
    pub(super) fn run(mut self, events: &Receiver<Event>) -> io::Result<bool> {
        let mut queue: VecDeque<Event> = VecDeque::new();
        loop {
            while let Ok(event) = events.try_recv() {
                self.enqueue(&mut queue, event);
            }
            let Some(event) = queue.pop_front() else {
                self.look();
                self.begin_scan();
                match events.recv() {
                    Ok(event) => self.enqueue(&mut queue, event),
                    Err(_) => return Ok(false),
                }
                continue;
            };
            match event {
                Event::In(Incoming::Message(Message::Request(request))) => self.request(request),
                Event::In(Incoming::Message(Message::Response(response))) => self.response(response),
                Event::In(Incoming::Message(Message::Notification(notification))) => {
                    if notification.method == "exit" {
                        return Ok(self.stage == Stage::Closing);
                    }
                    self.notification(notification);
                }
                Event::In(Incoming::Garbage(why)) => {
                    let error = ResponseError { code: ErrorCode::ParseError as i32, message: why, data: None };
                    let _ = self.say.send(Outgoing::Fault(error));
                }
                Event::Scanned(scan) => self.scanned(scan),
                // some editors leave the last word unsaid
                Event::End(None) => return Ok(self.stage == Stage::Closing),
                Event::End(Some(e)) => return Err(e),
            }
        }
    }

    /// Puts an event behind the others; one that takes a request back is answered at once.
    fn enqueue(&mut self, queue: &mut VecDeque<Event>, event: Event) {
        if let Event::In(Incoming::Message(message)) = &event
            && let Some(id) = wire::cancelled(message)
        {
            let is_meant = |e: &Event| matches!(e, Event::In(Incoming::Message(Message::Request(r))) if r.id == id);
            if let Some(at) = queue.iter().position(is_meant) {
                queue.remove(at);
                self.refuse(id, ErrorCode::RequestCanceled, "cancelled");
            }
            return;
        }
        queue.push_back(event);
    }

    fn send(&self, message: impl Into<Message>) {
        // when nobody reads any more, the end comes in on the other side
        let _ = self.say.send(Outgoing::Message(message.into()));
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, why: impl Into<String>) {
        self.send(Response::new_err(id, code as i32, why.into()));
    }

    /// Tells the editor something.
    pub(super) fn notify(&self, method: &str, params: impl Serialize) {
        self.send(Notification::new(method.to_owned(), params));
    }

    /// Asks the editor for something.
    fn ask(&mut self, method: &str, params: impl Serialize, wanted: Wanted) {
        self.asked += 1;
        self.wanted.insert(self.asked, wanted);
        self.send(Request::new(self.asked.into(), method.to_owned(), params));
    }

    /// Asks the editor to make a change.
    pub(super) fn apply(&mut self, label: &str, edit: gen_lsp_types::WorkspaceEdit) {
        let params = gen_lsp_types::ApplyWorkspaceEditParams { label: Some(label.to_owned()), edit, metadata: None };
        self.ask("workspace/applyEdit", params, Wanted::Nothing);
    }

    /// Shows the user a message.
    pub(super) fn show(&self, kind: gen_lsp_types::MessageType, message: String) {
        self.notify("window/showMessage", ShowMessageParams { kind, message });
    }

    fn request(&mut self, Request { id, method, params }: Request) {
        match (self.stage, method.as_str()) {
            (Stage::Silent, "initialize") => {
                let answer = read(params).map(|p| self.initialize(p));
                return self.reply(id, answer);
            }
            (Stage::Silent, _) => return self.refuse(id, ErrorCode::ServerNotInitialized, "say initialize first"),
            (Stage::Closing, _) => return self.refuse(id, ErrorCode::InvalidRequest, "shutdown was said"),
            (Stage::Open, "initialize") => {
                return self.refuse(id, ErrorCode::InvalidRequest, "initialize was said before");
            }
            (Stage::Open, "shutdown") => {
                self.stage = Stage::Closing;
                return self.reply(id, Ok(Value::Null));
            }
            (Stage::Open, _) => {}
        }
        // an answer is about the text that was there when it was asked for
        self.look();
        macro_rules! table {
            ($($name:literal => $of:path),* $(,)?) => {
                match method.as_str() {
                    $($name => { let answer = read(params).and_then(|p| $of(self, p)); self.reply(id, answer) })*
                    _ => self.refuse(id, ErrorCode::MethodNotFound, format!("{method} is not known here")),
                }
            };
        }
        table! {
            "textDocument/codeAction" => actions::answer,
            "textDocument/codeLens" => lens::answer,
            "textDocument/completion" => completion::answer,
            "completionItem/resolve" => completion::resolve,
            "textDocument/definition" => definition::answer,
            "textDocument/references" => definition::references,
            "textDocument/documentLink" => links::answer,
            "textDocument/documentSymbol" => symbols::answer,
            "textDocument/foldingRange" => folding::answer,
            "textDocument/formatting" => format::answer,
            "textDocument/hover" => hover::answer,
            "textDocument/inlayHint" => hints::answer,
            "textDocument/prepareRename" => rename::prepare,
            "textDocument/rename" => rename::answer,
            "textDocument/selectionRange" => selection::answer,
            "textDocument/semanticTokens/full" => tokens::answer,
            "workspace/executeCommand" => commands::answer,
        }
    }

    fn reply(&self, id: RequestId, answer: Answer<impl Serialize>) {
        match answer {
            Ok(result) => self.send(Response::new_ok(id, result)),
            Err(fault) => self.refuse(id, fault.code, fault.why),
        }
    }

    fn response(&mut self, response: Response) {
        let number = serde_json::to_value(&response.id).ok().and_then(|v| v.as_i64());
        let wanted = number.and_then(|n| i32::try_from(n).ok()).and_then(|n| self.wanted.remove(&n));
        if let (Some(Wanted::Settings), Ok(Value::Array(all))) = (wanted, response.response_result)
            && let Some(Value::Object(settings)) = all.first()
        {
            self.wish(settings);
        }
    }

    fn notification(&mut self, Notification { method, params }: Notification) {
        if self.stage == Stage::Silent {
            return;
        }
        match method.as_str() {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => self.on(params, Self::did_open),
            "textDocument/didChange" => self.on(params, Self::did_change),
            "textDocument/didClose" => self.on(params, Self::did_close),
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => self.files_changed(),
            "workspace/didChangeConfiguration" => self.did_change_configuration(&params),
            "workspace/didChangeWorkspaceFolders" => self.on(params, Self::did_change_folders),
            _ => {}
        }
    }

    /// Hands a notification over, unless it is not what its name says.
    fn on<P: DeserializeOwned>(&mut self, params: Value, of: fn(&mut Self, P)) {
        match serde_json::from_value(params) {
            Ok(params) => of(self, params),
            Err(e) => self.notify("window/logMessage", json!({ "type": 1, "message": format!("unitlint: {e}") })),
        }
    }

    fn initialize(&mut self, params: InitializeParams) -> InitializeResult {
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

    fn initialized(&mut self) {
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

    fn register(&mut self, method: &str, options: Value) {
        let registration = json!({ "id": method, "method": method, "registerOptions": options });
        self.ask("client/registerCapability", json!({ "registrations": [registration] }), Wanted::Nothing);
    }

    fn ask_for_settings(&mut self) {
        if self.client.configuration {
            let items = json!({ "items": [{ "section": told::SOURCE }] });
            self.ask("workspace/configuration", items, Wanted::Settings);
        }
    }

    fn did_change_configuration(&mut self, params: &Value) {
        match params.get("settings").and_then(|s| s.get(told::SOURCE)) {
            Some(Value::Object(settings)) => self.wish(settings),
            _ => self.ask_for_settings(),
        }
    }

    fn wish(&mut self, settings: &Map<String, Value>) {
        let (wishes, faults) = self.desk.wishes.read(settings);
        self.desk.wish(wishes, faults);
        if self.desk.wishes.format && !self.formats && self.client.formats_later {
            self.formats = true;
            self.register("textDocument/formatting", json!({ "documentSelector": null }));
        }
        self.all_changed();
    }

    fn did_change_folders(&mut self, params: DidChangeWorkspaceFoldersParams) {
        let paths = |all: Vec<gen_lsp_types::WorkspaceFolder>| -> Vec<PathBuf> {
            all.into_iter().filter_map(|f| convert::path(&f.uri.0)).collect()
        };
        let (added, removed) = (paths(params.event.added), paths(params.event.removed));
        self.desk.folders.retain(|f| !removed.contains(f));
        self.desk.folders.extend(added);
        self.all_changed();
    }

    fn did_open(&mut self, DidOpenTextDocumentParams { text_document: opened }: DidOpenTextDocumentParams) {
        self.changed.insert(opened.uri.0.clone());
        self.desk.disk.forget();
        self.desk.open(opened.uri, opened.version, opened.text);
    }

    fn did_change(&mut self, params: DidChangeTextDocumentParams) {
        let uri = params.text_document.text_document_identifier.uri;
        if self.desk.change(&uri, params.text_document.version, params.content_changes) {
            let is_configuration = self.desk.documents.get(&uri.0).is_some_and(|d| d.is_configuration());
            if is_configuration {
                return self.all_changed();
            }
            self.changed.insert(uri.0);
        }
    }

    fn did_close(&mut self, params: DidCloseTextDocumentParams) {
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
    fn files_changed(&mut self) {
        self.desk.forget();
        self.all_changed();
    }

    fn all_changed(&mut self) {
        self.changed.extend(self.desk.documents.keys().cloned());
        self.scan_is_due = true;
        if self.client.refreshes {
            for what in ["workspace/codeLens/refresh", "workspace/inlayHint/refresh"] {
                self.ask(what, Value::Null, Wanted::Nothing);
            }
        }
    }

    /// Looks at documents whose text is newer than what was found, and tells what is new.
    fn look(&mut self) {
        if self.changed.is_empty() {
            return self.publish(&BTreeSet::new());
        }
        let mut always = BTreeSet::new();
        for uri in std::mem::take(&mut self.changed) {
            self.desk.look(&uri);
            let Some(document) = self.desk.documents.get(&uri) else { continue };
            let Some(seen) = &document.seen else { continue };
            always.insert(document.path.clone());
            let of = |path: &std::path::Path| self.desk.uri(path);
            let found = told::by_unit(seen.findings(), self.desk.encoding, &of);
            let units = seen.reports.iter().map(|r| (r.unit.path.clone(), r.unit.name.to_string()));
            let keys: BTreeSet<Key> = units.chain(found.keys().cloned()).collect();
            for key in self.keys.insert(uri, keys.clone()).unwrap_or_default() {
                if !keys.contains(&key) && !self.keys.values().any(|k| k.contains(&key)) {
                    self.told.forget(&key);
                }
            }
            let mut found = found;
            for key in keys {
                let files = found.remove(&key).unwrap_or_default();
                self.told.put(key, files);
            }
        }
        self.publish(&always);
        if self.desk.wishes.status {
            always.iter().for_each(|path| self.status(path));
        }
        for message in std::mem::take(&mut self.desk.messages) {
            self.show(gen_lsp_types::MessageType::Warning, format!("unitlint: {message}"));
        }
    }

    /// Tells what is new about files.
    fn publish(&mut self, always: &BTreeSet<PathBuf>) {
        for (path, diagnostics) in self.told.news(always) {
            let open = self.desk.documents.values().find(|d| d.path == path);
            let (uri, version) = open.map_or_else(|| (convert::uri(&path), None), |d| (d.uri.clone(), Some(d.version)));
            self.notify("textDocument/publishDiagnostics", PublishDiagnosticsParams { uri, version, diagnostics });
        }
    }

    /// Tells the scores of the unit of a document.
    fn status(&self, path: &std::path::Path) {
        let Some(document) = self.desk.documents.values().find(|d| d.path == path) else { return };
        let Some(report) = document.report() else { return };
        let count = |level| document.seen.iter().flat_map(|s| s.findings()).filter(|f| f.level == level).count();
        let tenths = |n: u32| f64::from(n) / 10.0;
        let params = json!({
            "uri": document.uri,
            "unit": report.unit.name.as_str(),
            "exposure": report.score.as_ref().map(|s| tenths(s.exposure)),
            "level": report.score.as_ref().map(|s| s.level()),
            "resources": report.bounds.as_ref().map(|b| tenths(b.overall)),
            "errors": count(Level::Error),
            "warnings": count(Level::Warn),
            "notes": count(Level::Note),
        });
        self.notify("unitlint/status", params);
    }

    /// Begins a look at the whole workspace, if one is due.
    fn begin_scan(&mut self) {
        if !std::mem::take(&mut self.scan_is_due) {
            return;
        }
        self.scan += 1;
        let folders: Vec<PathBuf> = if self.desk.wishes.workspace { self.desk.folders.clone() } else { Vec::new() };
        let of = |server: &mut Self, folder: PathBuf| (server.desk.settings(&folder), folder);
        let folders = folders.into_iter().map(|folder| of(self, folder)).collect();
        let open = self.desk.documents.values().map(|d| (d.path.clone(), d.uri.clone())).collect();
        workspace::begin(self.scan, folders, self.desk.files.clone(), open, self.desk.encoding, self.tell.clone());
    }

    /// What was found in the workspace counts where no open document knows better.
    fn scanned(&mut self, scan: Scan) {
        if scan.number != self.scan {
            return;
        }
        let open: BTreeSet<&Key> = self.keys.values().flatten().collect();
        let old: Vec<Key> =
            self.told.keys().filter(|k| !open.contains(k) && !scan.units.contains_key(k)).cloned().collect();
        let new: Vec<_> = scan.units.into_iter().filter(|(key, _)| !open.contains(key)).collect();
        old.iter().for_each(|key| self.told.forget(key));
        for (key, files) in new {
            self.told.put(key, files);
        }
        self.publish(&BTreeSet::new());
    }

    /// An open document.
    pub(super) fn document(&self, uri: &Uri) -> Answer<&super::desk::Document> {
        self.desk.documents.get(&uri.0).ok_or_else(|| Fault::failed("the document is not open"))
    }
}

fn read<P: DeserializeOwned>(params: Value) -> Answer<P> {
    serde_json::from_value(params).map_err(|e| Fault::invalid(e.to_string()))
}
