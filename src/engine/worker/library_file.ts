import { basename, dirname, join } from "node:path";
import { BackupError } from "../../errors.ts";
import { errnoOf } from "../../store/errno.ts";
import { isSameFile, lstatIfPresent } from "../../store/identity.ts";
import { isWorkDirectoryName, parseSetAside } from "../../store/naming.ts";
import { createPrivateFile } from "../../store/private_file.ts";
import { removeIfPresent } from "../../store/publish.ts";
import { outputFile, type WorkDirectory } from "../../store/work_directory.ts";
import type { LibraryFile } from "../protocol/mod.ts";

/** A library, and what a request does with its file. */
export interface LibraryUse {
  readonly path: string;
  /** `copied`: what is read must not be stale. `looked at`: whatever is found is reported. */
  readonly for: "copied" | "looked at";
}

/**
 * Refuses to copy a library whose file also has another name, unless its log can be seen.
 *
 * @throws {BackupError}
 */
export function requireFresh(use: LibraryUse | null, file: LibraryFile, action: string): void {
  if (use?.for !== "copied") return;
  const why = whyStale(use.path, file);
  if (why === null) return;
  const hint = file === "mounted"
    ? "Mount the directory that the library is in instead, or take what is in the file with --force."
    : "Name the one that VPO uses with --library PATH, or take what is in the file with --force.";
  throw new BackupError("operation_failed", `${action}: ${why}`, hint);
}

/**
 * Why what is read from a library may lack what was written to it last; null where nothing suggests that.
 *
 * Where its log is, so is whoever writes to it. An empty log tells nothing: whoever only reads a library leaves one.
 */
export function whyStale(library: string, file: LibraryFile): string | null {
  if (file === "plain") return null;
  const log = lstatIfPresent(`${library}-wal`);
  if (log !== null && log.isFile && log.size > 0) return null;
  const what = file === "mounted" ? "is itself a mount point" : "has a second hard link";
  const why = `the file "${library}" ${what}, and what VPO has written may be in a log beside the other one`;
  return log === null ? why : `${why}: the log beside this one is empty, which does not tell who uses it`;
}

/**
 * Whether the library's file also exists under another name: mounted by itself, as `-v ./library.db:/data/library.db`
 * does, or hard-linked. Whoever writes under that name has its log beside that name.
 *
 * @param work a work directory; everything can be found out only with one beside the library
 */
export function lookAtLibraryFile(use: LibraryUse | null, work: WorkDirectory | null): LibraryFile {
  if (use === null) return "plain";
  const { path: library } = use;
  try {
    if (isMountPoint(library, work)) return "mounted";
    return hasForeignName(library) ? "second name" : "plain";
  } catch {
    // It is missing or out of reach: whoever opens it will say so.
    return "plain";
  }
}

/** A hard link cannot cross mounts, even of one file system, which have the same device number. */
function isMountPoint(library: string, work: WorkDirectory | null): boolean {
  const directory = dirname(library);
  if (Deno.build.os === "windows") return false;
  if (work !== null && dirname(work.path) === directory) {
    const refusal = tryLink(library, work);
    if (refusal === null) return false;
    if (refusal === "EXDEV" && tryLinkingNew(directory, work) === null) return true;
  }
  return Deno.statSync(library).dev !== Deno.statSync(directory).dev;
}

function tryLink(path: string, work: WorkDirectory): string | null {
  const second = work.file("linked.db");
  try {
    Deno.linkSync(path, second);
    return null;
  } catch (error) {
    return errnoOf(error) || "refused";
  } finally {
    removeIfPresent(second);
  }
}

/** Some file systems refuse all hard links that way. */
function tryLinkingNew(directory: string, work: WorkDirectory): string | null {
  const path = outputFile(directory, work.path, "trial");
  createPrivateFile(path).close();
  try {
    return tryLink(path, work);
  } finally {
    removeIfPresent(path);
  }
}

/**
 * Whether it has a name besides those that we give: that under which it is set aside, after a restore that was killed,
 * and those in work directories, while a run tries links or after it was killed.
 */
function hasForeignName(library: string): boolean {
  const count = countLinks(library);
  if (count < 2) return false;
  const directory = dirname(library);
  const ours = Array.from(Deno.readDirSync(directory)).flatMap(({ name, isDirectory }) => {
    if (isDirectory && isWorkDirectoryName(name)) return filesIn(join(directory, name));
    return parseSetAside(basename(library), name) === null ? [] : [join(directory, name)];
  }).filter((path) => isSameFile(path, library));
  // A run that is alive may have removed one meanwhile.
  return Math.min(count, countLinks(library)) - ours.length > 1;
}

function countLinks(path: string): number {
  return Deno.statSync(path).nlink ?? 1;
}

/** None where it is being removed, or another user's. */
function filesIn(directory: string): string[] {
  try {
    return Array.from(Deno.readDirSync(directory), ({ name }) => join(directory, name));
  } catch {
    return [];
  }
}
