import assert from "node:assert/strict";
import { test } from "node:test";
import { expand, RESTART_SETTINGS, SERVER_SETTINGS, serverSettings } from "../src/settings";
import { MANIFEST } from "./files";

const PROPERTIES = MANIFEST.contributes.configuration.properties;

/** Those of the extension itself. */
const OWN = ["unitlint.path", "unitlint.trace.server"];

/** The names of what is sent, written as the editor writes them. */
function names(value: object, before: string): string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? names(inner as object, `${before}.${key}`)
      : [`${before}.${key}`],
  );
}

test("the server is sent every setting of package.json but the extension's own, and no other", () => {
  const sent = names(
    serverSettings(() => "x", undefined),
    "unitlint",
  );
  assert.deepEqual([...sent, ...OWN].sort(), Object.keys(PROPERTIES).sort());
  assert.deepEqual(
    sent,
    SERVER_SETTINGS.map((key) => `unitlint.${key}`),
  );
});

test("what is not set is not sent", () => {
  const byDefault = serverSettings((key) => PROPERTIES[`unitlint.${key}`]?.default, undefined);
  assert.deepEqual(byDefault, {
    isolated: false,
    preview: false,
    codeLens: true,
    inlayHints: { cost: true, effective: true },
    format: false,
    workspaceDiagnostics: true,
  });
  assert.deepEqual(
    serverSettings(() => "", "/w"),
    {},
  );
});

test("paths may stand below the home and the workspace", () => {
  assert.equal(expand("~/a", "/w", "/home/me"), "/home/me/a");
  assert.equal(expand("~", "/w", "/home/me"), "/home/me");
  assert.equal(expand("~other/a", "/w", "/home/me"), "~other/a");
  assert.equal(expand("${workspaceFolder}/a", "/wo$&rk", "/home/me"), "/wo$&rk/a");
  assert.equal(expand("${workspaceFolder}/a", undefined, "/home/me"), "${workspaceFolder}/a");
  const sent = serverSettings((key) => (["config", "host", "systemd"].includes(key) ? "${workspaceFolder}/x" : null), "/w");
  assert.deepEqual(sent, { systemd: "${workspaceFolder}/x", host: "/w/x", config: "/w/x" });
});

test("settings that need a restart are there", () => {
  for (const name of RESTART_SETTINGS) {
    assert(name in PROPERTIES, name);
  }
});
