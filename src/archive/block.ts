/**
 * One block of an archive: a gzip member (RFC 1952) whose header says how long it is and what it holds.
 *
 * ```
 *  0  1f 8b 08 04        magic, deflate, FEXTRA and nothing else
 *  4  00 00 00 00        MTIME: none
 *  8  00 ff              XFL: none; OS: unknown
 * 10  2c 00              XLEN = 44
 * 12  56 42 28 00        subfield "VB", 40 bytes
 * 16  length of the whole member in bytes, u32 little endian
 * 20  CRC-32 of the deflate data, u32 little endian
 * 24  SHA-256 of the content, 32 bytes
 * 56  deflate data (RFC 1951)
 *     CRC-32 of the content, length of the content: u32 little endian each
 * ```
 *
 * Every gzip reader takes a run of blocks as one stream. The CRC-32 of the deflate data is there because the last
 * byte of such data has bits that carry nothing: without it, a flip there would go unseen.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { crc32, deflateRawSync, inflateRawSync } from "node:zlib";
import { BackupError } from "../errors.ts";

/** Length of a block's header, in bytes. */
export const BLOCK_HEADER_BYTES = 56;
const TRAILER_BYTES = 8;

/**
 * The library is cut into blocks at multiples of this, in bytes. After a night of VPO's work no 1 MiB block is
 * unchanged, but half of those of 64 KiB are; smaller ones cost more space than they save.
 */
export const BLOCK_CONTENT_BYTES = 64 * 1024;

/** No member is longer, in bytes: deflate's fixed code takes 9 bits for a byte at the worst (RFC 1951, 3.2.6). */
export const MAX_BLOCK_BYTES = BLOCK_CONTENT_BYTES / 8 * 9 + 1024;

// deno-fmt-ignore
const PREFIX = new Uint8Array([
  0x1f, 0x8b, 0x08, 0x04, 0, 0, 0, 0, 0, 0xff, BLOCK_HEADER_BYTES - 12, 0, 0x56, 0x42, BLOCK_HEADER_BYTES - 16, 0,
]);

/** The smallest piece that zlib gives, in bytes. */
const MIN_PIECE_BYTES = 64;

const LENGTH_AT = 16;
const DATA_CRC_AT = 20;
const SHA256_AT = 24;
const SHA256_BYTES = 32;

/** Packs `content`, at most {@link BLOCK_CONTENT_BYTES}, into one block in a buffer of its own; `level` 0 stores it. */
export function packBlock(content: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(MAX_BLOCK_BYTES);
  return block.slice(0, packBlockInto(block, content, level));
}

/**
 * Packs `content` into one block at the start of `block`, and unpacks it again to verify it.
 *
 * @param block at least {@link MAX_BLOCK_BYTES}
 * @returns the block's length in bytes
 */
export function packBlockInto(block: Uint8Array, content: Uint8Array, level: number): number {
  // In one piece: joining many small ones takes a while.
  const data = deflateRawSync(content, { level, chunkSize: MAX_BLOCK_BYTES });
  const length = BLOCK_HEADER_BYTES + data.length + TRAILER_BYTES;
  const view = viewOf(block);
  block.set(PREFIX);
  view.setUint32(LENGTH_AT, length, true);
  view.setUint32(DATA_CRC_AT, crc32(data), true);
  block.set(sha256(content), SHA256_AT);
  block.set(data, BLOCK_HEADER_BYTES);
  view.setUint32(length - 8, crc32(content), true);
  view.setUint32(length - 4, content.length, true);
  const unpack = () => inflate(dataOf(block.subarray(0, length)), content.length);
  if (!gives(unpack, content)) throw new Error("compressing a block lost what was in it");
  return length;
}

/** Whether a whole block is intact and holds just this content, byte for byte. */
export function holds(block: Uint8Array, content: Uint8Array): boolean {
  return gives(() => unpackBlock(block), content);
}

/** Whether `bytes` begin like a block of this program; other gzip members do not. */
export function beginsBlock(bytes: Uint8Array): boolean {
  return bytes.length >= BLOCK_HEADER_BYTES && mayBeginBlock(bytes);
}

