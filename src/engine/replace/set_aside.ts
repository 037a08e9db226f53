import { basename, dirname, join } from "node:path";
import { backup } from "node:sqlite";
import { type HeldLibrary, SIDE_FILES } from "../../library/lock.ts";
import { copyFile, hasSameContent } from "../../store/file_bytes.ts";
import { isSameFile, lstatIfPresent } from "../../store/identity.ts";
import { newestSetAside, parseSetAside, type SetAsideName, setAsidePath } from "../../store/naming.ts";
import { createPrivateFile } from "../../store/private_file.ts";
import { linkFile, pathExists, publishNew, removeIfPresent, syncDirectory, syncFile } from "../../store/publish.ts";

import { copyOwnership } from "./ownership.ts";

/** Replaced libraries that are kept beside the one in use. */
const KEPT_SET_ASIDE = 3;
const MAX_NAMES_TRIED = 1000;
/**
 * Windows does not remove any name of an open file, not even a second one. There a library is copied, because a
 * set-aside library must be removable again when somebody has the library open.
 */
export const LINKS_LIBRARIES: boolean = Deno.build.os !== "windows";
/** Side files that may hold committed data; a "-shm" is rebuilt from the "-wal". */
export const LOGS = ["-wal", "-journal"] as const;

/** Set-aside libraries of `library`, the newest first; not the library itself under a second name. */
export function listSetAside(library: string): string[] {
  return filesSetAside(library).filter((path) => !isSameFile(path, library));
}

/**
 * A replacement that was killed between its last steps leaves the library with a second name beside its own. If that
 * name has side files that the library no longer has, they exist nowhere else, and it stays.
 *
 * @param kept a second name that is to stay; null for none
 */
export function removeSecondNames(library: string, kept: string | null): void {
  for (const path of filesSetAside(library).filter((path) => path !== kept && isSameFile(path, library))) {
    for (const suffix of SIDE_FILES) {
      if (isSameFile(path + suffix, library + suffix)) removeIfPresent(path + suffix);
    }
    if (!SIDE_FILES.some((suffix) => pathExists(path + suffix))) removeIfPresent(path);
  }
}

/**
 * Removes all set-aside libraries but the newest three.
 *
 * @returns the paths of those that were removed
 */
export function pruneSetAside(library: string): string[] {
  const removed = listSetAside(library).slice(KEPT_SET_ASIDE);
  for (const path of removed) {
    for (const suffix of ["", ...SIDE_FILES]) removeIfPresent(path + suffix);
  }
  return removed;
}

/**
 * Gives the old library a second name.
 *
 * @param held the library, if SQLite can use it
 * @param path a name that nothing has, from {@link freePath}
 * @param spare free path in the work directory, for a copy where there are no hard links: the half-done copy of a
 * killed run must not look like a set-aside library
 * @returns the name; a different one where an unusable library is already kept
 */
export async function setAside(
  library: string,
  held: HeldLibrary | null,
  path: string,
  spare: string,
): Promise<string> {
  const kept = held === null ? findSetAside(library) : null;
  return kept ?? await giveSecondName(library, held, path, spare);
}

/** Whether the library has a log or a journal that may hold something. */
export function hasLogs(library: string): boolean {
  return LOGS.some((suffix) => !isEmpty(library + suffix));
}

/**
 * Gives the side files of a library second names, beside the library set aside at `path`: a person may still recover
 * something from them.
 */
export function setSideFilesAside(library: string, path: string, spare: string): void {
  for (const suffix of SIDE_FILES) {
    const [from, to] = [library + suffix, path + suffix];
    if (!pathExists(from) || pathExists(to) || LINKS_LIBRARIES && linkFile(from, to)) continue;
    copyFile(from, spare + suffix);
    copyOwnership(from, spare + suffix);
    syncFile(spare + suffix);
    Deno.renameSync(spare + suffix, to);
  }
  // Before the library loses them.
  syncDirectory(dirname(path));
}

