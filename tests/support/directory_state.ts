import { join } from "node:path";
import { sha256 } from "./bytes.ts";

/**
 * All that is below a directory, by path: kind, mode and content. Left out is what SQLite makes when a library is only
 * read: `-shm` files, which hold the readers' marks, and empty `-wal` files.
 */
export function directoryState(directory: string): Readonly<Record<string, string>> {
  return Object.fromEntries(describe(directory, "").sort());
}

function describe(directory: string, prefix: string): [string, string][] {
  return Array.from(Deno.readDirSync(directory)).flatMap(({ name }): [string, string][] => {
    if (name.endsWith("-shm")) return [];
    const path = join(directory, name);
    const info = Deno.lstatSync(path);
    if (name.endsWith("-wal") && info.size === 0) return [];
    const mode = ((info.mode ?? 0) & 0o7777).toString(8);
    if (info.isSymlink) return [[prefix + name, `link to ${Deno.readLinkSync(path)}`]];
    if (info.isDirectory) return [[prefix + name, `directory ${mode}`], ...describe(path, `${prefix}${name}/`)];
    return [[prefix + name, `${mode} ${sha256(Deno.readFileSync(path))}`]];
  });
}
