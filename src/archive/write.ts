import { createHash } from "node:crypto";
import { fill, writeAll } from "../store/file_bytes.ts";
import { type Metadata, serializeMetadata } from "../store/metadata.ts";
import { BLOCK_CONTENT_BYTES, packBlock } from "./block.ts";
import { type BlockCoder, inOrder, LOCAL_CODER } from "./block_pool.ts";
import { BufferGc } from "./buffer_gc.ts";
import type { EarlierBlocks } from "./reuse.ts";
import { TAR_TAIL, tarHead } from "./tar_frame.ts";

/** The block before the database is stored, not compressed: so its length is known before the hash in it is. */
const HEAD_LEVEL = 0;
const HASH_PLACEHOLDER = "0".repeat(64);

export interface WrittenArchive {
  readonly metadata: Metadata;
  /** In bytes. */
  readonly size: number;
  /** Bytes of it that were copied from an earlier archive. */
  readonly reusedBytes: number;
}

/** How an archive is packed. */
export interface Packer {
  /** gzip level, 1 to 9. */
  readonly level: number;
  readonly coder?: BlockCoder;
  /** Blocks that need not be compressed again. */
  readonly earlier?: EarlierBlocks | null;
  /** Is called with bytes of the database done so far and in all; what it throws ends the writing. */
  advance?(done: number, total: number): void;
}

/**
 * Writes an archive: a block with the metadata, the database in blocks of 1 MiB, a block with tar's end mark.
 *
 * The metadata stands first but holds the hash of the database, so its block is written last, into the room left for
 * it. Memory does not depend on the size of the database.
 *
 * @param archive an empty file, open for writing
 * @param database open for reading, at its start
 * @param metadata all but the hash
 */
export async function writeArchive(
  archive: Deno.FsFile,
  database: Deno.FsFile,
  metadata: Metadata,
  { level, coder = LOCAL_CODER, earlier = null, advance = () => {} }: Packer,
): Promise<WrittenArchive> {
  const time = new Date(metadata.created_at);
  const pack = async (sha256: string) =>
    packBlock(
      await tarHead(serializeMetadata({ ...metadata, database_sha256: sha256 }), metadata.database_size_bytes, time),
      HEAD_LEVEL,
    );

  let size = writeAll(archive, await pack(HASH_PLACEHOLDER));
  const hash = createHash("sha256");
  const garbage = new BufferGc();
  let done = 0;
  let reusedBytes = 0;
  const starts = blocksOf(database).map(async (content) => {
    hash.update(content);
    const { length } = content;
    const reused = earlier?.find(createHash("sha256").update(content).digest("hex")) ?? null;
    reusedBytes += reused?.length ?? 0;
    return { block: reused ?? await coder.pack(content, level), length };
  });
  for await (const { block, length } of inOrder(starts, coder.window)) {
    size += writeAll(archive, block);
    garbage.add(block.length + length);
    done += length;
    advance(done, metadata.database_size_bytes);
  }
  if (done !== metadata.database_size_bytes) throw new Error(`expected ${metadata.database_size_bytes}, read ${done}`);
  size += writeAll(archive, tailBlock());

  const sha256 = hash.digest("hex");
  archive.seekSync(0, Deno.SeekMode.Start);
  writeAll(archive, await pack(sha256));
  return { metadata: { ...metadata, database_sha256: sha256 }, size, reusedBytes };
}

let tail: Uint8Array | null = null;

/** The last block of every archive of this program, to the byte. */
export function tailBlock(): Uint8Array {
  return tail ??= packBlock(TAR_TAIL, HEAD_LEVEL);
}

function* blocksOf(file: Deno.FsFile): Generator<Uint8Array<ArrayBuffer>> {
  for (;;) {
    const buffer = new Uint8Array(BLOCK_CONTENT_BYTES);
    const filled = fill(file, buffer);
    if (filled > 0) yield buffer.subarray(0, filled);
    if (filled < buffer.length) return;
  }
}
