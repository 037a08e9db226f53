import { once } from "node:events";
import { createGunzip } from "node:zlib";
import { BackupError } from "../errors.ts";
import { fillAt, isZeroFrom, readAt } from "../store/file_bytes.ts";
import { isOwnMetadata, type Metadata } from "../store/metadata.ts";
import type { ReadableFile } from "../store/open_file.ts";
import type { Batch } from "./batch.ts";
import { beginsBlock, BLOCK_HEADER_BYTES, blockLength, isOfData, mayBeginBlock, unpackBlock } from "./block.ts";
import { type BlockCoder, inBatches, LOCAL_CODER } from "./block_pool.ts";
import { BufferGc } from "./buffer_gc.ts";
import { type ArchiveSink, MemberParts } from "./member_parts.ts";
import { tailBlock } from "./write.ts";

const READ_BYTES = 256 * 1024;
/** How every gzip member begins (RFC 1952, 2.3.1). */
const GZIP_MAGIC = [0x1f, 0x8b] as const;
/** As much as a batch of blocks usually takes, in bytes: any excess is read again. */
const BATCH_READ_BYTES = 512 * 1024;
/** Deflate's largest compression ratio: 258 bytes take two bits. */
const MAX_DEFLATE_RATIO = 1032;

/** Progress through the archive file, in bytes. What it throws ends the reading. */
export type Advance = (done: number, total: number) => void;

/**
 * Reads a whole archive, to the end of its gzip stream, so that every checksum in it is verified.
 *
 * Archives of this program are read in their one canonical form; VPO's as by any gzip reader.
 *
 * @throws {BackupError} `invalid_archive`
 */
export async function readArchive(
  archive: ReadableFile,
  sink: ArchiveSink,
  advance: Advance,
  coder: BlockCoder = LOCAL_CODER,
): Promise<Metadata> {
  const total = archive.statSync().size;
  const parts = new MemberParts(sink, total * MAX_DEFLATE_RATIO);
  const canonical = beginsBlock(readAt(archive, 0, BLOCK_HEADER_BYTES));
  const chunks = canonical ? contentOfBlocks(archive, total, advance, coder) : contentOfGzip(archive, total, advance);
  for await (const chunk of chunks) {
    parts.push(chunk);
    if (canonical) parts.requireCut(chunk.length);
  }
  const metadata = parts.end();
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
 * Reads only what is needed for an archive's metadata: the first and the last block of an archive of this program; all
 * of one that VPO wrote, because its metadata come last, and all of one whose end is not in place.
 *
 * @param sink receives the database where all is read
 * @throws {BackupError} `invalid_archive`
 */
export async function readMetadata(
  archive: ReadableFile,
  advance: Advance,
  sink: ArchiveSink = { begin() {}, write() {} },
): Promise<Metadata> {
  const header = readAt(archive, 0, BLOCK_HEADER_BYTES);
  if (!beginsBlock(header) || !endsWhole(archive)) return await readArchive(archive, sink, advance);
  const parts = new MemberParts(sink, Infinity);
  parts.push(unpackBlock(readAt(archive, 0, blockLength(header))));
  return parts.metadata;
}

function endsWhole(archive: ReadableFile): boolean {
  const tail = tailBlock();
  const end = readAt(archive, archive.statSync().size - tail.length, tail.length);
  return tail.every((byte, index) => byte === end[index]);
}

/** The content of one block after another. */
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
    if (taken === 0) {
      const isStart = mayBeginBlock(batch.packed.subarray(0, filled));
      throw damaged(isStart ? "it ends too early" : "other data follows its end");
    }
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
 * The content of a run of gzip members, by node:zlib, which checks each member's CRC-32 and refuses trailing bytes;
 * only what follows a zero byte after a member it ignores, so that is checked here.
 */
async function* contentOfGzip(archive: ReadableFile, total: number, advance: Advance): AsyncGenerator<Uint8Array> {
  requireGzip(readAt(archive, 0, GZIP_MAGIC.length));
  const gunzip = createGunzip({ chunkSize: READ_BYTES });
  const feeding = feed(archive, total, gunzip, advance);
  try {
    for await (const chunk of gunzip) yield chunk as Uint8Array;
  } catch (cause) {
    if (!isOfData(cause)) throw cause;
    throw damaged("it cannot be decompressed to its end", cause);
  } finally {
    gunzip.destroy();
    await feeding;
  }
  if (!isZeroFrom(archive, gunzip.bytesWritten, total)) throw damaged("other data follows its end");
}

/** What never was an archive, or has lost its beginning, is told from one that is damaged further on. */
function requireGzip(start: Uint8Array): void {
  if (start.length === 0) throw damaged("it is empty");
  if (GZIP_MAGIC.some((byte, at) => start[at] !== byte)) throw damaged("it does not begin like a gzip file");
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

function damaged(why: string, cause?: unknown): BackupError {
  return new BackupError("invalid_archive", `the archive is damaged: ${why}`, null, { cause });
}
