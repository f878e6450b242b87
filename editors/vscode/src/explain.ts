import * as vscode from "vscode";
import { documentPath, type Explanation } from "./explanation";

const SCHEME = "unitlint";

/** The preview of Markdown as an editor: its commands would take the focus. */
const PREVIEW = "vscode.markdown.preview.editor";

/** Documents that the server writes, shown by the editor's own preview. */
export class Explanations implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);
  readonly onDidChange = this.changed.event;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.path) ?? "This was written before the window was loaded again. Ask for it once more.";
  }

  async show(explanation: Explanation): Promise<void> {
    const path = documentPath(explanation.title);
    const uri = vscode.Uri.from({ scheme: SCHEME, path });
    this.texts.set(path, explanation.markdown);
    this.changed.fire(uri);
    // one reads beside, and goes on where one was
    const options: vscode.TextDocumentShowOptions = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    await vscode.commands.executeCommand("vscode.openWith", uri, PREVIEW, options);
  }

  dispose(): void {
    this.registration.dispose();
    this.changed.dispose();
  }
}
