//! Texts that change: while the server is busy, in long files, with characters of any width, until they are closed.

use crate::client::{Client, able, list, position};
use crate::{alone, editor, rules, unit};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

/// What a server says about a text that it sees for the first time.
fn fresh(text: &str) -> Vec<Value> {
    let mut client = alone();
    client.open("file:///x/a.service", text);
    client.diagnostics("file:///x/a.service", 1)
}

fn change(uri: &str, version: i32, changes: &[Value]) -> Value {
    let params = json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": changes });
    json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": params })
}

fn insert(text: &str, offset: usize, new: &str) -> Value {
    let at = position(text, offset);
    json!({ "range": { "start": at, "end": at }, "text": new })
}

#[test]
fn nothing_is_stale() {
    let uri = "file:///x/a.service";
    let mut client = alone();
    let mut text = "[Service]\nExecStart=/bin/a\n".to_owned();
    client.open(uri, &text);
    let mut messages = Vec::new();
    for (n, c) in "PrvateTmp=yés\nProtectSystem=strict\n".chars().enumerate() {
        messages.push(change(uri, n as i32 + 2, &[insert(&text, text.len(), &c.to_string())]));
        text.push(c);
    }
    let last = messages.len() as i32 + 1;
    client.send(&messages);
    assert_eq!(client.diagnostics(uri, last), fresh(&text));
    let later = client.all();
    let versions: Vec<i64> = later.iter().filter_map(|m| m["params"]["version"].as_i64()).collect();
    assert!(versions.iter().all(|v| *v < i64::from(last)), "{versions:?}");
    // an answer is about the newest text
    client.send(&[change(uri, last + 1, &[json!({ "text": "[Timer]\n" })])]);
    let symbols = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(list(&symbols).len(), 1);
    assert_eq!(symbols[0]["name"], "Timer");
}

#[test]
fn ten_thousand_lines() {
    let uri = "file:///x/a.service";
    let mut client = alone();
    let mut text = "[Service]\nExecStart=/bin/a\n".to_owned();
    (0..10_000).for_each(|n| text += &format!("Environment=\"VAR{n}=é {n}\"\n"));
    client.open(uri, &text);
    assert_eq!(client.diagnostics(uri, 1), fresh(&text));
    for version in 2..20 {
        let at = text.len() * version as usize / 20;
        let at = text[at..].find('\n').map_or(text.len(), |i| at + i + 1);
        client.send(&[change(uri, version, &[insert(&text, at, "PrivateTmp=maybe\n")])]);
        text.insert_str(at, "PrivateTmp=maybe\n");
    }
    let found = client.diagnostics(uri, 19);
    assert_eq!(found.iter().filter(|d| d["code"] == "invalid-value").count(), 18);
    assert_eq!(found, fresh(&text));
    for request in ["semanticTokens/full", "documentSymbol", "foldingRange", "codeLens", "documentLink"] {
        let answer = client.ask(&format!("textDocument/{request}"), json!({ "textDocument": { "uri": uri } }));
        assert!(answer.get("code").is_none(), "{request}: {answer}");
    }
}

#[test]
fn columns_of_every_width() {
    let text = "[Service]\nExecStart=/bin/a\nEnvironment=\"A=é😀\" \"B=\u{1d11e}\" 'C=\\q'\nPrvateTmp=😀\n";
    for (encoding, column) in [("utf-8", 38), ("utf-16", 33)] {
        let mut client = Client::new(able(encoding), None, json!({ "isolated": true }));
        client.open("file:///x/a.service", text);
        let found = client.diagnostics("file:///x/a.service", 1);
        let on = |line: u64| found.iter().find(|d| d["range"]["start"]["line"] == line).cloned().unwrap_or_default();
        let word = |d: &Value| d["range"]["end"]["character"].as_u64().unwrap();
        assert_eq!(word(&on(2)), column, "{encoding}: {}", on(2));
        assert_eq!(on(3)["code"], "unknown-key");
        // behind the characters of several units a change is made where it is meant
        let start = if encoding == "utf-8" { 14 } else { 12 };
        let range = json!({ "start": { "line": 3, "character": 10 }, "end": { "line": 3, "character": start } });
        client.send(&[change("file:///x/a.service", 2, &[json!({ "range": range, "text": "yes" })])]);
        let _ = client.diagnostics("file:///x/a.service", 2);
        let symbols =
            client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": "file:///x/a.service" } }));
        assert_eq!(symbols[0]["children"][2]["detail"], "yes", "{encoding}");
    }
}

/// Any changes leave the same text on both sides.
#[test]
fn any_edits() {
    let uri = "file:///x/a.service";
    let mut client = alone();
    let mut version = 1;
    client.open(uri, "");
    let edit = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        "(\n|\r\n|\\[Service\\]\n|Kéy=😀|User=a|=|#|\\\\\n| ){0,4}",
    );
    let mut runner = TestRunner::new(Config { cases: 30, failure_persistence: None, ..Config::default() });
    let run = |edits: Vec<(prop::sample::Index, prop::sample::Index, String)>| {
        version += 1;
        let mut text = "[Service]\nExecStart=/bin/a 😀\n".to_owned();
        let mut messages = vec![change(uri, version, &[json!({ "text": text })])];
        for (from, to, new) in edits {
            // no place within a line end: editors have none there
            let places: Vec<usize> =
                (0..=text.len()).filter(|i| text.is_char_boundary(*i) && !text[..*i].ends_with('\r')).collect();
            let (a, b) = (*from.get(&places), *to.get(&places));
            let (start, end) = (a.min(b), a.max(b));
            let range = json!({ "start": position(&text, start), "end": position(&text, end) });
            version += 1;
            messages.push(change(uri, version, &[json!({ "range": range, "text": new })]));
            text.replace_range(start..end, &new);
        }
        client.send(&messages);
        let found = client.diagnostics(uri, version);
        client.tell("textDocument/didChange", change(uri, version + 1, &[json!({ "text": text })])["params"].clone());
        version += 1;
        prop_assert_eq!(&found, &client.diagnostics(uri, version), "{:?}", text);
        Ok(())
    };
    let run = std::cell::RefCell::new(run);
    runner.run(&prop::collection::vec(edit, 1..8), |edits| (run.borrow_mut())(edits)).unwrap();
}

