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

/** What the file system of the library does for a replacement. */
export interface Ground {
  /** Whether a library can be kept under a second name; otherwise it is copied. */
  readonly hasLinks: boolean;
}

/**
 * Tries in the work directory what a replacement needs.
 *
 * @throws {BackupError} where the library is a mount point of its own, as containers have them: nothing can replace it
 */
export function tryGround(library: string, { action, files: work }: Job): Ground {
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

/**
 * Bytes that it takes to set the library aside: its log is brought into it, and where there are no hard links it is copied
 * after that.
 */
export function bytesToSetAside(library: string, { hasLinks }: Ground): number {
  const log = sizeOf(library + "-wal");
  return hasLinks ? log : log + sizeOf(library) + log;
}

/**
 * Makes sure that there is room for that before anything is touched, even the lock: whoever lets go of a library brings
 * its log into it.
 *
 * @throws {BackupError} `insufficient_space`
 */
export function requireRoom(library: string, ground: Ground, { action }: Job): void {
  requireSpace(dirname(library), bytesToSetAside(library, ground), action);
}

function canLink(work: WorkFiles): boolean {
  const [path, second] = [work.file("probe.db"), work.file("linked.db")];
  createPrivateFile(path).close();
  const isLinked = linkFile(path, second);
  removeIfPresent(second);
  removeIfPresent(path);
  return isLinked;
}

/** A file is linked within one mount only, whatever its device number says. Windows mounts no files. */
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
