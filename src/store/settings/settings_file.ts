/**
 * Files of other programs, read and written by name in directories that may also contain links and pipes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { closeSync, constants, fchmodSync, fchownSync, fsyncSync, futimesSync, openSync, writeSync } from "node:fs";
import { asDeno, errnoOf, KEEPS_NO_MODES } from "../errno.ts";
import { fill } from "../file_bytes.ts";
import { openFile } from "../open_file.ts";
import { PRIVATE_FILE } from "../private_file.ts";
import { removeIfPresent } from "../publish.ts";

/** Windows has no flag for links; there, too, nothing is made where something exists. */
const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
const READ_BYTES = 64 * 1024;

/** Mode bits that a settings file always gets: read and write for its owner. */
const OWNER_BITS = 0o600;
/** Mode bits that a settings file may get: never executable, and never writable by others. */
export const SETTING_BITS = 0o644;

/** The mode of a settings file that had this one, or null where there were none, on the machine it comes from. */
export function settingMode(mode: number | null): number {
  return OWNER_BITS | (mode ?? 0) & SETTING_BITS;
}

/** The attributes of a new file. */
export interface FileTraits {
  /** Lowest nine bits. */
  readonly mode: number;
  /** IDs of its owner and group; null for those of whoever makes it. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** Modification time; null for now. */
  readonly modified: Date | null;
}

/**
 * SHA-256 of a regular file, in hexadecimal.
 *
 * @throws {NotRegular} where something else has its name, including a link
 */
export function hashFile(path: string): string {
  const hash = createHash("sha256");
  readPieces(path, (piece) => void hash.update(piece));
  return hash.digest("hex");
}

/**
 * Writes and syncs a new file, or nothing where something exists at the path, even a link.
 *
 * @throws {Error} `EEXIST`
 */
export function writeNewFile(path: string, bytes: Uint8Array, traits: FileTraits): void {
  makeFile(path, traits, (write) => write(bytes));
}

/** The same with the content of another file, a regular one. */
export function copyToNewFile(from: string, path: string, traits: FileTraits): void {
  makeFile(path, traits, (write) => readPieces(from, write));
}

function makeFile(path: string, traits: FileTraits, fill: (write: (bytes: Uint8Array) => void) => void): void {
  const file = asDeno(() => openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE_FILE));
  try {
    fill((bytes) => {
      for (let at = 0; at < bytes.length;) at += asDeno(() => writeSync(file, bytes, at, bytes.length - at));
    });
    asDeno(() => fsyncSync(file));
    // Last, so that nobody else reads what is half written.
    setTraits(file, traits);
  } catch (error) {
    // Windows removes nothing that is open.
    closeSync(file);
    removeIfPresent(path);
    throw error;
  }
  closeSync(file);
}

function setTraits(file: number, { mode, owner, modified }: FileTraits): void {
  if (Deno.build.os !== "windows") {
    if (owner !== null) asFarAsKept(() => fchownSync(file, owner.uid, owner.gid));
    asFarAsKept(() => fchmodSync(file, mode));
  }
  if (modified !== null) asFarAsKept(() => futimesSync(file, modified, modified));
}

/** Sets what the file system keeps; otherwise the file stays private to whoever makes it. */
function asFarAsKept(act: () => void): void {
  try {
    asDeno(act);
  } catch (error) {
    if (!KEEPS_NO_MODES.has(errnoOf(error))) throw error;
  }
}

function readPieces(path: string, take: (piece: Uint8Array) => void): void {
  using file = openFile(path, { noLinks: true });
  const buffer = new Uint8Array(READ_BYTES);
  for (let length = buffer.length; length === buffer.length;) {
    length = fill(file, buffer);
    take(buffer.subarray(0, length));
  }
}
