import { basename, dirname, join } from "node:path";
import { backup } from "node:sqlite";
import { type HeldLibrary, SIDE_FILES } from "../library/lock.ts";
import { isSameFile } from "../store/identity.ts";
import { setAsideOrder, setAsidePath } from "../store/naming.ts";
import { linkFile, pathExists, removeIfPresent, syncFile } from "../store/publish.ts";
import { createPrivateFile } from "../store/work_directory.ts";

/** Libraries that were replaced and are kept beside the one in use. */
const KEPT_SET_ASIDE = 3;
const MAX_NAMES_A_SECOND = 1000;

/** Set-aside libraries of `library`, the newest first; not the library itself under a second name. */
export function listSetAside(library: string): string[] {
  return namesOfSetAside(library).filter((path) => !isSameFile(path, library));
}

/** A replacement that was killed between its last steps leaves the library with a second name beside its own. */
export function removeSecondNames(library: string): void {
  for (const path of namesOfSetAside(library)) {
    for (const suffix of ["", ...SIDE_FILES]) {
      if (isSameFile(path + suffix, library + suffix)) removeIfPresent(path + suffix);
    }
  }
}

function namesOfSetAside(library: string): string[] {
  const directory = dirname(library);
  return Array.from(Deno.readDirSync(directory))
    .filter(({ isFile }) => isFile)
    .map(({ name }) => ({ name, order: setAsideOrder(basename(library), name) }))
    .filter((entry): entry is { name: string; order: number } => entry.order !== null)
    .sort((a, b) => b.order - a.order)
    .map(({ name }) => join(directory, name));
}

/** Removes all set-aside libraries but the newest three. */
export function pruneSetAside(library: string): void {
  for (const path of listSetAside(library).slice(KEPT_SET_ASIDE)) {
    for (const suffix of ["", ...SIDE_FILES]) removeIfPresent(path + suffix);
  }
}

/**
 * Gives the old library a second name. One that SQLite cannot use keeps its side files too: a person may still get
 * something out of them.
 */
export async function setAside(library: string, held: HeldLibrary | null): Promise<string> {
  const path = freePath(library);
  if (!linkFile(library, path)) await copyAside(library, path, held);
  if (held === null) setSideFilesAside(library, path);
  return path;
}

/** Nothing has been taken from the library yet: without all of them `path` is of no use to anybody. */
function setSideFilesAside(library: string, path: string): void {
  const suffixes = SIDE_FILES.filter((suffix) => pathExists(library + suffix));
  try {
    for (const suffix of suffixes) {
      if (linkFile(library + suffix, path + suffix)) continue;
      Deno.copyFileSync(library + suffix, path + suffix);
      syncFile(path + suffix);
    }
  } catch (error) {
    for (const suffix of ["", ...suffixes]) removeIfPresent(path + suffix);
    throw error;
  }
}

/**
 * Copies the old library where the file system has no hard links. While it is held that is SQLite's to do: closing the
 * file would drop the lock.
 */
async function copyAside(library: string, path: string, held: HeldLibrary | null): Promise<void> {
  try {
    createPrivateFile(path).close();
    if (held === null) Deno.copyFileSync(library, path);
    else await held.read((database) => backup(database, path));
    // SQLite reports a copy as done whose journal it could not remove.
    removeIfPresent(path + "-journal");
    syncFile(path);
  } catch (error) {
    for (const suffix of ["", "-journal"]) removeIfPresent(path + suffix);
    throw error;
  }
}

function freePath(library: string): string {
  const now = new Date();
  for (let serial = 1; serial < MAX_NAMES_A_SECOND; serial++) {
    const path = setAsidePath(library, now, serial);
    if (!pathExists(path)) return path;
  }
  throw new Deno.errors.AlreadyExists(`every name to keep ${library} under is taken`);
}
