import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The extension's directory: the compiled tests are two levels below it. */
export const ROOT = join(__dirname, "..", "..");

export function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** package.json and its like: `unknown` until a test says what it expects there. */
export function json<T>(path: string): T {
  return JSON.parse(read(path)) as T;
}

export interface Property {
  readonly type: string | readonly string[];
  readonly default: unknown;
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly enum?: readonly unknown[];
  readonly enumDescriptions?: readonly string[];
  readonly order?: number;
}

export interface Manifest {
  readonly icon: string;
  readonly main: string;
  readonly license: string;
  readonly version: string;
  readonly activationEvents: readonly string[];
  readonly capabilities: { readonly untrustedWorkspaces: { readonly restrictedConfigurations: readonly string[] } };
  readonly contributes: {
    readonly languages: readonly {
      readonly id: string;
      readonly extensions: readonly string[];
      readonly filenamePatterns: readonly string[];
      readonly configuration: string;
    }[];
    readonly grammars: readonly { readonly language: string; readonly scopeName: string; readonly path: string }[];
    readonly snippets: readonly { readonly language: string; readonly path: string }[];
    readonly semanticTokenModifiers: readonly { readonly id: string; readonly description: string }[];
    readonly semanticTokenScopes: readonly { readonly scopes: { readonly [type: string]: readonly string[] } }[];
    readonly tomlValidation: readonly { readonly fileMatch: string; readonly url: string }[];
    readonly commands: readonly { readonly command: string; readonly category: string; readonly title: string }[];
    readonly menus: { readonly commandPalette: readonly { readonly command: string; readonly when: string }[] };
    readonly configuration: { readonly properties: { readonly [name: string]: Property } };
  };
}

export const MANIFEST = json<Manifest>("package.json");
