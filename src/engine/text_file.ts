import { basename, dirname, join } from "node:path";
import { BackupError } from "../errors.ts";
import { typedWord } from "../program.ts";
import { fill, writeAll } from "../store/file_bytes.ts";
import { lockNew, tryLock } from "../store/file_lock.ts";
import { identityFrom, identityOf, lstatIfPresent } from "../store/identity.ts";
import { openFile, readFile } from "../store/open_file.ts";
import { keepReaders } from "./kept_readers.ts";
import { createPrivateFile } from "../store/private_file.ts";
import { claimTo, publishNew, removeIfPresent, syncDirectory } from "../store/publish.ts";
import { rootUsers } from "../store/trust.ts";
import { currentUser } from "../store/user.ts";
import { makeDirectories, resolveDirectory } from "./real_paths.ts";
import { explainSystem, requireWriteAccess } from "./worker/explain_system.ts";

export { NotRegular } from "../store/open_file.ts";

const isWindows = Deno.build.os === "windows";

/** The null device, which a user may name for an empty file. */
export const NULL_DEVICE: string = isWindows ? "NUL" : "/dev/null";

/** Whether a path names the null device; on Windows that is a reserved name, not a file. */
export function isNullDevice(path: string): boolean {
  return isWindows ? path.toUpperCase() === NULL_DEVICE : path === NULL_DEVICE;
}

/**
 * Reads a text that a person wrote and named.
 *
 * @param maxBytes maximum length
 * @throws {NotRegular} where it is a pipe, a device or a directory; nothing is read from one
 * @throws {RangeError} where it is longer
 * @throws {TypeError} where it is not UTF-8
 */
export function readTextFile(path: string, maxBytes: number): string {
  if (isWindows && isNullDevice(path)) return "";
  if (Deno.statSync(path).isCharDevice && isNullDevice(Deno.realPathSync(path))) return "";
  return new TextDecoder("utf-8", { fatal: true }).decode(readFile(path, maxBytes));
}

/** A text that others could have written. */
export class Untrusted extends Error {
  override readonly name = "Untrusted";
  /** What to do about it. */
  readonly remedy: string;

  constructor(why: string, remedy: string) {
    super(why);
    this.remedy = remedy;
  }
}

const ALL_WRITE = 0o002;
const GROUP_WRITES = 0o020;

/**
 * Reads a text that controls the program, as {@link readTextFile} does.
 *
 * @throws {Untrusted} where anybody but this user and root could have written it
 */
