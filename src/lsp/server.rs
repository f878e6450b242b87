//! The loop: messages in their order, open documents looked at as soon as nothing is left to read, requests answered on the
//! newest text.

use super::client::Client;
use super::desk::Desk;
use super::told::{Key, Told};
use super::wire::{self, Incoming, Outgoing};
use super::workspace::Scan;
use super::{
    actions, commands, completion, definition, folding, format, hints, hover, lens, links, rename, selection, symbols,
    tokens,
};
use crate::engine::suppress::Date;
use gen_lsp_types::{ShowMessageParams, Uri};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
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
pub(super) enum Stage {
    /// nothing was said
    Silent,
    /// after `initialize`
    Open,
    /// after `shutdown`
    Closing,
}

/// What was asked of the editor.
pub(super) enum Wanted {
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
    pub(super) tell: Sender<Event>,
    pub(super) stage: Stage,
    pub(super) told: Told,
    /// documents whose text is newer than what was found, by URI
    pub(super) changed: BTreeSet<String>,
    /// the units that were found with each document
    pub(super) keys: BTreeMap<String, BTreeSet<Key>>,
    wanted: BTreeMap<i32, Wanted>,
    asked: i32,
    /// the look at the workspace that counts
    pub(super) scan: u64,
    pub(super) scan_is_due: bool,
    pub(super) formats: bool,
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
    pub(super) fn ask(&mut self, method: &str, params: impl Serialize, wanted: Wanted) {
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

    /// An open document.
    pub(super) fn document(&self, uri: &Uri) -> Answer<&super::desk::Document> {
        self.desk.documents.get(&uri.0).ok_or_else(|| Fault::failed("the document is not open"))
    }
}

fn read<P: DeserializeOwned>(params: Value) -> Answer<P> {
    serde_json::from_value(params).map_err(|e| Fault::invalid(e.to_string()))
}
