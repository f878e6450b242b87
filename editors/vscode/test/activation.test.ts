import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import Module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MANIFEST, ROOT } from "./files";

/** Stands for whatever of the editor is asked for: a class, a function, an object with anything in it. */
function anything(known: { [name: string]: unknown } = {}): unknown {
  return new Proxy(Object.assign(class {}, known), {
    get: (target, name) => {
      if (name === "then") {
        return undefined;
      }
      return name in known || name === "prototype" ? Reflect.get(target, name) : anything();
    },
    set: () => true,
    apply: () => anything(),
    construct: () => anything() as object,
  });
}

type Loader = (request: string, ...rest: unknown[]) => unknown;

test("the bundle registers the commands of package.json, and says when there is no unitlint", async () => {
  const home = mkdtempSync(join(tmpdir(), "unitlint-home-"));
  const registered: string[] = [];
  let say: (message: string[]) => void = () => undefined;
  const said = new Promise<string[]>((resolve) => {
    say = resolve;
  });
  const editor = anything({
    version: "1.82.0",
    // what the bundle names; it copies the members that it sees
    Disposable: { from: () => anything() },
    EventEmitter: anything(),
    StatusBarAlignment: anything(),
    commands: anything({
      registerCommand: (name: string) => {
        registered.push(name);
        return anything();
      },
    }),
    window: anything({
      activeTextEditor: undefined,
      showErrorMessage: (...message: string[]) => {
        say(message);
        return Promise.resolve(undefined);
      },
    }),
    workspace: anything({
      workspaceFolders: undefined,
      getConfiguration: () => ({ get: () => undefined }),
    }),
  });
  const module = Module as unknown as { _load: Loader };
  const load = module._load;
  const { HOME, PATH } = process.env;
  Object.assign(process.env, { HOME: home, PATH: home });
  try {
    module._load = (request, ...rest) => (request === "vscode" ? editor : load.call(Module, request, ...rest));
    const extension = require(join(ROOT, MANIFEST.main)) as { activate(context: unknown): void };
    extension.activate({ extensionPath: home, subscriptions: [] });
    const [message, ...buttons] = await said;
    assert.match(message ?? "", /^unitlint was not found/);
    assert.deepEqual(buttons, ["How to Install", "Open Settings"]);
  } finally {
    module._load = load;
    Object.assign(process.env, { HOME, PATH });
    rmSync(home, { recursive: true });
  }
  assert.deepEqual(registered.sort(), MANIFEST.contributes.commands.map(({ command }) => command).sort());
});
