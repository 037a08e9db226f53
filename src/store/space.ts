import { statfsSync, type StatsFsBase } from "node:fs";
import { dirname } from "node:path";
import { BackupError } from "../errors.ts";
import { asDeno } from "./errno.ts";
import { writeAll } from "./file_bytes.ts";
import { openOwn } from "./private_file.ts";

/** Space to spare for what is not counted, in bytes: SQLite's side files, directory entries, the log. */
export const SPACE_MARGIN_BYTES = 16 * 1024 * 1024;

/** The archive's share of its library's size: the least and the most, for which space is reserved. */
export const ARCHIVE_SHARE = { min: 0.2, max: 0.5 } as const;

/** What SQLite needs for a new side file, in bytes, rounded up further than any file system does. */
const SIDE_FILE_BYTES = 128 * 1024;

/** Bytes that this user may still write on the file system of `directory`. */
export function freeBytes(directory: string): number {
  // Blocks are counted in fragments, whose size differs from the block size on network mounts (statfs(2)).
  const facts = asDeno(() => statfsSync(directory)) as StatsFsBase<number> & { readonly frsize?: number };
  const { bavail, bsize, frsize } = facts;
  return bavail * (frsize || bsize);
}

/**
 * Makes sure that `needed` bytes and a margin fit into `directory`.
 *
 * @param action what otherwise fails: "Cannot back up the library"
 * @throws {BackupError} `insufficient_space`
 */
export function requireSpace(directory: string, needed: number, action: string): void {
  requireFree(directory, directory, needed, action);
}

/** The same for a work directory; the error names its parent. */
export function requireWorkSpace(work: string, needed: number, action: string): void {
  requireFree(work, dirname(work), needed, action);
}

function requireFree(directory: string, named: string, needed: number, action: string): void {
  const free = freeBytes(directory);
  const wanted = needed + SPACE_MARGIN_BYTES;
  if (free < wanted) throw insufficientSpace(action, named, `${inMB(wanted)} are needed, ${inMB(free)} are free`);
}

/**
 * Whether a file system that says it is full lacks inodes. Some that have no inodes at all report zero as well, such as
 * an rclone mount, while they accept every file.
 */
export function lacksInodes(directory: string): boolean {
  try {
    const { files, ffree } = statfsSync(directory);
    return files > 0 && ffree === 0;
  } catch {
    return false;
  }
}

/** Whether the file system of `directory` cannot even take one of SQLite's side files; false where nobody can tell. */
export function isFull(directory: string): boolean {
  try {
    return freeBytes(directory) < SIDE_FILE_BYTES;
  } catch {
    return false;
  }
}

const FILLED_BYTES = 256 * 1024;

/**
 * Why SQLite could not write one of our files of `size` bytes: a full disk, a quota, a limit. SQLite only says that it
 * failed, and removes what it wrote, so the file is filled with zeros to find out.
 *
 * @returns null where it can have that size
 */
export function whyNotFilled(path: string, size: number): unknown {
  try {
    using file = openOwn(path);
    const zeros = new Uint8Array(FILLED_BYTES);
    for (let done = 0; done < size;) done += writeAll(file, zeros);
    file.syncSync();
    return null;
  } catch (error) {
    return error;
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
