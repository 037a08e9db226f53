import { basename, dirname, join } from "node:path";
import { errnoOf, isOfSystem } from "./errno.ts";
import { identityFrom, identityOf, lstatIfPresent } from "./identity.ts";
import { isWorkDirectoryName } from "./naming.ts";
import { createPrivateFile } from "./private_file.ts";

/** Waits until a file's content is on the disk. */
export function syncFile(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}

/** How a file system says that it does not sync directories, which is no sign that anything was lost. */
const NO_DIRECTORY_SYNC = new Set([
  "EINVAL",
  "ENOSYS",
  "ENOTTY",
  "EOPNOTSUPP",
  "ENOTSUP",
  "EACCES",
  "EBADF",
]);

/**
 * Waits until the names in a directory are on the disk. Windows has no such call and needs none.
 *
 * @returns how the file system refuses, such as `EINVAL`; null where it was done
 */
export function syncDirectory(path: string): string | null {
  if (Deno.build.os === "windows") return null;
  try {
    using directory = Deno.openSync(path);
    directory.syncSync();
    return null;
  } catch (error) {
    const errno = errnoOf(error);
    if (NO_DIRECTORY_SYNC.has(errno)) return errno;
    throw error;
  }
}

/**
 * Gives the file at `temporary` the first of `names` that is free, without ever replacing a file.
 *
 * A hard link fails if the name is taken, in one step. File systems without hard links get a claim and a rename.
 *
 * @returns the path it got
 */
export function publishNew(temporary: string, names: Iterable<string>): string {
  for (const path of names) {
    const naming = linkOrRename(temporary, path);
    if (naming === "taken") continue;
    makeLasting(temporary, path, naming);
    return path;
  }
  throw new Deno.errors.AlreadyExists(`every name for ${temporary} is taken`);
}

/** What was published. */
export interface Published {
  readonly path: string;
  /** How the file system refuses to make the name survive a power cut; null where it does not. */
  readonly unsynced: string | null;
}

/**
 * Gives the file at `temporary` the first of `names` that is free, without hard links: network shares, USB disks and
 * mounted clouds have none, and say so in a hundred ways. Two machines may publish into one directory.
 */
export function publishClaimed(temporary: string, names: Iterable<string>): Published {
  for (const path of names) {
    if (!renameClaimed(temporary, path)) continue;
    return { path, unsynced: makeLasting(temporary, path, "renamed") };
  }
  throw new Deno.errors.AlreadyExists(`every name for ${temporary} is taken`);
}

/** How a file got its name: beside its old one, in place of it, or not at all. */
type Naming = "linked" | "renamed" | "taken";

/** A name that may not survive a power cut is removed again: what is reported as failed must not be there. */
function makeLasting(temporary: string, path: string, naming: Naming): string | null {
  try {
    return syncDirectory(dirname(path));
  } catch (error) {
    // A file that was renamed has only this name.
    if (naming === "renamed") Deno.renameSync(path, temporary);
    else removeIfPresent(path);
    throw error;
  }
}

/**
 * Makes a second name for a file.
 *
 * @returns false where the file system has no hard links, or none for this file
 * @throws {Deno.errors.AlreadyExists} when `path` is taken
 */
export function linkFile(existing: string, path: string): boolean {
  try {
    Deno.linkSync(existing, path);
    return true;
  } catch (error) {
    if (lacksHardLinks(error)) return false;
    throw error;
  }
}

function linkOrRename(temporary: string, path: string): Naming {
  try {
    if (linkFile(temporary, path)) return "linked";
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return "taken";
    throw error;
  }
  return renameClaimed(temporary, path) ? "renamed" : "taken";
}

const CLAIM_SUFFIX = ".claim";
/** A claim is held for the time of a rename; an older one than this, in milliseconds, is a killed run's. */
const STALE_CLAIM_MS = 10 * 60_000;

