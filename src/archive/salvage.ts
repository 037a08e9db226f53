/**
 * What is left of a damaged archive: its sound blocks, and where in the library their content belongs. A block does not
 * say which one it is, so blocks are counted from the start, and from the end mark backwards; those between two gaps of
 * unknown length are not placed at all.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { BackupError } from "../errors.ts";
import { isZeroFrom, readAt } from "../store/file_bytes.ts";
import { type Metadata, parseMetadata } from "../store/metadata.ts";
import type { ReadableFile } from "../store/open_file.ts";
import {
  beginsBlock,
  BLOCK_CONTENT_BYTES,
  BLOCK_HEADER_BYTES,
  blockLength,
  MAX_BLOCK_BYTES,
  nextBlockStart,
  unpackBlock,
} from "./block.ts";
import type { Advance } from "./read.ts";
import { TAR_RECORD_BYTES } from "./tar/tar_frame.ts";
import { TarReader } from "./tar/tar_reader.ts";
import { tailBlock } from "./write.ts";

/** Blocks of the metadata and of the database's header; those of the settings are between them. */
const FRAME_BLOCKS = 2;
/** The block of the database's header holds no more than this, in bytes: a PAX header may come with it. */
const MAX_HEADER_CONTENT_BYTES = 3 * TAR_RECORD_BYTES;
const SEARCHED_BYTES = 256 * 1024;

/** Consecutive blocks of one kind; `lost` stands for one or more, an unknown number. */
interface Stretch {
  readonly kind: "sound" | "damaged" | "lost";
  /** Offset of the first block in the archive, in bytes. */
  readonly at: number;
  count: number;
}

/** Consecutive sound blocks, and which ones of the database they are; null where that cannot be told. */
export interface SoundBlocks {
  readonly at: number;
  readonly count: number;
  /** Index of the first one, counted from the database's first block; earlier blocks are negative. */
  readonly first: number | null;
}

/** What is left of an archive. */
export interface Remains {
  /** Size of the database in bytes. */
  readonly size: number;
  /** Null where their block is damaged. */
  readonly metadata: Metadata | null;
  readonly blocks: readonly SoundBlocks[];
}

/**
 * Whether a file contains a block of this program: no part of another archive can be read without what precedes it.
 */
export function hasBlocks(archive: ReadableFile): boolean {
  return findStart(archive, 0, archive.statSync().size) !== null;
}

/**
 * Finds the sound blocks of an archive of this program, each verified by all that it says of itself.
 *
 * @throws {BackupError} `invalid_archive`, where nothing sound says how large the library is, or the blocks are not
 * those of one archive
 */
export function findRemains(archive: ReadableFile, advance: Advance): Remains {
  const total = archive.statSync().size;
  const stretches: Stretch[] = [];
  const facts = new FrameFacts();
  let isEndMark = false;
  for (let at = 0; at < total;) {
    advance(at, total);
    // Zeros may follow the last block.
    if (readAt(archive, at, 1)[0] === 0 && isZeroFrom(archive, at, total)) break;
    const found = lookAt(archive, at, total);
    isEndMark = false;
    if (found === null) {
      stretches.push({ kind: "lost", at, count: 1 });
      at = nextBlock(archive, at + 1, total) ?? total;
      continue;
    }
    const { block, content } = found;
    const kind = content === null ? "damaged" : "sound";
    const last = stretches.at(-1);
    const isHeader = content !== null && facts.offer(content);
    // Where nothing says how many blocks precede it, blocks are counted from it.
    if (isHeader && facts.metadata === null) stretches.splice(0, Infinity, { kind, at, count: 1 });
    else if (last?.kind === kind) last.count++;
    else stretches.push({ kind, at, count: 1 });
    isEndMark = Buffer.from(tailBlock()).equals(block);
    at += block.length;
  }
  const size = facts.requireSize();
  return { size, metadata: facts.metadata, blocks: place(stretches, facts.framesBefore, size, isEndMark) };
}

/**
 * Yields the content of the blocks that have a place, with its offset in the database.
 *
 * @throws {BackupError} `invalid_archive`, where one does not fit into its place
 */
export function* contentOfRemains(
  archive: ReadableFile,
  { size, blocks }: Remains,
): Generator<{ readonly offset: number; readonly content: Uint8Array }> {
  const database = Math.ceil(size / BLOCK_CONTENT_BYTES);
  for (const { at: start, count, first } of blocks) {
    if (first === null) continue;
    for (let index = first, at = start; index < Math.min(first + count, database); index++) {
      const length = blockLength(readAt(archive, at, BLOCK_HEADER_BYTES));
      if (index >= 0) {
        const offset = index * BLOCK_CONTENT_BYTES;
        const content = unpackBlock(readAt(archive, at, length));
        if (content.length !== Math.min(BLOCK_CONTENT_BYTES, size - offset)) throw confused();
        yield { offset, content };
      }
      at += length;
    }
  }
}