export function readTrustedTextFile(path: string, maxBytes: number): string {
  if (isWindows && isNullDevice(path)) return "";
  const info = Deno.statSync(path);
  if (info.isCharDevice) return readTextFile(path, maxBytes);
  const user = currentUser();
  if (user !== null && info.uid !== null && info.uid !== user && !rootUsers().has(info.uid)) {
    throw new Untrusted(`it belongs to another user, ${info.uid}`, `Give it to user ${user}, or name another file.`);
  }
  if (user !== null && info.mode !== null && (info.mode & ALL_WRITE) !== 0) {
    throw new Untrusted("anybody may write to it", `Close it to others: chmod o-w ${typedWord(path)}`);
  }
  // As in `renamersIn`, a group with the owner's ID is the owner's own.
  if (user !== null && info.mode !== null && (info.mode & GROUP_WRITES) !== 0 && info.gid !== info.uid) {
    throw new Untrusted(`group ${info.gid} may write to it`, `Close it to others: chmod g-w ${typedWord(path)}`);
  }
  const bytes = readFile(path, maxBytes, { identity: identityFrom(info) });
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** A text file to write. */
export interface NewTextFile {
  readonly name: string;
  readonly text: string;
}

/** What files are written for. */
export interface Intent {
  /** What failed if it fails: "Cannot write the schedule". */
  readonly action: string;
  /** Whether existing files are replaced. */
  readonly replace: boolean;
  /** What to do if they must not be. */
  readonly remedy: string;
}

/**
 * Writes text files into a directory, which is made if missing: all of them or none. Each is written under a temporary
 * name first, so that nobody reads half of one. Only their owner can read them, or whoever could read what one replaces.
 *
 * @returns their paths
 * @throws {BackupError} `usage` where one of the names is taken
 */
export function writeTextFiles(directory: string, files: readonly NewTextFile[], intent: Intent): string[] {
  try {
    return writeAllOrNone(directory, files, intent);
  } catch (error) {
    throw explainSystem(error, intent.action);
  }
}

function writeAllOrNone(directory: string, files: readonly NewTextFile[], intent: Intent): string[] {
  const destination = resolveDirectory(directory);
  requireWriteAccess(destination.directory, intent.action);
  const paths = files.map(({ name }) => join(destination.directory, name));
  // Also where the names are taken: the run that was killed may have been the one that took them.
  paths.forEach(removeLeftovers);
  for (const path of paths) requireFree(path, intent);
  const removeDirectories = makeDirectories(destination);
  using locks = new DisposableStack();
  const written: Temporary[] = [];
  const published: string[] = [];
  try {
    for (const [index, { text }] of files.entries()) {
      const temporary = writeTemporary(paths[index] ?? "", text);
      written.push(temporary);
      locks.use(temporary.lock);
    }
    for (const [index, path] of paths.entries()) {
      const { path: temporary = "", identity = null } = written[index] ?? {};
      if (intent.replace) {
        keepReaders(path, temporary, identity);
        Deno.renameSync(temporary, path);
      } else publishNew(temporary, [path]);
      published.push(path);
    }
    written.forEach(({ path }) => removeIfPresent(path));
    syncDirectory(destination.directory);
    return paths;
  } catch (error) {
    [...written.map(({ path }) => path), ...(intent.replace ? [] : published)].forEach(removeIfPresent);
    removeDirectories();
    if (error instanceof Deno.errors.AlreadyExists) throw taken(paths[published.length] ?? "", intent);
    throw error;
  }
}

function temporaryName(name: string, id: string): string {
  return `.${name}.${id}.tmp`;
}

/** Another run may take a new file for a leftover, in the instant before it is locked. */
const ATTEMPTS = 5;

/** A text under a temporary name, locked until it is disposed of: so a later run can tell what a killed one has left. */
interface Temporary {
  readonly path: string;
  readonly lock: Disposable;
  /** Null where the system does not tell. */
  readonly identity: string | null;
}

function writeTemporary(path: string, text: string): Temporary {
  for (let attempt = 1;; attempt++) {
    const temporary = join(dirname(path), temporaryName(basename(path), crypto.randomUUID()));
    const made = writeText(temporary, text);
    if (made !== null) return { path: temporary, ...made };
    if (attempt === ATTEMPTS) throw new Deno.errors.Busy("another run keeps removing what is written");
  }
}

/** @returns null where another run has removed it */
function writeText(path: string, text: string): Omit<Temporary, "path"> | null {
  const file = createPrivateFile(path);
  const identity = identityFrom(file.statSync());
  try {
    if (lockNew(file) === "held" || identityOf(path) !== identity) {
      file.close();
      return null;
    }
    writeAll(file, new TextEncoder().encode(text));
    file.syncSync();
  } catch (error) {
    file.close();
    removeIfPresent(path);
    throw error;
  }
  // Windows does not remove what is open.
  if (isWindows) file.close();
  return { lock: isWindows ? { [Symbol.dispose]() {} } : file, identity };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Without locks, a run that has not touched its file for this long is dead, in milliseconds. */
const QUIET_MS = 24 * 3600 * 1000;

/** Removes what killed runs have left of a file that they were writing; what cannot be removed is no reason to fail. */
function removeLeftovers(path: string): void {
  const [start = "", end = ""] = temporaryName(basename(path), "/").split("/");
  const isOurs = (name: string) =>
    name.startsWith(start) && name.endsWith(end) && UUID.test(name.slice(start.length, -end.length));
  try {
    for (const { name } of Deno.readDirSync(dirname(path))) {
      if (isOurs(name)) removeIfDead(join(dirname(path), name));
    }
    removeDeadClaim(claimTo(path), isOurs);
  } catch {
    // A later run may have better luck.
  }
}

const MAX_CLAIM_BYTES = 1024;

/** A claim to the file's name outlasts the file that it was made for only for a moment, or after a kill. */
function removeDeadClaim(claim: string, isOurs: (name: string) => boolean): void {
  const info = lstatIfPresent(claim);
  if (info?.isFile !== true || info.uid !== currentUser()) return;
  const claimant = new TextDecoder().decode(readFile(claim, MAX_CLAIM_BYTES, { noLinks: true }));
  if (isOurs(claimant) && lstatIfPresent(join(dirname(claim), claimant)) === null) removeIfPresent(claim);
}

function removeIfDead(path: string): void {
  const info = lstatIfPresent(path);
  if (info?.isFile !== true || info.uid !== currentUser()) return;
  const attempt = isWindows ? null : tryLock(path);
  if (attempt?.state === "held") return;
  const isQuiet = Date.now() - (info.mtime?.getTime() ?? Infinity) > QUIET_MS;
  if (attempt?.state === "locked" || isQuiet) removeIfPresent(path);
  if (attempt?.state === "locked") attempt.file.close();
}

/** A link to a file is replaced itself, not its target; one to a device, such as `/dev/stdout`, is refused. */
function requireFree(path: string, intent: Intent): void {
  const info = lstatIfPresent(path);
  if (info === null) return;
  if (!intent.replace) throw taken(path, intent);
  const target = info.isSymlink ? statIfPresent(path) : info;
  if (target === null || target.isFile && isText(info.isSymlink ? Deno.realPathSync(path) : path)) return;
  const what = target.isDirectory ? "a directory" : target.isFile ? "not a text file" : "not a regular file";
  throw new BackupError("usage", `${intent.action} to "${path}": it is ${what}`, "Name another file.");
}

/** Length of the start of a file in which libraries, their logs and archives have a zero byte, and text has none. */
const TOLD_BY_BYTES = 1024;

function isText(path: string): boolean {
  using file = openFile(path, { noLinks: true });
  const bytes = new Uint8Array(TOLD_BY_BYTES);
  return !bytes.subarray(0, fill(file, bytes)).includes(0);
}

/** The target of a link; null if there is none. */
function statIfPresent(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop) return null;
    throw error;
  }
}

function taken(path: string, { action, remedy }: Intent): BackupError {
  return new BackupError("usage", `${action}: "${path}" already exists`, remedy);
}
