import { createHash } from "node:crypto";
import {
  BLOCK_CONTENT_BYTES,
  BLOCK_HEADER_BYTES,
  blockLength,
  holds,
  MAX_BLOCK_BYTES,
  packBlockInto,
  unpackBlock,
} from "./block.ts";

/** Blocks that travel to a thread and back together: a message each would cost more than it gains. */
const BATCH_BLOCKS = 16;

/** Content of a full batch, in bytes. */
export const BATCH_CONTENT_BYTES: number = BATCH_BLOCKS * BLOCK_CONTENT_BYTES;

/**
 * Buffers for consecutive blocks, packed and unpacked, in memory shared between threads. They are reused: page faults
 * of fresh buffers this large cost more than copying their content.
 */
export class Batch {
  /** Content of the blocks, each at a multiple of {@link BLOCK_CONTENT_BYTES}. */
  readonly content: Uint8Array<SharedArrayBuffer>;
  /** The blocks, each at a multiple of {@link MAX_BLOCK_BYTES} or, as they were read, back to back. */
  readonly packed: Uint8Array<SharedArrayBuffer>;
  /** How many blocks there are. */
  count = 0;
  /** Where each block begins in `packed`. */
  readonly starts: number[] = [];
  /** Length of each block, in bytes; 0 where there is none yet. */
  readonly lengths: number[] = [];
  /** Length of each block's content, in bytes. */
  readonly contentLengths: number[] = [];

  constructor(memory: BatchMemory = newMemory()) {
    this.content = new Uint8Array(memory.content);
    this.packed = new Uint8Array(memory.packed);
  }

  /** In the form that a message can carry. */
  get memory(): BatchMemory {
    return { content: this.content.buffer, packed: this.packed.buffer };
  }

  /** Starts over with the first `length` bytes of `content`, to be packed. */
  setContent(length: number): void {
    this.count = Math.ceil(length / BLOCK_CONTENT_BYTES);
    for (let index = 0; index < this.count; index++) {
      this.starts[index] = index * MAX_BLOCK_BYTES;
      this.lengths[index] = 0;
      this.contentLengths[index] = Math.min(length - index * BLOCK_CONTENT_BYTES, BLOCK_CONTENT_BYTES);
    }
  }

  /**
   * Starts over with the whole blocks among the first `filled` bytes of `packed`, to be unpacked.
   *
   * @returns the bytes that they take
   * @throws {BackupError} `invalid_archive`, where no block begins where one should
   */
  setPacked(filled: number): number {
    let at = 0;
    this.count = 0;
    // Zeros may follow the last block.
    while (this.count < BATCH_BLOCKS && at + BLOCK_HEADER_BYTES <= filled && (at === 0 || this.packed[at] !== 0)) {
      const length = blockLength(this.packed.subarray(at, at + BLOCK_HEADER_BYTES));
      if (at + length > filled) break;
      this.starts[this.count] = at;
      this.lengths[this.count++] = length;
      at += length;
    }
    return at;
  }

  /** The block at `index`, as it is packed. */
  block(index: number): Uint8Array<SharedArrayBuffer> {
    const start = this.starts[index] ?? 0;
    return this.packed.subarray(start, start + (this.lengths[index] ?? 0));
  }

  /** Space for the block at `index`, which is still to be packed. */
  roomFor(index: number): Uint8Array<SharedArrayBuffer> {
    return this.packed.subarray(index * MAX_BLOCK_BYTES, (index + 1) * MAX_BLOCK_BYTES);
  }

  /** The content of the block at `index`. */
  contentOf(index: number): Uint8Array<SharedArrayBuffer> {
    const start = index * BLOCK_CONTENT_BYTES;
    return this.content.subarray(start, start + (this.contentLengths[index] ?? 0));
  }
}

/** The memory of a batch. */
export interface BatchMemory {
  readonly content: SharedArrayBuffer;
  readonly packed: SharedArrayBuffer;
}

function newMemory(): BatchMemory {
  return {
    content: new SharedArrayBuffer(BATCH_CONTENT_BYTES),
    packed: new SharedArrayBuffer(BATCH_BLOCKS * MAX_BLOCK_BYTES),
  };
}

/** SHA-256 of each block's content, in hexadecimal. */
export function hashBatch(batch: Batch): string[] {
  return indexesOf(batch).map((index) => createHash("sha256").update(batch.contentOf(index)).digest("hex"));
}

/**
 * Packs the blocks of a batch that are not there yet. Blocks copied from another archive are there already; one that
 * does not hold the content is packed anew.
 *
 * @returns the indexes of those that did not hold it
 */
export function packBatch(batch: Batch, level: number): number[] {
  const damaged: number[] = [];
  for (const index of indexesOf(batch)) {
    const content = batch.contentOf(index);
    if (batch.lengths[index] !== 0) {
      if (holds(batch.block(index), content)) continue;
      damaged.push(index);
    }
    batch.lengths[index] = packBlockInto(batch.roomFor(index), content, level);
  }
  return damaged;
}

/**
 * Unpacks the blocks of a batch, and verifies all that they say of themselves.
 *
 * @throws {BackupError} `invalid_archive`
 */
export function unpackBatch(batch: Batch): void {
  for (const index of indexesOf(batch)) {
    const content = unpackBlock(batch.block(index));
    batch.content.set(content, index * BLOCK_CONTENT_BYTES);
    batch.contentLengths[index] = content.length;
  }
}

function indexesOf({ count }: Batch): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
