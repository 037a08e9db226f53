import { basename, dirname, join, resolve } from "node:path";
import { syncDirectory } from "../store/publish.ts";
import type { Destination } from "./protocol.ts";

/** Symlinks followed from one path before it counts as a loop; Linux's own limit. */
const MAX_LINKS = 40;
const PRIVATE_DIRECTORY = 0o700;

/** Where a path leads. */
export interface Place {
  readonly path: string;
  readonly info: Deno.FileInfo | null;
}

/**
 * Real path of a file that may not exist yet, and what is there. A symlink is followed even where it leads to nothing:
 * what it points to is the file.
 */
export function resolveFile(path: string): Place {
  let current = resolve(path);
  for (let links = 0; links < MAX_LINKS; links++) {
    current = join(resolveDirectory(dirname(current)).directory, basename(current));
    const info = lstatIfPresent(current);
    if (info?.isSymlink !== true) return { path: current, info };
    current = resolve(dirname(current), Deno.readLinkSync(current));
  }
  throw new Deno.errors.FilesystemLoop(`too many symbolic links: "${path}"`);
}

/** Real path of a directory that may not exist yet, and the nearest one that does. */
export function resolveDirectory(path: string): Destination {
  const missing: string[] = [];
  for (let current = resolve(path);; current = dirname(current)) {
    try {
      const existing = Deno.realPathSync(current);
      return { existing, directory: join(existing, ...missing) };
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) || dirname(current) === current) throw error;
      missing.unshift(basename(current));
    }
  }
}

/**
 * Makes the directories of a destination that are missing, for their owner only, and sees to it that they last.
 *
 * @returns a function that removes those that were made, as far as they are empty
 */
export function makeDirectories(destination: Destination): () => void {
  const made: string[] = [];
  const undo = () => {
    for (const path of made.toReversed()) removeIfEmpty(path);
  };
  try {
    for (const path of missingParts(destination)) {
      Deno.mkdirSync(path, { mode: PRIVATE_DIRECTORY });
      made.push(path);
      syncDirectory(dirname(path));
    }
    return undo;
  } catch (error) {
    undo();
    throw error;
  }
}

function missingParts({ existing, directory }: Destination): string[] {
  const parts: string[] = [];
  for (let path = directory; path !== existing; path = dirname(path)) parts.unshift(path);
  return parts;
}

function removeIfEmpty(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Somebody else uses it by now: then it stays.
  }
}

function lstatIfPresent(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
