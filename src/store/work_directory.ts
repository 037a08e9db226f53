import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createPrivateFile } from "./private_file.ts";
import { pathExists } from "./publish.ts";

/**
 * A private directory for the temporary files of one run, beside what the run will publish, so that a rename suffices.
 *
 * It holds a lock that the operating system drops when the run dies, however it dies: so a later run tells the
 * leftovers of a killed run from the files of a live one. The lock is SQLite's, which works alike on every system.
 */
const WORK_PREFIX = ".vpo-backup-";
/** A directory under this name has no lock yet: it is renamed as soon as it has one. */
const NEW_SUFFIX = ".new";
const LOCK_FILE = "lock";
/** After this a directory without a lock belongs to a run that was killed in its first moments, in milliseconds. */
const NEW_GRACE_MS = 60_000;

const PRIVATE_DIRECTORY = 0o700;

export class WorkDirectory implements Disposable {
  readonly path: string;
  readonly #lock: DatabaseSync;

  private constructor(path: string, lock: DatabaseSync) {
    this.path = path;
    this.#lock = lock;
  }

  /** A path for the work directory of a new run in `parent`. */
  static newPath(parent: string): string {
    return join(parent, WORK_PREFIX + crypto.randomUUID().slice(0, 13));
  }

  /** Makes the directory at `path`, which comes from {@link newPath}. */
  static create(path: string): WorkDirectory {
    const young = path + NEW_SUFFIX;
    Deno.mkdirSync(young, { mode: PRIVATE_DIRECTORY });
    try {
      createPrivateFile(join(young, LOCK_FILE)).close();
      const lock = takeLock(join(young, LOCK_FILE));
      try {
        Deno.renameSync(young, path);
        return new WorkDirectory(path, lock);
      } catch (error) {
        lock.close();
        throw error;
      }
    } catch (error) {
      removeTree(young);
      throw error;
    }
  }

  /** Path of a file in the directory. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** Removes the directory with all that is in it. */
  [Symbol.dispose](): void {
    this.#lock.close();
    removeTree(this.path);
  }
}

/**
 * Removes what killed runs have left in `directory`, never the files of a live run.
 *
 * @returns the paths of the directories that were removed
 */
export function removeLeftovers(directory: string): string[] {
  const removed: string[] = [];
  for (const entry of Deno.readDirSync(directory)) {
    if (!entry.isDirectory || !entry.name.startsWith(WORK_PREFIX)) continue;
    const path = join(directory, entry.name);
    if (removeIfAbandoned(path)) removed.push(path);
  }
  return removed;
}

/** Paths of the work directories that killed runs have left in `directory`. Nothing is removed, and nothing is locked. */
export function findLeftovers(directory: string): string[] {
  return Array.from(Deno.readDirSync(directory))
    .filter((entry) => entry.isDirectory && entry.name.startsWith(WORK_PREFIX))
    .map(({ name }) => join(directory, name))
    .filter((path) => isAbandoned(path, isFree));
}

/** Removes the work directory of a run whose thread cannot be stopped and may still be making files in it. */
export function removeAbandoned(path: string): void {
  removeTree(path + NEW_SUFFIX);
  removeTree(path);
}

function removeTree(path: string): void {
  const attempts = 5;
  for (let attempt = 1;; attempt++) {
    try {
      Deno.removeSync(path, { recursive: true });
      return;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      if (attempt === attempts) throw error;
    }
  }
}

function removeIfAbandoned(path: string): boolean {
  try {
    if (!isAbandoned(path, canBeTaken)) return false;
    removeTree(path);
    return true;
  } catch (error) {
    // Its own run, or another one that cleans up, was faster; or it belongs to another user, whose next run removes it.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return false;
    throw error;
  }
}

/** @param isLeft whether nobody has the lock of this file; where that cannot be told, somebody has */
function isAbandoned(path: string, isLeft: (lockFile: string) => boolean): boolean {
  if (path.endsWith(NEW_SUFFIX)) {
    const modified = Deno.lstatSync(path).mtime?.getTime() ?? Date.now();
    return Date.now() - modified > NEW_GRACE_MS;
  }
  const lockFile = join(path, LOCK_FILE);
  // A lock that is a link is none of ours, and opening it would open, or make, what it leads to.
  if (!isRegularFile(lockFile)) return true;
  try {
    return isLeft(lockFile);
  } catch {
    return false;
  }
}

function isRegularFile(path: string): boolean {
  return pathExists(path) && Deno.lstatSync(path).isFile;
}

function canBeTaken(lockFile: string): boolean {
  takeLock(lockFile).close();
  return true;
}

/** For a process that may not write: a lock that another one has keeps this one from reading. */
function isFree(lockFile: string): boolean {
  const lock = new DatabaseSync(lockFile, { readOnly: true });
  try {
    lock.prepare("SELECT count(*) FROM sqlite_schema").get();
    return true;
  } finally {
    lock.close();
  }
}

/** Takes an exclusive lock on the file at `path`, or throws where another process has it. */
function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(path);
  try {
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}
