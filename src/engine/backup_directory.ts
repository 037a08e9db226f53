import { basename, dirname, join } from "node:path";
import { BackupError } from "../errors.ts";
import { isSameFile } from "../store/identity.ts";
import { ARCHIVE_PREFIX, archiveTime, isArchiveName, isoSeconds, newestNameFirst } from "../store/naming.ts";
import { MARKER_NAME, readMarker, writeMarker } from "../store/place_marker.ts";
import { removeIfPresent } from "../store/publish.ts";
import { TOOL } from "../version.ts";
import { recordCopy } from "./copies/copy_record.ts";
import type { Destination } from "./protocol/mod.ts";
import { makeDirectories } from "./real_paths.ts";

/**
 * Names of the newest archives in a directory that begin with `prefix`, newest first, judged by their names alone. Only
 * names in the forms of this program and VPO count, so that no shell finds more in one than a name.
 *
 * @param limit how many at most
 */
export function newestArchiveNames(directory: string, prefix: string, limit: number): string[] {
  return Array.from(Deno.readDirSync(directory))
    .map(({ name }) => name)
    .filter((name) => name.startsWith(prefix) && archiveTime(name) !== null)
    .sort(newestNameFirst)
    .slice(0, limit);
}

/**
 * Names of the archives in a directory that an abbreviated name may mean, newest first: the beginning of a time,
 * `2026-02-05 14`, or a name without its extension.
 *
 * @param limit how many at most
 */
export function archivesMeant(directory: string, written: string, limit: number): string[] {
  const time = written.replace(" ", "T").replaceAll(":", "-");
  const prefix = /^\d{4}-\d{2}/.test(time) ? `${ARCHIVE_PREFIX}${time}` : `${written}.`;
  if (!prefix.startsWith(ARCHIVE_PREFIX)) return [];
  try {
    return newestArchiveNames(directory, prefix, limit);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/**
 * Whether a directory shows that backups go into it: by an archive, or by our marker. The mount point of an unmounted
 * disk does not.
 */
export function holdsBackups(directory: string): boolean {
  for (const { name, isFile } of Deno.readDirSync(directory)) {
    if (isFile && isArchiveName(name)) return true;
  }
  return readMarker(directory) !== null;
}

/** Whether two paths lead to the same directory; where there are no inodes, the paths decide. */
export function isSameDirectory(one: string, other: string): boolean {
  return one === other || isSameFile(one, other);
}

/**
 * Records in a backup directory that a copy was made in a place, for when its disk is unplugged.
 *
 * @param path of the copy
 * @param createdAt when the backup was made, in ISO 8601
 * @param library its real path
 */
export function rememberCopy(backupDirectory: string, path: string, createdAt: string, library: string): void {
  const copy = { directory: dirname(path), filename: basename(path), created_at: createdAt, library_path: library };
  recordCopy(backupDirectory, copy);
}

/**
 * Makes the directories of a destination that are missing.
 *
 * @param claim whether it is marked as a place for backups
 * @returns a function that removes what was made
 */
export function prepareDestination(destination: Destination, claim: boolean): () => void {
  const removeDirectories = makeDirectories(destination);
  if (!claim) return removeDirectories;
  const { directory } = destination;
  try {
    return markPlace(directory) ? takeBack : removeDirectories;
  } catch (error) {
    removeDirectories();
    throw error;
  }

  function takeBack(): void {
    removeIfPresent(join(directory, MARKER_NAME));
    removeDirectories();
  }
}

/** @returns false where another run was faster: then the marker is not ours to remove */
function markPlace(directory: string): boolean {
  try {
    writeMarker(directory, { tool: TOOL, created_at: isoSeconds(new Date()) });
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    if (readMarker(directory) !== null) return false;
    const why = `"${join(directory, MARKER_NAME)}" is in the way, and not what this program writes`;
    throw new BackupError("operation_failed", `Cannot mark the backup directory: ${why}`, "Remove it.", {
      cause: error,
    });
  }
}