/** The same of bytes that may be fewer than a header has. */
export function mayBeginBlock(bytes: Uint8Array): boolean {
  return PREFIX.every((byte, index) => index >= bytes.length || bytes[index] === byte);
}

/** Where the next block of this program may begin in `bytes`, from `start` on; null where none does. */
export function nextBlockStart(bytes: Uint8Array, start: number): number | null {
  const found = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(PREFIX, start);
  return found === -1 ? null : found;
}

/**
 * Length of the whole member that begins with `header`, in bytes.
 *
 * @throws {BackupError} `invalid_archive`, when this is not the canonical header of a block
 */
export function blockLength(header: Uint8Array): number {
  if (!beginsBlock(header)) throw damaged("a block does not begin where it should");
  const length = viewOf(header).getUint32(LENGTH_AT, true);
  if (length <= BLOCK_HEADER_BYTES + TRAILER_BYTES || length > MAX_BLOCK_BYTES) {
    throw damaged("a block has an impossible length");
  }
  return length;
}

/** SHA-256 that a header gives for the block's content, in hexadecimal. */
export function blockContentHash(header: Uint8Array): string {
  return Buffer.from(header.buffer, header.byteOffset + SHA256_AT, SHA256_BYTES).toString("hex");
}

/**
 * Whether a whole block has the length and the compressed data that its header states; its content is not examined.
 */
function isIntact(block: Uint8Array): boolean {
  if (!beginsBlock(block) || blockLength(block) !== block.length) return false;
  return crc32(dataOf(block)) === viewOf(block).getUint32(DATA_CRC_AT, true);
}

/**
 * Content of a whole block, after verifying all that the block says of itself.
 *
 * @throws {BackupError} `invalid_archive`, when a single bit of the block is wrong
 */
export function unpackBlock(block: Uint8Array): Uint8Array {
  if (blockLength(block) !== block.length) throw damaged("a block is cut short");
  const view = viewOf(block);
  if (!isIntact(block)) throw damaged("the checksum of a block's data is wrong");
  const length = view.getUint32(block.length - 4, true);
  const content = inflate(dataOf(block), Math.min(length, BLOCK_CONTENT_BYTES));
  if (
    content.length !== length ||
    crc32(content) !== view.getUint32(block.length - 8, true) ||
    !sha256(content).equals(block.subarray(SHA256_AT, SHA256_AT + SHA256_BYTES))
  ) {
    throw damaged("the checksum of a block's content is wrong");
  }
  return content;
}

/** @param length the stated length, in bytes; if that is right the content comes in one piece */
function inflate(data: Uint8Array, length: number): Uint8Array {
  const { buffer, engine } = inflateWhole(data, Math.max(length + 1, MIN_PIECE_BYTES));
  if (engine.bytesWritten !== data.length) throw damaged("a block has something after its data");
  return buffer;
}

/** What was decompressed, and how much of the input that took. */
interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

function inflateWhole(data: Uint8Array, chunkSize: number): Inflated {
  try {
    const options = { maxOutputLength: BLOCK_CONTENT_BYTES, chunkSize, info: true };
    return inflateRawSync(data, options) as unknown as Inflated;
  } catch (cause) {
    if (!isOfData(cause)) throw cause;
    throw damaged("a block cannot be decompressed", cause);
  }
}

/** Whether zlib refused its input; it may also lack memory. */
export function isOfData(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return ["Z_DATA_ERROR", "Z_BUF_ERROR", "Z_NEED_DICT", "ERR_BUFFER_TOO_LARGE"].includes(code);
}

/** The deflate data of a whole block. */
function dataOf(block: Uint8Array): Uint8Array {
  return block.subarray(BLOCK_HEADER_BYTES, block.length - TRAILER_BYTES);
}

/** Whether unpacking gives this content, and nothing is found damaged. */
function gives(unpack: () => Uint8Array, content: Uint8Array): boolean {
  try {
    return Buffer.from(content.buffer, content.byteOffset, content.length).equals(unpack());
  } catch (error) {
    if (error instanceof BackupError) return false;
    throw error;
  }
}

function sha256(bytes: Uint8Array) {
  return createHash("sha256").update(bytes).digest();
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(why: string, cause?: unknown): BackupError {
  return new BackupError("invalid_archive", `the archive is damaged: ${why}`, null, { cause });
}
