import { dirname } from "node:path";
import { BackupError } from "../../errors.ts";
import { errnoOf } from "../../store/errno.ts";
import { lstatIfPresent } from "../../store/identity.ts";
import { createPrivateFile } from "../../store/private_file.ts";
import { linkFile, removeIfPresent } from "../../store/publish.ts";
import { requireSpace } from "../../store/space.ts";
import type { WorkFiles } from "../../store/work_directory.ts";
import type { Job } from "../worker/job.ts";
import { LINKS_LIBRARIES } from "./set_aside.ts";

/** What the file system of the library offers a replacement. */
export interface LibraryDisk {
  /** Whether a library can be kept under a second name; otherwise it is copied. */
  readonly hasLinks: boolean;
}

/**
 * Tries, in the work directory, what a replacement needs.
 *
 * @throws {BackupError} where the library itself is a mount point, as in some containers: nothing can replace it
 */
export function probeLibraryDisk(library: string, { action, files: work }: Job): LibraryDisk {
  const hasLinks = LINKS_LIBRARIES && canLink(work);
  if (hasLinks && isMountPoint(library, work)) {
    throw new BackupError(
      "operation_failed",
      `${action}: "${library}" is mounted by itself, and a mounted file cannot be replaced`,
      "Mount the directory that it is in, not the file.",
    );
  }
  return { hasLinks };
}

/** Bytes needed to set the library aside: its log is merged into it, and without hard links it is then copied. */
export function bytesToSetAside(library: string, { hasLinks }: LibraryDisk): number {
  const log = sizeOf(library + "-wal");
  return hasLinks ? log : log + sizeOf(library) + log;
}

/**
 * Makes sure that there is space for that before anything is touched, even the lock: releasing a library merges its log
 * into it.
 *
 * @throws {BackupError} `insufficient_space`
 */
export function requireReplacementSpace(library: string, disk: LibraryDisk, { action }: Job): void {
  requireSpace(dirname(library), bytesToSetAside(library, disk), action);
}

function canLink(work: WorkFiles): boolean {
  const [path, second] = [work.file("probe.db"), work.file("linked.db")];
  createPrivateFile(path).close();
  const isLinked = linkFile(path, second);
  removeIfPresent(second);
  removeIfPresent(path);
  return isLinked;
}

/** Hard links stay within one mount, whatever the device number says. Windows does not mount files. */
function isMountPoint(library: string, work: WorkFiles): boolean {
  if (Deno.build.os === "windows" || lstatIfPresent(library) === null) return false;
  const path = work.file("linked.db");
  try {
    Deno.linkSync(library, path);
    removeIfPresent(path);
    return false;
  } catch (error) {
    return errnoOf(error) === "EXDEV";
  }
}

function sizeOf(path: string): number {
  return lstatIfPresent(path)?.size ?? 0;
}
