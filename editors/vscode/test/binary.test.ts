import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { candidates, find, type Places } from "../src/binary";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "unitlint-binary-"));
});

afterEach(() => rmSync(root, { recursive: true }));

const at = (...parts: string[]): string => join(root, ...parts);

function program(path: string, script: string, mode = 0o755): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode });
  return path;
}

const answering = (path: string, version: string): string => program(path, `echo "unitlint ${version}"`);

function places(changed: Partial<Places> = {}): Places {
  return {
    setting: undefined,
    extension: at("extension"),
    searchPath: [at("a"), at("c"), at("b")].join(delimiter),
    home: at("home"),
    ...changed,
  };
}

test("the setting, then the bundled one, then PATH, then cargo's", async () => {
  const cargo = answering(at("home", ".cargo", "bin", "unitlint"), "1.0.0");
  assert.deepEqual(await find(places()), { path: cargo, origin: "cargo", version: "1.0.0" });
  const second = answering(at("b", "unitlint"), "2.0.0");
  assert.deepEqual(await find(places()), { path: second, origin: "PATH", version: "2.0.0" });
  const first = answering(at("a", "unitlint"), "3.0.0");
  assert.deepEqual(await find(places()), { path: first, origin: "PATH", version: "3.0.0" });
  const bundled = answering(at("extension", "bin", "unitlint"), "4.0.0");
  assert.deepEqual(await find(places()), { path: bundled, origin: "bundled", version: "4.0.0" });
  const set = answering(at("mine"), "5.0.0");
  assert.deepEqual(await find(places({ setting: set })), { path: set, origin: "setting", version: "5.0.0" });
});

test("what does not answer is passed over", async () => {
  program(at("extension", "bin", "unitlint"), "exit 126");
  program(at("a", "unitlint"), "echo unitlint 1.0.0", 0o644);
  program(at("c", "unitlint"), '[ "$1" = --version ] && echo unitlint 1.0.0');
  const good = answering(at("b", "unitlint"), "1.2.3");
  assert.equal((await find(places())).path, good);
  rmSync(good);
  await assert.rejects(find(places()), /c\/unitlint is unitlint 1\.0\.0, which has no language server \(1\)/);
});

test("without any it is told what to do", async () => {
  await assert.rejects(find(places()), (error: Error) => {
    assert.match(error.message, /^unitlint was not found in .*: units are not checked\. Install it, or say in unitlint\.path/);
    return true;
  });
  const broken = program(at("a", "unitlint"), "exit 3");
  await assert.rejects(find(places()), (error: Error) => {
    assert(error.message.startsWith(`${broken} cannot be run (3), and there is no other in PATH and `), error.message);
    return true;
  });
});

test("a setting that is wrong is told, and nothing else is taken", async () => {
  answering(at("a", "unitlint"), "1.0.0");
  await assert.rejects(find(places({ setting: at("none") })), /^Error: unitlint\.path: .*none cannot be run \(ENOENT\)/);
  const other = program(at("other"), "echo ruff 1.0.0");
  await assert.rejects(find(places({ setting: other })), /is another program/);
  await assert.rejects(find(places({ setting: "bin/unitlint" })), /bin\/unitlint is no absolute path/);
});

test("no program is taken from the directory that one happens to be in", () => {
  const searchPath = ["", ".", "bin", "/usr/bin"].join(delimiter);
  assert.deepEqual(
    candidates(places({ searchPath }))
      .filter(({ origin }) => origin === "PATH")
      .map(({ path }) => path),
    ["/usr/bin/unitlint"],
  );
});
