import assert from "node:assert/strict";
import { BLOCK_CONTENT_BYTES, packBlock } from "../../src/archive/block.ts";
import { Batch, BATCH_CONTENT_BYTES } from "../../src/archive/batch.ts";
import { BlockPool, inBatches, LOCAL_CODER } from "../../src/archive/block_pool.ts";
import { readArchive } from "../../src/archive/read.ts";
import { writeArchive } from "../../src/archive/write.ts";
import { ownMetadata, refusal, writeOwnArchive } from "../support/archives.ts";
import { concat, noise, prose, sha256 } from "../support/bytes.ts";
import { someOf } from "../support/extent.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const WORKER = new URL("../../src/archive/block_worker.ts", import.meta.url);
const MIB = 1024 * 1024;
const DATABASE = concat(prose(3 * MIB), noise(2 * MIB), new Uint8Array(MIB), prose(512));

/** A pool of two workers without permissions. */
class TestPool extends BlockPool implements Disposable {
  readonly #workers: readonly Worker[];
  readonly #ports: readonly MessagePort[];

  static start(): TestPool {
    const workers = [1, 2].map(() => new Worker(WORKER, { type: "module", deno: { permissions: "none" } }));
    const ports = workers.map((worker) => {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage(port1, [port1]);
      return port2;
    });
    return new TestPool(workers, ports);
  }

  constructor(workers: readonly Worker[], ports: readonly MessagePort[]) {
    super(ports);
    this.#workers = workers;
    this.#ports = ports;
  }

