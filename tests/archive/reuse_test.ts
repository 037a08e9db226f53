import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { BLOCK_CONTENT_BYTES, BLOCK_HEADER_BYTES, MAX_BLOCK_BYTES, packBlock } from "../../src/archive/block.ts";
import { EarlierBlocks } from "../../src/archive/reuse.ts";
import { writeArchive } from "../../src/archive/write.ts";
import { openFile, type ReadableFile } from "../../src/store/open_file.ts";
import type { SettingsBundle } from "../../src/store/settings/settings_index.ts";
import { bundleOf, ownMetadata, theirArchive, writeOwnArchive } from "../support/archives.ts";
import { concat, noise, prose, sha256 } from "../support/bytes.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const FIRST = prose(BLOCK_CONTENT_BYTES);
const SECOND = noise(BLOCK_CONTENT_BYTES);
const DATABASE = concat(FIRST, SECOND, prose(512));

/** Writes an archive of `database` that may use the blocks of an earlier one. */
async function writeAgain(
  directory: TemporaryDirectory,
  database: Uint8Array,
  earlier: EarlierBlocks,
  settings: SettingsBundle | null = null,
) {
  using source = Deno.openSync(directory.file("later", database));
  const path = directory.file("later.tar.gz");
  using archive = Deno.openSync(path, { write: true, create: true, truncate: true });
  const written = await writeArchive(archive, source, ownMetadata(database.length), { level: 6, earlier, settings });
  return { ...written, bytes: Deno.readFileSync(path) };
}

/** Flips a bit of the compressed data of the block that holds `content`. */
function damageBlockOf(path: string, content: Uint8Array): void {
  const bytes = Deno.readFileSync(path);
  const header = packBlock(content, 6).subarray(0, BLOCK_HEADER_BYTES);
  const at = bytes.findIndex((_, index) => header.every((byte, offset) => bytes[index + offset] === byte));
  assert(at > 0);
  const data = at + BLOCK_HEADER_BYTES + 100;
  bytes[data] = (bytes[data] ?? 0) ^ 1;
  Deno.writeFileSync(path, bytes);
}

Deno.test("EarlierBlocks: an archive of the same database is the same to the byte, and nothing is packed", async () => {
  using directory = new TemporaryDirectory();
  const { path, size } = await writeOwnArchive(directory, DATABASE);
  using earlier = EarlierBlocks.open(path);
  assert(earlier !== null);
  const again = await writeAgain(directory, DATABASE, earlier);
  assert.equal(sha256(again.bytes), sha256(Deno.readFileSync(path)));
  assert(again.reusedBytes > size - 10_000, "all but the first and the last block");
});

Deno.test("EarlierBlocks: settings that are as they were are not packed again", async () => {
  using directory = new TemporaryDirectory();
  const settings = { "policies/a.yaml": noise(3 * BLOCK_CONTENT_BYTES, 9) };
  const { path, size } = await writeOwnArchive(directory, DATABASE, 6, settings);
  using earlier = EarlierBlocks.open(path);
  assert(earlier !== null);
  using bundle = bundleOf(directory.file("again"), settings);
  const again = await writeAgain(directory, DATABASE, earlier, bundle);
  assert.equal(sha256(again.bytes), sha256(Deno.readFileSync(path)));
  assert(again.reusedBytes > size - 10_000, "all but the first and the last block");
});

Deno.test("EarlierBlocks: blocks are found wherever they stand, and what is new is packed", async () => {
  using directory = new TemporaryDirectory();
  const { path } = await writeOwnArchive(directory, DATABASE);
  using earlier = EarlierBlocks.open(path);
  assert(earlier !== null);
  const changed = concat(noise(BLOCK_CONTENT_BYTES, 7), FIRST, prose(1024));
  const { reusedBytes, bytes } = await writeAgain(directory, changed, earlier);
  assert.equal(reusedBytes, packBlock(FIRST, 6).length);
  const { path: anew } = await writeOwnArchive(directory, changed);
  assert.equal(sha256(bytes), sha256(Deno.readFileSync(anew)));
});

