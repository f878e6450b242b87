// Makes the .vsix: for every machine, or with bin/unitlint for the machine that `--target` names.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const args = process.argv.slice(2);
const targeted = args.some((arg) => arg === "-t" || arg.startsWith("--target"));
const bundled = existsSync(join(root, "bin", "unitlint"));

if (bundled !== targeted) {
  console.error(
    bundled
      ? "bin/unitlint runs on one kind of machine only: name it, such as `npm run package -- --target linux-x64`, or remove the file."
      : "a package for one kind of machine is there to bring unitlint along: put it at bin/unitlint, or leave --target out.",
  );
  process.exit(1);
}
const vsce = join(root, "node_modules", ".bin", "vsce");
process.exit(spawnSync(vsce, ["package", "--no-dependencies", ...args], { cwd: root, stdio: "inherit" }).status ?? 1);