#[test]
fn closing_while_typing() {
    let uri = "file:///x/a.service";
    let mut client = alone();
    client.open(uri, "[Service]\nPrvateTmp=yes\n");
    assert!(!client.diagnostics(uri, 1).is_empty());
    let close =
        json!({ "jsonrpc": "2.0", "method": "textDocument/didClose", "params": { "textDocument": { "uri": uri } } });
    client.send(&[change(uri, 2, &[json!({ "text": "[Service]\nPrvate=yes\n" })]), close]);
    let told = client.wait("nothing more", |m| m["params"]["uri"] == uri && m["params"]["diagnostics"] == json!([]));
    assert_eq!(told["params"]["version"], Value::Null);
    // a slow machine may have looked at the change before the end was read; nothing comes behind it
    client.forget();
    assert!(client.all().iter().all(|m| m["params"]["uri"] != uri));
    client.open(uri, "[Service]\nPrvateTmp=yes\n");
    assert!(!client.diagnostics(uri, 1).is_empty());
    assert!(client.end().success());
}

#[test]
fn names_that_systemctl_edit_gives() {
    let (_, text) = unit("usr/lib/systemd/system/db.service");
    let mut client = editor(json!({}));
    let folder = crate::uri(&crate::workspace().join("etc/systemd/system/db.service.d"));
    let uri = format!("{folder}/.%23override.conf0123456789abcdef");
    client.open(&uri, "[Service]\nPrvateTmp=yes\nSlice=other.slice\n");
    let found = client.diagnostics(&uri, 1);
    assert!(rules(&found).contains(&"1 unknown-key".to_owned()), "{found:?}");
    // it is laid over its unit
    let hints = client.ask("textDocument/codeLens", json!({ "textDocument": { "uri": uri } }));
    assert!(list(&hints)[0]["command"]["title"].as_str().unwrap().starts_with("exposure "), "{hints}");
    let (db, _) = unit("usr/lib/systemd/system/db.service");
    client.open(&db, &text);
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let hints = client.ask("textDocument/inlayHint", json!({ "textDocument": { "uri": db }, "range": range }));
    assert!(hints.to_string().contains("other.slice (override.conf:3)"), "{hints}");
}

#[test]
fn what_was_never_saved() {
    let mut client = alone();
    client.open("untitled:Untitled-1", "[Timer]\nOnCalendar=dayly\n");
    let found = client.diagnostics("untitled:Untitled-1", 1);
    assert!(found.iter().any(|d| d["range"]["start"]["line"] == 1), "{found:?}");
    client.open("untitled:x.socket", "[Socket]\nListenStream=foo bar\n");
    assert!(!client.diagnostics("untitled:x.socket", 1).is_empty());
    client.open("file:///x/notes.txt", "[Timer]\nOnCalendar=dayly\n");
    assert_eq!(client.diagnostics("file:///x/notes.txt", 1), [Value::Null; 0]);
}

#[test]
fn a_configuration_counts_as_it_is_typed() {
    let top = crate::workspace().join("usr/lib/systemd/system");
    let configuration = crate::uri(&top.join("unitlint.toml"));
    let (web, text) = unit("usr/lib/systemd/system/web.service");
    let mut client = editor(json!({ "workspaceDiagnostics": false }));
    client.open(&web, &text);
    let before = rules(&client.diagnostics(&web, 1));
    assert!(before.iter().any(|r| r.ends_with(" unknown-key")), "{before:?}");
    client.open(&configuration, "ignore = [\"unknown-key\", \"no-such-rule\"]\n");
    let found = client.diagnostics(&configuration, 1);
    assert_eq!(rules(&found), ["0 configuration"], "{found:?}");
    client.send(&[change(&web, 2, &[json!({ "text": text })])]);
    let after = rules(&client.diagnostics(&web, 2));
    assert!(after.iter().all(|r| !r.ends_with(" unknown-key")), "{after:?}");
}

#[test]
fn the_whole_workspace() {
    let mut client = editor(json!({}));
    let (web, text) = unit("usr/lib/systemd/system/web.service");
    let (db, _) = unit("usr/lib/systemd/system/db.service");
    let of = |uri: &str| {
        let uri = uri.to_owned();
        move |m: &Value| m["method"] == "textDocument/publishDiagnostics" && m["params"]["uri"] == uri
    };
    let told = client.wait("what nobody opened", of(&web));
    assert_eq!(told["params"]["version"], Value::Null);
    let closed = list(&told["params"]["diagnostics"]);
    client.wait("the other unit", of(&db));
    client.open(&web, &text);
    let opened = client.diagnostics(&web, 1);
    assert_eq!(rules(&opened), rules(&closed));
    client.send(&[change(&web, 2, &[json!({ "text": "[Service]\nExecStart=/usr/bin/web\n" })])]);
    assert!(client.diagnostics(&web, 2).len() < opened.len());
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": web } }));
    let mut last = Vec::new();
    while rules(&last) != rules(&closed) {
        last = list(&client.wait("what is on the disk", of(&web))["params"]["diagnostics"]);
    }
}
