import * as vscode from "vscode";
import { barColour, barText, tooltip, type UnitStatus } from "./score";

/** The score of the unit that is being looked at. */
export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("unitlint.score", vscode.StatusBarAlignment.Right, 90);
  private readonly units = new Map<string, UnitStatus>();
  private readonly listeners: vscode.Disposable;
  private problem: string | undefined;

  constructor() {
    this.item.name = "unitlint";
    this.listeners = vscode.Disposable.from(
      vscode.window.onDidChangeActiveTextEditor(() => this.show()),
      vscode.workspace.onDidCloseTextDocument((document) => {
        this.units.delete(document.uri.toString());
      }),
    );
  }

  update(status: UnitStatus): void {
    // the server's spelling of an address need not be the editor's
    this.units.set(vscode.Uri.parse(status.uri).toString(), status);
    this.show();
  }

  /** Whether there is a server, or why there is none. */
  server(problem: string | undefined): void {
    this.problem = problem;
    this.units.clear();
    this.show();
  }

  dispose(): void {
    this.listeners.dispose();
    this.item.dispose();
  }

  private show(): void {
    const document = vscode.window.activeTextEditor?.document;
    const status = document && this.units.get(document.uri.toString());
    if (status) {
      this.item.text = barText(status);
      const colour = barColour(status);
      this.item.color = colour === undefined ? undefined : new vscode.ThemeColor(colour);
      this.item.backgroundColor = undefined;
      this.item.tooltip = new vscode.MarkdownString(tooltip(status));
      this.item.command = "unitlint.showScore";
      this.item.show();
    } else if (this.problem !== undefined && document?.languageId === "systemd-unit") {
      this.item.text = "$(warning) unitlint";
      this.item.color = undefined;
      this.item.backgroundColor = new vscode.ThemeColor("statusBarItem.warningBackground");
      this.item.tooltip = this.problem;
      this.item.command = "unitlint.showOutput";
      this.item.show();
    } else {
      this.item.hide();
    }
  }
}
