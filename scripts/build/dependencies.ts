import { existsSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { filesBelow } from "./files.ts";

/** As much of `deno.lock` as matters here. */
export interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  /** By name and version: `valibot@1.5.0`. */
  readonly npm: Readonly<Record<string, { readonly dependencies?: readonly string[] }>>;
  readonly workspace: { readonly dependencies: readonly string[] };
}

type Imports = Readonly<Record<string, string>>;

/** What a program is made of, in a package: all else is types, maps and papers. */
const IS_CODE = /(\.m?js|[/\\]package\.json)$/;
/** An executable would look for the map that is not in it in the system's temporary directory. */
const SOURCE_MAP = /^\/\/# sourceMappingURL=.*$/gm;
/** To make it takes as long as half of the start of the runtime, and few runs need it. */
const SEGMENTER = /^const segmenter = (new Intl\.Segmenter\([^()]*\));$/m;
const SEGMENTER_WHEN_USED = "let segmenter = { segment: (text) => (segmenter = $1).segment(text) };";
const IS_LICENSE = /[/\\](licen[cs]e|notice)(\.(md|txt))?$/i;
/** Where Deno keeps what a registry says of a package; where the lock says enough it does not ask. */
const REGISTRY_ENTRY = "registry.json";

/** The import map and the lock without the packages that only tests and scripts use. */
export function withoutUnused(imports: Imports, lock: Lock, source: string): { imports: Imports; lock: Lock } {
  const isUsed = (name: string) => source.includes(`"${name}"`) || source.includes(`"${name}/`);
  const used = Object.fromEntries(Object.entries(imports).filter(([name]) => isUsed(name)));
  const specifiers = new Set(Object.values(used));
  const packages = withDependencies(lock, [...specifiers].map((specifier) => packageOf(specifier, lock)));
  return {
    imports: used,
    lock: {
      ...lock,
      specifiers: pick(lock.specifiers, specifiers),
      npm: pick(lock.npm, packages),
      workspace: { dependencies: lock.workspace.dependencies.filter((specifier) => specifiers.has(specifier)) },
    },
  };
}

/** Copies the code of the lock's packages from one Deno's directory to another. */
export function copyDependencies(from: string, to: string, lock: Lock): void {
  for (const { host, name, directory } of installed(from, lock)) {
    const target = join(to, "npm", host, name);
    for (const file of filesBelow(directory).filter((file) => IS_CODE.test(file))) {
      const copy = join(target, relative(dirname(directory), file));
      Deno.mkdirSync(dirname(copy), { recursive: true });
      const code = Deno.readTextFileSync(file).replace(SOURCE_MAP, "").replace(SEGMENTER, SEGMENTER_WHEN_USED);
      Deno.writeTextFileSync(copy, code);
    }
    const entry = join(dirname(directory), REGISTRY_ENTRY);
    if (existsSync(entry)) Deno.copyFileSync(entry, join(target, REGISTRY_ENTRY));
  }
}

/** The licenses of the lock's packages, which ask that every copy of them says so. */
export function licensesOf(denoDirectory: string, lock: Lock): string {
  const texts = installed(denoDirectory, lock).flatMap(({ id, directory }) =>
    filesBelow(directory)
      .filter((file) => IS_LICENSE.test(file))
      .map((file) => `${id}\n\n${Deno.readTextFileSync(file).trim()}\n`)
  );
  return texts.join("\n" + "-".repeat(72) + "\n\n");
}

interface Installed {
  /** `valibot@1.5.0`. */
  readonly id: string;
  readonly name: string;
  /** The registry's. */
  readonly host: string;
  readonly directory: string;
}

/** Where Deno keeps each of the lock's packages; `deno cache` puts them there. */
function installed(denoDirectory: string, lock: Lock): Installed[] {
  const cache = join(denoDirectory, "npm");
  const hosts = Array.from(Deno.readDirSync(cache), ({ name }) => name).sort();
  return Object.keys(lock.npm).sort().map((id) => {
    const at = id.indexOf("@", 1);
    const name = id.slice(0, at);
    for (const host of hosts) {
      const directory = join(cache, host, name, id.slice(at + 1));
      if (isDirectory(directory)) return { id, name, host, directory };
    }
    throw new Error(`${id} is not among what Deno has downloaded to ${cache}`);
  });
}

function packageOf(specifier: string, lock: Lock): string {
  const version = lock.specifiers[specifier];
  if (version === undefined) throw new Error(`deno.lock does not have ${specifier}`);
  const name = specifier.slice("npm:".length);
  return `${name.slice(0, name.indexOf("@", 1))}@${version}`;
}

/** These packages and all that they need. A dependency is locked by name alone where one version of it is. */
function withDependencies(lock: Lock, wanted: readonly string[]): Set<string> {
  const ids = Object.keys(lock.npm);
  const found = new Set<string>();
  const visit = (id: string) => {
    if (found.has(id)) return;
    found.add(id);
    for (const needed of lock.npm[id]?.dependencies ?? []) {
      visit(ids.find((id) => id === needed || id.startsWith(`${needed}@`)) ?? needed);
    }
  };
  for (const id of wanted) visit(id);
  return found;
}

function pick<T>(record: Readonly<Record<string, T>>, names: ReadonlySet<string>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
}

function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
