import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { json, MANIFEST, read, ROOT } from "./files";

const README = read("README.md");

function table(): string {
  const rows = Object.entries(MANIFEST.contributes.configuration.properties).map(([name, property]) => {
    const text = property.markdownDescription ?? property.description ?? "";
    const byDefault = property.default === null ? "" : `\`${JSON.stringify(property.default)}\``;
    return `| \`${name}\` | ${byDefault} | ${text} |`;
  });
  return ["| setting | default | what it says |", "| --- | --- | --- |", ...rows].join("\n");
}

test("the README has every setting as package.json describes it", () => {
  const whole = README.replace(/(<!-- settings -->\n)[^]*?(<!-- end of settings -->)/, (_, begin, end) => `${begin}${table()}\n${end}`);
  if (process.env["UPDATE"]) {
    writeFileSync(join(ROOT, "README.md"), whole);
  } else {
    assert.equal(README, whole, "UPDATE=1 npm test renews the table");
  }
});

test("the README has every command and every snippet", () => {
  const commands = [...README.matchAll(/^\| `(unitlint: [^`]+)` \|/gm)].map(([, command]) => command);
  const titles = MANIFEST.contributes.commands.map(({ category, title }) => `${category}: ${title}`);
  assert.deepEqual(commands.sort(), titles.sort());
  for (const { path } of MANIFEST.contributes.snippets) {
    for (const { prefix } of Object.values(json<{ [name: string]: { prefix: string } }>(path))) {
      assert(README.includes(`\`${prefix}\``), prefix);
    }
  }
});