/**
 * Renames a file to `path` if nothing has that name. A rename replaces what it finds, so whoever wants the name first
 * makes a claim to it, which only one can.
 *
 * @returns false where the name is taken, or about to be
 */
function renameClaimed(temporary: string, path: string): boolean {
  if (pathExists(path)) return false;
  const claim = claimTo(path);
  if (!makeClaim(claim, temporary)) return false;
  try {
    if (pathExists(path)) return false;
    Deno.renameSync(temporary, path);
    return true;
  } finally {
    dropClaim(claim);
  }
}

/** What was done under the claim is done: a claim that stays is stale, and for somebody else to clear away. */
function dropClaim(claim: string): void {
  try {
    removeIfPresent(claim);
  } catch {
    // The file system has changed its mind about us.
  }
}

/** Path of the claim to a name. */
export function claimTo(path: string): string {
  return join(dirname(path), `.${basename(path)}${CLAIM_SUFFIX}`);
}

/** @param beside a name next to which a stale claim can be moved out of the way */
function makeClaim(claim: string, beside: string): boolean {
  if (createClaim(claim, beside)) return true;
  const stale = lstatIfPresent(claim);
  if (stale === null) return createClaim(claim, beside);
  if (!stale.isFile || !isOlder(stale, beside, STALE_CLAIM_MS)) return false;
  // Of several runs that find it, only one moves it out of the way, and none of them removes another's new claim for
  // good.
  const aside = beside + CLAIM_SUFFIX;
  Deno.renameSync(claim, aside);
  const isStale = identityOf(aside) === identityFrom(stale);
  if (!isStale && !pathExists(claim)) Deno.renameSync(aside, claim);
  else removeIfPresent(aside);
  return isStale && createClaim(claim, beside);
}

/** The claim contains a name that says whose it is. */
function createClaim(claim: string, temporary: string): boolean {
  const file = createNew(claim);
  if (file === null) return false;
  try {
    file.writeSync(new TextEncoder().encode(claimantName(temporary)));
    return true;
  } catch (error) {
    dropClaim(claim);
    throw error;
  } finally {
    file.close();
  }
}

/** A file that nobody else has made; null where there is one. */
function createNew(path: string): Deno.FsFile | null {
  try {
    return createPrivateFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return null;
    throw error;
  }
}

/** The name of the file that a claim is made for, or after the work directory that the file is in. */
function claimantName(temporary: string): string {
  const work = basename(dirname(temporary));
  return isWorkDirectoryName(work) ? work + CLAIM_SUFFIX : basename(temporary);
}

/**
 * Whether a file has been left alone for this long, by the clock of its file system: that of `now`, a file just
 * written.
 */
function isOlder({ mtime }: Deno.FileInfo, now: string, milliseconds: number): boolean {
  const clock = lstatIfPresent(now)?.mtime ?? null;
  return mtime !== null && clock !== null && clock.getTime() - mtime.getTime() > milliseconds;
}

/** Whether anything exists at `path`, even a dangling symlink. */
export function pathExists(path: string): boolean {
  return lstatIfPresent(path) !== null;
}

/** Removes a file if it is there. */
export function removeIfPresent(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What would prevent a copy just as well. */
const NOT_ABOUT_LINKS = new Set(["EEXIST", "ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "ENOSPC", "EDQUOT", "EROFS"]);

/**
 * Whether a link was refused as such, so that a copy may work: exFAT has no hard links, some file systems have them for
 * some files only, and each says so in its own way: EPERM, ENOSYS, EXDEV, EIO, EACCES, EINVAL, on Windows EISDIR.
 */
export function lacksHardLinks(error: unknown): boolean {
  if (error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotFound) return false;
  if (error instanceof Deno.errors.NotCapable) return false;
  const errno = errnoOf(error);
  if (errno === "") return error instanceof Deno.errors.NotSupported || isOfSystem(error);
  return !NOT_ABOUT_LINKS.has(errno);
}
