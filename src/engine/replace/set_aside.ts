import { basename, dirname, join } from "node:path";
import { backup } from "node:sqlite";
import { type HeldLibrary, SIDE_FILES } from "../../library/lock.ts";
import { hasSameContent } from "../../store/file_bytes.ts";
import { isSameFile, lstatIfPresent } from "../../store/identity.ts";
import { setAsideOrder, setAsidePath } from "../../store/naming.ts";
import { linkFile, pathExists, publishNew, removeIfPresent, syncDirectory, syncFile } from "../../store/publish.ts";
import { createPrivateFile } from "../../store/private_file.ts";

/** Libraries that were replaced and are kept beside the one in use. */
const KEPT_SET_ASIDE = 3;
const MAX_NAMES_A_SECOND = 1000;

/** Set-aside libraries of `library`, the newest first; not the library itself under a second name. */
export function listSetAside(library: string): string[] {
  return namesOfSetAside(library).filter((path) => !isSameFile(path, library));
}

/**
 * A replacement that was killed between its last steps leaves the library with a second name beside its own. One with
 * side files that the library has no more is the only place where they are, and stays.
 */
export function removeSecondNames(library: string): void {
  for (const path of namesOfSetAside(library).filter((path) => isSameFile(path, library))) {
    for (const suffix of SIDE_FILES) {
      if (isSameFile(path + suffix, library + suffix)) removeIfPresent(path + suffix);
    }
    if (!SIDE_FILES.some((suffix) => pathExists(path + suffix))) removeIfPresent(path);
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
 * Gives the old library a second name, and gives that name.
 *
 * @param held the library, where SQLite can use it
 * @param spare free path in the work directory, for a copy where there are no hard links: what is half done when the
 * run is killed must not look like a library that was replaced
 */
export async function setAside(library: string, held: HeldLibrary | null, spare: string): Promise<string> {
  const path = held === null ? findSetAside(library) : null;
  return path ?? await giveSecondName(library, held, spare);
}

/** A library that SQLite cannot use keeps its side files too: a person may still get something out of them. */
export function setSideFilesAside(library: string, path: string, spare: string): void {
  for (const suffix of SIDE_FILES) {
    const [from, to] = [library + suffix, path + suffix];
    if (!pathExists(from) || pathExists(to) || linkFile(from, to)) continue;
    Deno.copyFileSync(from, spare + suffix);
    syncFile(spare + suffix);
    Deno.renameSync(spare + suffix, to);
  }
  // Before the library loses them.
  syncDirectory(dirname(path));
}

/**
 * Where an unusable library is kept already: a run that was killed before it could replace it has set it aside, and
 * may have removed its side files. Keeping it again would, try by try, push out the good ones.
 */
function findSetAside(library: string): string | null {
  const [newest] = namesOfSetAside(library);
  if (newest === undefined || !hasSameContent(newest, library)) return null;
  const isKept = (suffix: string) =>
    !pathExists(newest + suffix) || isEmpty(library + suffix) || hasSameContent(newest + suffix, library + suffix);
  // What is in a "-shm" is made from the "-wal".
  return isKept("-wal") && isKept("-journal") ? newest : null;
}

/**
 * Takes the second name of a library that stays in place away again, and gives it back the side files that it has lost
 * to it. The library must not be open: SQLite would remove them at its end.
 */
export function takeBack(library: string, path: string): void {
  for (const suffix of SIDE_FILES) {
    if (pathExists(path + suffix) && isEmpty(library + suffix)) Deno.renameSync(path + suffix, library + suffix);
    removeIfPresent(path + suffix);
  }
  removeIfPresent(path);
}

/**
 * A library is copied where the file system has no hard links. While it is held that is SQLite's to do: closing the file
 * would drop the lock.
 */
async function giveSecondName(library: string, held: HeldLibrary | null, spare: string): Promise<string> {
  const path = freePath(library);
  if (linkFile(library, path)) return path;
  createPrivateFile(spare).close();
  if (held === null) Deno.copyFileSync(library, spare);
  else await held.read((database) => backup(database, spare));
  syncFile(spare);
  return publishNew(spare, [path]);
}

function isEmpty(path: string): boolean {
  return (lstatIfPresent(path)?.size ?? 0) === 0;
}

function freePath(library: string): string {
  const now = new Date();
  for (let serial = 1; serial < MAX_NAMES_A_SECOND; serial++) {
    const path = setAsidePath(library, now, serial);
    if (!["", ...SIDE_FILES].some((suffix) => pathExists(path + suffix))) return path;
  }
  throw new Deno.errors.AlreadyExists(`every name to keep ${library} under is taken`);
}
