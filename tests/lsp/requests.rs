//! Every request, on the units of the fixtures: what an editor gets is in `snapshots/lsp/`.

use crate::client::{Client, able, applied, list, position};
use crate::{editor, unit, uri, workspace};
use serde_json::{Value, json};
use std::fmt::Write as _;

const WEB: &str = "usr/lib/systemd/system/web.service";

/// An editor with a unit open: also its URI and its text.
fn opened(below: &str) -> (Client, String, String) {
    let (uri, text) = unit(below);
    let mut client = editor(json!({ "workspaceDiagnostics": false, "format": true }));
    client.open(&uri, &text);
    client.diagnostics(&uri, 1);
    (client, uri, text)
}

/// A place in a text: that of the bar in a piece of it.
fn at(text: &str, piece: &str) -> Value {
    let bar = piece.find('|').expect("a bar");
    let start = text.find(&piece.replacen('|', "", 1)).expect("a piece of the text");
    position(text, start + bar)
}

fn document(uri: &str) -> Value {
    json!({ "uri": uri })
}

fn asked(client: &mut Client, method: &str, uri: &str, at: Value) -> Value {
    client.ask(&format!("textDocument/{method}"), json!({ "textDocument": document(uri), "position": at }))
}

/// An answer without the path of the sources.
fn shown(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).expect("it was JSON");
    text.replace(&uri(&workspace()), "file://WORKSPACE").replace(workspace().to_str().unwrap(), "WORKSPACE")
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => "../../snapshots/lsp", prepend_module_to_snapshot => false, omit_expression => true,
        snapshot_suffix => "",
    }, { insta::assert_snapshot!(name, text) });
}

#[test]
fn diagnostics() {
    let (uri, text) = unit(WEB);
    let mut client = editor(json!({ "workspaceDiagnostics": false, "status": true }));
    client.open(&uri, &text);
    let found = client.diagnostics(&uri, 1);
    let status = client.wait("scores", |m| m["method"] == "unitlint/status");
    let dropin = format!("{}/etc/systemd/system/web.service.d/override.conf", crate::uri(&workspace()));
    let beside = client.wait("the drop-in", |m| m["params"]["uri"] == dropin);
    let all =
        json!({ "web.service": found, "override.conf": beside["params"]["diagnostics"], "status": status["params"] });
    snapshot("diagnostics", &shown(&all));
}

#[test]
fn hover() {
    let (mut client, uri, text) = opened(WEB);
    let mut out = String::new();
    let pieces = [
        "[Serv|ice]",
        "Private|Tmp=yes",
        "After=network.target db.ser|vice",
        "After=net|work.target",
        "TimeoutStartSec=9|0",
        "MemoryMax=5|12M",
        "/srv/|%p",
        "CAP_NET_BIND|_SERVICE",
        "@system-s|ervice",
        "~@cl|ock",
        "ProtectSystem=fu|ll",
        "# the cl|ock",
        "Prvate|Devices",
    ];
    for piece in pieces {
        let answer = asked(&mut client, "hover", &uri, at(&text, piece));
        let told = answer["contents"]["value"].as_str().unwrap_or("nothing").to_owned();
        let _ =
            writeln!(out, "==== {piece}\n{}\n", told.replace(workspace().to_str().unwrap(), "WORKSPACE").trim_end());
    }
    snapshot("hover", &out);
}

/// The first labels that are offered at the bar of a text, and how many there are.
fn offered(client: &mut Client, uri: &str, version: &mut i32, text: &str) -> (Vec<Value>, String) {
    let (text, at) = crate::client::marked(text);
    *version += 1;
    let params = json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "text": text }] });
    client.tell("textDocument/didChange", params);
    let answer = asked(client, "completion", uri, at);
    let mut items = list(&answer["items"]);
    let key = |i: &Value| i["sortText"].as_str().or(i["label"].as_str()).unwrap_or_default().to_owned();
    items.sort_by_key(key);
    let mut out = format!("{} items\n", items.len());
    for item in items.iter().take(6) {
        let detail = item["detail"].as_str().map_or(String::new(), |d| format!("  — {d}"));
        let _ = writeln!(out, "  {}{detail}", item["label"].as_str().unwrap_or_default());
    }
    (items, out)
}

