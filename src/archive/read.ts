import { once } from "node:events";
import { createGunzip } from "node:zlib";
import { BackupError } from "../errors.ts";
import { fillAt, isZeroFrom, readAt } from "../store/file_bytes.ts";
import { isOwnMetadata, type Metadata, parseMetadata } from "../store/metadata.ts";
import type { ReadableFile } from "../store/open_file.ts";
import type { Batch } from "./batch.ts";
import { beginsBlock, BLOCK_CONTENT_BYTES, BLOCK_HEADER_BYTES, blockLength, unpackBlock } from "./block.ts";
import { type BlockCoder, inBatches, LOCAL_CODER } from "./block_pool.ts";
import { BufferGc } from "./buffer_gc.ts";
import { TAR_TAIL } from "./tar_frame.ts";
import { TarReader, type TarSink } from "./tar_reader.ts";
import { tailBlock } from "./write.ts";

const READ_BYTES = 256 * 1024;
/** As much as a batch of blocks usually takes: what is left over is read again. */
const BATCH_READ_BYTES = 512 * 1024;
/** Deflate makes nothing smaller than by this factor: 258 bytes take two bits. */
const MAX_DEFLATE_RATIO = 1032;

/** Where the database of an archive goes while it is read. */
export interface DatabaseSink {
  /** The database begins and is `size` bytes long; the metadata is known already in archives of this program. */
  begin(size: number, metadata: Metadata | null): void;
  /** The next bytes of it; the chunk is valid during the call only. */
  write(chunk: Uint8Array): void;
}

/** Progress through the archive file, in bytes. What it throws ends the reading. */
export type Advance = (done: number, total: number) => void;

/**
 * Reads a whole archive, to the end of its gzip stream, so that every checksum in it is checked.
 *
 * Archives of this program are read in their one canonical form; VPO's as any gzip reader would.
 *
 * @throws {BackupError} `invalid_archive`
 */
export async function readArchive(
  archive: ReadableFile,
  sink: DatabaseSink,
  advance: Advance,
  coder: BlockCoder = LOCAL_CODER,
): Promise<Metadata> {
  const total = archive.statSync().size;
  const parts = new MemberParts(sink, total * MAX_DEFLATE_RATIO);
  const tar = new TarReader(parts);
  const canonical = beginsBlock(readAt(archive, 0, BLOCK_HEADER_BYTES));
  const chunks = canonical ? contentOfBlocks(archive, total, advance, coder) : contentOfGzip(archive, total, advance);
  for await (const chunk of chunks) {
    tar.push(chunk);
    if (canonical) parts.requireCut(chunk.length);
  }
  tar.end();
  const metadata = parts.required();
  if (!canonical && isOwnMetadata(metadata)) {
    throw new BackupError(
      "invalid_archive",
      "the archive is damaged: it is not in the form in which it was written",
      "If it was compressed again on purpose, unpack it with tar and copy library.db from it by hand.",
    );
  }
  return metadata;
}

/**
 * Reads only what is needed to know an archive's metadata: the first and the last block of an archive of this program;
 * all of one that VPO wrote, because there the metadata stands last, and all of one whose end is not in place.
 *
 * @param sink gets the database where all is read
 * @throws {BackupError} `invalid_archive`
 */
export async function readMetadata(
  archive: ReadableFile,
  advance: Advance,
  sink: DatabaseSink = { begin() {}, write() {} },
): Promise<Metadata> {
  const header = readAt(archive, 0, BLOCK_HEADER_BYTES);
  if (!beginsBlock(header) || !endsWhole(archive)) return await readArchive(archive, sink, advance);
  const parts = new MemberParts(sink, Infinity);
  new TarReader(parts).push(unpackBlock(readAt(archive, 0, blockLength(header))));
  return parts.required();
}

function endsWhole(archive: ReadableFile): boolean {
  const tail = tailBlock();
  const end = readAt(archive, archive.statSync().size - tail.length, tail.length);
  return tail.every((byte, index) => byte === end[index]);
}

/** Collects what a tar stream holds. */
class MemberParts implements TarSink {
  readonly #sink: DatabaseSink;
  readonly #maxDatabase: number;
  #metadata: Metadata | null = null;
  /** Size of the database in bytes; null before it begins. */
  #size: number | null = null;
  /** Bytes of the database that have come. */
  #done = 0;
  #blocks = 0;
  /** The same before the block that was read last; infinite after the end mark. */
  #doneBefore = 0;

