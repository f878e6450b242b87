//! Wrong orders, broken messages, and requests that are taken back.

use crate::client::{Client, able, framed, list};
use crate::{alone, rules};
use serde_json::{Value, json};

fn code(answer: &Value) -> i64 {
    answer["code"].as_i64().unwrap_or_default()
}

#[test]
fn what_is_said_too_early_or_too_late() {
    let mut client = Client::silent();
    assert_eq!(code(&client.ask("textDocument/hover", json!({}))), -32002);
    client.open("file:///a.service", "x");
    let params = json!({ "processId": null, "rootUri": null, "capabilities": able("utf-8") });
    let answer = client.ask("initialize", params.clone());
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-8");
    assert_eq!(code(&client.ask("initialize", params)), -32600);
    client.tell("initialized", json!({}));
    assert_eq!(code(&client.ask("textDocument/unheardOf", json!({}))), -32601);
    assert_eq!(code(&client.ask("textDocument/hover", json!({ "textDocument": 1 }))), -32602);
    let nowhere = json!({ "textDocument": { "uri": "file:///a.service" }, "position": { "line": 0, "character": 0 } });
    assert_eq!(code(&client.ask("textDocument/hover", nowhere.clone())), -32803, "what was said too early is not open");
    for nothing in ["textDocument/didChange", "textDocument/didClose", "$/setTrace", "unheard/of"] {
        client.tell(nothing, json!({ "textDocument": { "uri": "file:///b.service" } }));
    }
    assert_eq!(client.ask("shutdown", Value::Null), Value::Null);
    assert_eq!(code(&client.ask("textDocument/hover", nowhere)), -32600);
    client.tell("exit", Value::Null);
    assert!(client.status().success());
}

#[test]
fn who_goes_without_a_good_bye() {
    assert_eq!(Client::silent().leave().code(), Some(1));
    assert_eq!(alone().leave().code(), Some(1));
    let mut client = alone();
    client.tell("exit", Value::Null);
    assert_eq!(client.status().code(), Some(1));
    assert!(alone().end().success());
    // some editors leave the last word unsaid
    let mut client = alone();
    client.ask("shutdown", Value::Null);
    assert!(client.leave().success());
}

