import { Buffer } from "node:buffer";
import { identityFrom, isSameFile, lstatIfPresent } from "./identity.ts";
import { openFile, type ReadableFile } from "./open_file.ts";
import { createPrivateFile } from "./private_file.ts";

const COMPARED_BYTES = 1024 * 1024;
const SCANNED_BYTES = 256 * 1024;

/** Reads up to `length` bytes from `offset` on; fewer where the file ends, none before its start. */
export function readAt(file: ReadableFile, offset: number, length: number): Uint8Array<ArrayBuffer> {
  if (offset < 0) return new Uint8Array();
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, fillAt(file, offset, bytes));
}

/** Fills `buffer` from `offset` on and returns how many bytes there were before the file's end. */
export function fillAt(file: ReadableFile, offset: number, buffer: Uint8Array): number {
  file.seekSync(offset, Deno.SeekMode.Start);
  return fill(file, buffer);
}

/** Fills `buffer` from the file's position on and returns how many bytes there were before the file's end. */
export function fill(file: ReadableFile, buffer: Uint8Array): number {
  let filled = 0;
  while (filled < buffer.length) {
    const read = file.readSync(buffer.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return filled;
}

/** Writes all of `bytes` at the file's position and returns how many there were. */
export function writeAll(file: Deno.FsFile, bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  return bytes.length;
}

/** Whether all of the bytes are zero. */
export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 0) return false;
  }
  return true;
}

/** Whether a file contains only zeros from `start` to its end at `total`, as a tape or a copying program adds. */
export function isZeroFrom(file: ReadableFile, start: number, total: number): boolean {
  for (let at = start; at < total; at += SCANNED_BYTES) {
    if (!isZero(readAt(file, at, SCANNED_BYTES))) return false;
  }
  return true;
}

/** Copies a regular file, not a link, into a new one that only its owner can read. */
export function copyFile(path: string, copy: string): void {
  using from = openFile(path, { noLinks: true });
  using to = createPrivateFile(copy);
  const bytes = new Uint8Array(COMPARED_BYTES);
  for (let filled = -1; filled !== 0;) {
    filled = fill(from, bytes);
    writeAll(to, bytes.subarray(0, filled));
  }
}

/** Whether both paths name files, and these hold the same bytes; links are not followed. */
export function hasSameContent(path: string, other: string): boolean {
  if (isSameFile(path, other)) return true;
  const [one, two] = [lstatIfPresent(path), lstatIfPresent(other)];
  if (!one?.isFile || !two?.isFile || one.size !== two.size) return false;
  using file = openFile(path, { noLinks: true, identity: identityFrom(one) });
  using against = openFile(other, { noLinks: true, identity: identityFrom(two) });
  const [bytes, expected] = [Buffer.alloc(COMPARED_BYTES), Buffer.alloc(COMPARED_BYTES)];
  for (let filled = -1; filled !== 0;) {
    filled = fill(file, bytes);
    const length = fill(against, expected);
    if (!bytes.subarray(0, filled).equals(expected.subarray(0, length))) return false;
  }
  return true;
}