/**
 * The whole block at a place; without its content where it is damaged. Null where it is not certain that a block is
 * there.
 */
function lookAt(
  archive: ReadableFile,
  at: number,
  total: number,
): { readonly block: Uint8Array; readonly content: Uint8Array | null } | null {
  const bytes = readAt(archive, at, MAX_BLOCK_BYTES);
  const length = beginsBlock(bytes) ? tryReading(() => blockLength(bytes)) : null;
  if (length === null || length > bytes.length) return null;
  const block = bytes.subarray(0, length);
  const content = tryReading(() => unpackBlock(block));
  // If its length is right as well, another block or the end follows. Blocks that could not be compressed all have one
  // length: there, it may as well be the beginning of one and the end of a later one.
  const isOfCommonLength = length > BLOCK_CONTENT_BYTES;
  const end = at + length;
  const isFollowed = () => end === total || beginsBlock(readAt(archive, end, BLOCK_HEADER_BYTES));
  return content !== null || !isOfCommonLength && isFollowed() ? { block, content } : null;
}

function tryReading<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof BackupError && error.code === "invalid_archive") return null;
    throw error;
  }
}

/** Where the next certain block is, from `start` on. */
function nextBlock(archive: ReadableFile, start: number, total: number): number | null {
  for (let at = findStart(archive, start, total); at !== null; at = findStart(archive, at + 1, total)) {
    if (lookAt(archive, at, total) !== null) return at;
  }
  return null;
}

function findStart(archive: ReadableFile, start: number, total: number): number | null {
  for (let at = start; at < total; at += SEARCHED_BYTES) {
    // A block may begin where this piece ends.
    const found = nextBlockStart(readAt(archive, at, SEARCHED_BYTES + BLOCK_HEADER_BYTES), 0);
    if (found !== null) return at + found;
  }
  return null;
}

/** What the blocks of the metadata and of the database's header say. */
class FrameFacts {
  metadata: Metadata | null = null;
  #size: number | null = null;
  #offered = 0;

  /**
   * Takes the content of the next sound block.
   *
   * @returns whether it is that of the database's header
   */
  offer(content: Uint8Array): boolean {
    const mayBeMetadata = this.#offered++ === 0;
    const mayBeHeader = this.#size === null && content.length <= MAX_HEADER_CONTENT_BYTES;
    if (!mayBeMetadata && !mayBeHeader) return false;
    // The reader recognizes a member by its header, whatever came before.
    tryReading(() =>
      new TarReader({
        metadata: (bytes) => this.metadata = parseMetadata(bytes),
        database: (size) => this.#size = size,
        data: () => {},
      }).push(content)
    );
    return mayBeHeader && this.#size !== null;
  }

  requireSize(): number {
    const size = this.metadata?.database_size_bytes ?? this.#size;
    if (size === null) {
      throw new BackupError("invalid_archive", "too little is left of it: nothing sound says how large its library is");
    }
    if (this.#size !== null && this.#size !== size) throw confused();
    return size;
  }

  /** Blocks before the database, from where blocks are counted. */
  get framesBefore(): number {
    return this.metadata === null ? 1 : FRAME_BLOCKS + (this.metadata.settings?.blocks ?? 0);
  }
}

/**
 * Finds out which blocks the sound ones are.
 *
 * @param before blocks before the database, from the first stretch on
 * @param size of the database in bytes
 * @param isEndMark the last one is the last one of the archive
 */
function place(stretches: readonly Stretch[], before: number, size: number, isEndMark: boolean): SoundBlocks[] {
  const total = before + Math.ceil(size / BLOCK_CONTENT_BYTES) + 1;
  const known = stretches.reduce((sum, { kind, count }) => kind === "lost" ? sum : sum + count, 0);
  const gaps = stretches.filter(({ kind }) => kind === "lost").length;
  const lost = total - known;
  if (lost < (isEndMark ? gaps : 0) || isEndMark && gaps === 0 && lost > 0) throw confused();
  // Every gap has lost at least one block.
  const isEachOne = isEndMark && lost === gaps;
  const firsts = new Map<Stretch, number>();
  let index = 0;
  for (const stretch of stretches) {
    if (stretch.kind === "lost" && !isEachOne) break;
    firsts.set(stretch, index);
    index += stretch.count;
  }
  index = total;
  for (const stretch of isEndMark ? stretches.toReversed() : []) {
    if (stretch.kind === "lost") break;
    index -= stretch.count;
    firsts.set(stretch, index);
  }
  return stretches.filter(({ kind }) => kind === "sound").map((stretch) => {
    const first = firsts.get(stretch);
    return { at: stretch.at, count: stretch.count, first: first === undefined ? null : first - before };
  });
}

function confused(): BackupError {
  return new BackupError(
    "invalid_archive",
    "its blocks do not fit together: they are not all from one archive",
  );
}
