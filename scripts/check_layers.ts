import { dirname, join } from "node:path/posix";
import { fileURLToPath } from "node:url";

/**
 * Checks which room of `src` imports from which, that no import leads back to where it came from, and that no
 * room and no file has grown too large; of `tests` and `scripts` it looks at the length of the files alone.
 * It reads every file of `src`, so the workers, which `deno info src/main.ts` does not show, are looked at too.
 */
const PROJECT = fileURLToPath(new URL("..", import.meta.url));
const ROOT = join(PROJECT, "src");

/** What everything may import: leaves, which import nothing themselves. */
const LEAVES: readonly string[] = ["errors.ts", "program.ts"];

/**
 * For each room, what it may import from besides itself and the leaves: rooms, the rooms in them, or single files. The
 * innermost room that is named here has the say: `engine/protocol` before `engine`.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["cli", "output/outlet.ts", "process"],
  process: ["cli/io.ts"],
  "grants.ts": [],
  "ports.ts": [],
  "runtime.ts": ["version.ts"],
  "version.ts": ["build.json"],
  "workers.ts": [],
  cli: [
    "output",
    "engine/protocol",
    "engine/real_paths.ts",
    "engine/settings/kept_settings.ts",
    "engine/backup_directory.ts",
    "engine/text_file.ts",
    "engine/worker/client.ts",
    "engine/worker/explain_system.ts",
    "engine/piped_archive.ts",
    "grants.ts",
    "runtime.ts",
    "version.ts",
  ],
  output: ["engine/protocol"],
  engine: ["library", "archive", "store", "ports.ts", "runtime.ts", "version.ts", "workers.ts"],
  "engine/protocol": ["library", "archive", "store", "ports.ts"],
  library: ["store", "ports.ts"],
  archive: ["store", "ports.ts"],
  store: [],
};

/** A room with more than this is two rooms. */
const MAX_FILES = 16;
/** A longer file holds more than one thing. */
const MAX_LINES = 300;

/** What a module loads as it starts, and what it loads later: `import("…")`. */
const IMPORT = /^(?:import|export)\s(?:[^;"]*?from\s+)?"(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gm;

/** The problems found; empty where there are none. */
export function checkLayers(root: string = ROOT): string[] {
  const graph = new Map(sourceFiles(root).toSorted().map((file) => [file, importsOf(root, file)]));
  return [
    ...forbiddenImports(graph),
    ...cycles(graph),
    ...crowdedRooms(graph.keys()),
    ...longFiles(root, graph.keys()),
  ];
}

/** The files of `tests` and `scripts` that are too long; empty where there are none. */
export function checkLengths(project: string = PROJECT): string[] {
  return longFiles(project, ["scripts", "tests"].flatMap((directory) => sourceFiles(project, directory)).toSorted());
}

function crowdedRooms(files: Iterable<string>): string[] {
  const rooms = Map.groupBy(files, (file) => dirname(file));
  return [...rooms].filter(([, { length }]) => length > MAX_FILES)
    .map(([room, { length }]) => `${room} has ${length} files, more than ${MAX_FILES}`);
}

function longFiles(root: string, files: Iterable<string>): string[] {
  return [...files].map((file) => ({ file, lines: Deno.readTextFileSync(join(root, file)).split("\n").length - 1 }))
    .filter(({ lines }) => lines > MAX_LINES)
    .map(({ file, lines }) => `${file} has ${lines} lines, more than ${MAX_LINES}`);
}

function forbiddenImports(graph: ReadonlyMap<string, readonly string[]>): string[] {
  return [...graph].flatMap(([file, imports]) =>
    imports
      .filter((target) => !mayImport(file, target))
      .map((target) => `${file} must not import ${target}`)
  );
}

function mayImport(file: string, target: string): boolean {
  // deno.json, which version.ts reads.
  if (target.startsWith("..")) return file === "version.ts";
  if (LEAVES.includes(file)) return false;
  const room = roomOf(file);
  return isIn(target, room) || [...LEAVES, ...ALLOWED[room] ?? []].some((allowed) => isIn(target, allowed));
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
  return Array.from(source.matchAll(IMPORT), ([, early, late]) => join(dirname(file), early ?? late ?? ""));
}

/** Paths of the source files below a directory of `root`, with `/` on every system. */
function sourceFiles(root: string, directory: string = ""): string[] {
  return Array.from(Deno.readDirSync(join(root, directory))).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory) return sourceFiles(root, path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

/** The innermost room of the table that a file is in. */
function roomOf(file: string): string {
  const rooms = Object.keys(ALLOWED).filter((room) => isIn(file, room));
  return rooms.reduce((inner, room) => room.length > inner.length ? room : inner, "");
}

function isIn(file: string, room: string): boolean {
  return file === room || file.startsWith(`${room}/`);
}

if (import.meta.main) {
  const problems = [...checkLayers(), ...checkLengths()];
  for (const problem of problems) Deno.stderr.writeSync(new TextEncoder().encode(`${problem}\n`));
  Deno.exit(problems.length === 0 ? 0 : 1);
}