  /** @param maxDatabase no archive of this size can hold a larger database, in bytes */
  constructor(sink: DatabaseSink, maxDatabase: number) {
    this.#sink = sink;
    this.#maxDatabase = maxDatabase;
  }

  metadata(bytes: Uint8Array): void {
    this.#metadata = parseMetadata(bytes);
  }

  database(size: number): void {
    if (size > this.#maxDatabase) throw damaged("the size that it states for the library is impossible");
    this.#size = size;
    this.#sink.begin(size, this.#metadata);
  }

  data(chunk: Uint8Array): void {
    this.#done += chunk.length;
    this.#sink.write(chunk);
  }

  /**
   * Makes sure that the block that was read last is cut in the one way there is: the metadata in a block of its own, the
   * header of the database in another, then the database in blocks that are full, all but the last, and tar's end mark.
   *
   * @param length of its content, in bytes
   * @throws {BackupError} `invalid_archive`
   */
  requireCut(length: number): void {
    this.#blocks++;
    if (!this.#isCut(length)) throw damaged("its blocks are cut wrongly");
    this.#doneBefore = this.#doneBefore === this.#size ? Infinity : this.#done;
  }

  #isCut(length: number): boolean {
    if (this.#blocks === 1) return this.#metadata !== null && this.#size === null;
    if (this.#blocks === 2) return this.#size !== null && this.#done === 0;
    if (this.#doneBefore === this.#size) return length === TAR_TAIL.length;
    const isWhole = this.#done === this.#doneBefore + length;
    return isWhole && (length === BLOCK_CONTENT_BYTES || this.#done === this.#size);
  }

  required(): Metadata {
    if (this.#metadata === null) throw damaged("its metadata is missing");
    return this.#metadata;
  }
}

/** Content of one block after the other. */
async function* contentOfBlocks(
  archive: ReadableFile,
  total: number,
  advance: Advance,
  coder: BlockCoder,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  const readBlocks = (batch: Batch) => {
    if (read === total) return false;
    const filled = fillAt(archive, read, batch.packed.subarray(0, BATCH_READ_BYTES));
    if (batch.packed[0] === 0 && isZeroFrom(archive, read, total)) return false;
    const taken = batch.setPacked(filled);
    if (taken === 0) throw damaged("it ends too early");
    read += taken;
    return true;
  };
  const garbage = new BufferGc();
  let done = 0;
  for await (const { batch } of inBatches(coder, readBlocks, (batch) => coder.unpack(batch))) {
    for (let index = 0; index < batch.count; index++) {
      yield batch.contentOf(index);
      done += batch.lengths[index] ?? 0;
    }
    garbage.add(batch.content.length);
    advance(done, total);
  }
}

/**
 * Content of a run of gzip members, by node:zlib, which checks each member's CRC-32 and refuses other trailing bytes;
 * what follows the first zero byte after a member it does not look at, so that is checked here.
 */
async function* contentOfGzip(archive: ReadableFile, total: number, advance: Advance): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: READ_BYTES });
  const feeding = feed(archive, total, gunzip, advance);
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (cause) {
    if (!isZlibError(cause)) throw cause;
    if (isDatabase(archive)) throw new BackupError("invalid_archive", "it is a SQLite database and no archive");
    throw damaged("it cannot be decompressed to its end", cause);
  } finally {
    gunzip.destroy();
    await feeding;
  }
  if (!isZeroFrom(archive, gunzip.bytesWritten, total)) throw damaged("other data follows its end");
}

async function feed(
  archive: ReadableFile,
  total: number,
  gunzip: ReturnType<typeof createGunzip>,
  advance: Advance,
): Promise<void> {
  const stopped = once(gunzip, "close").catch(() => {});
  try {
    for (let at = 0; at < total && !gunzip.destroyed; at += READ_BYTES) {
      advance(at, total);
      if (!gunzip.write(readAt(archive, at, READ_BYTES))) {
        await Promise.race([once(gunzip, "drain").catch(() => {}), stopped]);
      }
    }
    gunzip.end();
  } catch (error) {
    gunzip.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Whether somebody took a library for an archive. */
function isDatabase(file: ReadableFile): boolean {
  return new TextDecoder().decode(readAt(file, 0, 16)) === "SQLite format 3\0";
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
}

function damaged(why: string, cause?: unknown): BackupError {
  return new BackupError("invalid_archive", `the archive is damaged: ${why}`, null, { cause });
}