  [Symbol.dispose](): void {
    for (const port of this.#ports) port.close();
    for (const worker of this.#workers) worker.terminate();
  }
}

/** A batch with this content, to be packed. */
function batchOf(content: Uint8Array): Batch {
  const batch = new Batch();
  batch.content.set(content);
  batch.setContent(content.length);
  return batch;
}

/** A batch of these blocks, to be unpacked. */
function packedBatch(...blocks: Uint8Array[]): Batch {
  const batch = new Batch();
  const bytes = concat(...blocks);
  batch.packed.set(bytes);
  assert.equal(batch.setPacked(bytes.length), bytes.length);
  return batch;
}

function blocksOf(batch: Batch): Uint8Array[] {
  return Array.from({ length: batch.count }, (_, index) => batch.block(index).slice());
}

function contentOf(batch: Batch): Uint8Array {
  return concat(...Array.from({ length: batch.count }, (_, index) => batch.contentOf(index).slice()));
}

const FULL = concat(prose(BATCH_CONTENT_BYTES / 2), noise(BATCH_CONTENT_BYTES / 2));

for (const [name, start] of [["the calling thread", () => null], ["a pool", TestPool.start]] as const) {
  Deno.test(`BlockCoder: packs and unpacks batches as single blocks are, in ${name}`, async () => {
    using pool = start();
    const coder = pool ?? LOCAL_CODER;
    const contents = [FULL, prose(1), noise(BLOCK_CONTENT_BYTES), FULL.subarray(0, BLOCK_CONTENT_BYTES * 3 + 7)];
    for (const level of someOf([6, 0, 1], 1)) {
      const batches = contents.map(batchOf);
      await Promise.all(batches.map((batch) => coder.pack(batch, level)));
      for (const [index, content] of contents.entries()) {
        const blocks = blocksOf(batches[index] ?? new Batch());
        const expected = blocks.map((_, at) =>
          packBlock(content.subarray(at * BLOCK_CONTENT_BYTES, (at + 1) * BLOCK_CONTENT_BYTES), level)
        );
        assert.deepEqual(blocks.map(sha256), expected.map(sha256));
        const batch = packedBatch(...blocks.slice(0, 12));
        await coder.unpack(batch);
        assert.equal(sha256(contentOf(batch)), sha256(content.subarray(0, 12 * BLOCK_CONTENT_BYTES)));
      }
    }
  });

  Deno.test(`BlockCoder: hashes the content of each block, in ${name}`, async () => {
    using pool = start();
    const hashes = await (pool ?? LOCAL_CODER).hash(batchOf(FULL.subarray(0, BLOCK_CONTENT_BYTES + 5)));
    assert.deepEqual(hashes, [
      sha256(FULL.subarray(0, BLOCK_CONTENT_BYTES)),
      sha256(FULL.subarray(BLOCK_CONTENT_BYTES, BLOCK_CONTENT_BYTES + 5)),
    ]);
  });

  Deno.test(`BlockCoder: packs anew what was copied and does not hold the content, in ${name}`, async () => {
    using pool = start();
    const batch = batchOf(FULL.subarray(0, 4 * BLOCK_CONTENT_BYTES));
    const right = packBlock(batch.contentOf(0).slice(), 9);
    const flipped = packBlock(batch.contentOf(1).slice(), 9);
    flipped[100] = (flipped[100] ?? 0) ^ 1;
    const another = packBlock(batch.contentOf(3).slice(), 9);
    for (const [index, block] of [right, flipped, another].entries()) {
      batch.roomFor(index).set(block);
      batch.lengths[index] = block.length;
    }
    assert.deepEqual(await (pool ?? LOCAL_CODER).pack(batch, 1), [1, 2]);
    assert.deepEqual(blocksOf(batch)[0], right);
    assert.deepEqual(blocksOf(batch).slice(1), [1, 2, 3].map((at) => packBlock(batch.contentOf(at).slice(), 1)));
  });

  Deno.test(`BlockCoder: refuses a damaged block and goes on with the next, in ${name}`, async () => {
    using pool = start();
    const coder = pool ?? LOCAL_CODER;
    const block = packBlock(prose(5000), 6);
    const damaged = block.with(100, (block[100] ?? 0) ^ 1);
    await assert.rejects(coder.unpack(packedBatch(block, damaged)), refusal(/checksum/));
    const batch = packedBatch(block);
    await coder.unpack(batch);
    assert.deepEqual(contentOf(batch), prose(5000));
  });
}

Deno.test("Batch: takes whole blocks only, and stops at zeros", () => {
  const block = packBlock(prose(5000), 6);
  const batch = new Batch();
  const bytes = concat(block, block, new Uint8Array(100));
  batch.packed.set(bytes);
  assert.equal(batch.setPacked(bytes.length), 2 * block.length);
  assert.equal(batch.setPacked(2 * block.length - 1), block.length);
  assert.equal(batch.setPacked(block.length - 1), 0);
  batch.packed.set(Uint8Array.of(1), block.length);
  assert.throws(() => batch.setPacked(2 * block.length), refusal(/does not begin/));
});

Deno.test("writeArchive, readArchive: make and read the same archive with a pool as without", async () => {
  using directory = new TemporaryDirectory();
  const { path, metadata } = await writeOwnArchive(directory, DATABASE);
  using pool = TestPool.start();
  {
    using database = Deno.openSync(directory.file("database"));
    using archive = Deno.openSync(directory.file("pooled.tar.gz"), { write: true, create: true });
    const reports: number[] = [];
    await writeArchive(archive, database, ownMetadata(DATABASE.length), {
      level: 6,
      advance: (done) => void reports.push(done),
      coder: pool,
    });
    assert.deepEqual(reports, [1, 2, 3, 4, 5, 6].map((count) => count * MIB).concat(DATABASE.length));
  }
  assert.equal(sha256(Deno.readFileSync(directory.file("pooled.tar.gz"))), sha256(Deno.readFileSync(path)));

  using archive = Deno.openSync(path);
  const chunks: Uint8Array[] = [];
  const write = (chunk: Uint8Array) => void chunks.push(chunk.slice());
  assert.deepEqual(await readArchive(archive, { begin() {}, write }, () => {}, pool), metadata);
  assert.equal(sha256(concat(...chunks)), sha256(DATABASE));
});

Deno.test("readArchive: refuses damage in any block with a pool", async () => {
  using directory = new TemporaryDirectory();
  const { path, size } = await writeOwnArchive(directory, noise(6 * MIB));
  using pool = TestPool.start();
  for (const at of [0, 100, MIB, 3 * MIB, size - 700, size - 1]) {
    const bytes = Deno.readFileSync(path);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    using archive = Deno.openSync(directory.file("damaged.tar.gz", bytes));
    await assert.rejects(readArchive(archive, { begin() {}, write() {} }, () => {}, pool), refusal(), `byte ${at}`);
  }
});

/** Numbers the batches from 0 to 7, and lets a coder have three under way. */
function numbered(work: (index: number) => Promise<number>, onFill: (index: number) => void) {
  const coder = { ...LOCAL_CODER, window: 3 };
  let next = 0;
  const fill = (batch: Batch) => {
    if (next === 8) return false;
    onFill(next);
    batch.starts[0] = next++;
    return true;
  };
  return inBatches(coder, fill, (batch) => work(batch.starts[0] ?? -1));
}

Deno.test("inBatches: keeps the order, no more under way than the coder's window, and uses its batches again", async () => {
  const waiting: (() => void)[] = [];
  let filled = 0;
  const work = (index: number) => new Promise<number>((resolve) => waiting[index] = () => resolve(index));
  const results = numbered(work, () => filled++);
  const first = results.next();
  await Promise.resolve();
  assert.equal(filled, 3);
  for (const index of [2, 1, 0]) waiting[index]?.();
  const batches = new Set<Batch>();
  const seen: number[] = [];
  for (let next = await first; next.done !== true; next = await results.next()) {
    seen.push(next.value.result);
    batches.add(next.value.batch);
    assert(filled <= next.value.result + 3);
    for (const finish of waiting) finish?.();
    queueMicrotask(() => waiting.forEach((finish) => finish?.()));
  }
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.equal(batches.size, 3);
});

Deno.test("inBatches: fails when the turn of the failing batch comes, and fills no more", async () => {
  let filled = 0;
  const work = (index: number) => index === 2 ? Promise.reject(new Error("batch 2")) : Promise.resolve(index);
  const seen: number[] = [];
  const reading = async () => {
    for await (const { result } of numbered(work, () => filled++)) seen.push(result);
  };
  await assert.rejects(reading(), /batch 2/);
  assert.deepEqual(seen, [0, 1]);
  assert.equal(filled, 5);
});
