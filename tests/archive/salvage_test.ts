import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { blocksIn } from "../../src/archive/blocks.ts";
import { contentOfRemains, findRemains } from "../../src/archive/salvage.ts";
import { BackupError } from "../../src/errors.ts";
import { type Settings, writeOwnArchive } from "../support/archives.ts";
import { noise, prose } from "../support/bytes.ts";
import { someOf } from "../support/extent.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const BLOCK = 65_536;
/** Ten whole blocks and one that is not. */
const SIZE = 10 * BLOCK + 4096;
const [NOISE, PROSE] = [noise(SIZE), prose(SIZE)];
/** An empty file and one of three blocks: their headers are in the first and push the end into the fourth. */
const SETTINGS: Settings = { "plugins/__init__.py": new Uint8Array(), "config.toml": noise(3 * BLOCK, 5) };
const SETTINGS_BLOCKS = 4;

/** What became of an archive: where its blocks are is known, two before the database and one after it. */
type Damage = (archive: Uint8Array, starts: readonly number[]) => Uint8Array;

interface Saved {
  readonly saved: readonly number[];
  readonly unplaced: number;
  readonly hasMetadata: boolean;
}

/**
 * The blocks of the database that are saved, each made sure of, and how many had no place: the same where settings stand
 * before the database.
 */
async function savedAfter(damage: Damage, content = NOISE): Promise<Saved> {
  const saved = await savedOf(null, damage, content);
  assert.deepEqual(await savedOf(SETTINGS, damage, content), saved);
  return saved;
}

async function savedOf(settings: Settings | null, damage: Damage, content: Uint8Array): Promise<Saved> {
  using directory = new TemporaryDirectory();
  const { path } = await writeOwnArchive(directory, content, 6, settings);
  const all = startsIn(path);
  // As if the blocks of the settings were not there.
  const starts = [all[0] ?? assert.fail(), ...all.slice(settings === null ? 1 : 1 + SETTINGS_BLOCKS)];
  Deno.writeFileSync(path, damage(Deno.readFileSync(path), starts));
  using archive = Deno.openSync(path);
  const remains = findRemains(archive, () => {});
  assert.equal(remains.size, SIZE);
  const saved: number[] = [];
  for (const { offset, content: found } of contentOfRemains(archive, remains)) {
    assert(Buffer.from(found).equals(content.subarray(offset, Math.min(offset + BLOCK, SIZE))));
    saved.push(offset / BLOCK);
  }
  const unplaced = remains.blocks.reduce((sum, { first, count }) => first === null ? sum + count : sum, 0);
  return { saved, unplaced, hasMetadata: remains.metadata !== null };
}

function startsIn(path: string): number[] {
  using archive = Deno.openSync(path);
  return Array.from(blocksIn(archive), ({ at }) => at);
}

/** Where a block of the archive begins; `database` 0 is the third one. */
function startOf(starts: readonly number[], database: number): number {
  return starts[database + 2] ?? assert.fail();
}

function flip(archive: Uint8Array, ...at: readonly number[]): Uint8Array {
  const flipped = archive.slice();
  for (const index of at) flipped[index] = (flipped[index] ?? 0) ^ 1;
  return flipped;
}

function without(...lost: readonly number[]): number[] {
  return Array.from({ length: 11 }, (_, index) => index).filter((index) => !lost.includes(index));
}

const HEADER = 0;
const LENGTH = 16;
const DATA = 300;

Deno.test("findRemains: all of a sound archive", async () => {
  assert.deepEqual(await savedAfter((archive) => archive), { saved: without(), unplaced: 0, hasMetadata: true });
});

Deno.test("findRemains: zeros after the end are nothing", async () => {
  const { saved } = await savedAfter((archive) => Uint8Array.from([...archive, ...new Uint8Array(5000)]));
  assert.deepEqual(saved, without());
});

for (const [what, offset] of [["data", DATA], ["prefix", HEADER], ["length", LENGTH], ["hash", 30]] as const) {
  Deno.test(`findRemains: a flip in a block's ${what} costs that block alone`, async () => {
    for (const content of [NOISE, PROSE]) {
      for (const block of someOf([0, 4, 10], 1)) {
        const damage: Damage = (archive, starts) => flip(archive, startOf(starts, block) + offset);
        const { saved, unplaced } = await savedAfter(damage, content);
        assert.deepEqual([saved, unplaced], [without(block), 0], `block ${block}`);
      }
    }
  });
}