#[test]
fn completion() {
    let (uri, _) = unit(WEB);
    let mut client = editor(json!({ "workspaceDiagnostics": false }));
    client.open(&uri, "");
    let mut version = 1;
    let mut out = String::new();
    let head = "[Service]\nExecStart=/usr/bin/web\n";
    let texts = [
        "|",
        "[Un|",
        "[Unit]\n|",
        "[Service]\n|",
        "[Service]\nPri|=yes\n",
        "[Install]\nWan|",
        "[Timer]\nOn|",
        "[Unit]\nAfter=db.service |",
        "[Install]\nWantedBy=mul|",
        "[Service]\nPrivateTmp=|",
        "[Service]\nProtectSystem=st|",
        "[Service]\nCapabilityBoundingSet=CAP_CHOWN ~CAP_NET_|",
        "[Service]\nSystemCallFilter=~@c|",
        "[Service]\nUser=|",
        "[Service]\nRestrictAddressFamilies=AF_UNIX |",
        "[Service]\nExecStart=/usr/|",
        "[Service]\nExecStart=/bin/a %|",
        "[Service]\nKillSignal=SIG|",
        "[Service]\nSlice=|",
        "# unitlint: ignore[expo|",
        "[Service]\nRestart=|",
        "[Service]\nSystemCallFilter=@system-service \\\n  ~@res|",
        "[Service]\nNoSuch=|",
        "[X-Own]\n|",
        "[Service]\nDescription=%%|",
    ];
    for text in texts {
        let (_, told) = offered(&mut client, &uri, &mut version, text);
        let _ = writeln!(out, "==== {}\n{told}", text.replace('\n', " ⏎ "));
    }
    let (items, _) = offered(&mut client, &uri, &mut version, &format!("{head}PrivateT|"));
    let item = items.iter().find(|i| i["label"] == "PrivateTmp").expect("it is offered");
    assert_eq!(item["textEdit"]["newText"], "PrivateTmp=");
    let resolved = client.ask("completionItem/resolve", item.clone());
    assert!(resolved["documentation"]["value"].as_str().unwrap().starts_with("### PrivateTmp="), "{resolved}");
    snapshot("completion", &out);
}

#[test]
fn what_is_chosen_is_written_where_it_was_begun() {
    let (uri, _) = unit(WEB);
    let mut client = editor(json!({ "workspaceDiagnostics": false }));
    client.open(&uri, "");
    let mut version = 1;
    let cases = [
        ("[Unit]\nAfter=a.service netw|\n", "network.target", "[Unit]\nAfter=a.service network.target\n"),
        ("[Service]\nSystemCallFilter=~@cl|", "@clock", "[Service]\nSystemCallFilter=~@clock"),
        ("[Service]\n  Priv|\n", "PrivateTmp", "[Service]\n  PrivateTmp=\n"),
        ("[Service]\nExecStart=/é😀 /usr/bin/w|\n", "web", "[Service]\nExecStart=/é😀 /usr/bin/web\n"),
        ("[Service]\nExecStart=-/usr/bin/w|\n", "web", "[Service]\nExecStart=-/usr/bin/web\n"),
        ("[Serv|\n", "[Service]", "[Service]\n"),
        ("[Service]\nExecStart=/bin/a %|\n", "%n", "[Service]\nExecStart=/bin/a %n\n"),
        (
            "# unitlint: ignore[file-mode,exp|] x\n[Service]\n",
            "exposure-score",
            "# unitlint: ignore[file-mode,exposure-score] x\n[Service]\n",
        ),
        (
            "[Service]\nSystemCallFilter=@clock \\\n  ~@moun|\nUser=a\n",
            "@mount",
            "[Service]\nSystemCallFilter=@clock \\\n  ~@mount\nUser=a\n",
        ),
    ];
    for (text, label, wanted) in cases {
        let (items, told) = offered(&mut client, &uri, &mut version, text);
        let item = items.iter().find(|i| i["label"] == label).unwrap_or_else(|| panic!("{text}: {label} in {told}"));
        assert_eq!(applied(&text.replacen('|', "", 1), &[item["textEdit"].clone()]), wanted);
    }
}

