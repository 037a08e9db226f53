import { statfsSync } from "node:fs";
import { BackupError } from "../errors.ts";

/** Room left over for what is not counted, in bytes: SQLite's side files, directory entries, the log. */
export const SPACE_MARGIN_BYTES = 16 * 1024 * 1024;

/** What SQLite needs for a new side file beside a database, in bytes, and more than a file system rounds up to. */
const SIDE_FILE_BYTES = 128 * 1024;

/** Bytes that this user may still write on the file system of `directory`. */
export function freeBytes(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

/**
 * Makes sure that `needed` bytes and a margin can be written into `directory`.
 *
 * @param action what cannot be done otherwise: "Cannot back up the library"
 * @throws {BackupError} `insufficient_space`
 */
export function requireSpace(directory: string, needed: number, action: string): void {
  const free = freeBytes(directory);
  const wanted = needed + SPACE_MARGIN_BYTES;
  if (free < wanted) throw insufficientSpace(action, directory, `${inMB(wanted)} are needed, ${inMB(free)} are free`);
}

/** Whether the file system of `directory` has no room even for one of SQLite's side files; false where nobody can tell. */
export function isFull(directory: string): boolean {
  try {
    return freeBytes(directory) < SIDE_FILE_BYTES;
  } catch {
    return false;
  }
}

/** The error for a disk that is full, or too full. */
export function insufficientSpace(action: string, directory: string, why: string, cause?: unknown): BackupError {
  return new BackupError(
    "insufficient_space",
    `${action}: not enough space in "${directory}": ${why}`,
    "Free some space there, or name another directory.",
    { cause },
  );
}

function inMB(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
