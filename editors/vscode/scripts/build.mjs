// Bundles the extension, and puts the licences of what goes into it beside it.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
// out has the compiled tests: those that are gone must not run any more
for (const made of [dist, join(root, "out")]) {
  rmSync(made, { recursive: true, force: true });
}

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  external: ["vscode"],
  format: "cjs",
  metafile: true,
  minify: true,
  platform: "node",
  // the extension host of the oldest editor in package.json
  target: "node18",
});

const bundled = new Set();
for (const input of Object.keys(metafile.inputs)) {
  // the last one: packages may have packages of their own
  const at = input.lastIndexOf("node_modules/");
  if (at >= 0) {
    const parts = input.slice(at).split("/");
    bundled.add(input.slice(0, at) + parts.slice(0, parts[1].startsWith("@") ? 3 : 2).join("/"));
  }
}
const licences = [...bundled].sort().map((directory) => {
  const { name, version } = JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8"));
  const file = readdirSync(join(root, directory)).find((file) => /^licen[cs]e/i.test(file));
  if (file === undefined) {
    throw new Error(`${directory} has no licence to ship`);
  }
  return `${name} ${version}\n\n${readFileSync(join(root, directory, file), "utf8").trim()}\n`;
});
writeFileSync(join(dist, "LICENSES.txt"), licences.join(`\n${"-".repeat(80)}\n\n`));

