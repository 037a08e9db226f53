/**
 * The work directory of a run: private, for the databases that SQLite works on and the settings of a backup, whose
 * bytes are in one file, and nothing else. The thread that starts the others makes it, and removes it when they have
 * ended. It holds a lock that the operating system releases when the run dies, however it dies: so a later run can tell
 * the leftovers of a killed run from the files of a live one.
 *
 * @module
 */
import { basename, join } from "node:path";
import { lockNew } from "./file_lock.ts";
import { identityFrom, identityOf, lstatIfPresent } from "./identity.ts";
import { isOutputFileName, WORK_PREFIX } from "./naming.ts";
import { createPrivateFile } from "./private_file.ts";
import { removeIfPresent } from "./publish.ts";

const LOCK = "lock";
const MEMBER_NAME =
  /^((library|previous|from|to|probe|linked|set-aside-\d+)\.db(-wal|-shm|-journal|\.claim)?|settings)$/;
/** Name of an archive on its way in or out through a pipe. */
export const PIPED_ARCHIVE = "archive.tar.gz";
const PIPED_CLAIM = `.${PIPED_ARCHIVE}.claim`;
/** Another run may take a new directory for a leftover, in the instant before it is locked. */
const ATTEMPTS = 5;

const PRIVATE_DIRECTORY = 0o700;

/** Names of files in a work directory. A directory with other files is never removed: a new name is added here. */
export type WorkFile =
  | "library.db"
  | "previous.db"
  | "from.db"
  | "to.db"
  | "probe.db"
  | "linked.db"
  | "settings"
  | `set-aside-${number}.db`;

/** The files of a run, as its workers see them. */
export interface WorkFiles {
  /** Path of the directory. */
  readonly path: string;
  /** Path of a file in it. */
  file(name: WorkFile): string;
  /** Removes the files in it. */
  clear(): void;
}

/** The files in the work directory at `path`, which another thread makes and removes. */
export function workFilesIn(path: string): WorkFiles {
  return { path, file: (name) => join(path, name), clear: () => removeMembers(path) };
}

/** A path that no work directory in `parent` has. */
export function newWorkPath(parent: string): string {
  return join(parent, WORK_PREFIX + crypto.randomUUID().slice(0, 13));
}

/** The work directory of a run, removed when it is disposed of. */
export class WorkDirectory implements WorkFiles, Disposable {
  readonly path: string;
  readonly #lock: Deno.FsFile;

  private constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
  }

  /** Makes a new one in `parent` that is private to this user. */
  static create(parent: string): WorkDirectory {
    for (let attempt = 1;; attempt++) {
      const path = newWorkPath(parent);
      Deno.mkdirSync(path, { mode: PRIVATE_DIRECTORY });
      try {
        const lock = makeLock(path);
        if (lock !== null) return new WorkDirectory(path, lock);
      } catch (error) {
        removeWorkDirectory(path);
        throw error;
      }
      removeWorkDirectory(path);
      if (attempt === ATTEMPTS) throw new Deno.errors.Busy(`another run keeps taking what is made in "${parent}"`);
    }
  }

  file(name: WorkFile): string {
    return join(this.path, name);
  }

  /** Removes the files in it. */
  clear(): void {
    removeMembers(this.path);
  }

  /** Removes the directory with the files in it. */
  [Symbol.dispose](): void {
    removeUnderLock(this.path, this.#lock);
  }
}

/**
 * Path of the output file that the run of a work directory writes in another directory, and renames when it is
 * complete.
 */
export function outputFile(
  directory: string,
  work: string,
  kind: "tar.gz" | "trial" | "setting" | "settings" | "place" = "tar.gz",
): string {
  return join(directory, `${basename(work)}.${kind}`);
}

/** Path of the lock in a work directory. */
export function lockIn(path: string): string {
  return join(path, LOCK);
}

/** Whether a run makes a file of this name in its work directory, even as the output file of another run. */
function isMember(name: string): boolean {
  return MEMBER_NAME.test(name) || name === PIPED_ARCHIVE || name === PIPED_CLAIM || isOutputFileName(name);
}

/** Whether the directory contains only regular files of the names that a run makes. */
export function holdsOnlyOurs(path: string): boolean {
  for (const { name, isFile } of Deno.readDirSync(path)) {
    if (!isFile || name !== LOCK && !isMember(name)) return false;
  }
  return true;
}

/**
 * Removes a work directory: the files that runs make, one by one, then the directory. Other files in it stay, and so
 * does the directory then. An abandoned thread may still be making files.
 */
export function removeWorkDirectory(path: string): void {
  for (let attempt = 1;; attempt++) {
    try {
      const info = lstatIfPresent(path);
      if (info === null) return;
      // A link in place of the directory leads to somebody else's files.
      if (!info.isDirectory) throw new Deno.errors.NotADirectory(`"${path}" is no directory any more`);
      removeMembers(path);
      removeIfPresent(lockIn(path));
      Deno.removeSync(path);
      return;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      if (attempt === ATTEMPTS) throw error;
      pause();
    }
  }
}

/** Removes a work directory whose lock this process holds, and releases the lock at the end. */
export function removeUnderLock(path: string, lock: Deno.FsFile): void {
  using _ = lock;
  removeMembers(path);
  try {
    // While it is locked, nobody takes the directory for a leftover.
    removeIfPresent(lockIn(path));
    Deno.removeSync(path);
  } catch {
    // Windows removes an open file only when it is closed, as do NFS and FUSE, which keep it under another name.
    lock.close();
    removeWorkDirectory(path);
  }
}

/** Time for an abandoned thread, or for a file system that tidies up after a file is closed. */
const PAUSE_MS = 10;

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, PAUSE_MS);
}

function removeMembers(path: string): void {
  if (lstatIfPresent(path)?.isDirectory !== true) return;
  for (const { name, isDirectory } of Deno.readDirSync(path)) {
    if (!isDirectory && isMember(name)) removeIfPresent(join(path, name));
  }
}

/** @returns null where another run has removed the lock or the directory, or holds the lock to do so */
function makeLock(path: string): Deno.FsFile | null {
  const lock = createLock(path);
  if (lock === null) return null;
  try {
    const isOurs = lockNew(lock) !== "held" && identityOf(lockIn(path)) === identityFrom(lock.statSync());
    if (isOurs) return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
  lock.close();
  return null;
}

function createLock(path: string): Deno.FsFile | null {
  try {
    return createPrivateFile(lockIn(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