Deno.test("writeArchive: a damaged block of an earlier archive is not used, and that is told", async () => {
  using directory = new TemporaryDirectory();
  const { path } = await writeOwnArchive(directory, DATABASE);
  const whole = Deno.readFileSync(path);
  damageBlockOf(path, FIRST);
  using earlier = EarlierBlocks.open(path);
  assert(earlier !== null);
  const { damagedBlocks, bytes } = await writeAgain(directory, DATABASE, earlier);
  assert.equal(damagedBlocks, 1);
  assert.equal(sha256(bytes), sha256(whole));
});

Deno.test("writeArchive: a block that says it holds another content is not used", async () => {
  using directory = new TemporaryDirectory();
  const { path } = await writeOwnArchive(directory, DATABASE);
  const bytes = Deno.readFileSync(path);
  const [first, second] = [FIRST, SECOND].map((content) => packBlock(content, 6));
  const at = Buffer.from(bytes).indexOf(second ?? bytes);
  const sha256At = 24;
  bytes.set((first ?? bytes).subarray(sha256At, BLOCK_HEADER_BYTES), at + sha256At);
  using earlier = EarlierBlocks.open(directory.file("lying.tar.gz", bytes));
  assert(earlier !== null);
  const again = await writeAgain(directory, FIRST, earlier);
  assert.equal(again.damagedBlocks, 1);
  const { path: anew } = await writeOwnArchive(directory, FIRST);
  assert.equal(sha256(again.bytes), sha256(Deno.readFileSync(anew)));
});

Deno.test("EarlierBlocks.open: zeros that a copying program added are no damage", async () => {
  using directory = new TemporaryDirectory();
  const { path } = await writeOwnArchive(directory, DATABASE);
  Deno.writeFileSync(path, new Uint8Array(1000), { append: true });
  using earlier = EarlierBlocks.open(path);
  assert(earlier !== null && earlier.copy(sha256(FIRST), new Uint8Array(MAX_BLOCK_BYTES)) > 0);
});

Deno.test("EarlierBlocks.open: nothing of an archive of VPO's, a refusal of one that is cut", async () => {
  using directory = new TemporaryDirectory();
  assert.equal(EarlierBlocks.open(directory.file("vpo.tar.gz", theirArchive(prose(4096)))), null);
  const { path } = await writeOwnArchive(directory, DATABASE);
  const cut = directory.file("cut.tar.gz", Deno.readFileSync(path).subarray(0, -20));
  const error = { code: "invalid_archive" };
  assert.throws(() => {
    const blocks = EarlierBlocks.open(cut);
    blocks?.[Symbol.dispose]();
  }, error);
});

/** A file on a disk that cannot be read from some offset on; what stands before it is still given. */
function failingAt(path: string, offset: number): ReadableFile {
  const file = openFile(path);
  let position = 0;
  return {
    seekSync: (to, whence) => position = file.seekSync(to, whence),
    readSync(buffer) {
      if (position >= offset) throw Object.assign(new Error("Input/output error"), { code: "EIO" });
      const read = file.readSync(buffer.subarray(0, offset - position));
      position += read ?? 0;
      return read;
    },
    statSync: () => file.statSync(),
    close: () => file.close(),
    [Symbol.dispose]: () => file.close(),
  };
}

Deno.test("writeArchive: from a block of an earlier archive on that cannot be read to its end, all is packed", async () => {
  using directory = new TemporaryDirectory();
  const third = noise(BLOCK_CONTENT_BYTES, 3);
  const { path } = await writeOwnArchive(directory, concat(FIRST, SECOND, third));
  const whole = Deno.readFileSync(path);
  const [first, second] = [FIRST, SECOND].map((content) => packBlock(content, 6));
  const at = Buffer.from(whole).indexOf(second ?? whole);
  using headers = openFile(path);
  using broken = failingAt(path, at + 1000);
  let isPacking = false;
  // Its headers could be read a moment ago.
  using earlier = EarlierBlocks.open(path, {
    ...broken,
    seekSync: (to, whence) => (isPacking ? broken : headers).seekSync(to, whence),
    readSync: (buffer) => (isPacking ? broken : headers).readSync(buffer),
  });
  assert(earlier !== null);
  isPacking = true;
  const { bytes, reusedBytes, damagedBlocks } = await writeAgain(directory, concat(FIRST, SECOND, third), earlier);
  assert.equal(sha256(bytes), sha256(whole));
  assert.equal(reusedBytes, first?.length);
  assert.equal(damagedBlocks, 0, "nothing says that its bytes are wrong");
  assert.equal(earlier.failure?.message, "Input/output error");
});
