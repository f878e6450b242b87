import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FILES, isMade, OTHER_NAMES } from "../src/units";
import { json, MANIFEST, read, ROOT } from "./files";

const { contributes } = MANIFEST;

test("every command has a title, and stands below unitlint", () => {
  for (const { command, category, title } of contributes.commands) {
    assert.match(command, /^unitlint\.\w+$/);
    assert.equal(category, "unitlint");
    assert.match(title, /^[A-Z]/);
  }
  const commands = contributes.commands.map(({ command }) => command);
  for (const { command } of contributes.menus.commandPalette) {
    assert(commands.includes(command), command);
  }
});

test("no command has the name of one of the server's, which the client registers itself", () => {
  for (const { command } of contributes.commands) {
    assert(!["unitlint.explain", "unitlint.score", "unitlint.apply", "unitlint.harden"].includes(command), command);
  }
});

test("every setting is described, and takes its own default", () => {
  const orders = Object.entries(contributes.configuration.properties).map(([name, property]) => {
    const text = property.markdownDescription ?? property.description ?? "";
    assert.match(text, /^[A-Z].*\.$/, name);
    const kind = property.default === null ? "null" : typeof property.default;
    assert([property.type].flat().includes(kind), name);
    assert.equal(property.enumDescriptions?.length, property.enum?.length, name);
    return property.order;
  });
  assert.deepEqual(
    orders,
    orders.map((_, index) => index),
  );
});

test("a workspace that is not trusted chooses no program", () => {
  const restricted = MANIFEST.capabilities.untrustedWorkspaces.restrictedConfigurations;
  assert.deepEqual(restricted, ["unitlint.path", "unitlint.config"]);
  for (const name of restricted) {
    assert(name in contributes.configuration.properties, name);
  }
});

test("every file that is named exists", () => {
  const named = [
    MANIFEST.main,
    MANIFEST.icon,
    ...contributes.languages.map(({ configuration }) => configuration),
    ...[...contributes.grammars, ...contributes.snippets].map(({ path }) => path),
  ];
  for (const path of named) {
    assert(existsSync(join(ROOT, path)), path);
  }
  assert(statSync(join(ROOT, MANIFEST.icon)).size < 10_000);
  for (const { url } of contributes.tomlValidation) {
    const published = url.replace("https://github.com/unitlint/unitlint/raw/main/", "");
    assert(existsSync(join(ROOT, "..", "..", published)), url);
  }
});

test("what the server tells of words has the colours of the grammar", () => {
  const [grammar] = contributes.grammars;
  assert(grammar);
  const names = read(grammar.path);
  for (const scope of contributes.semanticTokenScopes.flatMap(({ scopes }) => Object.values(scopes).flat())) {
    const general = scope.replace(".systemd-unit", "");
    assert(names.includes(`${scope}"`) || names.includes(`"${general}.`), scope);
  }
});

test("the language knows the files that the server judges", () => {
  const [language] = contributes.languages;
  assert(language);
  assert.deepEqual(language.filenamePatterns, OTHER_NAMES);
  const extensions = language.extensions.map((extension) => extension.slice(1)).join(",");
  assert.equal(FILES[0], `**/*.{${extensions}}`);
  for (const event of MANIFEST.activationEvents) {
    assert(FILES.includes(event.replace("workspaceContains:", "")), event);
  }
});

test("files that actions make are known", () => {
  assert(isMade("/etc/systemd/system/a.service.d/50-unitlint.conf") && isMade("/w/a.socket.d/override.conf"));
  assert(!isMade("/etc/override.conf") && !isMade("/w/a.service.d/10.conf"));
});

test("the language configuration has regular expressions", () => {
  interface Configuration {
    readonly wordPattern: string;
    readonly onEnterRules: readonly { readonly beforeText: string; readonly previousLineText?: string }[];
  }
  const { wordPattern, onEnterRules } = json<Configuration>("language-configuration.json");
  const words = "SystemCallFilter=~@system-service foo@%i.service".match(new RegExp(wordPattern, "g"));
  assert.deepEqual(words, ["SystemCallFilter", "@system-service", "foo@", "i.service"]);
  const [begins, ends] = onEnterRules.map(({ beforeText }) => new RegExp(beforeText));
  assert(begins?.test("ExecStart=/bin/foo \\") && !begins.test("# a comment \\") && !begins.test("PrivateTmp=yes"));
  assert(ends?.test("  --bar") && !ends.test("  --bar \\") && !ends.test("PrivateTmp=yes"));
});

test("licence and version are those of unitlint", () => {
  const cargo = readFileSync(join(ROOT, "..", "..", "Cargo.toml"), "utf8");
  assert.match(cargo, new RegExp(`^version = "${MANIFEST.version}"$`, "m"));
  assert.match(cargo, new RegExp(`^license = "${MANIFEST.license}"$`, "m"));
});
