import { dirname, join, relative } from "node:path";

/**
 * Checks which room of `src` imports from which, and that no import leads back to where it came from.
 * It reads every file of `src`, so the workers, which `deno info src/main.ts` does not show, are looked at too.
 */
const ROOT = join(import.meta.dirname ?? ".", "..", "src");

/** For each room, the rooms it may import from besides itself; a file name stands for just that file. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["cli", "errors.ts"],
  "errors.ts": [],
  "grants.ts": [],
  "ports.ts": [],
  "version.ts": ["build.json"],
  "workers.ts": [],
  cli: [
    "output",
    "engine/client.ts",
    "engine/places.ts",
    "engine/protocol.ts",
    "engine/refusal.ts",
    "errors.ts",
    "grants.ts",
    "version.ts",
  ],
  output: ["engine/protocol.ts", "errors.ts"],
  engine: ["library", "archive", "store", "errors.ts", "version.ts", "workers.ts"],
  library: ["store", "ports.ts", "errors.ts"],
  archive: ["store", "ports.ts", "errors.ts"],
  store: ["errors.ts"],
};

const IMPORT = /^(?:import|export)\s(?:[^;"]*?from\s+)?"(\.[^"]+)"/gm;

/** The problems found; empty where there are none. */
export function checkLayers(root: string = ROOT): string[] {
  const graph = new Map(sourceFiles(root).toSorted().map((file) => [file, importsOf(root, file)]));
  return [...forbiddenImports(graph), ...cycles(graph)];
}

function forbiddenImports(graph: ReadonlyMap<string, readonly string[]>): string[] {
  return [...graph].flatMap(([file, imports]) =>
    imports
      .filter((target) => !mayImport(file, target))
      .map((target) => `${file} must not import ${target}`)
  );
}

function mayImport(file: string, target: string): boolean {
  const room = roomOf(file);
  // deno.json, which version.ts reads.
  if (target.startsWith("..")) return file === "version.ts";
  return roomOf(target) === room ||
    (ALLOWED[room] ?? []).some((allowed) => allowed === target || allowed === roomOf(target));
}

function cycles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
    if (path.includes(file) || done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

function importsOf(root: string, file: string): string[] {
  const source = Deno.readTextFileSync(join(root, file));
  return Array.from(source.matchAll(IMPORT), ([, specifier]) => join(dirname(file), specifier ?? ""));
}

function sourceFiles(root: string, directory: string = root): string[] {
  return Array.from(Deno.readDirSync(directory)).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory) return sourceFiles(root, path);
    return entry.name.endsWith(".ts") ? [relative(root, path)] : [];
  });
}

function roomOf(file: string): string {
  return file.split("/")[0] ?? file;
}

if (import.meta.main) {
  const problems = checkLayers();
  for (const problem of problems) Deno.stderr.writeSync(new TextEncoder().encode(`${problem}\n`));
  Deno.exit(problems.length === 0 ? 0 : 1);
}
