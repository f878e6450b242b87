//! A whole conversation with the language server: each request has one answer, whatever is open and however it changes.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex};
use unitlint::lsp;

#[derive(Arbitrary, Debug)]
struct Place {
    line: u8,
    character: u8,
}

#[derive(Arbitrary, Debug)]
enum Said<'a> {
    Open { document: u8, text: &'a str },
    Change { document: u8, start: Place, end: Place, text: &'a str },
    Replace { document: u8, text: &'a str },
    Close { document: u8 },
    Ask { document: u8, method: u8, at: Place, word: &'a str },
    Cancel { id: u8 },
    Settings { name: u8, value: &'a str },
    Raw(&'a [u8]),
}

const DOCUMENTS: [&str; 6] = [
    "file:///nonexistent/a.service",
    "file:///nonexistent/a.service.d/x.conf",
    "file:///nonexistent/b@.timer",
    "file:///nonexistent/unitlint.toml",
    "untitled:Untitled-1",
    "file:///nonexistent/%2e%23a.socket0123456789abcdef",
];

const METHODS: [&str; 18] = [
    "textDocument/codeAction",
    "textDocument/codeLens",
    "textDocument/completion",
    "completionItem/resolve",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/documentLink",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/formatting",
    "textDocument/hover",
    "textDocument/inlayHint",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/selectionRange",
    "textDocument/semanticTokens/full",
    "workspace/executeCommand",
    "unheard/of",
];

const SETTINGS: [&str; 8] =
    ["systemd", "select", "ignore", "codeLens", "inlayHints", "format", "scope", "workspaceDiagnostics"];

fn uri(document: u8) -> &'static str {
    DOCUMENTS[usize::from(document) % DOCUMENTS.len()]
}

fn place(at: &Place) -> Value {
    json!({ "line": at.line, "character": at.character })
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fuzz_target!(|said: Vec<Said<'_>>| {
    let mut input = Vec::new();
    let mut send = |message: Value| {
        let text = message.to_string();
        input.extend_from_slice(format!("Content-Length: {}\r\n\r\n{text}", text.len()).as_bytes());
    };
    let able = json!({ "workspace": { "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create", "rename"] } } });
    let hello = json!({ "processId": null, "rootUri": null, "capabilities": able, "initializationOptions": { "format": true } });
    send(json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello }));
    let (mut version, mut asked) = (0, 0);
    for one in said.iter().take(40) {
        let tell = |method: &str, params: Value| json!({ "jsonrpc": "2.0", "method": method, "params": params });
        version += 1;
        match one {
            Said::Open { document, text } => {
                let document =
                    json!({ "uri": uri(*document), "languageId": "systemd", "version": version, "text": text });
                send(tell("textDocument/didOpen", json!({ "textDocument": document })));
            }
            Said::Change { document, start, end, text } => {
                let change = json!({ "range": { "start": place(start), "end": place(end) }, "text": text });
                let document = json!({ "uri": uri(*document), "version": version });
                send(tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] })));
            }
            Said::Replace { document, text } => {
                let document = json!({ "uri": uri(*document), "version": version });
                let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
                send(tell("textDocument/didChange", params));
            }
            Said::Close { document } => {
                send(tell("textDocument/didClose", json!({ "textDocument": { "uri": uri(*document) } })));
            }
            Said::Ask { document, method, at, word } => {
                asked += 1;
                let range = json!({ "start": place(at), "end": { "line": u32::from(at.line) + 9, "character": 0 } });
                let params = json!({
                    "textDocument": { "uri": uri(*document) }, "position": place(at), "positions": [place(at)],
                    "range": range, "context": { "diagnostics": [], "includeDeclaration": true }, "newName": word,
                    "options": { "tabSize": 4, "insertSpaces": true }, "label": word,
                    "command": "unitlint.apply", "arguments": [uri(*document), word],
                });
                let method = METHODS[usize::from(*method) % METHODS.len()];
                send(json!({ "jsonrpc": "2.0", "id": asked, "method": method, "params": params }));
            }
            Said::Cancel { id } => send(tell("$/cancelRequest", json!({ "id": id }))),
            Said::Settings { name, value } => {
                let name = SETTINGS[usize::from(*name) % SETTINGS.len()];
                let value: Value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
                send(tell("workspace/didChangeConfiguration", json!({ "settings": { "unitlint": { name: value } } })));
            }
            Said::Raw(bytes) => {
                // of the right length, so that the conversation goes on
                let text = String::from_utf8_lossy(bytes);
                send(serde_json::from_str(&text).unwrap_or_else(|_| json!({ "jsonrpc": "2.0", "method": text })));
            }
        }
    }
    let end = 100_000;
    send(json!({ "jsonrpc": "2.0", "id": end, "method": "shutdown" }));
    send(json!({ "jsonrpc": "2.0", "method": "exit" }));
    let out = Written::default();
    let _ = lsp::serve(Cursor::new(input), out.clone(), None);
    let bytes = out.0.lock().expect("no writer panicked");
    let text = String::from_utf8(bytes.clone()).expect("JSON is UTF-8");
    let mut answers = std::collections::BTreeMap::<i64, usize>::new();
    for message in text.split("Content-Length: ").filter_map(|m| m.split_once("\r\n\r\n")) {
        let Ok(message) = serde_json::from_str::<Value>(message.1) else { continue };
        if message.get("method").is_none() {
            *answers.entry(message["id"].as_i64().unwrap_or(-1)).or_default() += 1;
        }
    }
    // a raw message may say good-bye too early, or ask with a number of ours
    let plain = !said.iter().any(|s| matches!(s, Said::Raw(_)));
    assert!(!plain || (1..=asked).chain([0, end]).all(|id| answers.get(&id) == Some(&1)), "{answers:?}");
});
