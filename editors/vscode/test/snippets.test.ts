import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { UNITLINT } from "./binary";
import { json, MANIFEST } from "./files";

interface Snippet {
  readonly prefix: string;
  readonly description: string;
  readonly body: string | readonly string[];
}

const SNIPPETS = MANIFEST.contributes.snippets.map(({ path }) => json<{ [name: string]: Snippet }>(path))[0] ?? {};

/** What each is for: the files that have it, and what else their directory has. */
const FILES: { readonly [name: string]: { readonly [file: string]: string } } = {
  service: { "example.service": "service" },
  "hardened service": { "example.service": "hardened service" },
  oneshot: { "example.service": "oneshot" },
  timer: { "example.timer": "timer", "example.service": "timer-service" },
  "timer-service": { "example.service": "timer-service" },
  socket: { "example.socket": "socket", "example.service": "service" },
  path: { "example.path": "path", "example.service": "timer-service" },
  mount: { "srv-data.mount": "mount" },
  slice: { "example.slice": "slice" },
  "drop-in": { "example.service.d/override.conf": "drop-in", "example.service": "service" },
  "hardening drop-in": { "example.service.d/override.conf": "hardening drop-in", "example.service": "service" },
  template: { "example@.service": "template" },
};

/** The text that is there when nobody types anything; of choices the one of that number. */
function expand(snippet: Snippet, choice: number): string {
  let text = [snippet.body].flat().join("\n");
  text = text.replace(/\$\{\d+\|([^|]*)\|\}/g, (_, list: string) => {
    const choices = list.split(",");
    return choices[choice % choices.length] ?? "";
  });
  text = text.replace(/\$CURRENT_YEAR/g, () => String(new Date().getFullYear()));
  return text.replace(/\$\{\d+:([^}]*)\}/g, "$1").replace(/\$\d+/g, "");
}

/** The rules that speak as an error or a warning, but for the sums of the scores. */
function loud(files: { readonly [file: string]: string }, choice: number, extra = ""): string[] {
  const directory = mkdtempSync(join(tmpdir(), "unitlint-snippets-"));
  try {
    for (const [file, name] of Object.entries(files)) {
      const path = join(directory, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, extra + expand(SNIPPETS[name] as Snippet, choice));
    }
    const args = ["check", "--isolated", "--exit-zero", "--format", "json", directory];
    const run = spawnSync(UNITLINT.path as string, args, { encoding: "utf8" });
    assert.equal(run.status, 0, run.stderr);
    const report = JSON.parse(run.stdout) as {
      findings: { rule: string; level: string; message: string }[];
    };
    return report.findings
      .filter(({ level, rule }) => level !== "note" && !["exposure-score", "resource-score"].includes(rule))
      .map(({ level, rule, message }) => `${level}[${rule}] ${message}`);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("every snippet has a prefix of its own and says what it is", () => {
  const prefixes = Object.values(SNIPPETS).map(({ prefix }) => prefix);
  assert.equal(new Set(prefixes).size, prefixes.length);
  for (const { description } of Object.values(SNIPPETS)) {
    assert.match(description, /\w/);
  }
  assert.deepEqual(Object.keys(SNIPPETS).sort(), [...Object.keys(FILES), "suppression"].sort());
});

for (const [name, files] of Object.entries(FILES)) {
  test(`nothing is wrong with the snippet "${name}"`, { skip: UNITLINT.skip }, () => {
    for (let choice = 0; choice < 5; choice++) {
      assert.deepEqual(loud(files, choice), []);
    }
  });
}

test("what is wrong would be seen", { skip: UNITLINT.skip }, () => {
  const found = loud({ "example.service": "service" }, 0, "[Unit]\nDescripton=x\n");
  assert.equal(found.length, 1);
  assert.match(found[0] ?? "", /^error\[unknown-key\]/);
});
