import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";

export type Origin = "setting" | "bundled" | "PATH" | "cargo";

export interface Binary {
  readonly path: string;
  readonly origin: Origin;
  readonly version: string;
}

export interface Places {
  /** `unitlint.path`, where it is set. */
  readonly setting: string | undefined;
  readonly extension: string;
  readonly searchPath: string | undefined;
  readonly home: string;
}

const NAME = process.platform === "win32" ? "unitlint.exe" : "unitlint";

/** Where it may be, the first choice first. */
export function candidates(places: Places): Pick<Binary, "path" | "origin">[] {
  if (places.setting !== undefined) {
    return [{ path: places.setting, origin: "setting" }];
  }
  // a relative directory would mean a program of the workspace
  const searched = (places.searchPath ?? "").split(delimiter).filter((directory) => isAbsolute(directory));
  return [
    { path: join(places.extension, "bin", NAME), origin: "bundled" },
    ...searched.map((directory) => ({ path: join(directory, NAME), origin: "PATH" as const })),
    { path: join(places.home, ".cargo", "bin", NAME), origin: "cargo" },
  ];
}

/** The first that is unitlint with a language server. Why there is none is said for the user. */
export async function find(places: Places): Promise<Binary> {
  if (places.setting !== undefined && !isAbsolute(places.setting)) {
    throw new Error(`unitlint.path: ${places.setting} is no absolute path. Units are not checked until the setting is one, or nothing.`);
  }
  const broken: string[] = [];
  for (const candidate of candidates(places)) {
    if (candidate.origin !== "setting" && !(await isThere(candidate.path))) {
      continue;
    }
    try {
      return { ...candidate, version: await version(candidate.path) };
    } catch (error) {
      broken.push(`${candidate.path} ${(error as Error).message}`);
    }
  }
  if (places.setting !== undefined) {
    throw new Error(
      `unitlint.path: ${broken.join()}. Units are not checked until the setting names unitlint, or nothing.`,
    );
  }
  const found =
    broken.length > 0
      ? `${broken.join("; ")}, and there is no other in PATH and ~/.cargo/bin`
      : "unitlint was not found in PATH and ~/.cargo/bin";
  throw new Error(`${found}: units are not checked. Install it, or say in unitlint.path where it is.`);
}

function isThere(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function version(path: string): Promise<string> {
  const said = /^unitlint (\S+)/.exec(await run(path, "--version", "cannot be run"))?.[1];
  if (said === undefined) {
    throw new Error("is another program: it does not answer --version as unitlint does");
  }
  await run(path, "lsp --help", `is unitlint ${said}, which has no language server`);
  return said;
}

function run(path: string, args: string, otherwise: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(path, args.split(" "), { timeout: 5000 }, (error, stdout) => {
      if (error) {
        reject(new Error(`${otherwise} (${error.code ?? error.signal ?? error.message})`));
      } else {
        resolve(stdout);
      }
    });
  });
}