#[test]
fn definition_and_references() {
    let (mut client, uri, text) = opened(WEB);
    let mut out = String::new();
    for piece in
        ["db.ser|vice\nWants", "Private|Tmp", "MemoryM|ax", "batch.sl|ice", "-/etc/web/opt|ions", "/usr/bin/w|eb"]
    {
        if !text.contains(&piece.replacen('|', "", 1)) {
            continue;
        }
        let answer = asked(&mut client, "definition", &uri, at(&text, piece));
        let _ = writeln!(out, "==== definition of {}\n{}\n", piece.lines().next().unwrap(), shown(&answer));
    }
    for piece in ["db.ser|vice\nWants", "[Serv|ice]", "Private|Tmp"] {
        let position = at(&text, piece);
        let params = json!({
            "textDocument": document(&uri), "position": position, "context": { "includeDeclaration": false },
        });
        let answer = client.ask("textDocument/references", params);
        let places: Vec<String> = list(&answer)
            .iter()
            .map(|l| {
                let file =
                    l["uri"].as_str().unwrap_or_default().rsplit("/system/").next().unwrap_or_default().to_owned();
                format!("{file} {}:{}", l["range"]["start"]["line"], l["range"]["start"]["character"])
            })
            .collect();
        let _ = writeln!(out, "==== references of {}\n{}\n", piece.lines().next().unwrap(), places.join("\n"));
    }
    snapshot("definition", &out);
}

