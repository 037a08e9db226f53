import { join } from "node:path";

/** Paths of all regular files below a directory, in order; symbolic links are left out. */
export function filesBelow(directory: string): string[] {
  const entries = Array.from(Deno.readDirSync(directory)).sort((a, b) => a.name < b.name ? -1 : 1);
  return entries.flatMap(({ name, isDirectory, isFile }) => {
    const path = join(directory, name);
    if (isDirectory) return filesBelow(path);
    return isFile ? [path] : [];
  });
}
