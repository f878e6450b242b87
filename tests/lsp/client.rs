//! An editor: it writes messages to the program and reads what comes back.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// Nothing takes so long, even where many tests run at once.
const LONG: Duration = Duration::from_secs(60);

/// An editor that talks with the program.
pub(crate) struct Client {
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<Value>,
    /// what came and was not asked for yet
    waiting: Vec<Value>,
    number: i32,
}

/// What an editor can do that can do everything.
pub(crate) fn able(encoding: &str) -> Value {
    json!({
        "general": { "positionEncodings": [encoding] },
        "workspace": {
            "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create", "rename", "delete"] },
        },
    })
}

impl Client {
    /// Starts the program and says nothing.
    pub(crate) fn silent() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_unitlint"))
            .arg("lsp")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the program was built");
        let (to, out) = (child.stdin.take(), child.stdout.take().expect("it is piped"));
        let (tell, from) = channel();
        std::thread::spawn(move || {
            let mut out = BufReader::new(out);
            while let Some(message) = read(&mut out) {
                if tell.send(message).is_err() {
                    return;
                }
            }
        });
        Self { child, to, from, waiting: Vec::new(), number: 0 }
    }

    /// Starts the program and says good morning.
    pub(crate) fn new(capabilities: Value, folder: Option<&str>, options: Value) -> Self {
        let mut client = Self::silent();
        let folders = folder.map(|uri| json!([{ "uri": uri, "name": "workspace" }]));
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folders,
            "initializationOptions": options,
        });
        let answer = client.ask("initialize", params);
        assert_eq!(answer["serverInfo"]["name"], "unitlint", "{answer}");
        client.tell("initialized", json!({}));
        client
    }

    /// Writes bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let to = self.to.as_mut().expect("the editor still talks");
        to.write_all(bytes).and_then(|()| to.flush()).expect("the program listens");
    }

    /// Writes messages at once.
    pub(crate) fn send(&mut self, messages: &[Value]) {
        let bytes: Vec<u8> = messages.iter().flat_map(framed).collect();
        self.raw(&bytes);
    }

    /// Says something.
    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.send(&[json!({ "jsonrpc": "2.0", "method": method, "params": params })]);
    }

    /// Asks for something; the answer, or the error.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let id = self.number;
        self.send(&[json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })]);
        let answer = self.wait(&format!("an answer to {method}"), |m| m["id"] == id && m.get("method").is_none());
        answer.get("result").or(answer.get("error")).cloned().unwrap_or_default()
    }

    /// The first message of a sort, among those that came and those to come.
    pub(crate) fn wait(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.waiting.iter().position(&is) {
            return self.waiting.remove(at);
        }
        loop {
            let message = self.from.recv_timeout(LONG).unwrap_or_else(|e| panic!("{what}: {e}"));
            if is(&message) {
                return message;
            }
            self.waiting.push(message);
        }
    }

    /// The diagnostics of a version of a document.
    pub(crate) fn diagnostics(&mut self, uri: &str, version: i32) -> Vec<Value> {
        let is = |m: &Value| {
            m["method"] == "textDocument/publishDiagnostics"
                && m["params"]["uri"] == uri
                && m["params"]["version"] == version
        };
        list(&self.wait(&format!("diagnostics of {uri} {version}"), is)["params"]["diagnostics"])
    }

    /// Lets go of what has come and was not waited for.
    pub(crate) fn forget(&mut self) {
        self.waiting.clear();
    }

    /// Everything that comes before an answer to a question that is asked now.
    pub(crate) fn all(&mut self) -> Vec<Value> {
        self.ask("textDocument/hover", Value::Null);
        std::mem::take(&mut self.waiting)
    }

    /// Opens a document.
    pub(crate) fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "systemd", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Says good-bye as one should.
    pub(crate) fn end(mut self) -> ExitStatus {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.child.wait().expect("it ends")
    }

    /// Goes away.
    pub(crate) fn leave(mut self) -> ExitStatus {
        drop(self.to.take());
        self.child.wait().expect("it ends")
    }

    /// Waits for the end.
    pub(crate) fn status(mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A message as it is sent.
pub(crate) fn framed(message: &Value) -> Vec<u8> {
    let text = message.to_string();
    format!("Content-Length: {}\r\n\r\n{text}", text.len()).into_bytes()
}

fn read(from: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some((_, n)) => length = n.parse().ok()?,
            None => break,
        }
    }
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// The elements of an array.
pub(crate) fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// The line and column of a place in a text, counted in UTF-16.
pub(crate) fn position(text: &str, offset: usize) -> Value {
    let line = text[..offset].matches('\n').count();
    let start = text[..offset].rfind('\n').map_or(0, |i| i + 1);
    json!({ "line": line, "character": text[start..offset].encode_utf16().count() })
}

/// The place of a mark `|` in a text, and the text without it.
pub(crate) fn marked(text: &str) -> (String, Value) {
    let offset = text.find('|').expect("a mark");
    (text.replacen('|', "", 1), position(text, offset))
}

/// A text with edits made in it, as an editor makes them.
pub(crate) fn applied(text: &str, edits: &[Value]) -> String {
    let offset = |at: &Value| {
        let (line, character) = (at["line"].as_u64().unwrap() as usize, at["character"].as_u64().unwrap() as usize);
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let units = |i: usize| text[start..i].encode_utf16().count();
        (start..=text.len()).find(|i| text.is_char_boundary(*i) && units(*i) == character).expect("a place in the text")
    };
    let mut all: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|e| (offset(&e["range"]["start"]), offset(&e["range"]["end"]), e["newText"].as_str().unwrap()))
        .collect();
    all.sort_by_key(|(start, end, _)| (*start, *end));
    assert!(all.windows(2).all(|w| w[0].1 <= w[1].0), "edits do not overlap");
    let mut out = text.to_owned();
    for (start, end, new) in all.into_iter().rev() {
        out.replace_range(start..end, new);
    }
    out
}
