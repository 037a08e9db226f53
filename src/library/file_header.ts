import { readAt } from "../store/file_bytes.ts";
import type { ReadableFile } from "../store/open_file.ts";

/**
 * Length of the fixed part of a database file's header, in bytes.
 *
 * Source: SQLite, "Database File Format", section 1.3.
 */
export const HEADER_BYTES = 100;
const MAGIC = new TextEncoder().encode("SQLite format 3\0");
const PAGE_SIZE_AT = 16;
const WRITE_VERSION_AT = 18;
const READ_VERSION_AT = 19;
/** 1: rollback journal, 2: write-ahead log; SQLite opens newer ones only for reading, or not at all. */
const NEWEST_VERSION = 2;
const CHANGE_COUNTER_AT = 24;
const PAGE_COUNT_AT = 28;
const VALID_FOR_AT = 92;

/** What the header of a database file says. */
export interface FileHeader {
  /** In bytes, 512 to 65536. */
  readonly pageSize: number;
  /** Number of pages, or null where the header's count is not valid (written by SQLite before 3.7). */
  readonly pageCount: number | null;
  /** Whether it keeps a write-ahead log. */
  readonly isWal: boolean;
}

/**
 * Reads the header of a database that no connection of this process has open: closing the file would drop SQLite's
 * locks.
 *
 * @returns null where the file does not begin like a database that SQLite can use
 */
export function readFileHeader(file: ReadableFile): FileHeader | null {
  return parseFileHeader(readAt(file, 0, HEADER_BYTES));
}

/**
 * The header in the first {@link HEADER_BYTES} bytes of a database.
 *
 * @returns null where they are not those of a database that SQLite can use
 */
export function parseFileHeader(bytes: Uint8Array): FileHeader | null {
  if (bytes.length < HEADER_BYTES || !MAGIC.every((byte, index) => bytes[index] === byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const stored = view.getUint16(PAGE_SIZE_AT);
  const pageSize = stored === 1 ? 65536 : stored;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) return null;
  if (Math.max(view.getUint8(WRITE_VERSION_AT), view.getUint8(READ_VERSION_AT)) > NEWEST_VERSION) return null;
  const pageCount = view.getUint32(PAGE_COUNT_AT);
  const isValid = pageCount > 0 && view.getUint32(CHANGE_COUNTER_AT) === view.getUint32(VALID_FOR_AT);
  const isWal = view.getUint8(READ_VERSION_AT) === NEWEST_VERSION;
  return { pageSize, pageCount: isValid ? pageCount : null, isWal };
}

/** Why a database with this header cannot be `size` bytes long; null where it can. */
export function whyWrongSize({ pageSize, pageCount }: Omit<FileHeader, "isWal">, size: number): string | null {
  if (size % pageSize === 0 && (pageCount === null || size === pageSize * pageCount)) return null;
  return `it is ${size} bytes long, which is not ${pageCount ?? "any number of"} pages`;
}
