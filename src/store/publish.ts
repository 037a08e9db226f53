import { dirname } from "node:path";
import { lstatIfPresent } from "./identity.ts";

/** Waits until a file's content is on the disk. */
export function syncFile(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  file.syncSync();
}

/** Waits until the names in a directory are on the disk. Windows has no such call and needs none. */
export function syncDirectory(path: string): void {
  if (Deno.build.os === "windows") return;
  using directory = Deno.openSync(path);
  directory.syncSync();
}

/**
 * Gives the file at `temporary` the first of `names` that is free, without ever replacing a file.
 *
 * A hard link fails where the name is taken, in one step. File systems without hard links get a check and a rename.
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

/** How a file got its name: beside the one it had, in the place of it, or not at all. */
type Naming = "linked" | "renamed" | "taken";

/** A name that may not outlast a power cut is taken back: what is reported as failed must not be there. */
function makeLasting(temporary: string, path: string, naming: Naming): void {
  try {
    syncDirectory(dirname(path));
  } catch (error) {
    // A file that was renamed has this name only.
    if (naming === "renamed") Deno.renameSync(path, temporary);
    else removeIfPresent(path);
    throw error;
  }
}

/**
 * Makes a second name for a file.
 *
 * @returns false where the file system has no hard links
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
  if (pathExists(path)) return "taken";
  Deno.renameSync(temporary, path);
  return "renamed";
}

/** Whether anything stands at `path`, a dangling symlink included. */
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

const LINK_REFUSALS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

/**
 * Whether a link was refused because the file system has no hard links, as exFAT has none. Windows says there that the
 * function is incorrect, which Deno calls EISDIR.
 */
export function lacksHardLinks(error: unknown, os: typeof Deno.build.os = Deno.build.os): boolean {
  if (error instanceof Deno.errors.NotSupported) return true;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return LINK_REFUSALS.has(code) || os === "windows" && code === "EISDIR";
}
