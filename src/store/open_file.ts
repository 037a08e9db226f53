/**
 * Opens what somebody else may have put there. Opening a pipe waits for its other end, possibly forever, and a device
 * may do anything: if one has taken the place of a file, nothing here waits for it or reads from it.
 *
 * @module
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  type Stats,
} from "node:fs";
import { asDeno } from "./errno.ts";
import { identityFrom } from "./identity.ts";

/** The reading side of a file, which both {@link Deno.FsFile} and the result of {@link openFile} have. */
export interface ReadableFile extends Disposable {
  /** Fills some of `buffer` and returns how much; null at the file's end. */
  readSync(buffer: Uint8Array): number | null;
  /** Moves to a position from the file's start, in bytes. */
  seekSync(offset: number, whence: Deno.SeekMode.Start): number;
  statSync(): FileFacts;
  close(): void;
}

/** What is known of an open file. */
export type FileFacts = Pick<Deno.FileInfo, "isFile" | "size" | "dev" | "ino" | "mtime">;

/** What a file must be, besides regular. */
export interface Expectations {
  /** A link is refused, not followed. */
  readonly noLinks?: boolean;
  /** The identity of the file when it was examined (see `identityOf`); null where that is not known. */
  readonly identity?: string | null;
  /** It must be writable, although what is returned is only for reading. */
  readonly writable?: boolean;
}

/** Windows has neither flag, nor pipes among its files. */
const { O_RDONLY, O_RDWR, O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants;

/**
 * Opens a regular file to read it.
 *
 * @throws {NotRegular} where something else has its name
 */
export function openFile(
  path: string,
  { noLinks = false, identity = null, writable = false }: Expectations = {},
): ReadableFile {
  const flags = (writable ? O_RDWR : O_RDONLY) | O_NONBLOCK | (noLinks ? O_NOFOLLOW : 0);
  if (noLinks && Deno.lstatSync(path).isSymlink) throw new NotRegular();
  const file = new OpenedFile(asDeno(() => openSync(path, flags)));
  try {
    const facts = file.statSync();
    if (!facts.isFile) throw new NotRegular();
    const found = identityFrom(facts);
    if (identity !== null && found !== null && identity !== found) throw new Error("it is another file by now");
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * Reads all of a regular file.
 *
 * @param maxBytes maximum size
 * @throws {RangeError} where it is larger, whatever its stated size
 */
export function readFile(path: string, maxBytes: number, expectations: Expectations = {}): Uint8Array<ArrayBuffer> {
  using file = openFile(path, expectations);
  // Some files have no size until they are read.
  let bytes = new Uint8Array(Math.min(file.statSync().size, maxBytes) + 1);
  for (let length = 0;;) {
    const read = file.readSync(bytes.subarray(length));
    if (read === null) return bytes.subarray(0, length);
    length += read;
    if (length > maxBytes) throw new RangeError(`it is larger than ${maxBytes} bytes`);
    if (length === bytes.length) bytes = enlarged(bytes, Math.min(2 * length, maxBytes + 1));
  }
}

function enlarged(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}

/** Changes the owner and mode of exactly the file that was opened, whatever has its name by then. */
export class GivenFile implements Disposable {
  readonly #descriptor: number;

  /** @throws {NotRegular} where something else has its name */
  constructor(path: string, kind: "file" | "directory" = "file") {
    this.#descriptor = asDeno(() => openSync(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW));
    const stats = fstatSync(this.#descriptor);
    if (kind === "file" ? stats.isFile() : stats.isDirectory()) return;
    closeSync(this.#descriptor);
    throw new NotRegular();
  }

  get facts():
    & Pick<Deno.FileInfo, "isFile" | "size" | "mtime">
    & Pick<Stats, "uid" | "gid" | "mode" | "ctime" | "dev" | "ino"> {
    const stats = fstatSync(this.#descriptor);
    const { size, mtime, ctime, uid, gid, mode, dev, ino } = stats;
    return { isFile: stats.isFile(), size, mtime, ctime, uid, gid, mode, dev, ino };
  }

  giveTo(uid: number, gid: number): void {
    asDeno(() => fchownSync(this.#descriptor, uid, gid));
  }

  setMode(mode: number): void {
    asDeno(() => fchmodSync(this.#descriptor, mode));
  }

  /** Waits until all of it is on the disk. */
  sync(): void {
    asDeno(() => fsyncSync(this.#descriptor));
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor);
  }
}

/** What was to be opened is not a regular file: a pipe, a device, a directory, a socket. */
export class NotRegular extends Error {
  override readonly name = "NotRegular";

  constructor() {
    super("it is not a regular file");
  }
}

/** A file opened by Node's API, which alone takes the flags that keep it from waiting. */
class OpenedFile implements ReadableFile {
  readonly #descriptor: number;
  #position = 0;
  #isOpen = true;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  readSync(buffer: Uint8Array): number | null {
    if (buffer.length === 0) return 0;
    const read = asDeno(() => readSync(this.#descriptor, buffer, 0, buffer.length, this.#position));
    this.#position += read;
    return read === 0 ? null : read;
  }

  seekSync(offset: number): number {
    return this.#position = offset;
  }

  statSync(): FileFacts {
    const stats = asDeno(() => fstatSync(this.#descriptor));
    const { size, dev, ino, mtime } = stats;
    return { isFile: stats.isFile(), size, dev, ino, mtime };
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
