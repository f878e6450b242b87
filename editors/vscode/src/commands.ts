import * as vscode from "vscode";
import type { Server } from "./client";
import { directive } from "./explanation";

/**
 * The commands of the palette. `unitlint.explain`, `unitlint.score`, `unitlint.apply` and `unitlint.harden`
 * are the server's own: the client registers them while a server is running.
 */
export function register(server: Server): vscode.Disposable {
  const command = (name: string, run: () => unknown): vscode.Disposable => vscode.commands.registerCommand(name, run);
  const asked = async (name: string, run: () => unknown): Promise<void> => {
    if (server.running) {
      await run();
    } else {
      const start = "Restart Server";
      const message = `${name} needs the server, which is not running.`;
      if ((await vscode.window.showWarningMessage(message, start)) === start) {
        await server.restart();
      }
    }
  };
  return vscode.Disposable.from(
    command("unitlint.restart", () => server.restart()),
    command("unitlint.showOutput", () => server.output.show(true)),
    command("unitlint.showVersion", () => showVersion(server)),
    command("unitlint.showExplanation", () => asked("An explanation", explain)),
    command("unitlint.showScore", () => asked("The score", () => onDocument("unitlint.score"))),
    command("unitlint.hardenService", () => asked("Hardening", () => onDocument("unitlint.harden"))),
    command("unitlint.fixAll", () => asked("Fixing", fixAll)),
  );
}

function showVersion(server: Server): void {
  const binary = server.binary;
  const message = binary ? `unitlint ${binary.version}, ${binary.path}` : "No unitlint was found.";
  void vscode.window.showInformationMessage(message);
}

async function explain(): Promise<void> {
  const question = await vscode.window.showInputBox({
    prompt: "A rule such as private-tmp, or a directive such as PrivateTmp=",
    value: atCursor() ?? "",
  });
  if (question) {
    await vscode.commands.executeCommand("unitlint.explain", question.trim());
  }
}

/** The rule that speaks at the cursor, or the directive of its line. */
function atCursor(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    return undefined;
  }
  const { document, selection } = editor;
  const found = vscode.languages
    .getDiagnostics(document.uri)
    .find((diagnostic) => diagnostic.source === "unitlint" && diagnostic.range.contains(selection.active));
  const code = typeof found?.code === "object" ? found.code.value : found?.code;
  return code?.toString() ?? directive(document.lineAt(selection.active.line).text);
}

/** Asks the server for something about the document that is being looked at. */
async function onDocument(command: string): Promise<void> {
  const uri = vscode.window.activeTextEditor?.document.uri;
  if (uri?.scheme === "file") {
    await vscode.commands.executeCommand(command, uri.toString());
  } else {
    void vscode.window.showInformationMessage("This is about a unit: open one.");
  }
}

async function fixAll(): Promise<void> {
  await vscode.commands.executeCommand("editor.action.sourceAction", { kind: "source.fixAll.unitlint", apply: "first" });
}
