import { basename, dirname, join } from "node:path";
import { backup } from "node:sqlite";
import { BackupError } from "../errors.ts";
import { type HeldLibrary, type Hold, holdLibrary, SIDE_FILES } from "../library/lock.ts";
import { isSameFile, lstatIfPresent } from "../store/identity.ts";
import { setAsideOrder, setAsidePath } from "../store/naming.ts";
import { linkFile, pathExists, publishNew, removeIfPresent, syncDirectory, syncFile } from "../store/publish.ts";
import { createPrivateFile, PRIVATE_FILE } from "../store/work_directory.ts";
import { beginStep, type Host } from "./host.ts";
import { limitLock } from "./limits.ts";
import { explainSystem, lockedLibrary } from "./refusal.ts";

/** Libraries that were replaced and are kept beside the one in use. */
const KEPT_SET_ASIDE = 3;
const MAX_NAMES_A_SECOND = 1000;

/** What replaces a library. */
export interface Succession {
  /** Path of the library. */
  readonly library: string;
  /**
   * Path of the database that becomes the library: on the same file system, not open, its content on the disk. It loses
   * this name.
   */
  readonly candidate: string;
  readonly waitSeconds: number;
  /** Throws where the candidate is no longer what is to replace the library, now that nobody else can. */
  requireStill(): void;
}

/**
 * Puts a checked database in the place of the library.
 *
 * At every instant the library's path holds the whole old library or the whole new one. The old one's write-ahead log
 * is brought into it before it gets its second name, and is gone before the new library gets its name: a log of the old
 * one beside the new one would be applied to it (SQLite, "How To Corrupt An SQLite Database File", section 1.4).
 *
 * @returns where the old library is kept, or null where there was none
 */
export async function replaceLibrary(
  { library, candidate, waitSeconds, requireStill }: Succession,
  host: Host,
): Promise<string | null> {
  const directory = dirname(library);
  const hold = takeLibrary(library, waitSeconds, host);
  using opened = hold.state === "absent" ? null : hold.library;
  beginStep(host, "replace library", { library, previous: hold.state });
  requireStill();
  carryOwnership(library, directory, candidate);

  host.beginCommit();
  removeSecondNames(library);
  const previous = hold.state === "absent"
    ? null
    : await setAside(library, hold.state === "held" ? hold.library : null);
  try {
    for (const suffix of SIDE_FILES) removeIfPresent(library + suffix);
    syncDirectory(directory);
    // Windows cannot rename over a file that is open, so there the lock is let go a moment earlier.
    if (Deno.build.os === "windows") opened?.[Symbol.dispose]();
    if (hold.state === "absent") publishWhereNothingIs(candidate, library);
    else Deno.renameSync(candidate, library);
  } catch (error) {
    // The old library is in its place, and whole: it had no log any more. One that SQLite cannot use may need its copy.
    if (previous !== null && hold.state === "held") removeIfPresent(previous);
    throw error;
  }
  const inPlace = { library, previous };
  if (hold.state === "absent") afterwards(inPlace, "its earlier name is still there", () => removeIfPresent(candidate));
  afterwards(inPlace, "that may not outlast a power cut", () => syncDirectory(directory));
  return previous;
}

function takeLibrary(library: string, waitSeconds: number, host: Host): Hold {
  beginStep(host, "lock library", { library, wait_seconds: waitSeconds });
  limitLock(host, { action: "Cannot replace the library", library }, waitSeconds);
  try {
    return holdLibrary(library, waitSeconds, () => beginStep(host, "library locked"));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.PermissionDenied)) throw cause;
    const message = `Cannot replace the library: "${library}" may not be written to by this user`;
    throw new BackupError("operation_failed", message, "Run this as a user who may, or change its mode.", { cause });
  }
}

/** Where there was no library a rename could replace one that VPO has made since. */
function publishWhereNothingIs(candidate: string, library: string): void {
  try {
    publishNew(candidate, [library]);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw lockedLibrary({ action: "Cannot put a library in place: there is one now", library }, cause);
  }
}

/** Does what is left to do when the new library is in place: a failure must not sound as if it were not. */
function afterwards(
  { library, previous }: { readonly library: string; readonly previous: string | null },
  failing: string,
  act: () => void,
): void {
  try {
    act();
  } catch (cause) {
    const { code, message } = explainSystem(cause, `"${library}" was replaced, but ${failing}`);
    const hint = previous === null ? "Check the disk." : `The previous library is kept: "${previous}". Check the disk.`;
    throw new BackupError(code, message, hint, { cause });
  }
}

/** Set-aside libraries of `library`, the newest first; not the library itself under a second name. */
export function listSetAside(library: string): string[] {
  return namesOfSetAside(library).filter((path) => !isSameFile(path, library));
}

/** A replacement that was killed between its last steps leaves the library with a second name beside its own. */
function removeSecondNames(library: string): void {
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
async function setAside(library: string, held: HeldLibrary | null): Promise<string> {
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

/** Gives the candidate the old library's mode and owner; without one, 0600 and the owner of the directory. */
function carryOwnership(library: string, directory: string, candidate: string): void {
  if (Deno.build.os === "windows") return;
  const old = lstatIfPresent(library);
  const model = old ?? Deno.statSync(directory);
  const own = Deno.statSync(candidate);
  if (own.uid !== model.uid || own.gid !== model.gid) changeOwner(candidate, model, own, old !== null);
  Deno.chmodSync(candidate, old?.mode == null ? PRIVATE_FILE : old.mode & 0o7777);
  syncFile(candidate);
}

function changeOwner(candidate: string, model: Deno.FileInfo, own: Deno.FileInfo, required: boolean): void {
  try {
    Deno.chownSync(candidate, model.uid, model.gid);
  } catch (cause) {
    if (!required || own.uid === model.uid) return;
    throw new BackupError(
      "operation_failed",
      `Cannot replace the library: it belongs to user ${model.uid}, and the new one cannot be given to that user`,
      "Run this as the user to whom the library belongs.",
      { cause },
    );
  }
}
