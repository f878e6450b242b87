import type { ExtensionContext } from "vscode";
import { Server } from "./client";
import { register } from "./commands";
import { Explanations } from "./explain";
import { StatusBar } from "./status";

let server: Server | undefined;

export function activate(context: ExtensionContext): void {
  const status = new StatusBar();
  const explanations = new Explanations();
  server = new Server(context.extensionPath, status, explanations);
  context.subscriptions.push(status, explanations, server, register(server));
  void server.restart();
}

export function deactivate(): Promise<void> | undefined {
  return server?.stop();
}
