import { spawnSync } from "node:child_process";
import { ROOT } from "./files";

/** The unitlint that some tests ask: UNITLINT, or the one in PATH; or why they are skipped. */
export const UNITLINT = there("--version");

/** The same, where it has a language server. */
export const SERVER = there("lsp", "--help");

function there(...args: string[]): { path?: string; skip: string | false } {
  const path = process.env["UNITLINT"] ?? "unitlint";
  const run = spawnSync(path, args, { cwd: ROOT });
  return run.status === 0 ? { path, skip: false } : { skip: `\`${path} ${args.join(" ")}\` does not work` };
}
