import { homedir } from "node:os";
import { join } from "node:path";

/** What the server is told. The other settings are about how it is run. */
export const SERVER_SETTINGS = [
  "systemd",
  "kernel",
  "arch",
  "host",
  "scope",
  "config",
  "isolated",
  "select",
  "extendSelect",
  "ignore",
  "preview",
  "codeLens",
  "inlayHints.cost",
  "inlayHints.effective",
  "format",
  "workspaceDiagnostics",
] as const;

/** What a running server cannot take up. */
export const RESTART_SETTINGS = ["unitlint.path"];

const PATHS: readonly string[] = ["config", "host"];

export type Settings = { [key: string]: unknown };

/** Puts a home and a folder where a setting leaves room for them. */
export function expand(path: string, folder: string | undefined, home = homedir()): string {
  const whole = path === "~" || path.startsWith("~/") ? join(home, path.slice(1)) : path;
  return folder === undefined ? whole : whole.replaceAll("${workspaceFolder}", () => folder);
}

/** The settings as the server reads them. What is not set is left out: `unitlint.toml` may say it. */
export function serverSettings(get: (key: string) => unknown, folder: string | undefined): Settings {
  const settings: Settings = {};
  for (const key of SERVER_SETTINGS) {
    const value = get(key);
    if (value === null || value === undefined || value === "") {
      continue;
    }
    const [first, second] = key.split(".") as [string, string | undefined];
    if (second !== undefined) {
      settings[first] = { ...(settings[first] as Settings | undefined), [second]: value };
    } else {
      settings[first] = PATHS.includes(key) && typeof value === "string" ? expand(value, folder) : value;
    }
  }
  return settings;
}