#[test]
fn what_is_no_message() {
    let mut client = alone();
    client.raw(b"Content-Length: 5\r\n\r\n{,,,}");
    let answer = client.wait("an error", |m| m["error"]["code"] == -32700);
    assert_eq!(answer["id"], Value::Null);
    client.raw(b"Content-Length: 2\r\nContent-Type: application/json\r\n\r\n[]");
    client.wait("an error", |m| m["error"]["code"] == -32700);
    client.open("file:///x/a.service", "[Service]\nExecStart=/bin/a\n");
    assert!(!client.diagnostics("file:///x/a.service", 1).is_empty());
    // where the next message would begin is not known
    client.raw(b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(client.status().code(), Some(2));
}

#[test]
fn a_number_may_be_a_word() {
    let mut client = alone();
    client.send(&[json!({ "jsonrpc": "2.0", "id": "good-bye", "method": "shutdown" })]);
    client.wait("an answer", |m| m["id"] == "good-bye" && m.get("result").is_some());
}

#[test]
fn requests_that_are_taken_back() {
    let mut client = alone();
    let text = "[Service]\nExecStart=/bin/a\n".to_owned() + &"Environment=A=b\n".repeat(20_000);
    client.open("file:///x/long.service", &text);
    let document = json!({ "uri": "file:///x/long.service" });
    let mut bytes = Vec::new();
    for id in 100..140 {
        let method = "textDocument/semanticTokens/full";
        bytes.extend(framed(
            &json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": { "textDocument": document } }),
        ));
    }
    for id in 101..140 {
        bytes.extend(framed(&json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": id } })));
    }
    // one that was answered, one that nobody asked, and one that is none
    for id in [json!(1), json!(99_999), json!("x"), json!(null)] {
        bytes.extend(framed(&json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": id } })));
    }
    client.raw(&bytes);
    let mut cancelled = 0;
    for id in 100..140 {
        let answer = client.wait("an answer", |m| m["id"] == id);
        cancelled += usize::from(answer["error"]["code"] == -32800);
        assert!(answer["error"]["code"] == -32800 || !list(&answer["result"]["data"]).is_empty());
    }
    assert!(cancelled > 0, "each was answered before it could be taken back");
    let again = client.all();
    assert!(again.iter().all(|m| m["id"] == Value::Null || m.get("method").is_some()), "one answer each: {again:?}");
}

#[test]
fn settings_may_change() {
    let mut client = alone();
    let uri = "file:///x/a.service";
    client.open(uri, "[Service]\nExecStart=/bin/a\nPrivateTmp=disconnected\n");
    let before = rules(&client.diagnostics(uri, 1));
    let settings = |settings: Value| json!({ "settings": { "unitlint": settings } });
    client.tell("workspace/didChangeConfiguration", settings(json!({ "isolated": true, "systemd": "252" })));
    let after = rules(&client.diagnostics(uri, 1));
    let too_new = "2 value-too-new".to_owned();
    assert!(!before.contains(&too_new) && after.contains(&too_new), "{before:?} {after:?}");
    client.tell("workspace/didChangeConfiguration", settings(json!({ "select": ["file-mode"], "systemd": "none" })));
    let told = client.wait("a message", |m| m["method"] == "window/showMessage");
    assert!(told["params"]["message"].as_str().unwrap().contains("none"), "{told}");
    // an editor that is to be asked
    let mut able = able("utf-16");
    able["workspace"]["configuration"] = json!(true);
    let mut client = Client::new(able, None, json!({}));
    client.open(uri, "[Service]\nExecStart=/bin/a\nPrivateTmp=disconnected\n");
    let asked = client.wait("a question", |m| m["method"] == "workspace/configuration");
    assert_eq!(asked["params"]["items"][0]["section"], "unitlint");
    client.send(&[json!({ "jsonrpc": "2.0", "id": asked["id"], "result": [{ "ignore": ["all"], "isolated": true }] })]);
    client.wait("nothing found", |m| m["params"]["uri"] == uri && m["params"]["diagnostics"] == json!([]));
}

/// Whatever is asked of whatever file, there is an answer, and the next question has one too.
#[test]
fn hostile_messages() {
    let mut client = Client::new(able("utf-16"), Some("file:///dev"), json!({ "workspaceDiagnostics": false }));
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    client.raw(format!("Content-Length: {}\r\n\r\n{deep}", deep.len()).as_bytes());
    client.wait("an error", |m| m["error"]["code"] == -32700);
    let far = json!({ "line": u32::MAX, "character": u32::MAX });
    let odd = [
        "file:///dev/zero",
        "file:///proc/self/mem",
        "file:///%00.service",
        "file:///../../a.service",
        "x:",
        "",
        "%",
        "file://host/a.service",
        "file:///%1b%5b31m.service",
        "untitled:a.service",
    ];
    for uri in odd {
        client.open(uri, "[Service]\nExecStart=/bin/a\n");
        let edit = json!({ "range": { "start": far, "end": { "line": 0, "character": 0 } }, "text": "\u{1b}[31m\0" });
        let document = json!({ "uri": uri, "version": -1 });
        client.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [edit] }));
        for method in
            ["hover", "completion", "definition", "references", "codeLens", "formatting", "semanticTokens/full"]
        {
            let params = json!({ "textDocument": { "uri": uri }, "position": far, "context": { "includeDeclaration": true },
                "options": { "tabSize": 4, "insertSpaces": true } });
            client.ask(&format!("textDocument/{method}"), params);
        }
    }
    client.ask("workspace/executeCommand", json!({ "command": "sh", "arguments": ["-c", "true"] }));
    client.ask("workspace/symbol", json!({ "query": "\u{202e}".repeat(100_000) }));
    assert!(client.end().success());
}
