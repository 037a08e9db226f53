import assert from "node:assert/strict";
import { BLOCK_CONTENT_BYTES, packBlock } from "../../src/archive/block.ts";
import { BlockPool, inOrder, LOCAL_CODER } from "../../src/archive/block_pool.ts";
import { readArchive } from "../../src/archive/read.ts";
import { writeArchive } from "../../src/archive/write.ts";
import { ownMetadata, refusal, writeOwnArchive } from "../support/archives.ts";
import { concat, noise, prose, sha256 } from "../support/bytes.ts";
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

Deno.test("BlockPool: packs and unpacks as the calling thread does, in the order asked", async () => {
  using pool = TestPool.start();
  const contents = [
    prose(BLOCK_CONTENT_BYTES),
    new Uint8Array(),
    noise(BLOCK_CONTENT_BYTES),
    Uint8Array.of(7),
    prose(999),
  ];
  for (const level of [0, 1, 6]) {
    const blocks = await Promise.all(contents.map((content) => pool.pack(content.slice(), level)));
    assert.deepEqual(blocks.map(sha256), contents.map((content) => sha256(packBlock(content, level))));
    const unpacked = await Promise.all(blocks.map((block) => pool.unpack(block.slice())));
    assert.deepEqual(unpacked.map(sha256), contents.map(sha256));
  }
});

Deno.test("BlockPool: goes on after contents that zlib gives in a part of a buffer of its own", async () => {
  using pool = TestPool.start();
  for (const length of [0, 1, 70, 500, 4000, 8000, 70_000, BLOCK_CONTENT_BYTES - 1, 0, 1, 70, 500, 4000, 8000]) {
    const content = new Uint8Array(length).fill(length);
    const blocks = [await pool.pack(content.slice(), 5), await pool.pack(content.slice(), 5)];
    for (const block of blocks) {
      assert.equal(sha256(await pool.unpack(block as Uint8Array<ArrayBuffer>)), sha256(content), `${length} bytes`);
    }
  }
});

Deno.test("BlockPool: takes a content that is part of a larger buffer", async () => {
  using pool = TestPool.start();
  const content = noise(5000).subarray(1000, 3000);
  const block = await pool.pack(content.slice(), 6);
  const inside = concat(noise(100), block, noise(100)).subarray(100, 100 + block.length);
  assert.deepEqual(concat(await pool.unpack(inside as Uint8Array<ArrayBuffer>)), content);
});

for (const [name, start] of [["the calling thread", () => null], ["a pool", TestPool.start]] as const) {
  Deno.test(`BlockCoder: refuses a damaged block and goes on with the next, in ${name}`, async () => {
    using pool = start();
    const coder = pool ?? LOCAL_CODER;
    const block = packBlock(prose(5000), 6);
    const damaged = block.with(100, (block[100] ?? 0) ^ 1);
    await assert.rejects(coder.unpack(damaged as Uint8Array<ArrayBuffer>), refusal(/checksum/));
    assert.deepEqual(concat(await coder.unpack(block.slice())), prose(5000));
  });
}

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

Deno.test("inOrder: keeps the order, and no more jobs under way than its window", async () => {
  const waiting: (() => void)[] = [];
  let started = 0;
  function* jobs() {
    for (let job = 0; job < 10; job++) {
      started++;
      yield new Promise<number>((resolve) => waiting.push(() => resolve(job)));
    }
  }
  const results = inOrder(jobs(), 3);
  const first = results.next();
  assert.equal(started, 3);
  for (const index of [2, 1, 0]) waiting[index]?.();
  assert.deepEqual(await first, { value: 0, done: false });
  assert.equal(started, 3);

  const seen = [0];
  for (;;) {
    const next = results.next();
    for (const finish of waiting) finish();
    const { value, done } = await next;
    if (done === true) break;
    seen.push(value);
  }
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("inOrder: fails when the turn of the failing job comes, and starts no more", async () => {
  let started = 0;
  const jobs = Iterator.from([0, 1, 2, 3, 4, 5, 6, 7]).map((job) => {
    started++;
    return job === 2 ? Promise.reject(new Error("job 2")) : Promise.resolve(job);
  });
  const seen: number[] = [];
  const reading = async () => {
    for await (const job of inOrder(jobs, 3)) seen.push(job);
  };
  await assert.rejects(reading(), /job 2/);
  assert.deepEqual(seen, [0, 1]);
  assert.equal(started, 5);
});
