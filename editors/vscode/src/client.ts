import { homedir } from "node:os";
import * as vscode from "vscode";
import { CloseAction, type ErrorHandler, LanguageClient, State } from "vscode-languageclient/node";
import { type Binary, find } from "./binary";
import type { Explanations } from "./explain";
import { isExplanation } from "./explanation";
import { isUnitStatus } from "./score";
import { expand, RESTART_SETTINGS, type Settings, serverSettings } from "./settings";
import type { StatusBar } from "./status";
import { FILES, isMade } from "./units";

const INSTALLATION = "https://github.com/unitlint/unitlint#two-commands";

/** The server as it is run for a window: one for all folders. */
export class Server implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel("unitlint");
  private readonly trace = vscode.window.createOutputChannel("unitlint messages");
  private readonly listeners: vscode.Disposable;
  private client: LanguageClient | undefined;
  private found: Binary | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly extension: string,
    private readonly status: StatusBar,
    private readonly explanations: Explanations,
  ) {
    this.listeners = vscode.Disposable.from(
      this.output,
      this.trace,
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (RESTART_SETTINGS.some((setting) => event.affectsConfiguration(setting))) {
          void this.restart();
        } else if (event.affectsConfiguration("unitlint")) {
          void this.tellSettings();
        }
      }),
      // settings of the workspace change by themselves then; what the user's have of its folder counts from here on
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        if (this.found === undefined) {
          void this.restart();
        }
      }),
      // an action that makes a file leaves it to the editor to show it
      vscode.workspace.onDidCreateFiles(({ files }) => {
        const made = files.filter((file) => isMade(file.path));
        made.forEach((file) => void vscode.window.showTextDocument(file));
      }),
    );
  }

  get running(): boolean {
    return this.client?.state === State.Running;
  }

  get binary(): Binary | undefined {
    return this.found;
  }

  /** Starts it, or starts it again. One after the other: a client that is starting cannot be stopped. */
  restart(): Promise<void> {
    this.turn = this.turn.then(() => this.stopNow()).then(() => this.startNow());
    return this.turn;
  }

  stop(): Promise<void> {
    this.turn = this.turn.then(() => this.stopNow());
    return this.turn;
  }

  dispose(): void {
    this.listeners.dispose();
  }

  private async startNow(): Promise<void> {
    try {
      this.found = await find({
        setting: program(),
        extension: this.extension,
        searchPath: process.env["PATH"],
        home: homedir(),
      });
    } catch (error) {
      this.failed((error as Error).message);
      return;
    }
    const { path, version } = this.found;
    this.output.appendLine(`unitlint ${version}, ${path}`);
    this.client = this.make(path);
    // the client tells of a failure, and changes its state
    await this.client.start().catch(() => undefined);
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.found = undefined;
    try {
      await client?.dispose();
    } catch (error) {
      // it is gone, or does not answer; a new one does not need it
      this.output.appendLine((error as Error).message);
    }
  }

  private make(path: string): LanguageClient {
    let wasRunning = false;
    const client: LanguageClient = new LanguageClient(
      "unitlint",
      "unitlint",
      { command: path, args: ["lsp"] },
      {
        documentSelector: FILES.map((pattern) => ({ scheme: "file", pattern })),
        initializationOptions: () => ({ ...settings(), status: true, explains: true }),
        outputChannel: this.output,
        traceOutputChannel: this.trace,
        initializationFailedHandler: () => false,
        errorHandler: {
          // the output has it; what comes of it is told
          error: async (error, message, count) => ({ ...(await handler.error(error, message, count)), handled: true }),
          // a server that never ran is not going to at the next attempt
          closed: () => (wasRunning ? handler.closed() : { action: CloseAction.DoNotRestart, handled: true }),
        },
        middleware: {
          executeCommand: async (command, args, next) => {
            const result: unknown = await next(command, args);
            if (isExplanation(result)) {
              await this.explanations.show(result);
            }
            return result;
          },
          workspace: {
            configuration: (params) => params.items.map((item) => (item.section === "unitlint" ? settings() : null)),
            // tellSettings() does it, with the keys that are the server's
            didChangeConfiguration: () => Promise.resolve(),
          },
        },
      },
    );
    const handler: ErrorHandler = client.createDefaultErrorHandler();
    client.onNotification("unitlint/status", (status: unknown) => {
      if (isUnitStatus(status)) {
        this.status.update(status);
      }
    });
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Running) {
        wasRunning = true;
        this.status.server(undefined);
      } else if (newState === State.Stopped && this.client === client) {
        this.status.server("The server is not running: units are not checked.");
      }
    });
    return client;
  }

  private async tellSettings(): Promise<void> {
    if (this.running) {
      await this.client?.sendNotification("workspace/didChangeConfiguration", { settings: { unitlint: settings() } });
    }
  }

  private failed(message: string): void {
    this.output.appendLine(message);
    this.status.server(message);
    const install = "How to Install";
    const open = "Open Settings";
    void vscode.window.showErrorMessage(message, install, open).then(async (button) => {
      if (button === install) {
        await vscode.env.openExternal(vscode.Uri.parse(INSTALLATION));
      } else if (button === open) {
        await vscode.commands.executeCommand("workbench.action.openSettings", "unitlint.path");
      }
    });
  }
}

function folder(): string | undefined {
  return vscode.workspace.workspaceFolders?.find((folder) => folder.uri.scheme === "file")?.uri.fsPath;
}

function settings(): Settings {
  const configuration = vscode.workspace.getConfiguration("unitlint");
  return serverSettings((key) => configuration.get<unknown>(key), folder());
}

/** `unitlint.path`. No program is taken from the folder of a workspace that is not trusted, whoever asks for it. */
function program(): string | undefined {
  const path = vscode.workspace.getConfiguration("unitlint").get<unknown>("path");
  return typeof path === "string" && path !== "" ? expand(path, vscode.workspace.isTrusted ? folder() : undefined) : undefined;
}
