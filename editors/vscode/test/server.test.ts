import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createMessageConnection, type MessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import type { InitializeResult, PublishDiagnosticsParams } from "vscode-languageserver-protocol";
import { isExplanation } from "../src/explanation";
import { isUnitStatus } from "../src/score";
import { serverSettings } from "../src/settings";
import { SERVER } from "./binary";
import { MANIFEST } from "./files";

const PROPERTIES = MANIFEST.contributes.configuration.properties;

/** Half a minute: a server of a debug build on a busy machine is slow. */
const PATIENCE = 30_000;

const TEXT = "[Unit]\nDescription=x\n\n[Service]\nExecStart=/usr/bin/true\nProtectClock=ture\n";

let root: string;

before(() => {
  root = mkdtempSync(join(tmpdir(), "unitlint-server-"));
  writeFileSync(join(root, "a.service"), TEXT);
});

after(() => rmSync(root, { recursive: true }));

/** The next notification of a name that is as wanted. */
function told<T>(connection: MessageConnection, method: string, wanted: (params: T) => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${method} did not come`)), PATIENCE);
    connection.onNotification(method, (params: T) => {
      if (wanted(params)) {
        clearTimeout(timer);
        resolve(params);
      }
    });
  });
}

test("a session as the extension has it", { skip: SERVER.skip, timeout: 4 * PATIENCE }, async () => {
  const server = spawn(SERVER.path as string, ["lsp"], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(server, "exit");
  const connection = createMessageConnection(new StreamMessageReader(server.stdout), new StreamMessageWriter(server.stdin));
  const settings = serverSettings((key) => PROPERTIES[`unitlint.${key}`]?.default, root);
  const messages: unknown[] = [];
  connection.onNotification("window/showMessage", (message) => messages.push(message));
  connection.onRequest("client/registerCapability", () => null);
  connection.onRequest("workspace/configuration", (params: { items: { section: string }[] }) => {
    assert.deepEqual(params.items, [{ section: "unitlint" }]);
    return [settings];
  });
  connection.listen();
  try {
    const initialized = await connection.sendRequest<InitializeResult>("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(root).href,
      workspaceFolders: [{ uri: pathToFileURL(root).href, name: "units" }],
      initializationOptions: { ...settings, isolated: true, status: true, explains: true },
      capabilities: {
        workspace: {
          applyEdit: true,
          configuration: true,
          didChangeConfiguration: { dynamicRegistration: true },
          workspaceEdit: { documentChanges: true, resourceOperations: ["create", "rename", "delete"] },
        },
        textDocument: {
          codeAction: { codeActionLiteralSupport: { codeActionKind: { valueSet: ["quickfix", "refactor", "source"] } } },
          publishDiagnostics: { relatedInformation: true, versionSupport: true, codeDescriptionSupport: true },
        },
      },
    });
    assert.equal(initialized.serverInfo?.name, "unitlint");
    const commands = initialized.capabilities.executeCommandProvider?.commands ?? [];
    for (const command of ["unitlint.explain", "unitlint.score", "unitlint.harden"]) {
      assert(commands.includes(command), command);
    }
    // the client registers these; a second one of the same name would keep it from starting
    const own = MANIFEST.contributes.commands.map(({ command }) => command);
    assert.deepEqual(
      own.filter((command) => commands.includes(command)),
      [],
    );
    const legend = initialized.capabilities.semanticTokensProvider?.legend;
    for (const { id } of MANIFEST.contributes.semanticTokenModifiers) {
      assert(legend?.tokenModifiers.includes(id), id);
    }
    for (const type of MANIFEST.contributes.semanticTokenScopes.flatMap(({ scopes }) => Object.keys(scopes))) {
      assert(legend?.tokenTypes.includes(type), type);
    }

    await connection.sendNotification("initialized", {});
    const uri = pathToFileURL(join(root, "a.service")).href;
    const diagnosed = told<PublishDiagnosticsParams>(
      connection,
      "textDocument/publishDiagnostics",
      (params) => params.uri === uri && params.version === 1,
    );
    const scored = told<unknown>(connection, "unitlint/status", () => true);
    await connection.sendNotification("textDocument/didOpen", {
      textDocument: { uri, languageId: "systemd-unit", version: 1, text: TEXT },
    });
    const [{ diagnostics }, status] = await Promise.all([diagnosed, scored]);
    const wrong = diagnostics.find(({ code }) => code === "invalid-boolean");
    assert.equal(wrong?.source, "unitlint");
    assert.equal(wrong.range.start.line, 5);
    assert(isUnitStatus(status), JSON.stringify(status));
    assert.equal(status.unit, "a.service");
    assert.equal(status.errors, 1);

    const explained = await connection.sendRequest("workspace/executeCommand", {
      command: "unitlint.explain",
      arguments: ["private-tmp"],
    });
    assert(isExplanation(explained), JSON.stringify(explained));
    const score = await connection.sendRequest("workspace/executeCommand", { command: "unitlint.score", arguments: [uri] });
    assert(isExplanation(score), JSON.stringify(score));

    await connection.sendNotification("workspace/didChangeConfiguration", {
      settings: { unitlint: serverSettings(() => null, root) },
    });
    await connection.sendRequest("shutdown");
    await connection.sendNotification("exit");
    assert.deepEqual(await exited, [0, null]);
    assert.deepEqual(messages, [], "no setting was refused");
  } finally {
    connection.dispose();
    server.kill();
  }
});