#[test]
fn structure() {
    let (mut client, uri, text) = opened(WEB);
    let mut out = String::new();
    for method in ["documentSymbol", "documentLink", "foldingRange"] {
        let answer = client.ask(&format!("textDocument/{method}"), json!({ "textDocument": document(&uri) }));
        let _ = writeln!(out, "==== {method}");
        for item in list(&answer) {
            let _ = writeln!(out, "{}", shown(&item).split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    let positions = [at(&text, "db.ser|vice\nWants"), at(&text, "~@cl|ock"), at(&text, "Private|Tmp")];
    let answer =
        client.ask("textDocument/selectionRange", json!({ "textDocument": document(&uri), "positions": positions }));
    for chain in list(&answer) {
        let _ = writeln!(out, "==== selection");
        let mut at = &chain;
        while at.is_object() {
            let (start, end) = (&at["range"]["start"], &at["range"]["end"]);
            let _ = writeln!(out, "{}:{} to {}:{}", start["line"], start["character"], end["line"], end["character"]);
            at = &at["parent"];
        }
    }
    snapshot("structure", &out);
}

#[test]
fn semantic_tokens() {
    let (mut client, uri, text) = opened(WEB);
    let params = json!({ "processId": null, "rootUri": null, "capabilities": able("utf-16") });
    let legend = Client::silent().ask("initialize", params)["capabilities"]["semanticTokensProvider"]["legend"].clone();
    let answer = client.ask("textDocument/semanticTokens/full", json!({ "textDocument": document(&uri) }));
    let data: Vec<usize> = list(&answer["data"]).iter().filter_map(Value::as_u64).map(|n| n as usize).collect();
    let lines: Vec<Vec<u16>> = text.lines().map(|l| l.encode_utf16().collect()).collect();
    let (mut line, mut start, mut out) = (0, 0, String::new());
    for token in data.chunks(5) {
        line += token[0];
        start = if token[0] == 0 { start + token[1] } else { token[1] };
        let word = String::from_utf16(&lines[line][start..start + token[2]]).expect("whole characters");
        let sort = legend["tokenTypes"][token[3]].as_str().expect("a sort of the legend");
        let marks: Vec<&str> =
            (0..3).filter(|i| token[4] >> i & 1 == 1).filter_map(|i| legend["tokenModifiers"][i].as_str()).collect();
        let _ = writeln!(out, "{}: {word}  {sort} {}", line + 1, marks.join(" "));
    }
    snapshot("tokens", &out);
}

#[test]
fn hints_and_lenses() {
    let (mut client, uri, text) = opened(WEB);
    let range = json!({ "start": { "line": 0, "character": 0 }, "end": position(&text, text.len()) });
    let hints = client.ask("textDocument/inlayHint", json!({ "textDocument": document(&uri), "range": range }));
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    for hint in list(&hints) {
        let line = hint["position"]["line"].as_u64().unwrap() as usize;
        let tip = hint["tooltip"].as_str().unwrap().replace(workspace().to_str().unwrap(), "WORKSPACE");
        let _ = writeln!(out, "{}  «{}»\n    {tip}", lines[line], hint["label"].as_str().unwrap());
    }
    let lenses = client.ask("textDocument/codeLens", json!({ "textDocument": document(&uri) }));
    for lens in list(&lenses) {
        let title = lens["command"]["title"].as_str().unwrap();
        let _ = writeln!(out, "lens at line {}: {title}", lens["range"]["start"]["line"].as_u64().unwrap() + 1);
    }
    snapshot("hints", &out);
}

fn actions(client: &mut Client, uri: &str, at: &Value, only: Value) -> Vec<Value> {
    let context = json!({ "diagnostics": [], "only": only });
    let range = json!({ "start": at, "end": at });
    list(
        &client.ask(
            "textDocument/codeAction",
            json!({ "textDocument": document(uri), "range": range, "context": context }),
        ),
    )
}

#[test]
fn code_actions() {
    let (mut client, uri, text) = opened(WEB);
    let mut out = String::new();
    for piece in ["Prvate|Devices", "[Serv|ice]", "Descrip|tion"] {
        let _ = writeln!(out, "==== at {piece}");
        for action in actions(&mut client, &uri, &at(&text, piece), Value::Null) {
            let does = match action.get("command") {
                Some(command) => format!("runs {}", command["command"].as_str().unwrap()),
                None => shown(&action["edit"]).split_whitespace().collect::<Vec<_>>().join(" "),
            };
            let (title, kind) = (action["title"].as_str().unwrap(), action["kind"].as_str().unwrap());
            let _ = writeln!(out, "{title} [{kind}]\n    {does}");
        }
    }
    snapshot("actions", &out);
    let silence = actions(&mut client, &uri, &at(&text, "Prvate|Devices"), json!(["quickfix"]));
    let silence = silence.iter().find(|a| a["title"] == "Silence unknown-key here").expect("it is offered");
    let edits = list(&silence["edit"]["documentChanges"][0]["edits"]);
    let silenced = applied(&text, &edits);
    client.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": silenced }] }),
    );
    assert!(client.diagnostics(&uri, 2).iter().all(|d| d["code"] != "unknown-key"));
}

#[test]
fn everything_that_is_sure() {
    let mut client = editor(json!({ "workspaceDiagnostics": false }));
    let uri = format!("{}/usr/lib/systemd/system/new.service", uri(&workspace()));
    let text = "[Unit]\r\nDescription=é😀\r\n[Service]\r\nExecStart=/usr/bin/web\r\nBindToDevice=x\r\nCPUShares=100\r\nMemoryLimit=1G\r\nPIDFile=/var/run/a.pid\r\n";
    client.open(&uri, text);
    client.diagnostics(&uri, 1);
    let found = actions(&mut client, &uri, &position(text, 0), json!(["source.fixAll"]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["kind"], "source.fixAll.unitlint");
    let mended = applied(text, &list(&found[0]["edit"]["documentChanges"][0]["edits"]));
    assert!(mended != text && mended.contains("Description=é😀\r\n"), "{mended}");
    client.tell(
        "textDocument/didChange",
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": mended }] }),
    );
    client.diagnostics(&uri, 2);
    assert_eq!(actions(&mut client, &uri, &position(&mended, 0), json!(["source.fixAll.unitlint"])).len(), 0);
}

#[test]
fn editors_that_show_plain_text() {
    let (uri, text) = unit(WEB);
    let able = json!({ "textDocument": { "hover": { "contentFormat": ["plaintext"] } } });
    let mut client = Client::new(able, None, json!({ "isolated": true }));
    client.open(&uri, &text);
    let answer = asked(&mut client, "hover", &uri, at(&text, "Private|Tmp"));
    assert_eq!(answer["contents"]["kind"], "plaintext");
    let told = answer["contents"]["value"].as_str().unwrap();
    assert!(told.contains("- sections: [Mount], [Service]") && !told.contains(['\\', '`']), "{told}");
}

#[test]
fn editors_that_cannot_make_files() {
    let (uri, text) = unit(WEB);
    let mut client = Client::new(json!({}), Some(&crate::uri(&workspace())), json!({ "workspaceDiagnostics": false }));
    client.open(&uri, &text);
    client.diagnostics(&uri, 1);
    for action in actions(&mut client, &uri, &at(&text, "[Serv|ice]"), Value::Null) {
        assert!(action["edit"].get("documentChanges").is_none(), "{action}");
        assert!(!action["title"].as_str().unwrap().contains("drop-in"), "{action}");
    }
    let answer = asked(&mut client, "prepareRename", &uri, at(&text, "db.ser|vice\nWants"));
    assert_eq!(answer["code"], -32803);
}

#[test]
fn formatting() {
    let mut client = editor(json!({ "format": true }));
    let uri = "file:///x/a.service";
    let text = "[Unit]\nDescription = é 😀 \n[Service]\nExecStart=/bin/a \\\n   b\n\n\n\nUser=a";
    client.open(uri, text);
    let options = json!({ "tabSize": 4, "insertSpaces": true });
    let answer = client.ask("textDocument/formatting", json!({ "textDocument": document(uri), "options": options }));
    let formatted = applied(text, &list(&answer));
    assert_eq!(formatted, "[Unit]\nDescription=é 😀\n\n[Service]\nExecStart=/bin/a \\\n   b\n\nUser=a\n");
    let mut client = editor(json!({}));
    client.open(uri, text);
    let answer = client.ask("textDocument/formatting", json!({ "textDocument": document(uri), "options": options }));
    assert_eq!(answer, json!([]), "off unless it is asked for");
}

#[test]
fn rename() {
    let (mut client, uri, text) = opened(WEB);
    let place = at(&text, "db.ser|vice\nWants");
    let prepared = asked(&mut client, "prepareRename", &uri, place.clone());
    assert_eq!(prepared["placeholder"], "db.service");
    let renamed = |client: &mut Client, at: &Value, name: &str| {
        client.ask("textDocument/rename", json!({ "textDocument": document(&uri), "position": at, "newName": name }))
    };
    let answer = renamed(&mut client, &place, "store");
    let own = renamed(&mut client, &at(&text, "[Serv|ice]"), "site.service");
    snapshot(
        "rename",
        &format!("==== db.service to store\n{}\n==== web.service to site.service\n{}\n", shown(&answer), shown(&own)),
    );
    for wrong in ["a b", "web.service", "x@.service", "x@y", "../z", "", "x.timer"] {
        assert_eq!(renamed(&mut client, &place, wrong)["code"], -32803, "{wrong}");
    }
    assert_eq!(asked(&mut client, "prepareRename", &uri, at(&text, "Descrip|tion"))["code"], -32803);
    assert_eq!(asked(&mut client, "prepareRename", &uri, at(&text, "After=net|work"))["code"], -32803, "not of here");
}

#[test]
fn commands() {
    let (mut client, uri, _) = opened(WEB);
    let run = |client: &mut Client, command: &str, arguments: Value| {
        client.ask(
            "workspace/executeCommand",
            json!({ "command": format!("unitlint.{command}"), "arguments": arguments }),
        )
    };
    let score = run(&mut client, "score", json!([uri]));
    snapshot("score", score["markdown"].as_str().unwrap_or_default());
    client.wait("it is shown", |m| m["method"] == "window/showMessage");
    for word in ["private-tmp", "PrivateTmp", "privatetmp="] {
        let told = run(&mut client, "explain", json!([word]));
        assert!(told["markdown"].as_str().unwrap().starts_with("### "), "{told}");
    }
    run(&mut client, "apply", json!([uri, "ProtectHome=yes"]));
    let asked = client.wait("a change", |m| m["method"] == "workspace/applyEdit");
    assert_eq!(asked["params"]["edit"]["documentChanges"][0]["edits"][0]["newText"], "ProtectHome=yes\n");
    client.send(&[json!({ "jsonrpc": "2.0", "id": asked["id"], "result": { "applied": true } })]);
    for (command, arguments) in [
        ("explain", json!(["no-such-thing"])),
        ("explain", json!([])),
        ("apply", json!([uri, "no line"])),
        ("apply", json!([uri, "A=b\nC=d"])),
        ("score", json!(["file:///nowhere"])),
        ("harden", json!([1])),
        ("nothing", json!([])),
    ] {
        assert_eq!(run(&mut client, command, arguments.clone())["code"], -32803, "{command} {arguments}");
    }
    // the programs of the fixture are scripts of which everything can be seen
    let hardened = run(&mut client, "harden", json!([uri]));
    if hardened.is_null() {
        let asked = client.wait("a change", |m| m["method"] == "workspace/applyEdit");
        let text = asked["params"]["edit"]["documentChanges"][1]["edits"][0]["newText"].as_str().unwrap();
        assert!(text.contains("hardened by unitlint") && text.contains("[Service]"), "{text}");
    } else {
        assert_eq!(hardened["code"], -32803, "{hardened}");
    }
}
