import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { loadWASM, OnigScanner, OnigString } from "vscode-oniguruma";
import { type IGrammar, INITIAL, parseRawGrammar, Registry } from "vscode-textmate";
import { MANIFEST, read } from "./files";

let grammar: IGrammar;

before(async () => {
  const wasm = readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
  await loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new OnigScanner(patterns),
      createOnigString: (text) => new OnigString(text),
    }),
    loadGrammar: (scope) => {
      const path = MANIFEST.contributes.grammars.find((grammar) => grammar.scopeName === scope)?.path;
      return Promise.resolve(path === undefined ? null : parseRawGrammar(read(path), path));
    },
  });
  const loaded = await registry.loadGrammar("source.systemd-unit");
  assert(loaded);
  grammar = loaded;
});

/** Each piece of a text with its innermost scope, which is left without its ending; what has none is left out. */
function pieces(text: string): string[] {
  let stack = INITIAL;
  return text.split("\n").flatMap((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, stack);
    stack = ruleStack;
    return tokens.flatMap(({ startIndex, endIndex, scopes }) => {
      const scope = scopes.at(-1)?.replace(/\.systemd-unit$/, "") ?? "";
      const piece = line.slice(startIndex, endIndex).trim();
      return piece === "" || /^(meta\.|source\.)/.test(scope) ? [] : [`${piece} ${scope}`];
    });
  });
}

function assertPieces(text: string, ...expected: string[]): void {
  assert.deepEqual(pieces(text), expected);
}

const key = (name: string): string[] => [`${name} variable.other.property`, "= keyword.operator.assignment"];

test("comments begin with # and ;", () => {
  assertPieces("# a comment", "# punctuation.definition.comment", "a comment comment.line.number-sign");
  assertPieces("  ; another", "; punctuation.definition.comment", "another comment.line.semicolon");
});

test("a comment behind a value is no comment", () => {
  assertPieces("PrivateTmp=yes # no", ...key("PrivateTmp"));
});

test("sections", () => {
  assertPieces(
    "[Service]",
    "[ punctuation.definition.section.begin",
    "Service entity.name.namespace",
    "] punctuation.definition.section.end",
  );
});

test("booleans are whole values", () => {
  assertPieces("PrivateTmp = Yes", ...key("PrivateTmp"), "Yes constant.language.boolean");
  assertPieces("ProtectHome=read-only", ...key("ProtectHome"));
  assertPieces("Alias=on the way", ...key("Alias"));
});

test("time spans and sizes", () => {
  const time = "keyword.other.unit.time";
  assertPieces("TimeoutSec=90", ...key("TimeoutSec"), "90 constant.numeric");
  assertPieces(
    "OnBootSec=1h 30min",
    ...key("OnBootSec"),
    "1 constant.numeric",
    `h ${time}`,
    "30 constant.numeric",
    `min ${time}`,
  );
  assertPieces("RestartSec=250ms", ...key("RestartSec"), "250 constant.numeric", `ms ${time}`);
  assertPieces("MemoryMax=1.5G", ...key("MemoryMax"), "1.5 constant.numeric", "G keyword.other.unit.size");
  assertPieces("CPUQuota=20%", ...key("CPUQuota"), "20 constant.numeric", "% keyword.other.unit.percent");
  assertPieces("Nice=-5", ...key("Nice"), "-5 constant.numeric");
  assertPieces("UMask=0077", ...key("UMask"), "0077 constant.numeric");
  assertPieces("TasksMax=infinity", ...key("TasksMax"), "infinity constant.language.infinity");
  assertPieces("ListenStream=127.0.0.1:80", ...key("ListenStream"));
  assertPieces("OnCalendar=*-*-01 04:00:00", ...key("OnCalendar"));
});

test("capabilities, address families and groups of system calls", () => {
  assertPieces(
    "CapabilityBoundingSet=~CAP_SYS_ADMIN CAP_NET_RAW",
    ...key("CapabilityBoundingSet"),
    "~ keyword.operator.inversion",
    "CAP_SYS_ADMIN constant.language.capability",
    "CAP_NET_RAW constant.language.capability",
  );
  assertPieces(
    "SystemCallFilter=~@privileged @raw-io ptrace",
    ...key("SystemCallFilter"),
    "~ keyword.operator.inversion",
    "@privileged constant.language.group",
    "@raw-io constant.language.group",
  );
  assertPieces(
    "RestrictAddressFamilies=AF_UNIX AF_INET6",
    ...key("RestrictAddressFamilies"),
    "AF_UNIX constant.language.address-family",
    "AF_INET6 constant.language.address-family",
  );
  assertPieces("KillSignal=SIGRTMIN+3", ...key("KillSignal"), "SIGRTMIN+3 constant.language.signal");
});

