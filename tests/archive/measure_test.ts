import assert from "node:assert/strict";
import { blockLength } from "../../src/archive/block.ts";
import { measureBlocks } from "../../src/archive/measure.ts";
import { refusal, theirArchive, writeOwnArchive } from "../support/archives.ts";
import { TemporaryDirectory } from "../support/temporary.ts";

const MIB = 1024 * 1024;

Deno.test("measureBlocks: agrees with a walk through the blocks", async () => {
  using directory = new TemporaryDirectory();
  const { path } = await writeOwnArchive(directory, new Uint8Array(3 * MIB + 5).map((_, index) => index * index >> 7));
  const bytes = Deno.readFileSync(path);
  const lengths: number[] = [];
  for (let at = 0; at < bytes.length; at += lengths.at(-1) ?? 0) lengths.push(blockLength(bytes.subarray(at)));
  using archive = Deno.openSync(path);
  assert.deepEqual(measureBlocks(archive), {
    count: lengths.length,
    smallest: Math.min(...lengths),
    largest: Math.max(...lengths),
  });
  assert.equal(lengths.length, 52);
  Deno.writeFileSync(path, new Uint8Array(1000), { append: true });
  using padded = Deno.openSync(path);
  assert.equal(measureBlocks(padded)?.count, 52);
});

Deno.test("measureBlocks: archives of VPO's have none, damaged ones are refused", async () => {
  using directory = new TemporaryDirectory();
  using theirs = Deno.openSync(directory.file("theirs.tar.gz", theirArchive(new Uint8Array(MIB))));
  assert.equal(measureBlocks(theirs), null);
  const { path } = await writeOwnArchive(directory, new Uint8Array(2 * MIB));
  Deno.writeFileSync(path, new Uint8Array([1]), { append: true });
  using archive = Deno.openSync(path);
  assert.throws(() => measureBlocks(archive), refusal(/a block does not begin where it should/));
  Deno.truncateSync(path, Deno.statSync(path).size - 2);
  assert.throws(() => measureBlocks(archive), refusal(/it ends too early/));
});
