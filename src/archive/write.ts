import { createHash } from "node:crypto";
import { fill, writeAll } from "../store/file_bytes.ts";
import { type Metadata, serializeMetadata } from "../store/metadata.ts";
import type { SettingsBundle } from "../store/settings/settings_index.ts";
import type { Batch } from "./batch.ts";
import { packBlock } from "./block.ts";
import { type BlockCoder, inBatches, LOCAL_CODER } from "./block_pool.ts";
import { BufferGc } from "./buffer_gc.ts";
import type { EarlierBlocks } from "./reuse.ts";
import { SettingsStream, summarize } from "./tar/settings_stream.ts";
import { databaseHeader, metadataMember, TAR_TAIL } from "./tar/tar_frame.ts";

/**
 * Everything but the database is stored, not compressed: so the length of the first block is known before the hash in
 * it.
 */
const FRAME_LEVEL = 0;
const HASH_PLACEHOLDER = "0".repeat(64);

/** An archive as it was written. */
export interface WrittenArchive {
  readonly metadata: Metadata;
  /** In bytes. */
  readonly size: number;
  /** Bytes of it that were copied from an earlier archive. */
  readonly reusedBytes: number;
  /** Blocks of the earlier archive that turned out to be damaged, and were packed anew. */
  readonly damagedBlocks: number;
  /** Its first block. */
  readonly head: Uint8Array;
  /** SHA-256 in hexadecimal of all that follows the first block. */
  readonly bodySha256: string;
}

/** How an archive is packed. */
export interface Packer {
  /** gzip level, 1 to 9. */
  readonly level: number;
  readonly coder?: BlockCoder;
  /** Blocks that need not be compressed again. */
  readonly earlier?: EarlierBlocks | null;
  /** Settings that also go into it; null where it is not to mention settings. */
  readonly settings?: SettingsBundle | null;
  /** Is called with the bytes of the database done so far and in all; what it throws ends the writing. */
  advance?(done: number, total: number): void;
}

/**
 * Writes an archive: a block with the metadata, the settings in blocks of 64 KiB, a block with the tar header of the
 * database, the database in blocks of 64 KiB, a block with tar's end mark. Every block was unpacked once and compared
 * with what it should hold.
 *
 * The metadata come first but contain the hash of the database, so their block is written last, into the space left for
 * it. Memory does not depend on the size of the database.
 *
 * @param archive an empty file, open for writing
 * @param database open for reading, at its start
 * @param described metadata, except the hash and the summary of the settings
 */
export async function writeArchive(
  archive: Deno.FsFile,
  database: Deno.FsFile,
  described: Metadata,
  { level, coder = LOCAL_CODER, earlier = null, settings = null, advance = () => {} }: Packer,
): Promise<WrittenArchive> {
  const metadata = settings === null ? described : { ...described, settings: summarize(settings) };
  const time = new Date(metadata.created_at);
  const total = metadata.database_size_bytes;
  const packHead = async (sha256: string) =>
    packBlock(await metadataMember(serializeMetadata({ ...metadata, database_sha256: sha256 }), time), FRAME_LEVEL);
  const [hash, body] = [createHash("sha256"), createHash("sha256")];
  let size = writeAll(archive, await packHead(HASH_PLACEHOLDER));
  const append = (block: Uint8Array) => {
    body.update(block);
    size += writeAll(archive, block);
  };

  const garbage = new BufferGc();
  let [done, reusedBytes, damagedBlocks] = [0, 0, 0];
  /** Packs all that `fill` provides, and reports how many blocks that took. */
  const packAll = async (fill: (buffer: Uint8Array) => number | Promise<number>, tell: (bytes: number) => void) => {
    let blocks = 0;
    const begin = (batch: Batch, length: number) => {
      batch.setContent(length);
      return length > 0;
    };
    const read = (batch: Batch) => {
      const length = fill(batch.content);
      return typeof length === "number" ? begin(batch, length) : length.then((length) => begin(batch, length));
    };
    for await (
      const { batch, result } of inBatches(coder, read, (batch) => packReusing(batch, level, earlier, coder))
    ) {
      for (let index = 0; index < batch.count; index++) append(batch.block(index));
      blocks += batch.count;
      reusedBytes += result.reusedBytes;
      damagedBlocks += result.damagedBlocks;
      garbage.add(batch.content.length);
      tell(batch.contentLengths.slice(0, batch.count).reduce((sum, length) => sum + length, 0));
    }
    return blocks;
  };

  if (settings !== null) {
    const stream = new SettingsStream(settings);
    const blocks = await packAll((buffer) => stream.fill(buffer), () => advance(0, total));
    if (blocks !== metadata.settings?.blocks) throw new Error(`the settings took ${blocks} blocks`);
  }
  append(packBlock(await databaseHeader(total, time), FRAME_LEVEL));
  const readDatabase = (buffer: Uint8Array) => {
    const length = fill(database, buffer);
    hash.update(buffer.subarray(0, length));
    return length;
  };
  await packAll(readDatabase, (bytes) => advance(done += bytes, total));
  if (done !== total) throw new Error(`expected ${total}, read ${done}`);
  append(tailBlock());

  const sha256 = hash.digest("hex");
  const head = await packHead(sha256);
  archive.seekSync(0, Deno.SeekMode.Start);
  writeAll(archive, head);
  const bodySha256 = body.digest("hex");
  return { metadata: { ...metadata, database_sha256: sha256 }, size, reusedBytes, damagedBlocks, head, bodySha256 };
}

/** Packs a batch, reusing blocks of an earlier archive. */
async function packReusing(
  batch: Batch,
  level: number,
  earlier: EarlierBlocks | null,
  coder: BlockCoder,
): Promise<{ readonly reusedBytes: number; readonly damagedBlocks: number }> {
  if (earlier === null) {
    await coder.pack(batch, level);
    return { reusedBytes: 0, damagedBlocks: 0 };
  }
  const hashes = await coder.hash(batch);
  const copied = hashes.map((hash, index) => batch.lengths[index] = earlier.copy(hash, batch.roomFor(index)));
  const damaged = await coder.pack(batch, level);
  const reusedBytes = copied.reduce((sum, length, index) => damaged.includes(index) ? sum : sum + length, 0);
  return { reusedBytes, damagedBlocks: damaged.length };
}

let tail: Uint8Array | null = null;

/** The last block of every archive of this program, to the byte. */
export function tailBlock(): Uint8Array {
  return tail ??= packBlock(TAR_TAIL, FRAME_LEVEL);
}