Deno.test("findRemains: several lost headers cost their blocks alone as long as the end mark is there", async () => {
  const lost = [1, 4, 7];
  const { saved, unplaced } = await savedAfter((archive, starts) =>
    flip(archive, ...lost.map((block) => startOf(starts, block)))
  );
  assert.deepEqual([saved, unplaced], [without(...lost), 0]);
});

Deno.test("findRemains: a hole over several blocks is counted by what is before it and after it", async () => {
  const { saved, unplaced } = await savedAfter((archive, starts) =>
    archive.slice().fill(0, startOf(starts, 3) + 100, startOf(starts, 6) + 100)
  );
  assert.deepEqual([saved, unplaced], [without(3, 4, 5, 6), 0]);
});

Deno.test("findRemains: bytes that are gone altogether are a hole, too", async () => {
  const { saved, unplaced } = await savedAfter((archive, starts) =>
    Uint8Array.from([...archive.subarray(0, startOf(starts, 3) + 100), ...archive.subarray(startOf(starts, 5) + 100)])
  );
  assert.deepEqual([saved, unplaced], [without(3, 4, 5), 0]);
});

Deno.test("findRemains: what stands between two holes of unknown size has no place", async () => {
  const { saved, unplaced } = await savedAfter((archive, starts) => {
    const holed = flip(archive, startOf(starts, 2));
    return holed.fill(0, startOf(starts, 6) + 100, startOf(starts, 7) + 100);
  });
  assert.deepEqual([saved, unplaced], [without(2, 3, 4, 5, 6, 7), 3]);
});

Deno.test("findRemains: a block whose header is sound breaks no count", async () => {
  const { saved, unplaced } = await savedAfter((archive, starts) => {
    const holed = flip(archive, startOf(starts, 2) + DATA, startOf(starts, 4) + DATA);
    return holed.fill(0, startOf(starts, 6) + 100, startOf(starts, 7) + 100);
  }, PROSE);
  assert.deepEqual([saved, unplaced], [without(2, 4, 6, 7), 0]);
});

Deno.test("findRemains: of an archive that was cut, what is before the cut", async () => {
  for (const beyond of [0, 20, 100]) {
    const { saved, unplaced } = await savedAfter((archive, starts) => archive.subarray(0, startOf(starts, 5) + beyond));
    assert.deepEqual([saved, unplaced], [[0, 1, 2, 3, 4], 0], `${beyond} bytes of the next block`);
  }
});

Deno.test("findRemains: after a hole in an archive that was cut nothing has a place", async () => {
  const { saved, unplaced } = await savedAfter((archive, starts) =>
    flip(archive.subarray(0, startOf(starts, 7)), startOf(starts, 2))
  );
  assert.deepEqual([saved, unplaced], [[0, 1], 4]);
});

Deno.test("findRemains: without the metadata, or the header of the library, the other tells its size", async () => {
  for (const offset of [HEADER, DATA]) {
    const first = await savedAfter((archive) => flip(archive, offset));
    assert.deepEqual(first, { saved: without(), unplaced: 0, hasMetadata: false });
    const second = await savedAfter((archive, starts) => flip(archive, (starts[1] ?? 0) + offset));
    assert.deepEqual(second, { saved: without(), unplaced: 0, hasMetadata: true });
  }
});

Deno.test("findRemains: a lost end mark costs nothing", async () => {
  for (const offset of [HEADER, DATA]) {
    const { saved } = await savedAfter((archive, starts) => flip(archive, startOf(starts, 11) + offset));
    assert.deepEqual(saved, without());
  }
});

Deno.test("findRemains: where nothing is certain nothing is given", async () => {
  const refused = (damage: Damage) =>
    assert.rejects(savedAfter(damage), (error) => error instanceof BackupError && error.code === "invalid_archive");
  await refused((archive, starts) => flip(archive, 0, starts[1] ?? 0));
  // One block is gone as if it had never been there, so it may be any of them.
  await refused((archive, starts) =>
    Uint8Array.from([...archive.subarray(0, startOf(starts, 3)), ...archive.subarray(startOf(starts, 4))])
  );
  await refused((archive, starts) =>
    Uint8Array.from([...archive.subarray(0, startOf(starts, 3)), ...archive.subarray(startOf(starts, 2))])
  );
});