test("commands with prefixes, variables, quotes and specifiers", () => {
  assertPieces(
    `ExecStart=-!/usr/bin/foo-%i --port \${PORT} $OPTS "a b $X %%" /etc/%p/x $$HOME`,
    ...key("ExecStart"),
    "-! keyword.operator.prefix",
    "/usr/bin/foo- entity.name.function.command",
    "%i constant.other.placeholder.specifier",
    "--port constant.other.option",
    "${PORT} variable.other.environment",
    "$OPTS variable.other.environment",
    '" string.quoted.double',
    "a b string.quoted.double",
    "$X variable.other.environment",
    "%% constant.character.escape.percent",
    '" string.quoted.double',
    "/etc/ string.unquoted.path",
    "%p constant.other.placeholder.specifier",
    "/x string.unquoted.path",
    "$$ constant.character.escape.dollar",
  );
  assertPieces(
    "ExecStartPre=@+/bin/a b ; :/bin/c",
    ...key("ExecStartPre"),
    "@+ keyword.operator.prefix",
    "/bin/a entity.name.function.command",
    "; punctuation.separator.command",
    ": keyword.operator.prefix",
    "/bin/c entity.name.function.command",
  );
  assertPieces("ExecPaths=/usr", ...key("ExecPaths"), "/usr string.unquoted.path");
});

test("a value goes on behind a backslash, over comments, and ends there", () => {
  assertPieces(
    ["ExecStart=/bin/foo \\", "# not the end", "; nor this", "  --bar \\\\", "PrivateTmp=yes"].join("\n"),
    ...key("ExecStart"),
    "/bin/foo entity.name.function.command",
    "\\ punctuation.separator.continuation",
    "# punctuation.definition.comment",
    "not the end comment.line.number-sign",
    "; punctuation.definition.comment",
    "nor this comment.line.semicolon",
    "--bar constant.other.option",
    "\\\\ constant.character.escape",
    ...key("PrivateTmp"),
    "yes constant.language.boolean",
  );
  assertPieces(
    ['Environment="A=1 \\', "# inside", '  B=2" C=3', "User=x"].join("\n"),
    ...key("Environment"),
    '" string.quoted.double',
    "A variable.other.environment",
    "= keyword.operator.assignment",
    "1 string.quoted.double",
    "\\ punctuation.separator.continuation",
    "# punctuation.definition.comment",
    "inside comment.line.number-sign",
    "B variable.other.environment",
    "= keyword.operator.assignment",
    "2 string.quoted.double",
    '" string.quoted.double',
    "C variable.other.environment",
    "= keyword.operator.assignment",
    ...key("User"),
  );
  assertPieces(
    ["After=a.service \\", "", "[Service]"].join("\n"),
    ...key("After"),
    "a.service entity.name.type.unit",
    "\\ punctuation.separator.continuation",
    "[ punctuation.definition.section.begin",
    "Service entity.name.namespace",
    "] punctuation.definition.section.end",
  );
});

test("a quote that is not closed ends with its line", () => {
  assertPieces(
    ["Environment='A", "User=x"].join("\n"),
    ...key("Environment"),
    "' string.quoted.single",
    "A string.quoted.single",
    ...key("User"),
  );
});

test("texts, links, units and paths", () => {
  assertPieces(
    "Description=Yes, no 5s of %i",
    ...key("Description"),
    "Yes, no 5s of string.unquoted",
    "%i constant.other.placeholder.specifier",
  );
  assertPieces(
    "Documentation=man:foo(8) https://example.org/foo?x=1",
    ...key("Documentation"),
    "man:foo(8) markup.underline.link",
    "https://example.org/foo?x=1 markup.underline.link",
  );
  assertPieces(
    "After=network.target foo@%i.service dev-disk\\x2d1.device",
    ...key("After"),
    "network.target entity.name.type.unit",
    "foo@ entity.name.type.unit",
    "%i constant.other.placeholder.specifier",
    ".service entity.name.type.unit",
    "dev-disk entity.name.type.unit",
    "\\x2d constant.character.escape",
    "1.device entity.name.type.unit",
  );
  assertPieces(
    "EnvironmentFile=-/etc/default/%p",
    ...key("EnvironmentFile"),
    "- keyword.operator.prefix",
    "/etc/default/ string.unquoted.path",
    "%p constant.other.placeholder.specifier",
  );
  assertPieces(
    "BindReadOnlyPaths=/a:/b",
    ...key("BindReadOnlyPaths"),
    "/a string.unquoted.path",
    "/b string.unquoted.path",
  );
  assertPieces(
    "ConditionPathExists=|!/run/x",
    ...key("ConditionPathExists"),
    "|! keyword.operator.prefix",
    "/run/x string.unquoted.path",
  );
});