/**
 * Removes the second name of a library that stays in place, and gives it back the side files that it lost to that name.
 * The library must not be open: SQLite would remove them when it closes.
 */
export function takeBack(library: string, path: string): void {
  for (const suffix of SIDE_FILES) {
    if (pathExists(path + suffix) && isEmpty(library + suffix)) Deno.renameSync(path + suffix, library + suffix);
    removeIfPresent(path + suffix);
  }
  removeIfPresent(path);
}

/**
 * Gives side files that were found beside no library, or an empty one, their names back, as long as that is so: SQLite
 * would take them for those of a library that has been made there meanwhile.
 *
 * @returns false where some stay set aside at `path`
 */
export function takeLogsBack(library: string, path: string): boolean {
  if (isEmpty(library)) {
    takeBack(library, path);
    return true;
  }
  for (const suffix of SIDE_FILES) {
    if (isSameFile(path + suffix, library + suffix)) removeIfPresent(path + suffix);
  }
  return !SIDE_FILES.some((suffix) => pathExists(path + suffix));
}

/** A free name beside the library, for when it is set aside next. */
export function freePath(library: string, now: Date): string {
  const taken = Array.from(Deno.readDirSync(dirname(library)), ({ name }) => parseAny(library, name)?.serial ?? 0);
  const next = taken.reduce((highest, serial) => Math.max(highest, serial), 0) + 1;
  for (let serial = next; serial < next + MAX_NAMES_TRIED; serial++) {
    const path = setAsidePath(library, now, serial);
    if (!["", ...SIDE_FILES].some((suffix) => pathExists(path + suffix))) return path;
  }
  throw new Deno.errors.AlreadyExists(`every name to keep ${library} under is taken`);
}

/** What the name of a set-aside library, or of one of its side files, says. */
function parseAny(library: string, name: string): SetAsideName | null {
  const suffix = SIDE_FILES.find((suffix) => name.endsWith(suffix)) ?? "";
  return parseSetAside(basename(library), name.slice(0, name.length - suffix.length));
}

function filesSetAside(library: string): string[] {
  const directory = dirname(library);
  return Array.from(Deno.readDirSync(directory))
    .filter(({ isFile }) => isFile)
    .map(({ name }) => ({ name, says: parseSetAside(basename(library), name) }))
    .filter((entry): entry is { name: string; says: SetAsideName } => entry.says !== null)
    .sort((a, b) => newestSetAside(a.says, b.says))
    .map(({ name }) => join(directory, name));
}

/**
 * Where an unusable library is already kept: a run that was killed before it could replace the library has set it
 * aside, and may have removed its side files. Keeping it again with each attempt would push out the good ones.
 */
function findSetAside(library: string): string | null {
  const [newest] = filesSetAside(library);
  if (newest === undefined || !hasSameContent(newest, library)) return null;
  const isKept = (suffix: string) =>
    !pathExists(newest + suffix) || isEmpty(library + suffix) || hasSameContent(newest + suffix, library + suffix);
  return LOGS.every(isKept) ? newest : null;
}

/**
 * Without hard links the library is copied. While it is held, only SQLite may do that: closing the file would drop the
 * lock.
 */
async function giveSecondName(
  library: string,
  held: HeldLibrary | null,
  path: string,
  spare: string,
): Promise<string> {
  if (LINKS_LIBRARIES && linkFile(library, path)) return path;
  if (held === null) {
    copyFile(library, spare);
    copyOwnership(library, spare);
  } else {
    createPrivateFile(spare).close();
    // SQLite would copy an empty library as one of a single page.
    if (!isEmpty(library)) await held.read((database) => backup(database, spare));
  }
  syncFile(spare);
  return publishNew(spare, [path]);
}

/** Whether there is nothing in a file, or no file. */
export function isEmpty(path: string): boolean {
  return (lstatIfPresent(path)?.size ?? 0) === 0;
}
