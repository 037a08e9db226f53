import { basename, dirname, join, resolve } from "node:path";
import { BackupError } from "../errors.ts";
import { isAbsence, lstatIfPresent } from "../store/identity.ts";
import { GivenFile } from "../store/open_file.ts";
import { syncDirectory } from "../store/publish.ts";
import { currentUser } from "../store/user.ts";
import type { Destination } from "./protocol/mod.ts";

export { currentUser } from "../store/user.ts";

/** Symlinks followed from one path before it counts as a loop; Linux's own limit. */
const MAX_LINKS = 40;
const PRIVATE_DIRECTORY = 0o700;
const MODE_BITS = 0o777;
/** File systems stamp files with the time of their last tick, this long ago at most, in milliseconds. */
const CLOCK_TICK_MS = 1000;

/** Where a path leads. */
export interface Place {
  readonly path: string;
  readonly info: Deno.FileInfo | null;
}

/**
 * Real path of a file that may not exist yet, and what is there. A dangling symlink is followed too: what it points to
 * is the file.
 */
export function resolveFile(path: string): Place {
  let current = resolve(path);
  for (let links = 0; links < MAX_LINKS; links++) {
    const { directory, existing } = resolveDirectory(dirname(current));
    current = join(directory, basename(current));
    const info = lstatIfPresent(current);
    if (info === null) requireDirectory(existing);
    if (info?.isSymlink !== true) return { path: current, info };
    current = resolve(dirname(current), Deno.readLinkSync(current));
  }
  throw tooManyLinks(path);
}

/**
 * Real path of a directory that may not exist yet, and the nearest ancestor that does. Symlinks are followed likewise.
 *
 * @throws {Deno.errors.NotADirectory} for a path through a file
 */
export function resolveDirectory(path: string): Destination {
  const missing: string[] = [];
  let links = 0;
  for (let current = resolve(path);;) {
    try {
      const existing = withDrive(current, Deno.realPathSync(current));
      if (missing.length > 0) requireDirectory(existing);
      return { existing, directory: join(existing, ...missing) };
    } catch (error) {
      if (!isAbsence(error)) throw error;
      if (dirname(current) === current) throw noDrive(path, current, error);
    }
    if (lstatIfPresent(current)?.isSymlink === true) {
      if (++links > MAX_LINKS) throw tooManyLinks(path);
      current = resolve(dirname(current), Deno.readLinkSync(current));
    } else {
      missing.unshift(basename(current));
      current = dirname(current);
    }
  }
}

/** Real path as far as it can be told: what is missing, hidden or closed to this user is added as it was named. */
export function realPathKnown(path: string): string {
  const rest: string[] = [];
  for (let current = resolve(path);;) {
    try {
      return join(resolveFile(current).path, ...rest);
    } catch {
      if (dirname(current) === current) return resolve(path);
    }
    rest.unshift(basename(current));
    current = dirname(current);
  }
}

/** Whether a path is that of a symbolic link; what cannot be told is none. */
export function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}

/**
 * Whether anything exists at a path, even a dangling symlink; what cannot be told counts as existing, except what the
 * sandbox hides.
 */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(isAbsence(error) || error instanceof Deno.errors.NotADirectory ||
      error instanceof Deno.errors.NotCapable);
  }
}

/** Whether two paths lead to the same place; one that cannot be examined is only the same as itself. */
export function isSamePlace(one: string, other: string): boolean {
  try {
    return resolveFile(one).path === resolveFile(other).path;
  } catch {
    return one === other;
  }
}

/**
 * The real path, but with the drive letter if that stands for a network share: Windows then returns the share's own
 * name, and Deno lets only programs with all permissions use one.
 */
export function withDrive(path: string, real: string): string {
  return real.startsWith("\\\\") && /^[A-Za-z]:/.test(path) ? path : real;
}

/**
 * Makes the missing directories of a destination, accessible only to the owner of the one that they are made in, and
 * syncs them.
 *
 * @returns a function that removes those that were made, if they are empty
 */
export function makeDirectories(destination: Destination): () => void {
  const made: string[] = [];
  const since = Date.now() - CLOCK_TICK_MS;
  const undo = () => {
    for (const path of made.toReversed()) removeIfEmpty(path);
  };
  try {
    for (const path of missingParts(destination)) {
      if (!makeDirectory(path)) continue;
      made.push(path);
      syncDirectory(dirname(path));
    }
    // Innermost first: whoever owns a directory could swap what is in it.
    for (const path of made.toReversed()) giveToOwnerOf(destination.existing, path, since);
    return undo;
  } catch (error) {
    undo();
    throw error;
  }
}

/** What root makes in a user's directory becomes that user's. Others cannot give files away, and need not. */
function giveToOwnerOf(parent: string, path: string, since: number): void {
  const [owner, own] = [Deno.statSync(parent), Deno.lstatSync(path)];
  if (owner.uid === null || owner.gid === null || owner.uid === own.uid || !own.isDirectory) return;
  try {
    using directory = new GivenFile(path, "directory");
    const { uid, mode, ctime } = directory.facts;
    // The owner of the directory above may have led the name to another directory of root's, but not to one just made.
    const isMade = uid === currentUser() && (mode & MODE_BITS) === PRIVATE_DIRECTORY && ctime.getTime() >= since;
    if (isMade) directory.giveTo(owner.uid, owner.gid);
  } catch {
    // Where ownership cannot be changed, as on a network share, it is used as it is.
  }
}

/** @returns false where another run was faster: then it is not ours to remove */
function makeDirectory(path: string): boolean {
  try {
    Deno.mkdirSync(path, { mode: PRIVATE_DIRECTORY });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists && Deno.statSync(path).isDirectory) return false;
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

/** Only on Windows can a root be missing. */
function noDrive(path: string, root: string, cause: unknown): BackupError {
  const message = `Cannot use "${path}": there is no drive or share "${root}"`;
  return new BackupError("not_found", message, "Is the disk or the share connected?", { cause });
}

/** For a path through a file, Windows only says that nothing is there. */
function requireDirectory(path: string): void {
  if (!Deno.statSync(path).isDirectory) throw new Deno.errors.NotADirectory(`not a directory: "${path}"`);
}

function tooManyLinks(path: string): Error {
  return new Deno.errors.FilesystemLoop(`too many symbolic links: "${path}"`);
}
